# Every command of the project. `make` lists them. Each does its own set-up and may be repeated.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
HOST ?= 127.0.0.1
PORT ?= 8765
UV := $(PY) -m uv pip
# Without it every start of a program would compile three thousand files again where Python may not write them.
INSTALL := $(UV) install --quiet --no-deps --compile-bytecode
PYTEST := $(PY) -m pytest -c backend/pyproject.toml --rootdir .
NPM := npm --prefix frontend
FRONTEND_SOURCES := $(shell find frontend/src frontend/index.html frontend/public -type f -not -name '*.test.*' 2>/dev/null)

.PHONY: help setup run dev test check bench parity pictures lock clean browser

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed frontend/dist/index.html ## create .venv with the headwater command, and build the page
	@echo "Ready: $(VENV)/bin/headwater"

run: setup ## start Headwater with its bundled model and print the address
	@exec $(VENV)/bin/headwater serve --host $(HOST) --port $(PORT)

dev: setup $(VENV)/.installed-dev ## server and page with live reload
	@trap 'kill 0' EXIT; $(VENV)/bin/headwater serve --host $(HOST) --port $(PORT) & $(NPM) run dev

test: setup $(VENV)/.installed-dev browser ## run all tests: Python, TypeScript, real browser
	$(PYTEST) tests
	$(NPM) run check
	$(NPM) run test
	$(NPM) run e2e

check: setup $(VENV)/.installed-dev ## lint and types, Python and TypeScript
	$(PY) -m ruff check --config backend/pyproject.toml backend tests
	cd backend && ../$(PY) -m mypy headwater
	$(NPM) run check

bench: setup $(VENV)/.installed-dev ## measure speed: tracing, circuits, service
	$(PY) -m headwater bench

parity: setup $(VENV)/.installed-dev ## rebuild the goldens with circuit-tracer, in a virtual environment of its own
	$(PY) backend/parity/rebuild.py

pictures: setup browser ## take the README's pictures from the real app
	node frontend/scripts/pictures.mjs

lock: $(VENV)/.installed-dev ## rewrite the lock files (hashes, no addresses)
	$(PY) backend/scripts/lock.py

clean: ## remove what setup made (never your data)
	rm -rf $(VENV) .parity-venv frontend/node_modules frontend/dist

# --- set-up, one stamp per step, redone when its lock file changes ---

$(VENV)/.created:
	@backend/scripts/system_packages.sh python
	$(PYTHON) -c 'import sys; sys.exit("Headwater needs Python 3.11 or newer; set PYTHON=" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.torch: $(VENV)/.created backend/requirements/bootstrap.lock backend/scripts/install_torch.py
	$(PY) -m pip install --quiet --require-hashes -r backend/requirements/bootstrap.lock
	$(PY) backend/scripts/install_torch.py
	@touch $@

$(VENV)/.installed: $(VENV)/.torch backend/requirements/main.lock backend/pyproject.toml
	$(INSTALL) --require-hashes -r backend/requirements/main.lock
	$(INSTALL) --no-build-isolation -e backend
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed backend/requirements/dev.lock
	$(INSTALL) --require-hashes -r backend/requirements/dev.lock
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json
	@backend/scripts/system_packages.sh node
	$(NPM) ci --no-audit --no-fund
	@touch $@

frontend/dist/index.html: frontend/node_modules/.installed $(FRONTEND_SOURCES)
	$(NPM) run build
	@touch $@

browser:
	@backend/scripts/system_packages.sh browser
