-- Energy against volume: the equations of state of Murnaghan and of Birch and Murnaghan.

local fit = require "vitrum.analysis.fit"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local separable = require "vitrum.analysis.separable"

local raise <const> = options.raise

local GPA <const> = 160.2176634 -- of 1 eV/A^3, exact
local LEAST_POINTS <const> = 5 -- four parameters and one for the scatter
local PRIMES <const> = { 1.05, 30 } -- bounds of B'

local State = {} -- methods
local STATE <const> = { __name = "vitrum.EquationOfState", __index = State }

local NAMES <const> = { murnaghan = "Murnaghan", ["birch-murnaghan"] = "Birch-Murnaghan" }

STATE.__tostring = function(self)
  return ("%s: V0 = %.6g A^3, E0 = %.6g eV, B0 = %.4g GPa, B' = %.3g (rms %.2g eV, %d points)")
    :format(NAMES[self.form], self.volume, self.energy, self.bulk, self.prime, self.rms, self.n)
end

-- Energy and pressure [eV, eV/A^3] at one volume.
local AT <const> = {
  murnaghan = function(s, volume)
    local b, ratio = s.bulk / GPA, (s.volume / volume) ^ s.prime
    return s.energy + b * volume / s.prime * (ratio / (s.prime - 1) + 1)
      - b * s.volume / (s.prime - 1), b / s.prime * (ratio - 1)
  end,
  ["birch-murnaghan"] = function(s, volume)
    local b, x = s.bulk / GPA, (s.volume / volume) ^ (2 / 3)
    return s.energy + 9 / 16 * s.volume * b * ((x - 1) ^ 3 * s.prime + (x - 1) ^ 2 * (6 - 4 * x)),
      1.5 * b * (x ^ 3.5 - x ^ 2.5) * (1 + 0.75 * (s.prime - 4) * (x - 1))
  end,
}

-- A number for a number, an array for a series.
local function over(where, self, volume, place, factor)
  if type(volume) == "number" then
    if not (volume > 0 and volume < math.huge) then
      raise("%s: the volume must be positive, not %s", where, numbers.show(volume))
    end
    return factor * select(place, AT[self.form](self, volume))
  end
  local list = numbers.finite_list(volume, where .. ": the volumes")
  for k, one in ipairs(list) do list[k] = over(where, self, one, place, factor) end
  return require("vitrum").array(list)
end

STATE.__call = function(self, volume)
  return over("fit.equation_of_state: state(V)", self, volume, 1, 1.0)
end

---Pressure at a volume.
---@param volume number|vitrum.Array [A^3]
---@return number|vitrum.Array # [GPa]
function State:pressure(volume)
  return over("EquationOfState:pressure", self, volume, 2, GPA)
end

-- In order of volume.
local function sorted(where, volume, energy)
  local xs = numbers.finite_list(volume, where .. ": the volumes")
  local ys = numbers.finite_list(energy, where .. ": the energies")
  numbers.check_equal(xs, ys, where)
  local order = {}
  for k = 1, #xs do
    if xs[k] <= 0 then
      raise("%s: volume %d is %s A^3; it must be positive", where, k, numbers.show(xs[k]))
    end
    order[k] = k
  end
  table.sort(order, function(a, b)
    if xs[a] ~= xs[b] then return xs[a] < xs[b] end
    return a < b
  end)
  local v, e, different = {}, {}, 0
  for k, i in ipairs(order) do
    v[k], e[k] = xs[i], ys[i]
    if v[k] ~= v[k - 1] then different = different + 1 end
  end
  if different < LEAST_POINTS then
    raise("%s: there are %d different volumes; four parameters need at least %d", where, different,
      LEAST_POINTS)
  end
  return v, e
end

-- A minimum at the end of the data is where the data end, not where the crystal is at rest.
local function check_bracket(where, v, e)
  local best = 1
  for k = 2, #e do if e[k] < e[best] then best = k end end
  local first, last = v[best] == v[1], v[best] == v[#v]
  if first or last then
    raise("%s: the volumes, %.6g to %.6g A^3, do not bracket the minimum: the energy is lowest at "
      .. "the %s one; add %s volumes", where, v[1], v[#v], first and "smallest" or "largest",
      first and "smaller" or "larger")
  end
end

-- With V in units of a middle volume Murnaghan's energy is c1 + c2 V + c3 V^(1 - B').
local function fit_murnaghan(where, v, e)
  local middle = 0.5 * (v[1] + v[#v])
  local x, y, base = {}, {}, e[1]
  for k = 1, #v do x[k], y[k] = v[k] / middle, e[k] - base end
  local found = separable.fit(x, y, function(w, prime) return 1.0, w, w ^ (1 - prime) end, PRIMES)
  local c = found and found.coefficients
  if not c or found.edge or c[2] <= 0 or c[3] <= 0 then
    raise("%s: the energies do not follow Murnaghan's equation with a B' from %g to %g within "
      .. "these volumes; try another range of them, or the form birch-murnaghan", where, PRIMES[1],
      PRIMES[2])
  end
  local prime, b = found.p, c[2] * found.p / middle
  local volume = middle * (c[3] * (prime - 1) / c[2]) ^ (1 / prime)
  return { volume = volume, bulk = b * GPA, prime = prime,
           energy = base + c[1] + b * volume / (prime - 1) }
end

-- A polynomial of degree 3 in V^(-2/3).
local function fit_birch(where, v, e)
  local x = {}
  for k = 1, #v do x[k] = v[k] ^ (-2 / 3) end
  local p = fit.polynomial(x, e, { degree = 3 })
  local c = p.coefficients
  local inside = c[3] * c[3] - 3 * c[4] * c[2]
  -- The root with positive curvature, in the form that does not cancel.
  local root = inside > 0 and math.sqrt(inside) or nil
  local at = root and (c[3] > 0 and -c[2] / (c[3] + root) or (root - c[3]) / (3 * c[4]))
  if at == nil or at <= 0 then
    raise("%s: the energies do not follow the equation of Birch and Murnaghan: they have no "
      .. "minimum; take volumes nearer to it", where)
  end
  local volume = at ^ -1.5
  local b = 4 / 9 * (2 * c[3] + 6 * c[4] * at) * volume ^ (-7 / 3)
  return { volume = volume, bulk = b * GPA, energy = p(at),
           prime = 4 + 16 * c[4] / (9 * b * volume ^ 3) }
end

local FITS <const> = { murnaghan = fit_murnaghan, ["birch-murnaghan"] = fit_birch }

local OPTIONS <const> = {
  { name = "form", kind = "choice", choices = { "murnaghan", "birch-murnaghan" },
    default = "murnaghan", help = "of the curve" },
}

---Equation of state through energies at several volumes.
---@param volume vitrum.Array|number[] [A^3]
---@param energy vitrum.Array|number[] [eV]
---@param given table?
---@return vitrum.EquationOfState
function fit.equation_of_state(volume, energy, given)
  local where = "fit.equation_of_state"
  local o = options.check(where, OPTIONS, given)
  local v, e = sorted(where, volume, energy)
  check_bracket(where, v, e)
  local state = setmetatable(FITS[o.form](where, v, e), STATE)
  state.form, state.n = o.form, #v
  local square = 0.0
  for k = 1, #v do square = square + (state(v[k]) - e[k]) ^ 2 end
  state.rms = math.sqrt(square / #v)
  return state
end

help.register_type("EquationOfState", STATE)
help.document("fit.equation_of_state", {
  terms = "equation of state; EOS; Murnaghan; Birch-Murnaghan; bulk modulus; energy-volume curve; "
    .. "compressibility",
  see = "equation-of-state; mechanics.elastic; fit.polynomial",
  signature = "vt.fit.equation_of_state(volume, energy, [options]) -> { volume, energy, bulk, "
    .. "prime, rms, form, n }",
  summary = "Equation of state through energies [eV] at five or more volumes [A^3], both of the "
    .. "same number of atoms, by least squares: volume [A^3] and energy [eV] of the minimum, the "
    .. "bulk modulus there [GPa] and its derivative by pressure, prime; rms is what the energies "
    .. "scatter by. state(V) is the energy at a volume or an array of them. Volumes that do not "
    .. "bracket the minimum raise an error. Murnaghan, Proc. Natl. Acad. Sci. 30, 244 (1944); "
    .. "Birch, Phys. Rev. 71, 809 (1947). Within 8 % of the volume both forms agree in the bulk "
    .. "modulus to about a percent.",
  options = OPTIONS,
  example = "local state = vt.fit.equation_of_state(volumes, energies)\n"
    .. "print(state.volume, state.bulk, state:pressure(11.5))",
})
help.document("EquationOfState:pressure", {
  signature = "state:pressure(volume) -> number or array",
  summary = "Pressure [GPa] at a volume [A^3], or at an array of them.",
  example = "print(state:pressure(11.5))",
})

return fit
