/* What the bindings that stand on Voronoi cells share. */
#ifndef VITRUM_L_VORONOI_H
#define VITRUM_L_VORONOI_H

#include "vitrum/structure.h"
#include "vtl.h"

#define VTL_VORONOI "vitrum.Voronoi"

/* The cells at `index`; raises when it is something else. */
const vt_voronoi *vtl_check_voronoi(lua_State *L, int index);

/* Index of the species named at `index` of the cells, -1 for nil; raises on an unknown name. */
int vtl_check_voronoi_species(lua_State *L, int index, const vt_voronoi *v, const char *where);

/* "0,0,12,0", "<0,0,12,0>" or {0, 0, 12, 0} at `index` into pattern[VT_VORONOI_ORDERS]; returns its
   length, at least 1. */
int vtl_read_voronoi_index(lua_State *L, int index, int32_t *pattern);

/* A table { Cu = 1.28, Zr = 1.6 } on top of the stack into values[VT_MAX_SPECIES], one for each of
   the `count` species; raises when one is missing, unknown or not positive. `what` names the
   option. */
void vtl_read_by_species(lua_State *L, const char *what, const vt_species *species, int count,
                         double *values);

#endif
