-- Accounts, their sessions, and the audit log.

-- Only hashes of passwords and recovery codes are kept. A second factor's secret must be readable to check codes.
create table account (
    id text collate "C" not null,
    username text collate "C" not null,
    role text collate "C" not null,
    password_hash text not null,
    -- Counts the changes that end all sessions: of password, role, second factor, state.
    epoch bigint not null,
    totp_secret text,
    -- The step of the last code that was accepted: none is accepted twice.
    totp_step bigint not null,
    -- SHA-256 of the codes that are left, with spaces between them.
    recovery text not null,
    created_at timestamptz not null,
    signed_in_at timestamptz,
    disabled_at timestamptz,
    revision bigint not null,
    constraint account_pk primary key (id),
    constraint account_username_unique unique (username),
    constraint account_role_known check (role in ('viewer', 'editor', 'superuser'))
);

-- A session's id is known to its browser alone: here is its SHA-256.
create table session (
    hash text collate "C" not null,
    account text collate "C",
    data text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    constraint session_pk primary key (hash),
    constraint session_account_known foreign key (account) references account (id) on delete cascade,
    constraint session_hash_is_sha256 check (length(hash) = 64)
);

create index session_by_account on session (account);

-- Browsers in which someone once signed in, by the SHA-256 of their cookie.
create table known_browser (
    hash text collate "C" not null,
    account text collate "C" not null,
    seen_at timestamptz not null,
    constraint known_browser_pk primary key (hash),
    constraint known_browser_account_known foreign key (account) references account (id) on delete cascade,
    constraint known_browser_hash_is_sha256 check (length(hash) = 64)
);

-- What can be used once and was, by its SHA-256, until it is worth nothing anyway.
create table spent (
    hash text collate "C" not null,
    until timestamptz not null,
    constraint spent_pk primary key (hash),
    constraint spent_hash_is_sha256 check (length(hash) = 64)
);

create index spent_by_end on spent (until);

create table audit (
    id bigint generated always as identity,
    at timestamptz not null,
    account text collate "C",
    name text collate "C" not null,
    address text,
    agent text,
    action text collate "C" not null,
    object_kind text collate "C",
    object_id text collate "C",
    before text,
    after text,
    constraint audit_pk primary key (id)
);

create index audit_by_time on audit (at);
create index audit_by_object on audit (object_kind, object_id, id);

create function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
end
$$;

create trigger audit_is_never_changed before update or delete or truncate on audit
for each statement execute function refuse_change_of_audit();
