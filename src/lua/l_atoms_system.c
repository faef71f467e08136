/* The systems of atoms, which everything that evaluates their potential shares. */
#include "l_atoms.h"

void vtl_system_retain(vtl_shared_system *shared) {
    shared->holders++;
}

void vtl_system_release(vtl_shared_system *shared) {
    if (shared == NULL || --shared->holders > 0) return;
    vt_hessian_destroy(shared->hessian);
    vt_system_destroy(shared->system);
    vtl_potential_release(shared->potential);
    vt_free(shared);
}

void vtl_drop_systems(vtl_atoms *box) {
    for (int k = 0; k < 2; k++) {
        vtl_system_release(box->system[k]);
        box->system[k] = NULL;
    }
}

vtl_shared_system *vtl_share_system(vt_system *system, vtl_shared_potential *potential) {
    vtl_shared_system *shared = vt_alloc(1, sizeof *shared);
    if (shared == NULL) return NULL;
    vtl_potential_retain(potential);
    *shared = (vtl_shared_system){.system = system, .potential = potential, .holders = 1};
    return shared;
}

vtl_shared_system *vtl_new_system(lua_State *L, int index, const vt_system_options *options,
                                  const char *where) {
    vt_atoms *atoms = vtl_check_atoms(L, index);
    vtl_check_atoms_potential(L, index);
    vtl_push_atoms_potential(L, index);
    vtl_shared_potential *potential = vtl_shared_of(L, -1);
    lua_pop(L, 1);
    vt_error err = {0};
    vt_system *system = vt_system_create(atoms, potential->potential, options, &err);
    vtl_shared_system *shared = system != NULL ? vtl_share_system(system, potential) : NULL;
    if (system != NULL && shared == NULL) {
        vt_system_destroy(system);
        vt_fail_memory(&err, 1, sizeof *shared, "a system");
    }
    if (shared == NULL) vtl_error(L, "%s: %s", where, err.msg);
    return shared;
}

void vtl_adopt_system(vtl_atoms *box, vtl_shared_system *shared) {
    vt_system *system = shared->system;
    vtl_shared_system **own = &box->system[system->options.precision];
    system->atoms = box->atoms;
    vtl_system_retain(shared);
    vtl_system_release(*own);
    *own = shared;
}

vtl_shared_system *vtl_atoms_system(lua_State *L, int index, vt_precision precision,
                                    const char *where) {
    vtl_atoms *box = vtl_check_atoms_box(L, index);
    if (box->system[precision] != NULL) return box->system[precision];
    vt_system_options options = vt_system_defaults();
    options.precision = precision;
    vtl_shared_system *made = vtl_new_system(L, index, &options, where);
    box->system[precision] = made;
    return made;
}
