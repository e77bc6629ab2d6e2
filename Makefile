# Backtrail: everything a developer or a newcomer runs. Needs Python 3.11+, make and the package index.
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
EXTRAS ?= --all-extras --no-extra scale

.PHONY: setup demo test test-slow check format bench docs clean

setup: .venv/.done ## the program at .venv/bin/backtrail

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check 'uv==0.13.9'

.venv/.done: pyproject.toml uv.lock | .tools/bin/uv
	$(UV) sync --quiet --frozen --python $(PYTHON) $(EXTRAS)
	@touch $@

demo: setup ## a small case: evidence in, groups, report and indicators out
	$(BIN)/backtrail demo demo --force

test: setup
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: setup
	$(BIN)/python -m pytest -m slow

check: setup ## format, lint, types, walls, documents
	$(BIN)/ruff format --check src tests benchmarks docs
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python docs/generate.py --check

format: setup
	$(BIN)/ruff format src tests benchmarks docs
	$(BIN)/ruff check --fix src tests benchmarks docs

docs: setup ## rewrite the generated parts of the documents
	$(BIN)/python docs/generate.py

bench: setup
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .tools demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
