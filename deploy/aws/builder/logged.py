"""Alarms on what the log alone tells, and on the way from here to people."""

from deploy.aws.builder import logs, rules
from deploy.aws.builder.alarms import ABOVE, AT_LEAST, Patience, alarm, logical, single
from deploy.aws.builder.logs import Metric
from deploy.aws.builder.names import MINUTE, Resource, Resources
from deploy.aws.builder.names import sub as put_in
from deploy.aws.builder.words import kin

FIVE_MINUTES = Patience(seconds=5 * MINUTE)
DEAD_LETTERS = Metric("ApproximateNumberOfMessagesVisible", "sink", "")


def resources() -> Resources:
    """Return the alarms."""
    named = {f"ErrorsLogged-{service}": errors_logged(service) for service in logs.ERRORS}
    named |= {"SlowRequests": slow_requests(), "NotifierFailing": notifier_failing()}
    return {logical(name): resource for name, resource in named.items()}


def errors_logged(service: str) -> Resource:
    """Return the alarm on ERROR lines that belong to no request: a request's count as failed."""
    like = "HighErrorRate" if service == "api" else "MLInferenceErrors"
    words = kin(
        "ErrorsLogged",
        rules.alerts()[like],
        service,
        severity="warning",
        summary="A service logs errors that belong to no request.",
        description=f"{service} wrote ERROR lines outside of requests in the last 5 minutes. The "
        "saved query last-errors shows them. Nothing else may have noticed what failed there.",
    )
    return alarm(
        f"ErrorsLogged-{service}", words, single(logs.ERRORS[service]), ABOVE, 0, FIVE_MINUTES
    )


def slow_requests() -> Resource:
    """Return the alarm on single slow requests, too few to move the slowest hundredth."""
    slo = rules.slos()["api-latency"]
    least = int(slo.metadata.annotations.least_failed_events)
    words = kin(
        "SlowRequests",
        rules.alerts()["HighLatency"],
        "api",
        severity="info",
        summary=f"Some API requests take longer than {logs.SLOW // 1000} s.",
        description=f"{least} or more requests to api took longer than {logs.SLOW // 1000} s in 5 "
        "minutes. The saved queries latency and slowest show which, and their traces.",
    )
    return alarm("SlowRequests", words, single(logs.API_SLOW), AT_LEAST, least, FIVE_MINUTES)


def notifier_failing() -> Resource:
    """Return the alarm on messages that the notifier gave up.

    It goes the way it complains of: it arrives where one of two receivers is down, and where
    PagerDuty has a subscription of its own.
    """
    words = kin(
        "NotifierFailing",
        rules.alerts()["NotificationsFailing"],
        "notifier",
        severity="critical",
        summary="Alarms do not reach people.",
        description="The notifier could not deliver some alarms to PagerDuty or Slack and gave "
        "up. They wait in its dead letter queue; its log says why.",
    )
    queue = single(
        DEAD_LETTERS, "Maximum", namespace="AWS/SQS", QueueName=put_in("${Project}-notifier-dead")
    )
    return alarm("NotifierFailing", words, queue, ABOVE, 0, FIVE_MINUTES)
