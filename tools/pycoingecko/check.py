"""Holds Parallax to what programs written for CoinGecko expect, through their usual client.

Called by tools/pycoingecko.sh with the address of a running Parallax. Ends with 1 at the first answer that is
not as expected, and says which.
"""

import sys
import time

from pycoingecko import CoinGeckoAPI

WBTC = "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599"


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def ascending(series):
    times = [point[0] for point in series]
    return times == sorted(set(times))


def check(name, fact):
    if not fact:
        sys.exit(f"FAILED: {name}")
    print(f"ok  {name}")


def prices(cg):
    answer = cg.get_price(
        ids=["bitcoin", "ethereum", "no-such-coin"],
        vs_currencies=["usd", "eur", "btc"],
        include_24hr_vol=True,
        include_24hr_change=True,
        include_last_updated_at=True,
    )
    check("get_price knows the coins there are", set(answer) == {"bitcoin", "ethereum"})
    bitcoin = answer["bitcoin"]
    check("get_price has numbers", all(number(value) for value in bitcoin.values()))
    check("get_price counts a bitcoin as one", bitcoin["btc"] == 1)
    check("get_price converts to euro", 0.3 < bitcoin["eur"] / bitcoin["usd"] < 3)
    check("get_price is of now", abs(time.time() - bitcoin["last_updated_at"]) < 120)
    rounded = cg.get_price(ids="bitcoin", vs_currencies="usd", precision="0")
    check("get_price rounds", rounded["bitcoin"]["usd"] == int(rounded["bitcoin"]["usd"]))
    token = cg.get_token_price(id="ethereum", contract_addresses=WBTC, vs_currencies="usd")
    check("get_token_price finds a contract", number(token[WBTC]["usd"]))
    codes = cg.get_supported_vs_currencies()
    check("get_supported_vs_currencies", {"usd", "eur", "gbp", "btc", "eth"} <= set(codes))


def coins(cg):
    listed = cg.get_coins_list(include_platform=True)
    wbtc = next(coin for coin in listed if coin["id"] == "wrapped-bitcoin")
    check("get_coins_list has contracts", wbtc["platforms"]["ethereum"] == WBTC)
    rows = cg.get_coins_markets(vs_currency="usd", per_page=5, page=1, sparkline=True, price_change_percentage="1h,7d")
    check("get_coins_markets has a page", len(rows) == 5 and rows[0]["id"] == "bitcoin")
    row = rows[0]
    check("get_coins_markets has figures", all(number(row[name]) for name in ("current_price", "high_24h", "low_24h")))
    check("get_coins_markets has a day's range", row["low_24h"] <= row["current_price"] <= row["high_24h"])
    check("get_coins_markets knows no market capitalisation", row["market_cap"] is None)
    check("get_coins_markets has a sparkline", len(row["sparkline_in_7d"]["price"]) > 20)
    coin = cg.get_coin_by_id("bitcoin", localization=False)
    check("get_coin_by_id", coin["market_data"]["current_price"]["usd"] > 0 and coin["tickers"])
    contract = cg.get_coin_info_from_contract_address_by_id("ethereum", WBTC)
    check("get_coin_info_from_contract_address_by_id", contract["id"] == "wrapped-bitcoin")
    found = cg.search("bitcoin")
    check("search", found["coins"][0]["id"] == "bitcoin")


def past(cg):
    fine = cg.get_coin_market_chart_by_id("bitcoin", vs_currency="usd", days=1)
    check("get_coin_market_chart_by_id has prices", len(fine["prices"]) > 100 and ascending(fine["prices"]))
    gaps = {later[0] - earlier[0] for earlier, later in zip(fine["prices"], fine["prices"][1:-1])}
    check("get_coin_market_chart_by_id has five minutes a day", gaps and min(gaps) == 300_000)
    hours = cg.get_coin_market_chart_by_id("bitcoin", vs_currency="eur", days=7)
    gaps = {later[0] - earlier[0] for earlier, later in zip(hours["prices"], hours["prices"][1:-1])}
    check("get_coin_market_chart_by_id has hours a week", gaps and min(gaps) == 3_600_000)
    now = int(time.time())
    part = cg.get_coin_market_chart_range_by_id("bitcoin", vs_currency="usd", from_timestamp=now - 7_200, to_timestamp=now)
    check("get_coin_market_chart_range_by_id", part["prices"] and part["prices"][0][0] >= (now - 7_200) * 1_000)
    candles = cg.get_coin_ohlc_by_id("bitcoin", vs_currency="usd", days="7")
    check("get_coin_ohlc_by_id has candles", candles and all(len(candle) == 5 for candle in candles))
    check("get_coin_ohlc_by_id has closes", all(low <= min(o, c) <= max(o, c) <= high for _, o, high, low, c in candles))
    check("get_coin_ohlc_by_id is named by the close", all(candle[0] % 14_400_000 == 0 for candle in candles))
    yesterday = time.strftime("%d-%m-%Y", time.gmtime(now - 86_400))
    history = cg.get_coin_history_by_id("bitcoin", date=yesterday)
    check("get_coin_history_by_id", number(history["market_data"]["current_price"]["usd"]))
    token = cg.get_coin_market_chart_from_contract_address_by_id("ethereum", WBTC, vs_currency="usd", days=1)
    check("get_coin_market_chart_from_contract_address_by_id", token["prices"])


def exchanges(cg):
    tickers = cg.get_coin_ticker_by_id("bitcoin")
    check("get_coin_ticker_by_id has tickers", tickers["name"] == "Bitcoin" and tickers["tickers"])
    ticker = tickers["tickers"][0]
    check("get_coin_ticker_by_id converts", number(ticker["converted_last"]["usd"]) and ticker["coin_id"] == "bitcoin")
    listed = {exchange["id"] for exchange in cg.get_exchanges_list()}
    check("get_exchanges_list", ticker["market"]["identifier"] in listed)
    ids = cg.get_exchanges_id_name_list()
    check("get_exchanges_id_name_list", {exchange["id"] for exchange in ids} >= listed)
    exchange = cg.get_exchanges_by_id("kraken")
    check("get_exchanges_by_id", exchange["name"] == "Kraken" and exchange["trade_volume_24h_btc"] > 0)
    own = cg.get_exchanges_tickers_by_id("kraken")
    check("get_exchanges_tickers_by_id", own["tickers"][0]["market"]["identifier"] == "kraken")
    rates = cg.get_exchange_rates()["rates"]
    check("get_exchange_rates", rates["btc"]["value"] == 1 and rates["usd"]["type"] == "fiat")
    check("get_global", cg.get_global()["active_cryptocurrencies"] > 0)
    check("get_asset_platforms", any(platform["id"] == "ethereum" for platform in cg.get_asset_platforms()))


def main():
    base = sys.argv[1].rstrip("/")
    cg = CoinGeckoAPI()
    cg.api_base_url = f"{base}/api/v3/"
    check("ping", "gecko_says" in cg.ping())
    for part in (prices, coins, past, exchanges):
        part(cg)
    try:
        cg.get_coin_by_id("no-such-coin")
        check("an unknown coin is an error", False)
    except ValueError as error:
        check("an unknown coin is an error", error.args[0] == {"error": "coin not found"})


main()
