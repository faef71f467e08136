# Writes OUTPUT, a C file with the list of what the C files in BINDINGS define with VTL_OPENER, in the
# order of the files.
set(declarations "")
set(entries "")
foreach(path IN LISTS BINDINGS)
    file(STRINGS ${path} openers REGEX "^VTL_OPENER\\([a-z_0-9]+\\)")
    foreach(opener IN LISTS openers)
        string(REGEX REPLACE "^VTL_OPENER\\(([a-z_0-9]+)\\).*$" "vtl_open_\\1" name ${opener})
        string(APPEND declarations "void ${name}(lua_State *L);\n")
        string(APPEND entries "    ${name},\n")
    endforeach()
endforeach()
file(WRITE ${OUTPUT} "#include \"vtl.h\"\n\n${declarations}\nconst vtl_opener vtl_openers[] = {\n${entries}    NULL};\n")
