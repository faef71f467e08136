/* What main.c and repl.c share. */
#ifndef VITRUM_PROGRAM_H
#define VITRUM_PROGRAM_H

#include <stdio.h>

#include "vtl.h"

/* Print an error between two texts of ours, as vt_plain_text has it: nobody knows which file's
   words are in it. */
void vtl_print_plain(FILE *to, const char *before, const char *message, const char *after);

/* lua_pcall with a message handler that turns the error into a string and adds a traceback when
   asked for, or when the error arose inside vitrum's own Lua modules. */
int vtl_protected_call(lua_State *L, int arguments_count, bool traceback);

/* Read and run lines until the input ends. False when the last line of an input that is no
   terminal failed. */
bool vtl_repl(lua_State *L, bool traceback);

#endif
