/* Files of EAM potentials, one alone and two mixed. What is read gives a number or an error for
   three atoms of each pair of species. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "io/internal.h"
#include "vitrum/system.h"

/* Three atoms in the middle of a box that no cutoff reaches across; types 0 and `other`. */
static vt_atoms *three_atoms(const vt_potential *potential, int other, double cutoff) {
    vt_error err = {0};
    double side = 4 * cutoff + 20;
    vt_box box = vt_box_orthogonal(side, side, side);
    vt_atoms *atoms = vt_atoms_create(3, &box, &err);
    fuzz_require(atoms != NULL, "three atoms: %s", err.msg);
    for (int k = 0; k < vt_potential_species_count(potential); k++) {
        const vt_species *s = vt_potential_species(potential, k);
        fuzz_require(vt_atoms_add_species(atoms, s->symbol, s->mass, &err) == k,
                     "species %d of a potential cannot be one of atoms: %s", k + 1, err.msg);
    }
    atoms->type[1] = atoms->type[2] = other;
    for (int k = 0; k < 3; k++) {
        atoms->x[k] = side / 2 + 0.3 * cutoff * k;
        atoms->y[k] = side / 2 + 0.2 * cutoff * (k % 2);
        atoms->z[k] = side / 2;
    }
    return atoms;
}

static void evaluate(const vt_potential *potential) {
    double cutoff = vt_potential_cutoff(potential);
    fuzz_require(cutoff > 0 && isfinite(cutoff), "a cutoff of %g A", cutoff);
    for (int k = 0; k < vt_potential_species_count(potential) && k < 4; k++) {
        vt_error err = {0};
        vt_atoms *atoms = three_atoms(potential, k, cutoff);
        const vt_system_options options = vt_system_defaults();
        vt_system *system = vt_system_create(atoms, potential, &options, &err);
        fuzz_require(system != NULL, "no system: %s", err.msg);
        vt_result result;
        unsigned want = VT_WANT_ATOM_ENERGY | VT_WANT_ATOM_VIRIAL;
        vt_status status = vt_system_evaluate(system, want, &result, &err);
        fuzz_check_error(status, &err);
        if (!vt_failed(status))
            fuzz_require(isfinite(result.energy) && isfinite(result.virial[0]),
                         "an energy of %g eV and no error", result.energy);
        vt_system_destroy(system);
        vt_atoms_destroy(atoms);
    }
}

void fuzz_eam(const uint8_t *bytes, size_t size) {
    uint64_t choice = fuzz_hash(bytes, size);
    vt_error err = {0}, packed_err = {0};
    fuzz_put(bytes, size);
    vti_input_block = 1 + (size_t)(choice & 63);
    vt_potential *potential = vt_potential_eam_read(fuzz_path(), &err);
    if (potential == NULL) fuzz_check_error(err.code, &err);
    if (potential != NULL) evaluate(potential);
    /* What begins as gzip, zstd or xz do is read as such already. */
    bool plain = size > 0 && bytes[0] != 0x1f && bytes[0] != 0x28 && bytes[0] != 0xfd;
    if ((choice >> 8 & 7) == 0 && plain) {
        fuzz_put_packed(bytes, size);
        vt_potential *packed = vt_potential_eam_read(fuzz_path(), &packed_err);
        fuzz_require((packed != NULL) == (potential != NULL), "compressed, the result is another");
        if (packed != NULL)
            fuzz_require(strcmp(vt_potential_sha256(packed), vt_potential_sha256(potential)) == 0,
                         "compressed, the checksum is another");
        vt_potential_destroy(packed);
    }
    vt_potential_destroy(potential);
}

/* Two files of funcfl, cut out of the input at its first form feed; an input without one is the
   first, and the second is empty. */
void fuzz_mix(const uint8_t *bytes, size_t size) {
    uint64_t choice = fuzz_hash(bytes, size);
    const uint8_t *cut = memchr(bytes, '\f', size);
    size_t first = cut != NULL ? (size_t)(cut - bytes) : size;
    size_t second = cut != NULL ? size - first - 1 : 0;
    fuzz_save(fuzz_folder(), "first", bytes, first);
    fuzz_save(fuzz_folder(), "second", bytes + size - second, second);
    char path[2][200];
    snprintf(path[0], sizeof path[0], "%.100s/first", fuzz_folder());
    snprintf(path[1], sizeof path[1], "%.100s/second", fuzz_folder());
    const char *const order[] = {path[0], path[1], path[0]};
    vti_input_block = 1 + (size_t)(choice & 63);
    vt_eam_options options = vt_eam_defaults();
    if ((choice >> 10 & 3) == 0) options.taper = 0.5;
    vt_error err = {0};
    vt_potential *mixture = vt_potential_eam_mix(order, 2, &options, &err);
    if (mixture == NULL) fuzz_check_error(err.code, &err);
    if (mixture != NULL) evaluate(mixture);
    if ((choice >> 8 & 3) == 0) { /* the order of the files is that of the species, no more */
        vt_potential *turned = vt_potential_eam_mix(order + 1, 2, &options, &err);
        fuzz_require((turned != NULL) == (mixture != NULL), "in the other order: %s", err.msg);
        if (mixture != NULL)
            fuzz_require(vt_potential_cutoff(turned) == vt_potential_cutoff(mixture),
                         "in the other order, the cutoff is another");
        vt_potential_destroy(turned);
    }
    vt_potential_destroy(mixture);
}
