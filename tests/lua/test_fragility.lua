-- scripts/fragility.lua on 100 atoms far above the glass transition: that scattering functions are
-- those of the frames, times those at which they fall to 1/e, the fit that of the times.
local child = require "child"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/fragility.lua"

TestFragility = {}

local folder -- the run is made once

function TestFragility.setUp()
  if folder then return end
  folder = child.folder()
  local text, status = child.vitrum(folder, SCRIPT .. " preset=test threads=1 quiet=true "
    .. "keep_frames=true out=a")
  assert(status == 0, text)
end

local function results()
  local values, run = {}, json.decode(child.read(folder .. "/a/run.json"), "run.json")
  for _, entry in ipairs(run.results) do values[entry.name] = entry end
  return values
end

-- F_s at one lag by sines of the distances, over every pair of frames so far apart, without the
-- drift of the center of mass.
local function fs_at(frames, masses, q, lag)
  local sum, count, total = 0.0, 0, masses:sum()
  local weights = masses:totable()
  for k = 1, #frames - lag do
    local d, drift = (frames[k + lag] - frames[k]):totable(), { 0.0, 0.0, 0.0 }
    for i, r in ipairs(d) do
      for c = 1, 3 do drift[c] = drift[c] + weights[i] * r[c] / total end
    end
    for _, r in ipairs(d) do
      local x = q * math.sqrt((r[1] - drift[1]) ^ 2 + (r[2] - drift[2]) ^ 2
        + (r[3] - drift[3]) ^ 2)
      sum, count = sum + (x > 0 and math.sin(x) / x or 1), count + 1
    end
  end
  return sum / count
end

function TestFragility.test_scattering_functions_are_those_of_the_frames()
  local frames, first = {}, nil
  for atoms in vt.atoms.frames(folder .. "/a/liquid-3000.dump") do
    first = first or atoms
    frames[#frames + 1] = atoms:match(first):unwrapped():copy()
  end
  lu.assertEquals(#frames, 61)
  local values, fs = results(), vt.csv.read(folder .. "/a/fs-3000.csv")
  local q = values["wave number"].value
  lu.assertTrue(q > 2.3 and q < 3.2)
  for _, k in ipairs{ 2, 5, 11 } do
    local lag = math.floor(fs.time[k] / 0.02 + 0.5)
    lu.assertAlmostEquals(fs.fs[k], fs_at(frames, first:masses(), q, lag), 1e-6)
  end
end

function TestFragility.test_times_and_fit()
  local values, r = results(), vt.csv.read(folder .. "/a/relaxation.csv")
  lu.assertEquals(r.temperature:totable(), { 3000, 2800, 2600, 2400, 2200, 2000, 1800, 1600 })
  for k = 1, 8 do
    local fs = vt.csv.read(("%s/a/fs-%g.csv"):format(folder, r.temperature[k]))
    for i = 2, #fs do
      if fs.fs[i] <= math.exp(-1) then
        lu.assertTrue(r.tau[k] <= fs.time[i] and r.tau[k] >= fs.time[i - 1])
        break
      end
    end
    lu.assertTrue(r.crystalline[k] < 0.1)
  end
  lu.assertTrue(r.tau[8] > 1.5 * r.tau[1]) -- colder is slower
  local ok, v = pcall(vt.fit.vft, r.temperature, r.tau)
  if ok then
    lu.assertAlmostEquals(values.T0.value / v.T0, 1, 1e-6)
    local m = values["fragility m where tau is 10 ns"]
    lu.assertAlmostEquals(m.value / v.glass[1].fragility, 1, 1e-6)
    lu.assertEquals(m.paper, "152")
    lu.assertStrContains(m.note, "other potential")
  else
    lu.assertEquals(values.VFT.value, "not found")
  end
  lu.assertStrContains(child.read(folder .. "/a/report.html"), "Self-intermediate scattering")
end

function TestFragility.test_wrong_input()
  for words, message in pairs{
    ["temperatures=2000,1800,1600,1400,1200,1000,900"] = "temperatures has 7",
    ["temperatures=2000,1800,1600,1400,1200,1000,900,900"] = "names 900 K twice",
    ["high=2500"] = "high (2500 K) must not be below the hottest temperature (3000 K)",
    ["time=0.1"] = "at least ten times frame_every",
    ["composition=Cu50Al50"] = "Al",
  } do
    local text, status = child.vitrum(folder, SCRIPT .. " preset=test threads=1 " .. words
      .. " out=wrong")
    lu.assertNotEquals(status, 0, words)
    lu.assertStrContains(text, message)
    lu.assertNil(text:find "traceback")
  end
end

function TestFragility.test_what_crystallized_is_named()
  local text, status = child.vitrum(folder, SCRIPT .. " preset=test threads=1 composition=Cu "
    .. "atoms=64 temperatures=3000,2500,2000,1800,1600,1400,750,700 cooling_rate=2e14 "
    .. "equilibrate=4 sample_every=0.5 out=crystal")
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(text, "relaxation time at 1400 K")
  lu.assertStrContains(text, "crystallized (")
  -- The fit is of the others.
  local r = vt.csv.read(folder .. "/crystal/relaxation.csv")
  lu.assertTrue(r.crystalline[8] > 0.5 and r.crystalline[1] < 0.1)
  lu.assertStrContains(child.read(folder .. "/crystal/report.html"), ">no<")
end

function TestFragility.test_what_does_not_relax_is_named()
  local text, status = child.vitrum(folder, SCRIPT .. " preset=test threads=1 atoms=60 time=0.4 "
    .. "temperatures=3000,2500,2000,1800,1600,900,600,300 equilibrate=0.1 out=cold")
  lu.assertEquals(status, 0, text)
  lu.assertStrContains(text, "relaxation time at 300 K")
  lu.assertStrContains(text, "nothing relaxes within 0.4 ps")
  lu.assertNil(child.read(folder .. "/cold/liquid-300.dump"))
end

local status <const> = lu.LuaUnit.run()
if folder then child.remove(folder) end
os.exit(status)
