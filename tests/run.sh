#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds, runs every test. Asks nothing; safe to run again; ends with a non-zero status where
# anything failed. As root, since the tests start capid as root and as an ordinary user.
#
# `tests/run.sh asan-ubsan` and `tests/run.sh tsan` run what the sanitizers are for instead: each takes about as long as all the
# rest, so they are for a change of what they look at, and before a release.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
[ "$(id -u)" = 0 ] || exec sudo -E "$0" "$@"
umask 022

packages=(
  zsh fish bash-completion mandoc man-db groff python3 python3-pytest python3-pytest-xdist python3-requests python3-jsonschema bubblewrap strace curl procps util-linux openssl wrk webhook chromium
  lintian shellcheck clang llvm
)
command -v npm >/dev/null || packages+=(nodejs npm)
python=/usr/bin/python3

say() { printf '\n== %d:%02d %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"; }

# The ordinary user must be able to reach the programs that were built; a clone may lie where nobody else may look.
stage=$(mktemp -d /var/tmp/capid-stage.XXXXXX)
trap 'kill $(jobs -p) 2>/dev/null || true; wait || true; rm -rf "$stage"' EXIT
chmod 755 "$stage"

stage_build() {
  mkdir -p "$stage/$1/tests"
  cp "build/$1/capid" "$stage/$1/"
  cp "build/$1/tests/"{sandbox_driver,power_loss_capid,sandbox_bench,bare_httplib} "$stage/$1/tests/"
  cp -r "build/$1/probes" "$stage/$1/"
  chmod -R a+rX "$stage/$1"
}

# build PRESET TARGET...
build() {
  cmake --preset "$1" >/dev/null
  cmake --build --preset "$1" --target "${@:2}"
  stage_build "$1"
}

# pytest PRESET ARGUMENT...: against the programs of that build
pytest() { CAPID_BUILD="$stage/$1" "$python" -m pytest -q -p no:cacheprovider "${@:2}"; }

# A sanitized build takes several times as long; deadlines stretch with it. Not run there is the one test that needs 4,000 threads.
# ASan keeps freed memory for a while, of which there shall be little. Arguments: the preset, and the tests beside those of crashes.
sanitized() {
  say "Building $1"
  build "$1" all
  say "Unit and end-to-end tests under $1"
  "build/$1/tests/capid_tests"
  ASAN_OPTIONS=quarantine_size_mb=8 CAPID_PATIENCE=6 CAPID_CRASH_ROUNDS=5 pytest "$1" "${@:2}" tests/crash/test_crash.py \
    --deselect tests/e2e/test_connections.py::test_one_connection_too_many_is_told_so
  say "Everything passed"
}

say "Installing what the build and the tests need"
packaging/build-deps.sh
packaging/install.sh "${packages[@]}"
for package in tests/openapi tests/standardwebhooks tests/web; do npm ci --prefix "$package" --ignore-scripts --silent; done
# The agents' CLIs, 800 MB, come in behind the build. Claude Code's script puts the program into its place.
{ npm ci --prefix tests/clis --ignore-scripts --silent && (cd tests/clis/node_modules/@anthropic-ai/claude-code && node install.cjs); } \
  >"$stage/clis.log" 2>&1 &
clis=$!

case "${1:-}" in
  asan-ubsan)   # what reads what others send; not the built-in agent, as no sanitizer has the room that it needs in a sandbox
    sanitized asan-ubsan \
      tests/e2e/test_{bad_input,conformance,connections,egress,egress_secrets,gateway,gateway_trouble,run,transcripts,webhook_guard}.py \
      tests/abuse
    exit
    ;;
  tsan)   # where threads meet: what reads and refuses requests has one each, and what makes and confines a sandbox has one
    sanitized tsan tests/e2e/test_{cancel,egress,gateway,idempotency,run,webhook_receivers}.py
    exit
    ;;
esac

say "Building the release"
build release all

wait "$clis" || { cat "$stage/clis.log"; exit 1; }
say "Style: who includes whom, and what the tree may hold"
pytest release tests/style

say "Unit tests"
build/release/tests/capid_tests

# What later steps need, built from what the tests leave of the processors.
{ nice -n 19 tests/vm/earlier.sh && nice -n 19 tests/fuzz/run.sh --build; } >"$stage/builds.log" 2>&1 &
builds=$!

say "End-to-end tests"
mkdir "$stage/seen"
CAPID_CONTRACT_SEEN=$stage/seen CAPID_PATIENCE=3 pytest release -n 2 --dist loadfile -m "not alone and not after_all_others" tests/e2e
CAPID_CONTRACT_SEEN=$stage/seen CAPID_PATIENCE=2 pytest release -m "alone or after_all_others" tests/e2e

say "The page, in a browser"
CAPID_PATIENCE=2 pytest release tests/web

say "Crashes and power losses"
CAPID_PATIENCE=2 CAPID_CRASH_ROUNDS=40 CAPID_POWER_LOSS_ROUNDS=20 pytest release -s tests/crash   # by hand: 2,000 and 1,000

say "Requests that nobody should send"
CAPID_PATIENCE=2 pytest release -s tests/abuse   # by hand: CAPID_ABUSE_REQUESTS=100000

say "Thousands of runs, two hundred hostile ones at once, and the bill of a thousand"
CAPID_PATIENCE=2 CAPID_ENDURANCE_RUNS=4000 CAPID_LEDGER_RUNS=1000 pytest release tests/endurance   # by hand: 10,000

say "What a sandbox costs"
"$stage/release/tests/sandbox_bench" 300   # drops root itself, once its cgroups are made

say "What runs, deliveries, models' calls and the built-in agent take"   # the other sections of the bench by hand
CAPID_BUILD="$stage/release" "$python" tests/bench/api_bench.py --quick --section runs --section webhooks --section gateway --section agent --section page --section start

say "The packages"
packaging/package.sh --out "$stage/packages"
shellcheck -x packaging/{package,deb-tree,tarball-tree}.sh packaging/deb/{postinst,prerm,postrm} packaging/tarball/install \
  tests/vm/{run,guest,earlier}.sh tests/fuzz/run.sh
lintian --fail-on error "$stage"/packages/*.deb
CAPID_TARBALL=$(echo "$stage"/packages/*.tar.gz) pytest release tests/packaging

say "Fuzzing, briefly"   # by hand for longer: tests/fuzz/run.sh 1440
wait "$builds" || { cat "$stage/builds.log"; exit 1; }
tests/fuzz/run.sh 5

say "The package and its service, in a machine of its own"
tests/vm/run.sh "$stage/release" "$stage/packages"

say "Everything passed"
