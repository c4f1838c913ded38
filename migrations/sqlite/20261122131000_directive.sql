-- What operators decided in the admin: the last decision about each thing.

create table directive (
    -- What sort of thing, and which.
    kind text not null,
    id text not null,
    -- JSON; null when it was taken back.
    body text,
    decided_at integer not null,
    -- Counts the decisions: one that was made on an older state is refused.
    revision integer not null,
    constraint directive_pk primary key (kind, id),
    constraint directive_revision_positive check (revision > 0)
) strict;
