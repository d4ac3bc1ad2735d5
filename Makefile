# make demo   see it work: four days of a support mailbox in a few seconds
# make test   all tests; the integration run too where Dovecot is installed
#
# Both need Python 3.11 or newer and set up .venv by themselves. `make help` lists the rest.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --quiet --disable-pip-version-check
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test lint fuzz model simulate servers eval bench soak chaos floods audit docs transcript wheel clean

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 19

demo: $(VENV)/demo.stamp ## the newcomer's first minute (ARGS=--stay keeps its servers up)
	@$(BIN)/triage demo $(ARGS)

test: $(VENV)/dev.stamp ## all tests, four at a time, as half of their time they wait; ARGS go to pytest
	@$(BIN)/python -m tests.servers.announce
	@$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

lint: $(VENV)/dev.stamp ## ruff, its formatter, mypy --strict
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

fuzz: $(VENV)/dev.stamp ## throw bent mails at the parser (ARGS="--count 100000")
	@$(BIN)/python -m tests.fuzz $(ARGS)

model: $(VENV)/dev.stamp ## search every state of cases and pages for one that breaks a promise
	@$(BIN)/python -m tests.model

simulate: $(VENV)/dev.stamp ## simulated worlds, seed after seed, until stopped (ARGS="--seed 17")
	@$(BIN)/python -m sim $(or $(ARGS),--forever --jobs 2)

servers: $(VENV)/dev.stamp ## Cyrus and Courier beside .venv, for the tests (Debian)
	@$(BIN)/python -m tests.servers.unpacked

eval: $(VENV)/dev.stamp ## how much of real mails is understood, per kind of fact
	@$(BIN)/python -m tests.eval $(ARGS)

bench: $(VENV)/bench.stamp ## the goals of speed and memory beside this machine's limits; 12 to 25 minutes (ARGS=--quick: two)
	@$(BIN)/python -m bench $(ARGS)

soak: $(VENV)/bench.stamp ## two hours of busy months at speed, with restarts: nothing may grow (ARGS="--minutes 5")
	@$(BIN)/python -m bench.soak $(ARGS)

chaos: $(VENV)/dev.stamp ## kill -9, bad wires, full disks, wrong clocks; then the reckoning (ARGS=--short)
	@$(BIN)/python -m chaos $(ARGS)

floods: $(VENV)/dev.stamp ## floods and bombs against a real daemon: memory, pages, what became of each mail (ARGS="--share 0.1")
	@$(BIN)/python -m floods $(ARGS)

audit: $(VENV)/audit.stamp ## bandit over the source, pip-audit (asks the network) over what is installed
	@$(BIN)/python -m tests.security.audit

docs: $(VENV)/dev.stamp ## write the generated parts of docs/ anew
	@$(BIN)/python -m tests.docs.generate
	@$(BIN)/python -m tests.docs.dependencies

transcript: $(VENV)/dev.stamp ## run the demo and put what it says into README.md
	@$(BIN)/python -m tests.docs.transcript

wheel: $(VENV)/dev.stamp ## dist/triage-*.whl
	@rm -rf build
	@$(PIP) wheel . --no-deps --no-build-isolation --wheel-dir dist
	@ls dist/*.whl

clean: ## remove what make has made, but bench/results
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/pip.stamp:
	@test -n "$(PYTHON)" || { echo "triage needs Python 3.11 or newer, and there is none in PATH. Or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade "pip>=23.1" "setuptools>=77"
	@touch $@

$(VENV)/demo.stamp: $(VENV)/pip.stamp pyproject.toml setup.py
	@$(PIP) install --editable '.[demo]'
	@touch $@

$(VENV)/dev.stamp: $(VENV)/pip.stamp pyproject.toml setup.py
	@echo "Installing what the tests need ..."
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/demo.stamp

$(VENV)/bench.stamp: $(VENV)/dev.stamp
	@$(PIP) install --editable '.[bench]'
	@touch $@

$(VENV)/audit.stamp: $(VENV)/dev.stamp
	@$(PIP) install --editable '.[audit]'
	@touch $@
