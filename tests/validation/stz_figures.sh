#!/bin/sh
# Figures 4 to 7 of Wang et al. (2024) at the paper's size, 512 x 512 sites, five seeds each, and the
# three sensitivities at 128. About an hour of one processor; a script that was killed goes on when
# it is started again, and lattices that several figures need are pulled once.
#
#     sh tests/validation/stz_figures.sh [folder] [side] [seeds]
set -eu
program=${VITRUM_PROGRAM:-build/vitrum}
folder=${1:-stz-figures}
side=${2:-512}
seeds=${3:-5}
mkdir -p "$folder"
for name in barrier softening cooling-rate strain-rate; do
    grep -qs '"status": *"finished"' "$folder/$name/run.json" ||
        "$program" "scripts/stz-$name.lua" "n=$side" "seeds=$seeds" \
        "share=$folder/lattices" "out=$folder/$name"
done
for vary in width volume attempt_frequency; do
    grep -qs '"status": *"finished"' "$folder/$vary/run.json" ||
        "$program" scripts/stz-sensitivity.lua "vary=$vary" n=128 "seeds=$seeds" \
        "share=$folder/lattices" "out=$folder/$vary"
done
