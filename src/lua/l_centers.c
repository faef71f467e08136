/* Groups of atoms that something is looked at around: by species, by number, by mask. */
#include <math.h>
#include <string.h>

#include "l_array.h"
#include "l_atoms.h"

static int32_t *new_list(lua_State *L, size_t count) {
    return lua_newuserdatauv(L, (count + 1) * sizeof(int32_t), 0);
}

/* All atoms of a species, or all. */
static int32_t *list_species(lua_State *L, const vt_atoms *atoms, const char *symbol,
                             const char *where, size_t *count) {
    int32_t *list = new_list(L, atoms->count);
    *count = 0;
    for (size_t i = 0; i < atoms->count; i++)
        if (symbol == NULL || strcmp(atoms->species[atoms->type[i]].symbol, symbol) == 0)
            list[(*count)++] = (int32_t)i;
    if (symbol != NULL && *count == 0)
        vtl_error(L, "%s: option 'centers': there are no atoms of species '%s'", where, symbol);
    return list;
}

/* As Array:select takes a mask: int32 zeros and ones, as many as there are atoms. */
static bool is_mask(const vt_array *a, size_t atoms) {
    bool mask = a->dtype == VT_INT32 && (size_t)a->shape[0] == atoms;
    for (int64_t k = 0; k < a->shape[0] && mask; k++) {
        double value = vt_array_get(a, k * a->stride[0]);
        mask = value == 0 || value == 1;
    }
    return mask;
}

static int32_t *list_numbers(lua_State *L, const vt_atoms *atoms, const vt_array *given,
                             const char *where, size_t *count) {
    size_t n = (size_t)given->shape[0];
    bool mask = is_mask(given, atoms->count);
    int32_t *list = new_list(L, n);
    *count = 0;
    for (size_t k = 0; k < n; k++) {
        double value = vt_array_get(given, (int64_t)k * given->stride[0]);
        if (mask) {
            if (value != 0) list[(*count)++] = (int32_t)k;
            continue;
        }
        if (!(value >= 1 && value <= (double)atoms->count) || value != floor(value))
            vtl_error(L,
                      "%s: option 'centers': entry %I is %f; atoms go from 1 to %I, and a mask has "
                      "a zero or one for each",
                      where, (LUAI_UACINT)(k + 1), isnan(value) ? (double)NAN : value,
                      (LUAI_UACINT)atoms->count);
        list[(*count)++] = (int32_t)value - 1;
    }
    return list;
}

const int32_t *vtl_read_centers(lua_State *L, int atoms, int index, const char *where,
                                size_t *count) {
    int32_t *list;
    if (lua_isnil(L, index)) {
        list = list_species(L, vtl_check_atoms(L, atoms), NULL, where, count);
    } else if (lua_type(L, index) == LUA_TSTRING) {
        list = list_species(L, vtl_check_atoms(L, atoms), lua_tostring(L, index), where, count);
    } else {
        const vt_array *given = vtl_check_arraylike(L, index, "option 'centers'");
        if (given->ndim != 1)
            vtl_error(L, "%s: option 'centers' must be a species, a list of atoms or a mask",
                      where);
        list = list_numbers(L, vtl_check_atoms(L, atoms), given, where, count);
    }
    lua_replace(L, index);
    return list;
}
