"""CloudWatch Logs as the shipping of lines sees it: one stream, and what a failed call means."""

from collections.abc import Sequence
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from telemetry.log_queue import Event
from telemetry.metrics import LogLoss

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

# Seconds. Both are far beyond what CloudWatch takes, and little enough for the next attempt.
_CONNECT, _READ = 1.0, 5.0

_REFUSED = frozenset({"InvalidParameterException", "ValidationException", "SerializationException"})
_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})
_MISSING = "ResourceNotFoundException"
_EXISTS = "ResourceAlreadyExistsException"


class Failure(Enum):
    """What a failed call means for the batch that it carried."""

    # It will never be taken as it is.
    REFUSED = auto()
    # The group or the stream is not there.
    MISSING = auto()
    # It was not taken: send it again.
    NOT_TAKEN = auto()
    # Nobody knows: the answer got lost.
    UNKNOWN = auto()


class LogStream:
    """One stream of one log group; only its owner writes to it."""

    def __init__(self, client: "CloudWatchLogsClient", group: str, stream: str) -> None:
        self._client = client
        self._place: Any = {"logGroupName": group, "logStreamName": stream}
        self._may_read = True

    def put(self, events: Sequence[Event]) -> dict[LogLoss, int]:
        """Send a batch (`telemetry.log_queue`) and return what was not accepted of it, by reason.

        Raises what boto3 raises; `failure` says what it means.
        """
        messages: Any = [{"timestamp": one.timestamp, "message": one.message} for one in events]
        answer = self._client.put_log_events(**self._place, logEvents=messages)
        return rejected(answer.get("rejectedLogEventsInfo", {}), len(events))

    def has(self, one: Event) -> bool:
        """Tell whether an event is there; False where it can't be known. Raises as `put` does."""
        if not self._may_read:
            return False
        try:
            answer = self._client.get_log_events(
                **self._place, startTime=one.timestamp, endTime=one.timestamp + 1
            )
        except Exception as error:
            self._may_read = code(error) not in _DENIED
            if failure(error) is Failure.MISSING or not self._may_read:
                return False
            raise
        return any(found["message"] == one.message for found in answer["events"])

    def create(self) -> None:
        """Create the stream, and its group where there is none; raises as `put` does.

        Where the template made the group, the right to create streams (logs:CreateLogStream) is
        enough.
        """
        try:
            self._create_stream()
        except Exception as error:
            if failure(error) is not Failure.MISSING:
                raise
            group = self._place["logGroupName"]
            self._tolerating(self._client.create_log_group, logGroupName=group)
            self._create_stream()

    def _create_stream(self) -> None:
        self._tolerating(self._client.create_log_stream, **self._place)

    def _tolerating(self, create: Any, **words: str) -> None:  # noqa: ANN401 - boto3's methods
        """Create what may be there by now: others create it too."""
        try:
            create(**words)
        except Exception as error:
            if code(error) != _EXISTS:
                raise


def rejected(info: Any, events: int) -> dict[LogLoss, int]:  # noqa: ANN401 - boto3's answer
    """Return how many of a batch's events were rejected, by reason.

    Too old and expired ones are the first of a batch, up to an index that is exclusive; too new
    ones the last, from an index on (the API's `RejectedLogEventsInfo`).
    """
    old = info.get("tooOldLogEventEndIndex", 0)
    expired = max(0, info.get("expiredLogEventEndIndex", 0) - old)
    new = events - info.get("tooNewLogEventStartIndex", events)
    found: dict[LogLoss, int] = {"too_old": old, "expired": expired, "too_new": new}
    return {reason: count for reason, count in found.items() if count > 0}


def code(error: Exception) -> str:
    """Return AWS' code for an error, or its type's name where it has none."""
    answer = getattr(error, "response", None)
    found = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    return str(found or type(error).__name__)


def failure(error: Exception) -> Failure:
    """Return what an exception of boto3's says of the batch."""
    from botocore import exceptions as of  # noqa: PLC0415 - loaded only where logs are shipped

    match error:
        case of.ParamValidationError():
            return Failure.REFUSED
        case of.ClientError():
            return _answered(error)
        # These are raised before anything was sent.
        case of.EndpointConnectionError() | of.ConnectTimeoutError() | of.ProxyConnectionError():
            return Failure.NOT_TAKEN
        case of.HTTPClientError():
            return Failure.UNKNOWN
        # No credentials, no region, and the like.
        case of.BotoCoreError():
            return Failure.NOT_TAKEN
    return Failure.UNKNOWN


def _answered(error: Any) -> Failure:  # noqa: ANN401 - a ClientError
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    said = code(error)
    if said in _REFUSED or status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Failure.REFUSED
    if said == _MISSING:
        return Failure.MISSING
    # Throttling, wrong or expired credentials; and 503, which is said before any work is done.
    clear = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if clear or status == HTTPStatus.SERVICE_UNAVAILABLE:
        return Failure.NOT_TAKEN
    return Failure.UNKNOWN


def client(region: str | None, endpoint: str) -> "CloudWatchLogsClient":
    """Return a client that tries once; raises ValueError or botocore's BotoCoreError.

    boto3's own retries would send a batch again whose answer alone was lost. `endpoint` is
    AWS_ENDPOINT_URL, empty in AWS itself.
    """
    import boto3  # noqa: PLC0415 - 0.2 s and 18 MB, only where logs are shipped
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=_CONNECT,
        read_timeout=_READ,
        retries={"total_max_attempts": 1},
        # As of span_export's session: an endpoint of one's own is beside us.
        proxies={} if endpoint else None,
    )
    session = boto3.session.Session(region_name=region)
    made: CloudWatchLogsClient = session.client("logs", config=config)
    return made
