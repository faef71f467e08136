/* What all potentials have, and the engines there are. */
#include "engine.h"

#include <string.h>

void vt_potential_destroy(vt_potential *potential) {
    if (potential != NULL) potential->destroy(potential);
}

const char *vt_potential_name(const vt_potential *potential) {
    return potential->name;
}

const char *vt_potential_file(const vt_potential *potential) {
    return potential->file;
}

const char *vt_potential_path(const vt_potential *potential) {
    return potential->path != NULL ? potential->path : "";
}

const char *vt_potential_sha256(const vt_potential *potential) {
    return potential->sha256;
}

double vt_potential_cutoff(const vt_potential *potential) {
    return potential->cutoff;
}

double vt_potential_influence(const vt_potential *potential) {
    return potential->influence > 0 ? potential->influence : 2 * potential->cutoff;
}

double vt_potential_taper(const vt_potential *potential) {
    return potential->taper;
}

double vt_potential_jump(const vt_potential *potential) {
    return potential->jump;
}

int vt_potential_species_count(const vt_potential *potential) {
    return potential->species_count;
}

const vt_species *vt_potential_species(const vt_potential *potential, int k) {
    return &potential->species[k];
}

const char *vt_potential_citation(const vt_potential *potential) {
    return potential->citation != NULL ? potential->citation : "";
}

const char *vt_potential_note(const vt_potential *potential) {
    return potential->note;
}

/* ---------------------------------------------------------------- engines ---- */

static const vti_engine *const ENGINES[] = {
    &vti_engine_eam, &vti_engine_eam_mixed,    &vti_engine_eam_reference,
    &vti_engine_lj,  &vti_engine_lj_reference,
#ifdef VITRUM_KIM
    &vti_engine_kim,
#endif
};

const vti_engine *vti_engine_find(const vt_potential *potential, vt_precision precision,
                                  bool reference, vt_error *err) {
    const vti_engine *found = NULL;
    for (size_t k = 0; k < sizeof ENGINES / sizeof *ENGINES; k++) {
        const vti_engine *engine = ENGINES[k];
        if (strcmp(engine->model, potential->model) != 0 || engine->precision != precision)
            continue;
        if (found == NULL || engine->reference == reference) found = engine;
    }
    if (found == NULL)
        vt_fail(err, VT_EINVAL,
                "the potential %s%s%s is computed in double precision only; leave "
                "out the mixed one",
                potential->name, potential->file[0] ? " " : "", potential->file);
    return found;
}
