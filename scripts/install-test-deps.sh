#!/usr/bin/env bash
# Installs the programs that tests talk to. Quiet and quick when they are there.
set -euo pipefail

missing=()
need() { command -v "$1" > /dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
need curl curl
need nginx nginx
need haproxy haproxy
need wrk wrk
need openssl openssl
need chromium chromium
need certutil libnss3-tools
need redis-server redis-server
need strace strace
need nc netcat-openbsd
need pebble pebble
need dig bind9-dnsutils
need dnsmasq dnsmasq-base
# What takes longer needs more.
if [ -n "${WEIR_SOAK:-}" ]; then need testssl testssl.sh; fi

if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
if ! command -v apt-get > /dev/null 2>&1; then
    echo "tests need: ${missing[*]} (install them with your package manager; tests that miss one are skipped)" >&2
    exit 0
fi

echo "installing ${missing[*]}"
run() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
export DEBIAN_FRONTEND=noninteractive
run apt-get update -qq
run apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
