"""Bad deploys of Prometheus' configuration: a file's text in, the broken one out."""

import yaml


def metric_dropped(text: str) -> str:
    """Drop http_requests_total of the API when it is scraped."""
    document = yaml.safe_load(text)
    (job,) = (one for one in document["scrape_configs"] if one["job_name"] == "api")
    drop = {"source_labels": ["__name__"], "regex": "http_requests_total", "action": "drop"}
    job["metric_relabel_configs"] = [*job.get("metric_relabel_configs", []), drop]
    return yaml.safe_dump(document, sort_keys=False)


def _group(expression: str) -> str:
    rule = {"record": "drill:up:broken", "expr": expression}
    return yaml.safe_dump({"groups": [{"name": "drill", "rules": [rule]}]})


def failing_rule(_: str) -> str:
    """Return a rule that is valid and can't be evaluated: many series match many."""
    return _group("up * on () up")


def costly_rule(_: str) -> str:
    """Return a rule that takes more than a second of a processor for every evaluation.

    Minutes of samples are added up anew for each second of hours: that is work and no memory, of
    which Prometheus has a limit.
    """
    return _group("sum_over_time(sum_over_time(vector(1)[10m:10ms])[4h:1s])")


def unreadable(_: str) -> str:
    """Return what is no rule file."""
    return "groups: [{name: drill, rules: [{alert: Drill}]}]\n"
