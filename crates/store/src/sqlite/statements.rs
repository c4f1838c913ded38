//! SQLite's statements. `?1` of a save is the JSON of its rows; `where true` tells the parser that the
//! `on` after it begins no join.

pub(super) const PING: &str = "select count(*) from pragma_schema_version";

pub(super) const SAVE_TOKENS: &str = "
    insert into token (id, symbol, name, kind, rank)
    select value ->> 'id', value ->> 'symbol', value ->> 'name', value ->> 'kind', value ->> 'rank'
    from json_each(?1)
    where true
    on conflict (id) do update set
        symbol = excluded.symbol,
        name = excluded.name,
        kind = excluded.kind,
        rank = excluded.rank";

pub(super) const FORGET_CONTRACTS: &str = "
    delete from contract where token in (select value ->> 'id' from json_each(?1))";

pub(super) const SAVE_CONTRACTS: &str = "
    insert into contract (chain, address, token, position)
    select value ->> 'chain', value ->> 'address', value ->> 'token', value ->> 'position'
    from json_each(?1)";

pub(super) const TOKENS: &str = "
    select
        token.id, token.symbol, token.name, token.kind, token.rank,
        contract.chain, contract.address
    from token
    left join contract on contract.token = token.id
    order by token.rank, token.id, contract.position";

pub(super) const SAVE_VENUES: &str = "
    insert into venue (id, name, website)
    select value ->> 'id', value ->> 'name', value ->> 'website'
    from json_each(?1)
    where true
    on conflict (id) do update set name = excluded.name, website = excluded.website";

pub(super) const VENUES: &str = "select id, name, website from venue order by id";

pub(super) const SAVE_LISTINGS: &str = "
    insert into listing (
        venue, symbol, base_code, quote_code,
        base_token, base_unlisted_venue, base_unlisted_code,
        quote_token, quote_unlisted_venue, quote_unlisted_code
    )
    select
        value ->> 'venue', value ->> 'symbol', value ->> 'base_code', value ->> 'quote_code',
        value ->> 'base_token', value ->> 'base_unlisted_venue', value ->> 'base_unlisted_code',
        value ->> 'quote_token', value ->> 'quote_unlisted_venue', value ->> 'quote_unlisted_code'
    from json_each(?1)
    where true
    on conflict (venue, symbol) do update set
        base_code = excluded.base_code,
        quote_code = excluded.quote_code,
        base_token = excluded.base_token,
        base_unlisted_venue = excluded.base_unlisted_venue,
        base_unlisted_code = excluded.base_unlisted_code,
        quote_token = excluded.quote_token,
        quote_unlisted_venue = excluded.quote_unlisted_venue,
        quote_unlisted_code = excluded.quote_unlisted_code";

/// `?1` is a JSON list of venue ids.
pub(super) const COUNT_UNKNOWN_VENUES: &str = "
    select count(*) from json_each(?1) where value not in (select id from venue)";

pub(super) const LISTINGS: &str = "
    select
        venue, symbol, base_code, quote_code,
        base_token, base_unlisted_venue, base_unlisted_code,
        quote_token, quote_unlisted_venue, quote_unlisted_code
    from listing
    order by venue, symbol";

pub(super) const SAVE_QUOTES: &str = "
    insert into quote (venue, symbol, bid, ask, bid_size, ask_size, received_at)
    select
        value ->> 'venue', value ->> 'symbol', value ->> 'bid', value ->> 'ask',
        value ->> 'bid_size', value ->> 'ask_size', value ->> 'received_at'
    from json_each(?1)
    where true
    on conflict (venue, symbol) do update set
        bid = excluded.bid,
        ask = excluded.ask,
        bid_size = excluded.bid_size,
        ask_size = excluded.ask_size,
        received_at = excluded.received_at
    where excluded.received_at >= quote.received_at";

pub(super) const LATEST_QUOTES: &str = "
    select
        listing.venue, listing.symbol, listing.base_code, listing.quote_code,
        listing.base_token, listing.base_unlisted_venue, listing.base_unlisted_code,
        listing.quote_token, listing.quote_unlisted_venue, listing.quote_unlisted_code,
        quote.bid, quote.ask, quote.bid_size, quote.ask_size, quote.received_at
    from quote
    join listing on listing.venue = quote.venue and listing.symbol = quote.symbol
    order by listing.venue, listing.symbol";

pub(super) const SAVE_PRICES: &str = "
    insert into index_price (
        token, computed_at, price, confidence, status, as_of,
        method, sources, sources_known, volume_24h_usd, constituents, by_hand
    )
    select
        value ->> 'token', value ->> 'computed_at', value ->> 'price', value ->> 'confidence',
        value ->> 'status', value ->> 'as_of', value ->> 'method', value ->> 'sources',
        value ->> 'sources_known', value ->> 'volume_24h_usd', value ->> 'constituents',
        value ->> 'by_hand'
    from json_each(?1)
    where true
    on conflict (token, computed_at) do update set
        price = excluded.price,
        confidence = excluded.confidence,
        status = excluded.status,
        as_of = excluded.as_of,
        method = excluded.method,
        sources = excluded.sources,
        sources_known = excluded.sources_known,
        volume_24h_usd = excluded.volume_24h_usd,
        constituents = excluded.constituents,
        by_hand = excluded.by_hand";

pub(super) const SAVE_LATEST_PRICES: &str = "
    insert into latest_price (
        token, computed_at, price, confidence, status, as_of,
        method, sources, sources_known, volume_24h_usd, constituents, by_hand
    )
    select
        value ->> 'token', value ->> 'computed_at', value ->> 'price', value ->> 'confidence',
        value ->> 'status', value ->> 'as_of', value ->> 'method', value ->> 'sources',
        value ->> 'sources_known', value ->> 'volume_24h_usd', value ->> 'constituents',
        value ->> 'by_hand'
    from json_each(?1)
    where true
    on conflict (token) do update set
        computed_at = excluded.computed_at,
        price = excluded.price,
        confidence = excluded.confidence,
        status = excluded.status,
        as_of = excluded.as_of,
        method = excluded.method,
        sources = excluded.sources,
        sources_known = excluded.sources_known,
        volume_24h_usd = excluded.volume_24h_usd,
        constituents = excluded.constituents,
        by_hand = excluded.by_hand
    where excluded.computed_at >= latest_price.computed_at";

/// What is read of a price, wherever it is stored.
macro_rules! select_price {
    ($rest:literal) => {
        concat!(
            "
    select
        token, computed_at, price, confidence, status, as_of,
        method, sources, sources_known, volume_24h_usd, constituents, by_hand
    from ",
            $rest
        )
    };
}

pub(super) const LATEST_PRICES: &str = select_price!("latest_price order by token");

pub(super) const LATEST_PRICE_AT: &str =
    select_price!("latest_price where token = ?1 and computed_at <= ?2");

pub(super) const PRICE_AT: &str = select_price!(
    "index_price
    where token = ?1 and computed_at <= ?2
    order by computed_at desc
    limit 1"
);

/// One slice: at most 1,000 rows, the oldest first.
pub(super) const FORGET_PRICES: &str = "
    delete from index_price
    where rowid in (
        select rowid from index_price where computed_at < ?1 order by computed_at limit 1000
    )";

/// `?1` is a JSON list of token ids.
pub(super) const COUNT_UNKNOWN_TOKENS: &str = "
    select count(*) from json_each(?1) where value not in (select id from token)";

/// Saves so many candles, whose figures are bound row by row in the order of the columns. Candles are many
/// and small: bound values are several times as fast as JSON, which pays where rows are large or few.
pub(super) fn save_candles(rows: usize) -> String {
    const ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    format!(
        "
    insert into candle (
        token, source, period, open_time, open, high, low, close,
        volume_usd, trades, sources, minutes, kind, revision, confidence
    )
    values {}
    on conflict (token, source, period, open_time) do update set
        open = excluded.open,
        high = excluded.high,
        low = excluded.low,
        close = excluded.close,
        volume_usd = excluded.volume_usd,
        trades = excluded.trades,
        sources = excluded.sources,
        minutes = excluded.minutes,
        kind = excluded.kind,
        revision = excluded.revision,
        confidence = excluded.confidence
    where (excluded.minutes, excluded.revision) >= (candle.minutes, candle.revision)",
        vec![ROW; rows].join(", ")
    )
}

/// One text for all bars: a row of its own for each would take several times as long to hand over. They
/// are put together in the order in which they are read.
macro_rules! select_candles {
    ($order:literal) => {
        concat!(
            "
    select
        group_concat(
            concat_ws(
                char(9), open_time, open, high, low, close, volume_usd, ifnull(trades, ''),
                sources, minutes, kind, revision, ifnull(confidence, '')
            ),
            char(10)
        ) as lines
    from (
        select
            open_time, open, high, low, close, volume_usd, trades, sources, minutes, kind,
            revision, confidence
        from candle
        where token = ?1 and source = ?2 and period = ?3 and open_time >= ?4 and open_time < ?5
        order by open_time ",
            $order,
            "
        limit ?6
    )"
        )
    };
}

pub(super) const CANDLES: &str = select_candles!("asc");
pub(super) const NEWEST_CANDLES: &str = select_candles!("desc");

/// Two looks into the key: one aggregate alone is one, both together would read the whole series.
pub(super) const CANDLE_SPAN: &str = "
    select
        (
            select min(open_time) from candle where token = ?1 and source = ?2 and period = ?3
        ) as first,
        (
            select max(open_time) from candle where token = ?1 and source = ?2 and period = ?3
        ) as last";

/// Jumps through the key from one source to the next, past all candles between them.
pub(super) const CANDLE_SOURCES: &str = "
    with recursive held (source) as (
        select min(source) from candle where token = ?1
        union all
        select (select min(source) from candle where token = ?1 and source > held.source)
        from held
        where held.source is not null
    )
    select source
    from held
    where exists (
        select 1
        from candle
        where candle.token = ?1 and candle.source = held.source and candle.period = ?2
    )";

/// Whose candles there are, of every token: the same, token by token.
pub(super) const CANDLE_SERIES: &str = "
    with recursive held (token, source) as (
        select token.id, (select min(source) from candle where candle.token = token.id) from token
        union all
        select
            held.token,
            (
                select min(source)
                from candle
                where candle.token = held.token and candle.source > held.source
            )
        from held
        where held.source is not null
    )
    select token, source from held where source is not null";

/// One slice: at most 1,000 candles of a series, the oldest first.
pub(super) const FORGET_CANDLES: &str = "
    delete from candle
    where token = ?1 and source = ?2 and period = ?3 and open_time in (
        select open_time
        from candle
        where token = ?1 and source = ?2 and period = ?3 and open_time < ?4
        order by open_time
        limit 1000
    )";

pub(super) const SAVE_FACTS: &str = "
    insert into token_fact (
        token, venue, total_supply, total_supply_reliable, volume_usd, block, observed_at
    )
    select
        value ->> 'token', value ->> 'venue', value ->> 'total_supply',
        value ->> 'total_supply_reliable', value ->> 'volume_usd', value ->> 'block',
        value ->> 'observed_at'
    from json_each(?1)
    where true
    on conflict (token, venue) do update set
        total_supply = excluded.total_supply,
        total_supply_reliable = excluded.total_supply_reliable,
        volume_usd = excluded.volume_usd,
        block = excluded.block,
        observed_at = excluded.observed_at
    where excluded.observed_at >= token_fact.observed_at";

pub(super) const FACTS: &str = "
    select token, venue, total_supply, total_supply_reliable, volume_usd, block, observed_at
    from token_fact
    where ?1 is null or token = ?1
    order by token, venue";

pub(super) const SAVE_USAGE: &str = "
    insert into query_usage (venue, month, used)
    select value ->> 'venue', value ->> 'month', value ->> 'used'
    from json_each(?1)
    where true
    on conflict (venue, month) do update set used = excluded.used
    where excluded.used >= query_usage.used";

pub(super) const USAGE: &str = "
    select venue, month, used from query_usage where month = ?1 order by venue";

pub(super) const ADD_KEY: &str = "
    insert into api_key (
        id, name, hash, scopes, created_at, expires_at, last_used_at, revoked_at
    )
    select
        value ->> 'id', value ->> 'name', value ->> 'hash', value ->> 'scopes',
        value ->> 'created_at', value ->> 'expires_at', value ->> 'last_used_at',
        value ->> 'revoked_at'
    from json_each(?1)";

pub(super) const KEYS: &str = "
    select id, name, hash, scopes, created_at, expires_at, last_used_at, revoked_at
    from api_key
    order by created_at, id";

pub(super) const REVOKE_KEY: &str = "
    update api_key set revoked_at = ?2 where id = ?1 and revoked_at is null";

pub(super) const SAVE_KEY_USES: &str = "
    update api_key
    set last_used_at = used.value ->> 'used_at'
    from json_each(?1) as used
    where api_key.id = used.value ->> 'id'
        and (last_used_at is null or last_used_at < used.value ->> 'used_at')";
