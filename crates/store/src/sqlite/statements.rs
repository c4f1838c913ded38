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
        method, sources, sources_known, volume_24h_usd, constituents
    )
    select
        value ->> 'token', value ->> 'computed_at', value ->> 'price', value ->> 'confidence',
        value ->> 'status', value ->> 'as_of', value ->> 'method', value ->> 'sources',
        value ->> 'sources_known', value ->> 'volume_24h_usd', value ->> 'constituents'
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
        constituents = excluded.constituents";

/// One look into the key's index per token, whatever the length of the history.
pub(super) const LATEST_PRICES: &str = "
    select
        newest.token, newest.computed_at, newest.price, newest.confidence, newest.status,
        newest.as_of, newest.method, newest.sources, newest.sources_known,
        newest.volume_24h_usd, newest.constituents
    from token
    join index_price as newest
        on newest.token = token.id
        and newest.computed_at = (
            select max(computed_at) from index_price where index_price.token = token.id
        )
    order by newest.token";

/// One slice: at most 1,000 rows, the oldest first.
pub(super) const PRUNE_PRICES: &str = "
    delete from index_price
    where rowid in (
        select old.rowid
        from index_price as old
        where old.computed_at < ?1
            and exists (
                select 1
                from index_price as newer
                where newer.token = old.token and newer.computed_at > old.computed_at
            )
        order by old.computed_at
        limit 1000
    )";

pub(super) const SAVE_CANDLES: &str = "
    insert into candle (token, period, open_time, open, high, low, close, updates, sources)
    select
        value ->> 'token', value ->> 'period', value ->> 'open_time', value ->> 'open',
        value ->> 'high', value ->> 'low', value ->> 'close', value ->> 'updates',
        value ->> 'sources'
    from json_each(?1)
    where true
    on conflict (token, period, open_time) do update set
        open = excluded.open,
        high = excluded.high,
        low = excluded.low,
        close = excluded.close,
        updates = excluded.updates,
        sources = excluded.sources";

pub(super) const CANDLES: &str = "
    select token, period, open_time, open, high, low, close, updates, sources
    from candle
    where token = ?1 and period = ?2 and open_time >= ?3 and open_time < ?4
    order by open_time
    limit ?5";
