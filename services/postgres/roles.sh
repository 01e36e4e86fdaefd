#!/bin/bash
# Runs once, when the database's folder is empty: the API's role with a database of its own, and the
# exporter's, which may read statistics and nothing else. Passwords come from files, through psql's
# variables, so that no command line shows them.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --quiet --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\set api_password `cat /run/secrets/api_database_password`
\set exporter_password `cat /run/secrets/exporter_database_password`
CREATE ROLE api LOGIN PASSWORD :'api_password';
CREATE DATABASE api OWNER api;
CREATE ROLE exporter LOGIN PASSWORD :'exporter_password' IN ROLE pg_monitor;
REVOKE CONNECT ON DATABASE api FROM PUBLIC;
GRANT CONNECT ON DATABASE api TO api, exporter;
SQL
