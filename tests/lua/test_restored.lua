-- What a file tells of other files is not taken on trust: names in checkpoints and in run.json.
local child = require "child"
local copper = require "copper"
local forge = require "forge"
local io_folder = require "io_folder"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local system = require "vitrum.system"
local vt = require "vitrum"

vt.quiet(true)
vt.threads(1)

local path, message = io_folder.name, io_folder.message
local read, write = child.read, child.write

-- ---------------------------------------------------------------- checkpoints ----

TestRestoredDynamics = copper.class()

-- A run with csv and checkpoint that its sample function ends, as a kill would; the dynamics is
-- closed, its files are those of another process for all that follows.
local function unfinished(options)
  local md = vt.md(copper.crystal(300), { ensemble = "nvt", temperature = 300 })
  local given = { steps = 60, every = 0.02, sample = function(s)
    if s.step >= 30 then error "enough" end
  end }
  for key, value in pairs(options) do given[key] = value end
  lu.assertStrContains(message(md.run, md, given), "enough")
  return md
end

-- Run Lua in a process of its own, in the folder of the test.
local function elsewhere(code)
  write(path "code.lua", [[
    local vt = require "vitrum"
    vt.quiet(true)
    local lj = vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34,
                                truncation = "force_shifted" }
    local function restore(name) return select(2, vt.md_restore(name, { potential = lj })) end
  ]] .. code)
  return child.vitrum(io_folder.path, "code.lua")
end

function TestRestoredDynamics.test_names_in_a_checkpoint_overwrite_nothing()
  unfinished{ csv = path "AA", checkpoint = path "BB" }
  local good = read(path "BB")
  assert(os.execute(("mkdir '%s'"):format(path "their")))
  for _, name in ipairs{ "their/one", "their/two", "three" } do write(path(name), "precious") end
  local function forged(csv, checkpoint)
    local text = ("csv %d\n%s\ncheckpoint %d\n%s\n"):format(#csv, csv, #checkpoint, checkpoint)
    write(path "evil", forge.with(good, "text", text))
  end
  for _, names in ipairs{ { "their/one", "their/two" }, { "three", "evil" },
                          { path "their/one", "evil" }, { "../their/one", "their/two" },
                          { "AA", "three" } } do
    forged(table.unpack(names))
    local output, status = elsewhere 'restore "evil":resume()'
    lu.assertEquals(status, 1)
    lu.assertStrContains(output, "this name is not taken from the checkpoint")
    lu.assertStrContains(output, " = false to go on without")
  end
  for _, name in ipairs{ "their/one", "their/two", "three" } do
    lu.assertEquals(read(path(name)), "precious")
  end
  -- both ways that the message names
  forged("three", "their/two")
  local output, status = elsewhere [[
    local md = restore "evil"
    print(pcall(md.resume, md, { csv = "three", checkpoint = false }))
    md:resume{ csv = "mine.csv", checkpoint = false }
  ]]
  lu.assertEquals(status, 0, output)
  lu.assertStrContains(output, "three exists and was not written by this run")
  lu.assertEquals(#vt.csv.read(path "mine.csv"), 7)
  lu.assertEquals(read(path "three"), "precious")
end

function TestRestoredDynamics.test_a_run_goes_on_in_its_own_files()
  unfinished{ csv = path "run.csv", checkpoint = path "run.checkpoint" }
  local whole = vt.md(copper.crystal(300), { ensemble = "nvt", temperature = 300 })
  whole:run{ steps = 60, every = 0.02, csv = path "whole.csv" }
  -- the whole folder may have moved
  assert(os.execute(("mkdir '%s' && mv '%s' '%s' '%s'"):format(path "moved", path "run.csv",
    path "run.checkpoint", path "moved")))
  local output, status = elsewhere 'restore "moved/run.checkpoint":resume()'
  lu.assertEquals(status, 0, output)
  lu.assertEquals(read(path "moved/run.csv"), read(path "whole.csv"))
  lu.assertEquals(select(2, vt.md_restore(path "moved/run.checkpoint", copper.lj)).remaining, 0)
end

function TestRestoredDynamics.test_a_csv_that_lost_samples_is_named()
  unfinished{ csv = path "run.csv", checkpoint = path "run.checkpoint" }
  local text = read(path "run.csv")
  for _, cut in ipairs{ "", text:match "^(.*\n)[^\n]+\n$", (text:gsub("\n0,", "\n1,")) } do
    write(path "run.csv", cut)
    local output, status = elsewhere 'restore "run.checkpoint":resume()'
    lu.assertEquals(status, 1)
    lu.assertStrContains(output, "beside the checkpoint there is no such file with its samples")
  end
  os.remove(path "run.csv")
  lu.assertEquals(select(2, elsewhere 'restore "run.checkpoint":resume()'), 1)
  lu.assertEquals(select(2, elsewhere 'restore "run.checkpoint":resume{ csv = "run.csv" }'), 0)
  lu.assertEquals(#vt.csv.read(path "run.csv"), 7)
end

function TestRestoredDynamics.test_what_a_checkpoint_holds_of_its_run_is_checked()
  unfinished{ checkpoint = path "run.checkpoint" }
  local good = read(path "run.checkpoint")
  for _, text in ipairs{ "csv 1\na\ncsv 1\nb\n", "csv 5\nab\n", "csv 99999999999999999999\na\n",
                         "restored 1\na\n", "csv\n", "csv 1\nab\n", "csv -1\na\n", "csv 2 \nab\n",
                         ("x"):rep(100) } do
    write(path "bad", forge.with(good, "text", text))
    lu.assertStrContains(message(vt.md_restore, path "bad", copper.lj),
                         "its record of the run (csv, checkpoint, note) cannot be read")
  end
  -- Nothing of a checkpoint that is refused gets into the user's atoms.
  local into = copper.crystal(300)
  local before, potential = into:copy(), into.potential
  write(path "bad", forge.with(good, "text", "csv\n"))
  lu.assertStrContains(message(vt.md_restore, path "bad", into), "cannot be read")
  lu.assertEquals((into:positions() - before:positions()):abs():max(), 0)
  lu.assertEquals((into:velocities() - before:velocities()):abs():max(), 0)
  lu.assertEquals(into.potential, potential)
  write(path "bad", forge.with(good, "text", "checkpoint_every 2\n-1\n"))
  lu.assertAlmostEquals(select(2, vt.md_restore(path "bad", copper.lj)).remaining, 0.06, 1e-12)
end

function TestRestoredDynamics.test_files_of_a_finished_run_are_written_where_they_are_named()
  local md = vt.md(copper.crystal(300), {})
  lu.assertStrContains(message(md.resume, md, { csv = path "late.csv" }),
                       "there are no samples to write to " .. path "late.csv")
  md:run{ steps = 5, every = 0.002, csv = path "first.csv" }
  os.remove(path "first.csv")
  md:resume()
  md:resume{ csv = path "late.csv" }
  lu.assertEquals(#vt.csv.read(path "late.csv"), 6)
  lu.assertNil(read(path "first.csv"))
  md:resume{ checkpoint = path "late.checkpoint" }
  lu.assertEquals(select(2, vt.md_restore(path "late.checkpoint", copper.lj)).step, 5)
  write(path "their.csv", "precious")
  lu.assertStrContains(message(md.resume, md, { csv = path "their.csv" }), "overwrite = true")
  lu.assertEquals(read(path "their.csv"), "precious")
end

-- A file that cannot be written any more when the run ends.
function TestRestoredDynamics.test_a_run_whose_files_failed_writes_them_when_it_is_resumed()
  assert(os.execute(("mkdir '%s'"):format(path "gone")))
  local md = vt.md(copper.crystal(300), {})
  lu.assertStrContains(message(md.run, md, { steps = 5, every = 0.002, csv = path "gone/run.csv",
    sample = function(s) if s.step == 5 then os.execute(("rm -r '%s'"):format(path "gone")) end end,
  }), "cannot create " .. path "gone/run.csv")
  lu.assertEquals(md.remaining, 0)
  lu.assertStrContains(message(md.resume, md), "cannot create " .. path "gone/run.csv")
  assert(os.execute(("mkdir '%s'"):format(path "gone")))
  md:resume()
  lu.assertEquals(#vt.csv.read(path "gone/run.csv"), 6)
end

-- The potential too is found by a name in the checkpoint.
function TestRestoredDynamics.test_a_potential_that_is_a_device()
  local found, eam = pcall(vt.potential.eam, "CuZr_mm.eam.fs")
  if not found then lu.skip "CuZr_mm.eam.fs is missing" end
  local atoms = copper.crystal(300)
  atoms.potential = eam
  vt.md(atoms):save(path "good")
  local file = "/dev/zero"
  write(path "bad", forge.with(forge.with(read(path "good"), "potential_path", file),
                               "potential_file", file .. ("\0"):rep(1024 - #file)))
  lu.assertStrContains(message(vt.md_restore, path "bad"), "/dev/zero is not a file")
end

-- ---------------------------------------------------------------- lattices ----

TestRestoredLattice = copper.class()

-- A test that its sample function ends at the n-th sample, and its checkpoint; in another process
-- for all that follows, since other names are checked.
local function pulled(n, options)
  local given = { strain_rate = 1, strain = 0.01, every = 1e-3, sample = function()
    n = n - 1
    if n == 0 then error "enough" end
  end }
  for key, value in pairs(options) do given[key] = value end
  local lattice = vt.stz.lattice{ n = 16, seed = 4 }
  lu.assertStrContains(message(lattice.tension, lattice, given), "enough")
end

local function resumed(name, options)
  return child.vitrum(io_folder.path,
    ([[-e 'vt.quiet(true) vt.stz.restore("%s"):resume(%s)']]):format(name, options or ""))
end

function TestRestoredLattice.test_names_in_a_checkpoint_overwrite_nothing()
  assert(os.execute(("mkdir '%s'"):format(path "their")))
  for _, name in ipairs{ "their/one", "their/two", "three" } do write(path(name), "precious") end
  pulled(4, { csv = path "run.csv", checkpoint = path "run.checkpoint" })
  local lattice = vt.stz.restore(path "run.checkpoint")
  local function forged(changes)
    local job = json.decode(lattice.note, "note")
    for key, value in pairs(changes) do job[key] = value end
    local copy = vt.stz.restore(path "run.checkpoint")
    getmetatable(copy).methods.save(copy, path "evil", { overwrite = true })
    local text = read(path "evil")
    local length, rest = text:match "^(%d+)\n(.*)$"
    local note = json.encode(job)
    write(path "evil", ("%d\n%s%s"):format(#note, note, rest:sub(tonumber(length) + 1)))
  end
  for _, names in ipairs{ { csv = "their/one" }, { csv = "three" }, { checkpoint = "their/two" },
                          { checkpoint = "three" }, { csv = path "their/one" },
                          { csv = "run.csv", checkpoint = "evil", pictures = "their" },
                          { csv = "run.csv", checkpoint = "evil", pictures = "their",
                            movie = "three.gif" } } do
    forged(names)
    local output, status = resumed "evil"
    lu.assertEquals(status, 1, output)
    lu.assertStrContains(output, "this name is not taken from the checkpoint. Give a name, lat:")
  end
  for _, name in ipairs{ "their/one", "their/two", "three" } do
    lu.assertEquals(read(path(name)), "precious")
  end
  forged{ csv = "three", checkpoint = "their/two" }
  local output, status = resumed("evil", '{ csv = "three", checkpoint = false }')
  lu.assertEquals(status, 1)
  lu.assertStrContains(output, "three exists and was not written by this run")
  output, status = resumed("evil", '{ csv = "mine.csv", checkpoint = false }')
  lu.assertEquals(status, 0, output)
  lu.assertEquals(#vt.csv.read(path "mine.csv"), 11)
end

function TestRestoredLattice.test_a_test_goes_on_in_its_own_files()
  vt.stz.lattice{ n = 16, seed = 4 }:tension{ strain_rate = 1, strain = 0.01, every = 1e-3,
                                              csv = path "whole.csv" }
  for _, n in ipairs{ 1, 2, 7 } do
    pulled(n, { csv = path "run.csv", checkpoint = path "run.checkpoint", overwrite = true })
    local output, status = resumed "run.checkpoint"
    lu.assertEquals(status, 0, output)
    lu.assertEquals(read(path "run.csv"), read(path "whole.csv"))
  end
  pulled(5, { csv = path "run.csv", checkpoint = path "run.checkpoint", overwrite = true })
  write(path "run.csv", (read(path "run.csv"):gsub("[^\n]+\n$", "")))
  local output, status = resumed "run.checkpoint"
  lu.assertEquals(status, 1)
  lu.assertStrContains(output, "wrote its csv to ")
end

function TestRestoredLattice.test_a_note_that_is_no_test()
  local lattice = vt.stz.lattice{ n = 16 }
  for _, note in ipairs{ "{", '{"rows": [[1]]}', '{"rows": [], "every": 0}',
                         '{"rows": [], "every": 1, "checkpoint_every": 1, "field": "x", "csv": 3}',
                         ("["):rep(1000) } do
    lattice:save(path "a", { note = note, overwrite = true })
    local other = vt.stz.restore(path "a")
    lu.assertStrContains(message(other.resume, other), "this lattice is in no test")
    lu.assertEquals(#other:samples().strain, 0)
  end
end

-- Nothing is read to its end that does not begin as a lattice does, and a device has none.
function TestRestoredLattice.test_files_that_are_no_lattice()
  vt.stz.lattice{ n = 16 }:save(path "good")
  local text = read(path "good")
  for _, bad in ipairs{ "", "3", "3\nabc", "x", text:sub(1, 30), text:sub(2), "9" .. text,
                        (text:gsub("VTSTZ", "VTSTX")), "999999999\n" .. text } do
    write(path "bad", bad)
    lu.assertStrContains(message(vt.stz.restore, path "bad"), "is no checkpoint of a lattice")
  end
  write(path "bad", text:sub(1, -2))
  lu.assertStrContains(message(vt.stz.restore, path "bad"), "damaged or cut short")
  for _, other in ipairs{ "/dev/zero", io_folder.path } do
    lu.assertStrContains(message(vt.stz.restore, other), "is no checkpoint of a lattice")
  end
end

function TestRestoredLattice.test_files_of_a_finished_test()
  local lattice = vt.stz.lattice{ n = 16, seed = 4 }
  lattice:tension{ strain_rate = 1, strain = 0.01, every = 1e-3 }
  lattice:resume{ csv = path "late.csv", checkpoint = path "late.checkpoint" }
  lu.assertEquals(#vt.csv.read(path "late.csv"), 11)
  lu.assertEquals(#vt.stz.restore(path "late.checkpoint"):samples().strain, 11)
  lu.assertStrContains(message(lattice.resume, lattice, { movie = path "a.gif" }), "is finished")
  lu.assertStrContains(message(lattice.resume, lattice, { csv = "" }),
                       "the name of a file, or false for none")
end

-- ---------------------------------------------------------------- zero bytes ----

TestZeroBytes = copper.class()

function TestZeroBytes.test_no_name_is_cut_at_a_zero_byte()
  local atoms = copper.crystal(300)
  atoms:save(path "a.data")
  local md, name = vt.md(atoms, {}), path "a.data\0b"
  local calls = {
    function() vt.atoms.read(name) end,
    function() vt.atoms.frames(name) end,
    function() atoms:save(name) end,
    function() vt.write_file(name, "text") end,
    function() md:save(name) end,
    function() md:run{ steps = 1, csv = name } end,
    function() md:run{ steps = 1, checkpoint = name } end,
    function() md:run{ steps = 1, provenance = "one\0two" } end,
    function() md:save(path "b", { note = "one\0two" }) end,
    function() vt.md_restore(name, copper.lj) end,
    function() vt.stz.restore(name) end,
    function() vt.stz.lattice{ n = 16 }:save(name) end,
    function() vt.potential.eam(name) end,
    function() vt.potential.eam{ file = name } end,
    function() vt.csv.read(name) end,
    function() vt.stz.landscape(name) end,
  }
  for k, call in ipairs(calls) do lu.assertStrContains(message(call), "zero byte", k) end
  lu.assertEquals(io_folder.files(), { "a.data" })
end

-- ---------------------------------------------------------------- run.json ----

TestRunState = io_folder.class()

local PROTOCOL <const> = [[
local vt = require "vitrum"
return vt.protocol{ name = "note", summary = "Write a note.", run = function(_, out)
  out:stage("one", function()
    vt.write_file(out:path "note.txt", "one\n", { overwrite = true })
    vt.write_file(out:path "note.checkpoint", "state\n", { overwrite = true })
  end)
  if os.getenv "DIE" then os.exit(9, false) end
end }
]]

local function run(arguments, environment)
  return child.vitrum(io_folder.path, "note.lua " .. (arguments or ""), environment)
end

function TestRunState.test_it_names_files_of_its_folder_alone()
  write(path "note.lua", PROTOCOL)
  for _, name in ipairs{ "precious", "my.checkpoint" } do write(path(name), "precious") end
  assert(os.execute(("mkdir '%s'"):format(path "empty")))
  lu.assertEquals(select(2, run("", "DIE=1")), 9)
  local state = json.decode(read(path "note/run.json"), "run.json")
  for _, name in ipairs{ "../precious", "../empty", "../my.checkpoint", path "precious", "..", ".",
                         "", "a\nb", 3, { "x" } } do
    local changed = json.decode(json.encode(state), "run.json")
    table.insert(changed.files, name)
    write(path "note/run.json", json.encode(changed))
    for _, arguments in ipairs{ "", "overwrite=true", "resume=true" } do
      local output, status = run(arguments)
      lu.assertEquals(status, 1)
      lu.assertStrContains(output, "run.json is not the state of a vitrum run (it names the file ")
    end
  end
  lu.assertEquals(read(path "precious"), "precious")
  lu.assertEquals(read(path "my.checkpoint"), "precious")
  lu.assertTrue(os.execute(("test -d '%s'"):format(path "empty")))
  lu.assertEquals(read(path "note/note.txt"), "one\n")
  -- a folder in the run's folder is no file of the run
  table.insert(state.files, "kept")
  assert(os.execute(("mkdir '%s'"):format(path "note/kept")))
  write(path "note/run.json", json.encode(state))
  local output, status = run "overwrite=true"
  lu.assertEquals(status, 0, output)
  lu.assertTrue(os.execute(("test -d '%s'"):format(path "note/kept")))
end

function TestRunState.test_every_entry_that_is_used_is_checked()
  write(path "note.lua", PROTOCOL)
  lu.assertEquals(select(2, run("", "DIE=1")), 9)
  local text = read(path "note/run.json")
  for _, change in ipairs{ { '"seconds": [%d.e-]+', '"seconds": "x"' }, { '"name"', '"nam"' },
                           { '"started": "[^"]*"', '"started": 3' },
                           { '"files": %b[]', '"files": 3' }, { '"stages": %b[]', '"stages": [1]' },
                           { '"results": %b[]', '"results": [{}]' },
                           { '"inputs": %b[]', '"inputs": {"a": 1}' },
                           { '"status": "running"', '"status": "finished"' },
                           { '"version"', '"potential": 3,\n"version"' },
                           { '"version"', '"returned": 3,\n"version"' },
                           { '"records": %b[]', '"records": {"a": {"rows": 1}}' },
                           { '"trajectories": %b[]', '"trajectories": 3' } } do
    local changed, count = text:gsub(change[1], change[2], 1)
    lu.assertEquals(count, 1, change[1])
    write(path "note/run.json", changed)
    local output, status = run()
    lu.assertEquals(status, 1, change[1])
    lu.assertStrContains(output, "run.json is not the state of a vitrum run (")
    lu.assertNil(output:find "traceback", 1, true)
  end
end

function TestRunState.test_leftovers_of_a_killed_start_go()
  write(path "note.lua", PROTOCOL)
  assert(os.execute(("mkdir '%s'"):format(path "note")))
  local mine <const> = { "run.json.tmp-backup", "note.txt.tmp-2b" }
  for _, name in ipairs{ "run.json.tmp-99999", "run.json.tmp-99999-2", "log.txt.tmp-7" } do
    write(path("note/" .. name), "{ half")
  end
  local output, status = run()
  lu.assertEquals(status, 0, output)
  for _, name in ipairs(mine) do write(path("note/" .. name), "precious") end
  write(path "note/note.txt.tmp-5", "on")
  output, status = run "overwrite=true"
  lu.assertEquals(status, 0, output)
  local names = system.list(path "note")
  table.sort(names)
  lu.assertEquals(names, { "log.txt", "note.txt", mine[2], "run.json", mine[1] })
end

os.exit(lu.LuaUnit.run())
