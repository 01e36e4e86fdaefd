"""The fault catalogue: what can be broken, who must hear of it, and nobody else.

The chaos targets, the drill, the end-to-end tests and the README's table follow this one.
"""

from loadtest import onset
from loadtest.edits import costly_rule, failing_rule, metric_dropped, unreadable
from loadtest.faults import CRITICAL, HEARTBEAT, WARNING, Fault, Promise
from loadtest.injections import Crowd, Deployed, Edited, Hogged, InService, Stopped, Unreachable

# Of all API requests, the share that asks each model, and that needs the database;
# loadtest/locustfile.py keeps to it.
DIGITS_SHARE = 0.15
BREAST_CANCER_SHARE = 0.25
DATABASE_SHARE = 0.95

# Seconds. A new process' first requests may be slow: a life must have so many that a few slow ones
# are less than HighLatency's 1 %.
SHORTEST_LIFE = 4.0
# How long the API waits for a database connection before it gives up (services/api/database.py).
CONNECTION_WAIT = 2.0
# How many log lines wait for CloudWatch before one is dropped (services/telemetry/shipping.py).
LOG_QUEUE = 10_000
# Of the usual attempts, those that are made while each waits so long: users wait with them.
WAITING_SHARE = 0.25
# What a bad deploy is called; nothing in the name says so.
BAD_VERSION = "1.0.1"
AVAILABILITY = {"slo": "api-availability"}
# Above HighLatency's 0.5 s, and little enough for users to stay.
SLOW = InService(
    "api",
    lambda _: {"point": "http.request", "effect": "delay", "rate": 0.2, "delay_seconds": 0.8},
)
# A budget that is spent stays spent: its ticket is told, and lasts as long as its window.
TICKET = frozenset({"ErrorBudgetBurnTicket"})


def failing(rate: float) -> InService:
    """Return the way in which this share of all API requests answers 500."""
    return InService("api", lambda _: {"point": "http.request", "effect": "error", "rate": rate})


FAULTS = (
    Fault(
        name="api-errors",
        command="errors",
        what="5 % of API requests answer 500",
        # Above HighErrorRate's 1 %, and little enough for the error budget: the page comes long
        # before the 17 minutes after which the burn rate would page too.
        ways=(failing(0.05),),
        promises=(Promise("HighErrorRate", CRITICAL),),
    ),
    Fault(
        name="api-latency",
        command="latency",
        what="20 % of API requests take 0.8 s more",
        ways=(SLOW,),
        promises=(Promise("HighLatency", WARNING),),
    ),
    Fault(
        name="ml-errors",
        command="ml-errors",
        what="10 % of inferences fail; the API's retry hides it",
        # Every tenth, not at random: the retry of a failed one succeeds, so no user sees a 5xx.
        # Even at random, users would see 0.1 x 0.1 of 40 % of all requests: 0.4 %, less than
        # HighErrorRate's 1 %.
        ways=(InService("ml", lambda _: {"point": "inference", "effect": "error", "rate": 0.1}),),
        promises=(Promise("MLInferenceErrors", CRITICAL),),
        hits_share=DIGITS_SHARE + BREAST_CANCER_SHARE,
    ),
    Fault(
        name="ml-slow",
        command="ml-slow",
        what="4 % of one model's inferences take 1.3 s more",
        # 4 % of the model's are more than P99 leaves out; 4 % x DIGITS_SHARE = 0.6 % of the API's
        # are less, so that HighLatency has no reason to join in.
        ways=(
            InService(
                "ml",
                lambda _: {
                    "point": "inference",
                    "effect": "delay",
                    "rate": 0.04,
                    "delay_seconds": 1.3,
                    "match": {"model": "digits"},
                },
            ),
        ),
        promises=(Promise("MLInferenceSlowdown", WARNING),),
        hits_share=DIGITS_SHARE,
    ),
    Fault(
        name="api-restarts",
        command="restarts",
        what="the API crashes again and again",
        # Two scrapes see every life, whatever their phase.
        ways=(
            InService(
                "api",
                lambda scrape: {
                    "point": "process",
                    "effect": "exit",
                    "delay_seconds": max(2 * scrape, SHORTEST_LIFE),
                },
            ),
        ),
        promises=(Promise("PodRestartingTooMuch", WARNING, onset.of_restarts),),
        once=True,
    ),
    Fault(
        name="api-outage",
        command="outage",
        what="every API request answers 500",
        ways=(failing(1.0),),
        promises=(
            Promise("ErrorBudgetBurn", CRITICAL, onset.of_burn(bad=1.0), AVAILABILITY),
            Promise("HighErrorRate", CRITICAL),
        ),
        aftermath=TICKET,
    ),
    Fault(
        name="bad-deploy",
        command="bad-deploy",
        what=f"5 % of the requests to the API's new version {BAD_VERSION} answer 500",
        ways=(
            Deployed(
                "api",
                BAD_VERSION,
                lambda _: {"point": "http.request", "effect": "error", "rate": 0.05},
            ),
        ),
        promises=(Promise("HighErrorRate", CRITICAL),),
        # Where time is scaled the seconds in which a container is replaced are minutes.
        aftermath=frozenset({"ServiceDown"}),
        proven=False,
    ),
    Fault(
        name="storage-errors",
        command="storage-errors",
        what="10 % of the predictions can't be stored; 4 % of API requests answer 500",
        ways=(
            InService(
                "api", lambda _: {"point": "prediction.storage", "effect": "error", "rate": 0.1}
            ),
        ),
        promises=(Promise("HighErrorRate", CRITICAL),),
        hits_share=DIGITS_SHARE + BREAST_CANCER_SHARE,
        proven=False,
    ),
    Fault(
        name="api-trickle",
        what="0.8 % of API requests answer 500, after 0.58 % for hours",
        past=0.0058,
        ways=(failing(0.008),),
        promises=(
            Promise(
                "ErrorBudgetBurn", CRITICAL, onset.of_burn(bad=0.008, past=0.0058), AVAILABILITY
            ),
        ),
        aftermath=TICKET,
        proven=False,
    ),
    Fault(
        name="api-drip",
        what="0.5 % of API requests answer 500, after 0.098 % for days",
        past=0.00098,
        ways=(failing(0.005),),
        promises=(
            Promise(
                "ErrorBudgetBurnTicket",
                WARNING,
                onset.of_burn(bad=0.005, past=0.00098),
                AVAILABILITY,
            ),
        ),
        aftermath=TICKET,
        proven=False,
    ),
    Fault(
        name="api-stopped",
        command="api-stopped",
        what="the API is gone",
        ways=(Stopped("api"),),
        promises=(Promise("ServiceDown", CRITICAL, onset.at_once()),),
        proven=False,
    ),
    Fault(
        name="ml-stopped",
        command="ml-stopped",
        what="the ML service is gone; 40 % of API requests answer 503",
        ways=(Stopped("ml"),),
        promises=(Promise("ServiceDown", CRITICAL, onset.at_once()),),
    ),
    Fault(
        name="ml-unreachable",
        command="ml-unreachable",
        what="the ML service's network is cut",
        ways=(Unreachable("ml"),),
        promises=(Promise("ServiceDown", CRITICAL, onset.at_once()),),
        proven=False,
    ),
    Fault(
        name="database-stopped",
        command="database-stopped",
        what="PostgreSQL is gone",
        ways=(Stopped("postgres"),),
        promises=(Promise("DatabaseDown", CRITICAL, onset.at_once(delay=CONNECTION_WAIT)),),
        aftermath=TICKET,
        proven=False,
    ),
    Fault(
        name="database-leak",
        command="database-leak",
        what="something holds 84 of PostgreSQL's 100 connections; nobody is hurt yet",
        ways=(Hogged("api", "connections", ("84",)),),
        promises=(Promise("DatabaseConnectionsHigh", WARNING, onset.at_once()),),
        proven=False,
    ),
    Fault(
        name="database-exhausted",
        command="database-exhausted",
        what="something holds every connection of PostgreSQL's, the API's own included",
        ways=(Hogged("api", "connections", ("all",)),),
        promises=(
            Promise(
                "ErrorBudgetBurn",
                CRITICAL,
                onset.of_burn(bad=WAITING_SHARE, delay=CONNECTION_WAIT),
                {"slo": "database-connections"},
            ),
        ),
        aftermath=TICKET,
        proven=False,
    ),
    Fault(
        name="prometheus-killed",
        command="prometheus-killed",
        what="Prometheus is gone: nobody watches",
        ways=(Stopped("prometheus"),),
        promises=(Promise(HEARTBEAT, CRITICAL, onset.of_silence_behind),),
        away=frozenset({"prometheus"}),
    ),
    Fault(
        name="alertmanager-killed",
        command="alertmanager-killed",
        what="Alertmanager is gone: no alert can arrive",
        ways=(Stopped("alertmanager"),),
        promises=(Promise(HEARTBEAT, CRITICAL, onset.of_silence),),
        away=frozenset({"alertmanager"}),
        proven=False,
    ),
    Fault(
        name="slack-refuses",
        command="slack-refuses",
        what="Slack answers 503 while an alert is due (20 % of API requests take 0.8 s more)",
        ways=(
            SLOW,
            InService("sink", lambda _: {"point": "slack", "effect": "error"}),
        ),
        promises=(
            Promise("HighLatency", WARNING, late=WARNING),
            Promise(
                "NotificationsFailing",
                CRITICAL,
                onset.after_page_of("HighLatency"),
                late=frozenset({"#alerts-critical"}),
            ),
        ),
        proven=False,
    ),
    Fault(
        name="disk-filled",
        command="disk-filled",
        what="a disk is full (a small one, made for it)",
        ways=(Hogged("api", "disk", volume="drill-disk"),),
        promises=(Promise("DiskFilling", WARNING, onset.at_once()),),
        proven=False,
    ),
    Fault(
        name="traffic-spike",
        command="traffic-spike",
        what="twice as many users come; nobody is hurt, nobody is paged",
        ways=(Crowd(1.0),),
        promises=(),
        proven=False,
    ),
    Fault(
        name="label-explosion",
        command="label-explosion",
        what="a label of the API takes 1,200 values",
        ways=(InService("api", lambda _: {"point": "metrics", "effect": "series", "count": 1200}),),
        promises=(Promise("CardinalityHigh", WARNING, onset.at_once()),),
        proven=False,
    ),
    Fault(
        name="scrape-refused",
        command="scrape-refused",
        what="the sink exposes more series than Prometheus takes from it",
        ways=(
            InService("sink", lambda _: {"point": "metrics", "effect": "series", "count": 2500}),
        ),
        promises=(
            Promise("ScrapeFailing", WARNING, onset.at_the_second_look()),
            Promise("TargetDown", WARNING, onset.at_once()),
            Promise("CardinalityHigh", WARNING, onset.at_once()),
        ),
        proven=False,
    ),
    Fault(
        name="exporter-stopped",
        command="exporter-stopped",
        what="node exporter is gone",
        ways=(Stopped("node-exporter"),),
        promises=(Promise("TargetDown", WARNING, onset.at_once()),),
        proven=False,
    ),
    Fault(
        name="cloudwatch-gone",
        command="cloudwatch-gone",
        what="CloudWatch Logs is gone; log lines wait, then are dropped",
        ways=(Stopped("moto"),),
        promises=(Promise("LogEventsDropped", WARNING, onset.of_overflow(LOG_QUEUE)),),
        profile="aws",
        proven=False,
    ),
    Fault(
        name="metric-lost",
        what="a deploy drops the metric that API availability is made of",
        ways=(Edited("prometheus.yml", metric_dropped),),
        promises=(Promise("SLIMissing", CRITICAL, onset.at_once(), AVAILABILITY),),
        proven=False,
    ),
    Fault(
        name="rule-failing",
        what="a deploy adds a rule that cannot be evaluated",
        ways=(Edited("rules/drill.yml", failing_rule),),
        promises=(Promise("RuleEvaluationFailing", CRITICAL, onset.at_the_second_look()),),
        proven=False,
    ),
    Fault(
        name="rule-slow",
        what="a deploy adds a rule that takes longer than its interval",
        ways=(Edited("rules/drill.yml", costly_rule),),
        promises=(Promise("RuleEvaluationSlow", WARNING, onset.at_the_second_look()),),
        proven=False,
    ),
    Fault(
        name="configuration-unreadable",
        what="a deploy breaks Prometheus' configuration",
        ways=(Edited("rules/drill.yml", unreadable),),
        promises=(Promise("ConfigReloadFailed", WARNING, onset.at_once()),),
        proven=False,
    ),
)

BY_COMMAND = {fault.command: fault for fault in FAULTS if fault.command}
BY_NAME = {fault.name: fault for fault in FAULTS}
