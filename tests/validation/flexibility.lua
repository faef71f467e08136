-- Structural flexibility against vibrations of a glass that the models have not seen, and against
-- plainer measures of its structure; the boson peak by groups. See flexibility.md.
--
--     build/vitrum tests/validation/flexibility.lua GLASS POTENTIAL TAPER RUNS TIME [MODEL]

local vt = require "vitrum"

local file, potential, taper, runs, time, name = table.unpack(arg, 1, 6)
if not time then
  error("give GLASS POTENTIAL TAPER RUNS TIME, such as glass.data Cu-Zr_2.eam.fs 0 10 8", 0)
end

local glass = vt.atoms.read(file, { species = { "Cu", "Zr" } })
glass.potential = vt.potential.eam(potential, { taper = tonumber(taper) })
local minimum = vt.minimize(glass, { fmax = 1e-4, pressure = 0 })
print(("minimum: %.2g eV/A, %.5f eV/atom"):format(minimum.fmax, minimum.energy / #glass))

local v = vt.vibrations(glass, { runs = math.tointeger(tonumber(runs)), time = tonumber(time),
                                 settle = 1, timestep = 0.004, spectrum = true, log = true })
print(v)
glass = v.atoms

local models = vt.learn.model(name or "CuZr")
print(models)
local sf, cells = models:predict(glass), vt.structure.voronoi(glass)

-- Pearson's coefficient with ln v_flex, within a species.
local function pearson(values, own)
  own = (own * v.v_flex:isfinite()):gt(0)
  return vt.learn.score(v.v_flex:select(own):log(), values:select(own)).pearson
end

print "species       SF   volume  five-fold symmetry"
for k, symbol in ipairs{ "Cu", "Zr" } do
  local own = glass:types():eq(k)
  print(("%-7s  %+.3f   %+.3f   %+.3f"):format(symbol, pearson(sf, own),
    pearson(cells.volume, own), pearson(cells.five_fold, own)))
end

-- The boson peak of the groups at both ends, by SF and by the distance to the farthest vertex of
-- the Voronoi cell.
local whole = v:spectrum()
print(whole)
for _, symbol in ipairs{ "Cu", "Zr" } do
  for _, share in ipairs{ 0.025, 0.1 } do
    local rise = {}
    for by, values in pairs{ SF = sf, theta = cells.radius } do
      local groups = vt.structure.groups(glass, values, { species = symbol, share = share })
      local low = v:spectrum{ atoms = groups[1].atoms }.boson_peak.height
      local high = v:spectrum{ atoms = groups[#groups].atoms }.boson_peak.height
      rise[by] = (high or 0 / 0) - (low or 0 / 0)
    end
    print(("%s, groups of %g %%: boson peak rises by %.0f with SF, by %.0f with |Theta|; %.2f")
      :format(symbol, 100 * share, rise.SF, rise.theta, rise.SF / rise.theta))
  end
end
