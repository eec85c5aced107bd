#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Usage: tests/vm/earlier.sh
# Builds the capid of an earlier commit, whose database is of an earlier schema, for the test of an upgrade. Prints where it is.
# Not optimised, since it serves but a few runs; kept under build/earlier, so that it is built once in a clone.
set -euo pipefail

# The first that systemd could start and stop. Its database is of schema 3.
readonly commit=5c3420fb3e8bf4c2a6a72053409b84c787211f5c

top=$(cd "$(dirname "$0")/../.." && pwd)
kept=$top/build/earlier/$commit/capid

say() { printf 'earlier: %s\n' "$*" >&2; }

if [ ! -x "$kept" ]; then
  git -C "$top" cat-file -e "$commit^{commit}" 2>/dev/null || {
    say "commit $commit is not in this clone; a shallow one takes: git fetch --unshallow"
    exit 1
  }
  work=$(mktemp -d /var/tmp/capid-earlier.XXXXXX)
  trap 'rm -rf "$work"' EXIT
  say "building it"
  mkdir "$work/source"
  git -C "$top" archive "$commit" | tar -x -C "$work/source"
  cmake -S "$work/source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DCAPID_STATIC=ON \
    -DCAPID_HTTPLIB_DIR="$top/build/deps/httplib" >"$work/log"
  cmake --build "$work/build" --target capid >>"$work/log" || { cat "$work/log" >&2; exit 1; }
  mkdir -p "${kept%/*}"
  strip -o "$kept.new" "$work/build/capid"
  mv "$kept.new" "$kept"
fi
printf '%s\n' "$kept"
