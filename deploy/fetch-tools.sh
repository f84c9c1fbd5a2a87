#!/usr/bin/env bash
# promtool and a Prometheus server for the tests of alert rules: the machine's own, else Debian's
# package unpacked into .tools (nothing is installed). Without either those tests are skipped, aloud.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools
touch .tools/.ready
if command -v promtool >/dev/null && command -v prometheus >/dev/null; then exit 0; fi
[ -x .tools/usr/bin/promtool ] && exit 0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fetch() { (cd "$scratch" && apt-get download prometheus) >/dev/null 2>&1; }
echo "fetching Debian's prometheus package into .tools"
if fetch || { [ "$(id -u)" = 0 ] && apt-get update -qq >/dev/null 2>&1 && fetch; }; then
  dpkg -x "$scratch"/prometheus_*.deb .tools
else
  echo "no promtool, and no Debian package to be had: the tests of alert rules will be skipped" >&2
fi
