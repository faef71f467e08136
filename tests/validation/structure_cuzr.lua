-- Structure of the published Cu64.5Zr35.5 glasses beside what is known of such glasses. Results and
-- sources: structure_cuzr.md.
--
--     build/vitrum tests/validation/structure_cuzr.lua FOLDER POTENTIAL
--
-- FOLDER holds Cu64.5Zr35.5_1.0e+10.lammps and Cu64.5Zr35.5_5.0e+08.lammps; POTENTIAL is that of
-- Mendelev et al. (2009), Cu-Zr_2.eam.fs, by which they are brought to their inherent structures.

local vt = require "vitrum"

local folder, potential = arg[1], arg[2]
if not potential then error "usage: structure_cuzr.lua FOLDER POTENTIAL" end
local eam = vt.potential.eam(potential)
vt.quiet(true)

local function row(what, ...)
  io.write(("%-44s"):format(what))
  for _, value in ipairs{ ... } do
    io.write(type(value) == "number" and ("%10.3f"):format(value) or ("%10s"):format(value))
  end
  io.write "\n"
end

local function measure(name)
  local glass = vt.atoms.read(folder .. "/" .. name, { species = { "Cu", "Zr" } })
  glass.potential = eam
  assert(vt.minimize(glass, { fmax = 1e-4 }).converged)
  local g = vt.structure.rdf(glass, { rmax = 10, bins = 500 })
  local s = vt.structure.structure_factor(glass)
  local x = vt.structure.structure_factor(glass, { weights = "xray" })
  local v = vt.structure.voronoi(glass)
  local p = vt.structure.packing(v)
  local c = vt.structure.clusters(v)
  local b = vt.structure.bond_order(v, { l = 6 })
  local kinds = v:polyhedra{ top = 2 }
  local copper = v:polyhedra{ species = "Cu", top = 1 }
  return { g = g, s = s, x = x, v = v, p = p, c = c, b = b, kinds = kinds, copper = copper[1],
           free = vt.structure.free_volume(v) }
end

local a, b = measure "Cu64.5Zr35.5_1.0e+10.lammps", measure "Cu64.5Zr35.5_5.0e+08.lammps"

local function both(what, value) row(what, value(a), value(b)) end

row("cooled at", "1e10 K/s", "5e8 K/s")
for _, pair in ipairs{ "Cu-Cu", "Cu-Zr", "Zr-Zr" } do
  both("first peak of " .. pair .. " (A)", function(r) return r.g:peak(pair) end)
end
both("first minimum of g(r) (A)", function(r) return r.g:minimum() end)
both("neighbors up to it", function(r) return r.g:neighbors() end)
both("first maximum of S(q) (1/A)", function(r) return (r.s:peak()) end)
both("the same, X-rays (1/A)", function(r) return (r.x:peak()) end)
both("most frequent cell", function(r) return r.kinds[1].index end)
both("its share", function(r) return r.kinds[1].fraction end)
both("share of the next one", function(r) return r.kinds[2].fraction end)
both("most frequent cell of Cu", function(r) return r.copper.index end)
both("its share of Cu", function(r) return r.copper.fraction end)
both("faces of a cell", function(r) return r.v.coordination:mean() end)
both("W", function(r) return r.v.W end)
both("solid-like (every face counts)", function(r) return r.p.solid_like end)
both("transition", function(r) return r.p.transition end)
both("liquid-like", function(r) return r.p.liquid_like end)
both("interpenetrating pairs of icosahedra", function(r) return r.c.links.volume end)
both("largest cluster (atoms)", function(r) return r.c.largest end)
both("free volume", function(r) return r.free.fraction end)
both("q6 by areas", function(r) return r.b.mean.q[6] end)
