#!/bin/bash
# As the official image documents: a first start makes the cluster with POSTGRES_USER, POSTGRES_PASSWORD
# and POSTGRES_DB, and runs what lies in /docker-entrypoint-initdb.d; later starts only serve.
set -euo pipefail
[ "${1:0:1}" != - ] || set -- postgres "$@"
if [ "$(id -u)" = 0 ]; then
  install -d -m 700 -o postgres -g postgres "$PGDATA"
  exec gosu postgres "$0" "$@"
fi
export POSTGRES_USER="${POSTGRES_USER:-postgres}"
export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 \
    --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:?must be set at the first start}") >/dev/null
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  pg_ctl start --wait --silent --options="-c listen_addresses='' -c unix_socket_directories=/tmp"
  export PGHOST=/tmp
  [ "$POSTGRES_DB" = postgres ] || createdb --username="$POSTGRES_USER" --maintenance-db=postgres "$POSTGRES_DB"
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) bash "$file" ;;
      *.sql) psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --file="$file" ;;
    esac
  done
  pg_ctl stop --wait --silent --mode=fast
fi
exec "$@" -c listen_addresses='*' -c unix_socket_directories=/tmp
