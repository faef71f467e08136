/* What the two halves of the io binding share. */
#ifndef VITRUM_L_IO_H
#define VITRUM_L_IO_H

#include "vitrum/io.h"
#include "vtl.h"

extern const char *const VTL_STRESS_NAMES[6]; /* "xx", "yy", "zz", "yz", "xz", "xy" */

void vtl_open_save(lua_State *L); /* adds Atoms:save */

#endif
