"""A subsegment's `sql`: what was asked of a database.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-sql
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from deploy.aws.standin.collector.attributes import Value, text

# The exporter reads the names from before the conventions were stable; the stable ones
# (db.system.name, db.query.text, db.namespace) become metadata. A span needs both.
KEYS = {"db.system", "db.name", "db.statement", "db.user", "db.connection_string"}

_SYSTEMS = {
    "postgresql",
    "mysql",
    "mariadb",
    "sqlite",
    "mssql",
    "oracle",
    "db2",
    "derby",
    "hive",
} | {
    "teradata",
    "other_sql",
}


def sql_block(found: Mapping[str, Value], span_name: str) -> dict[str, str] | None:
    """Return the block for a span's attributes, None where no SQL database was asked."""
    if text(found, "db.system") not in _SYSTEMS:
        return None
    server = text(found, "db.connection_string") or "localhost"
    block = {
        # The exporter's choice: a connection's address would tell nobody anything.
        "url": span_name,
        "connection_string": f"{server}/{text(found, 'db.name')}",
        "database_type": text(found, "db.system"),
        "user": text(found, "db.user"),
        "sanitized_query": text(found, "db.statement"),
    }
    return {key: value for key, value in block.items() if value}


def database_name(found: Mapping[str, Value]) -> str:
    """Return X-Ray's name for a database, `name@host`; empty where no attribute names one."""
    name = text(found, "db.name")
    try:
        host = urlsplit(text(found, "db.connection_string").removeprefix("jdbc:")).hostname
    except ValueError:
        host = None
    return f"{name}@{host}" if name and host else name
