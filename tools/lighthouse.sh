#!/usr/bin/env bash
# Starts the demonstration on a free port with a database of its own, lets its past arrive, and runs
# Lighthouse on its pages. RUNS and AIM: see tools/lighthouse/run.mjs.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m[lighthouse]\033[0m %s\n' "$*"; }

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
folder=$(mktemp -d "${TMPDIR:-/tmp}/parallax-lighthouse.XXXXXX")
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
for _ in $(seq 120); do
  known=$(curl -fsS "http://127.0.0.1:$port/api/v1/tokens/bitcoin" 2>/dev/null | grep -c '"change_7d_pct":"' || true)
  [ "$known" = 1 ] && break
  kill -0 "$demo" 2>/dev/null || { echo "the demonstration did not start" >&2; exit 2; }
  sleep 0.5
done
[ "$known" = 1 ] || { echo "bitcoin's past did not arrive within a minute" >&2; exit 2; }
node tools/lighthouse/run.mjs "http://127.0.0.1:$port" "$@"
