-- The scripts that treat a glass, as-cast, thermal-pressure and biaxial, and what they share, on so
-- few atoms and picoseconds that only the machinery is tested: paths, ages, sums, what is refused.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPTS <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/"
local kit <const> = vt.protocol.kit
local COMMON <const> = " threads=1 quiet=true overwrite=true relax=0.4 minima=2 sample_every=0.02 "
local PRESS <const> = "thermal-pressure.lua glass=start.data rate=2e15 hold=0.3" .. COMMON
local PULL <const> = "biaxial.lua glass=start.data hold=2 unload=1 instant=0.3" .. COMMON

local folder -- the uninterrupted runs are made once

local function glass_of(n, seed)
  local glass = vt.atoms.random{ composition = "Cu64Zr36", n = n, seed = seed }
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  vt.minimize(glass, { fmax = 0.1, box = "axes" })
  return glass
end

local function run(arguments, wanted)
  local text, status = child.vitrum(folder, SCRIPTS .. arguments)
  lu.assertEquals(status == 0, wanted ~= false, text)
  return text
end

local function state_of(name)
  return json.decode(child.read(("%s/%s/run.json"):format(folder, name)), name)
end

local function value_of(name, title)
  for _, entry in ipairs(state_of(name).results) do
    if entry.name == title then return entry.value, entry end
  end
end

TestTreatment = {}

function TestTreatment.setUp()
  if folder then return end
  folder = child.folder()
  glass_of(120, 3):save(folder .. "/start.data")
  run(PRESS .. "out=pressed")
  run(PULL .. "out=pulled")
end

-- ---------------------------------------------------------------- the kit ----

function TestTreatment.test_equivalent_strain()
  -- Small isochoric stretches: e along one axis is e, along two 2 e; a pressure has none.
  lu.assertAlmostEquals(kit.equivalent(0.02, -0.01, -0.01), 0.02, 1e-15)
  lu.assertAlmostEquals(kit.equivalent(0.01, 0.01, -0.02), 0.02, 1e-15)
  lu.assertAlmostEquals(kit.equivalent(0.03, 0.03, 0.03), 0, 1e-15)
  local e = kit.equivalent(vt.array{ 0.02, 0.04 }, vt.array{ -0.01, -0.02 },
                           vt.array{ -0.01, -0.02 })
  lu.assertAlmostEquals(e[2], 0.04, 1e-15)
end

function TestTreatment.test_slope_of_linear_creep()
  local time = vt.array.linspace(0, 20, 2001)
  local creep = kit.slope(time, time * 0.0508 + 3, 5, 20)
  lu.assertAlmostEquals(creep.slope, 0.0508, 1e-12)
  lu.assertAlmostEquals(creep.intercept, 3, 1e-12)
  lu.assertAlmostEquals(creep.error, 0, 1e-12)
  -- What comes before the window, primary creep, does not count.
  local early = time:lt(5) * 0.3
  lu.assertAlmostEquals(kit.slope(time, time * 0.0508 + early, 5, 20).slope, 0.0508, 1e-12)
  lu.assertNil(kit.slope(time, time, 30, 40))
end

function TestTreatment.test_slab()
  local glass = glass_of(400, 5)
  glass.potential = vt.potential.lj{ species = { "Cu", "Zr" }, epsilon = 0.4, sigma = 2.3,
                                     cutoff = 5.5 }
  glass:displace(7, 0, 0) -- atoms beyond the faces come back
  local a = glass:box().a[1]
  local slab = kit.slab(glass, "x", 12)
  local x = slab:positions():slice(nil, 1)
  lu.assertAlmostEquals(slab:box().a[1], a + 12, 1e-12)
  lu.assertTrue(x:min() >= 6 and x:max() <= a + 6)
  lu.assertEquals(slab:images():slice(nil, 1):abs():max(), 0)
  lu.assertAlmostEquals(glass:box().a[1], a, 0)
  -- The surfaces do not see each other: more vacuum changes nothing.
  lu.assertAlmostEquals(kit.slab(glass, "x", 24):energy(), slab:energy(), 1e-9)
  lu.assertTrue(slab:energy() > glass:energy())
  for message, f in pairs {
    ["the vacuum would be 3 A thick along x, less than the cutoff of the potential (5.5 A)"] =
      function() kit.slab(glass, "x", 3) end,
    ["the slab would be 4 A thick along z"] = function()
      kit.slab(glass:copy():set_box{ c = { 0, 0, 4 } }, "z", 12)
    end,
    ["this one is tilted"] = function()
      kit.slab(glass:copy():set_box{ b = { 2, a, 0 } }, "x", 12)
    end,
    ["the axis must be x, y or z, not 'w'"] = function() kit.slab(glass, "w", 12) end,
  } do
    lu.assertStrContains(select(2, pcall(f)), message)
  end
end

-- Atoms at 3, 4 and 9 of a box of 12, by arithmetic; a tilted box has its height.
function TestTreatment.test_extent()
  child.write(folder .. "/three.xyz", '3\nLattice="10 0 0 0 10 0 0 0 12" '
    .. "Properties=species:S:1:pos:R:3\nCu 1 1 9\nCu 1 1 3\nCu 1 1 4\n")
  local atoms = vt.atoms.read(folder .. "/three.xyz")
  local e = kit.extent(atoms, "z")
  for name, value in pairs { height = 12, low = 3, high = 9, gap = 5, at = 6.5, across = 6 } do
    lu.assertAlmostEquals(e[name], value, 1e-12, name)
  end
  atoms:set_box{ c = { 0, 5, 12 } }
  lu.assertAlmostEquals(kit.extent(atoms, "z").gap, 5, 1e-12)
  lu.assertErrorMsgContains("the axis must be x, y or z, not 3", kit.extent, atoms, 3)
end

function TestTreatment.test_changes_are_of_equal_age_and_resolved_or_not()
  local function state(time, energy, deviation)
    return { time = time, energy = energy, energy_error = deviation }
  end
  local value, deviation, note = kit.change(state(100, -4.50, 0.003), state(100.4, -4.511, 0.004),
                                            "energy")
  lu.assertAlmostEquals(value, 0.011, 1e-14)
  lu.assertAlmostEquals(deviation, 0.005, 1e-14)
  lu.assertNil(note)
  value, deviation, note = kit.change(state(100, -4.502, 0.003), state(100, -4.51, 0.004), "energy")
  lu.assertAlmostEquals(value, 0.008, 1e-14)
  lu.assertAlmostEquals(deviation, 0.005, 1e-14)
  lu.assertStrContains(note, "not resolved")
  local ok, problem = pcall(kit.change, state(100, -4.5, 0), state(80, -4.5, 0), "energy")
  lu.assertFalse(ok)
  lu.assertStrContains(problem, "the control is 80 ps old and the treated glass 100 ps: compare "
    .. "glasses of the same age")
end

-- ---------------------------------------------------------------- thermal pressure ----

function TestTreatment.test_pressure_along_the_path()
  local treated = vt.csv.read(folder .. "/pressed/treated.csv")
  local control = vt.csv.read(folder .. "/pressed/control.csv")
  -- 0.4 at the start, heating 0.35, hold 0.3, cooling 0.35, 0.4 without pressure.
  lu.assertAlmostEquals(treated.time[#treated], 1.8, 0.02)
  lu.assertAlmostEquals(control.time[#control], treated.time[#treated], 0.02)
  lu.assertEquals(treated.target_temperature:max(), 1000)
  lu.assertEquals(treated.target_temperature[#treated], 300)
  lu.assertEquals(control.target_temperature:max(), 300)
  -- The enthalpy has P V with the target pressure: 3 GPa on the path, 0 afterwards.
  local function target(csv)
    return (csv.enthalpy - csv.total_energy) / csv.volume * 160.2177
  end
  local path = treated.time:gt(0.42) * treated.time:lt(1.38)
  lu.assertAlmostEquals(target(treated):select(path):min(), 3, 1e-3)
  lu.assertAlmostEquals(target(treated):select(path):max(), 3, 1e-3)
  lu.assertAlmostEquals(target(treated)[#treated], 0, 1e-9)
  lu.assertAlmostEquals(target(control):abs():max(), 0, 1e-9)
  local r = state_of("pressed").returned
  lu.assertEquals(r.treated.time, r.control.time)
  lu.assertAlmostEquals(value_of("pressed", "change of energy of inherent structures"),
                        r.treated.energy - r.control.energy, 1e-12)
  -- The mean over the second half of the relaxation, from its samples, by hand.
  local late = treated.time:gt(1.61)
  lu.assertAlmostEquals(r.treated.warm, treated.potential_energy:select(late):mean() / 120, 2e-3)
  local _, entry = value_of("pressed", "change of energy, mean at room temperature")
  lu.assertEquals(entry.paper, "+0.010 eV/atom")
  local report = child.read(folder .. "/pressed/report.html")
  for _, words in ipairs { "<svg", "control of the same age", "cooling under pressure" } do
    lu.assertStrContains(report, words)
  end
end

function TestTreatment.test_killed_it_ends_with_the_same_numbers()
  local arguments = (PRESS .. "out=killed checkpoint_every=1e-3"):gsub("overwrite=true", "")
  for _, at in ipairs { 4, 30, 60 } do
    local text, status = child.stop(folder, SCRIPTS .. "thermal-pressure.lua",
                                    arguments:match " (.*)", "KILL", at)
    lu.assertEquals(status, 128 + 9, text)
  end
  local found
  for _, path in ipairs(vt.potential.path()) do
    found = found or child.read(path .. "/CuZr_mm.eam.fs")
  end
  child.write(folder .. "/other.eam.fs", found)
  local text = run(arguments .. " potential=other.eam.fs", false)
  lu.assertStrContains(text, "the folder killed holds an unfinished run that differs: potential "
    .. "is CuZr_mm.eam.fs there and other.eam.fs now")
  run(arguments)
  for _, name in ipairs { "treated.csv", "control.csv", "treated.data", "control.data",
                          "run.json" } do
    lu.assertTrue(child.read_without_time(folder .. "/killed/" .. name)
                  == child.read_without_time(folder .. "/pressed/" .. name), name)
  end
end

function TestTreatment.test_the_summary_says_what_is_not_resolved()
  child.write(folder .. "/summary.lua", [[
    local vt = require "vitrum"
    local kit = vt.protocol.kit
    return vt.protocol{ name = "summary", summary = "Changes.", run = function(_, out)
      local function state(warm, energy)
        return { time = 1, warm = warm, warm_error = 0.003, energy = energy, energy_error = 0.004,
                 volume = 16, volume_error = 0.1 }
      end
      kit.add_changes(out, state(-4.5, -4.6), state(-4.505, -4.65), { paper = "+0.01 eV/atom" })
    end }]])
  local text = child.vitrum(folder, "summary.lua")
  lu.assertStrContains(text, "0.0050 +- 0.0042 eV/atom (not resolved: within 2 standard errors)  "
    .. "(literature: +0.01 eV/atom)")
  lu.assertStrContains(text, "0.0500 +- 0.0057 eV/atom (of one sample; scripts/rejuvenation.lua")
end

function TestTreatment.test_another_seed_is_another_run_of_the_same_sample()
  local glass = vt.atoms.read(folder .. "/pressed/treated.data") -- which has velocities
  lu.assertTrue(glass:temperature() > 100)
  local short = "thermal-pressure.lua glass=pressed/treated.data rate=5e15 hold=0.1" .. COMMON
  run(short .. "seed=1 out=one")
  run(short .. "seed=2 out=two")
  lu.assertNotEquals(state_of("one").returned.treated.warm, state_of("two").returned.treated.warm)
end

-- ---------------------------------------------------------------- biaxial ----

function TestTreatment.test_parts_of_the_strain()
  local r = state_of("pulled").returned
  local parts = r.parts
  lu.assertAlmostEquals(parts.elastic + parts.anelastic + parts.viscoelastic, parts.total, 1e-12)
  lu.assertTrue(parts.on_loading > 0 and parts.total > 0)
  -- The strain at the end of the hold from the samples, by hand: equation 1 of the mean box over
  -- the last 0.15 ps.
  local csv, sums, count = vt.csv.read(folder .. "/pulled/treated.csv"), { 0, 0, 0 }, 0
  for k = 1, #csv do
    if csv.time[k] > 2.4 - 0.15 + 1e-9 and csv.time[k] < 2.4 + 1e-9 then
      count = count + 1
      for i, name in ipairs { "lx", "ly", "lz" } do
        sums[i] = sums[i] + csv[name][k] / r.start[name] - 1
      end
    end
  end
  local x, y, z = sums[1] / count, sums[2] / count, sums[3] / count
  lu.assertAlmostEquals(parts.total,
    math.sqrt(2 / 9 * ((x - y) ^ 2 + (y - z) ^ 2 + (x - z) ^ 2)), 1e-12)
  -- Held at 2.6 GPa it is longer along x and y than along z.
  lu.assertTrue(x + y > 2 * z)
  local control = vt.csv.read(folder .. "/pulled/control.csv")
  lu.assertAlmostEquals(control.time[#control], csv.time[#csv], 0.02)
  local _, rate = value_of("pulled", "deformation rate")
  lu.assertEquals(rate.paper, 0.0508)
  lu.assertEquals(rate.note, "slope from 0.0005 to 0.002 ns")
end

function TestTreatment.test_a_sample_that_flows_ends_cleanly()
  run(PULL .. "stress=15 out=flows")
  local text, entry = value_of("flows", "flow")
  lu.assertStrContains(text, "the sample flows 0.")
  lu.assertStrContains(entry.note, "15 GPa is beyond its yield stress")
  local state = state_of "flows"
  lu.assertEquals(state.status, "finished")
  lu.assertTrue(state.returned.flows)
  lu.assertEquals(#vt.atoms.read(folder .. "/flows/flowing.data"), 120)
  lu.assertTrue(#vt.csv.read(folder .. "/flows/treated.csv") > 3)
  lu.assertStrContains(child.read(folder .. "/flows/report.html"), "the sample flows")
end

-- ---------------------------------------------------------------- as-cast ----

function TestTreatment.test_copies_become_different_and_a_slab_is_cut()
  local common = "cooling_rate=2e15 melt_time=0.2 anneal_time=0.4" .. COMMON
  run("as-cast.lua atoms=150 replicate=1,2,1 slab=x vacuum=8 out=cast " .. common)
  local glass, small = vt.atoms.read(folder .. "/cast/glass.data"),
                       vt.atoms.read(folder .. "/cast/small.data")
  lu.assertEquals(#small, 150)
  lu.assertEquals(#glass, 300)
  lu.assertEquals(glass:composition(), small:composition())
  -- Copies with the same velocities would still be alike.
  local s = glass:fractional()
  local first, second = s:slice({ 1, 150 }), s:slice({ 151, 300 })
  local d = (second - first):slice(nil, 2) - 0.5
  lu.assertTrue((d - d:mean()):abs():max() > 1e-3)
  local slab = vt.atoms.read(folder .. "/cast/slab.data")
  lu.assertAlmostEquals(slab:box().a[1], glass:box().a[1] + 8, 1e-5) -- no barostat on x
  local csv = vt.csv.read(folder .. "/cast/glass.csv")
  lu.assertEquals(csv.target_temperature[1], 800)
  lu.assertEquals(csv.target_temperature[#csv], 300)
  -- A plan counts steps of the glass that is read, and so does what has been done of it.
  local plan = dofile(SCRIPTS .. "as-cast.lua"):run{
    glass = folder .. "/start.data", replicate = "1,2,2", slab = "x", vacuum = 8, relax = 0.4,
    cooling_rate = 2e15, anneal_time = 0.4, dry = true, quiet = true, out = folder .. "/none" }
  lu.assertAlmostEquals(plan.total, 0.4 + 0.25 + 2 * 0.4, 1e-12)
  lu.assertAlmostEquals(plan.work, 4 * plan.total, 1e-12)
  -- From a glass that exists there is no melt.
  run("as-cast.lua glass=start.data out=again " .. common)
  lu.assertNil(child.read(folder .. "/again/melt.csv"))
  lu.assertEquals(#vt.atoms.read(folder .. "/again/glass.data"), 120)
end

-- ---------------------------------------------------------------- wrong input ----

function TestTreatment.test_wrong_input()
  local hot = vt.atoms.read(folder .. "/start.data")
  hot:thermalize{ temperature = 1500, seed = 1 }
  hot:save(folder .. "/hot.data", { overwrite = true })
  kit.slab(vt.atoms.read(folder .. "/start.data"), "y", 20):save(folder .. "/slab.data",
                                                                 { overwrite = true })
  for arguments, message in pairs {
    [PRESS .. "anneal=250"] = "anneal (250 K) must be above room (300 K)",
    [PRESS .. "anneal=1300"] = "anneal (1300 K) must be below melting (1200 K)",
    [PRESS .. "applied_pressure=-3"] = "applied_pressure must be above 0 GPa, not -3",
    [PRESS .. "applied_pressure=600"] = "at 600 GPa and up to 1000 K the cell collapses: its vol",
    [PULL .. "stress=-2.3"] = "stress (-2.3 GPa) must be above zero: this is a tension",
    [PULL:gsub("unload=1", "unload=0.5")] = "unload (0.5 ps) more than relax (0.4 ps) and instant",
    [PULL:gsub("start.data", "hot.data")] = "hot.data is at 1500 K, and a treatment starts from a",
    [PULL:gsub("start.data", "slab.data")] =
      "slab.data has free surfaces along y, with a gap of 2",
    [PULL .. "room=5000"] = "start.data is still liquid: in 0.4 ps at 5000 K",
    ["as-cast.lua anneal=2500" .. COMMON] = "anneal (2500 K) must be between room (300 K) and high",
    ["as-cast.lua replicate=2,2" .. COMMON] = "replicate must be three whole numbers",
    ["as-cast.lua slab=x vacuum=3" .. COMMON] = "vacuum (3 A) must be at least the cutoff of the",
    ["as-cast.lua replicate=1.5,1,1" .. COMMON] = "replicate must be three whole numbers",
  } do
    lu.assertStrContains(run(arguments .. " out=wrong", false), message)
  end
end

local status <const> = lu.LuaUnit.run()
if folder then child.remove(folder) end
os.exit(status)
