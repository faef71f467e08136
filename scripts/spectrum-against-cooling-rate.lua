-- Spectra of barriers of glasses that were cooled at different rates, side by side: a glass that
-- was cooled slowly lies deeper in the landscape, and the barriers around it are higher.
--
-- Every glass is a run of activation-spectrum in a folder below, which can be looked at, and
-- resumed, by itself.

local vt = require "vitrum"
local kit = vt.protocol.kit
local system = require "vitrum.system"

local SCRIPTS <const> = debug.getinfo(1, "S").source:match "^@(.*/)" or "./"
local RATES <const> = { 1e13, 1e12, 1e11 } -- [K/s], of glasses that are made here

-- Wang et al. (2024): the mean barrier falls by 0.133 eV with every decade of the rate, which is
-- 0.17 eV between 5e8 and 1e10 K/s.
local SLOPE <const> = -0.133
local SOURCE <const> = "Wang et al. (2024), line through Cu56Zr44; composition and potential differ"

local CERTAIN <const> = 1.96 -- standard errors, which chance exceeds in 5 % of cases

-- What activation-spectrum takes as it is given here.
local PASSED <const> = { "potential", "atoms", "high", "low", "melt_time", "relax_time", "searches",
                         "centers", "force", "workers", "pressure", "timestep", "sample_every",
                         "seed" }

local function rate_text(rate) return (("%g K/s"):format(rate):gsub("e%+", "e")) end

-- { Cu = 64, Zr = 36 } as "Cu64Zr36".
local function formula(shares)
  local list = {}
  for symbol, share in pairs(shares) do list[#list + 1] = ("%s%.6g"):format(symbol, share) end
  table.sort(list)
  return table.concat(list)
end

-- The glasses: files, or one rate each. Files of the same name in several folders get numbers.
local function cases_of(p)
  local list, seen = {}, {}
  for k, source in ipairs(p.glasses or p.rates or RATES) do
    local file = p.glasses and source
    local rate = p.rates and p.rates[k] or not file and source or nil
    local name = file and kit.label(file) or rate_text(rate)
    if seen[name] then name = ("%s (%d)"):format(name, k) end
    seen[name] = true
    list[k] = { name = name, rate = rate, file = file, folder = ("glass-%d"):format(k) }
  end
  return list
end

local function spectrum_of(p, out, case)
  local given = { out = out:path(case.folder), overwrite = p.overwrite and not out.resumed,
                  species = p.species and table.concat(p.species, ",") or nil }
  for _, name in ipairs(PASSED) do given[name] = p[name] end
  if case.file then
    given.glass = case.file
  else
    given.compositions, given.cooling_rate = formula(p.composition), case.rate
  end
  local r = kit.perform(dofile(SCRIPTS .. "activation-spectrum.lua"), given).cases[1]
  return { name = case.name, rate = case.rate, barriers = r.barriers, searches = r.searches,
           connected = r.connected, unique = r.unique, mean = r.mean, error = r.error,
           width = r.width, lowest = r.lowest, effective = r.effective_300 }
end

-- How the means of two glasses differ, the first of them cooled faster where that is known.
local function difference_of(fast, slow)
  if fast.rate and slow.rate and fast.rate < slow.rate then fast, slow = slow, fast end
  local d = { name = ("%s minus %s"):format(slow.name, fast.name), difference = slow.mean
              - fast.mean, error = math.sqrt(slow.error ^ 2 + fast.error ^ 2) }
  d.resolved = math.abs(d.difference) > CERTAIN * d.error
  d.text = ("%s%.3f +- %.3f"):format(d.resolved and "" or "not resolved: ", d.difference, d.error)
  if fast.rate and slow.rate then
    d.published = SLOPE * (math.log(slow.rate, 10) - math.log(fast.rate, 10))
    d.published_text = ("%.2f"):format(d.published)
    local deviation = math.abs(d.difference - d.published)
    d.agrees = deviation <= CERTAIN * d.error and "within the error"
      or ("%.1f standard errors away"):format(deviation / d.error)
  end
  return d
end

local function differences_of(cases)
  local list = {}
  for k = 2, #cases do
    for j = 1, k - 1 do
      local one, other = cases[j], cases[k]
      -- A single atom with events has no error, and without one nothing can be resolved.
      if one.barriers and other.barriers and one.error == one.error
        and other.error == other.error then
        list[#list + 1] = difference_of(one, other)
      end
    end
  end
  return list
end

local function add_values(out, cases, differences)
  for _, one in ipairs(cases) do
    local of = ", " .. one.name
    out:value("different events" .. of, one.unique, nil, { note =
      ("of %d searches, %d connected"):format(one.searches, one.connected) })
    if one.barriers then
      out:value("mean barrier" .. of, one.mean, "eV", { error = one.error == one.error
        and one.error or nil })
    end
  end
  for _, d in ipairs(differences) do
    local note = d.agrees and ("the published line is %s"):format(d.agrees) or nil
    out:value("mean barrier, " .. d.name, d.resolved and d.difference
      or d.text .. " eV", d.resolved and "eV" or nil, { error = d.resolved and d.error or nil,
        paper = d.published_text, source = d.published_text and SOURCE, note = note })
  end
end

return vt.protocol{
  name = "spectrum-against-cooling-rate",
  summary = "Compare the spectra of activation energies of glasses that were cooled at several "
    .. "rates.",
  terms = "cooling rate; activation energy; energy barrier; potential energy landscape; ART "
    .. "nouveau",
  source = "Wang et al., Atomistically informed mesoscale modelling of deformation behavior of "
    .. "bulk metallic glasses, Acta Mater. (2024), mean barrier against cooling rate.",
  description = "Runs activation-spectrum for each glass. Means are compared in pairs; a "
    .. "difference is resolved where chance alone would make it so large in less than 5 % of "
    .. "cases. The errors count each atom that was searched from once; they are of the events of "
    .. "one sample, and say nothing of other samples cooled alike.",
  times = "A search takes about a second. 2,000 different events of each glass give an error of "
    .. "about 0.02 eV.",
  params = {
    { "glasses", kind = "words", optional = true,
      help = "files of glasses; without them glasses are quenched at each rate" },
    { "rates", kind = "numbers", optional = true, unit = "K/s", range = "temperature rate",
      above = 0, help = "of the glasses, one each; without glasses, to quench at (default: "
      .. "1e13,1e12,1e11)" },
    { "species", kind = "words", optional = true,
      help = "elements of types 1, 2, ... (Cu,Zr) when the files do not name them" },
    kit.melt{ atoms = 2000, potential = { help = "setfl file, looked for on the potential path; "
      .. "one whose forces end smoothly" } },
    kit.temperature("high", 2000, "of the melt"),
    kit.temperature("low", 300, "at the end of the quench"),
    kit.time("melt_time", 5, "equilibration of the melt"),
    kit.time("relax_time", 1000, "at the lower temperature"),
    kit.searches,
    kit.dynamics{ temperature = false },
  },
  presets = {
    test = { rates = "1e15,1e14", atoms = 100, melt_time = 0.5, relax_time = 0.2, searches = 1,
             centers = 24, sample_every = 0.1, timestep = 0.004 },
  },
  files = { { "glass-N", "folders of the runs, with their events" },
            { "spectra.csv", "means, errors, widths" } },
  example = "glasses=Cu64.5Zr35.5_1.0e+10.lammps,Cu64.5Zr35.5_5.0e+08.lammps species=Cu,Zr "
    .. "rates=1e10,5e8 potential=Cu-Zr_2.eam.fs centers=2000",

  check = function(p)
    if p.low >= p.high then kit.fail("low (%g K) must be below high (%g K)", p.low, p.high) end
    if p.glasses and p.rates and #p.glasses ~= #p.rates then
      kit.fail("there are %d glasses and %d rates; give one rate for each glass", #p.glasses,
        #p.rates)
    end
    if #(p.glasses or p.rates or RATES) < 2 then
      kit.fail "there is one glass; a comparison takes two or more"
    end
    local seen = {}
    for _, source in ipairs(p.glasses or p.rates or RATES) do
      if seen[source] then
        kit.fail("%s is there twice: %s", p.glasses and "a glass" or "a rate", tostring(source))
      end
      seen[source] = true
    end
    for _, file in ipairs(p.glasses or {}) do -- before hours of work with the first
      if not system.kind(file) then kit.fail("glasses: there is no file %s", file) end
    end
  end,

  run = function(p, out)
    out:uses(kit.potential(p))
    local cases = {}
    for k, case in ipairs(cases_of(p)) do
      cases[k] = out:stage("spectrum of " .. case.name, function()
        return spectrum_of(p, out, case)
      end)
    end
    local differences, names, columns = differences_of(cases), {}, {}
    for _, name in ipairs{ "unique", "mean", "error", "width" } do columns[name] = {} end
    for k, one in ipairs(cases) do
      names[k] = one.rate or 0
      for name, list in pairs(columns) do list[k] = one[name] or 0 / 0 end
    end
    out:table("spectra.csv", { { "cooling_rate [K/s]", names }, { "events [-]", columns.unique },
      { "mean [eV]", columns.mean }, { "error [eV]", columns.error },
      { "width [eV]", columns.width } })
    add_values(out, cases, differences)
    return { cases = cases, differences = differences }
  end,

  report = function(page, r, p)
    page:section "Spectra"
    kit.table(page, r.cases, { { "glass", "name" }, { "searches", "searches" },
      { "connected", "connected" }, { "different", "unique" },
      { "mean (eV)", "mean", error = "error" }, { "width (eV)", "width" },
      { "lowest (eV)", "lowest" }, { "effective, 300 K (eV)", "effective" } },
      ("Events that lead from the start over a barrier into another minimum, each counted once; "
        .. "forces by %s."):format(p.potential))
    local spectra, means = { xlabel = "barrier (eV)", ylabel = "density (1/eV)" },
      { x = {}, y = {}, error = {}, style = "errorbars", label = "this run" }
    for _, one in ipairs(r.cases) do
      if one.barriers then
        local h = vt.art.spectrum(one.barriers).histogram
        spectra[#spectra + 1] = { x = h.centers, y = h.density, style = "steps", label = one.name }
      end
      if one.barriers and one.rate and one.error == one.error then
        local k = #means.x + 1
        means.x[k], means.y[k], means.error[k] = one.rate, one.mean, one.error
      end
    end
    if #spectra > 0 then
      page:figure{ plot = spectra, caption = "Each spectrum has the area 1." }
    end
    if #r.differences > 0 then
      page:section "Cooling rate"
      kit.table(page, r.differences, { { "glasses", "name" }, { "difference (eV)", "text" },
        { "published (eV)", "published_text" }, { "the published line is", "agrees" } },
        "Differences of the mean barriers with their standard errors. " .. SOURCE .. ".")
    end
    if #means.x > 1 then
      page:figure{ plot = { means, xlabel = "cooling rate (K/s)", ylabel = "mean barrier (eV)",
                            logx = true },
        caption = "Mean barriers; the published line falls by 0.133 eV a decade." }
    end
  end,
}
