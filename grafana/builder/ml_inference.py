"""ML Inference, for ML engineers: by model, whether it answers, how fast, and how sure it is."""

from grafana.builder import figures, links, panels, trends
from grafana.builder.page import DEPLOYS, FAULTS, Page
from grafana.builder.queries import (
    QUANTILES,
    WINDOW,
    buckets,
    now,
    over_time,
    quantile,
    share,
    with_traces,
)
from grafana.builder.style import Panel

SLO = "ml-inference"
CHOSEN = 'job="ml", model=~"$model"'
COUNT = f"ml_inference_total{{{CHOSEN}}}"

FAILED = f'ml_inference_total{{{CHOSEN}, status="error"}}'
SECONDS = f"ml_inference_duration_seconds_bucket{{{CHOSEN}}}"
CONFIDENCE = {
    part: f"ml_prediction_confidence_ratio_{part}{{{CHOSEN}}}"
    for part in ("bucket", "sum", "count")
}
MODELS = ("digits", "breast-cancer")
MODEL = "{{model}}"


def dashboard() -> Page:
    """Return the dashboard."""
    page = Page(
        "ml-inference",
        "The models: whether they answer, how fast, how sure they are, and which versions run.",
        since="now-3h",
        refresh="30s",
        events=[FAULTS, DEPLOYS],
    )
    page.variable("model", "Model", 'label_values(ml_inference_total{job="ml"}, model)')
    page.row(5, *tiles())
    page.heading("Does it answer")
    page.row(8, rate(), failures())
    page.heading("How fast")
    page.row(8, latency(), by_model(), distribution())
    page.heading("How sure")
    page.row(8, confidence(), confidence_distribution(), versions(), widths=[9, 9, 6])
    return page


def tiles() -> list[Panel]:
    """Return the figures of the moment."""
    slow = figures.limit("MLInferenceSlowdown")
    objective = figures.slos()[SLO].spec.objectives[0].percent
    return [
        panels.tile(
            "Success",
            f"Share of the inferences of the last 5 minutes that succeeded. Promised: {objective}. "
            "Red: less; Failures by model names the model.",
            now(f"1 - ({share(f'sum(rate({FAILED}[5m]))', f'sum(rate({COUNT}[5m]))')})"),
            unit="percentunit",
            decimals=2,
            steps=figures.success(SLO),
            links=[links.runbook("MLInferenceErrors"), links.runbook("ErrorBudgetBurn")],
        ),
        panels.tile(
            "Slowest model (P99)",
            f"The slowest 1% of the slowest model took this long or longer. Red: more than "
            f"{slow:g} s, at which the ML team is told.",
            now(f"max({quantile(0.99, SECONDS, by='model', window='5m')})"),
            unit="s",
            steps=figures.above(slow),
            links=[links.runbook("MLInferenceSlowdown")],
        ),
        panels.tile(
            "Inferences",
            "Inferences a second, over the last minute.",
            now(f"sum(rate({COUNT}[1m]))"),
            unit="suffix:/s",
            decimals=1,
        ),
        panels.tile(
            "Mean confidence",
            "The mean probability that the models gave their own answers, last 5 minutes. A fall "
            "without a deploy means that what is asked has changed.",
            now(f"sum(rate({CONFIDENCE['sum']}[5m])) / sum(rate({CONFIDENCE['count']}[5m]))"),
            unit="percentunit",
            decimals=1,
        ),
    ]


def rate() -> Panel:
    """Return inferences a second of each model."""
    return trends.trend(
        "Inferences by model",
        "Inferences a second that each model ran.",
        over_time(f"sum by (model) (rate({COUNT}[{WINDOW}]))", MODEL),
        unit="suffix:/s",
        series=MODELS,
        links=[links.runbook("ServiceDown")],
    )


def failures() -> Panel:
    """Return the share of failed inferences of each model."""
    budget = float(figures.slos()[SLO].budget)
    failed, all_of = (f"sum by (model) (rate({name}[{WINDOW}]))" for name in (FAILED, COUNT))
    return trends.trend(
        "Failures by model",
        f"Share of inferences that fail. Red line: the {100 * budget:g}% that the promise allows. "
        "The API tries each once more, so that users may not notice.",
        over_time(share(failed, all_of), MODEL),
        unit="percentunit",
        series=MODELS,
        steps=figures.line(budget),
        shown=2 * budget,
        links=[links.runbook("MLInferenceErrors"), links.dashboard("api-server")],
    )


def latency() -> Panel:
    """Return the quantiles of the chosen models together, with single inferences."""
    return trends.trend(
        "Latency",
        "Half, 95% and 99% of the inferences of the chosen models were faster than this. A dot is "
        "one inference; `make logs S=ml` has its trace_id.",
        *(
            with_traces(over_time(quantile(share_, SECONDS), name))
            if name == "P99"
            else over_time(quantile(share_, SECONDS), name)
            for name, share_ in QUANTILES.items()
        ),
        unit="s",
        series=tuple(QUANTILES),
        links=[links.runbook("MLInferenceSlowdown")],
    )


def by_model() -> Panel:
    """Return the P99 of each model."""
    slow = figures.limit("MLInferenceSlowdown")
    return trends.trend(
        "P99 by model",
        f"The slowest 1% of each model. Red line: {slow:g} s, at which the ML team is told. A "
        "model that few use would vanish in the figure of all.",
        over_time(quantile(0.99, SECONDS, by="model"), MODEL),
        unit="s",
        series=MODELS,
        steps=figures.line(slow),
        links=[links.runbook("MLInferenceSlowdown")],
    )


def distribution() -> Panel:
    """Return how long inferences take."""
    return trends.spread(
        "Latency distribution",
        "How many inferences took how long: the brighter, the more.",
        buckets(SECONDS),
        unit="s",
        links=[links.runbook("MLInferenceSlowdown")],
    )


def confidence() -> Panel:
    """Return how sure each model is."""
    total, number = (
        f"sum by (model) (rate({CONFIDENCE[part]}[{WINDOW}]))" for part in ("sum", "count")
    )
    return trends.trend(
        "Confidence by model",
        "The mean probability that a model gave its own answers. A slow fall is drift: what is "
        "asked has moved away from what the model has learnt.",
        over_time(f"{total} / {number}", MODEL),
        unit="percentunit",
        series=MODELS,
        least=None,
        shown=1,
        links=[links.runbook("MLInferenceErrors")],
    )


def confidence_distribution() -> Panel:
    """Return how sure the models are of how many answers."""
    return trends.spread(
        "Confidence distribution",
        "How many answers a model was how sure of: the brighter, the more. A band that grows below "
        "the top one are answers that the model doubts.",
        buckets(CONFIDENCE["bucket"]),
        unit="percentunit",
    )


def versions() -> Panel:
    """Return the models that are loaded."""
    return panels.names(
        "Versions",
        "The models that are loaded, and the service's own version.",
        now(f"max by (model, version) (ml_model_info{{{CHOSEN}}})", "{{model}} {{version}}"),
        now('max by (version) (service_build_info{job="ml"})', "service {{version}}"),
    )
