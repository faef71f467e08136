-- Amplitudes and spectra of vibrations: the harmonic limit, known series, resuming, wrong input.
local lu = require "luaunit"
local vt = require "vitrum"
local core = require "vitrum.vibrations_core"
local folder = require "io_folder"
local session = require "vitrum.session"

local path <const> = folder.name

--- The error that f raises with the arguments given.
local function message(f, ...)
  local ok, err = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(err)
end

local EPSILON <const>, SIGMA <const> = 0.4, 2.3
local RADIANS <const> = 1 / math.sqrt(1.0364269656262174e-4) -- rad/ps of a root of eV/A^2/amu

-- A disordered minimum of few atoms, whose modes can all be had.
local made
local function glass()
  if not made then
    made = vt.atoms.random{ composition = "Cu64Zr36", n = 60, seed = 3 }
    made.potential = vt.potential.lj{
      species = { "Cu", "Zr" }, epsilon = EPSILON, sigma = { SIGMA, 1.2 * SIGMA },
      cutoff = 2.2 * SIGMA, truncation = "force_shifted" }
    vt.minimize(made, { fmax = 1e-3, pressure = 0, box = "triclinic" })
    vt.minimize(made, { fmax = 1e-8 })
  end
  return made
end

-- Mean squares at a temperature by the modes, and frequencies [THz].
local function harmonic(atoms, temperature)
  local values, vectors = atoms:hessian{ mass_weighted = true }:eigen()
  local n = #atoms
  values = values:slice{ 4, -1 }:copy()
  local part = vectors:slice(nil, { 4, -1 }):copy():square()
  return part:dot(1 / values):reshape(n, 3):sum(2) / atoms:masses()
    * (vt.units.boltzmann * temperature), values:sqrt() * (RADIANS / (2 * math.pi))
end

local WARN <const> = session.warn
local warnings

TestVibrations = { tearDown = function()
  session.warn = WARN
  folder.remove()
end }

function TestVibrations.setUp()
  folder.make()
  warnings = {}
  session.warn = function(text) warnings[#warnings + 1] = text end
end

-- A run gives each mode an energy by chance, with a deviation of sqrt(2) of its mean: it takes some
-- runs for the few soft modes that amplitudes are made of.
function TestVibrations.test_harmonic_limit()
  local atoms = glass()
  local before = atoms:positions():copy()
  local v = vt.vibrations(atoms, { temperature = 1, runs = 100, time = 10, timestep = 0.005,
                                   spectrum = true })
  local msd, nu = harmonic(atoms, 1)
  lu.assertAlmostEquals(v.msd:mean() / msd:mean(), 1, 0.1)
  lu.assertTrue(vt.learn.score(msd:log(), v.msd:log()).pearson > 0.9)
  lu.assertAlmostEquals(v.mean_temperature, 1, 0.05)
  lu.assertAlmostEquals(v.plateau, 1, 0.03)
  lu.assertTrue(v.reliability.Cu > 0.9 and v.reliability.Cu <= 1)
  lu.assertEquals(#v.hops + #warnings, 0)
  lu.assertTrue(v.counted:eq(100):all())
  lu.assertAlmostEquals((v.a ^ 3):sum(), atoms:volume(), 1e-6)
  lu.assertTrue(v.v_flex:equals(v.msd * v.a))
  lu.assertTrue(atoms:positions():equals(before))

  local other = v:harmonic()
  lu.assertAlmostEquals(other.ratio, v.msd:mean() / msd:mean(), 1e-4)
  lu.assertTrue(((other.msd - msd) / msd):abs():max() < 1e-4)

  -- The spectrum is that of the modes as the same window shows them.
  local s = v:spectrum()
  lu.assertEquals(s.atoms, 60)
  local c = vt.array.zeros(#s.lag)
  for k = 1, #nu do c = c + (s.lag * (2 * math.pi * nu[k])):cos() end
  local density = core.density(c / #nu, 0.02, "hann", "test")
  local step = s.frequency[2]
  lu.assertTrue((density - s.density):abs():sum() * step < 0.2) -- 2 for spectra that lie apart
  lu.assertTrue((s.correlation - c / #nu):abs():max() < 0.12)
  lu.assertAlmostEquals((s.density:sum() - (s.density[1] + s.density[#s.density]) / 2) * step, 1,
    1e-9)
  local k = 40
  lu.assertAlmostEquals(s.reduced[k], s.density[k] / (2 * math.pi)
    / (2 * math.pi * s.frequency[k]) ^ 2, 1e-12)

  -- Parts make the whole, by their masses.
  local copper, zirconium = v:spectrum{ atoms = "Cu" }, v:spectrum{ atoms = "Zr" }
  lu.assertEquals(copper.atoms + zirconium.atoms, 60)
  local parts = (copper.density * copper.atoms + zirconium.density * zirconium.atoms) / 60
  lu.assertTrue((parts - s.density):abs():sum() * step < 0.1)
  local plain = v:spectrum{ atoms = "Cu", mass_weighted = false }
  lu.assertTrue((plain.density - copper.density):abs():max() < 1e-9)
  local mask = v:spectrum{ atoms = atoms:types():eq(1) }
  lu.assertTrue(mask.density:equals(copper.density))
  lu.assertStrContains(tostring(s), "vibrational density of states of 60 atoms")
  lu.assertStrContains(message(v.spectrum, v, { atoms = "Ni" }), "no atoms of species Ni")
  lu.assertStrContains(message(v.spectrum, v, { atoms = { 61 } }), "atoms are 1 to 60")
  lu.assertStrContains(message(v.spectrum, v, { from = 3, to = 1 }), "must be below")
  lu.assertStrContains(v:spectrum{ from = 0.001, to = 0.002 }.boson_peak.reason, "no point")
end

function TestVibrations.test_known_series()
  local n, frames, lags = 3, 37, 20
  local series = vt.array.random(3 * n, frames, { seed = 2 }):astype "float32"
  local sum = vt.array.ones(n, lags + 1)
  core.correlate(series, n, sum)
  for atom = 1, n do
    for lag = 0, lags, 4 do
      local total = 0.0
      for axis = 1, 3 do
        local row = series:row(3 * (atom - 1) + axis):totable()
        for t = 1, frames - lag do total = total + row[t] * row[t + lag] end
      end
      lu.assertAlmostEquals(sum:get(atom, lag + 1), 1 + total / (frames - lag), 1e-6)
    end
  end

  -- One oscillator: a line as wide as the window makes it, at its frequency.
  local interval, nu, lags_of_line = 0.02, 3.3, 500
  local t = vt.array.range(0, lags_of_line) * interval
  local c = (t * (2 * math.pi * nu)):cos() * 5
  for _, window in ipairs{ "hann", "gaussian", "none" } do
    local g, step = core.density(c, interval, window, "test")
    lu.assertAlmostEquals(g:argmax() * step - step, nu, step)
    lu.assertAlmostEquals((g:sum() - (g[1] + g[#g]) / 2) * step, 1, 1e-9)
    lu.assertAlmostEquals(step * (#g - 1), 25, 1e-9)
  end
  -- The trapezoidal sum that the transform is.
  local g, step = core.density(c, interval, "hann", "test")
  local at, sum_of = 200, 0.0
  for k = 0, lags_of_line do
    local w = math.cos(0.5 * math.pi * k / (lags_of_line + 1)) ^ 2
    sum_of = sum_of + (k == 0 and 0.5 or 1) * w * math.cos(2 * math.pi * nu * k * interval)
      * math.cos(2 * math.pi * (at - 1) * step * k * interval)
  end
  lu.assertAlmostEquals(g[at], 4 * interval * sum_of, 1e-9)
  lu.assertStrContains(message(core.density, vt.array.zeros(9), 0.02, "hann", "here"),
    "here: the mean square of velocities is 0")
end

local SHORT <const> = { temperature = 5, runs = 3, time = 0.4, settle = 0.1, timestep = 0.005,
                        spectrum = true }

local function short(more)
  local o = {}
  for key, value in pairs(SHORT) do o[key] = value end
  for key, value in pairs(more or {}) do o[key] = value end
  return o
end

function TestVibrations.test_resumed_to_the_bit()
  local whole = vt.vibrations(glass(), short{ csv = path "whole.csv" })
  local file = path "flex.checkpoint"
  local text = message(vt.vibrations, glass(), short{
    csv = path "part.csv", checkpoint = file,
    sample = function(s) if s.run == 2 then error("enough", 0) end end })
  lu.assertEquals(text, "enough")
  local rest = vt.vibrations_resume(file, { potential = glass().potential })
  lu.assertTrue(rest.msd:equals(whole.msd))
  lu.assertTrue(rest.correlation:equals(whole.correlation))
  lu.assertEquals(rest.runs, 3)
  local function rows_of(name)
    local list = {}
    for line in io.lines(path(name)) do
      if line:sub(1, 1) ~= "#" then list[#list + 1] = line end
    end
    return table.concat(list, "\n")
  end
  lu.assertEquals(rows_of "part.csv", rows_of "whole.csv")
  local ended = vt.vibrations(glass(), short{ sample = function(s) return s.run < 2 end })
  lu.assertEquals(ended.runs, 2)
  -- Other seeds share no run.
  local other = vt.vibrations(glass(), short{ seed = 2 })
  lu.assertFalse(other.msd:equals(whole.msd))
  local md = vt.md(glass():copy(), { ensemble = "nve" })
  md:run{ time = 0.01, checkpoint = path "md.checkpoint" }
  lu.assertStrContains(message(vt.vibrations_resume, path "md.checkpoint",
    { potential = glass().potential }),
    "is no checkpoint of vibrations")
end

-- What ends a job before its first row leaves a checkpoint, and its csv goes on with the first.
function TestVibrations.test_resumed_before_the_first_row()
  local file = path "early.checkpoint"
  local run = core.run
  function core.run(...)
    run(...)
    error("enough", 0)
  end
  local text = message(vt.vibrations, glass(), short{ csv = path "early.csv", checkpoint = file })
  core.run = run
  lu.assertEquals(text, "enough")
  local rest = vt.vibrations_resume(file, { potential = glass().potential })
  lu.assertTrue(rest.msd:equals(vt.vibrations(glass(), short()).msd))
  lu.assertEquals(#vt.csv.read(path "early.csv").columns.run, 3)
end

function TestVibrations.test_no_boson_peak_at_the_first_frequency()
  local v = vt.vibrations(glass(), short())
  local first = v:spectrum().frequency[2]
  local peak = v:spectrum{ from = 0.9 * first, to = 1.1 * first }.boson_peak
  lu.assertStrContains(peak.reason, "at the end of the window")
  lu.assertNil(peak.height)
end

-- So hot that the atoms flow: it is said, and who left his place is named.
function TestVibrations.test_liquid_and_hopping_atoms()
  local v = vt.vibrations(glass(), short{ temperature = 3000, time = 4, settle = 1,
                                     spectrum = false })
  lu.assertTrue(v.plateau > 1.3)
  lu.assertTrue(#v.hops >= 1)
  lu.assertTrue(v.counted:lt(3):any())
  local text = tostring(v) .. table.concat(warnings, " ")
  lu.assertStrContains(text, "no plateau")
  lu.assertStrMatches(text, ".*atoms hopped out of their places.*hops: atom %d+ by .* in run %d.*")
  lu.assertEquals(#warnings, 2)
end

function TestVibrations.test_wrong_input()
  lu.assertStrContains(message(vt.vibrations, 5), "expected atoms, got 5")
  local liquid = glass():copy():rattle{ amplitude = 0.3, seed = 1 }
  lu.assertStrContains(message(vt.vibrations, liquid), "so they are in no minimum of the energy")
  local bare = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 2 }
  lu.assertStrContains(message(vt.vibrations, bare), "the atoms have no potential")
  local free = glass():copy()
  free:set_box{ periodic = { false, false, false } }
  lu.assertStrContains(message(vt.vibrations, free), "periodic along no axis")
  for text, more in pairs{
    ["every = 0.013 ps must be a whole multiple of timestep"] = { every = 0.013 },
    ["10 of them at least"] = { time = 0.1 },
    ["an even number of frames"] = { time = 0.42 },
    ["longest = 0.8 ps must be less than time"] = { longest = 0.8 },
    ["'runs' must be"] = { runs = 1 },
    ["give spectrum = true"] = { spectrum = false, longest = 0.2 },
  } do lu.assertStrContains(message(vt.vibrations, glass(), short(more)), text) end
  local v = vt.vibrations(glass(), short{ spectrum = false })
  lu.assertStrContains(message(v.spectrum, v), "ask for them, as vt.vibrations")
end

function TestVibrations.test_groups()
  local atoms = glass()
  local values = vt.array.range(60, 1, -1)
  local groups = vt.structure.groups(atoms, values, { share = 0.25 })
  lu.assertEquals(#groups, 4)
  lu.assertEquals({ groups[1].low, groups[1].high, groups[1].mean }, { 1.0, 15.0, 8.0 })
  lu.assertEquals(groups[1].atoms[1], 60)
  local copper = vt.structure.groups(atoms, values, { species = "Cu", share = 0.5 })
  lu.assertEquals(#copper[1].atoms + #copper[2].atoms, atoms:types():eq(1):sum())
  lu.assertStrContains(message(vt.structure.groups, atoms, { 1, 2 }), "a value for each of the 60")
  lu.assertStrContains(message(vt.structure.groups, atoms, values, { share = 0.001 }),
    "take a larger share")
  values[3] = 0 / 0
  lu.assertStrContains(message(vt.structure.groups, atoms, values), "1 of the values are not")
end

os.exit(lu.LuaUnit.run())
