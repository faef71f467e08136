#!/bin/sh
# Runs the kernels compiled for AVX-512 in Bochs, which emulates a processor that has it, for
# machines that have none: boots a Debian kernel with the built program and tests and nothing else.
#
#     sh tests/validation/avx512.sh [folder] [test | test:function ...]
#
# First the numbers of tests/validation/kernels.lua are computed there by the AVX-512 kernels and
# compared with those of the AVX2 kernels, computed here. Then tests run, by default
# (CASES below) functions of tests/c that compare kernels with each other or with something
# independent and do not take long: the emulator takes some 400 times as long as a processor.
# All output goes to FOLDER/serial.txt (default folder: build/avx512). Results:
# tests/validation/avx512.md. Needs AVX2, lammps-data, what the tests need, and of Debian:
#     bochs bochs-sdl bochsbios vgabios busybox-static cpio isolinux syslinux-common xorriso
set -eu

CASES="test_potential_models:all_kernels_agree
    test_stz_pack:all_instruction_sets_give_the_same_bits
    test_stz_pack:the_exponential_is_good_to_1e14
    test_structure_rdf:kernels_count_alike
    test_structure_rdf:fcc_has_its_shells
    test_structure_rdf:partials_add_up_to_the_total
    test_structure_rdf:two_frames_are_averaged
    test_structure_deformation test_structure_motion test_structure_pair
    test_atoms_neighbors:lists_are_those_of_a_double_loop
    test_atoms_neighbors:threads_do_not_change_rows
    test_atoms_domains:lists_go_stale
    test_atoms_domains:pairs_of_species_have_their_own_reach
    test_potential_models:thin_boxes_have_the_energy_of_their_copies
    test_potential_models:forces_do_not_depend_on_what_is_wanted
    test_potential_models:two_lennard_jones_atoms_are_analytic
    test_potential_models:coinciding_atoms_are_named
    test_potential_models:parts_add_up
    test_potential_models:virial_is_minus_strain_derivative
    test_potential_reference:forces_and_atom_energies_are_those_of_lammps"

cd "$(dirname "$0")/../.."
source=$PWD
build=${VITRUM_BUILD:-$source/build}
shared=$(cd "${VITRUM_SHARED:-$source/../shared}" 2>/dev/null && pwd || echo /none)
folder=${1:-build/avx512}
[ $# -gt 0 ] && shift
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $CASES

for tool in bochs busybox cc cpio xorriso; do
    command -v $tool >/dev/null || { echo "avx512.sh: the program $tool is missing" >&2; exit 1; }
done
[ -x "$build/vitrum" ] || { echo "avx512.sh: $build/vitrum is missing" >&2; exit 1; }
for name; do # cmocka runs nothing, and is content, where there is no such function
    file=tests/c/${name%%:*}.c
    case $name in *:*) word="(${name#*:}" ;; *) word=cmocka_unit_test ;; esac
    grep -qsF "$word" "$file" || { echo "avx512.sh: there is no test '$name'" >&2; exit 2; }
done
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cd "$folder"

# The kernel, unpacked and not installed.
if [ ! -f vmlinuz ]; then
    package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image\)/\1/p')
    apt-get download "$package"
    dpkg-deb --fsys-tarfile "$package"_*.deb |
        tar -x --wildcards --strip-components=2 './boot/vmlinuz-*'
    mv vmlinuz-* vmlinuz
fi

# A library that makes the tests of cmocka run the function that CASE names.
echo '#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
__attribute__((constructor)) static void choose(void) {
    if (getenv("CASE") != NULL) cmocka_set_test_filter(getenv("CASE"));
}' | cc -x c -shared -fPIC -o choose.so - -lcmocka

# The guest's files keep their paths, so that whatever the programs look for is there.
rm -rf root disc serial.txt
mkdir -p root/bin root/proc root/sys root/dev root/tmp disc
put() {
    for file; do
        mkdir -p "root$(dirname "$file")"
        cp -L "$file" "root$file"
    done
}
kernels=$source/tests/validation/kernels.lua
OMP_NUM_THREADS=1 VITRUM_SIMD=avx2 "$build/vitrum" "$kernels" write root/tmp/avx2
for binary in "$build/vitrum" "$folder/choose.so" \
    $(printf '%s\n' "$@" | sed "s,:.*,,; s,^,$build/tests/," | sort -u); do
    put "$binary"
    for library in $(ldd "$binary" | grep -o '/[^ ]*\.so[^ ]*'); do
        [ -f "root$library" ] || put "$library"
    done
done
put "$kernels" /usr/share/lammps/potentials/CuZr_mm.eam.fs
for kind in configs potentials reference; do
    if [ -d "$shared/$kind" ]; then put "$shared/$kind"/*; fi
done
cp "$(command -v busybox)" root/bin/busybox
cat >root/init <<END
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp VITRUM_SOURCE=$source VITRUM_SHARED=$shared
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1 </dev/null
cd /tmp
echo
echo "best instruction set: \$($build/vitrum -e 'print(vt.simd())')"
VITRUM_SIMD=avx512 $build/vitrum $kernels write avx512
echo "avx512 against avx2:"
$build/vitrum $kernels compare avx512 avx2
for name in $*; do
    case \$name in
    *:*) CASE=\${name#*:} LD_PRELOAD=$folder/choose.so $build/tests/\${name%:*} ;;
    *) $build/tests/\$name ;;
    esac
    echo "\$name ends with \$?"
done
sleep 2
poweroff -f
END
chmod +x root/init
(cd root && find . | cpio -o -H newc --quiet) >disc/initrd
cp vmlinuz /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 disc
# Bochs 2.7 tells a size of the compact form of XSAVE that Linux does not believe, and Linux then
# turns all vectors off; without that form it saves them.
cat >disc/isolinux.cfg <<END
DEFAULT linux
LABEL linux
 KERNEL vmlinuz
 INITRD initrd
 APPEND console=ttyS0 rdinit=/init quiet mitigations=off clearcpuid=xsavec,xsaves tsc=reliable
END
xorriso -as mkisofs -quiet -o disc.iso -b isolinux.bin -c boot.cat -no-emul-boot \
    -boot-load-size 4 -boot-info-table disc
cat >bochsrc <<END
display_library: sdl2
cpu: model=corei7_skylake_x, count=1, ips=100000000
memory: guest=1024, host=1024
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=serial.txt
plugin_ctrl: speaker=0, gameport=0, parallel=0
log: bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
END
echo c >commands # Debian's Bochs has a debugger, which waits for a command

# Turning the power off is a panic to Bochs, hence its status.
SDL_VIDEODRIVER=dummy nice -n 19 bochs -f bochsrc -rc commands </dev/null >screen.txt 2>&1 || true
tr -d '\r' <serial.txt | grep -aE '^best|against|^  [a-z]+[._]|same;|FAILED|ends with' || true
passed=$(grep -ac 'ends with 0' serial.txt || true)
echo "$passed passed, $(($# - passed)) failed"
[ "$passed" -eq $# ] && grep -aq 'same; largest difference 0.0e+00' serial.txt
