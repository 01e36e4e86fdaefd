"""Alarms on AWS services' own metrics, each made only where its parameter names the resource.

Names and dimensions are AWS': …/AmazonRDS/latest/UserGuide/rds-metrics.html,
…/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html,
…/AmazonECS/latest/developerguide/available-metrics.html.
"""

from deploy.aws.builder import rules
from deploy.aws.builder.alarms import (
    ABOVE,
    AT_LEAST,
    BELOW,
    Patience,
    alarm,
    as_patient_as,
    expression,
    logical,
    minutes,
    single,
)
from deploy.aws.builder.logs import Metric
from deploy.aws.builder.names import MINUTE, Resource, Resources, either, ref
from deploy.aws.builder.words import Words, kin, twin

CONNECTIONS = Metric("DatabaseConnections", "api", "")
STORAGE = Metric("FreeStorageSpace", "api", "")
TARGET_ERRORS = Metric("HTTPCode_ELB_5XX_Count", "api", "")
UNHEALTHY = Metric("UnHealthyHostCount", "api", "")
USED = {
    "cpu": Metric("CPUUtilization", "api", ""),
    "memory": Metric("MemoryUtilization", "api", ""),
}
# Percent of what a task has, for a quarter of an hour: the next deploy or spike has no room.
BUSY = 90
QUARTER = Patience(15, 15)
SERVICES = {"api": "ApiService", "ml": "MlService"}


def resources() -> Resources:
    """Return the alarms."""
    named = {
        "DatabaseConnectionsHigh": connections(),
        "DatabaseStorageLow": storage(),
        "LoadBalancerErrors": turned_away(),
        "TargetsUnhealthy": unhealthy(),
    }
    for service in SERVICES:
        for kind in USED:
            named[f"Service{kind.capitalize()}High-{service}"] = used(service, kind)
    return {logical(name): resource for name, resource in named.items()}


def connections() -> Resource:
    """Return the twin of DatabaseConnectionsHigh."""
    alert = rules.alerts()["DatabaseConnectionsHigh"]
    said = alert.described(server="the database", job="RDS")
    metric = {
        "Id": "connections",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/RDS",
                "MetricName": CONNECTIONS.name,
                "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": ref("DatabaseInstance")}],
            },
            "Period": MINUTE,
            "Stat": "Average",
        },
        "ReturnData": False,
    }
    looked_at = expression("", CONNECTIONS.name, [metric])
    looked_at["Metrics"][0]["Expression"] = {"Fn::Sub": "connections / ${DatabaseMaxConnections}"}
    hold = minutes(alert.hold)
    return alarm(
        alert.name,
        twin(alert, "postgres", said),
        looked_at,
        ABOVE,
        alert.threshold,
        Patience(hold, hold),
        condition="HasDatabase",
    )


def storage() -> Resource:
    """Return the alarm on a database's disk."""
    alert = rules.alerts()["DiskFilling"]
    words = kin(
        "DatabaseStorageLow",
        alert,
        "postgres",
        severity=alert.severity,
        summary="The database's disk is almost full.",
        description="The database has less free storage than the parameter DatabaseFreeStorage "
        "says. When it is full, it stops.",
    )
    hold = minutes(alert.hold)
    return alarm(
        "DatabaseStorageLow",
        words,
        single(STORAGE, "Minimum", "AWS/RDS", DBInstanceIdentifier=ref("DatabaseInstance")),
        BELOW,
        ref("DatabaseFreeStorage"),
        Patience(hold, hold),
        condition="HasDatabase",
    )


def turned_away() -> Resource:
    """Return the alarm on users whom the load balancer answered by itself, with a 5xx."""
    alert = rules.alerts()["HighErrorRate"]
    slo = rules.slos()["api-availability"]
    words = kin(
        "LoadBalancerErrors",
        alert,
        "api",
        severity="warning",
        summary="The load balancer answers in place of the API.",
        description="The load balancer answered 10 or more requests a minute with a 5xx of its own "
        "for 5 minutes. The API's own log and metrics know nothing of them.",
    )
    least = int(slo.metadata.annotations.least_failed_events)
    return alarm(
        "LoadBalancerErrors",
        words,
        single(TARGET_ERRORS, "Sum", "AWS/ApplicationELB", LoadBalancer=ref("LoadBalancer")),
        AT_LEAST,
        least,
        as_patient_as(alert),
        condition="HasLoadBalancer",
    )


def unhealthy() -> Resource:
    """Return the alarm on targets that the load balancer leaves out."""
    alert = rules.alerts()["TargetDown"]
    words = kin(
        "TargetsUnhealthy",
        alert,
        "api",
        severity=alert.severity,
        summary="The load balancer leaves out a target of the API.",
        description="At least one of the API's tasks has failed the load balancer's health check "
        "for 5 minutes. The others carry its load.",
    )
    # Never empty (a rule of the parameters says so), which linters can't know.
    balancer = either("HasLoadBalancer", ref("LoadBalancer"), "none")
    dimensions = {"LoadBalancer": balancer, "TargetGroup": ref("TargetGroup")}
    hold = minutes(alert.hold)
    return alarm(
        "TargetsUnhealthy",
        words,
        single(UNHEALTHY, "Maximum", "AWS/ApplicationELB", **dimensions),
        ABOVE,
        0,
        Patience(hold, hold),
        condition="HasTargetGroup",
    )


def used(service: str, kind: str) -> Resource:
    """Return the alarm on the processors or the memory that a service's tasks use."""
    name = f"Service{kind.capitalize()}High"
    dimensions = {"ClusterName": ref("Cluster"), "ServiceName": ref(SERVICES[service])}
    return alarm(
        f"{name}-{service}",
        used_words(name, service, kind),
        single(USED[kind], "Average", "AWS/ECS", **dimensions),
        ABOVE,
        BUSY,
        QUARTER,
        condition="HasCluster",
    )


def used_words(name: str, service: str, kind: str) -> Words:
    """Return what it says; a task that runs out of memory is killed, one without time is slow."""
    like = "PodRestartingTooMuch" if kind == "memory" else "HighLatency"
    return kin(
        name,
        rules.alerts()[like],
        service,
        severity="warning",
        summary=f"A service's tasks have no {kind} to spare.",
        description=f"The tasks of {service} have used more than {BUSY}% of their {kind} for 15 "
        "minutes.",
    )
