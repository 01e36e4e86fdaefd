"""The same question, asked of CloudWatch Logs Insights itself.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html and
API_GetQueryResults.html. Needs boto3, credentials and a region as for any other AWS client.
"""

import ipaddress
import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from deploy.aws.insights.engine import Result
from deploy.aws.insights.errors import InsightsError, Place, QueryError
from deploy.aws.insights.window import Window

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

PREFIX = "/sre-reference"
# A query that isn't ready is asked after this often.
_POLL_SECONDS = 0.5
_RUNNING = frozenset({"Scheduled", "Running", "Unknown"})


def client() -> "CloudWatchLogsClient":
    """Return a client of CloudWatch Logs.

    Raises InsightsError without a region, or where the address is a stand-in that knows no queries.
    """
    try:
        # boto3 itself reads AWS_DEFAULT_REGION alone.
        made: CloudWatchLogsClient = boto3.client("logs", region_name=os.environ.get("AWS_REGION"))
    except NoRegionError:
        raise InsightsError("there is no AWS region: set AWS_REGION=ap-northeast-1") from None
    host = urlsplit(made.meta.endpoint_url).hostname or ""
    if _is_local(host):
        message = (
            f"AWS_ENDPOINT_URL is {made.meta.endpoint_url}: moto ignores `filter` and `stats` and "
            "would answer wrongly. Unset it to ask CloudWatch, or leave out AWS=1"
        )
        raise InsightsError(message)
    return made


def _is_local(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(".localhost")


def ask(  # noqa: PLR0913 - tests replace the client, the clock and the screen
    logs: "CloudWatchLogsClient",
    text: str,
    services: Sequence[str],
    window: Window,
    *,
    progress: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Result, str]:
    """Return CloudWatch's answer and a sentence on what it cost.

    Raises QueryError where CloudWatch cannot read the query, InsightsError for everything else.
    """
    groups = [f"{PREFIX}/{service}" for service in services]
    try:
        started = logs.start_query(
            logGroupNames=groups,
            # Whole seconds, both ends included.
            startTime=window.start // 1000,
            endTime=window.end // 1000,
            queryString=text,
        )
        found = _finished(logs, started["queryId"], progress, sleep)
    except NoCredentialsError:
        message = "there are no AWS credentials: `aws configure`, or set AWS_PROFILE"
        raise InsightsError(message) from None
    except ClientError as error:
        raise _explained(error, groups) from error
    except BotoCoreError as error:
        raise InsightsError(f"CloudWatch does not answer: {error}") from error
    return _result(found["results"]), _cost(found.get("statistics", {}))


def _finished(
    logs: "CloudWatchLogsClient",
    query: str,
    progress: Callable[[str], None],
    sleep: Callable[[float], None],
) -> Any:  # noqa: ANN401 - botocore's own shape
    """Poll until the query is over; an interruption stops it there too, as it costs by the byte."""
    try:
        while True:
            found = logs.get_query_results(queryId=query)
            status = found["status"]
            if status == "Complete":
                return found
            if status not in _RUNNING:
                raise InsightsError(f"CloudWatch ended the query: {status}")
            progress(f"{status}: {_cost(found.get('statistics', {}))}")
            sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        logs.stop_query(queryId=query)
        raise


def _result(found: Any) -> Result:  # noqa: ANN401 - botocore's own shape
    rows = [{cell["field"]: cell.get("value") for cell in row} for row in found]
    # @ptr leads to the whole event, and means nothing to a person.
    columns = [
        name for name in dict.fromkeys(name for row in rows for name in row) if name != "@ptr"
    ]
    return Result(columns, [[row.get(name) for name in columns] for row in rows])


def _cost(statistics: Any) -> str:  # noqa: ANN401 - botocore's own shape
    matched, scanned = statistics.get("recordsMatched", 0), statistics.get("recordsScanned", 0)
    size = statistics.get("bytesScanned", 0) / 1e6
    return f"{matched:,.0f} of {scanned:,.0f} events match, {size:,.1f} MB scanned"


def _explained(error: ClientError, groups: list[str]) -> InsightsError:
    """Return CloudWatch's refusal in words that say what to do."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code == "MalformedQueryException":
        compiled: Any = error.response.get("queryCompileError", {})
        location = compiled.get("location", {})
        start = int(location.get("startCharOffset", 0))
        end = int(location.get("endCharOffset", start + 1))
        return QueryError(f"CloudWatch says: {compiled.get('message', message)}", Place(start, end))
    if code == "ResourceNotFoundException":
        missing = f"a log group of {', '.join(groups)} is missing: {message}"
        return InsightsError(f"{missing} Is the template deployed in this region?")
    if code in {"UnrecognizedClientException", "ExpiredTokenException", "AccessDeniedException"}:
        return InsightsError(f"these AWS credentials do not do: {message}")
    return InsightsError(f"CloudWatch refuses: {code}: {message}")
