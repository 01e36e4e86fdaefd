"""What is gone: a service, or the database. Their alarms silence those of their symptoms.

«No requests in the log» alone would page in every quiet night, so each silence needs a witness that
somebody asked:

- ml's caller is the API, whose own lines say that ml was asked and did not answer.
- the API's callers are users. With a load balancer (parameter LoadBalancer) it is the witness: it
  answers 5xx by itself where no target does. Without one nobody outside counts requests; then the
  witness is the hour before: a minute without a request is news only where minutes without any
  were rare. A quiet night is quiet for longer than that. The price: after half an hour the witness
  has forgotten, and the alarm is over while the API may still be silent. Give it the load balancer.

A silent service writes no line, and a metric without lines has no datapoints: FILL makes them 0,
and when there are none at all, missing data is breaching.

All parts stay raised for the alert's `keep_firing_for` after their last bad minute: symptoms look
back for minutes and would otherwise page for an outage that is over.
"""

from deploy.aws.builder import logs, rules
from deploy.aws.builder.alarms import (
    ABOVE,
    AT_LEAST,
    NONE,
    Patience,
    alarm,
    composite,
    expression,
    logical,
    query,
    raised,
    remembering,
    share,
    single,
)
from deploy.aws.builder.logs import Metric
from deploy.aws.builder.names import MINUTE, Resource, Resources, either, ref, sub
from deploy.aws.builder.words import Words, twin

# Alarms that silence symptoms'.
CAUSES = ("ServiceDown", "DatabaseDown")
SERVICES = ("api", "ml")
# Minutes. Lines of a busy service may arrive late, all of them at once; ml's silence counts from
# the first minute on, because its witness speaks in the same one.
API_SILENT = 3
# Half of an hour's minutes were busy.
BUSY = Patience(30, 60)
# The share of requests that get no connection: a dead database serves nobody, a crowded one some.
MOST = 0.5
ALB_ERRORS = Metric("HTTPCode_ELB_5XX_Count", "api", "")


def resources() -> Resources:
    """Return the alarms."""
    parts = {
        "ServiceDown-api-silent": silent("api", logs.API_REQUESTS, API_SILENT),
        "ServiceDown-api-busy": busy(),
        "ServiceDown-api-turned-away": turned_away(),
        "ServiceDown-ml-silent": silent("ml", logs.ML_REQUESTS, 0),
        "ServiceDown-ml-asked": asked(),
        "ServiceDown": service_down(),
        "DatabaseDown": database_down(),
    }
    return {logical(name): resource for name, resource in parts.items()}


def words() -> Words:
    """Return what ServiceDown says, of either service: Alertmanager makes it one incident too."""
    alert = rules.alerts()["ServiceDown"]
    return twin(
        alert,
        " or ".join(SERVICES),
        "api or ml was asked and has not logged a single request for a minute or more. "
        "Users whose requests need it get no prediction. The alarms it rests on say which.",
        team=", ".join(sorted({rules.team_of(service) for service in SERVICES})),
    )


def silent(service: str, requests: Metric, hold: int) -> Resource:
    """Return the alarm on a log without requests."""
    return alarm(
        f"ServiceDown-{service}-silent",
        words(),
        expression("FILL(requests, 0)", requests.name, [query(requests, "requests", MINUTE)]),
        NONE,
        0,
        remembering(rules.alerts()["ServiceDown"], hold),
        missing="breaching",
        told=False,
    )


def busy() -> Resource:
    """Return the witness of the hour before."""
    name = "ServiceDown-api-busy"
    least = ref("BusyRequestsPerMinute")
    return alarm(name, words(), single(logs.API_REQUESTS), AT_LEAST, least, BUSY, told=False)


def turned_away() -> Resource:
    """Return the load balancer as witness: it answers in place of targets that don't."""
    return alarm(
        "ServiceDown-api-turned-away",
        words(),
        single(ALB_ERRORS, namespace="AWS/ApplicationELB", LoadBalancer=ref("LoadBalancer")),
        ABOVE,
        0,
        remembering(rules.alerts()["ServiceDown"], API_SILENT),
        told=False,
        condition="HasLoadBalancer",
    )


def asked() -> Resource:
    """Return the API as witness: ml was asked and didn't answer."""
    return alarm(
        "ServiceDown-ml-asked",
        words(),
        single(logs.API_WITHOUT_ML),
        ABOVE,
        0,
        remembering(rules.alerts()["ServiceDown"]),
        told=False,
    )


def service_down() -> Resource:
    """Return the alarm that pages. One for both services: the first to be back resolves nothing."""
    ml = f"({raised('ServiceDown-ml-silent')} AND {raised('ServiceDown-ml-asked')})"
    # By its logical id, so that it is made first where it is made at all.
    turned_away = f'ALARM("${{{logical("ServiceDown-api-turned-away")}}}")'

    def rule(witness: str) -> dict[str, str]:
        return sub(f"({raised('ServiceDown-api-silent')} AND {witness}) OR {ml}")

    parts = ("api-silent", "api-busy", "ml-silent", "ml-asked")
    return composite(
        "ServiceDown",
        words(),
        either("HasLoadBalancer", rule(turned_away), rule(raised("ServiceDown-api-busy"))),
        [logical(f"ServiceDown-{part}") for part in parts],
    )


def database_down() -> Resource:
    """Return the alarm on a database that gives no connection to most requests."""
    alert = rules.alerts()["DatabaseDown"]
    said = (
        "Most requests of the API get no connection to the database, which is dead or full. The "
        "API can neither store nor show predictions."
    )
    return alarm(
        alert.name,
        twin(alert, "postgres", said),
        share(logs.API_WITHOUT_DATABASE, logs.API_REQUESTS),
        ABOVE,
        MOST,
        remembering(alert),
    )
