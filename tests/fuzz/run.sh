#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Usage: tests/fuzz/run.sh --build | SECONDS [TARGET...]
# Builds the fuzz targets, and lets each look for so many seconds of a processor's time, several at once; what they learn is kept below
# build/fuzz/corpus for the next time. Then each parser's lines that were reached are counted, and a table is printed. Ends non-zero
# where a target found something (the input's path is said), or where less than four fifths of a parser's lines were reached.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
seconds=$1
shift
build() {
  "$top/packaging/install.sh" clang llvm
  cmake --preset fuzz >/dev/null
  cmake --build --preset fuzz >"$top/build/fuzz.log" || { cat "$top/build/fuzz.log"; return 1; }
}
[ "$seconds" != --build ] || { build; exit; }

readonly least=80   # per cent of a parser's lines

# The files that a target is there for.
declare -A parsers=(
  [multipart]="http/multipart"
  [run_request]="api/run_request api/run_fields http/preferences"
  [manifest]="apps/manifest apps/manifest_agent apps/manifest_mounts apps/manifest_names apps/manifest_network apps/manifest_secrets base/yaml"
  [config]="config/config"
  [url_guard]="net/url net/target net/allowed_host net/address_guard base/ip"
  [transcripts]="transcripts/reader transcripts/events transcripts/claude transcripts/codex"
  [event_stream]="net/event_stream gateway/event_splitter"
  [model_stream]="gateway/answer gateway/call_body gateway/protocol egress/head"
  [sandbox_replies]="sandbox/protocol"
)
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(printf '%s\n' "${!parsers[@]}" | sort)

build
work=$top/build/fuzz
programs=$work/tests/fuzz
rm -rf "$work/coverage" && mkdir -p "$work/coverage" "$work/found" "$work/logs"

# Of one target; its own words stand in a file.
# shellcheck disable=SC2317   # called by the shells that xargs starts
look() {
  local target=$1
  mkdir -p "$work/corpus/$target"
  LLVM_PROFILE_FILE=/dev/null "$programs/fuzz_$target" -max_total_time="$seconds" -max_len=131072 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$work/found/$target-" "$work/corpus/$target" "$top/tests/fuzz/corpus/$target" >"$work/logs/$target" 2>&1
}
export -f look
export work programs seconds top

failed=0
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'look {}' || failed=1

count() {
  local target=$1
  LLVM_PROFILE_FILE="$work/coverage/$target.raw" "$programs/fuzz_$target" -runs=0 "$work/corpus/$target" "$top/tests/fuzz/corpus/$target" >/dev/null 2>&1 || true
  llvm-profdata merge -o "$work/coverage/$target.profile" "$work/coverage/$target.raw"
  llvm-cov export -summary-only "$programs/fuzz_$target" -instr-profile="$work/coverage/$target.profile" |
    python3 -c 'import json, sys
reached = {each["filename"].rpartition("/src/")[2]: int(each["summary"]["lines"]["percent"]) for each in json.load(sys.stdin)["data"][0]["files"]}
for file in sys.argv[1].split(): print(file, reached[file + ".cc"])' "${parsers[$target]}"
}

printf '| target | inputs tried | found | lines reached |\n|---|---|---|---|\n'
for target in "${targets[@]}"; do
  tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/logs/$target")
  finding=$(sed -n 's/.*Test unit written to //p' "$work/logs/$target")
  [ -z "$finding" ] || { failed=1; tail -n 40 "$work/logs/$target" >&2; }
  reached=$(count "$target")
  printf '| %s | %s | %s | %s |\n' "$target" "${tried:--}" "${finding:-nothing}" "$(printf '%s' "$reached" | sed 's/$/ %/' | paste -sd, | sed 's/,/, /g')"
  while read -r file percent; do
    [ "$percent" -ge $least ] || { echo "fuzz: of $file only $percent % were reached" >&2; failed=1; }
  done <<<"$reached"
done
exit $failed
