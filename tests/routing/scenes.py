"""Alerts that fire together, and which of them Alertmanager silences; and who is told of whom.

The tests of routing and the mutations of alertmanager.yml both go by these. An alert is written
`<alertname> <severity> <job>`, without the job where it belongs to no service.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """Alerts that are told, and those that each would be silenced beside them.

    One at a time, because a silenced alert silences others as well as a told one does.
    """

    name: str
    told: tuple[str, ...]
    silenced: tuple[str, ...] = ()

    def casts(self) -> list[tuple[str, ...]]:
        """Return the alerts that fire together, each time the scene is played."""
        return [(*self.told, alert) for alert in self.silenced] or [self.told]


def labels(alert: str) -> dict[str, str]:
    """Return the labels of an alert written as above."""
    return dict(zip(("alertname", "severity", "job"), alert.split(), strict=False))


# Labels → the one receiver.
ROUTES = {
    "critical": ({"severity": "critical"}, "pagerduty-critical"),
    "warning": ({"severity": "warning"}, "slack-warning"),
    "info": ({"severity": "info"}, "default"),
    "no severity": ({"alertname": "Nameless"}, "default"),
    "unknown severity": ({"severity": "catastrophic"}, "default"),
    "severity in capitals": ({"severity": "Critical"}, "default"),
    "severity only begins alike": ({"severity": "critical-ish"}, "default"),
    "any team": ({"severity": "critical", "team": "ml"}, "pagerduty-critical"),
    "the sign of life": ({"alertname": "Watchdog", "severity": "none"}, "heartbeat"),
    "the sign of life, whatever its severity": (
        {"alertname": "Watchdog", "severity": "critical"},
        "heartbeat",
    ),
    "a name that only begins alike": (
        {"alertname": "WatchdogStarved", "severity": "warning"},
        "slack-warning",
    ),
}

ERRORS = "HighErrorRate critical api"
LATENCY = "HighLatency warning api"
BURNS = (
    "ErrorBudgetBurn critical api",
    "ErrorBudgetBurnTicket warning api",
)
API_SYMPTOMS = (ERRORS, LATENCY, *BURNS)
DATABASE_BURNS = (
    "ErrorBudgetBurn critical postgres",
    "ErrorBudgetBurnTicket warning postgres",
)

SCENES = (
    # 1. Critical and warning of one service.
    Scene("critical silences the warning of the same service", (ERRORS,), (LATENCY,)),
    Scene(
        "critical does not silence the warning of another service",
        (ERRORS, "MLInferenceSlowdown warning ml"),
    ),
    Scene(
        "critical silences no other critical of the same service",
        (ERRORS, BURNS[0]),
    ),
    Scene(
        "a warning silences neither another warning nor what is only for information",
        (LATENCY, "CardinalityHigh warning api", "Deployed info api"),
    ),
    Scene("critical does not silence information", (ERRORS, "Deployed info api")),
    Scene(
        "alerts without a service silence nothing and are not silenced",
        (
            "NotificationsFailing critical",
            "ServiceDown critical",
            "DatabaseDown critical",
            "DiskFilling warning",
            "ErrorBudgetBurn critical",
            "SLIMissing critical",
            LATENCY,
        ),
    ),
    Scene(
        "alerts without a service are not silenced by those of one",
        (ERRORS, "DiskFilling warning"),
    ),
    # 2. A dead service.
    Scene(
        "a dead service silences everything else of it, whatever its severity",
        ("ServiceDown critical api",),
        (*API_SYMPTOMS, "SLIMissing critical api", "Deployed info api"),
    ),
    Scene(
        "a dead service silences nothing of another",
        (
            "ServiceDown critical api",
            "MLInferenceErrors critical ml",
            "TargetDown warning node",
            DATABASE_BURNS[0],
        ),
    ),
    Scene(
        "two dead services are told both", ("ServiceDown critical api", "ServiceDown critical ml")
    ),
    Scene(
        "what watches ours silences no more than its warnings when it is down",
        ("RuleEvaluationFailing critical prometheus", "NotificationsFailing critical prometheus"),
        ("TargetDown warning prometheus",),
    ),
    # 3. A dead ml.
    Scene(
        "a dead ml silences the API's symptoms and all of its own",
        ("ServiceDown critical ml",),
        (*API_SYMPTOMS, "MLInferenceErrors critical ml", "SLIMissing critical ml"),
    ),
    Scene(
        "a dead ml silences no other alert of the API and none of the database",
        (
            "ServiceDown critical ml",
            "SLIMissing critical api",
            "PodRestartingTooMuch critical api",
            "HighErrorRate critical sink",
            DATABASE_BURNS[0],
            "SLIMissing critical postgres",
        ),
    ),
    Scene(
        "a dead service that the API can do without silences nothing of it",
        ("ServiceDown critical sink", ERRORS, BURNS[0]),
    ),
    Scene(
        "an ml that only fails silences nothing of the API",
        ("MLInferenceErrors critical ml", "ErrorBudgetBurn critical ml", ERRORS, BURNS[0]),
    ),
    # 4. A dead database.
    Scene(
        "a dead database silences the API's symptoms and its own budget's",
        ("DatabaseDown critical postgres",),
        (*API_SYMPTOMS, *DATABASE_BURNS, "SLIMissing critical postgres"),
    ),
    Scene(
        "a dead database silences nothing else of the API, of ml and of itself",
        (
            "DatabaseDown critical postgres",
            "ServiceDown critical postgres-exporter",
            "SLIMissing critical api",
            "PodRestartingTooMuch critical api",
            "ErrorBudgetBurn critical ml",
            "RuleEvaluationFailing critical postgres",
            "HighErrorRate critical sink",
        ),
    ),
    Scene(
        "a dead database that isn't the API's silences nothing of the API",
        ("DatabaseDown critical reports", ERRORS, BURNS[0]),
    ),
    Scene(
        "a dead database silences nothing of another one",
        ("DatabaseDown critical reports", DATABASE_BURNS[0], "SLIMissing critical postgres"),
    ),
    # 5. A database that gives no connections.
    Scene(
        "a database that gives no connections silences the API's symptoms",
        ("ErrorBudgetBurn critical postgres",),
        API_SYMPTOMS,
    ),
    Scene(
        "a database that gives no connections silences no other critical alert",
        (
            "ErrorBudgetBurn critical postgres",
            "SLIMissing critical api",
            "SLIMissing critical postgres",
            "MLInferenceErrors critical ml",
        ),
    ),
    Scene(
        "the burning of another service's budget silences nothing of the API",
        ("ErrorBudgetBurn critical ml", ERRORS, BURNS[0]),
    ),
    # 6. A dead API.
    Scene(
        "a dead API silences that nobody counts the database's connections",
        ("ServiceDown critical api",),
        ("SLIMissing critical postgres",),
    ),
    Scene(
        "a dead API silences no other missing numbers",
        ("ServiceDown critical api", "SLIMissing critical ml", "SLIMissing critical sink"),
    ),
    Scene(
        "an API that only fails silences no missing numbers",
        (ERRORS, "SLIMissing critical postgres"),
    ),
)
# Every alert that is silenced in one of them: alone it is told.
EFFECTS = sorted({alert for scene in SCENES for alert in scene.silenced})
