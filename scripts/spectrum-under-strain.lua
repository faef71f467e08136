-- Shear a glass at a constant rate, and search for saddles around its inherent structures on the
-- way. Barriers are put into windows of the local strain of the atom at which a search began, which
-- is what a lattice of shear transformation zones takes: the landscape file.
--
-- The searches of each snapshot are a run of activation-spectrum in a folder below, which can be
-- looked at, and resumed, by itself.

local vt = require "vitrum"
local kit = vt.protocol.kit
local system = require "vitrum.system"

local SCRIPTS <const> = debug.getinfo(1, "S").source:match "^@(.*/)" or "./"
local SOURCE <const> = "Wang et al. (2024), Cu56Zr44 cooled at 10^5.75 K/s, sheared at 1e7/s"
local CERTAIN <const> = 1.96 -- standard errors, which chance exceeds in 5 % of cases
local START <const> = "snapshot-0.data" -- against which local strain is measured

-- What activation-spectrum takes as it is given here.
local PASSED <const> = { "potential", "searches", "centers", "force", "workers", "seed" }

local function label_of(strain) return ("snapshot-%g"):format(strain) end

-- Settle and shear; the inherent structure at each strain goes to a file.
local function shear(p, out)
  local md = out:md(p, { name = "shear", ensemble = "npt", stress = { xx = 0, yy = 0, zz = 0 },
                         csv = "shear.csv", start = function() return kit.moving(p) end })
  md:run("settling", { time = p.settle, csv = false })
  local function snapshot(file)
    out:stage("minimum " .. file, function()
      out:save(kit.inherent(md.atoms), file)
    end)
  end
  snapshot(START)
  local done = 0
  for _, strain in ipairs(p.strains) do
    -- Counted from the start, since a part of the strain is no whole number of steps.
    local steps = math.floor(strain / (p.strain_rate * 1e-12 * p.timestep) + 0.5)
    if steps > done then
      md:run(("shear to %g"):format(strain), { strain_rate = { [p.plane] = p.strain_rate },
                                               steps = steps - done, label = "shear" })
      snapshot(label_of(strain) .. ".data")
      done = steps
    end
  end
end

-- The store of a snapshot and the local strain of its atoms.
local function events_of(p, out, strain)
  local label = label_of(strain)
  local store = vt.art.open(("%s/events-%s.db"):format(out:path(label), label))
  local d = vt.structure.deformation(out:path(START), store:atoms(), { cutoff = p.cutoff })
  return { events = store, strain = d.von_mises }
end

local function search(p, out, strain)
  local label = label_of(strain)
  local given = { out = out:path(label), glass = out:path(label .. ".data"),
                  overwrite = p.overwrite and not out.resumed,
                  species = p.species and table.concat(p.species, ",") or nil }
  for _, name in ipairs(PASSED) do given[name] = p[name] end
  local r = kit.perform(dofile(SCRIPTS .. "activation-spectrum.lua"), given).cases[1]
  local known = events_of(p, out, strain).strain
  known = known[known:isfinite()]
  return { strain = strain, searches = r.searches, connected = r.connected, unique = r.unique,
           mean = r.mean, error = r.error, width = r.width, aligned = r.aligned,
           barriers = r.barriers, local_strain = #known > 0 and known:mean() or 0 / 0 }
end

local function window_text(w)
  return w.high == math.huge and ("> %g"):format(w.low) or ("%g to %g"):format(w.low, w.high)
end

-- The landscape file, or why there is none: the spectra of the snapshots are worth having alone.
local function landscape(p, out)
  local snapshots = {}
  for k, strain in ipairs(p.strains) do snapshots[k] = events_of(p, out, strain) end
  local title = ("%s, cooled at %s, sheared at %g/s at %g K, forces by %s"):format(
    kit.label(p.glass), p.cooling_rate and ("%g K/s"):format(p.cooling_rate) or "an unknown rate",
    p.strain_rate, p.temperature, p.potential)
  local ok, found = pcall(vt.art.landscape, out:path "glass.landscape", snapshots,
    { edges = p.edges, least = p.least, title = title, overwrite = true,
      cooling_rate = p.cooling_rate })
  if not ok then
    if system.interrupted() then error(found, 0) end
    return { problem = (tostring(found):gsub("^.-art%.landscape: ", "")) }
  end
  for _, w in ipairs(found.windows) do
    w.name, w.low, w.high = window_text(w), nil, nil
  end
  return found
end

local function add_values(p, out, snapshots, l)
  for _, s in ipairs(snapshots) do
    out:value(("different events at %g %%"):format(100 * s.strain), s.unique, nil,
      { note = ("of %d searches"):format(s.searches) })
    if s.barriers then
      out:value(("mean barrier at %g %%"):format(100 * s.strain), s.mean, "eV",
        { error = s.error == s.error and s.error or nil })
    end
  end
  if l.problem then
    out:value("landscape", "none was written", nil, { note = l.problem })
    return
  end
  local first, last = l.windows[1], l.windows[#l.windows]
  local joined = #l.windows <= #p.edges
    and ("windows with fewer than %d events are joined"):format(p.least) or nil
  out:value("windows of local strain", #l.windows, nil, { note = joined })
  out:value("mean barrier without strain", l.mean, "eV", { error = l.mean_error, paper = "2.0",
    source = SOURCE })
  local change, error = last.mean - first.mean, math.sqrt(first.error ^ 2 + last.error ^ 2)
  out:value("change from lowest to highest window", change, "eV", { error = error,
    note = math.abs(change) <= CERTAIN * error and "not resolved: no softening is seen" or nil })
  out:value("kappa", l.permanent, nil, { error = l.permanent_error, paper = "13",
    source = SOURCE, note = "mean barrier falls as exp(-kappa strain^2)" })
  out:value("kappa of permuted windows", l.permuted, nil, { error = l.permuted_error,
    note = "0 but for noise" })
end

return vt.protocol{
  name = "spectrum-under-strain",
  summary = "The spectrum of activation energies of a glass in shear, by local strain: the "
    .. "landscape file of the lattice of shear transformation zones.",
  terms = "activation energy; strain softening; local strain; landscape file; shear "
    .. "transformation zone; ART nouveau",
  source = "Wang et al., Atomistically informed mesoscale modelling of deformation behavior of "
    .. "bulk metallic glasses, Acta Mater. (2024), Figs. 1 and A1.",
  description = "Strain of an atom is its von Mises strain against the inherent structure before "
    .. "the shear, homogeneous part included. The paper shears at 1e7/s at 300 K to 15 %; a glass "
    .. "cooled faster than about 1e11 K/s has low barriers from the start and hardly softens.",
  times = "A search takes about a second. The shear to 15 % at 1e9/s is 0.15 ns.",
  params = {
    kit.glass{ potential = { help = "setfl file, looked for on the potential path; one whose "
      .. "forces end smoothly" } },
    { "cooling_rate", kind = "number", unit = "K/s", range = "temperature rate", above = 0,
      optional = true, help = "of the glass, for the title of the landscape file" },
    { "strains", "0,0.05,0.1,0.15", kind = "numbers", min = 0, max = 1, rising = true,
      help = "of the snapshots" },
    { "plane", "xy", choices = { "yz", "xz", "xy" }, help = "of shear: xy is du_x/dy" },
    { "strain_rate", 1e9, unit = "1/s", range = "strain rate", above = 0, help = "constant" },
    kit.time("settle", 10, "at the temperature, free of stress, before the shear"),
    { "cutoff", 3.8, unit = "A", range = "distance", above = 0, help = "of neighbors in local "
      .. "strain" },
    { "edges", "0.05,0.1,0.15,0.2", kind = "numbers", above = 0, rising = true,
      help = "between windows of local strain" },
    { "least", 100, min = 2, help = "events of a window; one with fewer is joined to the next" },
    kit.searches,
    kit.dynamics{ pressure = false },
  },
  presets = {
    paper = { strain_rate = 1e7, searches = 30 },
    test = { strains = "0,0.1", strain_rate = 1e11, settle = 0.2, edges = "0.05,0.1", least = 4,
             searches = 1, centers = 24, sample_every = 0.1, timestep = 0.004 },
  },
  files = { { "glass.landscape", "for vt.stz.lattice{ landscape = ... }" },
            { "snapshot-STRAIN.data", "inherent structures" },
            { "snapshot-STRAIN", "folders of the searches, with their events" },
            { "windows.csv", "means, errors and widths in windows of local strain" } },
  example = "glass=Cu64.5Zr35.5_1.0e+10.lammps species=Cu,Zr cooling_rate=1e10 "
    .. "potential=Cu-Zr_2.eam.fs centers=2000",

  check = function(p, glass)
    kit.check_distance(glass, "cutoff", p.cutoff)
    local steps = p.strains[#p.strains] / (p.strain_rate * 1e-12 * p.timestep)
    if steps < 1 then
      kit.fail("strain %g at %g/s is reached in less than one timestep (%g ps)",
        p.strains[#p.strains], p.strain_rate, p.timestep)
    end
  end,

  plan = function(p)
    return { { "settling", p.settle },
             { "shear", p.strains[#p.strains] / (p.strain_rate * 1e-12) } }
  end,

  run = function(p, out)
    out:uses(kit.potential(p))
    shear(p, out)
    local snapshots = {}
    for k, strain in ipairs(p.strains) do
      snapshots[k] = out:stage(("searches at strain %g"):format(strain), function()
        return search(p, out, strain)
      end)
    end
    local l = out:stage("landscape", function() return landscape(p, out) end)
    if not l.problem then
      out:table("windows.csv", kit.columns(l.windows, { "strain [-]", "events", "mean [eV]",
        "error [eV]", "width [eV]", "share" }))
    end
    add_values(p, out, snapshots, l)
    return { snapshots = snapshots, landscape = l }
  end,

  report = function(page, r, p)
    page:section "Snapshots"
    kit.table(page, r.snapshots, { { "strain", "strain" }, { "mean local strain", "local_strain" },
      { "searches", "searches" }, { "connected", "connected" }, { "different", "unique" },
      { "mean (eV)", "mean", error = "error" }, { "width (eV)", "width" },
      { "aligned pairs", "aligned" } },
      ("Events that lead from each snapshot over a barrier into another minimum; forces by %s. Of "
        .. "pairs at random 0.293 are aligned."):format(p.potential))
    local spectra = { xlabel = "barrier (eV)", ylabel = "density (1/eV)" }
    for _, s in ipairs(r.snapshots) do
      if s.barriers then
        local h = vt.art.spectrum(s.barriers).histogram
        spectra[#spectra + 1] = { x = h.centers, y = h.density, style = "steps",
                                  label = ("strain %g"):format(s.strain) }
      end
    end
    if #spectra > 0 then page:figure{ plot = spectra, caption = "Spectra, each of area 1." } end
    page:section "Windows of local strain"
    local l = r.landscape
    if l.problem then
      page:text(("No landscape file was written: %s."):format(l.problem))
      return
    end
    kit.table(page, l.windows, { { "local strain", "name" }, { "events", "events" },
      { "root mean square strain", "strain" }, { "mean (eV)", "mean", error = "error" },
      { "width (eV)", "width" }, { "share of the atoms (%)", "share", 100 } },
      "By the von Mises strain of the atom at which a search began.")
    local w = kit.columns(l.windows, { "strain", "mean", "error" })
    local x = vt.array.linspace(0, w.strain:max(), 100)
    page:figure{ plot = { { x = w.strain, y = w.mean, error = w.error, style = "errorbars",
                            label = "windows" },
                          { x = x, y = l.mean * (x * x * -l.permanent):exp(), style = "lines",
                            label = ("kappa = %.2g"):format(l.permanent) },
                          xlabel = "local von Mises strain", ylabel = "mean barrier (eV)" },
      caption = "The line is fitted to all windows but the last, which may be saturated." }
  end,
}
