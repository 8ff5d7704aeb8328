# LucidPay's commands. `make` alone lists them. Needs Python 3.11 or newer, git and make.

PYTHON ?= python3
PORT ?= 8080
ARGS ?=
UPGRADE ?=
PROMTOOL ?= promtool
MINUTES ?= 10
SEED ?=
EXAMPLES ?= 20000
BIN := .venv/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check install --require-hashes
DEV := .venv/.installed-dev
EMBEDDED := .venv/.installed-embedded
BROWSER := .venv/.installed-browser
# Of its own: what looks at the others must not change them.
AUDIT := .venv-audit/.installed
AUDIT_BIN := .venv-audit/bin
LICENCES := MIT;BSD;Apache;Python;PSF;OFL;Unlicense;Mozilla;MPL;LGPL
DOCKER := .venv/.installed-docker
DOCKER_BIN := .venv/docker/bin
DOCS := .venv/.installed-docs
DOCS_BIN := .venv/docs/bin
# The demo is content with what the tests need, and needs less when it comes first.
FOR_DEMO := $(if $(wildcard $(DEV)),$(DEV),$(EMBEDDED))
WITH_SERVERS := $(PY) -m lucidpay.embedded run --
# The types of models come from the settings, which name a database; nothing connects to it.
NO_SERVERS := DATABASE_URL=postgres://none/none REDIS_URL=unix:///none

# What another environment of the caller's has set must not reach ours.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE VIRTUAL_ENV
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV

.PHONY: help demo run migrate shell test test-clients test-browser test-alerts test-upgrade chaos soak \
  contract fuzz bench check lint types layers check-docker docs screenshots audit secrets sbom \
  lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(FOR_DEMO) ## run everything on this machine and pay somebody
	@$(PY) -m lucidpay.demo

run: $(DEV) ## serve the web alone, for development (PORT=8080; all of it: make demo)
	@$(WITH_SERVERS) sh -c '$(PY) manage.py migrate -v 0 && exec $(PY) manage.py runserver $(PORT)'

migrate: $(DEV) ## bring the development database up to date
	@$(WITH_SERVERS) $(PY) manage.py migrate

shell: $(DEV) ## open a Python shell with the models loaded
	@$(WITH_SERVERS) $(PY) manage.py shell

test: $(DEV) ## run the tests (ARGS="tests/embedded -k kill")
	@$(PY) -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-clients: $(DEV) ## run the tests that need Node.js 20, npm and pypi.org
	@$(PY) tests/clients/run.py
	@$(PY) -m tests.clients.install

test-browser: $(BROWSER) ## run the admin's journeys (needs Debian's chromium)
	@command -v $${CHROMIUM:-chromium} > /dev/null || { \
	  echo "make test-browser needs Chromium: apt-get install chromium, or name one in CHROMIUM"; \
	  exit 1; }
	@$(PY) -m pytest -n 2 --dist load tests/browser -m browser $(ARGS)

test-alerts: $(DEV) ## try the alerts (needs promtool, of Debian's prometheus)
	@command -v $(PROMTOOL) > /dev/null || { \
	  echo "make test-alerts needs promtool: apt-get install prometheus, or name one in PROMTOOL"; \
	  exit 1; }
	@$(PY) tests/alerts.py $(PROMTOOL)

test-upgrade: $(DEV) ## let the version before and this one take turns on one database
	@$(PY) -m pytest tests/upgrade -m upgrade $(ARGS)

chaos: $(DEV) ## kill, cut off and confuse everything, then prove what was paid (MINUTES=10 SEED=)
	@$(PY) -m tests.chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench: $(DEV) ## measure the hot paths beside bare programs (ARGS="create --rounds 9", "scale")
	@$(PY) -m benchmarks $(ARGS)

soak: $(DEV) ## mixed load for an hour: memory, files and connections stay flat (MINUTES=10)
	@$(PY) -m tests.soak --minutes $(MINUTES) $(ARGS)

contract: $(DEV) ## send generated requests to all of it, check every answer (MINUTES=10 SEED=)
	@$(PY) -m tests.contract.long --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

fuzz: $(DEV) ## try every parser long, with fresh luck (EXAMPLES=20000 each)
	@FUZZ_EXAMPLES=$(EXAMPLES) $(PY) -m pytest tests/fuzz $(ARGS)

check: lint types layers ## lint, types and layers

lint: $(DEV) ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV) ## mypy
	@$(NO_SERVERS) $(BIN)/mypy
	@$(BIN)/mypy --config-file clients/python/pyproject.toml

layers: $(DEV) ## import-linter: who may import whom
	@$(BIN)/lint-imports --no-logo

audit: $(AUDIT) secrets sbom ## known vulnerabilities, licences, secrets, bill of materials (asks pypi.org)
	@echo "Licences of requirements/base.txt"
	@$(AUDIT_BIN)/pip-licenses --python=$(PY) --from=mixed --partial-match --with-system \
	  --packages $$(grep -oE '^[A-Za-z0-9._-]+' requirements/base.txt) \
	  --allow-only="$(LICENCES)" > /dev/null
	@echo "Known vulnerabilities"
	@$(AUDIT_BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
	  $(foreach name,base embedded dev browser docker docs audit,-r requirements/$(name).txt)

secrets: $(AUDIT) ## what looks like a key and is not in .secrets.baseline
	@echo "Secrets in files that git knows"
	@git ls-files -z | xargs -0 $(AUDIT_BIN)/detect-secrets-hook --baseline .secrets.baseline

sbom: $(AUDIT) ## write build/sbom.cdx.json, CycloneDX, of what a production machine runs
	@mkdir -p build
	@PYTHONWARNINGS=ignore::UserWarning $(AUDIT_BIN)/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml \
	  -o build/sbom.cdx.json requirements/base.txt
	@echo "build/sbom.cdx.json"

check-docker: $(DOCKER) ## what is in docker/: the Dockerfile, compose and Kubernetes files
	@$(DOCKER_BIN)/hadolint docker/Dockerfile
	@$(DOCKER_BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker/compose.yml
	@$(DOCKER_BIN)/kubernetes-validate --strict --quiet docker/kubernetes/*.yaml

docs: $(DOCS) ## build/docs: these documents as a site, every link looked at
	@NO_MKDOCS_2_WARNING=1 $(DOCS_BIN)/mkdocs build --quiet --strict
	@echo "build/docs/index.html"

screenshots: $(BROWSER) ## take the pictures of docs/img again (needs Debian's chromium)
	@$(PY) -m tests.browser

lock: $(DEV) ## pin requirements/*.in again (UPGRADE=--upgrade for newer versions)
	@for name in base embedded dev browser docker docs audit; do \
	  echo "requirements/$$name.txt"; \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-annotate --no-strip-extras $(UPGRADE) requirements/$$name.in -o requirements/$$name.txt \
	    || exit 1; \
	done

clean: ## stop the embedded servers and forget their data
	@for lock in .lucidpay/*/lock; do \
	  [ -f "$$lock" ] || continue; \
	  if [ -x $(PY) ]; then $(PY) -m lucidpay.embedded clean --dir "$${lock%/lock}" || exit 1; fi; \
	done
	@if [ -d .lucidpay ]; then echo "removed $(CURDIR)/.lucidpay"; rm -rf .lucidpay; fi

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "LucidPay needs Python 3.11 or newer. Name one: make PYTHON=python3.12"; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "No venv here. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(DEV): requirements/base.txt requirements/embedded.txt requirements/dev.txt | $(PY)
	@echo "Installing requirements/dev.txt into .venv"
	@$(PIP) -r requirements/dev.txt
	@touch $@

$(BROWSER): requirements/browser.txt | $(DEV)
	@echo "Installing requirements/browser.txt into .venv"
	@$(PIP) -r requirements/browser.txt
	@touch $@

$(AUDIT): requirements/audit.txt | $(PY)
	@echo "Installing requirements/audit.txt into .venv-audit"
	@$(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes \
	  -r requirements/audit.txt

# Beside the others: its pins are its own.
$(DOCKER): requirements/docker.txt | $(PY)
	@echo "Installing requirements/docker.txt into $(DOCKER_BIN:/bin=)"
	@$(PY) -m venv $(DOCKER_BIN:/bin=)
	@$(DOCKER_BIN)/python -m pip --quiet --disable-pip-version-check install --require-hashes \
	  -r requirements/docker.txt
	@touch $@

# The same.
$(DOCS): requirements/docs.txt | $(PY)
	@echo "Installing requirements/docs.txt into $(DOCS_BIN:/bin=)"
	@$(PY) -m venv $(DOCS_BIN:/bin=)
	@$(DOCS_BIN)/python -m pip --quiet --disable-pip-version-check install --require-hashes \
	  -r requirements/docs.txt
	@touch $@

$(EMBEDDED): requirements/base.txt requirements/embedded.txt | $(PY)
	@echo "Installing requirements/embedded.txt into .venv"
	@$(PIP) -r requirements/embedded.txt
	@touch $@
