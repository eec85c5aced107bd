#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a clean clone on Debian 12 to a first result: installs what the build needs, builds, starts capid on its embedded
# defaults, makes a key, triggers the example app on a real file, shows the result, and leaves the server running.
# Asks nothing; safe to run again.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
capid=$top/build/release/capid
state=$top/build/quickstart
example=$top/packaging/apps/sales-report
steps=6

step() { printf '\n[%s/%s] %s\n' "$1" "$steps" "$2" >&2; }
fail() { printf '\nquickstart: %s\n' "$*" >&2; exit 1; }

build() {
  cd "$top"
  cmake --preset release >"$state/cmake.log" 2>&1 || { cat "$state/cmake.log" >&2; fail "the build could not be configured"; }
  cmake --build --preset release --target capid || fail "the build failed (see above)"
}

# Ends the server of an earlier quickstart, so that the newly built one is tried.
stop_earlier() {
  local pid
  pid=$(cat "$state/pid" 2>/dev/null) || return 0
  [ "$(readlink "/proc/$pid/exe" 2>/dev/null | sed 's/ (deleted)$//')" = "$capid" ] || return 0
  kill -TERM "$pid"
  for _ in $(seq 400); do [ -d "/proc/$pid" ] || return 0; sleep 0.1; done
  fail "the server of an earlier quickstart (process $pid) does not end"
}

start() {
  stop_earlier
  setsid "$capid" serve >"$state/log" 2>&1 </dev/null &
  echo $! >"$state/pid"
  for _ in $(seq 300); do
    url=$(sed -n 's/^listening on //p' "$state/log")
    [ -n "$url" ] && return
    kill -0 "$(cat "$state/pid")" 2>/dev/null || break
    sleep 0.1
  done
  cat "$state/log" >&2
  fail "the server did not start (its words are above)"
}

# As root capid keeps its data in /var/lib/capid, else below the home folder.
data_folder() {
  if [ -n "${STATE_DIRECTORY:-}" ]; then echo "$STATE_DIRECTORY"
  elif [ -n "${XDG_DATA_HOME:-}" ]; then echo "$XDG_DATA_HOME/capid"
  elif [ "$(id -u)" = 0 ]; then echo /var/lib/capid
  else echo "$HOME/.local/share/capid"; fi
}

install_example() {
  local app
  app=$(data_folder)/apps/sales-report
  mkdir -p "$app"
  cp "$example"/app.yaml "$example"/report.py "$app/"
  chmod -R a+rX "$app"
  for _ in $(seq 100); do
    "$capid" apps check sales-report >/dev/null 2>&1 && return
    sleep 0.1
  done
  "$capid" apps check sales-report >&2 || fail "the example app is not sound (see above)"
}

field() { python3 -c 'import json, sys; value = json.load(sys.stdin)
for name in sys.argv[1].split("."): value = value[int(name) if name.isdigit() else name]
print(value)' "$1"; }

# The server notices a new app within a moment; until then it does not know it. The answer waits for the run's end.
trigger() {
  for _ in $(seq 10); do
    result=$(curl -sS -X POST "$url/api/v1/apps/sales-report/runs" -H "Authorization: Bearer $key" -H "Prefer: wait=60" \
      -F 'inputs={"region": "all", "year": 2026}' -F "sales=@$example/example.csv")
    case $result in *APP_NOT_FOUND*) sleep 0.5 ;; *) break ;; esac
  done
  [ "$(printf '%s' "$result" | field status 2>/dev/null)" = completed ] || fail "the run did not complete: $result"
}

show() {
  printf '%s' "$result" | field result.text | python3 -m json.tool
  for number in 0 1; do
    local name path
    name=$(printf '%s' "$result" | field "result.artifacts.$number.filename")
    path=$(printf '%s' "$result" | field "result.artifacts.$number.downloadUrl")
    curl -sS "$url$path" -H "Authorization: Bearer $key" -o "$state/$name"
    printf 'artifact  %s\n' "$state/$name"
  done
}

mkdir -p "$state"
step 1 "Installing what the build needs"
"$top/packaging/build-deps.sh"
"$top/packaging/install.sh" curl python3
step 2 "Building (a few minutes the first time)"
build
step 3 "Starting the server"
start
step 4 "Installing the example app and making a key"
install_example
key=$("$capid" keys create --name quickstart --app sales-report 2>/dev/null) || fail "no key could be made"
step 5 "Triggering the example on packaging/apps/sales-report/example.csv"
trigger
step 6 "The result"
show
cat <<DONE

capid is running at $url (process $(cat "$state/pid"), log in $state/log).
Try it yourself:

  curl -X POST $url/api/v1/apps/sales-report/runs \\
    -H "Authorization: Bearer $key" -H "Prefer: wait=60" \\
    -F 'inputs={"region": "EMEA", "year": 2026}' \\
    -F "sales=@$example/example.csv"

The page is at $url, too: for a link that sets the admin's password, run

  $capid setup

Your own apps go into $(data_folder)/apps, one folder each. Stop the server with: kill $(cat "$state/pid")
DONE
