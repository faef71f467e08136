-- Load a glass in uniaxial compression inside its elastic range and compare the strain of the first
-- atomic shell with that of the glass as a whole; two glasses of one alloy may be compared.
--
-- For every stress the glass is compressed along x, y and z in turn, free to expand sideways; the
-- changes of the anisotropic pair distribution are averaged, and the affine law is fitted to the
-- long range. Athermal: the inherent structure is minimized again under the stress. Thermal:
-- dynamics at constant temperature and stress, averaged over frames.

local vt = require "vitrum"
local kit = vt.protocol.kit

local COLUMNS <const> = { "glass", "thermal", "stress [GPa]", "applied_strain", "long_range_strain",
                          "local_strain", "ratio", "ratio_error", "ratio_fit", "ratio_fit_error",
                          "poisson" }

-- Compression by `stress` along the axis, nothing across.
local function target(axis, stress)
  local wanted = { xx = 0, yy = 0, zz = 0 }
  wanted[axis .. axis] = -stress
  return wanted
end

-- Means over loads along the three axes at one stress.
local function load(p, case, stress)
  local last, before, after = vt.atoms.read(case.rest, { frame = "last" }), {}, {}
  last.potential = kit.potential(p)
  for k, axis in ipairs { "x", "y", "z" } do
    local given = { axis = axis, rmax = p.rmax, bins = math.ceil(p.rmax / 0.02),
                    weights = p.weights, blocks = case.mode == "thermal" and 5 or 1 }
    before[k] = vt.structure.anisotropy(case.rest, given)
    after[k] = vt.structure.anisotropy(
      kit.frames_under(p, last, target(axis, stress), case.mode), given)
  end
  local n = vt.structure.nonaffine_strain(before, after, { to = p.rmax })
  return { glass = case.number, thermal = case.mode == "thermal" and 1 or 0, stress = stress,
           applied_strain = n.applied, long_range_strain = n.strain, local_strain = n.local_strain,
           ratio = n.ratio, ratio_error = n.error.ratio, ratio_fit = n.ratio_fit,
           ratio_fit_error = n.error.ratio_fit, poisson = n.poisson, error = n.error.strain,
           r = n.r, g0 = n.g0, g2 = n.g2, affine = n.affine }
end

-- All combinations of glass and mode, with the file of the unloaded frames.
local function cases_of(p, out)
  local cases = {}
  for number, path in ipairs { p.glass, p.compare } do
    local label = path:match "([^/]+)$":gsub("%.gz$", ""):gsub("%.%a+$", "")
    if number == 2 and cases[1].label == label then label = label .. " (compared)" end
    for _, mode in ipairs(p.mode) do
      cases[#cases + 1] = { path = path, number = number, label = label, mode = mode,
                            name = label .. ", " .. mode,
                            rest = out:path(("glass%d-%s-rest.dump"):format(number, mode)) }
    end
  end
  return cases
end

local function add_difference(out, name, a, b, paper, figure)
  out:value(name, a.ratio - b.ratio, nil, { paper = paper, source = "Wang et al., Fig. " .. figure,
            error = math.sqrt(a.ratio_error ^ 2 + b.ratio_error ^ 2) })
end

-- What the paper claims: the ratio does not depend on the stress (S3), and glasses that were cooled
-- faster have a larger one (S5). Its noise is inverse to the strain, so means over stresses are
-- weighted with the square of the stress; all see the same glass, so the mean is no more certain.
local function add_values(out, cases)
  for k, case in ipairs(cases) do
    local loads, c = case.loads, kit.columns(case.loads, { "stress", "ratio", "ratio_error" })
    local weight = c.stress ^ 2 / (c.stress ^ 2):sum()
    case.ratio, case.ratio_error = (weight * c.ratio):sum(), (weight * c.ratio_error):sum()
    out:value("nonaffine ratio, " .. case.name, case.ratio, nil, { error = case.ratio_error,
      paper = "0.10 to 0.33", note = "mean over the stresses",
      source = "Wang et al.: brittle < 0.21 < 0.24 < ductile" })
    if #loads > 1 then
      add_difference(out, "change of the ratio from least to largest stress, " .. case.name,
                     loads[#loads], loads[1], "0", "S3")
    end
    for other = 1, k - 1 do
      if cases[other].mode == case.mode then
        add_difference(out, ("ratio of %s less that of %s"):format(cases[other].name, case.name),
                       cases[other], case, "positive if the first was cooled faster", "S5")
      end
    end
  end
end

return vt.protocol{
  name = "nonaffine-strain",
  summary = "Compare the strain of the first atomic shell with that of the glass under load.",
  source = "Wang et al.: Nonaffine strains control ductility of metallic glasses, Phys. Rev. Lett. "
    .. "128, 155501 (2022).",
  description = "The error of the ratio comes from the three directions of loading. Below 0.5 % of "
    .. "strain or 5000 atoms it is of the size of the effect.",
  params = {
    kit.glass,
    { "compare", kind = "string", optional = true, help = "a second glass of the same alloy" },
    { "stresses", "0.5,1,1.5", kind = "numbers", unit = "GPa", above = 0, range = "pressure",
      help = "compressions, rising, below yield" },
    kit.cases("mode", { "athermal", "thermal" }, "minimize under the stress, or dynamics"),
    kit.time("equilibrate", 20, "time under each stress before sampling"),
    { "frames", 20, min = 1, help = "frames under each stress" },
    kit.time("every", 1, "time between frames"),
    kit.dynamics{ pressure = false, sample_every = false },
    kit.structure{ bins = false, rmax = { 20, above = 7, help = "end of the long range" } },
    { "weights", "number", choices = { "number", "xray", "neutron" }, help = "of pairs" },
  },
  presets = { test = { stresses = "1", equilibrate = 1, frames = 5, every = 0.2, rmax = 10 } },
  files = { { "nonaffine.csv", "strains and ratios for every stress" },
            { "glassN-MODE-rest.dump", "unloaded frames" } },
  example = "glass=Cu64.5Zr35.5.data species=Cu,Zr stresses=0.5,1 mode=athermal",

  check = function(p, glass)
    for k = 2, #p.stresses do
      if p.stresses[k] <= p.stresses[k - 1] then kit.fail "stresses must rise, as in 0.5,1,1.5" end
    end
    kit.check_distance(glass, "rmax", p.rmax)
  end,

  run = function(p, out)
    local cases, all = cases_of(p, out), {}
    for _, case in ipairs(cases) do
      out:stage("rest " .. case.name, function()
        local glass, first = kit.read(p, case.path), true
        for atoms in kit.frames_under(p, glass, target("x", 0), case.mode) do
          atoms:save(case.rest, { overwrite = first, append = not first })
          first = false
        end
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

  report = function(page, result)
    local rows, ratios = {}, { xlabel = "stress (GPa)", ylabel = "nonaffine ratio" }
    for c, case in ipairs(result.cases) do
      for _, r in ipairs(case.loads) do
        rows[#rows + 1] = { case.name, r.stress, ("%.3f"):format(100 * r.applied_strain),
          { value = 100 * r.long_range_strain, error = 100 * r.error },
          ("%.3f"):format(100 * r.local_strain), { value = r.ratio, error = r.ratio_error },
          { value = r.ratio_fit, error = r.ratio_fit_error }, ("%.3f"):format(r.poisson) }
      end
      local s = kit.columns(case.loads, { "stress", "ratio", "ratio_error" })
      ratios[c] = { x = s.stress * (1 + 0.01 * (c - 1)), y = s.ratio, error = s.ratio_error,
                    label = case.name, style = "errorbars" } -- side by side
    end
    page:section "Strains"
    page:table{ rows = rows, columns = { "glass", "stress (GPa)", "cell (%)", "beyond 6 Å (%)",
        "first shell (%)", "ratio, peaks", "ratio, fit", "Poisson's ratio" },
      caption = "Means over loads along x, y and z. The ratio is 1 less the strain of the first "
        .. "shell over that of the long range: at the two peaks of g2 as in the paper, and by "
        .. "least squares over the whole first peak." }
    page:figure{ plot = ratios, caption = "The ratio, in the paper the same for all stresses." }
    for _, case in ipairs(result.cases) do
      local r = case.loads[#case.loads]
      page:figure{ plot = { { x = r.r, y = r.g2, label = "g2, load less none" },
                            { x = r.r, y = r.affine, label = "affine", dash = true },
                            xlabel = "r (Å)", ylabel = "change of g2(r)" },
        caption = ("%s at %g GPa: change of the anisotropic pair distribution, and what the long "
          .. "range's affine strain of %.3f %% would make of it."):format(case.name, r.stress,
          100 * r.long_range_strain) }
    end
  end,
}
