#!/usr/bin/env bash
# Everything that can be said about the code without running it.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m[check]\033[0m %s\n' "$*"; }

tools/install.sh check
say "format"
cargo fmt --all --check
# build.rs lists the adapters, so that cargo fmt does not see them.
rustfmt --check --edition 2024 crates/venues/src/exchanges/*.rs
say "import rules"
node tools/import-rules.mjs --self-test
node tools/import-rules.mjs
say "deployment: files, references, settings"
tools/deploy.sh
say "lints: server, tests and benchmarks"
cargo clippy --all-targets -- --deny warnings
say "lints: the browser's half"
cargo clippy --package frontend --package parallax-app --features parallax-app/hydrate \
  --target wasm32-unknown-unknown -- --deny warnings
say "documentation builds"
RUSTDOCFLAGS="--deny warnings" cargo doc --no-deps --lib --quiet
say "dependencies: licences, bans, sources"
cargo deny --workspace --log-level error check --hide-inclusion-graph licenses bans sources
say "dependencies: known vulnerabilities"
if timeout 60 cargo deny --workspace --log-level error fetch db >/dev/null 2>&1; then
  cargo deny --workspace --log-level error check advisories
else
  say "NOTE: the advisory database cannot be reached from here; vulnerabilities were not checked"
fi
say "all checks passed"
