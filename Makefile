# Every habit of this house is one word; plain `make` lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .uv/bin/uv
BIN := .venv/bin
MEMBERS := contracts chassis sandbox services/registry services/activities services/notifications services/metrics cli
READY := .venv/.ready
PYTEST_ARGS ?=
# one more than there are cores, since much of a test is waiting; each worker has servers of its own;
# the order of the files is ours, the longest first
WORKERS = -n $(shell $(PYTHON) -c 'import os; print(min((os.cpu_count() or 1) + 1, 4))') --dist loadscope --no-loadscope-reorder
MINUTES ?= 10

help: ## List the words
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(UV):
	@echo "fetching uv $(UV_VERSION) into .uv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Triskel needs Python 3.11 or later: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(READY): requirements.lock pyproject.toml $(MEMBERS:%=%/pyproject.toml) | $(UV)
	@echo "installing Python packages into .venv"
	@[ -x .venv/bin/python ] || $(UV) venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	@$(UV) pip install --quiet --no-deps $(MEMBERS:%=-e ./%)
	@touch $@

# Where PYTHONDONTWRITEBYTECODE is set, each start of a service would compile thousands of modules
# (8.5 CPU seconds instead of 2.8). What is up to date is left as it is; a file that is changed
# later is still read anew, since its time differs.
.PHONY: bytecode
bytecode: $(READY)
	@$(BIN)/python -m compileall -q -j 0 $(MEMBERS:%=%/src) faults benchmarks

install: bytecode ## Install everything into .venv (the other words do it by themselves)

demo: bytecode ## A school year in Brittany on a real bus; figures go to build/demo.json
	@$(BIN)/triskel demo

up: bytecode ## Start the stack and leave it running; data stays in .triskel
	@$(BIN)/triskel up

.tools/.ready:
	@deploy/fetch-tools.sh

test: bytecode .tools/.ready ## All tests, the connected ones too
	@$(BIN)/python -m pytest $(WORKERS) $(PYTEST_ARGS)

lint: $(READY) ## Style, types, import rules, generated files, contract compatibility
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary $(MEMBERS:%=%/src) faults benchmarks
	@$(BIN)/lint-imports --no-cache > build-lint-imports.log 2>&1 || { cat build-lint-imports.log; rm -f build-lint-imports.log; exit 1; }
	@rm -f build-lint-imports.log
	@$(BIN)/python -m triskel.contracts.publish --check
	@$(BIN)/python -m triskel.cli.reference --check
	@echo "lint: clean"

contracts: $(READY) ## Regenerate JSON Schemas, the AsyncAPI document and the reference pages
	@$(BIN)/python -m triskel.contracts.publish
	@$(BIN)/python -m triskel.cli.reference

keycloak: bytecode ## Try our realm on a real Keycloak: make keycloak TRISKEL_KEYCLOAK=its directory
	@TRISKEL_KEYCLOAK='$(abspath $(TRISKEL_KEYCLOAK))' $(BIN)/python -m pytest -rs tests/test_keycloak_server.py

bench: bytecode ## Ratios measured side by side in one run
	@$(BIN)/python -m benchmarks

soak: bytecode ## Faults for MINUTES=10; a failure prints the seed that replays it
	@$(BIN)/python -m faults --minutes $(MINUTES)

containers: $(READY) ## Run the compose file and its images on a Docker engine, and its journeys
	@deploy/containers.sh

lock: $(UV) ## Resolve the dependencies anew into requirements.lock
	@$(UV) lock --quiet --upgrade
	@$(UV) export --quiet --all-packages --all-groups --format requirements.txt --no-emit-workspace --no-header > requirements.lock
	@$(MAKE) --no-print-directory image-locks

image-locks: $(UV) # what each image needs of requirements.lock, and nothing for tests
	@for each in $(MEMBERS:services/%=%); do case $$each in contracts|chassis|sandbox) continue;; cli) at=cli;; *) at=services/$$each;; esac; \
		$(UV) pip compile --quiet --universal --python-version 3.11 --constraint requirements.lock --generate-hashes --no-header --no-annotate \
			$(foreach member,contracts chassis sandbox registry activities notifications metrics,--no-emit-package triskel-$(member)) \
			$$at/pyproject.toml > deploy/requirements/$$each.lock; done

clean: ## Remove what was built, installed and kept
	@rm -rf .venv .uv .tools build .triskel .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache uv.lock

.PHONY: help install demo up test lint contracts keycloak bench soak containers lock clean
