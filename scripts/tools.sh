#!/bin/sh
# Sees to the programs that the tests use. Debian packages are installed when
# this runs as root; otherwise what is missing is named, and the tests that
# need it say that they skip.
set -eu

missing=
need() { # PROGRAM PACKAGE
	PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need gcc gcc
need stenographer stenographer
need stenotype stenographer
need stenocurl stenographer-client
need tcpreplay tcpreplay
need tshark tshark
need tcpdump tcpdump
need ip iproute2
need openssl openssl
need sshd openssh-server
need ssh-keygen openssh-client
need lz4 lz4
need zstd zstd
need curl curl
need jq jq
need chromium chromium
need node nodejs
need npm npm
[ -e /usr/include/stdlib.h ] || missing="$missing libc6-dev"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
	echo "missing, and not installed because that takes root and apt-get:$missing" >&2
	exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing
