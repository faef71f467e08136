-- Pull, press or shear a glass at a constant strain rate: stiffness, yield, flow, softening, and
-- where it gives way.
--
-- Stress is that of the material: the virial over the volume of the slab, not over that of the box,
-- which holds vacuum where a surface is free.

local vt = require "vitrum"
local kit = vt.protocol.kit

return vt.protocol{
  name = "tension",
  summary = "Pull, press or shear a glass: moduli, yield, flow, shear bands.",
  terms = "tensile test; uniaxial tension; uniaxial compression; compression test; simple shear; "
    .. "yield stress; flow stress; stress-strain curve; shear band; strain rate",
  source = "Tension of Li, Yu, Branicio, Sha: Effects of rejuvenation modes on the microstructures "
    .. "and mechanical properties of metallic glasses, section 2 and figures 3, 7, 13 and 14.",
  description = "The sample settles free of stress, then one component of strain grows at a "
    .. "constant rate while the barostat keeps the other periodic axes free of stress; across free "
    .. "surfaces nothing acts. Small shears on copies give the shear modulus. Local strain and "
    .. "D2min are of inherent structures, W of snapshots.",
  times = "13,500 atoms on two cores: some 10 min at 1e9/s. The paper's slab is 300 times that.",
  params = {
    kit.glass, kit.loading, kit.dynamics{ pressure = false, sample_every = 0.05 },
  },
  presets = {
    paper = { strain_rate = 1e8, free = "x", settle = 100, sample_every = 0.5 },
    laptop = { strain_rate = 1e9 },
    test = { strain_rate = 2e11, settle = 0.4, sample_every = 0.004, look_every = 0.05,
             elastic = 0.02, shear_strain = 0.02, maps = "0.02,0.1" },
  },
  files = { { "tension.csv", "samples of the dynamics" },
            { "tension-curve.csv", "strain, stress of the material, its share of the box" },
            { "tension-STRAIN.dump", "minima with local strain and D2min, for OVITO" } },
  example = "glass=quench/glass.data free=x axis=y strain_rate=1e9",
  check = kit.check_loading,
  plan = kit.loading_plan,

  run = function(p, out)
    local r = kit.load(p, out)
    kit.loading_values(out, p, r)
    return r
  end,

  report = function(page, r, p, out)
    page:section "Loading"
    kit.loading_figures(page, p, r)
    local last = r.maps[#r.maps]
    if not last then return end
    local d = vt.structure.deformation(out:path(r.maps[1].file), out:path(last.file))
    page:section "The sample"
    kit.view_figure(page, out, last.file, { color = { von_mises = d.von_mises },
      caption = ("The glass at strain %g: strain since that of %g."):format(last.strain,
        r.maps[1].strain) })
  end,
}
