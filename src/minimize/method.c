#include "minimize/method.h"

#include <string.h>

/* The registry: a new method is one file and one line here. The first is the best. */
static const vti_method_class *const CLASSES[] = {&vti_lbfgs_class, &vti_cg_class, &vti_fire_class};
enum { CLASS_COUNT = sizeof CLASSES / sizeof *CLASSES };

const vti_method_class *vti_method_find(const char *name) {
    for (size_t k = 0; k < CLASS_COUNT; k++)
        if (strcmp(CLASSES[k]->name, name) == 0) return CLASSES[k];
    return NULL;
}

const char *const *vt_minimize_methods(void) {
    static const char *const names[] = {"lbfgs", "cg", "fire", NULL};
    return names;
}

double *vti_vector(const vti_objective *objective) {
    return vt_alloc(vti_variables(objective), sizeof(double));
}
