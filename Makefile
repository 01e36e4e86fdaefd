# Every command of the stack. `make` alone prints them. What they do is in deploy/stack (set-up,
# Python's standard library alone) and loadtest/ (traffic and faults).
PYTHON ?= python3
STACK := $(PYTHON) -m deploy.stack
FACTOR ?= 1
RUN := $(STACK) loadtest
ROUNDS ?= 1
SERVICE ?= api
N ?= 3
TO ?= off
INCIDENT ?= last
SINCE ?= 1h
# The scorecard in docs/ is that of all faults.
DRILL_OUT = --out $(if $(FAULT),.run/drill,docs)
VENV = $(shell $(PYTHON) -m deploy.stack venv | tail -n 1)

.DEFAULT_GOAL := help
.PHONY: help up up-aws down status logs logs-query load drill drill-realtime test lint slo aws \
	dashboards screenshots format lock clean deploy rollback scale flag incident postmortem gameday

help: ## Print this
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-24s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run
up: ## Set up what is missing and start everything (FACTOR=20: time runs 20 times as fast)
	@$(STACK) --factor $(FACTOR) up
up-aws: ## The same, its logs and traces also to a local stand-in for AWS, whose alarms page too
	@$(STACK) --factor $(FACTOR) --aws up
down: ## Stop everything, keep the data
	@$(STACK) down
status: ## Show each service's health and the active alerts
	@$(STACK) status
logs: ## Follow the logs (S=api: of one service)
	@$(STACK) compose logs --follow --tail 50 $(S)

# The query may hold anything: it reaches the program as it was typed, past make and the shell.
unexport Q
logs-query: export LOGS_QUERY = $(value Q)
logs-query: ## Ask the logs in Logs Insights' language: Q=errors, Q='filter …' (SINCE=1h S=api AWS=1 JSON=1)
	@$(VENV) -m deploy.aws.insights --since "$(SINCE)" --service "$(S)" \
		$(if $(AWS),--aws) $(if $(JSON),--json)

##@ Break
load: ## Drive traffic until Ctrl-C
	@$(RUN) load
chaos-errors: ## 5 % of API requests fail → HighErrorRate, PagerDuty and Slack
chaos-latency: ## 20 % of API requests take 0.8 s more → HighLatency, Slack
chaos-ml-errors: ## 10 % of inferences fail → MLInferenceErrors, PagerDuty and Slack
chaos-ml-slow: ## One model of two is slow → MLInferenceSlowdown, Slack
chaos-restarts: ## The API crashes again and again → PodRestartingTooMuch, Slack
chaos-outage: ## Every API request fails → ErrorBudgetBurn, then HighErrorRate
chaos-bad-deploy: ## A new version of the API fails 5 % of its requests → HighErrorRate; make rollback
chaos-storage-errors: ## 10 % of predictions can't be stored → HighErrorRate; make flag
chaos-api-stopped: ## The API is gone → ServiceDown
chaos-ml-stopped: ## The ML service is gone → ServiceDown, and the API's owners are left alone
chaos-ml-unreachable: ## The ML service's network is cut → ServiceDown
chaos-database-stopped: ## PostgreSQL is gone → DatabaseDown
chaos-database-leak: ## Most connections are taken → DatabaseConnectionsHigh, Slack
chaos-database-exhausted: ## All connections are taken → ErrorBudgetBurn of the database
chaos-prometheus-killed: ## Prometheus is gone → HeartbeatMissing, from the sink itself
chaos-alertmanager-killed: ## Alertmanager is gone → HeartbeatMissing, from the sink itself
chaos-slack-refuses: ## Slack answers 503 → NotificationsFailing, PagerDuty
chaos-disk-filled: ## A small disk is full → DiskFilling, Slack
chaos-traffic-spike: ## Twice as many users → nobody
chaos-label-explosion: ## A label takes 1,200 values → CardinalityHigh, Slack
chaos-scrape-refused: ## A target exposes too much → ScrapeFailing, TargetDown, Slack
chaos-exporter-stopped: ## Node exporter is gone → TargetDown, Slack
chaos-cloudwatch-gone: ## CloudWatch Logs is gone (after make up-aws) → LogEventsDropped, Slack
chaos-stop: ## Take every fault out of the services
chaos-%:
	@$(RUN) chaos $*
gameday: ## A fault at random, unnamed: find it with the dashboards, mend it, compare the times
	@$(RUN) gameday

##@ Answer
# What people type into a note may hold anything: it reaches the program past make and the shell.
unexport TEXT
incident: export INCIDENT_TEXT = $(value TEXT)
incident: ## List the incidents; DO=ack|show|declare|note|resolve ID=last (SEVERITY=P1 TEXT=… BY=…)
	@$(PYTHON) -m deploy.incident $(or $(DO),list) $(if $(DO),$(or $(ID),last)) \
		$(if $(SEVERITY),--severity "$(SEVERITY)") $(if $(COMMANDER),--commander "$(COMMANDER)") \
		$(if $(BY),--by "$(BY)")
deploy: ## Deploy a version of a service: VERSION=1.1.0 (SERVICE=api)
	@$(STACK) deploy --service "$(SERVICE)" "$(VERSION)"
rollback: ## Go back to the version before (SERVICE=api)
	@$(STACK) rollback --service "$(SERVICE)"
scale: ## Run several instances of the ML service: N=3
	@$(STACK) scale ml "$(N)"
flag: ## Switch a feature: NAME=store-predictions TO=off (no NAME: list them)
	@$(STACK) flag $(if $(NAME),"$(NAME)" "$(TO)")
postmortem: ## Write docs/postmortems/… from what was measured: INCIDENT=last (IN=en: in English)
	@$(VENV) -m deploy.incident.postmortem "$(INCIDENT)" --language "$(or $(IN),ja)"

##@ Prove
drill: ## Every fault on a stack of its own, with a scorecard (FAULT=ml-stopped ROUNDS=3 AWS=1)
	@$(STACK) --factor $(FACTOR) $(if $(AWS),--aws) drill --rounds $(ROUNDS) $(DRILL_OUT) $(FAULT)
drill-realtime: ## HighErrorRate in real time on your stack, judged against its deadline (20 min)
	@$(RUN) drill api-errors
test: ## Run all tests: unit, contracts, rules, routing, end to end on containers of their own
	@$(STACK) fetch
	@$(VENV) -m pytest $(T)
lint: ## Check style and types, and that what is generated is current
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy
	@$(VENV) -m deploy.slo --check
	@$(VENV) -m grafana.builder --check
	@$(VENV) -m deploy.aws --check

##@ Maintain
dashboards: ## Write grafana/dashboards/ from grafana/builder/
	@$(VENV) -m grafana.builder
screenshots: ## Picture all dashboards for docs/images, healthy and broken, on a stack of its own (8 min)
	@$(VENV) -m tests.e2e.screenshots
format: ## Format the Python code
	@$(VENV) -m ruff format .
	@$(VENV) -m ruff check --fix .
slo: ## Write Prometheus' SLO rules from prometheus/slo/
	@$(VENV) -m deploy.slo
aws: ## Write deploy/aws/template.yaml from the rules and the SLOs
	@$(VENV) -m deploy.aws
lock: ## Renew every requirements.txt from its requirements.in (needs uv)
	@for folder in tests services/api services/ml services/sink deploy/aws; do \
		uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
			--no-emit-index-url --constraints tests/requirements.txt \
			$$folder/requirements.in --output-file $$folder/requirements.txt || exit 1; \
	done
clean: ## Remove containers, data and the images made here
	@$(STACK) clean
	@rm -rf .run .venv
