#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Usage: tests/vm/run.sh STAGE PACKAGES
# Boots a Debian 12 of our own with systemd and cgroup v2 and runs guest.sh there: the packages of the folder PACKAGES are
# installed, upgraded to from an earlier capid and purged, and the service is tried with what STAGE holds (probes/,
# tests/sandbox_driver). Ends non-zero where anything failed. As root; asks nothing. The machine's image is kept under build/vm:
# remove that for newer packages.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
stage=$(cd "$1" && pwd)
packages=$(cd "$2" && pwd)
"$top/packaging/install.sh" qemu-system-x86 e2fsprogs

readonly most_seconds=900
work=$(mktemp -d /var/tmp/capid-vm.XXXXXX)
machine=
trap '[ -z "$machine" ] || kill "$machine" 2>/dev/null || true; rm -rf "$work"' EXIT

say() { printf 'vm: %s\n' "$*"; }

image=$top/build/vm/$(sha256sum "$top/tests/vm/image.sh" | cut -c1-16)
if [ ! -e "$image/root.img" ]; then
  say "making the machine's image"
  rm -rf "$top/build/vm" && mkdir -p "$top/build/vm"
  "$top/tests/vm/image.sh" "$image.new" >"$work/image.log" 2>&1 || { cat "$work/image.log"; exit 1; }
  mv "$image.new" "$image"
fi

# The earlier capid in a package of today, so that what differs is the program and what it leaves in its folder.
make_earlier() {
  local program
  program=$("$top/tests/vm/earlier.sh")
  "$top/packaging/package.sh" --program "$program" --version 0.1.0~earlier --out "$work/earlier" \
    -- -G DEB -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip >/dev/null
}

make_payload() {
  mkdir -p "$work/payload/tests" "$work/payload/packages" "$work/payload/stage/tests"
  cp "$packages"/capid_*.deb "$work/payload/packages/capid.deb"
  cp "$packages"/capid-*.tar.gz "$work/payload/packages/capid.tar.gz"
  cp "$work/earlier/"*.deb "$work/payload/packages/earlier.deb"
  ln -s /usr/bin/capid "$work/payload/stage/capid"   # what the package installs
  cp -r "$stage/probes" "$work/payload/stage/"
  cp "$stage/tests/sandbox_driver" "$work/payload/stage/tests/"
  cp -r "$top/tests/"{e2e,support,vm} "$work/payload/tests/"
  chmod -R a+rX "$work/payload"
  mke2fs -q -t ext4 -O ^has_journal -d "$work/payload" "$work/payload.img" 200M
}

qemu=(
  qemu-system-x86_64 -cpu max -smp 2 -m 2560 -nodefaults -no-user-config -display none -no-reboot -kernel "$image/vmlinuz"
)

# A kernel that finds no root panics and ends within a second, unless /dev/kvm promises more than it keeps: nested in another
# machine it may be there and run nothing.
kvm_works() {
  [ -w /dev/kvm ] && timeout 10 "${qemu[@]}" -accel kvm -append 'panic=-1' </dev/null >/dev/null 2>&1
}

make_earlier
make_payload
accelerator=tcg,thread=multi
if kvm_works; then accelerator=kvm; fi
say "booting it ($accelerator)"
: >"$work/results"
# Nothing is written to the image, and no disk is waited for.
timeout "$most_seconds" "${qemu[@]}" -accel "$accelerator" -initrd "$image/initrd" \
  -append 'root=/dev/vda rw console=ttyS0 quiet panic=-1 mitigations=off systemd.show_status=0' \
  -drive "file=$image/root.img,format=raw,if=virtio,snapshot=on,cache=unsafe" \
  -drive "file=$work/payload.img,format=raw,if=virtio,readonly=on" \
  -serial "file:$work/console" -serial "file:$work/results" </dev/null &
machine=$!
tail -f --pid="$machine" "$work/results"
wait "$machine" || { cat "$work/console"; say "the machine ended with an error, or took more than $most_seconds s"; exit 1; }
machine=
if [ "$(tr -d '\r' <"$work/results" | tail -n 1)" != "outcome: 0" ]; then
  tail -n 30 "$work/console"
  say "something failed in the machine"
  exit 1
fi
