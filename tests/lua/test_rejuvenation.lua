-- scripts/rejuvenation.lua and measure-glass.lua on 400 atoms and the fewest treatments: what is
-- tested is that all samples go through one function, that changes are those beside the controls,
-- and that what is not resolved is said to be so.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPTS <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/"
local kit <const> = vt.protocol.kit
local folder -- the run is made once

local function state_of(name)
  return json.decode(child.read(("%s/%s/run.json"):format(folder, name)), name)
end

TestRejuvenation = {}

function TestRejuvenation.setUp()
  if folder then return end
  folder = child.folder()
  for seed = 1, 2 do
    local glass = vt.atoms.random{ composition = "Cu64Zr36", n = 400, seed = seed }
    glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
    vt.minimize(glass, { fmax = 0.05, box = "axes" })
    glass:save(("%s/glass-%d.data"):format(folder, seed))
  end
  local text, status = child.vitrum(folder, SCRIPTS .. "rejuvenation.lua preset=test seeds=2 "
    .. "glasses=glass-1.data,glass-2.data treatments=biaxial stress=2,15 at_once=2 timestep=0.004 "
    .. "quiet=true")
  assert(status == 0, text)
end

function TestRejuvenation.test_paired_changes()
  -- Differences 1, 2, 3: mean 2, standard error 1/sqrt(3), t = 2 sqrt(3) with two degrees of
  -- freedom: p = 0.0742.
  local change = kit.paired({ 11, 12, 13 }, { 10, 10, 10 })
  lu.assertAlmostEquals(change.mean, 2, 1e-14)
  lu.assertAlmostEquals(change.error, 1 / math.sqrt(3), 1e-14)
  lu.assertFalse(change.resolved)
  lu.assertEquals(kit.change_text(change), "not resolved (+2.00 +- 0.58)")
  -- Samples differ among themselves far more than by the treatment: pairs resolve it.
  change = kit.paired({ 1.1, 5.11, 9.09 }, { 1, 5, 9 })
  lu.assertTrue(change.resolved)
  lu.assertAlmostEquals(change.mean, 0.1, 1e-12)
  lu.assertEquals(kit.change_text(change, 1000), "+100.0 +- 5.8")
  lu.assertFalse(kit.paired({ 2 }, { 1 }).resolved)
  lu.assertFalse(kit.paired({ 2, 3 }, { 1, 2 }).resolved) -- without scatter there is no error
  lu.assertStrContains(kit.change_text(kit.paired({ 2 }, { 1 })), "one sample")
  lu.assertFalse(pcall(kit.paired, { 1, 2 }, { 1 }))
end

function TestRejuvenation.test_treated_glasses_and_controls_are_measured_alike()
  local r = state_of("rejuvenation").returned
  lu.assertEquals(#r.cases, 3)
  local cast, pulled, flowed = r.cases[1], r.cases[2], r.cases[3]
  lu.assertEquals({ cast.name, pulled.name, flowed.name }, { "as-cast", "biaxial-2",
                                                             "biaxial-15" })
  lu.assertNil(cast.values.warm.change)
  lu.assertEquals(flowed.flows, 2)
  lu.assertEquals(flowed.samples, 0)
  -- The change by hand, from the runs themselves.
  local changes, ages = {}, {}
  for seed = 1, 2 do
    local place = ("rejuvenation/measured/biaxial-2-seed%d/"):format(seed)
    local treated, control = state_of(place .. "treated"), state_of(place .. "control")
    changes[seed] = treated.returned.warm - control.returned.warm
    for name, value in pairs(treated.parameters) do
      if name ~= "glass" then lu.assertEquals(control.parameters[name], value, name) end
    end
    local run = state_of(("rejuvenation/treated/biaxial-2-seed%d/run"):format(seed)).returned
    ages[seed] = run.treated.time - run.control.time
  end
  lu.assertAlmostEquals(pulled.values.warm.change.mean, (changes[1] + changes[2]) / 2, 1e-12)
  lu.assertAlmostEquals(pulled.values.warm.change.error, math.abs(changes[1] - changes[2]) / 2,
                        1e-12)
  lu.assertEquals(ages, { 0, 0 })
  -- Nobody has moved far: there are few S-atoms.
  lu.assertTrue(pulled.values.s_atoms.mean < 0.5)
  lu.assertEquals(cast.values.s_atoms.mean < 0.2, true)
  local v = cast.values
  lu.assertAlmostEquals(v.solid_like.mean + v.transition.mean + v.liquid_like.mean, 1, 1e-12)
  for _, name in ipairs { "young", "shear", "yield_stress", "softening", "young_0K", "shear_0K",
                          "free_volume", "cluster_average", "cluster_largest", "icosahedra" } do
    lu.assertNotNil(pulled.values[name] and pulled.values[name].mean, name)
  end
  local csv = vt.csv.read(folder .. "/rejuvenation/rejuvenation.csv")
  lu.assertEquals(csv.samples:totable(), { 2, 2, 0 })
  lu.assertAlmostEquals(csv.warm_change[2], 1000 * pulled.values.warm.change.mean, 1e-9)
end

-- Beside itself stretched, with the homogeneous strain, which is most of what there is.
function TestRejuvenation.test_s_atoms_have_the_homogeneous_strain()
  local before = vt.atoms.read(folder .. "/glass-1.data")
  before.potential = vt.potential.eam "CuZr_mm.eam.fs"
  local box = before:box()
  before:set_box{ a = { 1.45 * box.a[1], 0, 0 }, b = { 0, box.b[2] / 1.45 ^ 0.5, 0 },
                  c = { 0, 0, box.c[3] / 1.45 ^ 0.5 }, remap = true }
  before:save(folder .. "/long.data", { overwrite = true })
  local text, status = child.vitrum(folder, SCRIPTS .. "measure-glass.lua preset=test test=false "
    .. "elastic_0K=false glass=glass-1.data before=long.data out=short quiet=true")
  assert(status == 0, text)
  local start = kit.inherent(before, { box = "axes", pressure = 0 })
  local function share(relative)
    return vt.structure.deformation(start, folder .. "/short/inherent.data",
      { cutoff = 3.8, relative = relative }):fraction{ above = 0.3 }
  end
  lu.assertTrue(share(false) > share(true) + 0.03)
  lu.assertAlmostEquals(state_of("short").returned.s_atoms, share(false), 0.02)
end

function TestRejuvenation.test_the_report_says_what_flows_and_what_is_not_resolved()
  local report = child.read(folder .. "/rejuvenation/report.html")
  for _, words in ipairs { "2 of 2 samples flow under the load", "Figs. 2(b), 7 to 12",
                           "not resolved (", "controls of equal age" } do
    lu.assertTrue(report:find(words, 1, true) ~= nil, words)
  end
  lu.assertNil(report:find("Figs. 2(a)", 1, true))
end

function TestRejuvenation.test_wrong_input()
  for arguments, message in pairs {
    ["rejuvenation.lua seeds=3 glasses=glass-1.data,glass-2.data"] =
      "glasses has 2 files, and seeds is 3; give one file for each seed",
    ["rejuvenation.lua glasses=glass-1.data,glass-1.data seeds=2"] = "glass-1.data",
    ["rejuvenation.lua glasses=glass-1.data,nothing.data seeds=2"] =
      "glasses: there is no file nothing.data",
    ["rejuvenation.lua seeds=1,2"] = "seeds must be one number, not a list: seed is that of the "
      .. "first sample and seeds how many there are",
    ["rejuvenation.lua seed=1,2"] = "seed must be one number, not a list",
    ["rejuvenation.lua cycles=1.5"] = "cycles must be whole numbers, not 1.5",
    ["rejuvenation.lua anneal=800,1300"] = "anneal has 1300 K; thermal pressure takes temper",
    ["rejuvenation.lua treatments=irradiation"] = "irradiation",
    ["measure-glass.lua preset=test glass=glass-1.data strain=15"] = "strain",
    ["measure-glass.lua preset=test glass=glass-1.data before=other.data"] =
      "before has 100 atoms and glass 400",
  } do
    local other = vt.atoms.random{ composition = "Cu64Zr36", n = 100, seed = 1 }
    other:save(folder .. "/other.data", { overwrite = true })
    local text, status = child.vitrum(folder, SCRIPTS .. arguments .. " out=wrong")
    lu.assertNotEquals(status, 0, arguments)
    lu.assertTrue(text:find(message, 1, true) ~= nil, text)
  end
end

local status <const> = lu.LuaUnit.run()
if folder then child.remove(folder) end
os.exit(status)
