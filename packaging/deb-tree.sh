#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Usage: packaging/deb-tree.sh PROGRAM FOLDER
# Lays out below FOLDER what the .deb installs. Called by cpack.
set -euo pipefail

program=$1 root=${2%/}
# shellcheck source-path=SCRIPTDIR source=tree-common.bash
. "$(dirname "$0")/tree-common.bash"
share=$root/usr/share
doc=$share/doc/capid

put 755 "$program" "$root/usr/bin/capid"
put 644 "$top/systemd/capid.service" "$root/usr/lib/systemd/system/capid.service"
put 644 "$top/systemd/capid.sysusers" "$root/usr/lib/sysusers.d/capid.conf"
put 644 "$packaging/apparmor" "$share/capid/apparmor"
config "$root/etc/capid/config.yaml" 600
install -d -m 700 "$root/etc/capid/keys"

put 644 "$packaging/copyright" "$doc/copyright"
put 644 "$packaging/deb/README.Debian" "$doc/README.Debian"
gzip -9n <"$packaging/deb/changelog" >"$doc/changelog.Debian.gz"
put 644 "$packaging/deb/lintian-overrides" "$share/lintian/overrides/capid"
examples "$doc/examples/apps"
completions "$share/bash-completion/completions/capid" "$share/zsh/vendor-completions/_capid" \
  "$share/fish/vendor_completions.d/capid.fish"
manual "$share/man/man1/capid.1.gz"
finish "$root"
