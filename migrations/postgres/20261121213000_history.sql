-- History that can be kept and forgotten: candles by source, in partitions by time; index prices in
-- partitions by day; the newest price of each token beside its history; what chains say about tokens;
-- and how much venues were asked.
--
-- Partitioned tables have no foreign keys: making or dropping a partition would lock the table they
-- name. The store checks instead, once a batch and in its transaction, that all tokens are known.

-- Makes the partition `name` of `parent` for `step` from `lower` on, unless it is there. Attached and not
-- made in place, because that lets others read and write `parent` meanwhile.
create function make_partition(parent text, name text, lower timestamptz, step interval)
returns void
language plpgsql
as $$
declare
    -- In UTC, whatever the session's time zone: a day must not have 23 hours.
    upper timestamptz := ((lower at time zone 'UTC') + step) at time zone 'UTC';
begin
    -- One maker at a time: the second finds the partition there.
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.' || name, 0));
    if exists (
        select 1
        from pg_inherits
        where inhparent = parent::regclass and inhrelid = to_regclass(quote_ident(name))
    ) then
        return;
    end if;
    execute format('create table %I (like %I including all)', name, parent);
    execute format(
        'alter table %I attach partition %I for values from (%L) to (%L)',
        parent, name, lower, upper
    );
end
$$;

alter table candle rename to candle_before;
alter table candle_before rename constraint candle_pk to candle_before_pk;

create table candle (
    token text collate "C" not null,
    source text collate "C" not null,
    period text collate "C" not null,
    open_time timestamptz not null,
    open numeric not null,
    high numeric not null,
    low numeric not null,
    close numeric not null,
    volume_usd numeric not null,
    trades bigint,
    sources bigint not null,
    minutes bigint not null,
    kind text collate "C" not null,
    revision bigint not null,
    constraint candle_pk primary key (token, source, period, open_time),
    constraint candle_kind_is_known check (kind in ('filled', 'traded', 'repaired', 'gap'))
) partition by list (period);

-- Minutes are kept by the month: candle_1m_2026_11. Hours and days by the year: candle_1h_2026.
create table candle_1m partition of candle for values in ('1m') partition by range (open_time);
create table candle_1h partition of candle for values in ('1h') partition by range (open_time);
create table candle_1d partition of candle for values in ('1d') partition by range (open_time);

alter table index_price rename to index_price_before;
alter table index_price_before rename constraint index_price_pk to index_price_before_pk;

-- Kept by the day: index_price_2026_11_21.
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
    constraint index_price_status_is_known
        check (status in ('live', 'thin', 'aging', 'stale', 'no_quorum')),
    constraint index_price_number_unless_no_quorum
        check ((price is null) = (status = 'no_quorum'))
) partition by range (computed_at);

-- The newest price of each token, which stays when the history is forgotten.
create table latest_price (
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
    constraint latest_price_pk primary key (token),
    constraint latest_price_token_known foreign key (token) references token (id),
    constraint index_price_status_is_known
        check (status in ('live', 'thin', 'aging', 'stale', 'no_quorum')),
    constraint index_price_number_unless_no_quorum
        check ((price is null) = (status = 'no_quorum'))
);

create table token_fact (
    token text collate "C" not null,
    venue text collate "C" not null,
    total_supply numeric,
    total_supply_reliable boolean not null,
    volume_usd numeric,
    block bigint not null,
    observed_at timestamptz not null,
    constraint token_fact_pk primary key (token, venue),
    constraint token_fact_token_known foreign key (token) references token (id),
    constraint token_fact_venue_known foreign key (venue) references venue (id)
);

create table query_usage (
    venue text collate "C" not null,
    month timestamptz not null,
    used bigint not null,
    constraint query_usage_pk primary key (venue, month),
    constraint query_usage_venue_known foreign key (venue) references venue (id)
);

-- What is there already moves over.
do $$
declare
    part record;
begin
    for part in
        select distinct
            'candle_' || period as parent,
            case period
                when '1m' then to_char(open_time at time zone 'UTC', '"candle_1m_"YYYY"_"MM')
                else to_char(open_time at time zone 'UTC', '"candle_' || period || '_"YYYY')
            end as name,
            date_trunc(
                case period when '1m' then 'month' else 'year' end,
                open_time at time zone 'UTC'
            ) at time zone 'UTC' as lower,
            case period when '1m' then interval '1 month' else interval '1 year' end as step
        from candle_before
        union all
        select distinct
            'index_price',
            to_char(computed_at at time zone 'UTC', '"index_price_"YYYY"_"MM"_"DD'),
            date_trunc('day', computed_at at time zone 'UTC') at time zone 'UTC',
            interval '1 day'
        from index_price_before
    loop
        perform make_partition(part.parent, part.name, part.lower, part.step);
    end loop;
end
$$;

-- The old candles do not say what was traded, nor whether any of their minutes was seen whole.
insert into candle (
    token, source, period, open_time, open, high, low, close,
    volume_usd, trades, sources, minutes, kind, revision
)
select
    token, 'index', period, open_time, open, high, low, close,
    0, null, sources, 0, 'gap', 0
from candle_before;

insert into index_price (
    token, computed_at, price, confidence, status, as_of,
    method, sources, sources_known, volume_24h_usd, constituents
)
select
    token, computed_at, price, confidence, status, as_of,
    method, sources, sources_known, volume_24h_usd, constituents
from index_price_before;

insert into latest_price (
    token, computed_at, price, confidence, status, as_of,
    method, sources, sources_known, volume_24h_usd, constituents
)
select distinct on (token)
    token, computed_at, price, confidence, status, as_of,
    method, sources, sources_known, volume_24h_usd, constituents
from index_price_before
order by token, computed_at desc;

drop table candle_before;
drop table index_price_before;
