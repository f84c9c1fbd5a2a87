#!/usr/bin/env bash
# A Docker Engine in namespaces of its own, where none runs (Linux, root, Debian's docker.io):
#   deploy/engine.sh shared COMMAND…   on the machine's network, whose rules it leaves alone: to build
#   deploy/engine.sh alone COMMAND…    with a network of its own, published ports too: to run
#   deploy/engine.sh restart           within COMMAND: the engine is stopped and started again
# Whatever it started ends with COMMAND; images and volumes stay below .tools/engine.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$PWD/.tools/engine
run=/run/triskel-engine
export DOCKER_HOST=unix://$run/docker.sock

start() {
  local network=()
  [ "$TRISKEL_ENGINE" = alone ] || network=(--bridge=none --iptables=false --ip-forward=false --ip-masq=false)
  setsid dockerd --host="$DOCKER_HOST" --data-root="$data" --exec-root="$run" --pidfile="$run/docker.pid" \
    "${network[@]}" >> "$data/engine.log" 2>&1 &
  until docker info >/dev/null 2>&1; do
    kill -0 $! 2>/dev/null || { echo "the engine did not start: see .tools/engine/engine.log" >&2; exit 1; }
    sleep 0.2
  done
}

stop() {
  local engine
  engine=$(cat "$run/docker.pid")
  kill "$engine"
  while kill -0 "$engine" 2>/dev/null; do sleep 0.2; done
}

case $1 in
  shared | alone)
    mkdir -p "$data" "$run"
    rm -f "$run"/docker.pid "$run"/docker.sock
    export TRISKEL_ENGINE=$1
    network=()
    [ "$1" = shared ] || network=(--net)
    shift
    # the command is the first process in there: what it leaves behind ends with it
    exec unshare --mount --pid --uts --ipc "${network[@]}" --fork --mount-proc --kill-child "$0" inside "$@"
    ;;
  inside)
    shift
    ip link set lo up
    export TRISKEL_RESTART_ENGINE="$PWD/deploy/engine.sh restart"
    start
    status=0
    "$@" || status=$?
    stop
    exit $status
    ;;
  restart) stop; start ;;
esac
