//! PostgreSQL's statements. Saves bind one array a column, in the order of the columns.
//!
//! `extract(epoch …)` is a `numeric`, so a time's milliseconds are exact.

use parallax::candle::Interval;

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
        method, sources, sources_known, volume_24h_usd, constituents, by_hand
    )
    select
        row.token, row.computed_at::timestamptz, row.price::numeric, row.confidence::numeric,
        row.status, row.as_of::timestamptz, row.method, row.sources, row.sources_known,
        row.volume_24h_usd::numeric, row.constituents::jsonb, row.by_hand::jsonb
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::text[],
        $12::text[]
    ) as row (
        token, computed_at, price, confidence, status, as_of,
        method, sources, sources_known, volume_24h_usd, constituents, by_hand
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
        constituents = excluded.constituents,
        by_hand = excluded.by_hand";

pub(super) const SAVE_LATEST_PRICES: &str = "
    insert into latest_price (
        token, computed_at, price, confidence, status, as_of,
        method, sources, sources_known, volume_24h_usd, constituents, by_hand
    )
    select
        row.token, row.computed_at::timestamptz, row.price::numeric, row.confidence::numeric,
        row.status, row.as_of::timestamptz, row.method, row.sources, row.sources_known,
        row.volume_24h_usd::numeric, row.constituents::jsonb, row.by_hand::jsonb
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::text[],
        $12::text[]
    ) as row (
        token, computed_at, price, confidence, status, as_of,
        method, sources, sources_known, volume_24h_usd, constituents, by_hand
    )
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
        token,
        (extract(epoch from computed_at) * 1000)::bigint as computed_at,
        price::text as price,
        confidence::text as confidence,
        status,
        (extract(epoch from as_of) * 1000)::bigint as as_of,
        method,
        sources,
        sources_known,
        volume_24h_usd::text as volume_24h_usd,
        constituents::text as constituents,
        by_hand::text as by_hand
    from ",
            $rest
        )
    };
}

pub(super) const LATEST_PRICES: &str = select_price!("latest_price order by latest_price.token");

pub(super) const LATEST_PRICE_AT: &str = select_price!(
    "latest_price
    where latest_price.token = $1 and latest_price.computed_at <= $2"
);

pub(super) const PRICE_AT: &str = select_price!(
    "index_price
    where index_price.token = $1 and index_price.computed_at <= $2
    order by index_price.computed_at desc
    limit 1"
);

/// How many of the tokens are known. They cannot be forgotten before the transaction ends, which is what
/// a foreign key would see to.
pub(super) const COUNT_TOKENS: &str = "
    select count(*)
    from (
        select 1 from token where id = any($1::text[]) order by id for key share
    ) as known";

pub(super) const MAKE_PARTITION: &str =
    "select make_partition($1, $2, $3::text::timestamptz, $4::text::interval)";

/// The partitions of `$1` whose end is no later than `$2`, oldest first, by their quoted names.
pub(super) const PARTITIONS_BEFORE: &str = "
    select old.name
    from (
        select
            part.oid::regclass::text as name,
            substring(
                pg_get_expr(part.relpartbound, part.oid) from $bound$TO \\('([^']+)'\\)$bound$
            )::timestamptz as upper
        from pg_inherits
        join pg_class as part on part.oid = pg_inherits.inhrelid
        where pg_inherits.inhparent = $1::text::regclass
    ) as old
    where old.upper <= $2::text::timestamptz
    order by old.upper";

/// The columns as `columns::candle_lines` writes them.
pub(super) const COPY_CANDLES: &str = "
    copy candle (
        token, source, period, open_time, open, high, low, close,
        volume_usd, trades, sources, minutes, kind, revision, confidence
    )
    from stdin";

/// Whether any series has a candle between two of its times; `$6` and `$7` are the ends of all of them,
/// which spare the other partitions. The limit makes it a look into the key's index per series.
pub(super) const ANY_CANDLE: &str = "
    select exists (
        select 1
        from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
            as series (token, source, period, first, last)
        cross join lateral (
            select 1
            from candle
            where candle.token = series.token
                and candle.source = series.source
                and candle.period = series.period
                and candle.open_time >= series.first::timestamptz
                and candle.open_time <= series.last::timestamptz
                and candle.open_time >= $6
                and candle.open_time <= $7
            limit 1
        ) as held
    )";

pub(super) const SAVE_CANDLES: &str = "
    insert into candle (
        token, source, period, open_time, open, high, low, close,
        volume_usd, trades, sources, minutes, kind, revision, confidence
    )
    select
        row.token, row.source, row.period, row.open_time::timestamptz,
        row.open::numeric, row.high::numeric, row.low::numeric, row.close::numeric,
        row.volume_usd::numeric, row.trades, row.sources, row.minutes, row.kind, row.revision,
        row.confidence::numeric
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[],
        $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[],
        $15::text[]
    ) as row (
        token, source, period, open_time, open, high, low, close,
        volume_usd, trades, sources, minutes, kind, revision, confidence
    )
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
    where (excluded.minutes, excluded.revision) >= (candle.minutes, candle.revision)";

/// A statement on the candles of one length, whose table and period are put between its parts: the
/// planner then knows at once which partitions are meant.
macro_rules! by_interval {
    ($(#[$doc:meta])* $name:ident, $before:literal, $between:literal, $after:literal) => {
        $(#[$doc])*
        pub(super) const fn $name(interval: Interval) -> &'static str {
            match interval {
                Interval::Minute => concat!($before, "candle_1m", $between, "'1m'", $after),
                Interval::Hour => concat!($before, "candle_1h", $between, "'1h'", $after),
                Interval::Day => concat!($before, "candle_1d", $between, "'1d'", $after),
            }
        }
    };
}

by_interval!(
    /// The columns as `bars` reads them. The period is no news, but without it the key is no order.
    candles,
    "
    select
        candle.open_time, candle.open, candle.high, candle.low, candle.close,
        candle.volume_usd, candle.trades, candle.sources, candle.minutes, candle.kind,
        candle.revision, candle.confidence
    from ",
    " as candle
    where candle.token = $1
        and candle.source = $2
        and candle.period = ",
    "
        and candle.open_time >= $3
        and candle.open_time < $4
    order by candle.open_time
    limit $5"
);

by_interval!(
    /// The columns as `bars` reads them. The period is no news, but without it the key is no order.
    /// The same, newest first.
    newest_candles,
    "
    select
        candle.open_time, candle.open, candle.high, candle.low, candle.close,
        candle.volume_usd, candle.trades, candle.sources, candle.minutes, candle.kind,
        candle.revision, candle.confidence
    from ",
    " as candle
    where candle.token = $1
        and candle.source = $2
        and candle.period = ",
    "
        and candle.open_time >= $3
        and candle.open_time < $4
    order by candle.open_time desc
    limit $5"
);

by_interval!(
    candle_span,
    "
    select
        (extract(epoch from min(candle.open_time)) * 1000)::bigint as first,
        (extract(epoch from max(candle.open_time)) * 1000)::bigint as last
    from ",
    " as candle
    where candle.token = $1 and candle.source = $2 and candle.period = ",
    ""
);

by_interval!(
    /// Jumps through the key's index from one source to the next, past all candles between them.
    candle_sources,
    "
    with recursive candle as not materialized (
        select source from ",
    "
        where token = $1 and period = ",
    "
    ),
    held (source) as (
        select min(candle.source) from candle
        union all
        select (select min(candle.source) from candle where candle.source > held.source)
        from held
        where held.source is not null
    )
    select source from held where source is not null"
);

pub(super) const SAVE_FACTS: &str = "
    insert into token_fact (
        token, venue, total_supply, total_supply_reliable, volume_usd, block, observed_at
    )
    select
        row.token, row.venue, row.total_supply::numeric, row.total_supply_reliable,
        row.volume_usd::numeric, row.block, row.observed_at::timestamptz
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::bigint[], $7::text[]
    ) as row (
        token, venue, total_supply, total_supply_reliable, volume_usd, block, observed_at
    )
    on conflict (token, venue) do update set
        total_supply = excluded.total_supply,
        total_supply_reliable = excluded.total_supply_reliable,
        volume_usd = excluded.volume_usd,
        block = excluded.block,
        observed_at = excluded.observed_at
    where excluded.observed_at >= token_fact.observed_at";

pub(super) const FACTS: &str = "
    select
        token, venue, total_supply::text as total_supply, total_supply_reliable,
        volume_usd::text as volume_usd, block,
        (extract(epoch from observed_at) * 1000)::bigint as observed_at
    from token_fact
    where $1::text is null or token = $1
    order by token, venue";

pub(super) const SAVE_USAGE: &str = "
    insert into query_usage (venue, month, used)
    select row.venue, row.month::timestamptz, row.used
    from unnest($1::text[], $2::text[], $3::bigint[]) as row (venue, month, used)
    on conflict (venue, month) do update set used = excluded.used
    where excluded.used >= query_usage.used";

pub(super) const USAGE: &str = "
    select venue, (extract(epoch from month) * 1000)::bigint as month, used
    from query_usage
    where month = $1::text::timestamptz
    order by venue";

pub(super) const ADD_KEY: &str = "
    insert into api_key (
        id, name, hash, scopes, created_at, expires_at, last_used_at, revoked_at
    )
    values (
        $1, $2, $3, $4, $5::text::timestamptz, $6::text::timestamptz, $7::text::timestamptz,
        $8::text::timestamptz
    )";

pub(super) const KEYS: &str = "
    select
        id, name, hash, scopes,
        (extract(epoch from created_at) * 1000)::bigint as created_at,
        (extract(epoch from expires_at) * 1000)::bigint as expires_at,
        (extract(epoch from last_used_at) * 1000)::bigint as last_used_at,
        (extract(epoch from revoked_at) * 1000)::bigint as revoked_at
    from api_key
    order by api_key.created_at, id";

pub(super) const REVOKE_KEY: &str = "
    update api_key set revoked_at = $2 where id = $1 and revoked_at is null";

/// In the order of the ids, like every writer: the join alone would lock rows in any order.
pub(super) const SAVE_KEY_USES: &str = "
    update api_key
    set last_used_at = used.used_at
    from (
        select api_key.id, row.used_at::timestamptz as used_at
        from unnest($1::text[], $2::text[]) as row (id, used_at)
        join api_key on api_key.id = row.id
        order by api_key.id
        for update of api_key
    ) as used
    where api_key.id = used.id
        and (api_key.last_used_at is null or api_key.last_used_at < used.used_at)";
