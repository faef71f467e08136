-- What every long job does beside its steps: trajectories of dynamics, the table in the terminal,
-- what ends a job, full disks.
local child = require "child"
local copper = require "copper"
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"

vt.quiet(true)
vt.threads(1)

local crystal, path, message = copper.crystal, io_folder.name, io_folder.message
local read, write = child.read, child.write

local NVT <const> = { ensemble = "nvt", temperature = 300, seed = 3 }

-- Steps of the frames in a file.
local function steps_of(name)
  local steps = {}
  for _, info in vt.atoms.frames(path(name)) do steps[#steps + 1] = info.timestep end
  return steps
end

-- ---------------------------------------------------------------- trajectories ----

TestDump = copper.class()

function TestDump.test_frames_come_when_they_are_due()
  local glass = crystal(300)
  local md = vt.md(glass)
  md:run{ time = 0.1, every = 0.03, dump = path "a.dump", dump_every = 0.02 }
  lu.assertEquals(steps_of "a.dump", { 0, 10, 20, 30, 40, 50 })
  -- each is what dynamics of that length gives, whatever the samples
  local other = crystal(300)
  vt.md(other):run{ steps = 30 }
  local frame, info = vt.atoms.read(path "a.dump", { frame = 4 })
  lu.assertAlmostEquals((frame:positions() - other:positions()):abs():max(), 0, 1e-13)
  lu.assertEquals(frame:velocities():totable(), other:velocities():totable())
  lu.assertAlmostEquals(info.time, 0.06, 1e-12)
  -- without dump_every a hundredth of the run; steps count on; other formats by their names
  md:run{ steps = 500, dump = path "b.xyz.gz" }
  local steps = steps_of "b.xyz.gz"
  lu.assertEquals(#steps, 101)
  -- and it disturbs nothing
  local plain = crystal(300)
  vt.md(plain):run{ time = 0.1 }:run{ steps = 500 }
  copper.assert_same(glass, plain)
end

function TestDump.test_an_error_and_on()
  vt.md(crystal(), NVT):run{ steps = 60, dump = path "whole.dump", dump_every = 0.014 }
  for _, stop in ipairs{ 0, 21, 28, 35 } do
    local md = vt.md(crystal(), NVT)
    local function sample(s) if s.step == stop then error "enough" end end
    pcall(md.run, md, { steps = 60, every = 0.014, dump = path "cut.dump", dump_every = 0.014,
                        sample = sample })
    lu.assertTrue(md.remaining > 0)
    md:resume()
    lu.assertEquals(read(path "cut.dump"), read(path "whole.dump"), stop)
  end
end

function TestDump.test_append_goes_on_with_the_run_before()
  local md = vt.md(crystal(), NVT)
  md:run{ steps = 20, dump = path "a.dump", dump_every = 0.02 }
  md:run{ steps = 20, dump = path "a.dump", dump_every = 0.02, append = true }
  lu.assertEquals(steps_of "a.dump", { 0, 10, 20, 30, 40 })
  md:run{ steps = 20, dump = path "a.dump", dump_every = 0.02 } -- its own: replaced
  lu.assertEquals(steps_of "a.dump", { 40, 50, 60 })
  md:run{ steps = 10, dump = path "new.dump", dump_every = 0.02, append = true } -- none: begun
  lu.assertEquals(steps_of "new.dump", { 60, 70 })
  local text = read(path "new.dump")
  for _, other in ipairs{ vt.md(crystal(), NVT), md } do
    lu.assertStrContains(message(other.run, other, { steps = 20, dump = path "a.dump",
                                                     append = true }),
                         "is not the dump of the previous run of this dynamics")
  end
  write(path "new.dump", text:sub(1, -2) .. "#\n")
  lu.assertStrContains(message(md.run, md, { steps = 2, dump = path "new.dump", append = true }),
                       "so nothing is added to it")
  lu.assertEquals(md.remaining, 0)
end

function TestDump.test_wrong_input_changes_nothing()
  local md = vt.md(crystal(300))
  local function refused(options)
    options.steps = 10
    return message(md.run, md, options)
  end
  write(path "mine.dump", "precious")
  lu.assertStrContains(refused{ dump_every = 1 }, "dump_every needs a file for the frames")
  lu.assertStrContains(refused{ append = true }, "append needs a file for the frames")
  lu.assertStrContains(refused{ dump = path "mine.dump" }, "was not written by this run")
  lu.assertStrContains(refused{ dump = path "mine.dump", append = true }, "nothing is added to it")
  lu.assertStrContains(refused{ dump = path "a.data" }, "holds one frame")
  lu.assertStrContains(refused{ dump = path "a" }, "does not tell the format; use one of")
  lu.assertStrContains(refused{ dump = path "none/a.dump" }, "make the folder first")
  lu.assertStrContains(refused{ dump = path "a.dump", dump_every = 1e-5 }, "less than a timestep")
  lu.assertStrContains(refused{ dump = path "a.dump", dump_every = "2" }, "a positive number")
  lu.assertStrContains(refused{ dump = path "a.dump", csv = path "a.dump" }, "the same file")
  lu.assertStrContains(refused{ dump = 3 }, "the name of a file, or false")
  lu.assertEquals(read(path "mine.dump"), "precious")
  lu.assertEquals(io_folder.files(), { "mine.dump" })
  lu.assertEquals(md.step, 0)
  lu.assertStrContains(message(md.resume, md, { dump = path "a.dump" }), "is finished")
end

function TestDump.test_frames_after_a_blow_up_are_taken_back()
  local glass = crystal(300)
  local md = vt.md(glass, { timestep = 0.001 })
  local text = message(md.run, md, { steps = 900, dump = path "a.dump", dump_every = 0.05,
    every = 0.33, sample = function(s)
      if s.step == 660 then glass:velocities()[33][1] = 4e3 end
    end })
  lu.assertStrContains(text, "the atoms are back at step ")
  local steps = steps_of "a.dump"
  lu.assertTrue(steps[#steps] <= md.step and steps[#steps] > md.step - 50)
end

-- A run in a process of its own. `how`: whole, killed (after a checkpoint, with more frames behind
-- it), resumed.
local KILLED <const> = [[
local vt = require "vitrum"
vt.threads(1)
local how = arg[1]
local lj = vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34,
                            truncation = "force_shifted" }
if how == "resumed" then
  local _, md = vt.md_restore("run.checkpoint", lj)
  md:resume()
  return
end
local glass = vt.atoms.fcc{ species = "Cu", a = 3.63, cells = { 4, 4, 4 } }
glass.potential = lj
local md = vt.md(glass, { ensemble = "nvt", temperature = 300, seed = 3 })
md:run{ steps = 400, every = 0.02, dump = how .. ".dump", dump_every = 0.04, csv = how .. ".csv",
        checkpoint = how == "run" and "run.checkpoint" or nil, checkpoint_every = 1e-9,
        sample = function(s)
          if how == "run" and s.step == 200 then os.rename("run.checkpoint", "kept") end
          if how == "run" and s.step == 290 then
            os.rename("kept", "run.checkpoint")
            io.popen("kill -" .. arg[2] .. " $PPID"):read "a"
          end
        end }
]]

function TestDump.test_killed_and_resumed_it_is_the_same_file()
  write(path "run.lua", KILLED)
  lu.assertEquals({ child.vitrum(io_folder.path, "run.lua whole") }, { "", 0 })
  local output, status = child.vitrum(io_folder.path, "run.lua run KILL")
  lu.assertEquals(status, 128 + 9, output)
  lu.assertEquals(steps_of "run.dump", { 0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240,
                                         260, 280 })
  local frames = read(path "run.dump")
  -- another file in its place, one that lost frames, none
  local function changed(at) return frames:sub(1, at) .. "x" .. frames:sub(at + 2) end
  local place = frames:find("\n180\n", 1, true) + 1000
  for _, other in ipairs{ "precious", frames:sub(1, 20000), changed(place) } do
    write(path "run.dump", other)
    output, status = child.vitrum(io_folder.path, "run.lua resumed")
    lu.assertEquals(status, 1, output .. #other)
    lu.assertStrContains(output, "there is no such file with its frames, so this name is not taken")
    lu.assertEquals(read(path "run.dump"), other)
  end
  write(path "run.dump", frames)
  output, status = child.vitrum(io_folder.path, "run.lua resumed")
  lu.assertEquals(status, 0, output)
  lu.assertEquals(read(path "run.dump"), read(path "whole.dump"))
  lu.assertEquals(read(path "run.csv"), read(path "whole.csv"))
end

-- ---------------------------------------------------------------- signals ----

TestSignals = copper.class()

-- The batch system's way to end a job.
function TestSignals.test_sigterm_saves_and_tells()
  write(path "run.lua", (KILLED:gsub("run%.checkpoint\", \"kept", "a\", \"b")
    :gsub("kept\", \"run%.checkpoint", "a\", \"b")))
  lu.assertEquals(select(2, child.vitrum(io_folder.path, "run.lua whole")), 0)
  for _, case in ipairs{ { "TERM", 143, "interrupted by SIGTERM after 0.58 of 0.8 ps" },
                         { "INT", 130, "interrupted after 0.58 of 0.8 ps" } } do
    for _, name in ipairs{ "run.dump", "run.csv", "run.checkpoint" } do os.remove(path(name)) end
    local output, status = child.vitrum(io_folder.path, "run.lua run " .. case[1],
                                        "env --default-signal=INT")
    lu.assertEquals(status, case[2], output)
    lu.assertStrContains(output, case[3] .. "; md:resume() goes on, in another session after "
      .. 'vt.md_restore "run.checkpoint"')
    output, status = child.vitrum(io_folder.path, "run.lua resumed")
    lu.assertEquals(status, 0, output)
    lu.assertEquals(read(path "run.dump"), read(path "whole.dump"))
    lu.assertEquals(read(path "run.csv"), read(path "whole.csv"))
  end
end

function TestSignals.test_sigterm_ends_a_lattice_and_the_prompt()
  local output, status = child.vitrum(io_folder.path, [[-e 'local vt = require "vitrum"
    vt.stz.lattice{ n = 24, seed = 7 }:shear{ strain = 0.05, every = 0.001, checkpoint = "c",
      sample = function(s)
        if s.strain > 0.03 then io.popen("kill -TERM $PPID"):close() end
      end }']])
  lu.assertEquals(status, 143, output)
  lu.assertStrContains(output, "interrupted by SIGTERM after strain 0.03")
  lu.assertStrContains(output, 'lat:resume() goes on, in another session after vt.stz.restore "c"')
  lu.assertTrue(vt.stz.restore(path "c"):resume():state().strain >= 0.05)
  -- lines on standard input: those behind are not run
  write(path "lines", 'io.popen("kill -TERM $PPID"):read "a"\nwhile true do end\nprint "on"\n')
  output, status = child.vitrum(io_folder.path, "-i < lines")
  lu.assertEquals(status, 143, output)
  lu.assertNotStrContains(output, "on\n")
end

function TestSignals.test_what_swallows_it_is_ended_all_the_same()
  write(path "a.lua", [[
    local vt = require "vitrum"
    io.popen("kill -TERM $PPID"):read "a"
    while true do pcall(function() while true do end end) end]])
  local output, status = child.vitrum(io_folder.path, "a.lua")
  lu.assertEquals(status, 143, output)
  -- a second one acts at once
  write(path "b.lua", [[
    local vt = require "vitrum"
    io.popen("kill -TERM $PPID; kill -TERM $PPID"):read "a"
    print "never"]])
  output, status = child.vitrum(io_folder.path, "b.lua")
  lu.assertEquals(status, 143)
  lu.assertNotStrContains(output, "never")
end

-- ---------------------------------------------------------------- the table ----

TestLog = copper.class()

-- What a piece of Lua prints in a process of its own, standard output alone.
local function printed(code)
  write(path "code.lua", [[
    local vt = require "vitrum"
    vt.quiet(true)
    local glass = vt.atoms.fcc{ species = "Cu", a = 3.63, cells = { 4, 4, 4 } }
    glass.potential = vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34,
                                       truncation = "force_shifted" }
    local md = vt.md(glass, { ensemble = "nvt", temperature = 300, seed = 3 })
  ]] .. code)
  local output = child.shell(io_folder.path, '"$VITRUM" code.lua 2>/dev/null')
  local lines = {}
  for line in output:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

function TestLog.test_of_dynamics()
  local lines = printed [[md:run{ temperature = { 300, 200 }, time = 0.2, every = 0.1, csv = "a",
                                  log = { "step", "target_temperature", "stress.xx", "lx" } }]]
  lu.assertEquals(#lines, 10)
  lu.assertStrMatches(lines[1], "md: started %d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d")
  lu.assertStrContains(lines[2], "md: 256 atoms; timestep 0.002 ps; thermostat nose-hoover")
  lu.assertStrContains(lines[2], "0.2 ps, 100 steps")
  lu.assertEquals(lines[3], "md: time 0.2 ps; temperature 300 to 200 K; every 0.1 ps")
  lu.assertEquals(lines[4], "md: csv a")
  lu.assertStrMatches(lines[5], " +step +target_temperature +stress.xx +lx")
  lu.assertStrMatches(lines[6], " +%[%-%] +%[K%] +%[GPa%] +%[A%]")
  lu.assertStrMatches(lines[7], " +0 +300 +%-?%d+%.%d+ +14.52")
  lu.assertStrMatches(lines[9], " +100 +200 +%-?%d+%.%d+ +14.52")
  lu.assertEquals(#lines[5], #lines[7])
  lu.assertStrMatches(lines[10], "md: ended [%d: %-]+, 0.2 of 0.2 ps in %d%.%d s")
end

function TestLog.test_of_a_lattice_and_of_what_ended_early()
  local lines = printed [[vt.stz.lattice{ n = 24, seed = 7 }:tension{ strain = 0.01, every = 0.005,
                                                                      log = true }]]
  lu.assertEquals(lines[2],
                  "lat: 24 x 24 sites at 300 K, strain rate 0.0001 1/s; to strain 0 of 0.01")
  lu.assertStrMatches(lines[3], " +strain +stress +plastic +transformations +time")
  lu.assertStrMatches(lines[7], " +0.01 +%d.%d+ .*")
  lu.assertStrMatches(lines[8], "lat: ended .*, strain 0.01 of 0.01 in .* s")
  lines = printed [[md:run{ time = 1, log = { "time" }, sample = function(s)
                      if s.step == 5 then error "enough" end end }]]
  lu.assertStrContains(lines[#lines - 1], "md: stopped ")
  lu.assertStrContains(lines[#lines], "enough")
end

function TestLog.test_wrong_quantities()
  local md = vt.md(crystal(300))
  local function refused(log) return message(md.run, md, { steps = 5, log = log }) end
  lu.assertStrContains(refused{ "stress_zz" }, "no quantity 'stress_zz'; did you mean 'stress.zz'?")
  lu.assertStrContains(refused{ "entropy of it" }, "there are step, time, temperature")
  lu.assertStrContains(refused{}, "got an empty table")
  lu.assertStrContains(refused "time", "must be true or a list of quantities")
  lu.assertEquals(md.step, 0)
  local lattice = vt.stz.lattice{ n = 16 }
  lu.assertStrContains(message(lattice.tension, lattice, { strain = 0.1, log = { "streß" } }),
                       "Lattice:tension: option 'log': there is no quantity")
end

-- ---------------------------------------------------------------- full disks ----

TestDisk = copper.class()

function TestDisk.test_a_full_disk_at_every_write()
  lu.skipIf(not io.open "/dev/full", "there is no /dev/full")
  assert(os.execute(("ln -s /dev/full '%s'"):format(path "full.dump")))
  for _, options in ipairs{ { csv = "/dev/full" }, { checkpoint = "/dev/full" },
                            { dump = path "full.dump" } } do
    local md = vt.md(crystal(300))
    options.steps = 5
    lu.assertStrContains(message(md.run, md, options), "No space left on device; free some space")
    md:resume{ csv = false, checkpoint = false, dump = false } -- all else is as it was
    lu.assertEquals(md.step, 5)
  end
  local lattice = vt.stz.lattice{ n = 16 }
  for _, name in ipairs{ "csv", "checkpoint" } do
    local options = { strain = 0.001, [name] = "/dev/full" }
    lu.assertStrContains(message(lattice.tension, lattice, options), "No space left on device")
  end
  -- a table that cannot be printed ends no run, but the program tells
  local output, status = child.vitrum(io_folder.path, [[-e 'local lat = vt.stz.lattice{ n = 16 }
    lat:tension{ strain = 0.001, log = true, csv = "a.csv" }' > /dev/full]])
  lu.assertEquals(status, 1)
  lu.assertStrContains(output, "could not write to standard output")
  lu.assertTrue(#vt.csv.read(path "a.csv") > 2)
end

-- ---------------------------------------------------------------- calls ----

TestCalls = copper.class()

function TestCalls.test_a_dot_in_place_of_the_colon()
  local md, lattice = vt.md(crystal(300)), vt.stz.lattice{ n = 16 }
  for text, call in pairs{
    ["MD:run: expected an object of type MD, got a table; call it with a colon, md:run(...)"] =
      function() md.run{ steps = 1 } end,
    ["call it with a colon, md:resume(...)"] = function() md.resume() end,
    ["call it with a colon, md:save(...)"] = function() md.save "a" end,
    ["call it with a colon, lattice:tension(...)"] = function() lattice.tension{ strain = 1 } end,
    ["call it with a colon, lattice:samples(...)"] = function() lattice.samples() end,
  } do
    lu.assertStrContains(message(call), text)
    lu.assertStrContains(message(call), "test_jobs.lua:")
  end
end

function TestCalls.test_samples_that_an_interrupt_kept_from_the_function_come_later()
  local md, seen = vt.md(crystal(300)), {}
  local function sample(s)
    seen[#seen + 1] = s.step
    if s.step == 4 then error "enough" end
  end
  pcall(md.run, md, { steps = 10, every = 0.004, sample = sample })
  md:save(path "c")
  local _, other = vt.md_restore(path "c", copper.lj)
  other:resume{ sample = sample }
  lu.assertEquals(seen, { 0, 2, 4, 6, 8, 10 })
end

os.exit(lu.LuaUnit.run())
