-- What operators decided in the admin: the last decision about each thing.

create table directive (
    -- What sort of thing, and which.
    kind text collate "C" not null,
    id text collate "C" not null,
    -- JSON; null when it was taken back.
    body text,
    decided_at timestamptz not null,
    -- Counts the decisions: one that was made on an older state is refused.
    revision bigint not null,
    constraint directive_pk primary key (kind, id),
    constraint directive_revision_positive check (revision > 0)
);
