# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What both packages hold, for deb-tree.sh and tarball-tree.sh: source it with $program set.
: "${program:?}"

packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$packaging")
umask 022

put() { install -D -m "$1" "$2" "$3"; }

# completions BASH_FILE ZSH_FILE FISH_FILE: of an earlier program, which is packed to try an upgrade from it, there are none
completions() {
  local shell
  for shell in bash zsh fish; do
    mkdir -p "${1%/*}"
    "$program" completions "$shell" >"$1" || { echo "tree: this program has no completions for $shell" >&2; rm "$1"; }
    shift
  done
}

# manual FILE: gzipped
manual() {
  mkdir -p "${1%/*}"
  gzip -9n <"$packaging/capid.1" >"$1"
}

# examples FOLDER
examples() {
  mkdir -p "$1"
  cp -r "$packaging/apps/." "$1/"
  find "$1" -name __pycache__ -prune -exec rm -r {} +
  chmod -R u=rwX,go=rX "$1"
}

# The default is named, and nothing is set: what an admin does not touch may have a better default in a later version.
# config FILE MODE
config() {
  mkdir -p "${1%/*}"
  {
    echo "# What capid.service reads at each start: systemctl restart capid. Lines that begin with #name are defaults; take the # away,"
    echo "# and that of the line above which it is indented under, to say otherwise."
    echo "#"
    sed '1d; /^[^#]/s/^/#/' "$top/config.example.yaml"
  } >"$1"
  chmod "$2" "$1"
}

# The time of everything is the commit's, so that the same packages come of the same commit.
finish() { find "$1" -exec touch -hd "@${SOURCE_DATE_EPOCH:-$(date +%s)}" {} +; }
