# `make help` says what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEB := interfaces/web
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix $(WEB)

.DEFAULT_GOAL := help
.PHONY: help setup chromium run test test-database test-fast check format docs lock advisories bench-web bench-rebuild bench-growth bench-replay bench-ledger bench-analytics bench-slider bench-soak bench-hostile faults fuzz bench screenshots clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(VENV)/.complete $(WEB)/dist/index.html ## a .venv with everything, in the locked versions, and the built web client

$(VENV)/.complete: requirements.lock pyproject.toml tests/clients/package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "LitSpark needs Python 3.11 or newer; name one with PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	cd tests/clients && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

$(WEB)/node_modules/.complete: $(VENV)/.complete $(WEB)/package-lock.json
	$(NPM) ci --silent
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.complete $(WEB)/index.html $(WEB)/vite.config.ts $(shell find $(WEB)/src -type f)
	$(NPM) run --silent build -- --logLevel warn

run: setup ## start the backend on http://127.0.0.1:8000, with its own PostgreSQL and a sign-in by name
	$(BIN)/litspark serve --dev

chromium: setup
	@$(BIN)/python -m tests.browser.chromium || $(BIN)/playwright install chromium

INNER_TESTS := tests/domain tests/application tests/projections tests/migrations

test: chromium ## all tests; POSTGRES_BIN=/usr/lib/postgresql/15/bin runs them on that PostgreSQL
	$(BIN)/coverage run -m pytest $(INNER_TESTS)
	$(BIN)/coverage report
	$(BIN)/pytest --numprocesses 2 --dist loadfile $(addprefix --ignore=,$(INNER_TESTS))
	$(NPM) test --silent

DATABASE_TESTS := $(addprefix tests/,application migrations projections faults/test_two_processes.py \
	faults/test_projector_takeover.py interfaces/cli interfaces/test_encoding.py)

test-database: setup ## the tests that tell one PostgreSQL from another; POSTGRES_BIN names whose
	$(BIN)/pytest $(DATABASE_TESTS)

faults: setup ## everything breaks for MINUTES=1 while people talk; SEED=… does it again
	LITSPARK_TEST_MINUTES=$(or $(MINUTES),1) LITSPARK_TEST_SEED=$(SEED) $(BIN)/pytest -q -s tests/faults/test_nemesis.py

fuzz: setup ## INPUTS=600 packets and payloads that hypothesis makes up, and their variants
	LITSPARK_TEST_INPUTS=$(or $(INPUTS),600) $(BIN)/pytest -q -s tests/interfaces/socketio/test_fuzz.py

test-fast: chromium ## the tests one runs while working
	$(BIN)/pytest -q -m "not slow"

check: setup ## formatting, lint, types, and which way dependencies point
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run --silent check

format: setup ## put the code into its usual shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) run --silent format

docs: setup ## write the table of settings in docs/operations.md anew
	$(BIN)/python -m tests.docs.settings_table

lock: setup ## find newer versions and lock them
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
		--all-extras --custom-compile-command "make lock" -o requirements.lock pyproject.toml

advisories: setup ## look every locked dependency up in the public advisories; needs the internet
	$(BIN)/uv tool run pip-audit --requirement requirements.lock --disable-pip --require-hashes
	$(NPM) audit
	PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix tests/clients audit

bench-replay: setup ## how long auditors wait for a conversation of 10,000 messages as it was
	$(BIN)/python -m tests.bench.replay

WORKLOADS :=
ROUNDS := 3

tests/bench/peer/node_modules/.complete: $(VENV)/.complete tests/bench/peer/package-lock.json
	cd tests/bench/peer && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent
	@touch $@

bench: setup tests/bench/peer/node_modules/.complete ## LitSpark against Node, Socket.IO and pg; WORKLOADS=W1,W2 chooses
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.bench --rounds $(ROUNDS) $(if $(WORKLOADS),--workloads $(WORKLOADS))

bench-web: chromium ## how 10,000 messages open and scroll in the web client
	$(BIN)/python -m tests.bench.web

bench-slider: chromium ## how 10,000 messages open and move on the auditors' page
	$(BIN)/python -m tests.bench.slider

bench-rebuild: setup ## how fast the read models are rebuilt alone and under a load; HISTORY=… is a file or a data directory
	$(BIN)/python -m tests.bench.rebuild $(HISTORY)

bench-growth: setup ## what lists, pages and sends take at 10 thousand, 100 thousand and a million messages
	$(BIN)/python -m tests.bench.growth

bench-ledger: setup ## what the ledger costs: verifying it, its memory, and what it takes from delivery
	$(BIN)/python -m tests.bench.ledger
	$(BIN)/python -m tests.bench.ledger delivery

bench-soak: setup ## half of what saturates it for MINUTES=30: memory and latency in the end as in the beginning
	$(BIN)/python -m tests.bench.soak --minutes $(or $(MINUTES),30)

bench-hostile: setup ## what 1,000 hostile sockets take from the 9,000 honest ones beside them
	$(BIN)/python -m tests.bench.hostile

bench-analytics: setup ## what analysts wait for, and the chat for them; HISTORY=… is a file or a data directory
	$(BIN)/python -m tests.bench.analytics growth
	$(BIN)/python -m tests.bench.analytics beside $(HISTORY)

screenshots: chromium ## the pictures of the README and of docs/, taken anew
	$(BIN)/python -m tests.browser.screenshots
	$(BIN)/python -m tests.browser.audit.pictures

clean: ## remove what setup made; the data in .litspark stays
	rm -rf $(VENV) tests/clients/node_modules $(WEB)/node_modules $(WEB)/dist
