-- Compress a glass inside its elastic range along x, y and z in turn and compare the strain of the
-- first atomic shell with that of the glass as a whole; two glasses of one alloy may be compared.

local vt = require "vitrum"
local kit = vt.protocol.kit

local COLUMNS <const> = { "glass", "thermal", "stress [GPa]", "applied", "strain", "local_strain",
  "ratio", "ratio_error", "ratio_fit", "ratio_fit_error", "poisson" }

-- Means over compressions along the three axes at one stress.
local function load(p, case, stress)
  local last, before, after = kit.read(p, case.rest, { frame = "last" }), {}, {}
  for k, axis in ipairs { "x", "y", "z" } do
    local given = { axis = axis, rmax = p.rmax, weights = p.weights,
                    bins = math.ceil(p.rmax / 0.02), blocks = case.mode == "thermal" and 5 or 1 }
    local target = kit.uniaxial(axis, -stress)
    before[k] = vt.structure.anisotropy(case.rest, given)
    after[k] = vt.structure.anisotropy(kit.frames_under(p, last, target, case.mode), given)
  end
  local n = vt.structure.nonaffine_strain(before, after, { to = p.rmax })
  return { name = case.name, glass = case.number, thermal = case.mode == "thermal" and 1 or 0,
           stress = stress, applied = n.applied, strain = n.strain, strain_error = n.error.strain,
           local_strain = n.local_strain, ratio = n.ratio, ratio_error = n.error.ratio,
           ratio_fit = n.ratio_fit, ratio_fit_error = n.error.ratio_fit, poisson = n.poisson,
           r = n.r, g2 = n.g2, affine = n.affine }
end

local function cases_of(p, out)
  local cases = {}
  for number, path in ipairs { p.glass, p.compare } do
    for _, mode in ipairs(p.mode) do
      local name = ("%s (%d), %s"):format(kit.label(path), number, mode)
      local rest = out:path(("glass%d-%s-rest.dump"):format(number, mode))
      cases[#cases + 1] = { path = path, number = number, mode = mode, name = name, rest = rest }
    end
  end
  return cases
end

-- The paper's ratio does not depend on the stress (S3) and is larger after faster cooling (S5). The
-- noise goes as the inverse of the strain, so means over stresses are weighted by stress squared.
local function add_values(out, cases)
  local function difference(name, a, b, paper, figure)
    if a == b then return end
    out:value(name, a.ratio - b.ratio, nil, { paper = paper, source = "Wang et al., " .. figure,
              error = math.sqrt(a.ratio_error ^ 2 + b.ratio_error ^ 2) })
  end
  for _, case in ipairs(cases) do
    local c = kit.columns(case.loads, COLUMNS)
    local weight = c.stress ^ 2 / (c.stress ^ 2):sum()
    case.ratio, case.ratio_error = (weight * c.ratio):sum(), (weight * c.ratio_error):sum()
    out:value("nonaffine ratio, " .. case.name, case.ratio, nil, { error = case.ratio_error,
      paper = "0.10 to 0.33", source = "Wang et al.: brittle < 0.21 < 0.24 < ductile" })
    difference("change of the ratio from lowest to highest stress, " .. case.name,
               case.loads[#case.loads], case.loads[1], "0", "Fig. S3")
    for _, other in ipairs(cases) do
      if other.mode == case.mode and other.number < case.number then
        difference(("ratio of %s minus that of %s"):format(other.name, case.name), other, case,
                   "positive if the first was cooled faster", "Fig. S5")
      end
    end
  end
end

return vt.protocol{
  name = "nonaffine-strain",
  summary = "Compare the strain of the first atomic shell with that of the glass under load.",
  terms = "non-affine strain; strain of the first shell",
  source = "Wang et al., Phys. Rev. Lett. 128, 155501 (2022): nonaffine strains control ductility.",
  description = "Below 0.5 % strain or 5000 atoms, errors are as large as the effect.",
  params = {
    kit.glass,
    { "compare", file = true, optional = true, help = "a second glass of the same alloy" },
    { "stresses", "0.5,1,1.5", kind = "numbers", unit = "GPa", above = 0, range = "pressure",
      rising = true, help = "compressions, below yield" },
    kit.cases("mode", { "athermal", "thermal" }, "minimize under the stress, or dynamics"),
    kit.time("equilibrate", 20, "time under each stress before sampling"),
    { "frames", 20, min = 1, help = "under each stress" }, kit.time("every", 1, "between frames"),
    kit.dynamics{ pressure = false, sample_every = false },
    kit.structure{ bins = false, rmax = { 20, above = 7, help = "end of the long range" } },
    { "weights", "number", choices = { "number", "xray", "neutron" }, help = "of pairs" },
  },
  presets = { test = { stresses = "1", equilibrate = 1, frames = 5, every = 0.2, rmax = 10 } },
  files = { { "nonaffine.csv", "strains, ratios" }, { "glassN-MODE-rest.dump", "without load" } },
  example = "glass=Cu64.5Zr35.5.data species=Cu,Zr stresses=0.5,1 mode=athermal",
  check = function(p, glass)
    kit.check_distance(glass, "rmax", p.rmax)
    kit.check_distance(kit.same_alloy(p, glass, "compare"), "rmax", p.rmax)
  end,

  run = function(p, out)
    local cases, all = cases_of(p, out), {}
    for _, case in ipairs(cases) do
      out:stage("rest " .. case.name, function()
        local glass = kit.read(p, case.path)
        kit.save_frames(case.rest, kit.frames_under(p, glass, kit.uniaxial("x", 0), case.mode))
      end)
      case.loads = {}
      for k, stress in ipairs(p.stresses) do
        case.loads[k] = out:stage(("%s, %g GPa"):format(case.name, stress),
                                  function() return load(p, case, stress) end)
        all[#all + 1] = case.loads[k]
      end
    end
    out:table("nonaffine.csv", kit.columns(all, COLUMNS))
    add_values(out, cases)
    return { cases = cases, all = all }
  end,

  report = function(page, result, _, out)
    kit.table(page, result.all, {
      { "glass", "name" }, { "stress (GPa)", "stress" }, { "cell (%)", "applied", 100 },
      { "beyond 6 Å (%)", "strain", 100, error = "strain_error" },
      { "first shell (%)", "local_strain", 100 }, { "ratio", "ratio", error = "ratio_error" },
      { "ratio, fit", "ratio_fit", error = "ratio_fit_error" }, { "Poisson's ratio", "poisson" },
    }, "Means over loads along x, y and z. The ratio is 1 minus the strain of the first shell over "
      .. "that of the long range: at the two peaks of g2, and by least squares over the peak.")
    local ratios = { xlabel = "stress (GPa)", ylabel = "nonaffine ratio" }
    for k, case in ipairs(result.cases) do
      local r, c = case.loads[#case.loads], kit.columns(case.loads, COLUMNS)
      page:figure{ plot = { { x = r.r, y = r.g2, label = "g2, loaded minus unloaded" },
                            { x = r.r, y = r.affine, label = "affine", dash = true },
                            xlabel = "r (Å)", ylabel = "change of g2(r)" },
        caption = ("%s, %g GPa: change of the anisotropic pair distribution, and an affine strain "
          .. "of %.3f %%."):format(case.name, r.stress, 100 * r.strain) }
      ratios[k] = { x = c.stress * (0.99 + 0.01 * k), y = c.ratio, error = c.ratio_error,
                    label = case.name, style = "errorbars" }
    end
    page:figure{ plot = ratios, caption = "The paper finds the same ratio at all stresses." }
    for _, case in ipairs(result.cases) do
      kit.view_figure(page, out, ("glass%d-%s-rest.dump"):format(case.number, case.mode), {
        color = "five_fold", caption = ("%s, without load."):format(case.name) })
    end
  end,
}
