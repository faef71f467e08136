/* What all potentials have, and the engines there are. */
#include "engine.h"

#include <string.h>
#include <unistd.h>

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

/* ---------------------------------------------------------------- paths ---- */

const char *vti_file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Text put together part by part. */
typedef struct {
    char *text; /* NULL: only the size is wanted */
    size_t size;
} joined;

static void join(joined *j, const char *part) {
    size_t length = strlen(part);
    if (j->text != NULL) memcpy(j->text + j->size, part, length);
    j->size += length;
}

/* The paths from the root, a line each; as they are when the current folder has no name. Links
   stay: what they lead to may change its name. */
static void join_paths(joined *j, const char *const *paths, size_t count) {
    char folder[4096];
    bool known = getcwd(folder, sizeof folder) != NULL;
    for (size_t k = 0; k < count; k++) {
        if (k > 0) join(j, "\n");
        if (paths[k][0] != '/' && known) {
            join(j, folder);
            join(j, "/");
        }
        join(j, paths[k]);
    }
}

char *vti_absolute_paths(const char *const *paths, size_t count, vt_error *err) {
    joined j = {0};
    join_paths(&j, paths, count);
    size_t size = j.size + 1;
    j = (joined){vt_alloc(size, 1), 0};
    if (j.text == NULL)
        vt_fail_memory(err, size, 1, "the path of a potential");
    else
        join_paths(&j, paths, count);
    return j.text;
}

/* ---------------------------------------------------------------- engines ---- */

static const vti_engine *const ENGINES[] = {
    &vti_engine_eam,          &vti_engine_eam_mixed, &vti_engine_eam_reference, &vti_engine_lj,
    &vti_engine_lj_reference, &vti_engine_network,   &vti_engine_network_mixed,
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
