#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Usage: tests/vm/image.sh FOLDER
# Makes a Debian 12 that boots in a few seconds: FOLDER/{vmlinuz,initrd,root.img}, with systemd, AppArmor as every Debian has it,
# Python and what the tests need, and nothing of capid. What it boots into is vm-tests.service below. As root.
set -euo pipefail

folder=$1
here=$(cd "$(dirname "$0")" && pwd)
packages=(linux-image-cloud-amd64 systemd-sysv procps passwd apparmor python3 python3-pytest python3-requests python3-jsonschema)
size=2G   # sparse; what is not Debian is room for the tests' data, and what runs.min_free_disk asks for

"$here/../../packaging/install.sh" mmdebstrap e2fsprogs debian-archive-keyring

work=$(mktemp -d /var/tmp/capid-vm.XXXXXX)
trap 'rm -rf "$work"' EXIT

# The archive that this machine's own apt uses, with its settings (proxy, certificates).
archive() { apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' | sed -n "s/^$1 main //p" | head -n 1; }

sources() {
  local label suite uri
  while read -r label suite; do
    uri=$(archive "$label")
    [ -n "$uri" ] || { echo "image: apt knows no archive of $label: add one to /etc/apt, then run this again" >&2; exit 1; }
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
  done <<SUITES
Debian bookworm
Debian-Security bookworm-security
SUITES
}

sources >"$work/sources"
apt-config dump Acquire >"$work/apt.conf"

# Only what the machine needs to find its root, or the initrd takes longer to unpack than the rest takes to boot.
cat >"$work/initrd.sh" <<'INITRD'
set -e
mkdir -p "$1/etc/initramfs-tools/conf.d"
echo MODULES=list >"$1/etc/initramfs-tools/conf.d/few"
printf '%s\n' virtio_pci virtio_blk ext4 >"$1/etc/initramfs-tools/modules"
INITRD

# The second disk is the payload, and the second serial port is where the tests are heard.
cat >"$work/vm-tests.service" <<'UNIT'
[Unit]
After=multi-user.target
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStartPre=mount -o ro /dev/vdb /payload
ExecStart=bash /payload/tests/vm/guest.sh
StandardOutput=file:/dev/ttyS1
StandardError=inherit
UNIT

# What nobody waits for here. Above all udev: the kernel makes the few device nodes itself, and drivers for what else QEMU
# has take an emulated processor half a minute.
masked=(
  systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket
  systemd-modules-load.service modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@fuse.service
  modprobe@loop.service sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount
  proc-sys-fs-binfmt_misc.automount systemd-binfmt.service systemd-pstore.service systemd-random-seed.service
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-networkd.service systemd-logind.service
  systemd-firstboot.service systemd-repart.service systemd-ask-password-console.path systemd-ask-password-wall.path
  getty.target getty-static.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
  e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer apparmor.service
)

cat >"$work/finish.sh" <<'FINISH'
set -e
root=$1 work=$2
shift 2
system=$root/etc/systemd/system
echo vm >"$root/etc/hostname"
mkdir "$root/payload"
mkdir -p "$root/etc/systemd/journald.conf.d" "$system/multi-user.target.wants"
printf '[Journal]\nStorage=volatile\n' >"$root/etc/systemd/journald.conf.d/volatile.conf"
cp "$work/vm-tests.service" "$system/"
ln -s ../vm-tests.service "$system/multi-user.target.wants/"
ln -sf /lib/systemd/system/multi-user.target "$system/default.target"
sed -i /path-exclude/d "$root"/etc/dpkg/dpkg.cfg.d/*   # of what is installed later, nothing is left out
for unit in "$@"; do ln -sf /dev/null "$system/$unit"; done
FINISH

mmdebstrap --mode=root --variant=essential --aptopt="$work/apt.conf" --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --essential-hook="sh $work/initrd.sh \"\$1\"" --customize-hook="sh $work/finish.sh \"\$1\" $work ${masked[*]}" \
  --include="$(IFS=,; echo "${packages[*]}")" bookworm "$work/root" <"$work/sources"

mkdir -p "$folder"
cp "$work/root/boot/"vmlinuz-* "$folder/vmlinuz"
cp "$work/root/boot/"initrd.img-* "$folder/initrd"
mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -d "$work/root" "$folder/root.img" "$size"
