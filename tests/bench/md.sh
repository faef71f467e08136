#!/bin/sh
# Molecular dynamics and minimization against LAMMPS, both run in turn on this machine:
# microseconds per atom and step, and how many times as fast vitrum is.
#
#     sh tests/bench/md.sh [folder] [case ...]
#
# Builds its inputs in `folder` (default: build/bench) once. Cases: sheng mendelev lj minimize size
# busy; without any, all of them. All but `mendelev` and `lj` need ZrCuAl2011.eam.alloy in
# $VITRUM_SHARED/potentials or ../shared/potentials and are skipped where it is missing. Results:
# tests/bench/md.md.
set -e
cd "$(dirname "$0")/../.."
command -v lmp >/dev/null || { echo "md.sh: the program lmp is missing (package lammps)" >&2; exit 1; }
[ -x build/vitrum ] || { echo "md.sh: build/vitrum is missing; run: sh scripts/setup.sh" >&2; exit 1; }
folder=${1:-build/bench}
[ $# -gt 0 ] && shift
mkdir -p "$folder"
exec build/vitrum tests/bench/md.lua "$folder" "$@"
