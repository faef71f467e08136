-- Measure a glass in one way, whatever was done to it: energy, structure, elastic constants, a
-- tensile test. Glasses are compared by numbers of this one function, with one setting of it.

local vt = require "vitrum"
local kit = vt.protocol.kit

-- Names, fields, units and factors of what is measured, in the order of reports.
local ENERGIES <const> = {
  { "energy at room temperature", "warm", "eV/atom" },
  { "energy of inherent structures", "energy", "eV/atom" },
  { "volume of inherent structures", "volume", "Å³/atom" },
}
local STRUCTURE <const> = {
  { "solid-like atoms", "solid_like", "%", 100 }, { "transition atoms", "transition", "%", 100 },
  { "liquid-like atoms", "liquid_like", "%", 100 },
  { "full icosahedra", "icosahedra", "%", 100 },
  { "full icosahedra around Cu, of all atoms", "copper_icosahedra", "%", 100 },
  { "five-fold symmetry W", "W" },
  { "mean size of icosahedral clusters", "cluster_average", "atoms" },
  { "largest icosahedral cluster", "cluster_largest", "atoms" },
  { "free volume", "free_volume", "%", 100 }, { "S-atoms", "s_atoms", "%", 100 },
}

-- Structure of an inherent structure. The thresholds of small faces are the same for all measures.
local function structure_of(p, inherent, before)
  local faces = { face_threshold = p.face_threshold, edge_threshold = p.edge_threshold }
  local cells = vt.structure.voronoi(inherent, faces)
  local packing, clusters = vt.structure.packing(cells), vt.structure.clusters(cells)
  local copper = packing.by_species.Cu
  return {
    solid_like = packing.solid_like, transition = packing.transition,
    liquid_like = packing.liquid_like, icosahedra = packing.icosahedra, W = packing.W,
    copper_icosahedra = copper and copper.icosahedra * inherent:composition().Cu or nil,
    cluster_average = clusters.average, cluster_largest = clusters.largest,
    free_volume = vt.structure.free_volume(cells).fraction,
    -- With the homogeneous strain, as in Li et al.
    s_atoms = before and vt.structure.deformation(before, inherent, { cutoff = p.cutoff })
      :fraction{ above = 0.3 } or nil,
  }
end

local function add(out, list, r)
  for _, m in ipairs(list) do
    local name, field, unit, factor = m[1], m[2], m[3], m[4] or 1
    if r[field] then
      local deviation = r[field .. "_error"]
      out:value(name, factor * r[field], unit, { error = deviation and factor * deviation })
    end
  end
end

return vt.protocol{
  name = "measure-glass",
  summary = "Measure energy, structure, elastic constants and strength of a glass.",
  terms = "characterization; gradient atomic packing; icosahedra; medium-range order; free volume; "
    .. "S-atoms; comparing glasses",
  source = "Li, Yu, Branicio, Sha: Effects of rejuvenation modes on the microstructures and "
    .. "mechanical properties of metallic glasses, section 3.",
  description = "Energies are means at room temperature and over several inherent structures, and "
    .. "so are the numbers of the structure. Errors are those of one sample.",
  params = {
    kit.glass,
    { "before", file = true, optional = true,
      help = "the same glass before it was treated, for S-atoms" },
    { "face_threshold", 0.01, min = 0, max = 0.5, help = "smaller faces of cells do not count" },
    { "edge_threshold", 0.1, unit = "A", min = 0, max = 2,
      help = "nor shorter edges" },
    { "elastic_0K", true, help = "elastic constants of the inherent structure" },
    { "test", true, help = "the tensile test" },
    kit.treatment{ room = false },
    kit.loading, kit.dynamics{ pressure = false, sample_every = 0.05 },
  },
  presets = {
    paper = { potential = "ZrCuAl2011.eam.alloy", strain_rate = 1e8, free = "x",
              settle = 100, sample_every = 0.5 },
    laptop = { potential = "ZrCuAl2011.eam.alloy", strain_rate = 1e9 },
    test = { relax = 0.5, minima = 2, strain_rate = 2e11, settle = 0.4, sample_every = 0.004,
             look_every = 0.1, elastic = 0.02, shear_strain = 0.02, maps = "0.02,0.1" },
  },
  files = { { "inherent.data", "an inherent structure without stress" },
            { "tension.csv, tension-curve.csv", "the tensile test" } },
  example = "glass=thermal-pressure/treated.data before=as-cast/glass.data",

  check = function(p, glass)
    kit.check_glass(p, glass)
    if p.test then kit.check_loading(p, glass) end
    local before = kit.same_alloy(p, glass, "before")
    if #before ~= #glass then
      kit.fail("before has %d atoms and glass %d: S-atoms need the same glass", #before, #glass)
    end
  end,

  plan = function(p)
    local plan = { { "relaxing", 2 * p.relax } }
    for _, entry in ipairs(p.test and kit.loading_plan(p) or {}) do plan[#plan + 1] = entry end
    return plan
  end,

  run = function(p, out)
    local md = kit.start(p, out)
    local before = p.before and kit.inherent(kit.read(p, p.before), { box = "axes", pressure = 0 })
    local r = kit.relaxed(p, out, md, "glass", function(inherent)
      return structure_of(p, inherent, before)
    end)
    local zero = out:stage("at 0 K", function()
      local inherent = kit.inherent(md.atoms, { box = "axes", pressure = 0 })
      out:save(inherent, "inherent.data")
      if not p.elastic_0K then return {} end
      local c = vt.mechanics.elastic(inherent)
      return { young = c.young, shear = c.shear, poisson = c.poisson }
    end)
    add(out, ENERGIES, r)
    add(out, STRUCTURE, r)
    r.young_0K, r.shear_0K = zero.young, zero.shear
    if p.elastic_0K then
      local none = not zero.young and "none: the constants are not positive definite" or nil
      out:value("Young's modulus at 0 K", none or zero.young, not none and "GPa" or nil)
      out:value("shear modulus at 0 K", none or zero.shear, not none and "GPa" or nil)
    end
    if p.test then
      r.tension = kit.load(p, out, { name = "tension", start = function()
        return md.atoms:copy()
      end })
      kit.loading_values(out, p, r.tension)
    end
    return r
  end,

  report = function(page, r, p, out)
    if r.tension then
      page:section "Tension"
      kit.loading_figures(page, p, r.tension)
    end
    page:section "Structure"
    kit.view_figure(page, out, "inherent.data", { color = "five_fold",
      caption = "An inherent structure." })
  end,
}
