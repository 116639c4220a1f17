# Everything there is to run; `make` alone lists it.
# Needs Python 3.11 or newer, make and git. The rest comes from PyPI, locked, into .venv/.

UV_RELEASE := 0.13.9
PYTHON ?= python3
MUTATIONS ?= 100000
ARGS ?=

BIN := .venv/bin
SOURCES := components tests benchmarks docs stacks tools policies jobs

# Another environment's settings must not leak into this one; and without bytecode every start
# of Python compiles Pulumi's SDKs anew.
unexport PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH VIRTUAL_ENV
export UV_PROJECT_ENVIRONMENT := .venv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-engine test-cluster test-checkov test-jobs jobs-image tools pack lint types format bench bench-engine bench-fleet fuzz schema docs clean

help: ## List what can be made
	@echo 'Modelyard: one typed blueprint in; a complete, governed MLOps platform out.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

# --- what it does ---------------------------------------------------------------------------

define run
@printf '\n$$ modelyard %s\n' '$(1)'
@$(BIN)/modelyard $(1)
endef

define NEXT

That was all of it without a cluster: no account, no credentials, no engine.

Look      out/quickstart and out/finance-prod hold one file for each object.
Write     export PATH="$$PWD/.venv/bin:$$PWD/.uv/bin:$$PATH"
          modelyard new blueprints/mine.yaml
Deploy    with the pulumi command (https://www.pulumi.com/docs/install), to the
          cluster that kubectl reaches:
          pulumi login --local          # or any other backend
          export PULUMI_CONFIG_PASSPHRASE=...
          modelyard up blueprints/quickstart.yaml
          modelyard verify blueprints/quickstart.yaml
endef
export NEXT

demo: .venv/.runs ## Check, plan and render two blueprints; no cluster, no account
	$(call run,check blueprints/quickstart.yaml blueprints/finance.yaml)
	$(call run,plan blueprints/quickstart.yaml)
	$(call run,plan blueprints/finance.yaml -e prod)
	$(call run,render blueprints/quickstart.yaml --out out/quickstart)
	$(call run,render blueprints/finance.yaml -e prod --out out/finance-prod)
	@printf '%s\n' "$$NEXT"

# --- what proves it -------------------------------------------------------------------------

test: .venv/.develops ## Run the tests and check the layers; ARGS='-k vllm' narrows them
	@$(BIN)/lint-imports
	@$(BIN)/pytest $(ARGS)

tools: .venv/.runs ## Build the engine and the control plane that the heavy tests use
	@$(BIN)/python -m tools

pack: .pack/.ready ## Set up what the policy pack in policies/ runs in

test-engine: .venv/.develops .pack/.ready ## Run the program on Pulumi's engine, with simulated providers
	@$(BIN)/pytest tests/engine $(ARGS)

test-cluster: .venv/.develops ## Apply every Kubernetes blueprint to a real API server
	@$(BIN)/pytest tests/cluster $(ARGS)

test-checkov: .venv/.develops .checkov/.ready ## Scan every cloud blueprint with Checkov
	@$(BIN)/pytest tests/checkov $(ARGS)

test-jobs: .jobs/.ready ## Test what runs inside the platform, with its own libraries
	@.jobs/bin/pytest jobs $(ARGS)

lint: .venv/.develops ## Check style, format, layers and types
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/lint-imports
	@$(BIN)/basedpyright

types: .venv/.develops ## Check the types alone
	@$(BIN)/basedpyright

format: .venv/.develops ## Put the code into its form
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

fuzz: .venv/.develops ## Mutate every shipped blueprint; MUTATIONS=100000 unless told
	@MODELYARD_FUZZ=$(MUTATIONS) $(BIN)/pytest tests/fuzz -n 2 $(ARGS)

bench: .venv/.runs ## Measure check and plan; ARGS=--quick for a first look
	@$(BIN)/python -m benchmarks $(ARGS)

bench-engine: .venv/.develops ## Measure `up` over the engine's own floor
	@$(BIN)/python -m benchmarks.engine $(ARGS)

bench-fleet: .venv/.runs ## Measure the review of 200 blueprints in one job
	@$(BIN)/python -m benchmarks.fleet $(ARGS)

# --- what is generated ----------------------------------------------------------------------

schema: .venv/.runs ## Write blueprints/blueprint.schema.json
	@$(BIN)/modelyard schema --out blueprints/blueprint.schema.json

docs: schema ## Write what is generated in docs/ and README.md
	@$(BIN)/python docs/generate.py

# --- what runs inside the platform ------------------------------------------------------------

JOBS_VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' jobs/pyproject.toml)
JOBS_IMAGE ?= ghcr.io/modelyard/jobs:$(JOBS_VERSION)

jobs-image: ## Build the image of the jobs with docker or podman; JOBS_IMAGE=... names it
	@for builder in docker podman; do "$$builder" info >/dev/null 2>&1 && break; builder=; done; \
	[ -n "$$builder" ] || { \
	  echo 'error: neither docker nor podman answers. Next: install one, or start its daemon' >&2; \
	  exit 3; }; \
	"$$builder" build --file jobs/Containerfile --tag $(JOBS_IMAGE) \
	  --build-arg VERSION=$(JOBS_VERSION) \
	  --build-arg REVISION="$$(git rev-parse HEAD 2>/dev/null || echo unknown)" jobs

# --- the environment ------------------------------------------------------------------------

# A stamp is touched once everything is there: an interrupted run begins again.
define uv
if uv --version >/dev/null 2>&1; then uv=uv; \
else $(MAKE) --no-print-directory .uv/.ready-$(UV_RELEASE) || exit; uv=.uv/bin/uv; fi
endef

define sync
@$(uv); \
echo 'Setting up .venv from uv.lock; the first time takes as long as its downloads' >&2; \
"$$uv" sync --locked --quiet $(1)
endef

.venv/.runs: pyproject.toml uv.lock
	$(call sync,--no-dev --inexact)
	@touch $@

.venv/.develops: pyproject.toml uv.lock
	$(call sync)
	@touch .venv/.runs $@

# Checkov needs an older `packaging` than Pulumi does, so it lives by itself.
.checkov/.ready: tools/checkov/requirements.txt
	@$(uv); \
	echo 'Setting up .checkov from $<' >&2; \
	"$$uv" venv --quiet --clear --python $(PYTHON) .checkov && \
	VIRTUAL_ENV=.checkov "$$uv" pip sync --quiet --require-hashes $<
	@touch $@

# The library of policy packs needs an older protobuf than Google's SDK does.
.pack/.ready: pyproject.toml uv.lock
	@$(uv); \
	echo 'Setting up .pack from uv.lock' >&2; \
	UV_PROJECT_ENVIRONMENT=.pack "$$uv" sync --locked --quiet --no-dev --group policies
	@touch $@

# What measures models takes an older pandas than the rest, and is large.
.jobs/.ready: jobs/pyproject.toml jobs/uv.lock
	@$(uv); \
	echo 'Setting up .jobs from jobs/uv.lock' >&2; \
	UV_PROJECT_ENVIRONMENT=$(CURDIR)/.jobs "$$uv" sync --project jobs --locked --quiet --all-extras
	@touch $@

.uv/.ready-$(UV_RELEASE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'error: $(PYTHON) is missing or older than 3.11. Next: install Python 3.11 or' >&2; \
	  echo '       newer, or name one: make PYTHON=python3.12' >&2; exit 3; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'error: $(PYTHON) cannot make environments. Next: apt-get install python3-venv,' >&2; \
	  echo '       or install uv: https://docs.astral.sh/uv/getting-started/installation' >&2; \
	  exit 3; }
	@echo 'Fetching uv $(UV_RELEASE) into .uv' >&2
	@$(PYTHON) -m venv --clear .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check 'uv==$(UV_RELEASE)'
	@touch $@

clean: ## Remove all that was made here: environment, output, caches
	rm -rf .venv .uv .checkov .pack .jobs out .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
