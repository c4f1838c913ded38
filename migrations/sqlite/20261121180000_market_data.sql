-- What Parallax remembers: tokens, venues, listings, last quotes, index prices and candles.
--
-- Decimals are text, because SQLite's own numbers are floats; nothing is computed with them here.
-- Times are integers: milliseconds since 1970-01-01T00:00:00Z.
-- The same version exists for PostgreSQL. A migration is never changed once it is published.

create table token (
    id text not null,
    symbol text not null,
    name text not null,
    kind text not null,
    rank integer not null,
    constraint token_pk primary key (id),
    constraint token_kind_is_known check (kind in ('fiat', 'stablecoin', 'crypto'))
) strict, without rowid;

create table contract (
    chain text not null,
    address text not null,
    token text not null,
    position integer not null,
    constraint contract_of_one_token primary key (chain, address),
    constraint contract_token_known foreign key (token) references token (id)
) strict, without rowid;

create index contract_by_token on contract (token, position);

create table venue (
    id text not null,
    name text not null,
    website text not null,
    constraint venue_pk primary key (id)
) strict, without rowid;

-- A side of a market is a token, or an asset that only its exchange knows, by that exchange's code.
create table listing (
    venue text not null,
    symbol text not null,
    base_code text not null,
    quote_code text not null,
    base_token text,
    base_unlisted_venue text,
    base_unlisted_code text,
    quote_token text,
    quote_unlisted_venue text,
    quote_unlisted_code text,
    constraint listing_pk primary key (venue, symbol),
    constraint listing_venue_known foreign key (venue) references venue (id),
    constraint listing_base_known foreign key (base_token) references token (id),
    constraint listing_quote_known foreign key (quote_token) references token (id),
    constraint listing_base_is_one_asset check (
        (base_token is null) = (base_unlisted_venue is not null)
        and (base_token is null) = (base_unlisted_code is not null)
    ),
    constraint listing_quote_is_one_asset check (
        (quote_token is null) = (quote_unlisted_venue is not null)
        and (quote_token is null) = (quote_unlisted_code is not null)
    )
) strict, without rowid;

create table quote (
    venue text not null,
    symbol text not null,
    bid text not null,
    ask text not null,
    bid_size text,
    ask_size text,
    received_at integer not null,
    constraint quote_pk primary key (venue, symbol),
    constraint quote_listing_known foreign key (venue, symbol) references listing (venue, symbol)
) strict, without rowid;

create table index_price (
    token text not null,
    computed_at integer not null,
    price text,
    confidence text,
    status text not null,
    as_of integer,
    method integer not null,
    sources integer not null,
    sources_known integer not null,
    volume_24h_usd text,
    constituents text not null,
    constraint index_price_pk primary key (token, computed_at),
    constraint index_price_token_known foreign key (token) references token (id),
    constraint index_price_status_is_known
        check (status in ('live', 'thin', 'aging', 'stale', 'no_quorum')),
    constraint index_price_number_unless_no_quorum
        check ((price is null) = (status = 'no_quorum'))
) strict;

-- For forgetting old prices.
create index index_price_by_computed_at on index_price (computed_at);

create table candle (
    token text not null,
    period text not null,
    open_time integer not null,
    open text not null,
    high text not null,
    low text not null,
    close text not null,
    updates integer not null,
    sources integer not null,
    constraint candle_pk primary key (token, period, open_time),
    constraint candle_token_known foreign key (token) references token (id),
    constraint candle_period_is_known check (period in ('1m', '1h', '1d'))
) strict, without rowid;
