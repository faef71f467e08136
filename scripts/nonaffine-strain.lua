-- Load a glass in uniaxial compression inside its elastic range and compare the strain of the first
-- atomic shell with that of the glass as a whole.
--
-- For every stress the glass is compressed along x, y and z in turn, free to expand sideways; the
-- changes of the anisotropic pair distribution are averaged, and the affine law is fitted to the
-- long range. Athermal: the inherent structure is minimized again under the stress. Thermal:
-- dynamics at constant temperature and stress, averaged over frames.
--
-- Two glasses of one alloy, quenched at different rates, may be compared.
--
-- Writes to its folder: nonaffine.csv, GLASS-MODE-rest.dump (unloaded frames), report.html,
-- run.json, log.txt.

local vt = require "vitrum"

local COLUMNS <const> = { "row", "glass [-]", "thermal [-]", "stress [GPa]", "applied_strain [-]",
                          "long_range_strain [-]", "local_strain [-]", "ratio [-]",
                          "ratio_error [-]", "ratio_fit [-]", "ratio_fit_error [-]",
                          "poisson [-]" }
local AXES <const> = { x = "xx", y = "yy", z = "zz" }
local FMAX <const> = 1e-4 -- [eV/A]

-- A list from "Cu,Zr" or "0.5, 1".
local function words(text)
  local list = {}
  for word in (text or ""):gmatch "[^,%s]+" do list[#list + 1] = word end
  return list
end

local function stresses_of(p)
  local list = {}
  for k, word in ipairs(words(p.stresses)) do
    list[k] = tonumber(word)
    if not list[k] or list[k] <= 0 or (k > 1 and list[k] <= list[k - 1]) then
      error(("stresses must be rising positive numbers [GPa] such as 0.5,1.0,1.5, got '%s'"):format(
        p.stresses), 0)
    end
  end
  if #list == 0 then error("stresses is empty; give some [GPa], such as 0.5,1.0,1.5", 0) end
  return list
end

local function read_glass(path, p, potential)
  local species = p.species and words(p.species) or nil
  local glass = vt.atoms.read(path, { species = species })
  glass.potential = potential
  return glass
end

-- Compression by `stress` along the axis, nothing across; 0 for no load.
local function target(axis, stress)
  local wanted = { xx = 0, yy = 0, zz = 0 }
  wanted[AXES[axis]] = -stress
  return wanted
end

-- ---------------------------------------------------------------- frames ----

local function relaxed(atoms, wanted)
  local copy = atoms:copy()
  local result = vt.minimize(copy, { fmax = FMAX, box = "axes", stress = wanted })
  if not result.converged and result.fmax > 10 * FMAX then
    error(("the minimization stopped at %.2g eV/A instead of %g: %s"):format(result.fmax, FMAX,
      result.reason), 0)
  end
  return copy
end

-- An iterator over frames of dynamics under a stress.
local function sampled(atoms, wanted, p)
  local copy = atoms:copy()
  if copy:temperature() == 0 then copy:thermalize{ temperature = p.temperature, seed = p.seed } end
  local md = vt.md(copy, { ensemble = "npt", barostat = "axes", stress = wanted,
                           temperature = p.temperature, timestep = p.timestep, seed = p.seed })
  md:run{ time = p.equilibrate }
  local k = 0
  return function()
    if k == p.frames then return nil end
    k = k + 1
    md:run{ time = p.every }
    return md.atoms
  end
end

local function frames_under(atoms, wanted, thermal, p)
  if thermal then return sampled(atoms, wanted, p) end
  return relaxed(atoms, wanted)
end

-- The unloaded frames, in a file that later stages read.
local function write_rest(glass, path, thermal, p)
  if not thermal then
    relaxed(glass, target("x", 0)):save(path, { overwrite = true })
    return { frames = 1 }
  end
  local count = 0
  for atoms in sampled(glass, target("x", 0), p) do
    atoms:save(path, { overwrite = count == 0, append = count > 0 })
    count = count + 1
  end
  return { frames = count }
end

-- ---------------------------------------------------------------- one stress ----

local function distribution(source, axis, p, thermal)
  return vt.structure.anisotropy(source, { axis = axis, rmax = p.rmax, weights = p.weights,
    bins = math.ceil(p.rmax / 0.02), blocks = thermal and 5 or 1 })
end

local function load(case, stress, p, potential)
  local last = vt.atoms.read(case.rest, { frame = "last" })
  last.potential = potential
  local before, after = {}, {}
  for k, axis in ipairs{ "x", "y", "z" } do
    before[k] = distribution(case.rest, axis, p, case.thermal)
    after[k] = distribution(frames_under(last, target(axis, stress), case.thermal, p), axis, p,
      case.thermal)
  end
  local n = vt.structure.nonaffine_strain(before, after, { to = p.rmax })
  return { stress = stress, applied = n.applied, strain = n.strain, local_strain = n.local_strain,
           ratio = n.ratio, ratio_error = n.error.ratio, ratio_fit = n.ratio_fit,
           ratio_fit_error = n.error.ratio_fit, poisson = n.poisson,
           strain_error = n.error.strain, r = n.r:totable(), g0 = n.g0:totable(),
           g2 = n.g2:totable(), affine = n.affine:totable() }
end

-- ---------------------------------------------------------------- results ----

-- Mean of the ratios over stresses. Their noise is inverse to the strain, so they are weighted with
-- the square of the stress; the errors, from three directions each, are too uncertain themselves to
-- be weights. All stresses see the same glass, so the error of the mean is not smaller than theirs.
local function mean_ratio(results)
  local sum, deviation, weight = 0.0, 0.0, 0.0
  for _, r in ipairs(results) do
    local w = r.stress ^ 2
    sum, deviation, weight = sum + w * r.ratio, deviation + w * r.ratio_error, weight + w
  end
  return sum / weight, deviation / weight
end

local function name_of(case)
  return ("%s, %s"):format(case.label, case.thermal and "thermal" or "athermal")
end

-- What the paper claims: the ratio does not depend on the stress (S3), and glasses that were cooled
-- faster have a larger one (S5).
local function add_results(out, cases)
  local summary = {}
  for k, case in ipairs(cases) do
    local value, deviation = mean_ratio(case.results)
    case.ratio, case.ratio_error = value, deviation
    out:result{ name = "nonaffine ratio, " .. name_of(case), value = value, error = deviation,
                paper = "0.10 to 0.33", source = "Wang et al.: brittle < 0.21 < 0.24 < "
                  .. "ductile", note = "mean over the stresses" }
    local first, last = case.results[1], case.results[#case.results]
    if #case.results > 1 then
      out:result{ name = "change of the ratio from least to largest stress, " .. name_of(case),
                  value = last.ratio - first.ratio,
                  error = math.sqrt(last.ratio_error ^ 2 + first.ratio_error ^ 2),
                  paper = "0", source = "Wang et al., Fig. S3" }
    end
    summary[k] = { name = name_of(case), ratio = value, error = deviation }
  end
  for _, thermal in ipairs{ false, true } do
    local pair = {}
    for _, case in ipairs(cases) do
      if case.thermal == thermal then pair[#pair + 1] = case end
    end
    if #pair == 2 then
      out:result{ name = ("ratio of %s less that of %s, %s"):format(pair[1].label, pair[2].label,
                    thermal and "thermal" or "athermal"),
                  value = pair[1].ratio - pair[2].ratio,
                  error = math.sqrt(pair[1].ratio_error ^ 2 + pair[2].ratio_error ^ 2),
                  paper = "positive if the first was cooled faster",
                  source = "Wang et al., Fig. S5" }
    end
  end
  return summary
end

local function curve_figures(page, case)
  local r = case.results[#case.results]
  page:section(name_of(case))
  page:figure{
    plot = { { x = r.r, y = r.g0 }, xlabel = "r (Å)", ylabel = "g0(r)" },
    caption = "Isotropic pair distribution.",
  }
  local caption = "Change of the anisotropic pair distribution at %g GPa, and what an affine "
    .. "strain of %.3f %% would make of it, fitted beyond 6 Å (as Fig. 1 of the paper)."
  page:figure{
    plot = { { x = r.r, y = r.g2, label = "g2, load less none" },
             { x = r.r, y = r.affine, label = "affine", dash = true },
             xlabel = "r (Å)", ylabel = "change of g2(r)" },
    caption = caption:format(r.stress, 100 * r.strain),
  }
end

local function write_report(p, out, cases)
  out:report("Nonaffine strain of " .. p.glass:match "[^/]+$", function(page)
    local rows, curves = {}, { xlabel = "stress (GPa)", ylabel = "nonaffine ratio" }
    for c, case in ipairs(cases) do
      local x, y, e = {}, {}, {}
      -- Side by side, so that no point hides another.
      local aside = 0.01 * case.results[#case.results].stress * (c - (#cases + 1) / 2)
      for k, r in ipairs(case.results) do
        rows[#rows + 1] = {
          name_of(case), r.stress, ("%.3f"):format(100 * r.applied),
          { value = 100 * r.strain, error = 100 * r.strain_error },
          ("%.3f"):format(100 * r.local_strain), { value = r.ratio, error = r.ratio_error },
          { value = r.ratio_fit, error = r.ratio_fit_error }, ("%.3f"):format(r.poisson),
        }
        x[k], y[k], e[k] = r.stress + aside, r.ratio, r.ratio_error
      end
      curves[#curves + 1] = { x = x, y = y, error = e, label = name_of(case), style = "errorbars" }
    end
    page:section "Strains"
    page:table{
      columns = { "glass", "stress (GPa)", "cell (%)", "beyond 6 Å (%)", "first shell (%)",
                  "ratio, peaks", "ratio, fit", "Poisson's ratio" },
      rows = rows, caption = "Means over loads along x, y and z. The ratio is 1 less the strain of "
        .. "the first shell over that of the long range: at the two peaks of g2 as in the paper, "
        .. "and by least squares over the whole first peak. In a glass the cell is strained more "
        .. "than its pairs of atoms are even at long range: nonaffine motions make up the rest.",
    }
    page:figure{ plot = curves, caption = "The ratio against stress; the paper finds it the same "
      .. "for all stresses. Points at one stress are drawn side by side." }
    for _, case in ipairs(cases) do curve_figures(page, case) end
  end)
end

-- ---------------------------------------------------------------- the protocol ----

-- All combinations of glass and mode, with the file of the unloaded frames.
local function cases_of(p, out)
  local cases = {}
  for number, path in ipairs{ p.glass, p.compare } do
    local label = path:match "([^/]+)$"
    if label:match "%.gz$" then label = label:sub(1, -4) end
    label = label:match "^(.+)%.%a+$" or label
    if number == 2 and label == cases[1].label then label = label .. " (compared)" end
    for _, thermal in ipairs{ false, true } do
      local mode = thermal and "thermal" or "athermal"
      if p.mode == mode or p.mode == "both" then
        cases[#cases + 1] = { path = path, label = label, number = number, thermal = thermal,
                              rest = out:path(("glass%d-%s-rest.dump"):format(number, mode)) }
      end
    end
  end
  return cases
end

return vt.protocol{
  name = "nonaffine-strain",
  summary = "Compare the strain of the first atomic shell with that of the glass under load.",
  source = "Wang et al.: Nonaffine strains control ductility of metallic glasses, Phys. Rev. Lett. "
    .. "128, 155501 (2022).",
  description = "The error of the ratio comes from the three directions of loading. Below 0.5 % of "
    .. "strain or 5000 atoms it is of the size of the effect. The box should be more than 40 A "
    .. "wide; else take a smaller rmax.",
  params = {
    glass = { file = true, help = "structure: LAMMPS data, extended XYZ, ..." },
    compare = { kind = "string", optional = true,
                help = "a second glass of the same alloy, such as one quenched more slowly" },
    species = { kind = "string", optional = true,
                help = "elements of types 1, 2, ... (Cu,Zr) when the files do not name them" },
    potential = { "CuZr_mm.eam.fs", help = "setfl file, sought on the potential path" },
    stresses = { "0.5,1.0,1.5", unit = "GPa", help = "compressions, below yield" },
    mode = { "both", choices = { "athermal", "thermal", "both" },
             help = "minimize under the stress, or dynamics at a temperature" },
    temperature = { 300, unit = "K", range = "temperature", above = 0, help = "of the dynamics" },
    equilibrate = { 20, unit = "ps", range = "time", above = 0,
                    help = "time under each stress before sampling" },
    frames = { 20, min = 1, help = "frames under each stress" },
    every = { 1, unit = "ps", range = "time", above = 0, help = "time between frames" },
    timestep = { 0.002, unit = "ps", range = "timestep", above = 0, max = 0.01,
                 help = "of the dynamics" },
    rmax = { 20, unit = "A", range = "distance", above = 7,
             help = "end of the long range, which starts at 6 A" },
    weights = { "number", choices = { "number", "xray", "neutron" },
                help = "how pairs of species count" },
    seed = { 1, min = 0, help = "of velocities" },
  },
  order = { "glass", "compare", "species", "potential", "stresses", "mode", "temperature",
            "equilibrate", "frames", "every", "timestep", "rmax", "weights", "seed" },
  example = "glass=Cu64.5Zr35.5.data species=Cu,Zr stresses=0.5,1 mode=athermal",
  run = function(p, out)
    local stresses = stresses_of(p)
    local potential = vt.potential.eam(p.potential)
    out:uses(potential)
    local cases = cases_of(p, out)
    local record, row = out:record("nonaffine.csv", COLUMNS), 0
    for _, case in ipairs(cases) do
      out:stage("rest " .. name_of(case), function()
        return write_rest(read_glass(case.path, p, potential), case.rest, case.thermal, p)
      end)
      case.results = {}
      for k, stress in ipairs(stresses) do
        row = row + 1
        local number = row
        case.results[k] = out:stage(("%s, %g GPa"):format(name_of(case), stress), function()
          local r = load(case, stress, p, potential)
          record:rewind(number - 1)
          record:add(number, case.number, case.thermal and 1 or 0, r.stress, r.applied, r.strain,
            r.local_strain, r.ratio, r.ratio_error, r.ratio_fit, r.ratio_fit_error,
            r.poisson):commit()
          return r
        end)
        local r = case.results[k]
        out:say("%s, %g GPa: strain %.3f %%, first shell %.3f %%, ratio %.3f +- %.3f",
          name_of(case), stress, 100 * r.strain, 100 * r.local_strain, r.ratio, r.ratio_error)
      end
    end
    local summary = add_results(out, cases)
    out:stage("report", function() write_report(p, out, cases) end)
    return { cases = summary }
  end,
}
