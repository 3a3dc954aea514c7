#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Runs the benchmarks of a build directory, then our data sets beside DCMTK's and GDCM's and our
# programs beside DCMTK's. Called by ./dev bench.
# usage: run.sh BUILD_DIRECTORY [--quick] [other options of compare.py]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:?usage: run.sh BUILD_DIRECTORY [--quick]}" && pwd)
shift

seconds=0.3 quick=()
[[ " $* " != *" --quick "* ]] || seconds=0.05 quick=(--quick)
for name in codec association store; do
  echo "== $name"
  "$build/bench/bench_$name" --benchmark_min_time="$seconds" --benchmark_color=false \
    2> >(grep -v '^\*\*\*WARNING\*\*\*' >&2)
done
echo "== data_set, beside DCMTK and GDCM"
"$build/bench/bench_data_set" "${quick[@]}"
echo "== beside DCMTK"
exec python3 -B "$here/compare.py" "$@" "$build/examples"
