-- API keys. Only the SHA-256 of a key is kept, as hexadecimal digits; the key itself is nowhere.

create table api_key (
    id text not null,
    name text not null,
    hash text not null,
    scopes text not null,
    created_at integer not null,
    expires_at integer,
    last_used_at integer,
    revoked_at integer,
    constraint api_key_pk primary key (id),
    constraint api_key_hash_unique unique (hash),
    constraint api_key_hash_is_sha256 check (length(hash) = 64)
) strict;
