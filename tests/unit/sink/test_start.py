import pytest

from tests.unit.sink.conftest import Process


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("SINK_DATABASE", "", "SINK_DATABASE is not set"),
        ("SINK_DATABASE", "/proc/sink.sqlite3", "SINK_DATABASE: cannot write /proc/sink.sqlite3"),
        ("SINK_DATABASE", "/nowhere/x.sqlite3", "SINK_DATABASE: cannot write /nowhere/x.sqlite3"),
        ("SLACK_API_URL_FILE", "/nowhere", "SLACK_API_URL_FILE: cannot read /nowhere"),
        ("SLACK_API_URL_FILE", "{routing_key}", "SLACK_API_URL_FILE: it must hold a URL"),
        ("PAGERDUTY_ROUTING_KEY_FILE", "", "PAGERDUTY_ROUTING_KEY_FILE is not set"),
        ("RUNBOOKS_DIR", "", "RUNBOOKS_DIR is not set"),
        ("HEARTBEAT_TIMEOUT", "", "HEARTBEAT_TIMEOUT is not set"),
        ("HEARTBEAT_TIMEOUT", "5", "HEARTBEAT_TIMEOUT: '5' is no duration: write it like 5m"),
        (
            "SNS_LOCAL_URL",
            "aws:8003",
            "SNS_LOCAL_URL: 'aws:8003' is no address: write it like http",
        ),
        ("SNS_LOCAL_URL", "http://aws:8003/x", "SNS_LOCAL_URL: 'http://aws:8003/x' must end with"),
        (
            "PAGERDUTY_CLOUDWATCH_KEY_FILE",
            "/nowhere",
            "PAGERDUTY_CLOUDWATCH_KEY_FILE: cannot read /nowhere",
        ),
        ("FAULTS_TOKEN_FILE", "/nowhere", "FAULTS_TOKEN_FILE: cannot read /nowhere"),
    ],
)
def test_a_setting_of_no_use_ends_the_sink_with_one_line_that_names_it(
    process: Process, variable: str, value: str, line: str
) -> None:
    key_file = process.environment["PAGERDUTY_ROUTING_KEY_FILE"]
    process.environment[variable] = value.format(routing_key=key_file)
    process.running = process.launch()
    output, _ = process.running.communicate(timeout=20)
    assert process.running.returncode == 2
    assert output.startswith(line)
    assert output.count("\n") == 1


def test_a_file_that_is_no_database_is_left_alone(process: Process) -> None:
    file = process.environment["SINK_DATABASE"]
    with open(file, "w") as other:  # noqa: PTH123 - the path is a setting
        other.write("not a database, but somebody's file" * 100)
    process.running = process.launch()
    output, _ = process.running.communicate(timeout=20)
    assert "file is not a database" in output
    with open(file) as other:  # noqa: PTH123
        assert other.read().startswith("not a database")
