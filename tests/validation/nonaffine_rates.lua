-- Nonaffine ratio of glasses quenched at several rates, athermal, at 1 GPa. Results:
-- nonaffine_strain.md.
--
--     build/vitrum tests/validation/nonaffine_rates.lua POTENTIAL RATE SAMPLES [RATE SAMPLES ...]
--
-- Cu64.5Zr35.5, 5000 atoms, from 2000 K at zero pressure; RATE in K/s.

local vt = require "vitrum"

local NONE <const> = { xx = 0, yy = 0, zz = 0 }
local potential = vt.potential.eam(arg[1] or error "give a potential, then rates and samples")
vt.quiet(true)

local function relaxed(atoms, stress)
  local copy = atoms:copy()
  vt.minimize(copy, { fmax = 1e-4, box = "axes", stress = stress })
  return copy
end

local function ratio_of(glass)
  local rest, before, after = relaxed(glass, NONE), {}, {}
  for k, axis in ipairs{ "x", "y", "z" } do
    local stress = { xx = 0, yy = 0, zz = 0 }
    stress[axis .. axis] = -1
    local settings = { axis = axis, rmax = 20, bins = 1000, blocks = 1 }
    before[k] = vt.structure.anisotropy(rest, settings)
    after[k] = vt.structure.anisotropy(relaxed(rest, stress), settings)
  end
  return vt.structure.nonaffine_strain(before, after), rest:energy() / #rest
end

local function quench(rate, seed)
  local glass = vt.atoms.random{ composition = { Cu = 64.5, Zr = 35.5 }, n = 5000, seed = seed }
  glass.potential = potential
  vt.minimize(glass, { fmax = 0.5 })
  glass:thermalize{ temperature = 2000, seed = seed }
  local md = vt.md(glass, { ensemble = "npt", pressure = 0, temperature = 2000, timestep = 0.003,
                            seed = seed })
  md:run{ time = 15 }
  md:run{ temperature = { 2000, 300 }, cooling_rate = rate }
  md:run{ time = 3, temperature = 300 }
  return glass
end

print "rate (K/s)  seed  energy (eV/atom)  ratio, peaks      ratio, fit"
for k = 2, #arg, 2 do
  local rate, samples = tonumber(arg[k]), tonumber(arg[k + 1])
  local peaks, fit = {}, {}
  for seed = 1, samples do
    local n, energy = ratio_of(quench(rate, seed))
    peaks[seed], fit[seed] = n.ratio, n.ratio_fit
    print(("%10.0e %5d %17.4f %8.3f +- %.3f %9.3f +- %.3f"):format(rate, seed, energy, n.ratio,
      n.error.ratio, n.ratio_fit, n.error.ratio_fit))
  end
  local p, f = vt.array(peaks), vt.array(fit)
  print(("%10.0e  mean %25.3f +- %.3f %9.3f +- %.3f"):format(rate, p:mean(),
    p:std(nil, 1) / samples ^ 0.5, f:mean(), f:std(nil, 1) / samples ^ 0.5))
end
