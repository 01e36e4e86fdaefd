"""The saved queries of Logs Insights: a file each in deploy/aws/queries.

`make logs-query` reads them too. The first line is a comment that says what the query answers.
"""

from pathlib import Path

from deploy.aws.builder.names import Resource, Resources, camel, log_group, ref, sub

FOLDER = Path(__file__).resolve().parents[1] / "queries"
# Where a line of both services would count one thing twice: ml's lines have the user's id too.
OF_THE_API = {"causes", "users"}


def resources() -> Resources:
    """Return a definition for each file."""
    return {f"{camel(file.stem)}Query": definition(file) for file in sorted(FOLDER.glob("*.logs"))}


def definition(file: Path) -> Resource:
    """Return a saved query on the services' log groups."""
    services = ("api",) if file.stem in OF_THE_API else ("api", "ml")
    return {
        "Type": "AWS::Logs::QueryDefinition",
        "Properties": {
            "Name": sub(f"${{Project}}/{file.stem}"),
            "LogGroupNames": [ref(log_group(service)) for service in services],
            "QueryString": file.read_text("utf-8"),
        },
    }
