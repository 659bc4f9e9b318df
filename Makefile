# `make serve` and `make test` need Python 3.11 or later, pip and git; all else they fetch into .venv.

# The system's own where it is recent enough: distributions build it with profiles, which saves a
# fifth of the CPU; version managers mostly do not.
RECENT := import ensurepip, sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell /usr/bin/python3 -c '$(RECENT)' 2>/dev/null && echo /usr/bin/python3 || echo python3)
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
QUERIES ?= 5000
SEED ?= $(shell date -u +%Y%m%d)
BIN := .venv/bin
SYNCED := .venv/synced

serve: $(SYNCED)  ## the API, with a PostgreSQL and a demo of its own unless DATABASE_URL is set
	@exec $(BIN)/python -m api serve $(ARGS)

test: $(SYNCED)  ## the whole suite, on a PostgreSQL of its own unless TEST_DATABASE_URL is set
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

fuzz: $(SYNCED)  ## 5,000 generated queries, answered alike by both executors: QUERIES=, SEED=
	@echo "$(QUERIES) queries with seed $(SEED)"
	@FUZZ_QUERIES=$(QUERIES) $(BIN)/python -m pytest tests/execution/test_fuzz.py -k alike -q -s \
		--hypothesis-seed=$(SEED) $(ARGS)

check: $(SYNCED)  ## style and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

schema: $(SYNCED)  ## write schema/schema.graphql anew
	@$(BIN)/python -m api export-schema

$(SYNCED): pyproject.toml uv.lock
	@echo "Setting up .venv (once; again when uv.lock changes) ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet uv
	@UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --locked --quiet --compile-bytecode
	@touch $@

.PHONY: serve test fuzz check schema
