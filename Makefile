# Everything that the project does is a target here. `make help` lists them.
# Needed: Rust with rustfmt and clippy, Python 3.11 or later, Node 20 or later. The rest is fetched and kept in
# .venv, .venv-peers and node_modules; a second run only does what changed.

PYTHON ?= python3
NPM ?= npm
NODE ?= node

BIN := .venv/bin
PEERS := .venv-peers/bin
REQUIREMENTS := .ci/requirements
NPM_QUIET := --no-audit --no-fund --loglevel=error

# pyo3 asks this interpreter, whoever calls cargo: otherwise changing callers would compile it again.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The laws meet the same random cards in every run; `make test-rust PROPTEST_RNG_SEED=7` meets others.
export PROPTEST_RNG_SEED ?= 20261125

RUST_FILES := Cargo.toml Cargo.lock $(shell find cs-core/src cs-core/Cargo.toml cs-core/README.md -type f)
PY_FILES := $(shell find cs-py/src cs-py/python -type f -not -name '*.pyc' -not -name '*.so') \
  cs-py/Cargo.toml cs-py/pyproject.toml
NODE_FILES := $(shell find cs-node/src -type f) $(wildcard cs-node/build.rs) \
  cs-node/Cargo.toml cs-node/package.json

# What each stamp stands for: the environment is made, the package is built, the package is installed.
BASE := .venv/.made
DEV := .venv/.made-dev
DOCS := .venv/.made-docs
PEERS_BASE := .venv-peers/.made
WHEEL := target/stamps/wheel
INSTALLED := .venv/.installed
PEERS_INSTALLED := .venv-peers/.installed
NODE_MODULES := cs-node/node_modules/.made
ADDON := target/stamps/addon
EXAMPLES := docs/examples/node_modules/.made

# The pages whose blocks are run.
PAGES := $(wildcard docs/how-to/*.md) docs/recurring-revenue.md docs/revenue-presets.md docs/simulating-a-book.md

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs package clean fuzz \
  check-versions lint-rust lint-python lint-node test-rust test-python test-node test-examples

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- what people call -------------------------------------------------------------------------------------------------

demo: $(INSTALLED) $(ADDON) $(EXAMPLES) ## Score 7,043 telecom customers in three languages; writes target/demo/index.html
	cargo build --locked -p cs-core --all-features --example demo_rows
	$(BIN)/python docs/examples/demo.py --out target/demo --also "Rust=$${CARGO_TARGET_DIR:-target}/debug/examples/demo_rows"

test: lint test-rust test-python test-node test-examples demo ## Lint, then all tests in Rust, Python (pandas 3 and 2) and Node
	@echo "all tests passed"

lint: lint-rust lint-python lint-node ## Formats, clippy, docs, ruff, pyright, stubtest, tsc; nothing is changed

bench: $(DEV) $(INSTALLED) $(ADDON) ## Measure: Rust, Python and Node, beside polars, numpy and DuckDB
	$(MAKE) -C benches PYTHON="$(CURDIR)/$(BIN)/python" NODE="$(NODE)"

docs: $(DOCS) ## Build the book into target/site, and the Rust reference into target/doc
	cargo run --locked --quiet -p cs-core --all-features --example generate_docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps -p cs-core --all-features

package: $(WHEEL) $(ADDON) ## Make the crate, the wheel and the npm package, as they would be published
	cargo package --locked --allow-dirty -p cs-core
	cd cs-node && $(NPM) pack --pack-destination ../target
	@ls -l target/package/*.crate target/wheels/*.whl target/*.tgz

# Coverage needs flags that stable Rust only takes when asked to; nothing else is built so. What a run finds beside the kept
# corpus stays in target. `make fuzz FUZZ_RUNS=1000000` runs for longer.
FUZZ_RUNS ?= 100000
CARGO_FUZZ := target/tools/bin/cargo-fuzz

fuzz: $(CARGO_FUZZ) ## Fuzz documents, cards and tables for FUZZ_RUNS executions each (not a part of `make test`)
	@for target in document structured table operations; do \
	  mkdir -p target/fuzz/corpus/$$target; \
	  words=$$(test ! -f cs-core/fuzz/$$target.dict || echo -dict=cs-core/fuzz/$$target.dict); \
	  RUSTC_BOOTSTRAP=1 $(CARGO_FUZZ) fuzz run --fuzz-dir cs-core/fuzz --target-dir target/fuzz -s none $$target \
	    target/fuzz/corpus/$$target cs-core/fuzz/corpus/$$target -- \
	    -runs=$(FUZZ_RUNS) -max_len=600 -timeout=20 $$words || exit 1; \
	done

$(CARGO_FUZZ):
	cargo install --locked --root target/tools cargo-fuzz

clean: ## Remove all that make made
	rm -rf target .venv .venv-peers cs-node/node_modules docs/examples/node_modules
	rm -f cs-node/*.node

# --- lint -------------------------------------------------------------------------------------------------------------

lint-rust: $(BASE)
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps -p cs-core --all-features

lint-python: $(DEV) $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd cs-py && ../$(BIN)/pyright --pythonpath ../$(BIN)/python
	cd cs-py && ../$(BIN)/python -m mypy.stubtest customer_success

lint-node: $(ADDON)
	$(NPM) run --silent --prefix cs-node typecheck

# --- tests ------------------------------------------------------------------------------------------------------------

test-rust: $(BASE)
	cargo test --locked -p cs-core --all-features
	cargo test --locked -p cs-core --test errors --test laws
	cargo test --locked -p cs-node

test-python: $(DEV) $(INSTALLED) $(PEERS_INSTALLED)
	$(BIN)/python -m pytest cs-py
	$(PEERS)/python -m pytest cs-py

test-node: $(ADDON)
	$(NPM) test --silent --prefix cs-node

# The example of the README prints the same in three languages, and the README and the generated pages are up to date.
test-examples: $(DEV) $(INSTALLED) $(ADDON) $(EXAMPLES)
	@mkdir -p target/quickstart
	$(BIN)/python docs/examples/quickstart.py > target/quickstart/python.txt
	$(NODE) docs/examples/quickstart.mjs > target/quickstart/node.txt
	cargo run --locked --quiet -p cs-core --all-features --example quickstart > target/quickstart/rust.txt
	@for language in python node rust; do \
	  diff -u docs/examples/quickstart.txt target/quickstart/$$language.txt || exit 1; \
	done
	@echo "the quickstart prints the same in Rust, Python and Node"
	$(BIN)/python .ci/check_readme.py
	cargo run --locked --quiet -p cs-core --all-features --example generate_docs -- --check
	cargo run --locked --quiet -p cs-core --all-features --example how_to > target/quickstart/how_to.txt
	$(BIN)/python .ci/check_docs.py python $(PAGES)
	$(BIN)/python .ci/check_docs.py node $(PAGES)
	$(BIN)/python .ci/check_notebooks.py

# --- environments -----------------------------------------------------------------------------------------------------

check-versions:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed; set PYTHON=python3.x"; exit 1; }
	@$(NODE) -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' \
	  || { echo "Node 20 or later is needed; set NODE=..."; exit 1; }

.venv/bin/python: | check-versions
	$(PYTHON) -m venv .venv

.venv-peers/bin/python: | check-versions
	$(PYTHON) -m venv .venv-peers

$(BASE): $(REQUIREMENTS)/base.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@

$(DEV): $(REQUIREMENTS)/dev.txt $(BASE)
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@

$(DOCS): $(REQUIREMENTS)/docs.txt $(BASE)
	$(BIN)/python -m pip install --quiet -r $<
	@touch $@

$(PEERS_BASE): $(REQUIREMENTS)/peers.txt | .venv-peers/bin/python
	$(PEERS)/python -m pip install --quiet -r $<
	@touch $@

# --- packages ---------------------------------------------------------------------------------------------------------

# One wheel serves both environments: it is built for the stable ABI.
$(WHEEL): $(BASE) $(RUST_FILES) $(PY_FILES)
	rm -rf target/wheels
	$(BIN)/maturin build --release --locked --manifest-path cs-py/Cargo.toml --interpreter $(BIN)/python --out target/wheels
	@mkdir -p $(@D) && touch $@

$(INSTALLED): $(WHEEL) $(BASE)
	$(BIN)/python -m pip install --quiet --force-reinstall --no-deps target/wheels/*.whl
	@touch $@

$(PEERS_INSTALLED): $(WHEEL) $(PEERS_BASE)
	$(PEERS)/python -m pip install --quiet --force-reinstall --no-deps target/wheels/*.whl
	@touch $@

# Not `npm ci`: it refuses a lock without the optional packages of all other platforms, and not every mirror has those.
$(NODE_MODULES): cs-node/package.json cs-node/package-lock.json | check-versions
	$(NPM) install --no-save $(NPM_QUIET) --prefix cs-node
	@touch $@

$(ADDON): $(NODE_MODULES) $(RUST_FILES) $(NODE_FILES)
	$(NPM) run --silent --prefix cs-node build
	@mkdir -p $(@D) && touch $@

# The examples import the package by its name, as a reader would.
$(EXAMPLES): docs/examples/package.json docs/examples/package-lock.json | check-versions
	$(NPM) ci $(NPM_QUIET) --prefix docs/examples
	ln -sfn ../../../cs-node docs/examples/node_modules/customer-success
	@touch $@
