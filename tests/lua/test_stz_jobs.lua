-- Tests of a lattice as jobs: what is kept when they end early, what is refused, and that every
-- sample is there once.
local child = require "child"
local lu = require "luaunit"
local vt = require "vitrum"

local function small(more)
  local o = { n = 24, seed = 7 }
  for key, value in pairs(more or {}) do o[key] = value end
  return vt.stz.lattice(o)
end

local function assert_same_samples(a, b)
  local one, other = a:samples(), b:samples()
  for name, values in pairs(one) do
    lu.assertEquals(other[name]:totable(), values:totable(), name)
  end
end

local function assert_rising(lattice)
  local strain = lattice:samples().strain:totable()
  for k = 2, #strain do lu.assertTrue(strain[k] > strain[k - 1], k) end
end

-- ---------------------------------------------------------------- stopped ----

TestStopped = {}

function TestStopped:setUp() self.folder = child.folder() end

function TestStopped:tearDown() child.remove(self.folder) end

local STRAIN <const>, EVERY <const> = 0.01, 0.001

-- A pressed lattice that was pulled before, the reference of the stopped ones.
local function pressed(more)
  local lattice = small():tension{ strain = 0.002 }
  local o = { strain = STRAIN, every = EVERY }
  for key, value in pairs(more or {}) do o[key] = value end
  return lattice:compression(o)
end

function TestStopped:test_a_killed_test_goes_on_under_its_own_load()
  -- Killed in the first sample: the only checkpoint is that of the start.
  local _, status = child.shell(self.folder, [[
    "$VITRUM" -e 'local vt = require "vitrum"
      local lat = vt.stz.lattice{ n = 24, seed = 7 }
      lat:tension{ strain = 0.002 }
      lat:compression{ strain = 0.01, every = 0.001, checkpoint = "c", csv = "c.csv",
        sample = function() os.execute "kill -KILL $PPID" end }']])
  lu.assertEquals(status, 128 + 9)
  local here = self.folder .. "/c"
  local back = vt.stz.restore(here)
  local whole = pressed()
  -- The job names its files relative to the folder of the killed process.
  lu.assertStrContains(back.note, '"csv": "c.csv"')
  local finished, code = child.shell(self.folder, [[
    "$VITRUM" -e 'local vt = require "vitrum"
      vt.stz.restore("c"):resume()' ]])
  lu.assertEquals(code, 0, finished)
  assert_same_samples(whole, vt.stz.restore(here))
  lu.assertEquals(vt.csv.read(self.folder .. "/c.csv").stress:totable(),
                  whole:samples().stress:totable())
end

function TestStopped:test_ctrl_c_saves()
  local output = child.shell(self.folder, [[
    "$VITRUM" -e 'local vt = require "vitrum"
      local lat = vt.stz.lattice{ n = 24, seed = 7 }
      lat:shear{ strain = 0.05, every = 0.001, checkpoint = "c", csv = "c.csv",
        sample = function(s)
          if s.strain > 0.03 then io.popen("kill -INT $PPID"):close() end
        end }']])
  lu.assertStrContains(output, "interrupted")
  lu.assertNotStrContains(output, "could not be saved")
  local back = vt.stz.restore(self.folder .. "/c")
  lu.assertTrue(back:state().strain > 0.03 and back:state().strain < 0.05)
  lu.assertEquals(vt.csv.read(self.folder .. "/c.csv").strain:totable(),
                  back:samples().strain:totable())
  local finished, code = child.shell(self.folder, [[
    "$VITRUM" -e 'require("vitrum").stz.restore("c"):resume()' ]])
  lu.assertEquals(code, 0, finished)
  assert_same_samples(small():shear{ strain = 0.05, every = 0.001 },
                      vt.stz.restore(self.folder .. "/c"))
end

function TestStopped:test_an_error_in_sample_loses_and_repeats_nothing()
  local whole = pressed()
  local count = #whole:samples().strain
  for stop = 1, count, count // 3 do -- first to last
    local seen = 0
    local lattice = small():tension{ strain = 0.002 }
    local path, copy = ("%s/%d"):format(self.folder, stop), ("%s/copy-%d"):format(self.folder, stop)
    lu.assertErrorMsgContains("enough", lattice.compression, lattice, {
      strain = STRAIN, every = EVERY, checkpoint = path, sample = function()
        seen = seen + 1
        if seen == stop then error "enough" end
      end })
    lu.assertEquals(#lattice:samples().strain, stop)
    lattice:save(copy)
    lu.assertErrorMsgContains("leave note out", lattice.save, lattice, copy, { note = "mine" })
    local after = 0
    lattice:resume{ sample = function() after = after + 1 end }
    lu.assertEquals(seen + after, count)
    assert_same_samples(whole, lattice)
    assert_same_samples(whole, vt.stz.restore(copy):resume{ checkpoint = false })
    assert_same_samples(whole, vt.stz.restore(path)) -- finished by now
    assert_rising(lattice)
  end
end

function TestStopped:test_saved_by_the_sample_function_itself()
  local path = self.folder .. "/c"
  local lattice
  lattice = small()
  lattice:tension{ strain = STRAIN, every = EVERY, sample = function(s)
    if s.strain > STRAIN / 2 then lattice:save(path, { overwrite = true }) end
  end }
  assert_same_samples(lattice, vt.stz.restore(path):resume())
end

function TestStopped:test_what_cannot_be_saved_is_said()
  local lattice = small()
  local inner = self.folder .. "/inner"
  os.execute("mkdir " .. inner)
  lu.assertErrorMsgContains("enough; and the run could not be saved: ", lattice.tension, lattice, {
    strain = STRAIN, checkpoint = inner .. "/c", sample = function()
      os.execute("rm -r " .. inner)
      error("enough", 0)
    end })
  os.execute("mkdir " .. inner)
  lattice:resume()
  lu.assertEquals(vt.stz.restore(inner .. "/c"):state().strain, STRAIN)
end

-- ---------------------------------------------------------------- nested ----

TestNested = {}

function TestNested.test_a_test_inside_a_test_is_refused()
  local whole = small():tension{ strain = STRAIN, every = EVERY }
  local lattice = small()
  local messages = {}
  lattice:tension{ strain = STRAIN, every = EVERY, sample = function()
    for name, given in pairs { shear = { strain = 1 }, resume = {}, step = {},
                               set_load = { strain_rate = 1, strain = { xx = 1 } },
                               advance = { steps = 1 } } do
      local _, message = pcall(lattice[name], lattice, given)
      messages[name] = message
    end
  end }
  for _, name in ipairs { "shear", "resume", "step", "set_load", "advance" } do
    lu.assertStrContains(messages[name], "Lattice:" .. name .. ": not inside a test: ")
  end
  assert_same_samples(whole, lattice)
  lattice:shear{ strain = 0.001 } -- and after it all is allowed
end

function TestNested.test_another_load_ends_an_unfinished_test()
  local lattice = small()
  pcall(lattice.tension, lattice, { strain = STRAIN, sample = function() error "enough" end })
  lattice:set_load{ strain_rate = 1, strain = { xy = 1 } }
  lu.assertErrorMsgContains("the load was changed with lat:set_load", lattice.resume, lattice)
  lu.assertEquals(#lattice:samples().strain, 1)
end

-- ---------------------------------------------------------------- plastic ----

TestPlastic = {}

function TestPlastic:setUp() self.folder = child.folder() end

function TestPlastic:tearDown() child.remove(self.folder) end

-- More than this comes with the last avalanche on 24 x 24 sites only if it has tens of events.
local LAST_AVALANCHE <const> = 0.002

function TestPlastic:test_plastic_counts_from_the_start_of_the_test()
  local lattice = small{ barrier = { width = 0.25 }, elapsed = "held" }:tension{ plastic = 0.004 }
  for _, machine in ipairs { "tension", "compression", "compression" } do
    local before, seen = lattice:state().plastic, nil
    local path = self.folder .. "/" .. machine
    lattice[machine](lattice, { plastic = 0.003, strain = 0.3, csv = path .. ".csv",
      checkpoint = path, sample = function(s) seen = s.plastic end })
    local s = lattice:samples()
    local last = #s.plastic
    lu.assertTrue(s.strain[last] > 0.003 and s.strain[last] < 0.3)
    lu.assertAlmostEquals(s.plastic[1], 0, 1e-15)
    lu.assertTrue(s.plastic[last] >= 0.003 and s.plastic[last] < 0.003 + LAST_AVALANCHE)
    lu.assertEquals(seen, s.plastic[last])
    lu.assertEquals(vt.csv.read(path .. ".csv").plastic:totable(), s.plastic:totable())
    assert_same_samples(lattice, vt.stz.restore(path))
    local origin = machine == "tension" and before or lattice:state().plastic - s.plastic[last]
    lu.assertAlmostEquals(lattice:state().plastic - s.plastic[last], origin, 1e-15)
    assert_rising(lattice)
  end
end

-- After tension the plastic strain of compression starts below zero, which has a loop of its own.
function TestPlastic:test_pressed_after_pulled_resumes_to_the_last_bit()
  local function pulled() return small():tension{ plastic = 0.006 } end
  local whole = pulled():compression{ plastic = 0.004, every = EVERY }
  lu.assertTrue(whole:state().plastic < 0)
  local path, cut, seen = self.folder .. "/c", pulled(), 0
  lu.assertErrorMsgContains("enough", cut.compression, cut, {
    plastic = 0.004, every = EVERY, checkpoint = path, sample = function()
      seen = seen + 1
      if seen == 12 then error "enough" end
    end })
  local back = vt.stz.restore(path):resume()
  lu.assertEquals(#back:samples().strain > 12, true)
  assert_same_samples(whole, back)
  lu.assertEquals(back:state().stress, whole:state().stress)
end

-- ---------------------------------------------------------------- refused ----

TestRefused = {}

function TestRefused:setUp() self.folder = child.folder() end

function TestRefused:tearDown() child.remove(self.folder) end

function TestRefused:test_a_refused_test_changes_no_file_and_no_lattice()
  local function at(name) return self.folder .. "/" .. name end
  local text = "strain,stress\n1,2\n"
  local lattice = small():tension{ strain = 0.001 }
  local before = lattice:state()
  for _, case in ipairs {
    { { movie = "bad.txt", pictures = at "fr" }, "the name must end in .gif" },
    { { movie = at "a.gif" }, "give a folder for them" },
    { { checkpoint = at "none/c" },
      "Lattice:tension: checkpoint: cannot create " .. at "none/c: No such file" },
    { { checkpoint = self.folder }, "is a folder" },
    { { checkpoint = at "mine.csv" }, "csv and checkpoint are the same file" },
    { { pictures = at "mine.csv" }, "cannot make folder" },
    { { zrange = { 1, 0 }, pictures = at "fr" }, "in rising order, got { 1, 0 }" },
    { { zrange = { 1 } }, "zrange must be { lowest, highest }" },
    { { zrange = { 0, 1 / 0 } }, "zrange must be" },
    { { field = "heat" }, "unknown field 'heat'" },
    { { every = 1e-12 }, "'every' must be at least a hundredth of the strain step" },
    { { strain_rate = 1e19 }, "the strain rate must be above 0 and at most 1e18/s" },
    { { csv = at "curve.csv.gz" }, "leave .gz out" },
    { { csv = at "none/curve.csv" }, "csv: cannot create" },
  } do
    child.write(at "mine.csv", text)
    local o = { strain = 0.01, csv = at "mine.csv", overwrite = true }
    for key, value in pairs(case[1]) do o[key] = value end
    lu.assertErrorMsgContains(case[2], lattice.tension, lattice, o)
    lu.assertErrorMsgContains("test_stz_jobs.lua:", function() lattice:tension(o) end)
    lu.assertEquals(child.read(at "mine.csv"), text, case[2])
    lu.assertEquals(lattice:state(), before, case[2])
  end
  child.write(at "c", "mine")
  lu.assertErrorMsgContains("overwrite = true", lattice.tension, lattice,
                            { strain = 0.01, checkpoint = at "c" })
  lu.assertEquals(child.read(at "c"), "mine")
  lu.assertEquals(#lattice:samples().strain > 1, true) -- those of the first test
  local left = child.shell(self.folder, "ls -d *check* none")
  lu.assertStrContains(left, "cannot access '*check*'")
end

function TestRefused.test_wrong_arguments_are_told_at_the_users_line()
  local lattice = small()
  for message, call in pairs {
    ["Lattice:save: the file name must be a string, not"] = function() lattice:save() end,
    ["stz.restore: the file name must be a string, not"] = function() vt.stz.restore {} end,
    ["Lattice:set_load: options must be a table"] = function() lattice:set_load(3) end,
  } do
    lu.assertErrorMsgContains(message, call)
    lu.assertErrorMsgContains("test_stz_jobs.lua:", call)
  end
end

function TestRefused:test_files_of_one_process_are_its_own()
  local path = self.folder .. "/c"
  local lattice = small()
  for _ = 1, 2 do
    lattice:tension{ strain = 0.001, checkpoint = path, csv = path .. ".csv" }
  end
  vt.stz.restore(path):tension{ strain = 0.001, checkpoint = path }
  lu.assertEquals(vt.stz.restore(path):state().strain, 0.001)
end

-- ---------------------------------------------------------------- every ----

TestEvery = {}

function TestEvery.test_the_smallest_every_samples_each_step()
  local lattice = small()
  lattice:tension{ strain = 0.002, every = lattice.strain_step / 100 }
  local state = lattice:state()
  lu.assertEquals(#lattice:samples().strain - 1, state.elastic_steps + state.thermal_steps)
  assert_rising(lattice)
end

function TestEvery.test_without_every_the_nearer_end_decides()
  for _, case in ipairs {
    { { strain = 0.01, plastic = 0.1 }, 0.01 / 200 },
    { { strain = 5, plastic = 0.002 }, 4 * 0.002 / 200 },
  } do
    local lattice = small{ strain_step = 1e-5 }:tension(case[1])
    local strain = lattice:samples().strain
    -- A sample comes after a step: late by one at most.
    lu.assertAlmostEquals(strain[51], 50 * case[2] + 5e-6, 5e-6 + 1e-12)
  end
end

local status <const> = lu.LuaUnit.run()
collectgarbage()
os.exit(status)
