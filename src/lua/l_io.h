/* What the two halves of the io binding share. */
#ifndef VITRUM_L_IO_H
#define VITRUM_L_IO_H

#include "vitrum/io.h"
#include "vtl.h"

void vtl_open_save(lua_State *L); /* adds Atoms:save */

#endif
