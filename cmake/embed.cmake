# Writes OUTPUT, a C file with the text of each Lua file in MODULES and the table that
# src/lua/l_vitrum.c loads them from. FOLDER/plot/script.lua is the module vitrum.plot.script and
# FOLDER/plot/init.lua vitrum.plot. A table of DATA, data/scattering.txt, is the module
# vitrum.data.scattering, whose value is the text; so is FOLDER/picture/view.js, as
# vitrum.data.view.js, and of TEXTS below ROOT scripts/quench.lua, as vitrum.data.scripts/quench.lua.
set(arrays "")
set(entries "")
foreach(path IN LISTS MODULES DATA TEXTS)
    list(FIND TEXTS ${path} text)
    if(text GREATER -1)
        file(RELATIVE_PATH name ${ROOT} ${path})
        set(name "data.${name}")
    else()
        file(RELATIVE_PATH name ${FOLDER} ${path})
        string(REGEX REPLACE "(/init)?\\.lua$" "" name ${name})
        string(REGEX REPLACE "^.*/data/(.*)\\.txt$" "data/\\1" name ${name})
        string(REGEX REPLACE "^.*/([a-z_]+\\.(js|css|glsl))$" "data/\\1" name ${name})
        string(REPLACE "/" "." name ${name})
    endif()
    string(MAKE_C_IDENTIFIER ${name} label)
    file(READ ${path} hex HEX)
    file(SIZE ${path} size)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const unsigned char text_${label}[] = {${bytes}0};\n")
    string(APPEND entries "    {\"vitrum.${name}\", text_${label}, ${size}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"vtl.h\"\n\n${arrays}\nconst vtl_embedded vtl_embedded_modules[] = {\n${entries}    {0}};\n")
