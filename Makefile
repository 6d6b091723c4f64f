# The commands of daily work. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
# The first Python of 3.11 or newer that really starts; PYTHON=/path/to/python3 chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
VENV ?= .venv
PY := $(VENV)/bin/python
ARGS ?=
TESTS ?= tests
# Set to -n 2 to spread the tests over processes.
PYTEST_PARALLEL ?= -n 2 --dist loadgroup
export VENV
# Compiled once and kept: where the surroundings forbid it, every process would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup setup-dev python up test drills containers check fix ci bench lock screenshots wheel-smoke

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found: install one, or say make PYTHON=/path/to/python3"; exit 1; }

setup: python ## Make .venv from the lock
	@"$(PYTHON)" tools/setup.py runtime

setup-dev: python
	@"$(PYTHON)" tools/setup.py dev

up: setup ## Run everything on http://127.0.0.1:8000 (ARGS="--port 8765 --data DIR")
	@exec $(PY) -m midway up $(ARGS)

test: setup-dev ## Run all tests (TESTS=tests/core for some)
	@$(PY) tools/system_packages.py
	@$(PY) tools/translations.py compile
	@$(PY) tools/compile_kernels.py
	@exec $(PY) -m pytest $(PYTEST_PARALLEL) $(TESTS)

drills: setup-dev ## Run what takes long: every fault injected, every step killed, the same laws on far more data
	@$(PY) tools/system_packages.py
	@$(PY) tools/translations.py compile
	@$(PY) tools/compile_kernels.py
	@exec $(PY) -m pytest $(PYTEST_PARALLEL) -m "drills or slow" $(TESTS)

containers: setup-dev ## Build the image and run compose.yaml on a Docker engine of its own (root, docker.io, debootstrap)
	@exec $(PY) -m pytest -q -n 0 -m containers tests/deploy

check: setup-dev ## Format, lint, types, import laws, house rules, generated documents
	@$(PY) tools/translations.py compile
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q tests/house

fix: setup-dev ## Mend what format and lint can mend by themselves
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PY) tools/openapi.py
	$(PY) tools/retention.py
	$(PY) tools/cli_docs.py

ci: ## What a change must pass: check, a wheel that works on its own, test, drills
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory wheel-smoke
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory drills

wheel-smoke: setup-dev
	$(PY) tools/wheel_smoke.py

bench: setup-dev ## Run the benchmarks beside their raw floor; results in benchmarks/results
	$(PY) -m benchmarks $(ARGS)

screenshots: setup-dev ## Take the README's pictures anew from the running demo company
	$(PY) tools/screenshots.py

lock: setup-dev ## Lock the dependencies anew, with hashes
	cd requirements && for level in runtime dev; do \
		"$(abspath $(PY))" -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade \
		$$([ $$level = dev ] && echo --constraint runtime.txt) "$$level.in" --output-file "$$level.txt" || exit 1; done
	$(PY) tools/build_lock.py
