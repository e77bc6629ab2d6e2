# Backtrail: everything a developer or a newcomer runs. Needs Python 3.11+, make and the package index.
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
EXTRAS ?= --all-extras --no-extra scale

.PHONY: setup demo test test-slow check format bench bench-world bench-hunt bench-index bench-quality bench-cluster bench-calibration bench-review docs clean

setup: .venv/.done ## the program at .venv/bin/backtrail

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check 'uv==0.13.9'

.venv/.done: pyproject.toml uv.lock | .tools/bin/uv
	$(UV) sync --quiet --frozen --python $(PYTHON) $(EXTRAS)
	@touch $@

demo: setup ## a small world of breaches: raw evidence in, groups, reports and indicators out, checked against the truth
	@mkdir -p demo
	$(BIN)/backtrail-worlds make --world small --seed 1 --out demo/world --force
	$(BIN)/backtrail demo demo/case --evidence demo/world/evidence --force
	@$(BIN)/backtrail facts --case demo/case --json > demo/facts.json
	@echo; echo "== what was found, against what is true (demo/world/truth)"
	@$(BIN)/backtrail-worlds score demo/world/truth demo/facts.json
	@echo; echo "open:  demo/case/out/UNC-0001.html   the report of the largest group"
	@echo "       demo/case/out                  indicators of each group: STIX, MISP, OpenIOC, CSV"
	@echo "       demo/world/evidence            what went in; demo/world/truth what was true"
	@echo "next:  export BACKTRAIL_CASE=demo/case; $(BIN)/backtrail leads"

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not slow"

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

bench-hunt: setup ## hunting raw files against rg, grep and Hyperscan
	$(BIN)/python -m benchmarks.hunt_scan

bench-index: setup ## what an index saves, with rare and with common hits
	$(BIN)/python -m benchmarks.hunt_index

bench-quality: setup ## suggestions and groupings against labels of real reports, beside plain methods
	$(BIN)/python -m benchmarks.quality

bench-cluster: setup ## what grouping costs from 1k to 1M intrusions, beside sparse_dot_topn and Splink where they are installed
	$(BIN)/python -m benchmarks.cluster_cost

bench-calibration: setup ## how often pairs of so high a probability are one actor's, on generated cases; writes clusters/calibration.toml
	$(BIN)/python -m benchmarks.calibration

bench-review: setup ## what answers to `backtrail review` do for the grouping of generated cases
	$(BIN)/python -m benchmarks.review

bench-world: setup ## the full world and three others: times, memory, records and numbers against the truth; writes docs/numbers.md
	$(BIN)/python -m benchmarks.world

clean:
	rm -rf .venv .tools demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
