# `make` alone says what there is. State lies in $DIGITREE_HOME (of `make run`: .digitree), tools in .venv.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --use-pep517
# What locks/ lists is installed, each file checked against its hash: first what builds packages, then these, then Digitree.
CHECKED = $(PIP) --no-deps --no-build-isolation
LOCKED = $(CHECKED) --require-hashes --requirement locks/build.txt \
  && $(CHECKED) --require-hashes --requirement locks/$(1).txt && $(CHECKED) --editable .
DESCRIPTION := setup.cfg pyproject.toml $(wildcard locks/*.txt)

.PHONY: help install run down check test test-all lint types unit pages docs editor screens conform faults menus mutants sipp carriers clean sip-tester kamailio chromium bench bench-quick hear profile load agents lock translations licences clients wheel deb dist

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## what `make run` needs, and start nothing
	@echo "installed: $(BIN)/digitree"

run: $(VENV)/.installed ## everything in the foreground: API, call server, speech, switch, Postgres, Redis
	@DIGITREE_HOME="$${DIGITREE_HOME:-.digitree}" exec $(BIN)/digitree up

down: ## stop what `make run` started, from another terminal
	@exec $(BIN)/digitree down

check: $(VENV)/.tested lint types ## lint, types and every test that needs no server, in about a minute
	@$(BIN)/python -m tests check

test: $(VENV)/.tested sip-tester chromium lint types ## all checks and all tests but the heavy suites
	@$(BIN)/python -m tests usual

test-all: $(VENV)/.tested sip-tester chromium lint types ## also faults, conformance, load, softphones, containers
	@$(BIN)/python -m tests all

unit: $(VENV)/.tested ## the tests that need no server, in seconds
	@$(BIN)/python -m pytest -q tests/domain tests/esl

pages: $(VENV)/.tested chromium ## the tests of the page, in Chromium
	@$(BIN)/python -m pytest -q -rs tests/web

editor: $(VENV)/.tested ## build the menu editor from its sources and the table of node kinds; needs Node
	@$(BIN)/python web/editor/generate_kinds.py
	@cd web/editor && npm ci --no-audit --no-fund && npm run build
	@$(BIN)/python -m pytest -q tests/web/test_editor_model.py

docs: $(VENV)/.tested ## build the site that is served at /help from docs/ and mkdocs.yml
	@$(BIN)/python -m web.help.causes
	@$(BIN)/python -m web.help.build

clients: $(VENV)/.installed ## digitree-client for Python and TypeScript into clients/dist, from the OpenAPI document; needs Node
	@mkdir -p clients/build
	@$(BIN)/digitree openapi > clients/build/openapi.json
	@$(BIN)/python clients/generate.py clients/build/openapi.json

screens: $(VENV)/.tested chromium ## pictures of every page into docs/screens
	@$(BIN)/python -m tests.web.screens

lint: $(VENV)/.tested ## ruff, and which package may import which
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --config setup.cfg

types: $(VENV)/.tested ## mypy
	@$(BIN)/mypy

faults: $(VENV)/.tested sip-tester ## kill, freeze and fill up everything under live calls; writes docs/faults.md [ONLY="Redis|power"]
	@$(BIN)/python -m tests.faults $(if $(ONLY),--only '$(ONLY)')

conform: $(VENV)/.tested ## the same calls on FreeSWITCH and on the development switch; writes docs/conformance.md
	@$(BIN)/python -m tests.conform --write docs/conformance.md

menus: $(VENV)/.tested ## the scripts of sixteen menus that people run, offline and over SIP on both switches; writes docs/menus-over-sip.md [ONLY="M15 M01-2"]
	@$(BIN)/python -m tests.menus $(sort $(foreach each,$(ONLY),$(firstword $(subst -, ,$(each)))))
	@$(BIN)/python -m tests.menus.over_sip $(if $(ONLY),$(ONLY),--write docs/menus-over-sip.md)

mutants: $(VENV)/.mutants ## changes the core and sees whether a test notices, an hour and more; writes docs/mutants.md [ONLY="ivr.domain.numbers*" or survivors]
	@$(BIN)/python -m tests.mutants $(ONLY)

sipp: $(VENV)/.tested sip-tester ## SIPp calls through FreeSWITCH, or the development switch where there is none
	@$(BIN)/python -m pytest -q -rs tests/sip

carriers: $(VENV)/.tested sip-tester kamailio ## Kamailio as carrier: accounts, TLS, what goes wrong, strangers at the SIP ports; half an hour
	@$(BIN)/python -m pytest -q -rsP tests/carriers

# A big installation takes long to load, so it is asked for: make bench SECTIONS=growth [SIZE=0.1]
bench: $(VENV)/.benched ## every measurement, about half an hour, into benchmarks/RESULTS.md [SECTIONS="cost burst"]
	@$(BIN)/python -m benchmarks $(SECTIONS) $(if $(SIZE),--size $(SIZE))

bench-quick: $(VENV)/.benched ## a look at the costs in two minutes; writes nothing
	@$(BIN)/python -m benchmarks --quick

hear: $(VENV)/.benched ## five prompts of each voice as a caller hears them, into WAVS [WAVS=wavs VOICES="joe af_heart"]
	@$(BIN)/python -m benchmarks.listening $(VOICES) --wavs $(or $(WAVS),wavs)

profile: $(VENV)/.benched ## a flame graph of the call server under load
	@$(BIN)/python -m benchmarks.profile

load: $(VENV)/.benched sip-tester ## SIPp against the switch, faster and faster, 6 minutes [RATE=20 CALLS=400 MIX=qualify=4,no_input=1 WRITE=1]
	@$(BIN)/python -m benchmarks.sipp_load $(if $(RATE),--rate $(RATE)) $(if $(CALLS),--calls $(CALLS)) $(if $(MIX),--mix $(MIX)) $(if $(WRITE),--write)

agents: $(VENV)/.tested sip-tester ## a call to each kind of SIPp agent, and its record [WRITE=1: into docs/agents.md]
	@$(BIN)/python -m sipp_scenarios.agents_report $(if $(WRITE),--write)

# One file for each set of extras, for every kind of machine. What is locked stays as it is while setup.cfg allows it.
COMPILED = $(BIN)/uv pip compile $(2) --quiet --universal --python-version 3.11 --generate-hashes \
  --no-annotate --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) --output-file locks/$(1).txt >/dev/null

lock: $(VENV)/.installed ## the versions and hashes of all that is installed, from setup.cfg into locks/ [UPGRADE=1: newer ones]
	@$(PIP) --no-build-isolation --editable '.[lock]'
	@$(call COMPILED,build,locks/build.in)
	@$(call COMPILED,run,setup.cfg)
	@$(call COMPILED,test,setup.cfg --extra test --extra docs)
	@$(call COMPILED,mutants,setup.cfg --extra test --extra docs --extra mutants)
	@$(call COMPILED,bench,setup.cfg --extra bench)
	@$(call COMPILED,dist,setup.cfg --extra dist)
	@$(call COMPILED,clients,locks/clients.in)

translations: $(VENV)/.tested ## the texts of the pages and their scripts into admin/translations, where they are translated by hand
	@$(BIN)/python -m tests.package.translations

licences: $(VENV)/.tested ## the tables of docs/licences.md, from locks/ and what is installed
	@$(BIN)/python -m tests.package.licences

wheel: $(VENV)/.installed ## the wheel of what is committed, into dist
	@mkdir -p dist && sh deploy/wheel.sh dist $(BIN)/python

deb: $(VENV)/.dist wheel ## the Debian package of that wheel, for this machine's Python, into dist
	@PATH="$(abspath $(BIN)):$$PATH" sh deploy/debian/build.sh dist/digitree-*.whl dist

dist: $(VENV)/.dist ## all that a release consists of, with its sums, into an empty directory [OUT=dist]
	@PATH="$(abspath $(BIN)):$$PATH" sh deploy/dist.sh $(or $(OUT),dist)

clean: ## remove .venv and caches; the state in DIGITREE_HOME stays
	rm -rf $(VENV) web/editor/node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache clients/build clients/dist
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# The first Python of at least 3.11 that can make virtual environments, or PYTHON. The distribution's own comes first: it
# is built with profile-guided optimization, which a call is 0.87 times as dear with. A pyenv shim may exist and not work.
$(BIN)/python:
	@for python in $(or $(PYTHON),/usr/bin/python3 python3 python3.13 python3.12 python3.11 python3.14); do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "making $(VENV) with $$($$python --version)"; \
	    exec $$python -m venv --clear $(VENV); \
	  fi; \
	done; \
	echo "Python 3.11 or newer with venv is needed (or name one: PYTHON=/path/to/python). On Debian or Ubuntu: apt-get install python3 python3-venv" >&2; \
	exit 1

$(VENV)/.installed: $(DESCRIPTION) | $(BIN)/python
	@echo "installing what locks/run.txt lists (a minute the first time)"
	@$(call LOCKED,run)
	@touch $@

$(VENV)/.tested: $(DESCRIPTION) | $(BIN)/python
	@echo "installing what locks/test.txt lists (a minute the first time)"
	@$(call LOCKED,test)
	@touch $@ $(VENV)/.installed

$(VENV)/.mutants: $(DESCRIPTION) | $(BIN)/python
	@$(call LOCKED,mutants)
	@touch $@ $(VENV)/.tested $(VENV)/.installed

$(VENV)/.dist: $(DESCRIPTION) | $(BIN)/python
	@echo "installing what locks/dist.txt lists (a minute the first time)"
	@$(call LOCKED,dist)
	@touch $@ $(VENV)/.installed

# genesis wants older packages than ours, so it has an environment of its own. Without it its rows are left out.
$(VENV)/.benched: $(DESCRIPTION) benchmarks/peers/requirements.txt | $(BIN)/python
	@echo "installing what locks/bench.txt lists (a minute the first time)"
	@$(call LOCKED,bench)
	@$(BIN)/python -m venv $(VENV)/peers
	@$(VENV)/peers/bin/python -m pip --disable-pip-version-check --no-input install --quiet \
	  --requirement benchmarks/peers/requirements.txt || echo "genesis could not be installed; its rows are left out"
	@touch $@ $(VENV)/.installed

# SIPp comes from the distribution. Without it, or without root, the tests that need it are skipped and say so.
sip-tester:
	@if ! command -v sipp >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing SIPp (package sip-tester)"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get -qq install -y sip-tester >/dev/null 2>&1 \
	    || { apt-get -qq update && apt-get -qq install -y sip-tester; } >/dev/null 2>&1 \
	    || echo "SIPp could not be installed; its tests are skipped"; \
	fi

# So does Kamailio, which is a carrier in tests. Where systemd runs, its package would start a server of its own.
kamailio:
	@if ! [ -x /usr/sbin/kamailio ] && [ "$$(id -u)" = 0 ] && [ ! -d /run/systemd/system ] && command -v apt-get >/dev/null; then \
	  echo "installing Kamailio (packages kamailio and kamailio-tls-modules)"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  set -- --no-install-recommends kamailio kamailio-tls-modules; \
	  apt-get -qq install -y "$$@" >/dev/null 2>&1 \
	    || { apt-get -qq update && apt-get -qq install -y "$$@"; } >/dev/null 2>&1 \
	    || echo "Kamailio could not be installed; its tests are skipped"; \
	fi

# So does Chromium, for the tests of the page.
chromium:
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing Chromium"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get -qq install -y chromium >/dev/null 2>&1 \
	    || { apt-get -qq update && apt-get -qq install -y chromium; } >/dev/null 2>&1 \
	    || echo "Chromium could not be installed; its tests are skipped"; \
	fi
