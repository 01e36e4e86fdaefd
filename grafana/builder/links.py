"""Where a panel leads: a runbook, or the next dashboard down."""

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

RUNBOOKS = "http://localhost:8002/runbooks"
TITLES = {
    "executive-summary": "Executive Summary",
    "service-overview": "Service Overview",
    "api-server": "API Server",
    "ml-inference": "ML Inference",
    "infrastructure": "Infrastructure",
}


def runbook(alert: str) -> DashboardLink:
    """Return a link to what to do about an alert, in a window of its own."""
    link = DashboardLink(f"Runbook: {alert}").type(DashboardLinkType.LINK)
    return link.url(f"{RUNBOOKS}/{alert}").target_blank(target_blank=True)


def dashboard(uid: str, *, keep_time: bool = True) -> DashboardLink:
    """Return a link to another dashboard, which keeps the time that is looked at."""
    link = DashboardLink(TITLES[uid]).type(DashboardLinkType.LINK).icon("dashboard")
    return link.url(f"/d/{uid}").keep_time(keep_time)
