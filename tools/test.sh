#!/usr/bin/env bash
# All tests: Rust on SQLite and on a private PostgreSQL, then the browser and CoinGecko's usual client against the
# built program.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m[test]\033[0m %s\n' "$*"; }

tools/install.sh build test
if [ ! -d ../shared/recordings ]; then
  say "NOTE: ../shared/recordings is not there; the tests on recorded messages are skipped"
fi
say "Rust tests, with a throw-away PostgreSQL unless TEST_DATABASE_URL names a server"
tools/with-postgres.sh cargo nextest run --no-fail-fast
say "documentation examples"
cargo test --doc --quiet
say "the live chart's script"
node --test frontend/chart/tests/
make --no-print-directory build
say "end to end, in Chromium"
(cd end2end && npx playwright test)
say "CoinGecko's usual client, against the demonstration"
tools/pycoingecko.sh
say "the snippets of docs/API.md"
tools/api-docs.sh
