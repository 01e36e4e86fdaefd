import pytest

from sink import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300),
        ("1m30s", 90),
        ("15s", 15),
        ("750ms", 0.75),
        ("2s500ms", 2.5),
        ("1h", 3600),
        ("1d12h", 129_600),
        ("1w", 604_800),
        ("1y", 31_536_000),
        ("90s", 90),
        ("0m1s", 1),
    ],
)
def test_prometheus_notation_is_read(text: str, seconds: float) -> None:
    assert duration.read(text) == (text, seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0s",
        "5",
        "soon",
        "5M",
        "5 m",
        " 5m",
        "5m\n",
        "-5m",
        "1.5m",
        "30s1m",
        "1m1m",
        "\u0665m",
    ],
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no duration: write it like 5m, 1m30s or 750ms"):
        duration.read(text)
