# Every target installs its requirements into .venv; only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
STAMP := $(VENV)/.installed
INTEROP := $(VENV)/.interop
BROWSER := $(VENV)/.browser
DOCS := $(VENV)/.docs

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow test-crash test-scale test-browser test-all interop mutation oracles mutants coverage generate vendor vendor-all check docs bench format build clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

install: $(STAMP)  ## install everything, pinned, into .venv

$(STAMP): pyproject.toml constraints.txt
	@# The environment keeps the Python that it was made with.
	@test -x $(PY) || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

$(INTEROP): $(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[interop]'
	@touch $(INTEROP)

$(BROWSER): $(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'
	@touch $(BROWSER)

$(DOCS): $(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $(DOCS)

demo: $(STAMP)  ## run one task of every vendored video model against a local mock server
	@$(PY) examples/demo.py

# Compiling the tests takes a tenth of the time of running them: keep the result, whatever the environment says.
test test-slow: export PYTHONDONTWRITEBYTECODE =

test: $(STAMP)  ## run the tests
	$(PY) -m pytest -q -n auto --dist worksteal

test-slow: $(STAMP)  ## run the slow tests: demo, type checkers, synthetic documents, hostile clients, httpx2, interrupts
	$(PY) -m pytest -q -n auto tests/demo tests/typing tests/generalization tests/interop/test_documents.py
	$(PY) -m pytest -q -n auto -m slow
	$(PY) -m pytest -q tests/load
	EVOLINK_TEST_HTTP=httpx2 $(PY) -m pytest -q -n auto tests/wrapper

test-crash: $(STAMP)  ## break bulk runs off at each of their steps, and several processes on one PostgreSQL
	EVOLINK_CRASH_POINTS=all $(PY) -m pytest -q -n auto -m slow tests/bulk

test-browser: $(BROWSER) docs  ## test the page of the mock, and the site, in headless Chromium, which must be installed
	$(PY) -m pytest -q tests/browser

test-scale: $(DOCS)  ## vendor 170 synthetic documents and test everything with them
	$(PY) -m pytest -q tests/scale

test-all: $(STAMP)  ## run the tests on every Python installed, with lowest and newest dependencies
	$(PY) -m nox

interop: $(INTEROP)  ## run third-party tools against contract, mock and client; needs Node.js
	$(PY) -m pytest -q tests/interop

mutation: $(STAMP)  ## break one rule at a time in a copy; a test must fail for each
	$(PY) tests/mutation/run.py

# The former names.
oracles: interop
mutants: mutation

coverage: $(STAMP)  ## measure the branch coverage of the tests
	rm -f .coverage .coverage.*
	$(PY) -m coverage run -m pytest -q -n auto
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report

generate: $(STAMP)  ## generate contract, client, types and data from the documents
	$(PY) -m evolink_codegen generate

vendor: $(STAMP)  ## vendor a document: make vendor DOC=<page, file or address>
	@test -n "$(DOC)" || { echo 'usage: make vendor DOC=<page, file or address>'; exit 2; }
	$(PY) -m evolink_codegen vendor $(DOC)

# Only where one is given: the command knows the default.
INDEX ?=

vendor-all: $(STAMP)  ## vendor every page of an index: make vendor-all [INDEX=<file or address>]
	$(PY) -m evolink_codegen vendor --index $(INDEX)

check: $(STAMP)  ## check format, lint, spelling, types, imports, workflows and generated code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/zizmor --offline --quiet --no-progress .github
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml
	$(BIN)/mypy
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --warnings
	@# pyright finds packages with the first python on the path.
	@for package in evolink evolink_api evolink_mock; do \
		PATH="$(abspath $(BIN)):$$PATH" $(BIN)/pyright --verifytypes $$package --ignoreexternal | grep "completeness score: 100%" || exit 1; \
	done
	$(PY) -m evolink_codegen generate --check

docs: $(DOCS)  ## build the site of the documentation into site/, and follow its links
	$(PY) -m evolink_codegen site .cache/site
	@# Zensical finds the folder of the pages beside its configuration.
	cd .cache/site && $(abspath $(BIN))/zensical build --clean --strict
	rm -rf site && mv .cache/site/site site
	cp -R .cache/site/text/. site
	$(PY) -m pytest -q tests/site
	@echo "To read it, with its search: $(PY) -m http.server --bind 127.0.0.1 --directory site"

bench: $(STAMP)  ## run the benchmarks and print the table
	$(PY) benchmarks/run.py

format: $(STAMP)  ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

build: $(STAMP)  ## build wheel and sdist into dist/
	rm -rf dist
	$(PY) -m build --outdir dist .

clean:  ## remove everything that is generated and not committed
	rm -rf $(VENV) .nox .venv-bench .interop .cache dist site demo-videos .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
