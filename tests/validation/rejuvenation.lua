-- Treatments of Li et al. on small glasses of several seeds: the signs and the order of the changes
-- of energy. Results: rejuvenation.md.
--
--     build/vitrum tests/validation/rejuvenation.lua FOLDER POTENTIAL [SEEDS [ATOMS [CYCLES
--         [STRESSES]]]]
--
-- STRESSES of biaxial tension are in GPa, 2.6,2.3 unless given.
--
-- Cu64Zr36, quenched, annealed at 800 K, heated and cooled at 2e13 K/s: the glass and
-- the treatments have one rate, as in the paper. Whatever is finished in FOLDER is kept; the same
-- command goes on.

local vt = require "vitrum"
local json = require "vitrum.base.json"
local system = require "vitrum.system"

local folder, potential = arg[1], arg[2]
if not potential then error("give a folder and a potential", 0) end
local seeds, atoms, cycles = tonumber(arg[3]) or 3, tonumber(arg[4]) or 2000, tonumber(arg[5]) or 5
local scripts = arg[0]:gsub("[^/]*$", "") .. "../../scripts/"

local COMMON <const> = { potential = potential, timestep = 0.004, quiet = true, threads = 1 }
local RATE <const> = 2e13 -- [K/s]
local TREATED <const> = { relax = 20, room = 300 }
local CASES <const> = {
  { "thermal-pressure", { anneal = 1000, rate = RATE, hold = 40 }, "+10" },
  { "thermal-pressure", { anneal = 800, rate = RATE, hold = 40 }, "below 0" },
  { "thermal-pressure", { anneal = 900, rate = RATE, hold = 40 }, "above 0" },
  { "cryogenic-cycling", { cycles = cycles, rate = RATE, hold_low = 10, hold_high = 10,
                           measure_every = 5 }, "+1.2 (40 cycles)" },
}
local PAPER <const> = { [2.3] = "below 0", [2.6] = "+2.1" }
for word in (arg[6] or "2.6,2.3"):gmatch "[^,]+" do
  local stress = tonumber(word)
  CASES[#CASES + 1] = { "biaxial", { stress = stress, hold = 160, unload = 60 },
                        PAPER[stress] or "-" }
end

-- The results of a run, made now, gone on with, or made before.
local function results(name, given, out)
  local file <close> = io.open(out .. "/run.json", "r")
  local state = file and json.decode(file:read "a", out)
  if not (state and state.status == "finished") then
    for _, more in ipairs { COMMON, TREATED } do
      for key, value in pairs(more) do given[key] = value end
    end
    given.out = out
    state = { results = dofile(scripts .. name .. ".lua"):run(given).results }
    print(out)
  end
  local list = {}
  for _, entry in ipairs(state.results) do list[entry.name] = entry.value end
  return list
end

assert(system.make_folder(folder))
for seed = 1, seeds do
  results("as-cast", { composition = "Cu64Zr36", atoms = atoms, cooling_rate = RATE, melt_time = 10,
                       anneal_time = 50, seed = seed }, ("%s/cast-seed%d"):format(folder, seed))
end

local changes = {}
for k, case in ipairs(CASES) do
  for seed = 1, seeds do
    local given = { glass = ("%s/cast-seed%d/glass.data"):format(folder, seed), seed = seed }
    local out = ("%s/%s"):format(folder, case[1])
    for _, key in ipairs { "anneal", "stress", "cycles" } do
      if case[2][key] then out = ("%s-%g"):format(out, case[2][key]) end
    end
    for key, value in pairs(case[2]) do given[key] = value end
    local found = results(case[1], given, ("%s-seed%d"):format(out, seed))
    changes[k] = changes[k] or { name = out:match "[^/]*$", warm = {}, energy = {} }
    local warm = found["change of energy, mean at room temperature"]
    if warm then
      table.insert(changes[k].warm, 1000 * warm)
      table.insert(changes[k].energy, 1000 * found["change of energy of inherent structures"])
    end
  end
end

-- "+3.2 +- 0.4", or that the error is too large to tell.
local function text_of(values)
  if #values == 0 then return "flows" end
  local mean = vt.statistics.mean(values)
  if #values < 2 then return ("%+.2f"):format(mean) end
  local deviation = vt.statistics.standard_error(values)
  local chance = require("vitrum.study.trend").chance(mean / deviation, #values - 1)
  return ("%+.2f ± %.2f%s"):format(mean, deviation, chance > 0.05 and ", not resolved" or "")
end

print "| treatment | samples | at 300 K (meV/atom) | inherent structures (meV/atom) | Li et al. |"
print "| --- | --- | --- | --- | --- |"
for k, case in ipairs(CASES) do
  print(("| %s | %d | %s | %s | %s |"):format(changes[k].name, #changes[k].warm,
    text_of(changes[k].warm), text_of(changes[k].energy), case[3]))
end
