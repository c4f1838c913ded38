-- API keys. Only the SHA-256 of a key is kept, as hexadecimal digits; the key itself is nowhere.

create table api_key (
    id text collate "C" not null,
    name text not null,
    hash text collate "C" not null,
    scopes text collate "C" not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint api_key_pk primary key (id),
    constraint api_key_hash_unique unique (hash),
    constraint api_key_hash_is_sha256 check (length(hash) = 64)
);
