-- How far atoms get from their places when they vibrate harmonically.

local core = require "vitrum.modes_core"
local found = require "vitrum.modes.found"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local displacement = {}

local MOTION <const> = { __name = "vitrum.HarmonicMotion", __index = {} }

local dense <const> = core.defaults.displacement_dense

displacement.OPTIONS = found.joined({
  { name = "temperature", kind = "positive", default = 50, unit = "K", range = "temperature",
    help = "displacements squared are proportional to it" },
  { name = "modes", kind = "count", default = core.defaults.displacement_modes,
    help = "lowest modes that are taken one by one, at most a third of all" },
  { name = "repeats", kind = "count", default = core.defaults.repeats, between = { 2, 1000 },
    help = "of all probes with other signs; the error falls with the root of it" },
  { name = "reach", kind = "positive", default = core.defaults.reach, unit = "A",
    help = "distance of atoms that one probe looks at together; the error falls with it, and the "
      .. "number of probes grows with its third power" },
  { name = "tolerance", kind = "positive", default = core.defaults.displacement_tolerance,
    help = "of the modes, as for vt.modes.lowest" },
  { name = "rounds", kind = "count", default = core.defaults.rounds,
    help = "of filtering that are allowed for the modes" },
  { name = "seed", kind = "seed", default = 1, help = "of random vectors" },
}, found.MINIMIZE)

MOTION.__tostring = function(self)
  return ("mean squared displacements of %d atoms at %g K: mean %.4g A^2, %.4g to %.4g, error of "
    .. "an atom %.2g %%"):format(#self.atoms, self.temperature, self.mean, self.msd:min(),
    self.msd:max(), 100 * self.error)
end

---Harmonic mean squared displacement of each atom.
---@param atoms vitrum.Atoms
---@param given table?
---@return vitrum.HarmonicMotion
function displacement.displacement(atoms, given)
  local o = options.check("modes.displacement", displacement.OPTIONS, given)
  local rest, converged = found.at_rest("modes.displacement", atoms, o)
  local modes = o.modes
  if not (given and given.modes) then modes = math.min(modes, math.max(1, #rest // 2)) end
  local per_kelvin, error, probes = core.displacement(rest, modes, o.tolerance, o.rounds, o.reach,
    o.repeats, o.seed)
  local msd = per_kelvin * o.temperature
  return setmetatable({ msd = msd, mean = msd:mean(), error = error, probes = probes,
                        temperature = o.temperature, atoms = rest, converged = converged }, MOTION)
end

help.register_type("HarmonicMotion", MOTION)
help.document("modes.displacement", {
  terms = "mean squared displacement; vibrational amplitude; Debye-Waller factor; flexibility "
    .. "volume; harmonic approximation; inverse of the Hessian; soft spots",
  see = "modes.lowest; Atoms:hessian",
  signature = "vt.modes.displacement(atoms, [options]) -> HarmonicMotion",
  summary = "Mean squared displacement of each atom about its place in the inherent structure, as "
    .. "classical statistics has it for harmonic vibrations: k_B T/m times the sum over modes of "
    .. "|e|^2/omega^2, which is k_B T times the trace of the atom's part of the inverse Hessian. "
    .. ("Up to %d atoms all modes are made and there is no error; beyond, the lowest ones, and "
    .. "what the others give is estimated by solutions for random signs on atoms far from each "
    .. "other. "):format(dense)
    .. "The result has msd (A^2, three axes together), mean, error (standard error of an atom's "
    .. "value as a share of it, root of the mean square over atoms), probes, atoms, temperature, "
    .. "converged.",
  options = displacement.OPTIONS,
  example = "local h = vt.modes.displacement(glass, { temperature = 50 })\nprint(h)\n"
    .. "local v_flex = h.msd * vt.structure.voronoi(h.atoms).volume ^ (1 / 3)",
})

return displacement
