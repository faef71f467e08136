-- At which strain rate the temporary softening survives until the next event: the softening that
-- events find rises from one plateau to another, and the rate half way is noted for lattices of
-- several sizes and at several temperatures. In flow an event of the whole lattice takes some
-- 0.1/(sites x rate), so the rate should fall as one over the number of sites, and follow the
-- recovery, exp(0.37 eV/kT)/nu0, with temperature (Wang et al., section 3.1, after Dubach et al.).
--
--     build/vitrum tests/validation/stz_crossover.lua [seeds] [folder]
local vt = require "vitrum"

local seeds = tonumber(arg and arg[1]) or 3
local folder = arg and arg[2] or "stz-crossover"
local BOLTZMANN <const> = 8.617333262e-5 -- eV/K
local SIZES <const>, KELVIN <const> = { 32, 64, 128 }, { 250, 300, 350, 400 }

-- Cases of a size and a temperature: rates by powers of ten around where it should be.
local function cases_of(n, kelvin, low, high)
  local cases = {}
  for power = low, high do
    cases[#cases + 1] = { name = ("10^%d/s"):format(power), x = 10.0 ^ power, n = n,
                          kelvin = kelvin }
  end
  return cases
end

local function half_way(found)
  local y, x = {}, {}
  for k, case in ipairs(found.cases) do y[k], x[k] = case.mean.shift, math.log(case.x, 10) end
  local middle = (y[1] + y[#y]) / 2
  for k = 2, #y do
    if y[k - 1] <= middle and middle < y[k] then
      return 10 ^ (x[k - 1] + (middle - y[k - 1]) / (y[k] - y[k - 1])), y[1], y[#y]
    end
  end
  return 0 / 0, y[1], y[#y]
end

local function study(n, kelvin, low, high)
  return vt.study{
    name = ("%d-%d"):format(n, kelvin), out = ("%s/%d-%d"):format(folder, n, kelvin),
    cases = cases_of(n, kelvin, low, high), seeds = seeds, report = false, quiet = true,
    run = function(case, seed)
      local lat <close> = vt.stz.lattice{ n = case.n, temperature = case.kelvin, seed = seed }
      lat:tension{ strain_rate = case.x, plastic = 0.02, strain = 0.5, every = 0.01 }
      local m = lat:measures()
      return { shift = m.shift_events, strength = m.yield_stress }
    end,
  }
end

print "| sites | temperature [K] | slow | fast | rate half way [1/s] | times sites | times tau |"
print "| --- | --- | --- | --- | --- | --- | --- |"
local function line(n, kelvin, low, high)
  local rate, slow, fast = half_way(study(n, kelvin, low, high))
  local tau = math.exp(0.37 / (BOLTZMANN * kelvin)) / 1e13
  print(("| %d^2 | %d | %.3f | %.3f | %.3g | %.3g | %.3g |"):format(n, kelvin, slow, fast, rate,
    rate * n * n, rate * tau))
  return rate
end
for _, n in ipairs(SIZES) do line(n, 300, -3, 6) end
local rates = {}
for k, kelvin in ipairs(KELVIN) do rates[k] = line(64, kelvin, -3, 7) end
local x = {}
for k, kelvin in ipairs(KELVIN) do
  x[k], rates[k] = 1 / (BOLTZMANN * kelvin), math.log(rates[k])
end
local fit = vt.fit.line(x, rates)
print(("\nArrhenius law of the rate half way: %.3f +- %.3f eV (0.37 eV of the recovery)."):format(
  -fit.slope, fit.slope_error))
