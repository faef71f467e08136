/* The EAM model: a setfl file, tables for the kernels, and the choice of kernel. */
#include "eam.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    vt_potential base;
    vti_setfl setfl;
} eam_potential;

static void eam_destroy(vt_potential *potential) {
    eam_potential *eam = (eam_potential *)potential;
    vti_setfl_free(&eam->setfl);
    vt_free(potential->path);
    vt_free(eam);
}

static void *eam_bind(const vt_potential *potential, const int *species, int count,
                      vt_precision precision, vt_error *err) {
    return vti_eam_tables_create(&((const eam_potential *)potential)->setfl, species, count,
                                 precision, err);
}

static void eam_unbind(void *tables) {
    vti_eam_tables_destroy(tables);
}

static void eam_compute(const void *tables, const vti_evaluation *evaluation) {
    static vti_eam_kernel *const KERNEL[] = {
        [VT_SIMD_REFERENCE] = vti_eam_compute_reference,
        [VT_SIMD_BASELINE] = vti_eam_compute_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = vti_eam_compute_avx2,
        [VT_SIMD_AVX512] = vti_eam_compute_avx512,
#endif
    };
    static vti_eam_kernel *const MIXED[] = {
        [VT_SIMD_REFERENCE] = vti_eam_mixed_baseline,
        [VT_SIMD_BASELINE] = vti_eam_mixed_baseline,
#if defined(__x86_64__)
        [VT_SIMD_AVX2] = vti_eam_mixed_avx2,
        [VT_SIMD_AVX512] = vti_eam_mixed_avx512,
#endif
    };
    bool mixed = ((const vti_eam_tables *)tables)->mixed != NULL;
    (mixed ? MIXED : KERNEL)[evaluation->simd](tables, evaluation);
}

static const vti_model EAM = {true, eam_destroy, eam_bind, eam_unbind, eam_compute, NULL};

/* `path` from the root; as it is when the current folder has no name. Links stay: what they lead to
   may change its name. */
static char *absolute(const char *path, vt_error *err) {
    char folder[4096];
    bool relative = path[0] != '/' && getcwd(folder, sizeof folder) != NULL;
    size_t size = strlen(path) + (relative ? strlen(folder) + 1 : 0) + 1;
    char *full = vt_alloc(size, 1);
    if (full == NULL)
        vt_fail_memory(err, size, 1, "the path of a potential");
    else
        snprintf(full, size, "%s%s%s", relative ? folder : "", relative ? "/" : "", path);
    return full;
}

vt_potential *vt_potential_eam_read(const char *path, vt_error *err) {
    eam_potential *eam = vt_alloc(1, sizeof *eam);
    if (eam == NULL) {
        vt_fail_memory(err, 1, sizeof *eam, "a potential");
        return NULL;
    }
    vt_potential *base = &eam->base;
    base->model = &EAM;
    if (vt_failed(vti_setfl_read(&eam->setfl, path, err)) ||
        (base->path = absolute(path, err)) == NULL) {
        eam_destroy(base);
        return NULL;
    }
    strcpy(base->name, eam->setfl.finnis_sinclair ? "eam/fs" : "eam/alloy");
    const char *slash = strrchr(path, '/');
    snprintf(base->file, sizeof base->file, "%s", slash != NULL ? slash + 1 : path);
    strcpy(base->sha256, eam->setfl.sha256);
    base->cutoff = eam->setfl.cutoff;
    base->species_count = eam->setfl.elements;
    memcpy(base->species, eam->setfl.species, sizeof base->species);
    return base;
}
