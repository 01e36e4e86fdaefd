"""Rows on a terminal."""

import json

import pytest

from deploy.aws.insights.engine import Result
from deploy.aws.insights.table import as_json, as_table


def test_a_table_fits_the_terminal_and_the_widest_column_gives_way() -> None:
    result = Result(["path", "n"], [["/a", "5"], ["/b" * 40, "100"]])
    lines = as_table(result, 30).splitlines()
    assert max(map(len, lines)) <= 30
    assert lines[0].split() == ["path", "n"]
    assert lines[3].endswith("…  100")
    assert lines[2].endswith("    5")


def test_without_a_width_nothing_is_cut() -> None:
    assert "x" * 500 in as_table(Result(["a"], [["x" * 500]]), None)


@pytest.mark.parametrize("cell", ["a\x1b[2Jb", "a\nb", "a\x00b", "a\u202eb", "\x9b1m"])
def test_a_log_line_cannot_move_the_cursor(cell: str) -> None:
    table = as_table(Result(["a"], [[cell]]), 80)
    assert table.count("\n") == 2
    assert all(character.isprintable() for character in table.replace("\n", ""))


def test_wide_characters_take_two_places() -> None:
    lines = as_table(Result(["a", "b"], [["日本", "x"], ["ab", "y"]]), 80).splitlines()
    assert lines[2] == "日本  x"
    assert lines[3] == "ab    y"


def test_a_table_of_no_room_is_still_a_table() -> None:
    result = Result(["one", "two"], [["x" * 50, "y" * 50]])
    assert as_table(result, 5).splitlines()[2] == "xxxxxxx…  yyyyyyy…"


def test_json_leaves_out_what_is_missing() -> None:
    result = Result(["a", "b"], [["1", None], [None, "ü"]])
    assert json.loads(as_json(result)) == [{"a": "1"}, {"b": "ü"}]
