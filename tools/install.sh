#!/usr/bin/env bash
# Installs what a build, a test or a check of Parallax needs, says what and why, and does nothing
# when it is there already. Called by the Makefile: tools/install.sh build|test|check|lighthouse|pycoingecko|schemathesis ...
#
# Rust tools go to a folder of their own (default ~/.cache/parallax/tools), shared by all clones,
# so that nothing on the machine is replaced. System packages are only touched when missing.
set -euo pipefail
cd "$(dirname "$0")/.."

CARGO_LEPTOS_VERSION=0.3.11
WASM_BINDGEN_VERSION=0.2.130
NEXTEST_VERSION=0.9.143
CARGO_DENY_VERSION=0.20.2
TOOLS_DIR=${PARALLAX_TOOLS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/parallax/tools}
export PATH="$TOOLS_DIR/bin:$PATH"

say() { printf '\033[1m[setup]\033[0m %s\n' "$*"; }
die() { printf '[setup] error: %s\n' "$*" >&2; exit 1; }

need() {
  command -v "$1" >/dev/null 2>&1 || die "$1 is missing: $2"
}

# Runs a long step with its output in a log and a line every 15 s that shows it is alive.
long_step() {
  local title=$1 log; shift
  log=$(mktemp "${TMPDIR:-/tmp}/parallax-setup.XXXXXX")
  say "$title"
  "$@" >"$log" 2>&1 &
  local pid=$! began=$SECONDS
  while kill -0 "$pid" 2>/dev/null; do
    for _ in $(seq 15); do kill -0 "$pid" 2>/dev/null || break; sleep 1; done
    kill -0 "$pid" 2>/dev/null && say "  … $((SECONDS - began)) s: $(tail -n 1 "$log" | tr -d '\r' | cut -c1-90)"
  done
  if ! wait "$pid"; then tail -n 40 "$log" >&2; die "$title failed (whole log: $log)"; fi
  rm -f "$log"; say "  done in $((SECONDS - began)) s"
}

has_version() { # program, version, arguments that print it
  local program=$1 version=$2; shift 2
  "$program" "$@" 2>/dev/null | head -n 2 | grep -qF "$version"
}

rust_toolchain() {
  need rustup "install it from https://rustup.rs, then run make again"
  need cargo "install Rust with rustup from https://rustup.rs"
  need node "install Node.js 20 or newer"
  need npm "install npm, which comes with Node.js"
  if ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then
    say "adding Rust's wasm32 target: the browser's half of the page is compiled to WebAssembly"
    rustup target add wasm32-unknown-unknown
  fi
}

cargo_leptos() {
  has_version cargo-leptos "$CARGO_LEPTOS_VERSION" --version && return
  if command -v cargo-binstall >/dev/null 2>&1 &&
     cargo binstall -y --root "$TOOLS_DIR" "cargo-leptos@$CARGO_LEPTOS_VERSION" >/dev/null 2>&1; then
    say "installed cargo-leptos $CARGO_LEPTOS_VERSION (prebuilt)"; return
  fi
  # A debug build: the release profile takes five times as long and only drives other programs.
  long_step "building cargo-leptos $CARGO_LEPTOS_VERSION, which builds server, wasm and styles (about 5 min, once)" \
    env CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 cargo install --debug --locked --root "$TOOLS_DIR" \
    cargo-leptos --version "$CARGO_LEPTOS_VERSION" --features no_downloads --ignore-rust-version
}

wasm_bindgen() {
  has_version wasm-bindgen "$WASM_BINDGEN_VERSION" --version && return
  long_step "building wasm-bindgen $WASM_BINDGEN_VERSION, which joins the wasm to JavaScript (about 3 min, once)" \
    env CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_INCREMENTAL=0 cargo install --debug \
    --root "$TOOLS_DIR" wasm-bindgen-cli --version "$WASM_BINDGEN_VERSION"
}

nextest() {
  has_version cargo-nextest "$NEXTEST_VERSION" nextest --version && return
  long_step "building cargo-nextest $NEXTEST_VERSION, which runs the Rust tests (about 6 min, once)" \
    env CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 cargo install --debug --locked --root "$TOOLS_DIR" \
    cargo-nextest --version "$NEXTEST_VERSION"
}

cargo_deny() {
  has_version cargo-deny "$CARGO_DENY_VERSION" --version && return
  long_step "building cargo-deny $CARGO_DENY_VERSION, which audits dependencies and licences (about 4 min, once)" \
    env CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 cargo install --debug --locked --root "$TOOLS_DIR" \
    cargo-deny --version "$CARGO_DENY_VERSION"
}

node_modules() { # folder, why
  local folder=$1 why=$2 stamp
  stamp="$folder/node_modules/.parallax-lock"
  if [ -f "$stamp" ] && cmp -s "$folder/package-lock.json" "$stamp"; then return; fi
  long_step "installing npm packages of $folder/: $why (about 30 s)" npm ci --prefix "$folder" --no-audit --no-fund
  cp "$folder/package-lock.json" "$stamp"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else
    command -v sudo >/dev/null 2>&1 || return 1
    sudo "$@"
  fi
}

debian_packages() { # why, packages
  local why=$1; shift
  command -v apt-get >/dev/null 2>&1 || die "$* is missing ($why): install it with this system's package manager"
  say "installing Debian's $*: $why"
  as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends "$@" >/dev/null || die "could not install $* ($why); ask an administrator for: apt-get install $*"
}

chromium() {
  type -P chromium >/dev/null 2>&1 || type -P google-chrome >/dev/null 2>&1 || [ -n "${CHROMIUM:-}" ] ||
    debian_packages "the end-to-end tests drive it" chromium
}

postgres() {
  [ -n "${TEST_DATABASE_URL:-}" ] && return
  type -P postgres >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 ||
    debian_packages "the store's tests run against a private, throw-away server" postgresql
}

# A program for Python of its own folder: its name, and what it is for.
python_tool() {
  need python3 "install Python 3.10 or newer with venv: $2"
  local folder="$TOOLS_DIR/$1" pinned=tools/$1/requirements.txt
  if [ -f "$folder/.requirements" ] && cmp -s "$pinned" "$folder/.requirements"; then return; fi
  say "installing $1 into a virtual environment: $2"
  rm -rf "$folder" && mkdir -p "$TOOLS_DIR"
  python3 -c 'import ensurepip, venv' 2>/dev/null || debian_packages "a virtual environment for $1" python3-venv
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$pinned" ||
    die "pip could not install $pinned; is PyPI reachable?"
  cp "$pinned" "$folder/.requirements"
}

c_compiler() {
  type -P cc >/dev/null 2>&1 || debian_packages "SQLite and TLS are compiled from C" build-essential
}

for wanted in "$@"; do
  case $wanted in
    build) rust_toolchain; c_compiler; cargo_leptos; wasm_bindgen; node_modules . "Tailwind, wasm-opt" ;;
    test) nextest; chromium; postgres; node_modules end2end "Playwright and axe" ;;
    lighthouse) chromium; node_modules tools/lighthouse "Lighthouse" ;;
    check) rust_toolchain; c_compiler; cargo_deny; node_modules . "YAML is read with one of them" ;;
    pycoingecko) python_tool pycoingecko "CoinGecko's usual client is tried against Parallax" ;;
    schemathesis) python_tool schemathesis "it holds every answer against /openapi.json" ;;
    *) die "unknown set of tools '$wanted': build, test, check, lighthouse, pycoingecko or schemathesis" ;;
  esac
done
