#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Usage: packaging/install.sh PACKAGE...
# Installs those of Debian's packages that are missing; asks nothing, and does nothing where all are there.
set -euo pipefail

missing=()
for package in "$@"; do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} = 0 ] && exit

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "install: ${missing[*]} are missing, and installing needs root: run this as root once, or install sudo" >&2; exit 1; }
  as_root=(sudo)
fi
echo "install: ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
