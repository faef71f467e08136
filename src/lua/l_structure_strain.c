/* The module "vitrum.strain_core": what lua/vitrum/structure/strain.lua stands on. */
#include "vitrum/structure.h"
#include "vtl.h"

static vt_deformation_options defaults;
static const vtl_option OPTIONS[] = {
    {"cutoff", VTL_POSITIVE, offsetof(vt_deformation_options, cutoff), "A",
     "neighbors within it in the reference frame; the first minimum of g(r)", VTL_RANGE(DISTANCE)},
    {"relative", VTL_BOOLEAN, offsetof(vt_deformation_options, relative), "-",
     "leave the homogeneous deformation out of gradient and strain", NULL},
    {0}};

/* A fresh array of `columns` (0: a vector) as field `name` of the table on top of the stack. */
static void *add_field(lua_State *L, const char *name, vt_dtype dtype, size_t count,
                       int64_t columns) {
    int64_t shape[2] = {(int64_t)count, columns};
    void *data = vtl_new_array(L, dtype, columns > 0 ? 2 : 1, shape)->data;
    lua_setfield(L, -2, name);
    return data;
}

/* ---------------------------------------------------------------- the reference frame ---- */

#define VTL_REFERENCE "vitrum.StrainReference"

static int reference_gc(lua_State *L) {
    vt_strain_reference_destroy(vtl_take_handle(L, VTL_REFERENCE));
    return 0;
}

static int fail(lua_State *L, const vt_error *err) {
    return vtl_error(L, "structure.deformation: %s", err->msg);
}

/* Push the reference frame that `atoms` is. */
static const vt_strain_reference *push_reference(lua_State *L, const vt_atoms *atoms,
                                                 double cutoff) {
    void **handle = vtl_new_handle(L, VTL_REFERENCE);
    vtl_interrupt_arm(L);
    vt_error err = {0};
    *handle = vt_strain_reference_create(atoms, cutoff, &err);
    if (*handle == NULL) fail(L, &err);
    return *handle;
}

/* reference(atoms, cutoff) -> reference frame */
static int new_reference(lua_State *L) {
    push_reference(L, vtl_check_atoms(L, 1), luaL_checknumber(L, 2));
    return 1;
}

/* ---------------------------------------------------------------- the deformation ---- */

static void warn(lua_State *L, const char *note) {
    vtl_warn(L, lua_pushfstring(L, "structure.deformation: %s", note));
    lua_pop(L, 1);
}

/* Push the table of results. */
static int push_deformation(lua_State *L, const vt_strain_reference *reference,
                            const vt_atoms *atoms, const vt_deformation_options *o) {
    vtl_interrupt_arm(L);
    size_t n = atoms->count;
    lua_createtable(L, 0, 10);
    vt_deformation out = {.gradient = add_field(L, "gradient", VT_FLOAT64, n, 9),
                          .strain = add_field(L, "strain", VT_FLOAT64, n, 6),
                          .von_mises = add_field(L, "von_mises", VT_FLOAT64, n, 0),
                          .d2min = add_field(L, "d2min", VT_FLOAT64, n, 0),
                          .displacement = add_field(L, "displacement", VT_FLOAT64, n, 3),
                          .neighbors = add_field(L, "neighbors", VT_INT32, n, 0)};
    vt_error err = {0};
    if (vt_failed(vt_deformation_since(reference, atoms, o->relative, &out, &err)))
        return fail(L, &err);
    if (out.note[0] != '\0') warn(L, out.note);
    double *affine = add_field(L, "affine", VT_FLOAT64, 3, 3);
    for (int k = 0; k < 9; k++) affine[k] = out.affine[k / 3][k % 3];
    lua_pushinteger(L, (lua_Integer)out.valid);
    lua_setfield(L, -2, "valid");
    lua_pushnumber(L, o->cutoff);
    lua_setfield(L, -2, "cutoff");
    return 1;
}

/* since(reference frame, atoms, cutoff, relative) -> table */
static int deformation_since(lua_State *L) {
    const vt_strain_reference *r = vtl_check_handle(L, 1, VTL_REFERENCE);
    vt_deformation_options o = {.cutoff = luaL_checknumber(L, 3), .relative = lua_toboolean(L, 4)};
    return push_deformation(L, r, vtl_check_atoms(L, 2), &o);
}

/* deformation(reference, atoms, options) -> table */
static int deformation(lua_State *L) {
    vt_deformation_options o = defaults;
    vtl_options(L, 3, "structure.deformation", OPTIONS, &o);
    const vt_atoms *reference = vtl_check_atoms(L, 1), *atoms = vtl_check_atoms(L, 2);
    return push_deformation(L, push_reference(L, reference, o.cutoff), atoms, &o);
}

static const luaL_Reg FUNCTIONS[] = {{"deformation", deformation},
                                     {"reference", new_reference},
                                     {"since", deformation_since},
                                     {NULL, NULL}};

static int open_module(lua_State *L) {
    luaL_newlib(L, FUNCTIONS);
    return 1;
}

static const vtl_doc DOCS[] = {
    {"structure.deformation", "vt.structure.deformation(reference, atoms, options) -> Deformation",
     "Local deformation of atoms since the reference frame (Falk and Langer 1998): in the order of "
     "atoms, gradient (n x 9, F row by row), strain (n x 6, Green-Lagrange xx yy zz yz xz xy), "
     "von_mises (Shimizu et al. 2007: gamma/2 in simple shear), equivalent (2/sqrt(3) times that: "
     "e "
     "in isochoric tension e), d2min (A^2, the sum over neighbors), displacement (n x 3, A, beyond "
     "the homogeneous one), neighbors; affine (3 x 3) is F of the box. Atoms are matched by id; "
     "boxes "
     "may tilt and flip, atoms may be wrapped. Atoms with fewer than four neighbors have nan. Both "
     "may be names of files.",
     OPTIONS, &defaults,
     "local d = vt.structure.deformation(before, after, { cutoff = 3.8 })\n"
     "after:save(\"strain.dump\", { columns = { D2min = d.d2min, vonMises = d.von_mises } })",
     "non-affine displacement; nonaffine; non-affine; D2min; local strain; von Mises strain; von "
     "Mises; atomic strain; shear strain; deformation gradient; Falk and Langer; plastic "
     "rearrangement; displacement",
     "Deformation; structure.deformations; structure.profile"},
    {0}};

VTL_OPENER(structure_strain) {
    defaults = vt_deformation_defaults();
    static const luaL_Reg none[] = {{NULL, NULL}}, meta[] = {{"__gc", reference_gc}, {NULL, NULL}};
    vtl_new_type(L, VTL_REFERENCE, none, meta);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_module);
    lua_setfield(L, -2, "vitrum.strain_core");
    lua_pop(L, 1);
    vtl_document(L, DOCS);
}
