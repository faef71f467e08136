# Writes OUTPUT, a C file with the text of each Lua file in MODULES and the table that
# src/lua/l_vitrum.c loads them from.
set(arrays "")
set(entries "")
foreach(path IN LISTS MODULES)
    get_filename_component(name ${path} NAME_WE)
    file(READ ${path} hex HEX)
    file(SIZE ${path} size)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const unsigned char text_${name}[] = {${bytes}0};\n")
    string(APPEND entries "    {\"vitrum.${name}\", text_${name}, ${size}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"vtl.h\"\n\n${arrays}\nconst vtl_embedded vtl_embedded_modules[] = {\n${entries}    {0}};\n")
