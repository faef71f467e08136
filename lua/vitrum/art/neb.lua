-- vt.neb: the way between two minima.

local core = require "vitrum.saddle_core"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local vt = require "vitrum"

local raise <const> = options.raise

local neb = {}

local Band = {} -- methods
local BAND <const> = { __name = "vitrum.Band", __index = Band }

local default <const> = core.defaults.band

neb.OPTIONS = {
  { name = "images", kind = "count", default = default.images, between = { 3, 1000 },
    help = "along the band, both ends included" },
  { name = "through", kind = "value",
    help = "atoms that the first band goes through, such as those at a saddle; none: straight" },
  { name = "frozen", kind = "array", help = "numbers of atoms that stand still" },
  { name = "climb", kind = "boolean", default = default.climb,
    help = "the highest image climbs to the saddle" },
  { name = "force", kind = "positive", default = default.force, unit = "eV/A",
    help = "goal: norm of the force across the band on any image, of all on the one that climbs" },
  { name = "spring", kind = "positive", default = default.spring, unit = "eV/A^2",
    help = "stiffness of the springs between images" },
  { name = "steps", kind = "count", default = default.steps, help = "most steps of the band" },
  { name = "max_step", kind = "positive", default = default.max_step, unit = "A",
    help = "no atom moves further at once" },
}

BAND.__tostring = function(self)
  return ("band of %d images: barrier %.6f eV, reverse %.6f eV%s"):format(#self.energies,
    self.barrier, self.reverse_barrier, self.converged and ""
      or (", not converged: %.3g eV/A left"):format(self.force))
end

BAND.__len = function(self) return #self.energies end

---The atoms of an image.
---@param number integer
---@return vitrum.Atoms
function Band:image(number)
  options.argument("Band:image", "the number of the image", "count", number)
  if number > #self.energies then
    raise("Band:image: there are %d images, not %d", #self.energies, number)
  end
  local atoms = self.first:copy()
  local positions = atoms:positions()
  positions:assign(positions + self.path[number])
  return atoms
end

---The atoms at the saddle, which is the highest image.
---@return vitrum.Atoms
function Band:saddle() return self:image(self.highest) end

local function check_atoms(where, name, atoms)
  if not options.is(atoms, "Atoms") then
    raise("%s: %s must be atoms, got %s", where, name, type(atoms))
  end
end

---The path of lowest energy between two minima.
---@param first vitrum.Atoms with a potential
---@param last vitrum.Atoms
---@param given table?
---@return vitrum.Band
function neb.neb(first, last, given)
  local where = "neb"
  local o = options.check(where, neb.OPTIONS, given)
  check_atoms(where, "the first minimum", first)
  check_atoms(where, "the last minimum", last)
  if o.through ~= nil then check_atoms(where, "option 'through'", o.through) end
  local path, energies, report = core.neb(first, last, o.through, o, o.frozen)
  local band = setmetatable(report, BAND)
  band.first, band.path, band.energies = first:copy(), path, energies
  band.barrier = energies[band.highest] - energies[1]
  band.reverse_barrier = energies[band.highest] - energies[#energies]
  return band
end

vt.neb = neb.neb

help.register_type("Band", BAND)

help.document("neb", {
  terms = "nudged elastic band; minimum energy path; reaction path; transition state; diffusion "
    .. "barrier; climbing image; CI-NEB",
  see = "Band:saddle; art; minimize",
  signature = "vt.neb(first, last, [options]) -> Band",
  summary = "The path of lowest energy between two minima of the same atoms, by a nudged elastic "
    .. "band whose highest image climbs to the saddle (Henkelman, Uberuaga and Jonsson 2000). The "
    .. "potential is that of `first`; atoms go to the nearest image. The band has energies (array, "
    .. "eV, 0 at the start), barrier and reverse_barrier (eV), highest (number of that image), "
    .. "path (images x atoms x 3 displacements from the start, A), converged, force (eV/A), "
    .. "evaluations.",
  options = neb.OPTIONS,
  example = "local band = vt.neb(before, after, { images = 9 })\nprint(band.barrier)\n"
    .. "vt.plot(band.energies)",
})
help.document("Band:image", {
  signature = "band:image(number) -> Atoms",
  summary = "The atoms of an image, 1 for the first minimum.",
  example = "print(band:image(3))",
})
help.document("Band:saddle", {
  signature = "band:saddle() -> Atoms",
  summary = "The atoms of the highest image, which are at the saddle when it has climbed.",
  example = "local saddle = band:saddle()",
})

return neb
