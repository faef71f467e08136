-- A network potential against the potential that taught it: pair distributions and density of melt
-- and glass, and the drift of the energy. Results: network.md.
--
--     build/vitrum tests/validation/network_teacher.lua NETWORK POTENTIAL [TAPER [TIME [ATOMS]]]
--
-- TIME in ps, 100 unless given, of each state after a tenth of that to settle. The teacher runs
-- twice, from other velocities: how far its two runs are apart is what a perfect network would be.

local vt = require "vitrum"

local file, potential = arg[1], arg[2]
if not potential then error("give a network and the potential that taught it", 0) end
local taper, time, atoms = tonumber(arg[3]) or 0, tonumber(arg[4]) or 100, tonumber(arg[5]) or 500

local TEACHER <const> = vt.potential.eam(potential, { taper = taper })
local NETWORK <const> = vt.potential.network(file)

local function start()
  local glass = vt.atoms.random{ composition = "Cu64Zr36", n = atoms, seed = 11 }
  glass.potential = TEACHER
  vt.minimize(glass, { fmax = 1 })
  glass:thermalize{ temperature = 1500, seed = 11 }
  local md = vt.md(glass, { ensemble = "npt", temperature = 1500, pressure = 0, seed = 11 })
  md:run{ time = 20 }
  local melt = glass:copy()
  md:run{ temperature = { 1500, 300 }, cooling_rate = 3e13 }
  return { { "melt, 1500 K", melt, 1500 }, { "glass, 300 K", glass, 300 } }
end

-- Mean g(r) of all pairs and of each kind, and the mean density, over the time.
local function observed(from, temperature, by, seed)
  local moving = from:copy()
  moving.potential = by
  moving:thermalize{ temperature = temperature, seed = seed }
  local md = vt.md(moving, { ensemble = "npt", temperature = temperature, pressure = 0,
                             seed = seed })
  md:run{ time = time / 10 }
  local sums, frames, density = {}, 0, 0
  md:run{ time = time, every = time / 200, sample = function()
    local g = vt.structure.rdf(moving, { rmax = 8, bins = 160 })
    frames, density = frames + 1, density + moving:density()
    sums.total = sums.total and sums.total + g.total or g.total:copy()
    for name, partial in pairs(g.partial or {}) do
      sums[name] = sums[name] and sums[name] + partial or partial:copy()
    end
  end }
  for name, sum in pairs(sums) do sums[name] = sum / frames end
  return sums, density / frames
end

local function drift(from, temperature)
  local moving = from:copy()
  moving.potential = NETWORK
  moving:thermalize{ temperature = temperature, seed = 3 }
  local md = vt.md(moving, { ensemble = "nve", timestep = 0.002 })
  md:run{ time = 2 }
  local energy = {}
  md:run{ time = time / 5, every = math.max(time / 500, 0.01) }
  local s = md:samples()
  for k, value in ipairs(s.total_energy:totable()) do energy[k] = { s.time[k], value } end
  local points = vt.array(energy)
  local line = vt.fit.line(points:slice(nil, 1), points:slice(nil, 2))
  return 1e6 * line.slope / #moving, 1e6 * line.slope_error / #moving -- ps to ns, eV to meV
end

for _, state in ipairs(start()) do
  local name, from, temperature = table.unpack(state, 1, 3)
  local a, density_a = observed(from, temperature, TEACHER, 1)
  local b, density_b = observed(from, temperature, TEACHER, 2)
  local n, density_n = observed(from, temperature, NETWORK, 1)
  print(name)
  local names = {}
  for pair in pairs(a) do names[#names + 1] = pair end
  table.sort(names)
  for _, pair in ipairs(names) do
    local mean = (a[pair] + b[pair]) / 2
    print(("  g(r) %s: largest deviation of the network %.3f, of the teacher from itself %.3f; "
      .. "largest g %.2f"):format(pair, (n[pair] - mean):abs():max(),
      (a[pair] - b[pair]):abs():max(), mean:max()))
  end
  print(("  density: teacher %.4f and %.4f, network %.4f g/cm^3 (%+.2f %%)"):format(density_a,
    density_b, density_n, 100 * (2 * density_n / (density_a + density_b) - 1)))
  print(("  drift of the network's energy, NVE, 2 fs: %.3f +- %.3f meV/atom/ns"):format(
    drift(from, temperature)))
end
