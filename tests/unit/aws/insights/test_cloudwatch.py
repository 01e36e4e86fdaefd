"""The same question to CloudWatch, whose answers are botocore's own stubs."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from deploy.aws.insights import cloudwatch
from deploy.aws.insights.errors import InsightsError, QueryError
from deploy.aws.insights.window import Window

WINDOW = Window(1_795_566_600_000, 1_795_570_200_999)
QUERY = "stats count(*) by level"


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client(
        "logs",
        region_name="ap-northeast-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    client.close()


def ask(
    stub: Stubber, said: list[str] | None = None
) -> tuple[list[str], list[list[str | None]], str]:
    progress = said if said is not None else []
    result, cost = cloudwatch.ask(
        stub.client, QUERY, ["api", "ml"], WINDOW, progress=progress.append, sleep=lambda _: None
    )
    return result.columns, result.rows, cost


def starts(stub: Stubber) -> None:
    expected = {
        "logGroupNames": ["/sre-reference/api", "/sre-reference/ml"],
        "startTime": 1_795_566_600,
        "endTime": 1_795_570_200,
        "queryString": QUERY,
    }
    stub.add_response("start_query", {"queryId": "q"}, expected)


def test_the_answer_is_the_same_kind_of_table_and_the_cost_is_told(stub: Stubber) -> None:
    starts(stub)
    statistics = {"recordsMatched": 3.0, "recordsScanned": 1200.0, "bytesScanned": 2_500_000.0}
    stub.add_response("get_query_results", {"status": "Running", "statistics": statistics})
    rows = [
        [{"field": "level", "value": "ERROR"}, {"field": "count(*)", "value": "2"}],
        [{"field": "count(*)", "value": "1"}, {"field": "@ptr", "value": "…"}],
    ]
    stub.add_response(
        "get_query_results",
        {"status": "Complete", "results": rows, "statistics": statistics},
        {"queryId": "q"},
    )
    said: list[str] = []
    assert ask(stub, said) == (
        ["level", "count(*)"],
        [["ERROR", "2"], [None, "1"]],
        "3 of 1,200 events match, 2.5 MB scanned",
    )
    assert said == ["Running: 3 of 1,200 events match, 2.5 MB scanned"]


def test_a_query_that_cloudwatch_cannot_read_is_pointed_at(stub: Stubber) -> None:
    stub.add_client_error(
        "start_query",
        service_error_code="MalformedQueryException",
        service_message="unexpected symbol",
        modeled_fields={
            "queryCompileError": {
                "location": {"startCharOffset": 6, "endCharOffset": 11},
                "message": "unexpected symbol found",
            }
        },
    )
    with pytest.raises(QueryError) as caught:
        ask(stub)
    assert caught.value.pointed_out(QUERY).splitlines()[-1] == "        ^^^^^"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ResourceNotFoundException", "Is the template deployed in this region?"),
        ("UnrecognizedClientException", "these AWS credentials do not do"),
        ("AccessDeniedException", "these AWS credentials do not do"),
        ("LimitExceededException", "CloudWatch refuses: LimitExceededException"),
    ],
)
def test_a_refusal_says_what_to_do(stub: Stubber, code: str, words: str) -> None:
    stub.add_client_error("start_query", service_error_code=code, service_message="no")
    with pytest.raises(InsightsError, match=words):
        ask(stub)


@pytest.mark.parametrize("status", ["Failed", "Timeout", "Cancelled"])
def test_a_query_that_ends_badly_is_told(stub: Stubber, status: str) -> None:
    starts(stub)
    stub.add_response("get_query_results", {"status": status})
    with pytest.raises(InsightsError, match=status):
        ask(stub)


def test_an_interruption_stops_the_query_at_cloudwatch_too(stub: Stubber) -> None:
    starts(stub)
    stub.add_response("get_query_results", {"status": "Running"})
    stub.add_response("stop_query", {"success": True}, {"queryId": "q"})

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cloudwatch.ask(
            stub.client, QUERY, ["api", "ml"], WINDOW, progress=lambda _: None, sleep=interrupt
        )


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take every setting of AWS from the environment and from files away."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return monkeypatch


def test_without_a_region_it_says_how_to_set_one(account: pytest.MonkeyPatch) -> None:
    del account
    with pytest.raises(InsightsError, match="set AWS_REGION"):
        cloudwatch.client()


def test_without_credentials_it_says_how_to_get_some(account: pytest.MonkeyPatch) -> None:
    account.setenv("AWS_REGION", "ap-northeast-1")
    client = cloudwatch.client()
    with pytest.raises(InsightsError, match="aws configure"):
        cloudwatch.ask(client, QUERY, ["api"], WINDOW, progress=lambda _: None)
    client.close()


@pytest.mark.parametrize("url", ["http://moto:5000", "http://127.0.0.1:5000", "http://localhost"])
def test_a_stand_in_that_would_answer_wrongly_is_not_asked(
    account: pytest.MonkeyPatch, url: str
) -> None:
    account.setenv("AWS_REGION", "ap-northeast-1")
    account.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(InsightsError, match="moto ignores"):
        cloudwatch.client()
