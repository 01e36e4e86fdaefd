"""What an alarm says: JSON in its description, which the notifier reads.

CloudWatch carries it in every message, and has no other place for a severity, a team or a link.
"""

import json
from dataclasses import dataclass

from deploy.aws.builder import grouping
from deploy.aws.builder.names import sub
from deploy.aws.builder.rules import Alert

# Where the rules' links lead to; parameters take their place, and are these by default.
RUNBOOKS = "http://localhost:8002/runbooks"
DASHBOARDS = "http://localhost:3000/d"


@dataclass(frozen=True)
class Words:
    """What an alarm says. `job` is where it is, as Prometheus' label says it."""

    alertname: str
    severity: str
    team: str
    job: str
    summary: str
    description: str
    runbook_url: str
    dashboard_url: str
    dedup_key: str | None = None

    def text(self) -> dict[str, str]:
        """Return the description of an alarm."""
        said = json.dumps(vars(self), ensure_ascii=False)
        said = said.replace(RUNBOOKS, "${RunbooksUrl}").replace(DASHBOARDS, "${DashboardsUrl}")
        return sub(said)


def twin(alert: Alert, job: str, description: str, team: str = "") -> Words:
    """Return the words of an alarm that says what an alert of Prometheus' says: one incident."""
    return Words(
        alertname=alert.name,
        severity=alert.severity,
        team=team or alert.team,
        job=job,
        description=description,
        dedup_key=grouping.dedup_key(alert),
        **{key: alert.annotations[key] for key in ("summary", "runbook_url", "dashboard_url")},
    )


def kin(  # noqa: PLR0913 - what an alarm says, by name
    name: str, like: Alert, job: str, *, severity: str, summary: str, description: str
) -> Words:
    """Return the words of an alarm that Prometheus has no twin of: an incident of its own.

    Its team and its links are those of an alert whose runbook helps.
    """
    links = {key: like.annotations[key] for key in ("runbook_url", "dashboard_url")}
    return Words(name, severity, like.team, job, summary, description, **links)
