-- A folder of its own for each test, and what goes into it.
local child = require "child"
local lu = require "luaunit"

local io_folder = { path = nil }

function io_folder.make()
    io_folder.path = child.folder()
end

function io_folder.remove()
    child.remove(io_folder.path)
end

--- A class of tests, each with an empty folder.
function io_folder.class()
    return { setUp = io_folder.make, tearDown = io_folder.remove }
end

--- Full name of a file in the folder.
function io_folder.name(name)
    return io_folder.path .. "/" .. name
end

--- Write a file and give its full name.
function io_folder.put(name, text)
    local file <close> = assert(io.open(io_folder.name(name), "wb"))
    file:write(text)
    return io_folder.name(name)
end

function io_folder.text_of(name)
    local file <close> = assert(io.open(io_folder.name(name), "rb"))
    return file:read "a"
end

--- Names of the files in the folder.
function io_folder.files()
    local list <close> = assert(io.popen("ls -A '" .. io_folder.path .. "'"))
    local names = {}
    for name in list:lines() do names[#names + 1] = name end
    return names
end

function io_folder.exists(name)
    local file = io.open(name, "rb")
    if file then file:close() end
    return file ~= nil
end

--- The message of the error that f raises.
function io_folder.message(f, ...)
    local ok, err = pcall(f, ...)
    lu.assertFalse(ok)
    return tostring(err)
end

--- Run LAMMPS on a script in the folder, or skip.
function io_folder.lammps(script)
    if not os.execute "command -v lmp >/dev/null 2>&1" then lu.skip "LAMMPS is not installed" end
    io_folder.put("in.lammps", script)
    local ok = os.execute("cd '" .. io_folder.path ..
        "' && OMP_NUM_THREADS=1 lmp -in in.lammps -log none " ..
        "-echo none > out.txt 2>&1")
    if not ok then error("LAMMPS failed: " .. io_folder.text_of "out.txt") end
    return io_folder.text_of "out.txt"
end

return io_folder
