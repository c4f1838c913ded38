#!/usr/bin/env bash
# Measures what docs and closing notes quote. Quiet the machine first: everything here shares its cores.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m[bench]\033[0m %s\n' "$*"; }

say "frames decoded, per adapter, on one thread"
cargo bench --quiet --package parallax-venues --bench decode
say "price recomputations, 15 venues per token"
cargo bench --quiet --package parallax-pricing --bench reprice
say "socket frame to SSE bytes, and a thousand clients"
cargo bench --quiet --package parallax-sim --bench stream
say "ten thousand idle and a thousand busy clients, readers that stop, and all coming back at once"
cargo bench --quiet --package parallax-sim --bench clients
say "pages and answers of the API beside a bare axum handler that writes the same bytes"
cargo bench --quiet --package parallax-sim --bench answers
say "charts: 500 candles with volume, natively and by ECharts in Node"
cargo bench --quiet --package parallax-charts --bench draw
cargo bench --quiet --package parallax-charts --bench draw -- --option "$PWD/target/chart-option.json"
node crates/charts/oracle/bench.mjs target/chart-option.json
say "candles: written beside \\copy, and read with one and ten years of minutes stored"
tools/with-postgres.sh cargo bench --quiet --package parallax-store --bench history
say "size of the first load (wasm and JavaScript), brotli"
for file in target/site/pkg/*.wasm.br target/site/pkg/*.js.br; do
  printf '  %-40s %7d bytes\n' "$(basename "$file")" "$(stat -c %s "$file")"
done
