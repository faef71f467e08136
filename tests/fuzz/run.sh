#!/usr/bin/env bash
# Feed every reader: usage and what to do with a finding are in README.md.
#
#   tests/fuzz/run.sh [seconds=20] [runs=N] [seed=N] [jobs=2] [build=build/fuzz] [keep=FOLDER] [target ...]
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=20 runs=-1 seed=0 jobs=2 build=build/fuzz keep=build/fuzz/findings
targets=()
for argument in "$@"; do
    case $argument in
    seconds=* | runs=* | seed=* | jobs=* | build=* | keep=*) declare "$argument" ;;
    *=*)
        echo "run.sh: unknown option '$argument'; there are seconds, runs, seed, jobs, build, keep" >&2
        exit 2
        ;;
    *) targets+=("$argument") ;;
    esac
done
[ "$runs" = -1 ] || seconds=0 # libFuzzer: no limit

fuzz=$(realpath "$build")/tests/fuzz
[ "${#targets[@]}" -gt 0 ] || mapfile -t targets < <("$fuzz/fuzz" list)
mkdir -p "$keep"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# In memory where there is one: every input writes files.
TMPDIR=$work
if [ -w /dev/shm ]; then
    TMPDIR=$(mktemp -d /dev/shm/vitrum-fuzz-run-XXXXXX)
    trap 'rm -rf "$work" "$TMPDIR"' EXIT
fi
export TMPDIR OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1:quarantine_size_mb=16
export UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/tests/leaks.txt:print_suppressions=0

feed() {
    local target=$1 corpus=tests/fuzz/corpus/$1 words=tests/fuzz/$1.dict options=()
    ln -sf fuzz "$fuzz/fuzz-$target"
    mkdir -p "$work/$target"
    "$fuzz/fuzz-$target" seeds "$work/$target"
    if [ -f "$words" ]; then options+=(-dict="$words"); fi
    if [ -d "$corpus" ]; then options+=("$corpus"); fi
    # The collector frees what a Lua reader took only later; what is left at the end still counts.
    if grep -qE "^(function )?readers.$target( =|[(])" tests/fuzz/readers.lua; then
        options+=(-detect_leaks=0)
    fi
    local length=16384 most=256
    if [ "$target" = calls ]; then # whoever asks for much memory is told that there is none
        export ASAN_OPTIONS=$ASAN_OPTIONS:max_allocation_size_mb=64
        options+=(-close_fd_mask=1)
        length=1024 most=0
    fi
    # A process that others leave no time to is not one that hangs, so it may take a minute. A reader
    # may take a few times what it is given: 256 MB is far from that and from what a machine has.
    # New inputs go into $work/$target, the first folder.
    if "$fuzz/fuzz-$target" "$work/$target" "${options[@]}" -max_total_time="$seconds" \
        -runs="$runs" -seed="$seed" -max_len=$length -timeout=60 -rss_limit_mb=2048 -malloc_limit_mb=$most \
        -artifact_prefix="$keep/$target-" -print_final_stats=1 \
        -verbosity=1 >"$work/$target.log" 2>&1; then
        grep -aE '^(#[0-9]+\s+DONE|Done )' "$work/$target.log" | tail -1 | sed "s/^/$target: /"
        grep -aE '^[0-9]+ calls$' "$work/$target.log" | tail -1 | sed "s/^/$target: more than /" || true
        return 0
    fi
    cp "$work/$target.log" "$keep/$target.log"
    {
        grep -a -m1 -E 'FINDING|ERROR: |runtime error' "$work/$target.log" || true
        grep -aE '^ *#[0-9]+ .*/(src|tests/fuzz)/' "$work/$target.log" | grep -v llvm | tail -n +5 | head -5 |
            sed -E 's#0x[0-9a-f]+ in##; s#[^ ]*/\.\./##' || true
        echo "$target: FAILED; the log is $keep/$target.log; again with"
        sed -n "s#.*Test unit written to #    $fuzz/fuzz-$target #p" "$work/$target.log"
    } >&2
    return 1
}

failed=0 running=0
for target in "${targets[@]}"; do
    if [ "$running" -ge "$jobs" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
    feed "$target" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done
exit $failed
