-- Yield of a glass in tension at several strain rates, its slope per decade, and the quasistatic
-- curve beside it. Takes hours; killed, the same command goes on. Results: tension.md.
--
--     build/vitrum tests/validation/tension.lua FOLDER POTENTIAL GLASS MINIMUM [rate ...]
--
-- GLASS is a glass at 300 K, free of stress (scripts/quench.lua writes glass.data), MINIMUM the
-- minimum below it. Rates are in 1/s, 1e10 and 1e9 unless given; "quasistatic" among them is strain
-- of the minimum in steps of 1e-4. FOLDER gets a folder for each rate, and tension.svg.

local vt = require "vitrum"

local folder, potential, glass, minimum = arg[1], arg[2], arg[3], arg[4]
if not minimum then
  print "usage: vitrum tests/validation/tension.lua FOLDER POTENTIAL GLASS MINIMUM [rate ...]"
  os.exit(2)
end
local rates = table.move(arg, 5, #arg, 1, {})
if #rates == 0 then rates = { "1e10", "1e9", "quasistatic" } end

local STRAIN <const>, SMOOTH <const> = 0.2, 0.004

local function pulled(rate)
  local tension = dofile((arg[0]:match "^(.*/)" or "") .. "../../scripts/tension.lua")
  local out = folder .. "/" .. rate
  local done = require("vitrum.system").kind(out .. "/run.json") ~= nil
  return tension:run{ glass = glass, species = { "Cu", "Zr" }, potential = potential,
                      strain_rate = tonumber(rate), strain = STRAIN, smooth = SMOOTH, out = out,
                      timestep = 0.004, settle = 4, resume = done or nil, quiet = true,
                      sample_every = math.min(0.04, 4e-4 / tonumber(rate) * 1e12) }
end

-- Lateral axes free of stress, as in the runs at 300 K.
local function quasistatic()
  local path = folder .. "/quasistatic.checkpoint"
  local pull
  if require("vitrum.system").kind(path) then
    pull = vt.mechanics.quasistatic_resume(path)
  else
    local atoms = vt.atoms.read(minimum, { species = { "Cu", "Zr" } })
    atoms.potential = vt.potential.eam(potential)
    vt.minimize(atoms, { fmax = 1e-3, pressure = 0, box = "axes" })
    pull = vt.mechanics.quasistatic(atoms, { strain = { yy = STRAIN }, lateral = "free",
      fmax = 1e-3, checkpoint = path, csv = folder .. "/quasistatic.csv" })
  end
  local r = vt.mechanics.stress_strain(pull.strain, pull.stress.yy, { smooth = SMOOTH })
  r.curve = { strain = pull.strain, stress = pull.stress.yy }
  r.young, r.young_error, r.events = r.modulus, r.modulus_error, #pull.events
  return r
end

local plot = { xlabel = "strain", ylabel = "stress (GPa)", legend = "bottom right" }
local x, y, errors = {}, {}, {}
for _, rate in ipairs(rates) do
  local r = rate == "quasistatic" and quasistatic() or pulled(rate)
  -- Means over a two hundredth of the strain, so that the picture stays small.
  local strain, stress = r.curve.strain, r.curve.stress
  local sx, sy, bins = {}, {}, 200
  for k = 1, bins do
    local inside = strain:ge((k - 1) * STRAIN / bins) * strain:lt(k * STRAIN / bins)
    if inside:sum() > 0 then
      sx[#sx + 1], sy[#sy + 1] = strain:select(inside):mean(), stress:select(inside):mean()
    end
  end
  plot[#plot + 1] = { x = sx, y = sy, label = rate == "quasistatic" and "quasistatic, 0 K"
    or rate .. "/s, 300 K" }
  print(("%-11s E %.1f +- %.1f, nu %s, G %s, yield %.3f +- %.3f at %.3f, offset %s, flow %s GPa")
    :format(rate, r.young, r.young_error,
      r.poisson and ("%.3f +- %.3f"):format(r.poisson, r.poisson_error) or "-",
      r.shear and ("%.1f +- %.1f"):format(r.shear, r.shear_error) or "-", r.yield_stress,
      r.yield_error, r.yield_strain, r.offset_stress and ("%.3f"):format(r.offset_stress) or "-",
      r.flow_stress and ("%.3f +- %.3f"):format(r.flow_stress, r.flow_error) or "-"))
  for _, map in ipairs(r.maps or {}) do
    print(("            strain %g: contrast %.2f, S-atoms %.4f"):format(map.strain, map.contrast,
      map.s_atoms))
  end
  if tonumber(rate) then
    x[#x + 1], y[#y + 1] = math.log(tonumber(rate), 10), r.yield_stress
    errors[#errors + 1] = math.max(r.yield_error, 1e-6)
  end
  if #x >= 2 then
    local slope = #x == 2 and (y[2] - y[1]) / (x[2] - x[1]) or vt.fit.line(x, y).slope
    print(("            yield stress: %.3f GPa a decade"):format(slope))
  end
end
vt.plot(table.move(plot, 1, #plot, 1, { xlabel = plot.xlabel, ylabel = plot.ylabel,
  legend = plot.legend, file = folder .. "/tension.svg", overwrite = true }))
