-- The stored runs of the public scripts that the lattice of Wang et al. (2024) descends from
-- (AtomEye's repository, folder Elasticity/Notes/Matlab/MG2), and lattices of the same choices: the
-- mean curve of several seeds, and its scatter, beside each stored curve.
--
--     build/vitrum tests/validation/stz_ancestor.lua [seeds] [folder]
--
-- The numbers of the stored curves are below, so nothing else is needed.
local vt = require "vitrum"

local seeds = tonumber(arg and arg[1]) or 10
local folder = arg and arg[2] or "."

vt.quiet(true)

-- Strain and stress [GPa], the peak among them.
local STORED <const> = {
  { columns = 128, rows = 64, peak = { 0.02189, 1.786 },
    curve = { { 0.0126, 1.116 }, { 0.0151, 1.338 }, { 0.0172, 1.522 }, { 0.0188, 1.648 },
              { 0.0198, 1.721 }, { 0.02189, 1.786 }, { 0.0234, 1.699 }, { 0.0259, 1.679 },
              { 0.0309, 1.692 }, { 0.0400, 1.625 }, { 0.0501, 1.556 }, { 0.0601, 1.560 },
              { 0.0702, 1.542 }, { 0.0803, 1.524 }, { 0.0899, 1.537 }, { 0.0999, 1.575 } } },
  { columns = 64, rows = 32, peak = { 0.02349, 1.828 },
    curve = { { 0.0152, 1.342 }, { 0.0182, 1.599 }, { 0.0203, 1.697 }, { 0.02349, 1.828 },
              { 0.0251, 1.758 }, { 0.0302, 1.704 }, { 0.0402, 1.604 }, { 0.0503, 1.666 },
              { 0.0602, 1.592 }, { 0.0702, 1.669 }, { 0.0800, 1.542 }, { 0.0900, 1.552 },
              { 0.0996, 1.565 } } },
}
local FLOW <const> = { 0.06, 0.10 } -- strains of plastic flow
local END <const> = 0.101

-- A voxel is 1.618 nm wide, 2 nm high and 1 nm thick; rates are 1e13/s for each nm^3 of it.
local WIDTH <const>, HEIGHT <const> = (1 + math.sqrt(5)) / 2, 2
local VOLUME <const> = WIDTH * HEIGHT

-- Temporary softening as described, 30 times the squared strain, and none.
local READINGS <const> = { { "temporary softening as described", 30 },
                           { "no temporary softening", 0 } }

local function lattice(case, seed, temporary)
  return vt.stz.lattice{
    n = case.columns, rows = case.rows, aspect = WIDTH / HEIGHT, modes = 13, seed = seed,
    volume = VOLUME, attempt_frequency = VOLUME * 1e13, temperature = 300,
    young = 88.6, poisson = 2 * 0.371, barrier = { range = { 4, 5 } },
    eigenstrain = 0.05, residual = 0.005, elapsed = "waiting",
    softening = { permanent = 10, temporary = temporary, maximum = -math.log(0.8), mises_factor = 2,
                  recovery_barrier = 0.37 },
  }
end

-- Stress at a strain of a curve, between its samples.
local function at(curve, strain)
  for k = 2, #curve do
    local a, b = curve[k - 1], curve[k]
    if strain <= b[1] then return a[2] + (b[2] - a[2]) * (strain - a[1]) / (b[1] - a[1]) end
  end
  return curve[#curve][2]
end

-- The mean of a curve over strains of flow, a point every 0.01 as the stored ones have it.
local function flow_of(curve)
  local sum, count = 0, 0
  for k = 0, 4 do
    sum, count = sum + at(curve, FLOW[1] + k * (FLOW[2] - FLOW[1]) / 4), count + 1
  end
  return sum / count
end

local function pull(case, seed, temporary)
  local lat <close> = lattice(case, seed, temporary)
  lat:tension{ strain_rate = 1e-4, strain = END, every = 2e-4 }
  local s, curve = lat:samples(), {}
  for k = 1, #s.strain do curve[k] = { s.strain[k], s.stress[k] } end
  local state, m = lat:state(), lat:measures()
  return { curve = curve, peak = state.peak_stress, at = state.peak_strain, flow = flow_of(curve),
           events = state.transformations, localization = m.localization }
end

local function mean_of(runs, name)
  local values = {}
  for k, run in ipairs(runs) do values[k] = type(name) == "function" and name(run) or run[name] end
  local a = vt.array(values)
  return a:mean(), #values > 1 and math.sqrt(#values / (#values - 1)) * a:std() or 0 / 0
end

local function report(case, reading)
  local runs, start = {}, os.clock()
  for seed = 1, seeds do runs[seed] = pull(case, seed, reading[2]) end
  print(("\n## %d x %d, %s: %d seeds, %.0f s of one processor\n"):format(case.columns, case.rows,
    reading[1], seeds, os.clock() - start))
  print("| | stored | mean | scatter of one run | stored, in scatters from the mean |")
  print("| --- | --- | --- | --- | --- |")
  local function line(name, stored, measure, format)
    local mean, scatter = mean_of(runs, measure)
    print(("| %s | %s | %s | %s | %+.1f |"):format(name, format:format(stored),
      format:format(mean), format:format(scatter), (stored - mean) / scatter))
    return mean, scatter
  end
  line("peak [GPa]", case.peak[2], "peak", "%.3f")
  line("strain there", case.peak[1], "at", "%.4f")
  line("flow, 0.06 to 0.10 [GPa]", flow_of(case.curve), "flow", "%.3f")
  local x, y, errors, stored = {}, {}, {}, {}
  for k, point in ipairs(case.curve) do
    x[k], stored[k] = point[1], point[2]
    y[k], errors[k] = line(("stress at %.4f [GPa]"):format(point[1]), point[2],
      function(run) return at(run.curve, point[1]) end, "%.3f")
  end
  vt.plot{ { x = x, y = y, error = errors, style = "errorbars", label = "mean and scatter" },
           { x = x, y = stored, label = "stored" }, xlabel = "strain", ylabel = "stress (GPa)",
           file = ("%s/stz-ancestor-%d-%d.svg"):format(folder, case.columns, reading[2]),
           overwrite = true }
  print(("\nEvents: %.0f; localization index %.4f."):format((mean_of(runs, "events")),
    (mean_of(runs, "localization"))))
end

for _, case in ipairs(STORED) do
  for _, reading in ipairs(READINGS) do report(case, reading) end
end
