#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Usage: packaging/package.sh [--program FILE] [--version VERSION] [--out FOLDER] [-- OPTION...]
# Makes the packages of build/release/capid, or of another program, in FOLDER (build/packages): capid_VERSION_ARCH.deb, and
# capid-VERSION-linux-ARCH.tar.gz with an install script. Further options are cpack's, such as
# -G DEB or -D CPACK_PACKAGE_CONTACT='NAME <ADDRESS>'. The build must be configured; builds nothing but the packages.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
config=$top/build/release/CPackConfig.cmake
program=$top/build/release/capid
out=$top/build/packages
version=

fail() { printf 'package: %s\n' "$*" >&2; exit 1; }

while [ $# != 0 ]; do
  if [ "$1" = -- ]; then shift; break; fi
  [ $# -ge 2 ] || fail "what is $1?"
  case $1 in
    --program) program=$(realpath "$2") ;;
    --version) version=$2 ;;
    --out) out=$(realpath -m "$2") ;;
    *) fail "what is $1?" ;;
  esac
  shift 2
done
if [ ! -e "$config" ] || [ ! -x "$program" ]; then
  fail "build it first: packaging/build-deps.sh && cmake --preset release && cmake --build --preset release --target capid"
fi
: "${version:=$("$program" version | cut -d' ' -f2)}"

# What was built from one commit is the same whenever it is packed.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cpack --config "$config" -B "$work/packages" -D CPACK_OUTPUT_FILE_PREFIX="$work/packages" \
  -D CPACK_PACKAGE_VERSION="$version" -D CPACK_CAPID_PROGRAM="$program" "$@" >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; fail "cpack failed"; }
sed -n 's/^\(tree: .*\)/\1/p' "$work/log" >&2
mkdir -p "$out"
for made in "$work"/packages/capid[-_]*.*; do
  mv "$made" "$out/"
  printf '%s\n' "$out/${made##*/}"
done
