-- Treatments of Li et al. on small glasses of several seeds: the signs and the order of the changes
-- of energy and, where a strain rate is given, of moduli, yield stress and softening. Results:
-- rejuvenation.md.
--
--     build/vitrum tests/validation/rejuvenation.lua FOLDER POTENTIAL [name=value ...]
--
-- The names are those of GIVEN below. Cu64Zr36, quenched, annealed at 800 K, heated and cooled at
-- one rate: the glass and the treatments share it, as in the paper. Whatever is finished in FOLDER
-- is kept; the same command goes on.

local vt = require "vitrum"
local system = require "vitrum.system"

local kit = vt.protocol.kit
local GIVEN <const> = {
  atoms = 2000, seeds = 3, precision = "double",
  rate = 2e13, -- of the quench and of the treatments [K/s]
  anneal_time = 50, hold = 40, -- at 800 K before the second quench, and under pressure [ps]
  anneal = "1000,800,900", -- of thermal pressure [K]; none to leave it out
  stress = "2.6,2.3", -- of biaxial tension [GPa]
  cycles = 5,
  strain_rate = 0, -- of the tension of all samples [1/s]; 0 for none
}
local folder, potential = arg[1], arg[2]
if not potential then error("give a folder and a potential", 0) end
for k = 3, #arg do
  local name, value = arg[k]:match "^([%w_]+)=(.*)$"
  if not GIVEN[name] then error(("unknown: %s"):format(arg[k]), 0) end
  GIVEN[name] = type(GIVEN[name]) == "number" and tonumber(value) or value
end
local scripts = arg[0]:gsub("[^/]*$", "") .. "../../scripts/"

local COMMON <const> = { potential = potential, timestep = 0.004, quiet = true, threads = 1,
                         precision = GIVEN.precision }
local TREATED <const> = { relax = 20, room = 300 }
local PAPER <const> = { ["anneal 1000"] = "+10", ["anneal 800"] = "below 0",
                        ["anneal 900"] = "above 0", ["stress 2.3"] = "below 0",
                        ["stress 2.6"] = "+2.1" }
local MEASURES <const> = {
  { "energy at 300 K", "warm", "meV/atom", 1000 },
  { "energy of inherent structures", "energy", "meV/atom", 1000 },
  { "Young's modulus", "young", "GPa", 1 }, { "shear modulus", "shear", "GPa", 1 },
  { "Young's modulus at 0 K", "young_0K", "GPa", 1 },
  { "shear modulus at 0 K", "shear_0K", "GPa", 1 },
  { "yield stress", "yield_stress", "GPa", 1 }, { "softening", "softening", "GPa", 1 },
  { "full icosahedra around Cu", "copper_icosahedra", "%", 100 },
  { "free volume", "free_volume", "%", 100 }, { "S-atoms", "s_atoms", "%", 100 },
}

-- What the script's run returns: run now, gone on with, or finished before.
local function perform(name, given, out)
  for key, value in pairs(COMMON) do given[key] = value end
  given.out = out
  return kit.perform(dofile(scripts .. name .. ".lua"), given)
end

-- One measuring function for all: with the tension where a strain rate is given.
local function measured(glass, before, seed, out)
  local r = perform("measure-glass", { glass = glass, before = before, seed = seed, relax = 20,
    strain_rate = GIVEN.strain_rate, settle = 5, look_every = 0.05,
    sample_every = math.min(0.04, 4e-4 / GIVEN.strain_rate * 1e12) }, out)
  local list = {}
  for _, m in ipairs(MEASURES) do list[m[2]] = r[m[2]] or r.tension[m[2]] end
  print(out)
  return list
end

assert(system.make_folder(folder))
local cases = {}
for word in GIVEN.anneal:gmatch "[%d.]+" do
  cases[#cases + 1] = { "thermal-pressure", "anneal " .. word,
                        { anneal = tonumber(word), rate = GIVEN.rate, hold = GIVEN.hold } }
end
for word in GIVEN.stress:gmatch "[%d.]+" do
  cases[#cases + 1] = { "biaxial", "stress " .. word,
                        { stress = tonumber(word), hold = 160, unload = 60 } }
end
if GIVEN.cycles > 0 then
  cases[#cases + 1] = { "cryogenic-cycling", ("cycles %d"):format(GIVEN.cycles),
                        { cycles = GIVEN.cycles, rate = GIVEN.rate, hold_low = 10, hold_high = 10,
                          measure_every = GIVEN.cycles } }
end

local function path(format, ...) return folder .. "/" .. format:format(...) end

for seed = 1, GIVEN.seeds do
  perform("as-cast", { composition = "Cu64Zr36", atoms = GIVEN.atoms, cooling_rate = GIVEN.rate,
                       melt_time = 10, anneal_time = GIVEN.anneal_time, relax = 20, seed = seed },
          path("cast-seed%d", seed))
end

local function show(title, samples)
  print("## " .. title)
  local list = kit.compared(MEASURES, samples)
  for _, m in ipairs(MEASURES) do
    local v = list[m[2]]
    if v then
      print(("| %s (%s) | %.5g +- %.2g | %s |"):format(m[1], m[3], m[4] * v.mean,
        m[4] * (v.error or 0), v.change and kit.change_text(v.change, m[4]) or "-"))
    end
  end
end

if GIVEN.strain_rate > 0 then
  local samples = {}
  for seed = 1, GIVEN.seeds do
    local glass = path("cast-seed%d/glass.data", seed)
    samples[seed] = { treated = measured(glass, glass, seed, path("cast-seed%d-measured", seed)) }
  end
  show("as cast", samples)
end

for _, case in ipairs(cases) do
  local samples = {}
  for seed = 1, GIVEN.seeds do
    local name = path("%s-seed%d", case[2]:gsub(" ", "-"), seed)
    local glass = path("cast-seed%d/glass.data", seed)
    local given = { glass = glass, seed = seed }
    for _, more in ipairs { TREATED, case[3] } do
      for key, value in pairs(more) do given[key] = value end
    end
    local r = perform(case[1], given, name)
    if not r.flows then
      local sample = {}
      for _, which in ipairs { "treated", "control" } do
        local file = ("%s/%s.data"):format(name, which)
        if system.kind(file) == nil then -- of cycling
          file = ("%s/%s-%d.data"):format(name, which == "treated" and "cycled" or which,
                                          GIVEN.cycles)
        end
        sample[which] = GIVEN.strain_rate > 0
          and measured(file, glass, seed, ("%s-%s"):format(name, which))
          or (r.saved and r.saved[#r.saved] or r)[which]
      end
      samples[#samples + 1] = sample
    end
  end
  show(("%s, %d of %d samples do not flow%s"):format(case[2], #samples, GIVEN.seeds,
    PAPER[case[2]] and "; change of energy in the paper: " .. PAPER[case[2]] or ""), samples)
end
