-- The parts of a killed run held against each other: the record, the checkpoint and run.json. What
-- is lost is said, and what the message tells to do works.
local child = require "child"
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"

vt.quiet(true)

local path, read, write = io_folder.name, child.read, child.write

-- Six runs of one dynamics, which share a file for their samples. DIE=k ends the process at the
-- last sample of run k.
local PROTOCOL <const> = [[
local vt = require "vitrum"
local lj = vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34,
                            truncation = "force_shifted" }
local function start()
  local atoms = vt.atoms.fcc{ species = "Cu", a = 3.63, cells = 3 }
  atoms.potential = lj
  return atoms:thermalize{ temperature = 300, seed = 5 }
end
return vt.protocol{ name = "heat", summary = "Heat.", params = { { "high", 400, unit = "K" } },
  run = function(p, out)
    local die, rows = tonumber(os.getenv "DIE"), 0
    local md = out:md(p, { name = "heat", csv = "thermo.csv", potential = lj, start = start,
                           ensemble = "nvt", temperature = 300 })
    for k = 1, 6 do
      rows = rows + #md:run("heating " .. k, {
        temperature = { 300, p.high }, steps = 20, every = 0.01, sample = function(s)
          if s.step == 20 * die then os.exit(9, false) end
        end }).time
    end
    out:stage("end", function() out:save(md.atoms, "end.data", { provenance = "none" }) end)
    return { rows = rows }
  end,
}
]]

TestParts = io_folder.class()

local function run(out, die, more)
  return child.vitrum(io_folder.path, ("heat.lua out=%s quiet=true %s"):format(out, more or ""),
                      ("DIE=%d VITRUM_THREADS=1"):format(die or 99))
end

-- A run that was killed in run k.
local function killed(k)
  write(path "heat.lua", PROTOCOL)
  lu.assertEquals(select(2, run("killed", k)), 9)
end

local function finishes(more)
  local output, status = run("killed", nil, more)
  lu.assertEquals(status, 0, output)
  if not read(path "whole/end.data") then lu.assertEquals(select(2, run "whole"), 0) end
  for _, name in ipairs{ "thermo.csv", "end.data", "run.json" } do
    lu.assertEquals(child.read_without_time(path("killed/" .. name)),
                    child.read_without_time(path("whole/" .. name)), name)
  end
end

-- The run refuses to go on, with these words, and says nothing of the same command.
local function refuses(...)
  local output, status = run "killed"
  lu.assertEquals(status, 1, output)
  for _, words in ipairs{ ... } do lu.assertStrContains(output, words) end
  lu.assertNil(output:find("and it goes on from there", 1, true), output)
end

function TestParts.test_killed_in_any_run_it_goes_on()
  for k = 1, 6 do
    killed(k)
    finishes()
    os.execute(("rm -r '%s'"):format(path "killed"))
  end
end

function TestParts.test_a_record_that_lost_rows()
  for _, k in ipairs{ 2, 3, 5 } do
    killed(k)
    local text = read(path "killed/thermo.csv")
    local last = text:match "([^\n]+\n)$"
    for _, cut in ipairs{ "", text:sub(1, -#last - 1), (text:gsub("\n[^\n]+\n$", "\n" .. last)),
                          (text:gsub("\n%d+,([^\n]+\n)$", "\n7,%1")) } do
      if cut ~= text then
        write(path "killed/thermo.csv", cut)
        refuses("killed/thermo.csv lacks rows that were written: ",
                " were counted, the last with step = ",
                "put the file back as it was, or start again with overwrite=true")
      end
    end
    os.remove(path "killed/thermo.csv")
    refuses "killed/thermo.csv lacks rows that were written: 0 are there"
    -- both ways out
    write(path "killed/thermo.csv", text)
    finishes()
    os.execute(("rm -r '%s'"):format(path "killed"))
    killed(k)
    os.remove(path "killed/thermo.csv")
    finishes "overwrite=true"
    os.execute(("rm -r '%s'"):format(path "killed"))
  end
end

-- The rows of the run under way are in the checkpoint.
function TestParts.test_a_record_without_rows_yet_may_be_lost()
  killed(1)
  os.remove(path "killed/thermo.csv")
  finishes()
end

function TestParts.test_a_damaged_checkpoint()
  for _, damage in ipairs{ function(text) return text:sub(1, -100) end,
                           function(text) return text:sub(1, 4000) .. "X" .. text:sub(4002) end,
                           function() return "" end } do
    killed(1)
    write(path "killed/heat.checkpoint", damage(read(path "killed/heat.checkpoint")))
    refuses("heat.checkpoint", "Remove killed/heat.checkpoint and give the same command again")
    os.remove(path "killed/heat.checkpoint")
    finishes()
    os.execute(("rm -r '%s'"):format(path "killed"))
  end
end

-- When the first run is done, where the second one began is gone: it cannot start anew.
function TestParts.test_a_checkpoint_that_cannot_be_made_again()
  killed(5)
  local text = read(path "killed/heat.checkpoint")
  write(path "killed/heat.checkpoint", text:sub(1, -100))
  refuses("is cut off or damaged", "This run cannot go on: put the file back as it was, or start")
  os.remove(path "killed/heat.checkpoint")
  refuses "killed/heat.checkpoint is missing. This run cannot go on: put the file back as it was"
  write(path "killed/heat.checkpoint", text)
  finishes()
end

function TestParts.test_the_checkpoint_of_another_run()
  write(path "heat.lua", PROTOCOL)
  lu.assertEquals(select(2, run("other", 1, "high=900")), 9)
  killed(1)
  os.execute(("cp '%s' '%s'"):format(path "other/heat.checkpoint", path "killed/heat.checkpoint"))
  refuses("killed/heat.checkpoint belongs to a run with other parameters",
          "Remove killed/heat.checkpoint and give the same command again")
  os.remove(path "killed/heat.checkpoint")
  finishes()
end

function TestParts.test_a_run_that_stops_in_the_same_way_again()
  write(path "again.lua", [[
    return require "vitrum".protocol{ name = "again", summary = "A.", run = function(_, out)
      out:stage("one", function() return {} end)
      if not os.getenv "GO" then error("it went wrong", 0) end
    end }]])
  local first = child.vitrum(io_folder.path, "again.lua quiet=true")
  lu.assertStrContains(first, "it went wrong. The run is saved in again: once the problem above "
    .. "is fixed, the same command goes on from there")
  local second = child.vitrum(io_folder.path, "again.lua quiet=true")
  lu.assertStrContains(second, "it stopped in the same way before: fix the problem above, or "
    .. "start again with overwrite=true")
  local output, status = child.vitrum(io_folder.path, "again.lua quiet=true", "GO=1")
  lu.assertEquals(status, 0, output)
  lu.assertNil(read(path "again/run.json"):find "stopped")
end

-- ---------------------------------------------------------------- several dynamics ----

-- The work is in the text; d(name) makes a dynamics of copper, r(md, name) runs ten steps.
local SEVERAL <const> = [[
local vt = require "vitrum"
local lj = vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34,
                            truncation = "force_shifted" }
local function start()
  local atoms = vt.atoms.fcc{ species = "Cu", a = 3.63, cells = 3 }
  atoms.potential = lj
  return atoms:thermalize{ temperature = 300, seed = 5 }
end
return vt.protocol{ name = "several", summary = "S.",
  params = { vt.protocol.kit.dynamics{ sample_every = 0.01 } },
  run = function(p, out)
    local function d(name) return out:md(p, { name = name, potential = lj, start = start }) end
    local function r(md, name, more)
      local given = { steps = 10, dump = name .. ".dump", dump_every = 0.01 }
      for key, value in pairs(more or {}) do given[key] = value end
      return md:run(name, given)
    end
    %s
  end }
]]

local function several(body, more, environment)
  write(path "several.lua", (SEVERAL:gsub("%%s", function() return body end)))
  return child.vitrum(io_folder.path, "several.lua quiet=true " .. (more or ""), environment)
end

function TestParts.test_precision_is_that_of_the_dynamics()
  for precision, words in pairs{ mixed = "the potential lj is computed in double precision only",
                                 single = "precision must be one of double, mixed" } do
    local output, status = several('r(d "a", "1")', "overwrite=true precision=" .. precision)
    lu.assertNotEquals(status, 0)
    lu.assertStrContains(output, words)
  end
  local output, status = several('r(d "a", "1")', "overwrite=true precision=double")
  lu.assertEquals(status, 0, output)
end

-- Each of these would have given the numbers of another run without a word.
function TestParts.test_dynamics_that_would_take_each_others_state()
  for body, words in pairs{
    ['d "a" d "a"'] = "there is a dynamics 'a' already; give each a name of its own, out:md(p",
    ['d "a b" d "a-b"'] = "'a b' and 'a-b' would have the same checkpoint, a-b.checkpoint",
    ['local a = d "a" a:branch "b"'] = "the dynamics 'a' has not run yet",
    ['local a = d "a" r(a, "1") a:branch "b" a:branch "b"'] = "a branch 'b' with the key none",
    ['local a = d "a" r(a, "1") local b = a:branch "b" r(a, "2") r(b, "3")'] =
      "the dynamics 'a' has gone on since the branch 'b' was made",
    ['local a = d "a" r(a, "1", { sample = function() a:branch "b" end })'] =
      "the dynamics 'a' is running; a branch starts from the end of a run",
    ['r(d "a", "1", { csv = "s.csv" }) r(d "b", "2", { csv = "s.csv" })'] =
      "s.csv has the samples of the dynamics 'a', those of 'b' cannot go there too",
    ['r(d "a", "1", { csv = "a.checkpoint" })'] = "such names are those of checkpoints",
  } do
    local output, status = several(body, "overwrite=true")
    lu.assertEquals(status, 1, body)
    lu.assertStrContains(output, words)
  end
end

-- An option that is wrong from the start leaves no folder in the way of the corrected command.
function TestParts.test_a_first_run_that_cannot_begin()
  local output, status = several 'r(d "a", "1", { evry = 1 })'
  lu.assertEquals(status, 1)
  lu.assertStrContains(output, "unknown option 'evry'")
  lu.assertNil(read(path "several/run.json"))
  output, status = several('r(d "a", "1")', "sample_every=0.0009")
  lu.assertEquals(status, 2)
  lu.assertStrContains(output, "sample_every (0.0009 ps) must be at least the timestep (0.002 ps)")
  output, status = several 'r(d "a", "1")'
  lu.assertEquals(status, 0, output)
end

-- Branches of one name by their keys, frames in the folder of the run, atoms that are looked at
-- first: killed anywhere the same files.
function TestParts.test_branches_and_frames_of_a_killed_run()
  local body <const> = [[
    local a = d "a"
    local count = #a.atoms
    local function s(step) if step.step == tonumber(os.getenv "DIE") then os.exit(9, false) end end
    r(a, "one", { sample = s })
    local b = a:branch("b", { key = 1 })
    r(b, "two", { sample = s })
    r(a, "three", { sample = s })
    local c = a:branch("b", { key = 2 })
    local last = r(c, "four", { sample = s })
    return { count = count, last = last.step }
  ]]
  lu.assertEquals(select(2, several(body, "out=whole")), 0)
  for _, die in ipairs{ 5, 15, 25 } do
    local out <const> = ("out=killed%d checkpoint_every=1e-9"):format(die)
    lu.assertEquals(select(2, several(body, out, "DIE=" .. die)), 9)
    local output, status = several(body, out)
    lu.assertEquals(status, 0, output)
    for _, name in ipairs{ "one", "two", "three", "four" } do
      for _, ending in ipairs{ ".csv", ".dump" } do
        lu.assertEquals(child.read_without_time(path(("killed%d/"):format(die) .. name .. ending)),
                        child.read_without_time(path("whole/" .. name .. ending)), name .. ending)
      end
    end
  end
  -- The atoms were looked at before the first run: that run is known all the same.
  lu.assertEquals(select(2, several(body, "out=lost", "DIE=15")), 9)
  os.remove(path "lost/a.checkpoint")
  local output, status = several(body, "out=lost")
  lu.assertEquals(status, 1)
  lu.assertStrContains(output, "lost/a.checkpoint is missing. This run cannot go on")
end

-- A record that a stage writes anew: run.json never counts rows that are gone.
function TestParts.test_rows_that_a_stage_takes_back()
  write(path "back.lua", [[
    return require "vitrum".protocol{ name = "back", summary = "B.", run = function(_, out)
      local record = out:record("a.csv", { "k" })
      out:stage("one", function() for k = 1, 9 do record:add(k) end record:commit() end)
      out:stage("two", function()
        record:rewind(-1)
        record:add(0.5):commit()
        if os.getenv "DIE" then os.exit(9, false) end
      end)
    end }]])
  lu.assertEquals(select(2, child.vitrum(io_folder.path, "back.lua quiet=true", "DIE=1")), 9)
  local output, status = child.vitrum(io_folder.path, "back.lua quiet=true")
  lu.assertEquals(status, 0, output)
  lu.assertStrContains(read(path "back/a.csv"), "\nk\n0.5\n")
end

os.exit(lu.LuaUnit.run())
