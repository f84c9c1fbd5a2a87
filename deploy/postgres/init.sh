#!/bin/bash
# A database and a role for each service: no service can enter another's.
set -euo pipefail
for service in registry activities notifications metrics; do
  variable="TRISKEL_${service^^}_PASSWORD"
  # psql reads the password from its environment: a command line can be read by everybody
  psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" <<SQL
\\getenv password ${variable}
create role triskel_${service} login password :'password';
create database triskel_${service} owner triskel_${service};
revoke all on database triskel_${service} from public;
SQL
done
