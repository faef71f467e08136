/* Neural network potentials: vt.potential.network. */
#include "l_atoms.h"

static const vtl_option NETWORK[] = {
    {"file", VTL_VALUE, 0, "-",
     "file of a network, as save of a trained one writes it; sought as vt.potential.eam does",
     NULL},
    {0}};

/* vt.potential.network "cuzr.network", vt.potential.network{ file = } */
static int build_network(lua_State *L) {
    if (lua_gettop(L) > 1)
        vtl_error(L, "potential.network: argument 2 is one too many: %s",
                  luaL_tolstring(L, 2, NULL));
    if (lua_type(L, 1) != LUA_TSTRING) {
        vtl_options(L, 1, "potential.network", NETWORK, NULL);
        if (lua_isnoneornil(L, 1) || lua_getfield(L, 1, "file") == LUA_TNIL)
            vtl_error(L, "potential.network: option 'file' is missing, as in vt.potential.network "
                         "\"cuzr.network\"");
        if (lua_type(L, 2) != LUA_TSTRING)
            vtl_error(L, "potential.network: option 'file' must be the name of a file, got %s",
                      luaL_tolstring(L, 2, NULL));
        lua_replace(L, 1);
    }
    vtl_check_path(L, 1);
    const char *path = vtl_push_found(L, "potential.network", lua_tostring(L, 1));
    vtl_potential *box = vtl_new_potential(L);
    vt_error err = {0};
    vtl_complete_potential(L, box, vt_potential_network_read(path, &err), &err);
    return 1;
}

static const luaL_Reg CONSTRUCTORS[] = {{"network", build_network}, {NULL, NULL}};

static const vtl_doc DOCS[] = {
    {"potential.network",
     "vt.potential.network(file) or vt.potential.network{ file = } -> Potential",
     "A neural network potential from its file: each atom has the reference energy of its species "
     "and what the network of that species makes of its spherical Chebyshev descriptor "
     "(vt.descriptor.chebyshev). It works wherever a potential does: dynamics, minimization, "
     "elastic constants, saddles, in double and in mixed precision. Species are found by their "
     "names. The file is text with a checksum in its last line. A network knows what it has "
     "learned and nothing else: look at energies and forces of configurations that it has not "
     "seen.",
     NETWORK, NULL, "glass.potential = vt.potential.network \"cuzr.network\"",
     "neural network potential; machine-learned potential; NNP; NNAP; Behler-Parrinello; MLIP; "
     "interatomic potential",
     "learn.network; descriptor.chebyshev; potential.eam"},
    {0}};

VTL_OPENER(potential_network) {
    luaL_getsubtable(L, -1, "potential");
    luaL_setfuncs(L, CONSTRUCTORS, 0);
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}
