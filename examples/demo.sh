#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# A Storage SCP, a synthetic CT study, and its way from one to the other.
# usage: demo.sh PROGRAMS [SLICES]      PROGRAMS: where the built examples lie
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[[ $# -ge 1 && -x $1/storescp ]] || { echo "usage: demo.sh PROGRAMS [SLICES]" >&2; exit 2; }
programs=$(cd "$1" && pwd)
slices=${2:-300}
work=$(dirname "$programs")/demo # beside the programs, in the build folder
server=''

stop_server() {
  [[ -n $server ]] || return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
}
trap stop_server EXIT

step() { printf '\n== %s\n' "$*"; }

rm -rf "$work"
mkdir -p "$work"

step "a synthetic CT study of $slices slices"
timeout 120 "$programs/phantom" --slices "$slices" "$work/sent"
du -sh "$work/sent"

step "a Storage SCP on a free port of the loopback interface"
"$programs/storescp" --bind 127.0.0.1 --by-study --output-directory "$work/stored" 0 \
  >"$work/storescp.log" 2>&1 &
server=$!
port=''
for _ in {1..100}; do
  port=$(sed -n 's/^listening on port //p' "$work/storescp.log")
  [[ -z $port ]] || break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [[ -z $port ]]; then
  echo "demo: storescp did not start:" >&2
  cat "$work/storescp.log" >&2
  exit 1
fi
echo "storescp listens on 127.0.0.1:$port"
timeout 20 "$programs/echoscu" 127.0.0.1 "$port"
echo "echoscu: it is alive (C-ECHO)"

step "storescu sends the study (C-STORE)"
timeout 300 "$programs/storescu" --progress 127.0.0.1 "$port" "$work/sent"

step "an independent comparison of what was sent with what is stored"
timeout 120 python3 "$here/compare.py" "$work/sent" "$work/stored"

step "storescp stops at SIGTERM"
kill "$server"
wait "$server"
server=''
echo "it stopped cleanly; the files lie in"
find "$work/stored" -mindepth 1 -type d
