-- History that can be kept and forgotten: candles by source; the newest price of each token beside its
-- history; what chains say about tokens; and how much venues were asked.
--
-- Candles have no foreign key, as in PostgreSQL: the store checks instead, once a batch and in its
-- transaction, that all tokens are known.

alter table candle rename to candle_before;

create table candle (
    token text not null,
    source text not null,
    period text not null,
    open_time integer not null,
    open text not null,
    high text not null,
    low text not null,
    close text not null,
    volume_usd text not null,
    trades integer,
    sources integer not null,
    minutes integer not null,
    kind text not null,
    revision integer not null,
    constraint candle_pk primary key (token, source, period, open_time),
    constraint candle_period_is_known check (period in ('1m', '1h', '1d')),
    constraint candle_kind_is_known check (kind in ('filled', 'traded', 'repaired', 'gap'))
) strict, without rowid;

-- The old candles do not say what was traded, nor whether any of their minutes was seen whole.
insert into candle (
    token, source, period, open_time, open, high, low, close,
    volume_usd, trades, sources, minutes, kind, revision
)
select
    token, 'index', period, open_time, open, high, low, close,
    '0', null, sources, 0, 'gap', 0
from candle_before;

drop table candle_before;

-- The newest price of each token, which stays when the history is forgotten.
create table latest_price (
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
    constraint latest_price_pk primary key (token),
    constraint latest_price_token_known foreign key (token) references token (id),
    constraint index_price_status_is_known
        check (status in ('live', 'thin', 'aging', 'stale', 'no_quorum')),
    constraint index_price_number_unless_no_quorum
        check ((price is null) = (status = 'no_quorum'))
) strict;

insert into latest_price (
    token, computed_at, price, confidence, status, as_of,
    method, sources, sources_known, volume_24h_usd, constituents
)
select
    token, computed_at, price, confidence, status, as_of,
    method, sources, sources_known, volume_24h_usd, constituents
from index_price
where computed_at = (
    select max(newest.computed_at) from index_price as newest where newest.token = index_price.token
);

create table token_fact (
    token text not null,
    venue text not null,
    total_supply text,
    total_supply_reliable integer not null,
    volume_usd text,
    block integer not null,
    observed_at integer not null,
    constraint token_fact_pk primary key (token, venue),
    constraint token_fact_token_known foreign key (token) references token (id),
    constraint token_fact_venue_known foreign key (venue) references venue (id),
    constraint token_fact_reliable_is_yes_or_no check (total_supply_reliable in (0, 1))
) strict, without rowid;

create table query_usage (
    venue text not null,
    month integer not null,
    used integer not null,
    constraint query_usage_pk primary key (venue, month),
    constraint query_usage_venue_known foreign key (venue) references venue (id)
) strict, without rowid;
