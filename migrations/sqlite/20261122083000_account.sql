-- Accounts, their sessions, and the audit log.

-- Only hashes of passwords and recovery codes are kept. A second factor's secret must be readable to check codes.
create table account (
    id text not null,
    username text not null,
    role text not null,
    password_hash text not null,
    -- Counts the changes that end all sessions: of password, role, second factor, state.
    epoch integer not null,
    totp_secret text,
    -- The step of the last code that was accepted: none is accepted twice.
    totp_step integer not null,
    -- SHA-256 of the codes that are left, with spaces between them.
    recovery text not null,
    created_at integer not null,
    signed_in_at integer,
    disabled_at integer,
    revision integer not null,
    constraint account_pk primary key (id),
    constraint account_username_unique unique (username),
    constraint account_role_known check (role in ('viewer', 'editor', 'superuser'))
) strict;

-- A session's id is known to its browser alone: here is its SHA-256.
create table session (
    hash text not null,
    account text,
    data text not null,
    created_at integer not null,
    seen_at integer not null,
    constraint session_pk primary key (hash),
    constraint session_account_known foreign key (account) references account (id) on delete cascade,
    constraint session_hash_is_sha256 check (length(hash) = 64)
) strict;

create index session_by_account on session (account);

-- Browsers in which someone once signed in, by the SHA-256 of their cookie.
create table known_browser (
    hash text not null,
    account text not null,
    seen_at integer not null,
    constraint known_browser_pk primary key (hash),
    constraint known_browser_account_known foreign key (account) references account (id) on delete cascade,
    constraint known_browser_hash_is_sha256 check (length(hash) = 64)
) strict;

-- What can be used once and was, by its SHA-256, until it is worth nothing anyway.
create table spent (
    hash text not null,
    until integer not null,
    constraint spent_pk primary key (hash),
    constraint spent_hash_is_sha256 check (length(hash) = 64)
) strict;

create index spent_by_end on spent (until);

create table audit (
    id integer not null,
    at integer not null,
    account text,
    name text not null,
    address text,
    agent text,
    action text not null,
    object_kind text,
    object_id text,
    before text,
    after text,
    -- autoincrement: no number is given out twice.
    constraint audit_pk primary key (id autoincrement)
) strict;

create index audit_by_time on audit (at);
create index audit_by_object on audit (object_kind, object_id, id);

create trigger audit_is_never_changed before update on audit
begin
    select raise(abort, 'the audit log is append-only');
end;

create trigger audit_is_never_deleted before delete on audit
begin
    select raise(abort, 'the audit log is append-only');
end;
