"""The edits that mutants are made of: each changes one thing and leaves a file that is read."""

import json

import promql_parser
import pytest
import yaml

from deploy.stack.console import ROOT
from tests.mutation import expressions, mutants, routing_file, rule_files, scrape_file
from tests.mutation.mutant import REMOVED, alternatives, durations, load, text

RATIO = """
    sum by (job) (rate(a_total{job="api", status=~"5..|4.."}[5m]))
      /
    sum by (job) (rate(a_total{job="api"}[5m]))
      > 0.01
"""
MUTANTS = list(mutants.every())


def edited(expression: str, kind: str) -> set[str]:
    """Return the edits of one kind, without spaces."""
    return {"".join(edit.split()) for one, edit in expressions.edits(expression) if one == kind}


def test_every_mutant_differs_from_its_file_and_from_every_other() -> None:
    assert [one.diff() for one in MUTANTS if one.before == one.after] == []
    assert len({(one.file, one.after) for one in MUTANTS}) == len(MUTANTS)


def test_a_file_that_nothing_is_done_to_means_the_same() -> None:
    for name in (mutants.ROUTING, mutants.SCRAPING, "prometheus/rules/watchers.yml"):
        content = yaml.safe_load((ROOT / name).read_text())

        assert yaml.safe_load(text(content)) == content


def test_every_rule_with_an_alert_is_mutated() -> None:
    alerts = {one.subject for one in MUTANTS if one.kind == "label"}

    assert alerts >= {"HighErrorRate", "ErrorBudgetBurn", "SLIMissing", "Watchdog"}


def test_a_number_is_made_larger_and_smaller() -> None:
    assert edited("a > 0.01", "threshold") == {"a>0.015", "a>0.006666666667"}
    assert edited("a == 0", "threshold") == {"a==1", "a==-1"}


@pytest.mark.parametrize(
    ("before", "after"),
    [("a > 1", "(a)<(1)"), ("a == 0", "(a)!=(0)"), ("a <= bool 1", "(a)>=bool(1)")],
)
def test_a_comparison_is_turned_around(before: str, after: str) -> None:
    assert edited(before, "comparison") == {after}


def test_a_match_loses_each_of_its_labels_and_keeps_its_side() -> None:
    assert edited("a / on (x, y) group_left (z) b", "grouping") == {
        "(a)/on(y)group_left(z)(b)",
        "(a)/on(x)group_left(z)(b)",
    }


def test_an_aggregation_loses_each_of_its_labels() -> None:
    assert edited("sum by (a, b) (x)", "grouping") == {"sumby(a)(x)", "sumby(b)(x)"}
    assert edited("topk without (a) (3, x)", "grouping") == {"topkwithout()(3,x)"}


def test_a_window_is_made_twice_and_half_as_long() -> None:
    assert edited("rate(x[5m])", "window") == {"rate(x[10m])", "rate(x[2m30s])"}
    assert len(edited(RATIO, "window")) == 4


def test_a_matcher_gets_other_values_one_place_at_a_time() -> None:
    found = edited(RATIO, "matcher")

    assert sum('job="mutant"' in one for one in found) == 2
    assert sum('status=~"5.."' in one for one in found) == 1
    assert sum('status=~"4.."' in one for one in found) == 1


def test_a_matcher_is_dropped_on_both_sides_at_once() -> None:
    """On one alone it would change nothing: the other side's `job` decides."""
    without = [one for one in edited(RATIO, "matcher") if "job=" not in one]

    assert len(without) == 1


@pytest.mark.parametrize(
    "expression",
    [RATIO, 'a{x!~"1"} unless on () b', 'max_over_time(a{x="\\"[1m]"}[5m:1m] offset 1m) > -1'],
)
def test_every_edit_is_promql_and_another(expression: str) -> None:
    original = promql_parser.parse(expression).prettify()

    for _, edit in expressions.edits(expression):
        assert promql_parser.parse(edit).prettify() != original


def test_durations_and_alternatives() -> None:
    assert durations("5m") == ["10m", "2m30s"]
    assert durations("0s") == ["1m"]
    assert alternatives("api|ml") == ["ml", "api"]
    assert alternatives(".+") == ["mutant"]


def test_what_anchors_share_is_edited_in_one_place() -> None:
    document = load("x.yml", "a: &a {b: 1, c: 2}\nd: *a\n")

    after = yaml.safe_load(document.mutant("kind", ("a", "b"), REMOVED).after)

    assert after == {"a": {"c": 2}, "d": {"b": 1, "c": 2}}


def test_rules_that_are_alike_are_edited_together() -> None:
    written = json.dumps(
        {
            "groups": [
                {
                    "name": "g",
                    "rules": [
                        {"alert": "A", "expr": 'x{slo="a"} > 1', "labels": {"slo": "a"}},
                        {"alert": "A", "expr": 'y{slo="b"} > 2', "labels": {"slo": "b"}},
                    ],
                }
            ]
        }
    )
    found = list(rule_files.mutants(rule_files.read("rules.yml", written)))
    labels = [one for one in found if one.kind == "label"]
    turned = next(one for one in found if one.kind == "comparison")

    assert [one.after.count('"slo": "mutant"') for one in labels] == [2]
    assert turned.after.count("<") == 2


def test_every_matcher_of_routes_and_inhibitions_is_dropped_and_changed() -> None:
    document = load(mutants.ROUTING, (ROOT / mutants.ROUTING).read_text())
    count = sum(
        len(rule[side])
        for rule in document.content["inhibit_rules"]
        for side in ("source_matchers", "target_matchers")
    )
    found = [one for one in routing_file.mutants(document) if one.kind == "inhibition"]

    assert count
    assert len([one for one in found if "_matchers" in one.place]) >= 2 * count


def test_an_edge_is_taken_from_the_buckets() -> None:
    after = scrape_file.without_edge("DURATION_BUCKETS = (0.1, 0.2, 0.5)\nX = 0.2\n", 0.2)

    assert after == "DURATION_BUCKETS = (0.1, 0.5)\nX = 0.2"
