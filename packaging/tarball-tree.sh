#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Usage: packaging/tarball-tree.sh PROGRAM FOLDER
# Lays out in FOLDER what the tarball holds. Called by cpack.
set -euo pipefail

program=$1 root=${2%/}
# shellcheck source-path=SCRIPTDIR source=tree-common.bash
. "$(dirname "$0")/tree-common.bash"

put 755 "$program" "$root/bin/capid"
put 755 "$packaging/tarball/install" "$root/install.sh"
put 644 "$packaging/tarball/README" "$root/README"
put 644 "$top/systemd/capid.service" "$root/systemd/capid.service"
put 644 "$top/systemd/capid.sysusers" "$root/systemd/capid.conf"
put 644 "$packaging/apparmor" "$root/apparmor"
config "$root/config.yaml" 600
examples "$root/apps"
completions "$root/completions/capid" "$root/completions/_capid" "$root/completions/capid.fish"
manual "$root/man/capid.1.gz"

put 644 "$top/LICENSE" "$root/licences/Apache-2.0"
put 644 "$packaging/copyright" "$root/licences/copyright"
for licence in LGPL-2.1 GPL-3; do put 644 "/usr/share/common-licenses/$licence" "$root/licences/$licence"; done
finish "$root"
