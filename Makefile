# make demo, make test: the two commands of the README. Everything lives in .venv; nothing else is installed.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
BIN := .venv/bin
RECORDS ?= 100000
ROWS ?= 1000000
YARDSTICK ?=
BENCHMARKS ?=
PEOPLE ?= 100000
SETS ?= generator,febrl1,febrl2,febrl3,febrl4,historical_50k
COVERAGE ?=

# The sample's key. A real project sets its own secret in the environment: customer ids depend on it.
export CDP_PROJECT_KEY ?= sample-key-for-the-demo-only

.PHONY: help
help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.installed: requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python $(BIN)/python -r requirements/dev.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	touch $@

.PHONY: setup
setup: .venv/.installed  ## Make .venv from the hash-locked requirements

.PHONY: demo
demo: setup  ## Generate a world of 2,000 people and run its three nights
	@test -e data/demo/truth/named_cases.yml || $(BIN)/cdp sample --people 2000 --seed 7 --nights 3 --out data/demo
	@mkdir -p data/landing
	@for night in 1 2 3; do \
		day=2026-05-0$$((3 + night)); \
		[ $$night -lt 3 ] && compgen -G "data/published/$$day-*" > /dev/null && continue; \
		cp -R data/demo/night_$$night/. data/landing/; \
		$(BIN)/cdp run --business-date $$day $$([ $$night -lt 3 ] && echo --brief) || exit 1; \
	done

.PHONY: ui
ui: setup  ## Open the Dagster UI on http://127.0.0.1:3000
	@$(BIN)/cdp admin ui

.PHONY: test
test: setup  ## Run all tests that must hold (COVERAGE=1 measures coverage, which doubles the time)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not long" $(if $(COVERAGE),--cov --cov-report=term)

.PHONY: test-long
test-long: setup  ## Run the long forms, which make test leaves out
	$(BIN)/python -m pytest -m long

.PHONY: test-fast
test-fast: setup  ## Run the tests without whole nights
	$(BIN)/python -m pytest -m "not slow"

.PHONY: check
check: setup  ## Run every static check that CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_like_sql
	$(BIN)/cdp check

.PHONY: format
format: setup  ## Format Python and SQL
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix --disable-progress-bar dbt_like_sql

.PHONY: docs
docs: setup  ## Build the documentation site into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict  # not --quiet, with which no warning counts

.PHONY: bench
bench: setup  ## Measure a whole night by stage (RECORDS=1000000; YARDSTICK=script to compare linkage with)
	@$(BIN)/python -m cdp_pipeline_tests.benchmarks.speed --records $(RECORDS) \
		$(if $(YARDSTICK),--yardstick $(YARDSTICK))

.PHONY: bench-incremental
bench-incremental: setup  ## Measure nights that link what changed beside linking everything (RECORDS=1000000)
	@$(BIN)/python -m cdp_pipeline_tests.benchmarks.incremental --records $(RECORDS)

.PHONY: bench-validation
bench-validation: setup  ## Compare ways of judging one export with parsing and loading it (ROWS=100000)
	@$(BIN)/python -m cdp_pipeline_tests.benchmarks.validation --rows $(ROWS)

.venv-rivals/.installed: requirements/rivals.lock | setup
	test -x .venv-rivals/bin/python || $(PYTHON) -m venv --without-pip .venv-rivals
	$(BIN)/uv pip install --quiet --require-hashes --python .venv-rivals/bin/python -r requirements/rivals.lock
	touch $@

.PHONY: bench-quality
bench-quality: setup .venv-rivals/.installed  ## Compare linkage with its rivals (PEOPLE=100000 YARDSTICK=script BENCHMARKS=folder)
	@$(BIN)/python -m cdp_pipeline_tests.benchmarks.quality --people $(PEOPLE) --sets $(SETS) \
		$(if $(YARDSTICK),--yardstick $(YARDSTICK)) $(if $(BENCHMARKS),--benchmarks $(BENCHMARKS))

.PHONY: lock
lock: setup  ## Compile the hash-locked requirements anew (upgrades within pyproject.toml's bounds)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		--upgrade --all-extras --group dev pyproject.toml -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		-c requirements/dev.lock --all-extras pyproject.toml -o requirements/base.lock
	echo uv | $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		--no-annotate - -o requirements/bootstrap.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		--upgrade requirements/rivals.in -o requirements/rivals.lock

.PHONY: clean
clean:  ## Remove what demo and bench made: worlds, landing, warehouse, published nights, Dagster's home
	rm -rf data/demo data/worlds data/landing data/warehouse data/published data/control.sqlite .dagster_home
