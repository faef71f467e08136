#include "minimize/method.h"

#include <string.h>

#define CLASS(name) &vti_##name##_class,
static const vti_method_class *const CLASSES[] = {VTI_METHODS(CLASS)};
enum { CLASS_COUNT = sizeof CLASSES / sizeof *CLASSES };

const vti_method_class *vti_method_find(const char *name) {
    for (size_t k = 0; k < CLASS_COUNT; k++)
        if (strcmp(CLASSES[k]->name, name) == 0) return CLASSES[k];
    return NULL;
}

const char *const *vt_minimize_methods(void) {
#define NAME(name) #name,
    static const char *const names[] = {VTI_METHODS(NAME) NULL};
    return names;
}

double *vti_vector(const vti_objective *objective) {
    return vt_alloc(vti_variables(objective), sizeof(double));
}
