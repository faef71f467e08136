-- Spherical Chebyshev descriptors: Su, Yu, Guan, Wang, arXiv:2211.03350 (2022).

local common = require "vitrum.descriptor.common"
local core = require "vitrum.descriptor_core"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local chebyshev = {}

local CHEBYSHEV -- metatable

local function describe(self)
  local s = self.settings
  local each = (s.n_max + 1) * (s.l_max + 1)
  local lines = { ("spherical Chebyshev descriptor, %d features: n up to %d, l up to %d, cutoff "
    .. "%g A"):format(#self, s.n_max, s.l_max, s.rmax),
    ("  columns 1 to %d: all neighbors alike"):format(each) }
  if #s.species > 1 then
    local marks = {}
    for k, symbol in ipairs(s.species) do
      marks[k] = ("%s %d"):format(symbol, k % 2 == 1 and k or -k)
    end
    lines[3] = ("  columns %d to %d: neighbors weighted by species, %s"):format(each + 1, 2 * each,
      table.concat(marks, ", "))
  end
  return table.concat(lines, "\n")
end

chebyshev.OPTIONS = {
  common.SPECIES,
  { name = "n_max", kind = "integer", default = 4, between = { 0, 15 },
    help = "distances: Chebyshev polynomials of degree 0 to this" },
  { name = "l_max", kind = "integer", default = 8, between = { 0, 16 },
    help = "angles: spherical harmonics of degree 0 to this" },
  { name = "rmax", kind = "positive", default = 7, unit = "A", between = { 1, 20 },
    help = "cutoff, where all ends smoothly" },
}

---Spherical Chebyshev descriptors of the surroundings of atoms.
---@param given table
---@return vitrum.Chebyshev
function chebyshev.chebyshev(given)
  local where = "descriptor.chebyshev"
  local o = options.check(where, chebyshev.OPTIONS, given)
  o.species = common.species(where, o.species)
  local self = setmetatable({ kind = "chebyshev", labels = {} }, CHEBYSHEV)
  self.settings = { species = o.species, n_max = o.n_max, l_max = o.l_max, rmax = o.rmax }
  for channel = 1, #o.species > 1 and 2 or 1 do
    for n = 0, o.n_max do
      for l = 0, o.l_max do
        self.labels[#self.labels + 1] = ("%s n %d l %d"):format(channel == 1 and "all"
          or "weighted", n, l)
      end
    end
  end
  return self
end

local function rows(self, atoms, where, centers)
  local s = self.settings
  return core.chebyshev(atoms, where, s.species, centers, s.n_max, s.l_max, s.rmax)
end

CHEBYSHEV = common.new_type("chebyshev", "Chebyshev", chebyshev.chebyshev, rows, {
  compute = {
    terms = "features of atoms", see = "descriptor.chebyshev; Radial:compute",
    summary = "Features of atoms: a row for each center, float64. Images in boxes thinner than the "
      .. "cutoff count.",
    example = 'local x = vt.descriptor.chebyshev{ species = "Cu" }:compute(crystal)',
  },
  save = "descriptor.load",
})
CHEBYSHEV.__tostring = describe

help.document("descriptor.chebyshev", {
  terms = "spherical Chebyshev descriptor; NNAP; power spectrum; neural network potential; SOAP; "
    .. "bond order; symmetry functions; descriptor; fingerprint; local environment",
  see = "Chebyshev:compute; descriptor.radial; structure.bond_order",
  signature = "vt.descriptor.chebyshev{ species = {...}, [options] } -> Chebyshev",
  summary = "Spherical Chebyshev descriptor of the surroundings of an atom (Su et al. 2022): "
    .. "P_nl = 4 pi/(2l + 1) sum over m of c_nlm^2 with c_nlm = sum over neighbors of "
    .. "w T_n(1 - 2r/rmax) (1 - (r/rmax)^2)^4 Y_lm. First with w = 1, and for more than one "
    .. "species once more with w = 1, -2, 3, -4 ... by the neighbor's species in the order given. "
    .. "It does not change when all turns or is mirrored. The species of the center does not "
    .. "count.",
  options = chebyshev.OPTIONS,
  example = 'local d = vt.descriptor.chebyshev{ species = { "Cu", "Zr" } }\n'
    .. "local x = d:compute(glass)\nprint(d, x.shape[1], x.shape[2])",
})

return chebyshev
