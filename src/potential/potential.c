#include "engine.h"

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
