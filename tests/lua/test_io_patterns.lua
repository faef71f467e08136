-- Trajectories of one file per frame.
local lu = require "luaunit"
local vt = require "vitrum"
local io_folder = require "io_folder"

local class, put, path = io_folder.class, io_folder.put, io_folder.name
local message = io_folder.message

--- A dump of one atom at x; the timestep tells which file it is.
local function frame(step, x)
    return ("ITEM: TIMESTEP\n%d\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS pp pp pp\n0 10\n0 10\n"
        .. "0 10\nITEM: ATOMS id element x y z\n1 Cu %g 5 5\n"):format(step, x or 1)
end

local function steps(source, options)
    local list = {}
    for atoms, info in vt.atoms.frames(source, options) do
        lu.assertEquals(#atoms, 1)
        list[#list + 1] = info.timestep
    end
    return list
end

TestPatterns = class()

function TestPatterns.test_files_come_in_the_order_of_their_numbers()
    for _, step in ipairs{ 100, 9, 10, 0, 20, 1000 } do put("dump." .. step, frame(step)) end
    put("log.lammps", "no atoms\n")
    put("dump.30.tmp-4711", "half writ") -- what another vitrum is just writing
    assert(os.execute("mkdir '" .. path "dump.folder" .. "'"))
    lu.assertEquals(steps(path "dump.*"), { 0, 9, 10, 20, 100, 1000 })
    lu.assertEquals(steps(path "dump.?0"), { 10, 20 })
    lu.assertEquals(steps(path "dump.[0-9]"), { 0, 9 })
    lu.assertEquals(steps(path "d*.1*"), { 10, 100, 1000 })
    -- Leading zeros, several numbers, several frames in a file.
    put("a.2.007.dump", frame(27) .. frame(28))
    put("a.2.10.dump", frame(210))
    put("a.010.1.dump", frame(101))
    lu.assertEquals(steps(path "a.*.dump"), { 27, 28, 210, 101 })
    -- Options go to all files; the name of an option's text may be collected meanwhile.
    lu.assertEquals(steps(path "dump.*", { format = ("du" .. "mp"), species = { "C" .. "u" } }),
        { 0, 9, 10, 20, 100, 1000 })
end

function TestPatterns.test_all_that_takes_trajectories_takes_patterns()
    for k, x in ipairs{ 1, 2, 4, 8 } do put("run." .. 3 * k .. ".dump", frame(3 * k, x)) end
    local two = vt.structure.motion(path "run.*.dump", { interval = 1, spacing = "linear" })
    lu.assertEquals(two.frames, 4)
    local mixed = vt.structure.motion({ path "run.[36].dump", path "run.9.dump" }, { interval = 1 })
    lu.assertEquals(mixed.frames, 3)
end

function TestPatterns.test_what_is_wrong_is_said()
    lu.assertStrContains(message(vt.atoms.frames, path "dump.*"),
        "no file matches '" .. path "dump.*" .. "'; * stands for any letters")
    lu.assertStrContains(message(vt.structure.motion, path "dump.*", {}), "no file matches '")
    put("dump.1", frame(1))
    lu.assertEquals(#vt.atoms.read(path "dump.*"), 1)
    put("dump.2", "ITEM: TIMESTEP\n")
    lu.assertStrContains(message(vt.atoms.read, path "dump.*"), "2 files match '" .. path "dump.*"
        .. "', from " .. path "dump.1" .. " to " .. path "dump.2" .. "; name one of them")
    lu.assertStrContains(message(steps, path "dump.*"), "dump.2:1: the file ends in")
    -- A file whose own name looks like a pattern is that file.
    put("odd[1].dump", frame(77))
    put("odd1.dump", frame(78))
    lu.assertEquals(steps(path "odd[1].dump"), { 77 })
    lu.assertStrContains(message(vt.atoms.read, path "none.dump"), "none.dump")
end

-- A loop that is left early closes the file it is in.
function TestPatterns.test_leaving_early()
    for k = 1, 3 do put("dump." .. k, frame(k)) end
    for _ = 1, 50 do
        for _, info in vt.atoms.frames(path "dump.*") do
            if info.timestep == 2 then break end
        end
    end
    collectgarbage()
    local open <close> = assert(io.popen("ls -l /proc/$PPID/fd 2>/dev/null"))
    lu.assertNil(open:read "a":find(path "dump.", 1, true))
end

os.exit(lu.LuaUnit.run())
