# `make serve` and `make test` need Python 3.11+, make, and a package index; nothing else is fetched.
PYTHON ?= python3
BIN := .venv/bin

export HF_HUB_OFFLINE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help serve test test-long fuzz contract eval screenshots deploy-test lock clean

help:
	@echo "make serve        install, build the model and the index if missing, serve on http://127.0.0.1:8000 (HOST=… PORT=…)"
	@echo "make test         ruff, mypy --strict and pytest, without the long tests"
	@echo "make test-long    those: the real models end to end, whole processes, bombs, axe's checks"
	@echo "make fuzz         damaged files and odd requests, for FUZZ_MINUTES (60)"
	@echo "make contract     write docs/openapi.json anew"
	@echo "make eval         ask the seed questions and conversations and judge the answers"
	@echo "make screenshots  take the README's pictures, and more of the chat in build/screenshots"
	@echo "make deploy-test  as root: do what the Dockerfile says without Docker, and start what comes of it"
	@echo "make lock         pin all packages anew, from the versions in pyproject.toml"
	@echo "make clean        remove the environment and caches, not the data"

serve: .venv/serves
	@$(BIN)/tanya serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) seeds/*.txt

test: .venv/tests chromium nginx build/axe.min.js
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist worksteal -m "not long"

test-long: .venv/tests chromium build/axe.min.js
	$(BIN)/pytest -n 2 --dist worksteal -m long

fuzz: .venv/tests
	@FUZZ_MINUTES=$(or $(FUZZ_MINUTES),60) nice $(BIN)/python -m tests.fuzz

contract: .venv/tests
	@$(BIN)/python -m tests.contract

eval: .venv/serves
	@TANYA_HOME=build/eval $(BIN)/tanya add seeds/*.txt
	@TANYA_HOME=build/eval $(BIN)/tanya eval seeds/questions.jsonl
	@TANYA_HOME=build/eval $(BIN)/tanya eval seeds/conversations.jsonl

screenshots: .venv/tests chromium
	@TANYA_HOME=build/screenshots/home $(BIN)/python -m tests.screenshots

# Installs some gigabytes anew, in layers of files that are gone afterwards.
deploy-test: .venv/tests
	$(BIN)/python -m tests.deploy

.venv/bin/python:
	@echo "· making .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Tanya needs Python 3.11 or later: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/serves: requirements.lock pyproject.toml | .venv/bin/python
	@echo "· installing (about 2 GB, minutes the first time)"
	@$(BIN)/pip install -r requirements.lock
	@$(BIN)/pip install --no-deps --no-build-isolation -e .
	@touch $@

.venv/tests: requirements-test.lock .venv/serves
	@echo "· installing what the tests need"
	@$(BIN)/pip install -r requirements-test.lock
	@touch $@

# The browser tests drive Debian's Chromium.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -qy chromium chromium-driver; } \
	  || { echo "The browser tests need Chromium: sudo apt-get install chromium chromium-driver"; exit 1; }

# The service is tested behind Debian's nginx.
.PHONY: nginx
nginx:
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -qy nginx-light; } \
	  || { echo "The tests of the proxy need nginx: sudo apt-get install nginx-light"; exit 1; }

# The checks of accessibility that the browser tests run in the page.
AXE := axe-core-4.14.1
AXE_SHA256 := 29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c
build/axe.min.js: Makefile
	@command -v npm >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -qy npm; } \
	  || { echo "The browser tests need npm, to fetch axe-core: sudo apt-get install npm"; exit 1; }
	@mkdir -p build
	@cd build && npm pack --silent $(subst core-,core@,$(AXE)) >/dev/null
	@tar -xzOf build/$(AXE).tgz package/axe.min.js > $@.new
	@echo "$(AXE_SHA256)  $@.new" | sha256sum --check --quiet
	@mv $@.new $@

lock:
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --upgrade setuptools .
	build/lock/bin/pip freeze --all --exclude tanya --exclude pip | sed 's/^torch==.*/torch==2.13.0/' > requirements.lock
	build/lock/bin/pip install '.[test]'
	build/lock/bin/pip freeze --all --exclude tanya --exclude pip | sed 's/^torch==.*/torch==2.13.0/' > requirements-test.lock

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
