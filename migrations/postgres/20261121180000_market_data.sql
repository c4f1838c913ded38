-- What Parallax remembers: tokens, venues, listings, last quotes, index prices and candles.
--
-- Texts that are keys or are sorted by have collation "C": the order of their bytes, as in SQLite.
-- The same version exists for SQLite. A migration is never changed once it is published.

create table token (
    id text collate "C" not null,
    symbol text not null,
    name text not null,
    kind text not null,
    rank bigint not null,
    constraint token_pk primary key (id),
    constraint token_kind_is_known check (kind in ('fiat', 'stablecoin', 'crypto'))
);

create table contract (
    chain text collate "C" not null,
    address text collate "C" not null,
    token text collate "C" not null,
    position bigint not null,
    constraint contract_of_one_token primary key (chain, address),
    constraint contract_token_known foreign key (token) references token (id)
);

create index contract_by_token on contract (token, position);

create table venue (
    id text collate "C" not null,
    name text not null,
    website text not null,
    constraint venue_pk primary key (id)
);

-- A side of a market is a token, or an asset that only its exchange knows, by that exchange's code.
create table listing (
    venue text collate "C" not null,
    symbol text collate "C" not null,
    base_code text not null,
    quote_code text not null,
    base_token text collate "C",
    base_unlisted_venue text,
    base_unlisted_code text,
    quote_token text collate "C",
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
);

create table quote (
    venue text collate "C" not null,
    symbol text collate "C" not null,
    bid numeric not null,
    ask numeric not null,
    bid_size numeric,
    ask_size numeric,
    received_at timestamptz not null,
    constraint quote_pk primary key (venue, symbol),
    constraint quote_listing_known foreign key (venue, symbol) references listing (venue, symbol)
);

create table index_price (
    token text collate "C" not null,
    computed_at timestamptz not null,
    price numeric,
    confidence numeric,
    status text not null,
    as_of timestamptz,
    method bigint not null,
    sources bigint not null,
    sources_known bigint not null,
    volume_24h_usd numeric,
    constituents jsonb not null,
    constraint index_price_pk primary key (token, computed_at),
    constraint index_price_token_known foreign key (token) references token (id),
    constraint index_price_status_is_known
        check (status in ('live', 'thin', 'aging', 'stale', 'no_quorum')),
    constraint index_price_number_unless_no_quorum
        check ((price is null) = (status = 'no_quorum'))
);

-- For forgetting old prices.
create index index_price_by_computed_at on index_price (computed_at);

create table candle (
    token text collate "C" not null,
    period text collate "C" not null,
    open_time timestamptz not null,
    open numeric not null,
    high numeric not null,
    low numeric not null,
    close numeric not null,
    updates bigint not null,
    sources bigint not null,
    constraint candle_pk primary key (token, period, open_time),
    constraint candle_token_known foreign key (token) references token (id),
    constraint candle_period_is_known check (period in ('1m', '1h', '1d'))
);
