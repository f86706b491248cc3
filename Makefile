# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

SITE ?= inventories/dev
GATE ?=
SCENARIO ?=
TESTS ?= tests
VENV := .venv
TREE := .build/collections
LINK := $(TREE)/ansible_collections/groundwork/platform
LOCKS := requirements/runtime.txt requirements/test.txt requirements/lint.txt
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/$(TREE)

.PHONY: help
help: ## say what each target does
	@echo "groundwork.platform: one matrix file -> K3s clusters on vSphere, rehearsed on a twin first."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "SITE=inventories/<env> chooses the inventory (now: $(SITE)); GATE=<name> one gate of lint."

.PHONY: deps
deps: $(VENV)/.complete $(LINK) ## make .venv from the locked requirements (1-2 minutes the first time)
	@:

$(VENV)/.complete: $(LOCKS)
	@! test -L $(VENV) || { echo "deps: $(VENV) is a link; what it points to would be emptied. Remove the link, or fill its target yourself." >&2; exit 1; }
	@python=$$(lab/find-python) && echo "deps: making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check $(addprefix -r ,$(LOCKS))
	@touch $@

$(LINK):
	@mkdir -p $(@D) && ln -sfn "$(CURDIR)" $@

.PHONY: packages
packages: deps
	@lab/lab prepare

.PHONY: demo
demo: SITE := inventories/dev
demo: rehearse ## twin of the development environment, and the whole site.yml against it

.PHONY: rehearse
rehearse: deps packages ## run the unchanged site.yml against a twin of SITE
	@lab/rehearse $(SITE)

.PHONY: test
test: deps packages lint ## all gates and tests that fit into 75 minutes cold, 25 warm (root)
	@python -m pytest -m "not twin and not long" -n auto --dist loadfile tests
	@python -m pytest -m "twin and not long" -n 2 --dist loadgroup tests

.PHONY: test-long
test-long: deps packages ## the tests that do not fit into `make test`; goes on where it was interrupted, writes docs/test-long.md; some of them: TESTS=tests/twin/test_rotations.py
	@python -m pytest -p tests.support.long_run -m long -n 2 --dist loadgroup --no-loadscope-reorder $(TESTS)

.PHONY: molecule
molecule: deps packages ## scenarios of the roles on four bare hosts, or one: make molecule SCENARIO=k3s
	@lab/lab up --bare 4 --name molecule
	@MOLECULE_GLOB='molecule/*/molecule.yml' lab/lab shell --name molecule -- molecule test $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

.PHONY: contract
contract: deps packages ## hold the K3s of the twin against the promises of K3s, row by row
	@python -m pytest tests/contract

.PHONY: bench
bench: deps packages ## measure, and write docs/benchmarks.md with the machine's description
	@PYTHONPATH=$(TREE) python -m tests.bench

.PHONY: lint
lint: deps packages ## all quality gates, or one: make lint GATE=ruff
	@python -m tests.gates $(GATE)

.PHONY: validate
validate: deps ## check the matrix behind SITE and list what its owner has to supply
	@ansible-playbook playbooks/validate.yml -i $(SITE)

.PHONY: reference
reference: deps ## write docs/reference/ anew from the matrix's model and rules, and the catalogue
	@PYTHONPATH=$(TREE) python -m ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.cli reference docs/reference

.PHONY: build
build: deps ## build the artefact for ansible-galaxy into dist/
	@ansible-galaxy collection build --force --output-path dist

.PHONY: lock
lock: ## write requirements/*.txt anew from the .in files
	@requirements/lock
