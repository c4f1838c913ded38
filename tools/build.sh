#!/usr/bin/env bash
# Builds the server, the page's wasm, the styles and the simulator, all as shipped.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m[build]\033[0m %s\n' "$*"; }

began=$SECONDS
say "server and page (the first time about 7 min on two cores)"
cargo leptos build --release --precompress
say "live chart"
node tools/chart.mjs
say "description of the API"
node tools/reference.mjs
say "simulator"
cargo build --release --package parallax-sim
say "done in $((SECONDS - began)) s"
