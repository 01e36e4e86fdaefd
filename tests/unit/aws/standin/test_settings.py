from pathlib import Path

import pytest

from deploy.aws.standin.settings import Settings, SettingsError, read


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "file"
    file.write_text("x")
    return {
        "AWS_ENDPOINT_URL": "http://moto:5000",
        "AWS_REGION": "ap-northeast-1",
        "STANDIN_TEMPLATE": str(file),
        "STANDIN_COLLECTOR": str(file),
        "STANDIN_DATABASE": str(tmp_path / "state.sqlite3"),
        "SINK_URL": "http://sink:8002/",
        "SLACK_API_URL_FILE": str(file),
        "PAGERDUTY_ROUTING_KEY_FILE": str(file),
    }


def test_defaults(environment: dict[str, str]) -> None:
    found = read(environment)

    assert isinstance(found, Settings)
    assert (found.port, found.url) == (8003, "http://aws:8003")
    assert found.scale.factor == 1
    assert found.log_level == "INFO"
    assert found.sink_url == "http://sink:8002"


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://moto:5000",
            "http://localhost:5000",
            "http://127.0.0.1:5000",
            "http://[::1]:5000",
        ),
        *("http://10.0.0.5:5000", "http://192.168.1.2", "http://172.18.0.3:5000"),
    ],
)
def test_moto_is_local(environment: dict[str, str], url: str) -> None:
    assert read(environment | {"AWS_ENDPOINT_URL": url}).endpoint == url


@pytest.mark.parametrize(
    "url",
    [
        "https://monitoring.ap-northeast-1.amazonaws.com",
        "http://example.com:5000",
        "http://moto.example.com",
        "http://moto@example.com",
        "http://user:password@moto:5000",
        "http://8.8.8.8",
        "http://169.254.169.254",
        "http://0.0.0.0:5000",
        "http://[::",
        "moto:5000",
        "ftp://moto",
    ],
)
def test_whatever_could_be_aws_is_refused(environment: dict[str, str], url: str) -> None:
    with pytest.raises(SettingsError, match=r"AWS_ENDPOINT_URL is .* point it at moto"):
        read(environment | {"AWS_ENDPOINT_URL": url})


@pytest.mark.parametrize(
    "name",
    [
        *("AWS_ENDPOINT_URL", "AWS_REGION", "STANDIN_TEMPLATE", "STANDIN_COLLECTOR"),
        *("STANDIN_DATABASE", "SINK_URL", "SLACK_API_URL_FILE", "PAGERDUTY_ROUTING_KEY_FILE"),
    ],
)
def test_a_missing_setting_is_named(environment: dict[str, str], name: str) -> None:
    del environment[name]

    with pytest.raises(SettingsError, match=f"{name} is not set"):
        read(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STANDIN_FACTOR", "0"),
        ("STANDIN_FACTOR", "7"),
        ("STANDIN_FACTOR", "fast"),
        ("STANDIN_PORT", "0"),
        ("STANDIN_PORT", "http"),
        ("LOG_LEVEL", "LOUD"),
        ("SINK_URL", "sink"),
        ("STANDIN_URL", "aws:8003"),
        ("STANDIN_TEMPLATE", "/nowhere/template.yaml"),
        ("SLACK_API_URL_FILE", "/nowhere/slack"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    environment: dict[str, str], name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        read(environment | {name: value})

    assert "\n" not in str(caught.value)
