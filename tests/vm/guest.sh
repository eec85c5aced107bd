#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs in the machine: tries the package, then all that is tried of the service it installs. The last line is the outcome.
set -euo pipefail

cd /payload
outcome=1
trap 'echo "outcome: $outcome"' EXIT

echo "Linux $(uname -r), $(systemctl --version | head -n 1), booted in $(cut -d' ' -f1 /proc/uptime) s"

export CAPID_STARTED_AS=unit CAPID_BUILD=/payload/stage CAPID_PATIENCE=2 CAPID_SLOWNESS=3 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/payload/tests/vm
tests=(tests/vm/test_service.py tests/e2e/test_acts.py)
[ ! -e tests/e2e/test_limits.py ] || tests+=(tests/e2e/test_limits.py)
# Of doctor, what only this machine has: cgroups of version 2, and systemd.
for name in what_a_report_is nothing_is_left_and_nothing_is_changed the_cgroups_of_a_user_who_never_had_any_are_gone the_unit_is_asked_for_its_own_cgroups; do
  tests+=("tests/e2e/test_doctor.py::test_$name")
done
run_pytest() { python3 -m pytest -q -p no:cacheprovider -p no_skips --color=no --durations=15 "$@" 2>&1; }

# Both are run, whatever comes of the first; that ends with the package installed.
failed=0
run_pytest tests/vm/test_package.py || failed=1
if [ $failed = 1 ]; then
  dpkg --purge --force-all capid 2>&1 || true
  dpkg --install packages/capid.deb 2>&1
fi
run_pytest "${tests[@]}" || failed=1
[ $failed = 0 ] || journalctl --no-pager -o cat -u 'capid*' -n 300
outcome=$failed
