#!/bin/sh
# Speed of structure analysis, as ratios of runs in turn on the same machine, which should be quiet.
#
#   sh tests/bench/structure.sh [program]        build/vitrum by default
#
# Voronoi: cells of 100,000 atoms against voro++ alone doing the same; and with 2 threads against 1.
# Pairs: g(r) of 100,000 atoms against forces. Trajectories: motion, profiles, g(r) and deformation of
# 100 frames of 32,000 atoms against reading them. Each number is the best of VITRUM_BENCH_RUNS runs,
# 5 by default. Ends with status 1 when a limit is missed. Results: structure.md.
set -eu

source=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${1:-$source/../../build/vitrum}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

c++ -O3 "$source/voronoi_alone.cc" -o "$folder/voronoi_alone" -lvoro++
status=0
VITRUM_VORONOI_ALONE="$folder/voronoi_alone" "$program" "$source/voronoi.lua" "$folder" || status=1
VITRUM_THREADS=2 "$program" "$source/pairs.lua" "$folder" || status=1
exit $status
