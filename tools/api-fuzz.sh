#!/usr/bin/env bash
# Asks a running Parallax, with schemathesis, for what /openapi.json allows and forbids, and holds every answer
# against it: no 5xx, no status, type, header or body that is not described.
#   tools/api-fuzz.sh http://127.0.0.1:3000
# Without an address it starts the demonstration on a free port with a database of its own, and stops it again.
# EXAMPLES requests a route (default 40) and SECONDS_AT_MOST for all (default 180); SEED repeats a run.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m[api-fuzz]\033[0m %s\n' "$*"; }

tools/install.sh schemathesis
tools="${PARALLAX_TOOLS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/parallax/tools}/schemathesis/bin"
folder=$(mktemp -d "${TMPDIR:-/tmp}/parallax-api-fuzz.XXXXXX")
demo=
stop() {
  trap - EXIT INT TERM
  if [ -n "$demo" ]; then kill -TERM "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ $# -gt 0 ]; then
  base=${1%/}
else
  port=$("$tools/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  base=http://127.0.0.1:$port
  DATA="$folder/data" PARALLAX_LISTEN="127.0.0.1:$port" PARALLAX_LOG__FILTER=warn tools/demo.sh &
  demo=$!
  say "waiting for prices"
  known=0
  for _ in $(seq 120); do
    known=$(curl -fsS "$base/api/v3/simple/price?ids=bitcoin&vs_currencies=usd" 2>/dev/null | grep -c '"usd":[0-9]' || true)
    [ "$known" = 1 ] && break
    kill -0 "$demo" 2>/dev/null || { echo "the demonstration did not start" >&2; exit 2; }
    sleep 0.5
  done
  [ "$known" = 1 ] || { echo "bitcoin had no price within a minute" >&2; exit 2; }
fi

# Left out: the streams, whose answers do not end, and the WebSocket, which is no answer at all. They have tests of
# their own (crates/api/tests).
# A connection that breaks is tried again: that is the machine's, not the API's.
cd "$folder"
"$tools/schemathesis" run "$base/openapi.json" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
  --exclude-path-regex '^/api/v1/(stream|ws)$' \
  --phases examples,coverage,fuzzing \
  --max-examples "${EXAMPLES:-40}" --max-time "${SECONDS_AT_MOST:-180}" --workers 2 \
  --request-timeout 20 --request-retries 2 --continue-on-failure --warnings off \
  ${SEED:+--seed "$SEED"}
