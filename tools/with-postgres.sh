#!/usr/bin/env bash
# Runs a command with a PostgreSQL server for its tests: tools/with-postgres.sh CMD [ARG…]
#
# With TEST_DATABASE_URL set, that server is used and nothing is started. Otherwise a private, throw-away
# server is started on a free port of 127.0.0.1 and removed at the end, whatever the end is. The command's
# exit code is passed on. PARALLAX_REQUIRE_POSTGRES=1 then makes a test that cannot reach it fail, not skip.
#
# PostgreSQL refuses to run as root: then it runs as `postgres`, or `nobody` where there is no such user.
set -euo pipefail

die() { printf '[postgres] error: %s\n' "$*" >&2; exit 1; }

[ $# -gt 0 ] || die "usage: tools/with-postgres.sh CMD [ARG…]"
if [ -n "${TEST_DATABASE_URL:-}" ]; then exec "$@"; fi

# Debian keeps the server's programs off PATH; sort -V, because 9 is older than 15. A pg_wrapper link
# on PATH has no initdb beside it, so the folder must hold both.
binaries() {
  local program folder
  if program=$(command -v postgres); then
    folder=$(dirname "$(readlink -f "$program")")
    if [ -x "$folder/initdb" ]; then printf '%s\n' "$folder"; return; fi
  fi
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV); do
    if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ]; then printf '%s\n' "$folder"; return; fi
  done
  return 1
}
bin=$(binaries) ||
  die "no PostgreSQL server found on PATH or in /usr/lib/postgresql: install it (apt-get install postgresql), or set TEST_DATABASE_URL"

as_server=()
folder=$(mktemp -d "${TMPDIR:-/tmp}/parallax-postgres.XXXXXX")
server=
stop() {
  local code=$?
  trap - EXIT INT TERM HUP
  if [ -n "$server" ]; then
    # A fast shutdown: sessions are ended, nothing is waited for.
    kill -INT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$folder"
  exit "$code"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [ "$(id -u)" = 0 ]; then
  command -v setpriv >/dev/null || die "setpriv (package util-linux) is missing: PostgreSQL refuses to run as root"
  user=postgres
  id -u "$user" >/dev/null 2>&1 || user=nobody
  uid=$(id -u "$user") gid=$(id -g "$user")
  chown "$uid:$gid" "$folder"
  as_server=(setpriv --reuid="$uid" --regid="$gid" --clear-groups env HOME="$folder")
  "${as_server[@]}" test -x "$folder" || die "$user may not enter $folder: set TMPDIR to a folder everyone may traverse"
fi
chmod 0700 "$folder"
# A folder that both users may read: the caller's own may be closed to the server's user.
cd_server() { cd "$folder" && exec "${as_server[@]}" "$@"; }

(cd_server "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync) \
  >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; die "initdb failed"; }

ready() { # whether our own server accepts connections on $port
  kill -0 "$server" 2>/dev/null && "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -t 1
}

# Throw-away data: nothing is flushed. A port that someone takes first is tried again elsewhere.
for _ in 1 2 3 4 5; do
  port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
  (cd_server "$bin/postgres" -D "$folder/data" -k "$folder" -p "$port" \
    -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c shared_buffers=64MB) >"$folder/server.log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    ready && break 2
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  kill -INT "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
done
[ -n "$server" ] || { cat "$folder/server.log" >&2; die "the server did not start"; }

export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres"
export PARALLAX_REQUIRE_POSTGRES=1
# Not exec: the server is to be stopped after it. In the background, because a shell that waits in the
# foreground runs its traps only after the command has ended; a background command would ignore Ctrl-C.
(trap - INT QUIT && exec "$@") <&0 &
command=$!
forward() { kill "-$1" "$command" 2>/dev/null || true; wait "$command" 2>/dev/null || true; exit "$2"; }
trap 'forward HUP 129' HUP
trap 'forward INT 130' INT
trap 'forward TERM 143' TERM
code=0
wait "$command" || code=$?
exit "$code"
