# Parallax. `make` lists what there is. Each target installs what it needs, once, and says so.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

TOOLS := $(or $(PARALLAX_TOOLS_DIR),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/parallax/tools)
export PATH := $(TOOLS)/bin:$(CURDIR)/node_modules/.bin:$(PATH)

# What the page's wasm and the server are built from; make compares times, cargo does the rest.
SOURCES := $(shell find src app crates frontend server style public migrations -type f 2>/dev/null) \
	Cargo.toml Cargo.lock rust-toolchain.toml package-lock.json
BUILT := target/.built

.PHONY: help demo run build test check bench lighthouse api-fuzz replay fmt clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(BUILT) ## Simulated exchanges on this machine: no network, no keys. http://127.0.0.1:3000
	@tools/demo.sh

run: $(BUILT) ## Live exchanges. http://127.0.0.1:3000
	@exec env -u PARALLAX_TOOLS_DIR target/release/parallax $(ARGS)

replay: $(BUILT) ## The recordings in ../shared/recordings, played over real sockets. SPEED=1|10|max
	@tools/demo.sh replay

build: $(BUILT) ## Build the server, the page's wasm and the simulator

# What changes while it builds is newer than the build.
$(BUILT): $(SOURCES)
	@tools/install.sh build
	@mkdir -p $(@D) && touch $@.begun
	@tools/build.sh
	@mv $@.begun $@

test: ## Everything: Rust tests on both databases, then the browser
	@tools/test.sh

check: ## Format, lints for server and wasm, import rules, dependency and licence audit
	@tools/check.sh

bench: $(BUILT) ## Measure: decoding, pricing, frame to stream, ten thousand clients
	@tools/bench.sh

lighthouse: $(BUILT) ## Lighthouse on / and /tokens/bitcoin: each median of five at least 95. RUNS=5 AIM=95
	@tools/install.sh lighthouse
	@tools/lighthouse.sh

api-fuzz: $(BUILT) ## Ask every route of /openapi.json of a demonstration for what it allows and forbids
	@tools/api-fuzz.sh

fmt: ## Format the Rust code
	@cargo fmt && rustfmt --edition 2024 crates/venues/src/exchanges/*.rs

clean: ## Delete everything built here; installed tools stay
	@rm -rf target node_modules end2end/node_modules tools/lighthouse/node_modules data/demo
