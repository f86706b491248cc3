# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

SITE ?= inventories/dev
VENV := .venv
TREE := .build/collections
LINK := $(TREE)/ansible_collections/groundwork/platform
LOCKS := requirements/runtime.txt requirements/test.txt requirements/lint.txt
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/$(TREE)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/$(TREE)

.PHONY: help
help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1mmake %-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: deps
deps: $(VENV)/.complete $(LINK) ## Make .venv from the locked requirements, and the tree that ansible finds this collection in

$(VENV)/.complete: $(LOCKS)
	@echo "deps: making $(VENV) from $(LOCKS) (one to two minutes the first time)"
	@rm -rf $(VENV)
	@"$$(lab/find-python)" -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check $(addprefix -r ,$(LOCKS))
	@touch $@

$(LINK):
	@mkdir -p $(@D) && ln -sfn "$(CURDIR)" $@
