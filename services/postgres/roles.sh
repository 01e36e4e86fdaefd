#!/bin/bash
# The API's role with a database of its own, and the exporter's, which may read statistics and
# nothing else, also when clients have taken all connections but the reserved ones. Runs when the
# database's folder is empty; run again, it sets the passwords anew. They come from files through
# psql's variables, so that no command line shows them.
set -euo pipefail

for secret in api_database_password exporter_database_password; do
    # psql would take a file that it can't read for an empty password.
    [ -s "/run/secrets/$secret" ] || { echo "roles.sh: /run/secrets/$secret is missing" >&2; exit 1; }
done

psql --no-psqlrc --set=ON_ERROR_STOP=1 --quiet --username="${POSTGRES_USER:-postgres}" \
    --dbname=postgres <<'SQL'
\set api_password `cat /run/secrets/api_database_password`
\set exporter_password `cat /run/secrets/exporter_database_password`
-- The server's log repeats a statement that fails, and with it a password.
SET log_statement = none;
SET log_min_error_statement = panic;

SELECT 'CREATE ROLE api' WHERE to_regrole('api') IS NULL \gexec
ALTER ROLE api LOGIN PASSWORD :'api_password';
SELECT 'CREATE DATABASE api OWNER api'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'api') \gexec

SELECT 'CREATE ROLE exporter' WHERE to_regrole('exporter') IS NULL \gexec
ALTER ROLE exporter LOGIN PASSWORD :'exporter_password';
GRANT pg_monitor, pg_use_reserved_connections TO exporter;

REVOKE CONNECT ON DATABASE api FROM PUBLIC;
GRANT CONNECT ON DATABASE api TO api, exporter;
SQL
