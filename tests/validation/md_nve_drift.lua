-- Energy drift of constant-energy dynamics in a Cu64Zr36 glass at 300 K, at 1, 2 and 4 fs.
--
--     build/vitrum tests/validation/md_nve_drift.lua [scale]
--
-- Asked for: below 1e-5 eV/atom/ns at 1 fs. The drift is the slope of a straight line through the
-- total energy; the fluctuation about it must go with the square of the timestep.
-- Units: A, eV, ps, K.

local vt = require "vitrum"

local scale = tonumber(arg[1] or "1")
local ATOMS <const> = 1000
local TIME <const> = 40 * scale
local LIMIT <const> = 1e-5 -- eV/atom/ns

--- Slope of y(x), its standard error from the slopes of four quarters, rms about the line.
local function line(x, y)
  local function slope(first, last)
    local n, sx, sy, sxx, sxy = last - first + 1, 0, 0, 0, 0
    for i = first, last do
      sx, sy = sx + x[i], sy + y[i]
      sxx, sxy = sxx + x[i] ^ 2, sxy + x[i] * y[i]
    end
    local b = (n * sxy - sx * sy) / (n * sxx - sx ^ 2)
    return b, (sy - b * sx) / n
  end
  local b, a = slope(1, #x)
  local squares = 0
  for i = 1, #x do squares = squares + (y[i] - a - b * x[i]) ^ 2 end
  local rms = math.sqrt(squares / #x)
  -- of a line through #x points of uncorrelated scatter; samples 20 fs apart are nearly that
  local span = x[#x] - x[1]
  return b, rms * math.sqrt(12 / #x) / span, rms
end

local glass = vt.atoms.random{ composition = { Cu = 64, Zr = 36 }, n = ATOMS, seed = 3 }
glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
vt.md(glass, { ensemble = "npt", temperature = 2000, pressure = 0 })
  :run{ time = 4 }
  :run{ temperature = { 2000, 300 }, cooling_rate = 2e14 }
  :run{ time = 4 }

local good, rms_before = true, nil
print "timestep [fs]  drift [eV/atom/ns]        rms about the line [eV/atom]  ratio"
for _, timestep in ipairs{ 0.001, 0.002, 0.004 } do
  local md = vt.md(glass:copy(), { timestep = timestep })
  md:run{ time = 1 }
  local time, energy = {}, {}
  md:run{ time = TIME, every = 0.02, sample = function(s)
    time[#time + 1] = s.time
    energy[#energy + 1] = s.total_energy / ATOMS
  end }
  local slope, error, rms = line(time, energy)
  print(("%-13g  %+.2e +- %.1e     %.2e                      %s")
    :format(timestep * 1e3, slope * 1e3, error * 1e3, rms,
            rms_before and ("%.2f"):format(rms / rms_before) or ""))
  if timestep == 0.001 then good = math.abs(slope * 1e3) < LIMIT end
  if rms_before then good = good and rms / rms_before > 3 and rms / rms_before < 5 end
  rms_before = rms
end
os.exit(good)
