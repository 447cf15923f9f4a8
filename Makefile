# Every target sets up what it needs; a new machine has Python 3.11, pip and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# Where this is set, every start of a gateway compiles Stile anew: half a second, some hundreds of times.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup programs tools demo test check bench fuzz model lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(STAMP)

setup: $(STAMP) ## Make the virtual environment with the locked dependencies

programs: ## Install the test-only programs (needs root and apt; otherwise says what is missing)
	@tests/programs.sh

tools: setup programs ## Install the tools that drive browsers, for tests and the laboratory, where that is possible
	@PYTHON=$(PYTHON) tests/tools.sh

demo: setup ## Run the demo shop behind Stile
	@$(BIN)/stile demo

check: setup ## Format, lint, types, import law, shape
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/shape

test: setup programs ## Everything that CI runs
	@$(MAKE) --no-print-directory -j 2 check tools
	$(BIN)/pytest -n 3 --dist worksteal  # a third of the time is spent waiting for browsers and clocks

bench: setup programs ## Measure against nginx on this machine and write bench/RESULTS.md
	$(BIN)/python -m bench

fuzz: setup ## Fuzz the parser, cookies, PROXY header, TLS hellos and YAML loader, 60 s each
	$(BIN)/python -m tests.fuzz --seconds 60

model: setup ## Train the shipped model again from the public logs
	$(BIN)/python -m analysis.model_recipe

lock: setup ## Write the lock files again
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --universal --python-version 3.11.0 pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --universal --python-version 3.11.0 --extra train --extra dev pyproject.toml -o requirements/dev.txt

clean: ## Remove what the targets made
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
