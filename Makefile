# Every command of the stack. `make` alone prints them. What they do is in deploy/stack (set-up,
# Python's standard library alone) and loadtest/ (traffic and faults, in a container).
PYTHON ?= python3
STACK := $(PYTHON) -m deploy.stack
FACTOR ?= 1
RUN := $(STACK) loadtest
VENV = $(shell $(PYTHON) -m deploy.stack venv | tail -n 1)

.DEFAULT_GOAL := help
.PHONY: help up down status logs load chaos-errors chaos-latency chaos-ml-errors chaos-ml-slow \
	chaos-restarts chaos-stop drill-realtime test lint format lock clean

help: ## Print this
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run
up: ## Set up what is missing and start everything (FACTOR=20: time runs 20 times as fast)
	@$(STACK) --factor $(FACTOR) up
down: ## Stop everything, keep the data
	@$(STACK) down
status: ## Show each service's health and the active alerts
	@$(STACK) status
logs: ## Follow the logs (S=api: of one service)
	@$(STACK) compose logs --follow --tail 50 $(S)

##@ Break
load: ## Drive traffic until Ctrl-C
	@$(RUN) load
chaos-errors: ## 30 % of API requests fail → HighErrorRate, PagerDuty and Slack
	@$(RUN) chaos errors
chaos-latency: ## 20 % of API requests take 0.8 s more → HighLatency, Slack
	@$(RUN) chaos latency
chaos-ml-errors: ## 10 % of inferences fail → MLInferenceErrors, PagerDuty and Slack
	@$(RUN) chaos ml-errors
chaos-ml-slow: ## One model of two is slow → MLInferenceSlowdown, Slack
	@$(RUN) chaos ml-slow
chaos-restarts: ## The API crashes again and again → PodRestartingTooMuch, Slack
	@$(RUN) chaos restarts
chaos-stop: ## Take every fault out
	@$(RUN) chaos stop
drill-realtime: ## Prove HighErrorRate in real time, judged against its deadline (about 20 min)
	@$(RUN) drill api-errors

##@ Prove
test: ## Run all tests: unit, contracts, rules, routing, end to end on containers of their own
	@$(STACK) fetch
	@$(VENV) -m pytest $(T)
lint: ## Check style and types
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy

##@ Maintain
format: ## Format the Python code
	@$(VENV) -m ruff format .
	@$(VENV) -m ruff check --fix .
lock: ## Renew every requirements.txt from its requirements.in (needs uv)
	@for folder in tests services/api services/ml services/sink loadtest; do \
		uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
			--no-emit-index-url --constraints tests/requirements.txt \
			$$folder/requirements.in --output-file $$folder/requirements.txt || exit 1; \
	done
clean: ## Remove containers, data and the images made here
	@$(STACK) clean
	@rm -rf .run .venv
