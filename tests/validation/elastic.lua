-- Elastic constants of a glass at 0 K and at 300 K. Results: elastic.md.
--
--     build/vitrum tests/validation/elastic.lua OUT NAME GLASS POTENTIAL [TIME [TEMPERATURE]]
--
-- GLASS is a structure of copper (type 1) and zirconium; TIME is in ps, 100 unless given. In the
-- folder OUT, which must exist, NAME.checkpoint is what an interrupted run goes on from when the
-- same line is given again, NAME.csv what was known at each moment, NAME.json the result,
-- NAME-map.svg the local C44 at 0 K. The last lines are rows for elastic.md.

local vt = require "vitrum"
local json = require "vitrum.base.json"
local system = require "vitrum.system"

local out, name, file, potential = table.unpack(arg, 1, 4)
if not potential then error "usage: elastic.lua OUT NAME GLASS POTENTIAL [TIME [TEMPERATURE]]" end
local time, temperature = tonumber(arg[5] or 100), tonumber(arg[6] or 300)
local base = out .. "/" .. name
vt.quiet(true)

local QUANTITIES <const> = { "young", "shear", "bulk", "poisson" }

local function kept(result)
  local list = { C11 = result.C[1][1], C12 = result.C[1][2], C44 = result.C[4][4],
                 born_shear = vt.mechanics.averages(result.born).voigt.shear,
                 pressure = -(result.stress.xx + result.stress.yy + result.stress.zz) / 3,
                 time = result.time, mean_temperature = result.mean_temperature }
  for _, key in ipairs(QUANTITIES) do
    list[key], list[key .. "_error"] = result[key], result[key .. "_error"]
  end
  return list
end

local function read_glass()
  local glass = vt.atoms.read(file, { species = { "Cu", "Zr" } })
  glass.potential = vt.potential.eam(potential)
  return glass
end

-- The local C44 in slices and around atoms: what part of the glass is soft.
local function draw(cold)
  local own, c44 = cold.atom:slice(nil, 4, 4), cold:around("yz", "yz")
  local bins = math.floor(cold.atoms:box().lengths[3] / 5)
  local slabs = vt.structure.profile(cold.atoms, own, { axis = "z", bins = bins })
  local layer = cold.atoms:positions():column(3):abs():lt(2.5)
  vt.structure.map(cold.atoms, vt.array.where(layer, c44, 0 / 0), { smooth = 1,
    label = "C44 (GPa)" }):plot{ file = base .. "-map.svg", overwrite = true }
  return { mean = c44:mean(), std = c44:std(), least = c44:min(), most = c44:max(),
           negative = c44:lt(0):mean(), slab_std = slabs.value:std() }
end

local function at_zero()
  local glass = read_glass()
  vt.minimize(glass, { fmax = 1e-4, pressure = 0, box = "triclinic" })
  local cold = vt.mechanics.elastic(glass, { fmax = 1e-4, atoms = true })
  local list = kept(cold)
  list.fmax = cold.fmax
  list.density = glass:density()
  list.map = draw(cold)
  return list
end

local function at_temperature()
  local checkpoint, csv = base .. ".checkpoint", base .. ".csv"
  if system.kind(checkpoint) == "file" then
    return kept(vt.mechanics.elastic_resume(checkpoint, { overwrite = true }))
  end
  return kept(vt.mechanics.elastic(read_glass(), {
    temperature = temperature, time = time, checkpoint = checkpoint, csv = csv, overwrite = true }))
end

local record = {}
if system.kind(base .. ".json") == "file" then
  local handle <close> = assert(io.open(base .. ".json"))
  record = json.decode(handle:read "a", base .. ".json")
end
local function keep(key, make)
  if record[key] then return end
  record[key] = make()
  assert(system.write(base .. ".json", json.encode(record)))
end
keep("cold", at_zero)
keep("warm", at_temperature)

local function row(label, list)
  local cells = { name, label }
  for _, key in ipairs(QUANTITIES) do
    local digits = key == "poisson" and "%.3f" or "%.1f"
    local error_of = list[key .. "_error"]
    cells[#cells + 1] = digits:format(list[key])
      .. (error_of and " +- " .. digits:format(error_of) or "")
  end
  cells[#cells + 1] = ("%.1f"):format(list.born_shear)
  print("| " .. table.concat(cells, " | ") .. " |")
end
row("0 K", record.cold)
row(("%g K"):format(temperature), record.warm)
local map = record.cold.map
print(("%s: C44 around atoms %.1f GPa, standard deviation %.1f, %.1f to %.1f, %.2g %% below 0; of "
  .. "slabs of 5 A %.1f"):format(name, map.mean, map.std, map.least, map.most, 100 * map.negative,
  map.slab_std))
