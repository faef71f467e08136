-- Energy drift of constant-energy dynamics in a Cu64Zr36 glass at 300 K, at 1, 2 and 4 fs.
--
--     build/vitrum tests/validation/md_nve_drift.lua [scale]
--
-- Asked for: below 1e-5 eV/atom/ns at 1 fs. The drift is the slope of a straight line through the
-- total energy; the fluctuation about it must go with the square of the timestep.
--
-- Recorded 2026-11-21, CuZr_mm.eam.fs, 1000 atoms, 40 ps at each timestep:
--   timestep [fs]  drift [eV/atom/ns]    rms about the line [eV/atom]  ratio  warming [K]
--   1              -3.64e-06 +- 3.6e-07  1.88e-07                             -0.45
--   2              -1.27e-05 +- 1.4e-06  7.37e-07                       3.91  -0.07
--   4              +3.24e-06 +- 5.5e-06  2.85e-06                       3.87  -0.31
-- In another glass, quenched at 2e14 K/s and not annealed, the line at 1 fs fell by 1.7e-5
-- eV/atom/ns; aging is the likely reason (see below), but its warming was not recorded.
-- Units: A, eV, ps, K.

local vt = require "vitrum"

local scale = tonumber(arg[1] or "1")
local ATOMS <const> = 1000
local TIME <const> = 40 * scale
local LIMIT <const> = 1e-5 -- eV/atom/ns

--- Slope of y(x), its standard error, rms about the line.
local function line(x, y)
  local n, sx, sy, sxx, sxy, squares = #x, 0, 0, 0, 0, 0
  for i = 1, n do
    sx, sy = sx + x[i], sy + y[i]
    sxx, sxy = sxx + x[i] ^ 2, sxy + x[i] * y[i]
  end
  local b = (n * sxy - sx * sy) / (n * sxx - sx ^ 2)
  local a = (sy - b * sx) / n
  for i = 1, n do squares = squares + (y[i] - a - b * x[i]) ^ 2 end
  local rms = math.sqrt(squares / n)
  -- of a line through n points of uncorrelated scatter; samples 20 fs apart are nearly that
  local span = x[n] - x[1]
  return b, rms * math.sqrt(12 / n) / span, rms
end

local glass = vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = ATOMS, seed = 3 }
glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
-- A glass that still ages turns potential into kinetic energy, and the energy that velocity Verlet
-- conserves differs from the true one by a part of the kinetic energy that goes with the square of
-- the step. Hence the annealing: the drift looked for is that of the integrator.
vt.md(glass, { ensemble = "npt", temperature = 2000, pressure = 0 })
  :run{ time = 4 }
  :run{ temperature = { 2000, 800 }, cooling_rate = 1e14 }
  :run{ time = 10 }
  :run{ temperature = { 800, 300 }, cooling_rate = 5e13 }
  :run{ time = 10 }

local good, rms_before = true, nil
print "timestep [fs]  drift [eV/atom/ns]    rms about the line [eV/atom]  ratio  warming [K]"
for _, timestep in ipairs{ 0.001, 0.002, 0.004 } do
  local md = vt.md(glass:copy(), { timestep = timestep })
  md:run{ time = 1 }
  local time, energy, warming = {}, {}, 0
  md:run{ time = TIME, every = 0.02, sample = function(s)
    time[#time + 1] = s.time
    energy[#energy + 1] = s.total_energy / ATOMS
  end }
  local t = md:samples().temperature
  local quarter = t.count // 4
  for i = 1, quarter do warming = warming + (t[t.count - quarter + i] - t[i]) / quarter end
  local slope, error, rms = line(time, energy)
  print(("%-13g  %+.2e +- %.1e  %.2e                      %5s  %+.2f")
    :format(timestep * 1e3, slope * 1e3, error * 1e3, rms,
            rms_before and ("%.2f"):format(rms / rms_before) or "", warming))
  if timestep == 0.001 then good = math.abs(slope * 1e3) < LIMIT end
  if rms_before then good = good and rms / rms_before > 3 and rms / rms_before < 5 end
  rms_before = rms
end
os.exit(good)
