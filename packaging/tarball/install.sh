#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: ./install.sh [--prefix FOLDER] [--uninstall]
# Installs capid below FOLDER (/usr/local), and as a service where systemd runs. As root; asks nothing, and may be run again,
# also by a later version. --uninstall takes the program and the service away; the config and the data stay.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=/usr/local
action=install

say() { printf '%s\n' "$*"; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -ge 2 ] || fail "--prefix takes a folder"; prefix=${2%/}; shift 2 ;;
    --prefix=*) prefix=${1#*=}; prefix=${prefix%/}; shift ;;
    --uninstall) action=uninstall; shift ;;
    -h | --help) sed -n '3,6s/^# //p' "$0"; exit ;;
    *) fail "what is $1? ./install.sh [--prefix FOLDER] [--uninstall]" ;;
  esac
done
case $prefix in *[!A-Za-z0-9/._+-]* | [!/]*) fail "--prefix takes an absolute path without spaces" ;; esac

unit=/etc/systemd/system/capid.service
sysusers=/etc/sysusers.d/capid.conf
profile=/etc/apparmor.d/capid

systemd_runs() { [ -d /run/systemd/system ] && command -v systemctl >/dev/null; }

put() {
  [ -e "$here/$2" ] || return 0
  mkdir -p "$(dirname "$3")"
  # Beside it and over it, so that a running program can be replaced.
  cp "$here/$2" "$3.new" && chmod "$1" "$3.new" && mv "$3.new" "$3"
  say "installed  $3"
}

take() {
  [ -e "$1" ] || return 0
  rm -r "$1"
  say "removed    $1"
}

install_files() {
  put 755 bin/capid "$prefix/bin/capid"
  put 644 man/capid.1.gz "$prefix/share/man/man1/capid.1.gz"
  put 644 completions/capid "$prefix/share/bash-completion/completions/capid"
  put 644 completions/_capid "$prefix/share/zsh/site-functions/_capid"
  put 644 completions/capid.fish "$prefix/share/fish/vendor_completions.d/capid.fish"
  for file in README licences apps; do
    mkdir -p "$prefix/share/doc/capid"
    rm -rf "$prefix/share/doc/capid/$file"
    cp -r "$here/$file" "$prefix/share/doc/capid/"
    say "installed  $prefix/share/doc/capid/$file"
  done
}

install_service() {
  mkdir -p /etc/capid/keys
  chmod 700 /etc/capid/keys
  [ -e /etc/capid/config.yaml ] || put 600 config.yaml /etc/capid/config.yaml
  put 644 systemd/capid.conf "$sysusers"
  systemd-sysusers "$sysusers"
  put 644 systemd/capid.service "$unit"
  sed -i "s|^ExecStart=/usr/bin/capid|ExecStart=$prefix/bin/capid|" "$unit"
  if [ -e /etc/apparmor.d/abi/4.0 ] && [ ! -e "$profile" ]; then
    put 644 apparmor "$profile"
    sed -i "s|/usr/bin/capid|$prefix/bin/capid|" "$profile"
    apparmor_parser --replace "$profile" || say "AppArmor does not take $profile: capid doctor says whether runs are confined"
  fi
  systemctl daemon-reload
  systemctl enable --quiet capid.service
  if systemctl is-active --quiet capid.service; then
    systemctl restart capid.service
    say "restarted  capid.service"
  else
    systemctl start capid.service
    say "started    capid.service; for a link that sets the admin's password, run  $prefix/bin/capid setup"
  fi
}

uninstall() {
  if systemd_runs && [ -e "$unit" ]; then
    systemctl disable --quiet --now capid.service
    say "stopped    capid.service"
  fi
  for file in "$unit" "$sysusers" "$prefix/bin/capid" "$prefix/share/man/man1/capid.1.gz" \
    "$prefix/share/bash-completion/completions/capid" "$prefix/share/zsh/site-functions/_capid" \
    "$prefix/share/fish/vendor_completions.d/capid.fish" "$prefix/share/doc/capid"; do
    take "$file"
  done
  if [ -e "$profile" ] && grep -q "$prefix/bin/capid" "$profile"; then
    apparmor_parser --remove "$profile" 2>/dev/null || true
    take "$profile"
  fi
  if systemd_runs; then systemctl daemon-reload; fi
  say "kept       /etc/capid, /var/lib/capid and the user capid, where there are any; take them away with"
  say "           rm -r /etc/capid /var/lib/capid; userdel capid"
}

[ "$(id -u)" = 0 ] || fail "this takes root: sudo ./install.sh"
if [ "$action" = uninstall ]; then
  uninstall
  exit
fi
install_files
if systemd_runs; then
  install_service
else
  say "systemd does not run here, so there is no service: start  $prefix/bin/capid serve  yourself (see README)"
fi
