-- Modes of vibration, one by one.

local core = require "vitrum.modes_core"
local elastic = require "vitrum.mechanics.elastic"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local found = {}

local Modes = {} -- methods
local MODES <const> = { __name = "vitrum.Modes", __index = Modes }

local INHERENT_FMAX <const> = 1e-5 -- eV/A

local MINIMIZE <const> = {
  { name = "minimize", kind = "boolean", default = true,
    help = "take a copy of the atoms to its inherent structure first, in the box as it is; false: "
      .. "they are in a minimum already" },
  { name = "fmax", kind = "positive", default = INHERENT_FMAX, unit = "eV/A",
    help = "goal of that minimization" },
}

local SADDLE <const> = { name = "saddle", kind = "boolean", default = false,
  help = "take negative eigenvalues as they are, as at a saddle; their frequencies are given as "
    .. "negative. Otherwise they are an error: the atoms are in no minimum" }

found.MINIMIZE, found.SADDLE = MINIMIZE, SADDLE

local function joined(...)
  local list = {}
  for _, part in ipairs{ ... } do table.move(part, 1, #part, #list + 1, list) end
  return list
end

found.joined = joined

found.LOWEST = joined({
  { name = "count", kind = "count",
    help = "modes; without it the lowest 1 % of three times the number of atoms, at least 10" },
  { name = "around", kind = "positive", unit = "THz",
    help = "take the modes nearest to this frequency instead of the lowest ones. Each takes many "
      .. "more products with the Hessian: thousands of atoms are a matter of minutes" },
  { name = "tolerance", kind = "positive", default = core.defaults.tolerance,
    help = "largest residual |H e - eigenvalue e| of a mode, in units of the largest eigenvalue of "
      .. "all, 1e-13 to 1e-3; the error of an eigenvalue goes with its square" },
  { name = "rounds", kind = "count", default = core.defaults.rounds,
    help = "of filtering that are allowed" },
  { name = "unconverged", kind = "boolean", default = false,
    help = "modes that are beyond the tolerance after these rounds are a result, too, whose field "
      .. "unconverged tells their number; otherwise they are an error" },
  SADDLE,
  { name = "seed", kind = "integer", default = 1,
    help = "of the random vectors that it starts from" },
}, MINIMIZE)

found.ALL = joined({ SADDLE }, MINIMIZE)

---The atoms that modes are of: a copy in its minimum, or what is in one already.
---@param where string
---@param atoms any
---@param o table
---@return vitrum.Atoms
---@return boolean converged
function found.at_rest(where, atoms, o)
  elastic.check_atoms(where, atoms)
  if not o.minimize then return atoms, true end
  local copy = atoms:copy()
  return copy, require("vitrum").minimize(copy, { fmax = o.fmax }).converged
end

local function finish(result, atoms, converged)
  result.atoms = atoms
  result.converged = converged and result.unconverged == 0
  return setmetatable(result, MODES)
end

MODES.__tostring = function(self)
  local n = #self.eigenvalue
  local lines = { ("%d modes of %d atoms: %.4g to %.4g THz"):format(n, #self.atoms,
    self.frequency[1], self.frequency[n]) }
  lines[2] = ("largest residual %.1e of the largest eigenvalue, which is that of %.4g THz; %d "
    .. "motions that cost nothing left out"):format(self.residual:max(), self.largest, self.zeros)
  if self.unconverged > 0 then
    lines[3] = ("%d of them are beyond the tolerance"):format(self.unconverged)
  end
  return table.concat(lines, "\n")
end

---The lowest modes.
---@param atoms vitrum.Atoms
---@param given table?
---@return vitrum.Modes
function found.lowest(atoms, given)
  local where = "modes.lowest"
  local o = options.check(where, found.LOWEST, given)
  local rest, converged = found.at_rest(where, atoms, o)
  local count = o.count or math.min(math.max(10, 3 * #rest // 100), math.max(1, 3 * #rest - 6))
  return finish(core.lowest(rest, count, o.around, o.tolerance, o.rounds, o.seed, o.saddle,
    o.unconverged), rest, converged)
end

---All modes.
---@param atoms vitrum.Atoms
---@param given table?
---@return vitrum.Modes
function found.all(atoms, given)
  local where = "modes.all"
  local o = options.check(where, found.ALL, given)
  elastic.check_atoms(where, atoms)
  local most = core.defaults.most_atoms
  if #atoms > most then
    raise("%s: the matrix of %d atoms is too large; up to %d atoms are taken. vt.modes.lowest "
      .. "takes any number", where, #atoms, most)
  end
  local rest, converged = found.at_rest(where, atoms, o)
  return finish(core.all(rest, o.saddle), rest, converged)
end

-- ---------------------------------------------------------------- quasi-localized ----

local SAME <const> = 0.9 -- of two minima that are one, the least product

local QUASI <const> = { __name = "vitrum.QuasiLocalized", __index = {} }

found.QUASI = {
  { name = "count", kind = "count", default = 10,
    help = "of the lowest modes that it starts from; several may lead to one minimum" },
  { name = "cutoff", kind = "positive", unit = "A", range = "distance",
    help = "pairs nearer than this count for the strain of a mode; by default all that interact" },
  { name = "tolerance", kind = "positive", default = core.defaults.quasilocal_tolerance,
    help = "of the equation that holds in a minimum, as a share of one side; 1e-6 to 0.1" },
  { name = "rounds", kind = "count", default = core.defaults.quasilocal_rounds,
    help = "of conjugate gradients that are allowed" },
  { name = "unconverged", kind = "boolean", default = false,
    help = "what is beyond the tolerance after these rounds is a result, too; see residual" },
}

QUASI.__tostring = function(self)
  local n = #self.stiffness
  return ("%d quasi-localized modes of %d atoms, from %d modes: stiffness %.4g to %.4g eV/A^2, "
    .. "participation ratio %.4g to %.4g"):format(n, #self.atoms, self.starts, self.stiffness[1],
    self.stiffness[n], self.ratio:min(), self.ratio:max())
end

-- Places of the minima that differ, softest first.
local function distinct(all)
  local order, kept = {}, {}
  for k = 1, #all.eigenvalue do order[k] = k end
  table.sort(order, function(a, b) return all.eigenvalue[a] < all.eigenvalue[b] end)
  local product = all.vectors:dot(all.vectors:transpose()):abs()
  for _, k in ipairs(order) do
    local new = true
    for _, other in ipairs(kept) do new = new and product[k][other] < SAME end
    if new then kept[#kept + 1] = k end
  end
  return kept
end

---Soft spots without the sound waves that modes mix them with.
---@param given table?
---@return vitrum.QuasiLocalized
function Modes:quasilocalized(given)
  local where = "Modes:quasilocalized"
  local o = options.check(where, found.QUASI, given)
  local count = math.min(o.count, #self.eigenvalue)
  local n = #self.atoms
  local array = require("vitrum").array
  local start = self.vectors:slice({ 1, count }):reshape(count, n, 3)
    / self.atoms:masses():sqrt():reshape(1, n, 1)
  local all = core.quasilocal(self.atoms, start:reshape(count, 3 * n), o.cutoff or 0, o.tolerance,
    o.rounds, o.unconverged)
  local kept = distinct(all)
  local result = { atoms = self.atoms, starts = count, core = {}, start = kept }
  for to, from in pairs{ vectors = "vectors", stiffness = "eigenvalue", cost = "cost",
                         residual = "residual", ratio = "ratio" } do
    local list = {}
    for k, place in ipairs(kept) do list[k] = all[from][place] end
    result[to] = to == "vectors" and array.stack(list) or array(list)
  end
  for k = 1, #kept do
    result.core[k] = result.vectors[k]:reshape(n, 3):square():sum(2):argmax()
  end
  return setmetatable(result, QUASI)
end

-- ---------------------------------------------------------------- help ----

help.register_type("Modes", MODES)

local FIELDS <const> = "The result has frequency (THz) and eigenvalue (eV/(A^2 amu)) in rising "
  .. "order; vectors (modes x 3n), unit vectors of the mass-weighted Hessian, x, y, z of atom 1 "
  .. "first: atom i moves along its three numbers over the root of its mass; residual, in units of "
  .. "the largest eigenvalue; participation, the share of each atom in all these modes (sum of "
  .. "|e|^2, which adds up to their number); ratio, the participation ratio of each mode, 1 when "
  .. "all atoms move alike; atoms, the inherent structure; zeros, the motions that cost nothing "
  .. "and are left out (translations, rotations of what is free to turn); largest, an upper bound "
  .. "of all frequencies (THz); converged."

help.document("modes.lowest", {
  terms = "normal modes; soft modes; vibrational modes; phonons; eigenvectors of the Hessian; "
    .. "dynamical matrix; participation ratio; participation fraction; boson peak; quasi-localized "
    .. "modes; Chebyshev filter; eigenvalues",
  see = "modes.all; modes.density; modes.displacement; Atoms:hessian",
  signature = "vt.modes.lowest(atoms, [options]) -> Modes",
  summary = "The vibrations of lowest frequency about the inherent structure. The atoms stay as "
    .. "they are. The Hessian is never made: polynomials of it filter a block of vectors until the "
    .. "residuals are small, so that large samples are no matter of memory. " .. FIELDS,
  options = found.LOWEST,
  example = "local m = vt.modes.lowest(glass, { count = 100 })\nprint(m)\n"
    .. "vt.plot{ x = m.frequency, y = m.ratio }\n"
    .. "local soft = m.participation   -- large where the glass is soft",
})
help.document("modes.all", {
  terms = "normal modes; vibrational modes; phonons; dynamical matrix; density of states; "
    .. "eigenvalues; LAPACK",
  see = "modes.lowest; modes.density; Atoms:hessian",
  signature = "vt.modes.all(atoms, [options]) -> Modes",
  summary = "All vibrations about the inherent structure, by LAPACK on the whole matrix: up to "
    .. ("%d atoms; time grows with the cube of their number, memory with the square. "):format(
      core.defaults.most_atoms) .. FIELDS,
  options = found.ALL,
  example = "local m = vt.modes.all(glass)\nprint(m.frequency:max())",
})

help.register_type("QuasiLocalized", QUASI)
help.document("Modes:quasilocalized", {
  terms = "quasi-localized modes; pseudo-harmonic modes; soft spots; soft modes; shear "
    .. "transformation zones; nonphononic excitations; quasilocalized vibrations",
  see = "modes.lowest",
  signature = "m:quasilocalized([options]) -> QuasiLocalized",
  summary = "Soft spots without the sound waves that vibrations mix them with: minima of the cost "
    .. "(z.H z)^2 / sum over pairs |z_i - z_j|^4 of displacements z, with the Hessian H, that one "
    .. "comes to from the lowest modes (pseudo-harmonic modes, Richard, Kapteijns, Giannini, "
    .. "Manning and Lerner, Phys. Rev. Lett. 126, 015501 (2021)). The result has those that "
    .. "differ, softest first: vectors (count x 3n, unit displacements), stiffness (z.H z, "
    .. "eV/A^2), cost (eV^2/A^4), ratio (participation ratio), core (the atom that moves most), "
    .. "start (the mode that led to it), residual.",
  options = found.QUASI,
  example = "local m = vt.modes.lowest(glass, { count = 20 })\n"
    .. "local q = m:quasilocalized{ count = 20 }\nprint(q, q.core[1])",
})

return found
