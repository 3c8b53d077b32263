#!/usr/bin/env bash
# Installs the programs that tests talk to. Quiet and quick when they are there.
set -euo pipefail

missing=()
need() { command -v "$1" > /dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
need curl curl
need nginx nginx
need haproxy haproxy
need wrk wrk
need h2load nghttp2-client
need openssl openssl
need chromium chromium
need certutil libnss3-tools
need redis-server redis-server
need strace strace
need nc netcat-openbsd
need pebble pebble
need nghttp nghttp2-client
need node nodejs
need npm npm
need dig bind9-dnsutils
need dnsmasq dnsmasq-base
# What takes longer needs more.
if [ -n "${WEIR_SOAK:-}" ]; then need testssl testssl.sh; fi

# Programs of Node, in the versions that their lock file names.
packages() {
    local folder
    folder="$(dirname "$0")/../tests/Weir.Scenarios/node"
    if command -v npm > /dev/null 2>&1 && [ "$folder/package-lock.json" -nt "$folder/node_modules/.installed" ]; then
        echo "installing the packages of $(basename "$folder")"
        if (cd "$folder" && npm ci --no-audit --no-fund --silent); then touch "$folder/node_modules/.installed"; else echo "npm ci failed: its tests are skipped" >&2; fi
    fi
}

if [ ${#missing[@]} -eq 0 ]; then packages; exit 0; fi
if ! command -v apt-get > /dev/null 2>&1; then
    echo "tests need: ${missing[*]} (install them with your package manager; tests that miss one are skipped)" >&2
    exit 0
fi

echo "installing ${missing[*]}"
run() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
export DEBIAN_FRONTEND=noninteractive
run apt-get update -qq
run apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
packages
