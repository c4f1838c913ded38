#!/usr/bin/env bash
# Calls a running Parallax with pycoingecko, CoinGecko's client for Python, unchanged but for the base URL:
#   tools/pycoingecko.sh http://127.0.0.1:3000
# Without an address it starts the demonstration on a free port with a database of its own, and stops it again.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m[pycoingecko]\033[0m %s\n' "$*"; }

tools/install.sh pycoingecko
python="${PARALLAX_TOOLS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/parallax/tools}/pycoingecko/bin/python"
if [ $# -gt 0 ]; then exec "$python" tools/pycoingecko/check.py "$1"; fi

port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
folder=$(mktemp -d "${TMPDIR:-/tmp}/parallax-pycoingecko.XXXXXX")
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
say "waiting for prices and their past"
# The week's change is known from memory, the day's range a moment later from the database.
known=
for _ in $(seq 240); do
  row=$(curl -fsS "http://127.0.0.1:$port/api/v3/coins/markets?vs_currency=usd&ids=bitcoin&price_change_percentage=7d" 2>/dev/null || true)
  if grep -q '"price_change_percentage_7d_in_currency":-\?[0-9]' <<<"$row" && grep -q '"high_24h":[0-9]' <<<"$row"; then
    known=yes
    break
  fi
  kill -0 "$demo" 2>/dev/null || { echo "the demonstration did not start" >&2; exit 2; }
  sleep 0.5
done
[ -n "$known" ] || { echo "bitcoin's past did not arrive within two minutes" >&2; exit 2; }
"$python" tools/pycoingecko/check.py "http://127.0.0.1:$port"
