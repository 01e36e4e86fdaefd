#!/bin/bash
# The part of the upstream image's entrypoint that this stack uses: on an empty data folder create
# the cluster, set the superuser's password from a file, run /docker-entrypoint-initdb.d/*.sh, and
# then become the server.
set -Eeuo pipefail

if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD_FILE:?name the file that holds the password of the superuser}"
    initdb --username="${POSTGRES_USER:-postgres}" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --encoding=UTF8 --auth-local=trust --auth-host=scram-sha-256 --no-instructions
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    # Reachable through the socket alone until the roles exist.
    pg_ctl --wait --silent --options="-c listen_addresses=''" start
    for script in /docker-entrypoint-initdb.d/*.sh; do
        [ -e "$script" ] || continue
        echo "running $script"
        bash "$script"
    done
    pg_ctl --wait --silent --mode=fast stop
fi
[ "${1:-}" != postgres ] || set -- "$@" -c listen_addresses='*'
exec "$@"
