from datetime import UTC, datetime

import pytest
from botocore import exceptions as of
from botocore.parsers import ResponseParserError
from moto.logs import models

from telemetry import cloudwatch
from telemetry.cloudwatch import Failure, LogStream, failure, rejected
from telemetry.log_queue import event
from tests.unit.telemetry.shipping.double import GROUP, REGION, STREAM, Store, Way

URL = "http://cloudwatch"


def answered(code: str, status: int) -> of.ClientError:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return of.ClientError(answer, "PutLogEvents")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (answered("InvalidParameterException", 400), Failure.REFUSED),
        (answered("SerializationException", 400), Failure.REFUSED),
        (answered("RequestEntityTooLarge", 413), Failure.REFUSED),
        (of.ParamValidationError(report="no message"), Failure.REFUSED),
        (answered("ResourceNotFoundException", 400), Failure.MISSING),
        (answered("ThrottlingException", 400), Failure.NOT_TAKEN),
        (answered("TooManyRequests", 429), Failure.NOT_TAKEN),
        (answered("AccessDeniedException", 400), Failure.NOT_TAKEN),
        (answered("ExpiredTokenException", 403), Failure.NOT_TAKEN),
        (answered("ServiceUnavailableException", 503), Failure.NOT_TAKEN),
        (of.EndpointConnectionError(endpoint_url=URL), Failure.NOT_TAKEN),
        (of.ConnectTimeoutError(endpoint_url=URL), Failure.NOT_TAKEN),
        (of.NoCredentialsError(), Failure.NOT_TAKEN),
        (answered("InternalFailure", 500), Failure.UNKNOWN),
        (answered("504", 504), Failure.UNKNOWN),
        (of.ReadTimeoutError(endpoint_url=URL), Failure.UNKNOWN),
        (of.ConnectionClosedError(endpoint_url=URL), Failure.UNKNOWN),
        (ResponseParserError("no JSON"), Failure.UNKNOWN),
        (MemoryError(), Failure.UNKNOWN),
    ],
    ids=lambda one: f"{one}"[:60],
)
def test_a_failed_call_means(error: Exception, means: Failure) -> None:
    assert failure(error) is means


@pytest.mark.parametrize(
    ("info", "dropped"),
    [
        ({}, {}),
        ({"tooOldLogEventEndIndex": 2}, {"too_old": 2}),
        ({"tooNewLogEventStartIndex": 7}, {"too_new": 3}),
        ({"expiredLogEventEndIndex": 4}, {"expired": 4}),
        (
            {
                "tooOldLogEventEndIndex": 1,
                "expiredLogEventEndIndex": 3,
                "tooNewLogEventStartIndex": 9,
            },
            {"too_old": 1, "expired": 2, "too_new": 1},
        ),
        ({"tooOldLogEventEndIndex": 10, "expiredLogEventEndIndex": 10}, {"too_old": 10}),
        ({"tooNewLogEventStartIndex": 0}, {"too_new": 10}),
    ],
)
def test_of_ten_events_an_answer_rejects(info: dict[str, int], dropped: dict[str, int]) -> None:
    assert rejected(info, 10) == dropped


@pytest.fixture
def stream(store: Store) -> LogStream:
    return LogStream(store.client, GROUP, STREAM)


NOW = 1_800_000_000_000


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let moto believe that it is then."""
    then = datetime.fromtimestamp(NOW / 1000, UTC).replace(tzinfo=None)
    monkeypatch.setattr(models, "utcnow", lambda: then)
    return NOW


def test_a_stream_is_created_with_its_group_and_creating_it_again_is_fine(
    stream: LogStream, store: Store
) -> None:
    stream.create()
    stream.create()

    assert store.streams() == [STREAM]


def test_in_a_group_that_is_there_only_the_stream_is_created(
    stream: LogStream, store: Store
) -> None:
    store.client.create_log_group(logGroupName=GROUP)

    stream.create()

    assert store.streams() == [STREAM]


def test_an_event_is_found_by_its_time_and_its_text(stream: LogStream, now: int) -> None:
    stream.create()
    stream.put([event(now, "a"), event(now + 1, "b")])

    assert stream.has(event(now + 1, "b"))
    assert not stream.has(event(now + 1, "a"))
    assert not stream.has(event(now + 2, "b"))


def test_in_a_stream_that_is_gone_nothing_is_found(stream: LogStream, now: int) -> None:
    assert not stream.has(event(now, "a"))


def test_who_may_not_read_is_asked_once() -> None:
    class Denying:
        asked = 0

        def get_log_events(self, **_: object) -> None:
            self.asked += 1
            raise answered("AccessDeniedException", 400)

    denying = Denying()
    stream = LogStream(denying, GROUP, STREAM)  # type: ignore[arg-type]

    assert [stream.has(event(1, "a")) for _ in range(3)] == [False, False, False]
    assert denying.asked == 1


@pytest.mark.parametrize("fault", ["error", "cut", "busy", "throttle"])
def test_a_client_tries_once(way: Way, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """A second attempt of boto3's own would be a batch twice."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", way.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    # A company's proxy knows nothing of an endpoint of one's own.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    way.faults = [fault]
    stream = LogStream(cloudwatch.client(REGION, way.url), GROUP, STREAM)

    with pytest.raises((of.BotoCoreError, of.ClientError)):
        stream.put([event(NOW, "a")])

    assert way.asked == {"PutLogEvents": 1}
