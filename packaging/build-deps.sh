#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the build needs on Debian 12: packages, cpp-httplib's header from Debian's own source package, and what the page
# is built with, from npm.
# Safe to run again: what is already there is left alone.
#
# Usage: packaging/build-deps.sh [HTTPLIB_DIR]    where httplib.h goes (default: build/deps/httplib)
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
httplib_dir=${1:-$top/build/deps/httplib}
packages=(
  g++ cmake ninja-build file xz-utils dpkg-dev
  libsqlite3-dev libsodium-dev libyaml-cpp-dev libboost1.81-dev libboost-filesystem1.81-dev libseccomp-dev
  libssl-dev libc-ares-dev zlib1g-dev nlohmann-json3-dev libcli11-dev libspdlog-dev libfmt-dev libvalijson-dev
  libarchive-dev libgumbo-dev libkainjow-mustache-dev
  doctest-dev
)
command -v npm >/dev/null || packages+=(nodejs npm)

# Debian 12 ships cpp-httplib 0.11 as a shared library; the suite below has one new enough, as a single header.
readonly suite=forky least_httplib=0.41

say() { printf '%s\n' "build-deps: $*" >&2; }
fail() { say "$*"; exit 1; }

httplib_version() {
  sed -n 's/^#define CPPHTTPLIB_VERSION "\(.*\)"/\1/p' "$httplib_dir/httplib.h" 2>/dev/null || true
}

new_enough() { [ -n "$1" ] && dpkg --compare-versions "$1" ge "$least_httplib"; }

# Takes the source package through apt, so that its signature chain is checked. The machine's own apt set-up is not
# touched: the list of sources and the indexes live in a folder of ours, made from the machine's own Debian entry.
fetch_httplib() {
  new_enough "$(httplib_version)" && return
  say "fetching cpp-httplib's source package from Debian's $suite suite"
  local work uri
  work=$(mktemp -d)
  trap 'rm -rf "$work"' RETURN
  uri=$(apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' | sed -n 's/^Debian main //p' | head -n 1)
  [ -n "$uri" ] || fail "apt knows no Debian archive: add one to /etc/apt, then run this again"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
  cat >"$work/capid.sources" <<SOURCES
Types: deb-src
URIs: $uri
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
  local options=(-qq "-oDir::Etc::sourcelist=$work/capid.sources" -oDir::Etc::sourceparts=/dev/null
    "-oDir::State::Lists=$work/lists" "-oDir::Cache=$work/cache" -oAPT::Sandbox::User=root)
  apt-get "${options[@]}" update || fail "apt could not read the $suite suite (see above)"
  (cd "$work/source" && apt-get "${options[@]}" source cpp-httplib >/dev/null) ||
    fail "apt could not fetch the source package of cpp-httplib (see above)"
  mkdir -p "$httplib_dir"
  cp "$work"/source/cpp-httplib-*/httplib.h "$httplib_dir/httplib.h.new"
  mv "$httplib_dir/httplib.h.new" "$httplib_dir/httplib.h"
  new_enough "$(httplib_version)" || fail "got cpp-httplib $(httplib_version), but $least_httplib or newer is needed"
}

# Exactly those of the lock file; none of their scripts is run.
fetch_page_packages() {
  local lock=$top/web/package-lock.json kept=$top/web/node_modules/.lock
  cmp -s "$lock" "$kept" && return
  say "fetching the page's packages"
  npm ci --prefix "$top/web" --ignore-scripts --silent || fail "npm could not fetch the page's packages (see above)"
  cp "$lock" "$kept"
}

"$top/packaging/install.sh" "${packages[@]}"
fetch_httplib
fetch_page_packages
say "ready (cpp-httplib $(httplib_version))"
