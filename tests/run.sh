#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds, runs every test. Asks nothing; safe to run again; ends with a non-zero status where
# anything failed. As root, since the tests start capid as root and as an ordinary user.
#
# `tests/run.sh tsan` runs the tests of what happens at the same time under the thread sanitizer instead, which takes as long as
# half of all the rest: for a change of threads, and before a release.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
[ "$(id -u)" = 0 ] || exec sudo -E "$0" "$@"
umask 022

packages=(
  python3 python3-pytest python3-requests python3-jsonschema bubblewrap strace curl procps util-linux openssl wrk webhook
)
command -v npm >/dev/null || packages+=(nodejs npm)
python=/usr/bin/python3

say() { printf '\n== %d:%02d %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"; }

# The ordinary user must be able to reach the programs that were built; a clone may lie where nobody else may look.
stage=$(mktemp -d /var/tmp/capid-stage.XXXXXX)
building=
trap 'kill $(jobs -p) 2>/dev/null || true; wait || true; rm -rf "$stage"' EXIT
chmod 755 "$stage"

stage_build() {
  mkdir -p "$stage/$1/tests"
  cp "build/$1/capid" "$stage/$1/"
  cp "build/$1/tests/"{sandbox_driver,sandbox_bench,bare_httplib} "$stage/$1/tests/"
  cp -r "build/$1/probes" "$stage/$1/"
  chmod -R a+rX "$stage/$1"
}

# build PRESET TARGET...
build() {
  cmake --preset "$1" >/dev/null
  cmake --build --preset "$1" --target "${@:2}"
  stage_build "$1"
}

# Tests wait more than they work: the next build goes on behind them, and takes what they leave.
begin_build() {
  say "Building $1 behind what follows"
  cmake --preset "$1" >/dev/null
  nice -n 19 ninja -C "build/$1" "${@:2}" >"$stage/$1.log" 2>&1 &
  building=$!
}

await_build() {
  say "Waiting for the build of $1"
  wait "$building" || { cat "$stage/$1.log"; exit 1; }
  building=
  stage_build "$1"
}

# pytest PRESET ARGUMENT...: against the programs of that build
pytest() { CAPID_BUILD="$stage/$1" "$python" -m pytest -q -p no:cacheprovider "${@:2}"; }

# A sanitized build takes several times as long; deadlines stretch with it. Run there is what reads what others send, or what goes
# on at the same time. ASan keeps freed memory for a while, of which there shall be little. Arguments: the preset, and the tests
# beside those of crashes.
sanitized() {
  ASAN_OPTIONS=quarantine_size_mb=8 CAPID_PATIENCE=6 CAPID_CRASH_ROUNDS=5 pytest "$1" "${@:2}" tests/crash/test_crash.py
}

say "Installing what the build and the tests need"
packaging/build-deps.sh
packaging/install.sh "${packages[@]}"
for package in tests/openapi tests/standardwebhooks; do npm ci --prefix "$package" --ignore-scripts --silent; done
# The agents' CLIs, 800 MB, come in behind the build. Claude Code's script puts the program into its place.
{ npm ci --prefix tests/clis --ignore-scripts --silent && (cd tests/clis/node_modules/@anthropic-ai/claude-code && node install.cjs); } \
  >"$stage/clis.log" 2>&1 &
clis=$!

if [ "${1:-}" = tsan ]; then
  say "Building tsan"
  build tsan all
  say "Unit and end-to-end tests under tsan"
  build/tsan/tests/capid_tests
  # Only where threads meet: what reads and refuses requests has one each, and what makes and confines a sandbox has one.
  sanitized tsan tests/e2e/test_{cancel,egress,gateway,idempotency,run,webhook_receivers}.py
  say "Everything passed"
  exit
fi

say "Building the release"
build release driven_programs   # the unit tests run below, in a build that sees more
begin_build asan-ubsan all

wait "$clis" || { cat "$stage/clis.log"; exit 1; }
say "Style: who includes whom, and what the tree may hold"
pytest release tests/style

say "End-to-end tests"
CAPID_PATIENCE=2 pytest release tests/e2e

say "Crash test"
CAPID_PATIENCE=2 CAPID_CRASH_ROUNDS=40 pytest release -s tests/crash

await_build asan-ubsan   # what is measured has the machine to itself

say "Thousands of runs, two hundred hostile ones at once, and the bill of two hundred"
CAPID_PATIENCE=2 CAPID_ENDURANCE_RUNS=4000 CAPID_LEDGER_RUNS=200 pytest release tests/endurance   # by hand: 10,000, and 1,000

say "What a sandbox costs"
"$stage/release/tests/sandbox_bench" 300   # drops root itself, once its cgroups are made

say "What runs, deliveries and models' calls take"   # the other sections of the bench by hand
CAPID_BUILD="$stage/release" "$python" tests/bench/api_bench.py --quick --section runs --section webhooks --section gateway

say "The service, in a machine of its own"
tests/vm/run.sh "$stage/release"

say "Unit and end-to-end tests under asan-ubsan"
build/asan-ubsan/tests/capid_tests
sanitized asan-ubsan \
  tests/e2e/test_{bad_input,egress,gateway,gateway_trouble,run,transcripts,webhook_guard}.py

say "Everything passed"
