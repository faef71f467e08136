-- Checkpoints of dynamics from Lua: going on to the bit, files that are no good, kills.
local child = require "child"
local copper = require "copper"
local forge = require "forge"
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"

vt.quiet(true)
vt.threads(1)

local LATTICE <const>, lj = copper.LATTICE, copper.lj
local crystal, assert_same = copper.crystal, copper.assert_same
local path, message = io_folder.name, io_folder.message

TestCheckpoint = copper.class()

local BUSY <const> = { temperature = { 300, 350 }, time = 0.3, every = 0.05 }

function TestCheckpoint.test_going_on_to_the_bit()
  local options = { ensemble = "npt", temperature = 300, barostat = "triclinic", seed = 9 }
  local whole, cut = crystal(), crystal()
  local md = vt.md(whole, options)
  md:run(BUSY):run{ time = 0.1 }
  local first = vt.md(cut, options)
  first:run(BUSY):save(path "md.checkpoint", { note = "between two runs" })
  local atoms, second = vt.md_restore(path "md.checkpoint", { potential = lj })
  lu.assertEquals(second.note, "between two runs")
  lu.assertEquals(second.step, 150)
  lu.assertEquals(second.ensemble, "npt")
  lu.assertEquals(second.seed, 9)
  lu.assertEquals(second:samples().time:totable(), first:samples().time:totable())
  assert_same(atoms, cut)
  second:run{ time = 0.1 }
  assert_same(atoms, whole)
  -- into atoms that are there, and with a potential alone
  local there = crystal()
  local same, third = vt.md_restore(path "md.checkpoint", there)
  lu.assertTrue(rawequal(same, there))
  third:run{ time = 0.1 }
  assert_same(there, whole)
  lu.assertEquals(select(2, vt.md_restore(path "md.checkpoint", lj)).step, 150)
end

--- A lattice of equal bonds hides the order in which forces are added; this mixture is dense, and
--- its lists are built and selected from again and again on the way.
function TestCheckpoint.test_going_on_from_any_step_to_the_bit()
  local STEPS <const> = 60
  local function dense()
    local atoms = vt.atoms.random{ composition = "A80B20", n = 600, seed = 3,
                                   number_density = 1.2 / 2.385 ^ 3, masses = { A = 60, B = 60 } }
    atoms.potential = vt.potential.kob_andersen{ epsilon = 0.1, sigma = 2.385, mass = 60 }
    vt.minimize(atoms, { fmax = 0.5, max_evaluations = 200 })
    return atoms:thermalize{ temperature = 900, seed = 2 }
  end
  for _, skin in ipairs{ 1, 0 } do
    local options = { timestep = 0.004, skin = skin }
    local whole = dense()
    local md = vt.md(whole, options)
    for step = 1, STEPS do
      md:run{ steps = 1 }:save(path(("skin-%d-at-%d"):format(skin, step)))
    end
    local plain = dense()
    vt.md(plain, options):run{ steps = STEPS } -- saving changes nothing
    assert_same(plain, whole)
    for step = 1, STEPS - 1, 2 do
      local atoms, rest = vt.md_restore(path(("skin-%d-at-%d"):format(skin, step)),
                                        whole.potential)
      rest:run{ steps = STEPS - step }
      assert_same(atoms, whole)
    end
  end
end

function TestCheckpoint.test_one_file_for_two_outputs()
  local options = { steps = 2, csv = path "same", checkpoint = path "same" }
  lu.assertStrContains(message(vt.md(crystal(300)).run, vt.md(crystal(300)), options),
                       "csv and checkpoint are the same file")
end

function TestCheckpoint.test_files_that_are_no_good()
  local md = vt.md(crystal(300))
  md:run{ steps = 5 }:save(path "md.checkpoint")
  local good = child.read(path "md.checkpoint")
  local function refused(text, potential)
    child.write(path "bad.checkpoint", text)
    return message(vt.md_restore, path "bad.checkpoint", potential or lj)
  end
  lu.assertStrContains(refused(good:sub(1, -100)), "cut off or damaged")
  lu.assertStrContains(refused(good:sub(1, 20)), "cut off")
  local other = vt.potential.lj{ species = "Cu", epsilon = 0.42, sigma = 2.34,
                                 truncation = "force_shifted" }
  lu.assertStrContains(refused(good, other), "give the same one")
  lu.assertStrContains(refused(good:sub(1, 3000) .. "X" .. good:sub(3002)), "checksum wrong")
  lu.assertStrContains(refused "hello", "is no checkpoint")
  lu.assertStrContains(refused "", "is no checkpoint")
  lu.assertStrContains(refused(good:sub(1, 8) .. "\9" .. good:sub(10)), "format version 9")
  lu.assertStrContains(refused(good:sub(1, 12) .. "\1\2\3\4" .. good:sub(17)), "byte order")
  lu.assertStrContains(message(vt.md_restore, path "none.checkpoint", lj), "cannot open checkpoint")
  lu.assertStrContains(message(vt.md_restore, path "md.checkpoint"), "that has no file (lj)")
  lu.assertStrContains(message(vt.md_restore, path "md.checkpoint", {}), "that has no file (lj)")
  lu.assertStrContains(message(vt.md_restore, path "md.checkpoint", 3), "options must be a table")
  local small = vt.atoms.fcc{ species = "Cu", a = LATTICE, cells = { 3, 3, 3 } }
  small.potential = lj
  lu.assertStrContains(message(vt.md_restore, path "md.checkpoint", small), "holds other atoms")
  child.write(path "theirs", "precious")
  lu.assertStrContains(message(md.save, md, path "theirs"), "theirs")
  lu.assertEquals(child.read(path "theirs"), "precious")
  md:save(path "theirs", { overwrite = true })
  md:save(path "theirs") -- its own by now
end

--- Atoms that a run is at work with stay as they are.
function TestCheckpoint.test_no_restoring_into_atoms_of_a_run()
  local atoms = crystal()
  local md = vt.md(atoms, { temperature = 300, ensemble = "nvt" })
  md:run{ time = 0.1 }:save(path "md.checkpoint")
  local tried = 0
  md:run{ time = 0.1, every = 0.05, sample = function()
    local before = atoms:copy()
    lu.assertStrContains(message(vt.md_restore, path "md.checkpoint", atoms),
      "md_restore: a method that is still at work uses this object")
    assert_same(atoms, before)
    tried = tried + 1
  end }
  lu.assertEquals(tried, 3)
end

function TestCheckpoint.test_another_potential_is_refused()
  local found, eam = pcall(vt.potential.eam, "CuZr_mm.eam.fs")
  if not found then lu.skip "CuZr_mm.eam.fs is missing" end
  local glass = vt.atoms.fcc{ species = "Cu", a = 3.63, cells = { 4, 4, 4 } }
  glass.potential = eam
  local md = vt.md(glass, { ensemble = "langevin", temperature = 300 })
  md:run{ steps = 10 }:save(path "md.checkpoint")
  lu.assertStrContains(message(vt.md_restore, path "md.checkpoint", lj),
                       "was made with the potential eam/fs")
  -- without a potential the file is read again
  local atoms, other = vt.md_restore(path "md.checkpoint")
  assert_same(atoms, glass)
  other:run{ steps = 10 }
  md:run{ steps = 10 }
  assert_same(atoms, glass)
end

-- Dynamics with a copy of an EAM file at `file`.
local function with_eam(file, text, options)
  if not text then
    local installed <close> = io.open "/usr/share/lammps/potentials/CuZr_mm.eam.fs"
    if not installed then lu.skip "CuZr_mm.eam.fs is missing" end
    text = installed:read "a"
  end
  child.write(file, text)
  local glass, eam = crystal(300), vt.potential.eam(file, options)
  glass.potential = eam
  return vt.md(glass):run{ steps = 2 }, glass, eam, text
end

function TestCheckpoint.test_a_potential_of_any_folder_is_read_again()
  local md, glass, eam = with_eam(path "mine.eam.fs")
  lu.assertStrContains(tostring(eam), "mine.eam.fs")
  md:save(path "md.checkpoint")
  assert_same(vt.md_restore(path "md.checkpoint"), glass)
  -- given from the folder it was in, and restored in a new process in another one
  assert(os.execute(("mkdir '%s' '%s'"):format(path "there", path "here")))
  assert(os.execute(("mv '%s' '%s'"):format(path "mine.eam.fs", path "there")))
  local output, status = child.vitrum(path "there", [[-e '
    local glass = vt.atoms.fcc{ species = "Cu", a = 3.63, cells = { 4, 4, 4 } }
    glass.potential = vt.potential.eam "./mine.eam.fs"
    glass:thermalize{ temperature = 300, seed = 5 }
    vt.md(glass):run{ steps = 2 }:save "../md2.checkpoint"']])
  lu.assertEquals(status, 0, output)
  output, status = child.vitrum(path "here",
    [[-e 'print((vt.md_restore "../md2.checkpoint").potential.file)']])
  lu.assertEquals(output, "mine.eam.fs\n")
  lu.assertEquals(status, 0)
end

function TestCheckpoint.test_a_taper_belongs_to_the_potential()
  local md, glass, eam = with_eam(path "mine.eam.fs", nil, { taper = 0.3 })
  md:save(path "md.checkpoint")
  local atoms, other = vt.md_restore(path "md.checkpoint")
  assert_same(atoms, glass)
  lu.assertEquals(atoms.potential.taper, 0.3)
  other:run{ steps = 10 }
  md:run{ steps = 10 }
  assert_same(atoms, glass)
  assert_same(vt.md_restore(path "md.checkpoint", eam), vt.md_restore(path "md.checkpoint"))
  local raw = vt.potential.eam(path "mine.eam.fs")
  lu.assertStrContains(message(vt.md_restore, path "md.checkpoint", raw),
    "was made with the potential eam/fs mine.eam.fs and a taper of 0.3 A, not of 0 A (0: none)")
  glass.potential = raw
  vt.md(glass):run{ steps = 2 }:save(path "raw.checkpoint")
  lu.assertStrContains(message(vt.md_restore, path "raw.checkpoint", eam),
    "a taper of 0 A, not of 0.3 A")
end

function TestCheckpoint.test_a_potential_that_moved_is_sought_by_name()
  local md, _, _, text = with_eam(path "mine.eam.fs")
  md:save(path "md.checkpoint")
  assert(os.execute(("mkdir '%s'"):format(path "library")))
  child.write(path "library/mine.eam.fs", text)
  local function restored()
    return child.vitrum("/", ([[-e 'print(#vt.md_restore "%s")']]):format(path "md.checkpoint"),
                        ("VITRUM_POTENTIALS='%s'"):format(path "library"))
  end
  os.remove(path "mine.eam.fs")
  lu.assertEquals(restored(), "256\n")
  -- another file in its place: one byte of the comment, then nothing that could be read
  child.write(path "mine.eam.fs", "#" .. text)
  lu.assertEquals(restored(), "256\n")
  child.write(path "mine.eam.fs", "not a potential")
  lu.assertEquals(restored(), "256\n")
  -- and none that is right
  child.write(path "library/mine.eam.fs", "#" .. text)
  local output, status = restored()
  lu.assertEquals(status, 1)
  lu.assertStrContains(output, path "md.checkpoint" .. " was made with the potential mine.eam.fs")
  lu.assertStrContains(output, path "mine.eam.fs" .. ":1: expected")
  lu.assertStrContains(output, path "library/mine.eam.fs" .. " has other contents (SHA-256 ")
  lu.assertStrContains(output, "Or give the potential: vt.md_restore(path, { potential = ... })")
end

--- Checkpoints of before had the name alone.
function TestCheckpoint.test_an_older_checkpoint_is_read()
  local md, glass, eam = with_eam(path "mine.eam.fs")
  md:save(path "md.checkpoint")
  child.write(path "old.checkpoint", forge.without(child.read(path "md.checkpoint"),
                                                   "potential_path"))
  assert_same(vt.md_restore(path "old.checkpoint", eam), glass)
  lu.assertStrContains(message(vt.md_restore, path "old.checkpoint"),
                       "which is not found: found no potential file 'mine.eam.fs'; looked in")
  local output = child.vitrum(io_folder.path, [[-e 'print(#vt.md_restore "old.checkpoint")']])
  lu.assertEquals(output, "256\n")
end

function TestCheckpoint.test_a_potential_that_is_found_no_more()
  local md, glass, eam = with_eam(path "mine.eam.fs")
  md:save(path "md.checkpoint")
  os.remove(path "mine.eam.fs")
  local text = message(vt.md_restore, path "md.checkpoint")
  lu.assertStrContains(text, "there is no readable file '" .. path "mine.eam.fs" .. "'; ")
  lu.assertStrContains(text, "found no potential file 'mine.eam.fs'")
  lu.assertStrContains(text, "vt.md_restore(path, { potential = ... })")
  assert_same(vt.md_restore(path "md.checkpoint", { potential = eam }), glass)
end

-- A run in a process of its own; `how` is "whole", "start" (to be killed) or "resume".
local SCRIPT <const> = [[
local vt = require "vitrum"
vt.threads(1)
local how = arg[1]
local lj = vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34,
                            truncation = "force_shifted" }
local glass, md
if how == "resume" then
  glass, md = vt.md_restore("run.checkpoint", { potential = lj })
  assert(md.remaining > 0, "killed too late")
  assert(md.note == "a quench")
  md:resume()
else
  glass = vt.atoms.fcc{ species = "Cu", a = 3.63, cells = { 4, 4, 4 } }
  glass.potential = lj
  md = vt.md(glass, { ensemble = "npt", temperature = 2000, thermostat = "langevin", seed = 4 })
  local whole = how == "whole"
  md:run{ temperature = { 2000, 300 }, time = 5, every = 0.1, note = "a quench",
          sample = how == "start" and function(s)
            if s.step >= 1000 then io.popen "kill -9 $PPID":read "a" end
          end or nil,
          csv = whole and "whole.csv" or "run.csv",
          checkpoint = whole and "whole.checkpoint" or "run.checkpoint",
          checkpoint_every = whole and 1000 or 0.02 }
end
glass:save(how == "whole" and "whole.data" or "run.data")
]]

function TestCheckpoint.test_killed_and_resumed()
  child.write(path "run.lua", SCRIPT)
  local output, status = child.vitrum(io_folder.path, "run.lua whole")
  lu.assertEquals(output, "")
  lu.assertEquals(status, 0)
  output, status = child.vitrum(io_folder.path, "run.lua start")
  lu.assertEquals(status, 128 + 9, output)
  lu.assertNil(child.read(path "run.data"))
  output, status = child.vitrum(io_folder.path, "run.lua resume")
  lu.assertEquals(status, 0, output)
  lu.assertEquals(child.read(path "run.csv"), child.read(path "whole.csv"))
  lu.assertEquals(child.read(path "run.data"), child.read(path "whole.data"))
end

os.exit(lu.LuaUnit.run())
