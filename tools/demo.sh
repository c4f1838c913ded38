#!/usr/bin/env bash
# Starts the simulator and the server that reads it, and stops both together.
#   tools/demo.sh          simulated exchanges
#   tools/demo.sh replay   the recordings, at SPEED (1, 10 or max; default 1)
# DATA is the folder of its database, default data/demo or data/replay.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:-serve}
data=${DATA:-data/$([ "$mode" = replay ] && echo replay || echo demo)}
mkdir -p "$data"
config="$data/simulator.toml"
rm -f "$config"
settings=(PARALLAX_STORE__URL="sqlite:$data/parallax.db")

if [ "$mode" = replay ]; then
  recordings=${RECORDINGS:-../shared/recordings}
  [ -d "$recordings" ] || { echo "no recordings in $recordings; name their folder with RECORDINGS=…" >&2; exit 1; }
  # A replay shows the recordings and nothing else: it begins with an empty database.
  rm -rf "$data"/parallax.db* "$data/spool"
  # It has no past to ask for.
  settings+=(PARALLAX_BACKFILL__DAYS=0)
  target/release/parallax-sim replay --recordings "$recordings" --speed "${SPEED:-1}" \
    --listen 127.0.0.1:0 --config-out "$config" &
else
  # A fixed origin: a restarted simulator goes on with the same market.
  target/release/parallax-sim serve --listen 127.0.0.1:0 --seed "${SEED:-1}" \
    --origin 2026-01-01T00:00:00Z --faults demo \
    --config-out "$config" &
fi
simulator=$!
server=
stop() {
  trap - EXIT INT TERM
  if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  kill -TERM "$simulator" 2>/dev/null || true
  wait "$simulator" 2>/dev/null || true
}
trap stop EXIT
trap 'exit 0' INT TERM

for _ in $(seq 100); do
  [ -s "$config" ] && break
  kill -0 "$simulator" 2>/dev/null || { echo "the simulator did not start" >&2; exit 1; }
  sleep 0.1
done
[ -s "$config" ] || { echo "the simulator wrote no configuration in 10 s" >&2; exit 1; }

# The demonstration has a database of its own, whatever DATABASE_URL says. Where the tools are is no setting of the
# program, which refuses what it does not know.
env -u DATABASE_URL -u PARALLAX_TOOLS_DIR "${settings[@]}" \
  target/release/parallax --config "$config" &
server=$!
wait "$server"
