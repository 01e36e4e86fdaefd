"""What a span says of a statement and of the database that runs it, and nothing of its values.

https://opentelemetry.io/docs/specs/semconv/database/database-spans/
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from opentelemetry.semconv.attributes.db_attributes import (
    DB_COLLECTION_NAME,
    DB_NAMESPACE,
    DB_OPERATION_NAME,
    DB_QUERY_SUMMARY,
    DB_SYSTEM_NAME,
    DbSystemNameValues,
)
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT

# Ours all are one operation on one table, whose name comes after the first of these words.
_STATEMENT = re.compile(r"\s*(\w+)(?:.*?\b(?:FROM|INTO)\s+(\w+))?", re.DOTALL)
_DEFAULT_PORT = 5432


def place(url: str) -> dict[str, str | int]:
    """Return the attributes that all statements of a database have in common."""
    parts = urlsplit(url)
    return {
        DB_SYSTEM_NAME: DbSystemNameValues.POSTGRESQL.value,
        DB_NAMESPACE: parts.path.lstrip("/"),
        SERVER_ADDRESS: parts.hostname or "",
        SERVER_PORT: parts.port or _DEFAULT_PORT,
    }


@lru_cache
def described(query: str) -> tuple[str, dict[str, str]]:
    """Return a span's name and attributes for a statement: `SELECT predictions`."""
    found = _STATEMENT.match(query)
    operation, table = found.groups() if found else ("", None)
    name = " ".join(filter(None, [operation.upper(), table]))
    said = {DB_OPERATION_NAME: operation.upper(), DB_QUERY_SUMMARY: name}
    if table is not None:
        said[DB_COLLECTION_NAME] = table
    return name, said
