-- Map the energy landscape around a glass: searches for saddles from every atom, the spectrum of
-- barriers, the effective barrier against temperature, the mean of each atom.
--
-- Barriers of a glass that was cooled at 1e13 K/s are low and many; that of a real one lie higher.

local vt = require "vitrum"
local kit = vt.protocol.kit

local TEMPERATURES <const> = { 100, 150, 200, 250, 300, 400, 500, 600, 700, 800 } -- K

-- The glasses: a file, or one melt for each composition.
local function cases_of(p)
  if p.glass then return { { name = kit.label(p.glass), file = p.glass } } end
  local list = {}
  for k, composition in ipairs(p.compositions) do
    list[k] = { name = composition, composition = composition }
  end
  return list
end

local function quench(p, out, case)
  local function start()
    local melt = { composition = case.composition, atoms = p.atoms, seed = p.seed,
                   potential = p.potential }
    return kit.packing(melt, p.high)
  end
  local md = out:md(p, { name = case.name, ensemble = "npt", temperature = p.high, start = start })
  md:run(case.name .. ", melting", kit.hold(p.high, p.melt_time))
  md:run(case.name .. ", quenching", kit.ramp(p.high, p.low, p.cooling_rate))
  md:run(case.name .. ", relaxing", kit.hold(p.low, p.relax_time))
  return md.atoms
end

-- Atoms that searches begin at: all, or so many spread over the numbers.
local function centers(p, count)
  if p.centers == 0 or p.centers >= count then return "all" end
  local list = {}
  for k = 1, p.centers do list[k] = (k - 1) * count // p.centers + 1 end
  return list
end

local function search(p, out, case)
  local store = out:path(("events-%s.db"):format(case.name))
  -- Read back, so that a resumed run has the same start to the last bit.
  local start = vt.atoms.read(out:path(case.inherent))
  start.potential = kit.potential(p)
  local art = vt.art(start, { store = store, searches = p.searches, seed = p.seed,
                              force = p.force })
  art:run{ atoms = centers(p, #start), workers = p.workers }
  local counts, s, summary = art:removal(), art:spectrum(), art:summary()
  local means = art:atom_means()
  local known = means[means:isfinite()]
  local saddle, final = art:displacements(), art:displacements{ state = "final" }
  local r = { name = case.name, searches = counts.searches, connected = counts.connected,
              unique = counts.unique, share = counts.share, mean = s.mean, error = s.error,
              width = s.width, lowest = s.lowest, evaluations = summary.evaluations_per_connected,
              seconds = summary.seconds, reasons = summary.reasons, by_species = {} }
  if s.events > 0 then
    r.barriers, r.atom_means = s.barriers, known
    r.temperature = vt.array(TEMPERATURES)
    r.effective = s:effective(TEMPERATURES)
    r.effective_300 = s:effective(300)
    r.secondary = known:mean()
    r.moved, r.size = saddle.mean.moved, saddle.size
    r.final_moved, r.final_size, r.aligned = final.mean.moved, final.size, final.mean.aligned
    for k, one in ipairs(art:by "species") do
      r.by_species[k] = { name = one.name, events = one.events, mean = one.mean, error = one.error }
    end
  end
  return r
end

local function add_values(out, r)
  local of = ", " .. r.name
  out:value("searches" .. of, r.searches)
  out:value("connected" .. of, r.connected)
  out:value("different events" .. of, r.unique, nil, { note =
    ("%.0f %% of the searches"):format(100 * r.share), paper = "58 % (3,500 of 6,000)",
    source = "Ti-Zr-Hf-Co, 2,000 atoms" })
  if not r.barriers then return end
  out:value("mean barrier" .. of, r.mean, "eV", { error = r.error })
  out:value("width of the spectrum" .. of, r.width, "eV")
  out:value("effective barrier at 300 K" .. of, r.effective_300, "eV",
    { note = "eq. 9, fast relaxation" })
  out:value("mean of the atoms' mean barriers" .. of, r.secondary, "eV",
    { note = "eq. 10, secondary relaxation" })
  out:value("atoms moved at the saddle" .. of, r.moved, nil, { note = "by more than 0.1 Å" })
  out:value("diameter of a sphere of these" .. of, r.size, "Å", { paper = "5 Å",
    source = "Wang et al. (2024)" })
  out:value("diameter in the final minimum" .. of, r.final_size, "Å", { paper = "7 Å",
    source = "Wang et al. (2024)" })
  out:value("aligned pairs" .. of, r.aligned, nil, { paper = "about 0.3",
    source = "Wang et al. (2024), Fig. A1; 0.293 is random" })
  if r.evaluations then out:value("evaluations for a connected saddle" .. of, r.evaluations) end
end

return vt.protocol{
  name = "activation-spectrum",
  summary = "The spectrum of activation energies of a glass, by searches for saddles.",
  terms = "activation energy; energy barrier; potential energy landscape; ART nouveau; beta "
    .. "relaxation; secondary relaxation; saddle point",
  source = "Supplementary text of the Ti-Zr-Hf-Co glasses, section 2.2 and Fig. S13; here Cu-Zr.",
  description = "Every search is kept in a database beside the report, events-NAME.db, which "
    .. "vt.art.open reads; a run that was ended goes on with the searches that are missing. "
    .. "Without a glass one is quenched for each composition.",
  times = "A search takes about a second and depends little on the number of atoms.",
  params = {
    { "glass", file = true, optional = true, help = "structure to search in" },
    { "species", kind = "words", optional = true,
      help = "elements of types 1, 2, ... (Cu,Zr) when the file does not name them" },
    { "potential", "CuZr_mm.eam.fs", help = "setfl file, looked for on the potential path; one "
      .. "whose forces end smoothly" },
    { "compositions", "Cu64Zr36", kind = "words",
      help = "alloys to quench where no glass is given" },
    { "atoms", 2000, min = 100, max = 10000000, help = "of each" },
    kit.temperature("high", 2000, "of the melt"),
    kit.temperature("low", 300, "at the end of the quench"),
    kit.rate("cooling_rate", 1e13, "of the quench"),
    kit.time("melt_time", 5, "equilibration of the melt"),
    kit.time("relax_time", 1000, "at the lower temperature"),
    kit.searches,
    kit.dynamics{ temperature = false },
  },
  presets = {
    paper = { compositions = "Cu94Zr6,Cu90Zr10,Cu75Zr25,Cu60Zr40" },
    test = { atoms = 150, cooling_rate = 1e14, melt_time = 1, relax_time = 1, searches = 1,
             centers = 60, sample_every = 0.1, timestep = 0.004 },
  },
  files = { { "events-NAME.db", "all searches, for vt.art.open and sqlite3" },
            { "inherent-NAME.data", "the minimum that they begin in" },
            { "spectrum-NAME.csv", "barriers of the different events" } },
  example = "glass=quench/glass.data searches=3 workers=2",

  check = function(p)
    if p.low >= p.high then kit.fail("low (%g K) must be below high (%g K)", p.low, p.high) end
  end,

  plan = function(p)
    if p.glass then return {} end
    local steps = {}
    for k, composition in ipairs(p.compositions) do
      steps[k] = { composition, p.melt_time + p.relax_time
        + (p.high - p.low) / (p.cooling_rate * 1e-12) }
    end
    return steps
  end,

  run = function(p, out)
    out:uses(kit.potential(p))
    local results = {}
    for k, case in ipairs(cases_of(p)) do
      case.inherent = ("inherent-%s.data"):format(case.name)
      local glass = case.composition and quench(p, out, case) or kit.read(p, case.file)
      out:stage("minimum of " .. case.name, function()
        out:save(kit.inherent(glass), case.inherent)
        return {}
      end)
      local r = out:stage("searches in " .. case.name, function() return search(p, out, case) end)
      add_values(out, r)
      if r.barriers then
        out:table(("spectrum-%s.csv"):format(r.name), { { "barrier [eV]", r.barriers } })
      end
      results[k] = r
    end
    return { cases = results }
  end,

  report = function(page, r)
    page:section "Spectra"
    kit.table(page, r.cases, { { "glass", "name" }, { "searches", "searches" },
      { "connected", "connected" }, { "different", "unique" },
      { "mean (eV)", "mean", error = "error" }, { "width (eV)", "width" },
      { "lowest (eV)", "lowest" } },
      "Events that lead from the start over a barrier into another minimum, each counted once.")
    local effective = { xlabel = "temperature (K)", ylabel = "effective barrier (eV)" }
    local secondary = { xlabel = "mean barrier of an atom (eV)", ylabel = "atoms" }
    for _, one in ipairs(r.cases) do
      if one.barriers then
        local s = vt.art.spectrum(one.barriers)
        page:figure{ plot = s:figure(), caption = ("%s: %s."):format(one.name, tostring(s)) }
        effective[#effective + 1] = { x = one.temperature, y = one.effective, label = one.name }
        secondary[#secondary + 1] = { x = one.atom_means, style = "histogram", label = one.name }
      end
    end
    if #effective > 0 then
      page:section "Relaxation"
      page:figure{ plot = effective, caption = "The barrier that stands for all at a temperature: "
        .. "the lower the temperature, the more the lowest barriers decide (eq. 9)." }
      page:figure{ plot = secondary, caption = "Mean barriers of the atoms (eq. 10)." }
    end
  end,
}
