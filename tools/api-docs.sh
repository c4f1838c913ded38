#!/usr/bin/env bash
# Runs the snippets of docs/API.md against a running Parallax:
#   tools/api-docs.sh http://127.0.0.1:3000
# Without an address it starts the demonstration on a free port with a database of its own, and stops it again.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install.sh pycoingecko
PYTHON="${PARALLAX_TOOLS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/parallax/tools}/pycoingecko/bin/python"
export PYTHON
if [ $# -gt 0 ]; then BASE=$1 exec node tools/api-docs.mjs; fi

port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
folder=$(mktemp -d "${TMPDIR:-/tmp}/parallax-api-docs.XXXXXX")
demo=
stop() {
  trap - EXIT INT TERM
  if [ -n "$demo" ]; then kill -TERM "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

DATA="$folder" PARALLAX_LISTEN="127.0.0.1:$port" PARALLAX_LOG__FILTER=warn tools/demo.sh &
demo=$!
export BASE="http://127.0.0.1:$port"
known=0
for _ in $(seq 120); do
  known=$(curl -fsS "$BASE/api/v1/tokens/bitcoin/candles?interval=1d&limit=5" 2>/dev/null | grep -c '"closed":true' || true)
  [ "$known" = 1 ] && break
  kill -0 "$demo" 2>/dev/null || { echo "the demonstration did not start" >&2; exit 2; }
  sleep 0.5
done
[ "$known" = 1 ] || { echo "bitcoin's past did not arrive within a minute" >&2; exit 2; }
node tools/api-docs.mjs
