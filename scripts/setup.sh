#!/bin/sh
# What a fresh Debian 12 needs to build and run vitrum. Works as root and as a user with sudo, and
# can be repeated at will.
#
#   sh scripts/setup.sh         install packages, build into build/
#   sh scripts/setup.sh demo    the same, then quench a Cu64Zr36 melt: demo/glass.data, demo/report.html
#   sh scripts/setup.sh test    the same, then run every test
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
task=${1:-build}

build_packages="gcc g++ libc6-dev cmake ninja-build pkg-config lua5.4 liblua5.4-dev libopenblas-dev
    liblapacke-dev libreadline-dev zlib1g-dev libzstd-dev liblzma-dev libfftw3-dev
    voro++-dev libkim-api-dev libcairo2-dev libsqlite3-dev"
run_packages="gnuplot-nox fonts-dejavu-core lammps-data"
test_packages="libcmocka-dev lua-unit lammps openmpi-bin voro++ groff-base liblinear-tools"

case $task in
build | demo) packages="$build_packages $run_packages" ;;
test) packages="$build_packages $run_packages $test_packages" ;;
*)
    echo "setup.sh: unknown task '$task'; use no argument, 'demo' or 'test'" >&2
    exit 2
    ;;
esac

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "setup.sh: installing packages needs root or sudo:$missing" >&2
        exit 1
    fi
}

missing=""
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
if [ -n "$missing" ]; then
    echo "installing:$missing"
    as_root apt-get update -qq
    # The names are one to a word on purpose.
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

cd "$root"
tests=OFF
[ "$task" = test ] && tests=ON
cmake --preset release -DVITRUM_TESTS=$tests >/dev/null
cmake --build build

# Where there is a desktop, its browser.
show() {
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null &&
        xdg-open "$1" >/dev/null 2>&1; then
        echo "opened: $1"
    else
        echo "open in a browser: file://$1"
    fi
}

case $task in
demo)
    build/vitrum scripts/quench.lua out=demo overwrite=true
    echo
    show "$root/demo/report.html"
    cat <<'NEXT'
What to do next:
    build/vitrum                                            the prompt; in it, for example,
        glass = vt.atoms.read "demo/inherent.data"; vt.view(glass)
        help "shear"                                        finds what there is by words of the field
    build/vitrum scripts/cryogenic-cycling.lua glass=demo/glass.data preset=test
NEXT
    ;;
test) ctest --test-dir build --output-on-failure --parallel 2 ;;
build) echo "built: $root/build/vitrum" ;;
esac
