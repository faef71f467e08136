/* The engines there are. */
#include <string.h>

#include "engine.h"

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
