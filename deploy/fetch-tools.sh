#!/usr/bin/env bash
# What tests of deployment files need, into .tools (nothing is installed): the machine's own where it has
# them, else Debian's promtool and Prometheus server, and kustomize where Go is at hand. The tests of what
# cannot be had are skipped, aloud.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

download() { (cd "$scratch" && apt-get download prometheus) >/dev/null 2>&1; }
if ! { command -v promtool && command -v prometheus || [ -x .tools/usr/bin/promtool ]; } >/dev/null; then
  echo "fetching Debian's prometheus package into .tools"
  if download || { [ "$(id -u)" = 0 ] && apt-get update -qq >/dev/null 2>&1 && download; }; then
    dpkg -x "$scratch"/prometheus_*.deb .tools
  else
    echo "no promtool, and no Debian package to be had: the tests of alert rules will be skipped" >&2
  fi
fi

if command -v go >/dev/null && ! command -v kustomize >/dev/null && [ ! -x .tools/bin/kustomize ]; then
  echo "fetching kustomize into .tools"
  GOBIN=$PWD/.tools/bin CGO_ENABLED=0 go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.0 2>/dev/null \
    || echo "no kustomize to be had: its tests will be skipped" >&2
fi
touch .tools/.ready
