//! PostgreSQL's statements. Saves bind one array a column, in the order of the columns.
//!
//! `extract(epoch …)` is a `numeric`, so a time's milliseconds are exact.

pub(super) const PING: &str = "select 1";

/// Keeps other catalogue writers out, and no one else.
pub(super) const LOCK_CONTRACTS: &str = "lock table contract in share row exclusive mode";

pub(super) const SAVE_TOKENS: &str = "
    insert into token (id, symbol, name, kind, rank)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
    on conflict (id) do update set
        symbol = excluded.symbol,
        name = excluded.name,
        kind = excluded.kind,
        rank = excluded.rank";

pub(super) const FORGET_CONTRACTS: &str = "delete from contract where token = any($1::text[])";

pub(super) const SAVE_CONTRACTS: &str = "
    insert into contract (chain, address, token, position)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])";

pub(super) const TOKENS: &str = "
    select
        token.id, token.symbol, token.name, token.kind, token.rank,
        contract.chain, contract.address
    from token
    left join contract on contract.token = token.id
    order by token.rank, token.id, contract.position";

pub(super) const SAVE_VENUES: &str = "
    insert into venue (id, name, website)
    select * from unnest($1::text[], $2::text[], $3::text[])
    on conflict (id) do update set name = excluded.name, website = excluded.website";

pub(super) const VENUES: &str = "select id, name, website from venue order by id";

pub(super) const SAVE_LISTINGS: &str = "
    insert into listing (
        venue, symbol, base_code, quote_code,
        base_token, base_unlisted_venue, base_unlisted_code,
        quote_token, quote_unlisted_venue, quote_unlisted_code
    )
    select * from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[],
        $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[]
    )
    on conflict (venue, symbol) do update set
        base_code = excluded.base_code,
        quote_code = excluded.quote_code,
        base_token = excluded.base_token,
        base_unlisted_venue = excluded.base_unlisted_venue,
        base_unlisted_code = excluded.base_unlisted_code,
        quote_token = excluded.quote_token,
        quote_unlisted_venue = excluded.quote_unlisted_venue,
        quote_unlisted_code = excluded.quote_unlisted_code";

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
        row.venue, row.symbol, row.bid::numeric, row.ask::numeric,
        row.bid_size::numeric, row.ask_size::numeric, row.received_at::timestamptz
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]
    ) as row (venue, symbol, bid, ask, bid_size, ask_size, received_at)
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
        quote.bid::text as bid, quote.ask::text as ask,
        quote.bid_size::text as bid_size, quote.ask_size::text as ask_size,
        (extract(epoch from quote.received_at) * 1000)::bigint as received_at
    from quote
    join listing on listing.venue = quote.venue and listing.symbol = quote.symbol
    order by listing.venue, listing.symbol";

pub(super) const SAVE_PRICES: &str = "
    insert into index_price (
        token, computed_at, price, confidence, status, as_of,
        method, sources, sources_known, volume_24h_usd, constituents
    )
    select
        row.token, row.computed_at::timestamptz, row.price::numeric, row.confidence::numeric,
        row.status, row.as_of::timestamptz, row.method, row.sources, row.sources_known,
        row.volume_24h_usd::numeric, row.constituents::jsonb
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::text[]
    ) as row (
        token, computed_at, price, confidence, status, as_of,
        method, sources, sources_known, volume_24h_usd, constituents
    )
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
        newest.token,
        (extract(epoch from newest.computed_at) * 1000)::bigint as computed_at,
        newest.price::text as price,
        newest.confidence::text as confidence,
        newest.status,
        (extract(epoch from newest.as_of) * 1000)::bigint as as_of,
        newest.method,
        newest.sources,
        newest.sources_known,
        newest.volume_24h_usd::text as volume_24h_usd,
        newest.constituents::text as constituents
    from token
    cross join lateral (
        select *
        from index_price
        where index_price.token = token.id
        order by index_price.computed_at desc
        limit 1
    ) as newest
    order by newest.token";

/// One slice: at most 1,000 rows, the oldest first. Rows that another pruner holds are left to it.
pub(super) const PRUNE_PRICES: &str = "
    delete from index_price
    where (token, computed_at) in (
        select old.token, old.computed_at
        from index_price as old
        where old.computed_at < $1::text::timestamptz
            and exists (
                select 1
                from index_price as newer
                where newer.token = old.token and newer.computed_at > old.computed_at
            )
        order by old.computed_at
        limit 1000
        for update skip locked
    )";

pub(super) const SAVE_CANDLES: &str = "
    insert into candle (token, period, open_time, open, high, low, close, updates, sources)
    select
        row.token, row.period, row.open_time::timestamptz, row.open::numeric, row.high::numeric,
        row.low::numeric, row.close::numeric, row.updates, row.sources
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::bigint[], $9::bigint[]
    ) as row (token, period, open_time, open, high, low, close, updates, sources)
    on conflict (token, period, open_time) do update set
        open = excluded.open,
        high = excluded.high,
        low = excluded.low,
        close = excluded.close,
        updates = excluded.updates,
        sources = excluded.sources";

pub(super) const CANDLES: &str = "
    select
        token, period,
        (extract(epoch from open_time) * 1000)::bigint as open_time,
        open::text as open, high::text as high, low::text as low, close::text as close,
        updates, sources
    from candle
    where token = $1
        and period = $2
        and open_time >= $3::text::timestamptz
        and open_time < $4::text::timestamptz
    order by open_time
    limit $5";
