-- From atoms to shear bands: a glass is sheared, saddles around its inherent structures are
-- searched for, the barriers go into windows of local strain, and a lattice of shear
-- transformation zones with that landscape is pulled.
--
-- The atoms are a run of spectrum-under-strain in a folder below, the lattices a study; both can be
-- looked at, and go on, by themselves.

local landscape = require "vitrum.stz.landscape"
local study = require "vitrum.stz.study"
local system = require "vitrum.system"
local vt = require "vitrum"
local kit = vt.protocol.kit

local SCRIPTS <const> = debug.getinfo(1, "S").source:match "^@(.*/)" or "./"
local PAPER <const> = "Wang et al. (2024)"
-- The mean barrier falls by this with every decade of the cooling rate [eV] (the paper's 1.8, 2.0
-- and 2.2 eV at 10^7.25, 10^5.75 and 10^4.25 K/s).
local DECADE <const> = 0.2 / 1.5
local ZONE <const> = 343 -- A^3, in which the paper counts modes

-- What spectrum-under-strain takes as it is given here.
local PASSED <const> = { "glass", "potential", "species", "cooling_rate", "strains", "plane",
                         "settle", "cutoff", "edges", "least", "searches", "centers", "force",
                         "workers", "seed", "temperature", "timestep", "sample_every" }

-- ---------------------------------------------------------------- atoms ----

local function atoms(p, out)
  local given = { out = out:path "atoms", overwrite = p.overwrite and not out.resumed,
                  strain_rate = p.shear_rate }
  for _, name in ipairs(PASSED) do given[name] = p[name] end
  for _, name in ipairs { "species", "strains", "edges" } do
    if given[name] then given[name] = table.concat(given[name], ",") end
  end
  local r = kit.perform(dofile(SCRIPTS .. "spectrum-under-strain.lua"), given)
  return { snapshots = r.snapshots, landscape = r.landscape,
           file = out:path "atoms" .. "/glass.landscape" }
end

-- Different events of a zone: those that an atom has in the glass without strain, times the atoms
-- of a zone.
local function modes_of(p, out, measured)
  local glass = vt.atoms.read(out:path "atoms" .. "/snapshot-0.data")
  local first = measured.snapshots[1]
  local centers = p.centers > 0 and math.min(p.centers, #glass) or #glass
  return first.unique / centers * #glass / glass:volume() * ZONE
end

-- The sum over windows of their share of the volume times what their barriers have lost.
local function shift_of(found)
  local sum = 0
  for k, share in ipairs(found.share) do sum = sum + share * (1 - found.barrier[k] / found.mean) end
  return sum
end

-- ---------------------------------------------------------------- lattices ----

-- Sites by their strain: mean barrier without stress, and what the landscape has there.
local function closure(found, edges, lat)
  local count = lat.n * lat.rows
  local barrier = lat:barriers():mean(3):reshape(count)
  local strain, rows = lat:field("von_mises"):reshape(count), {}
  for k = 0, #edges do
    local low, high = edges[k] or 0, edges[k + 1] or math.huge
    local own = strain:ge(low) & strain:lt(high)
    if own:sum() > 0 then
      local line = found.mean * (strain[own] ^ 2 * -(found.permanent or 0)):exp()
      rows[#rows + 1] = { strain = low, sites = own:sum(), lattice = barrier[own]:mean(),
        file = line:clip(found.mean * math.exp(-(found.maximum or 0)), math.huge):mean() }
    end
  end
  return rows
end

-- Options of a lattice with the landscape, its mean barrier moved to another one.
local function lattice_of(p, found, mean, modes)
  local moved = setmetatable({ mean = mean }, { __index = found })
  if found.saturation then
    moved.maximum = math.max(math.log(mean / found.saturation), 0)
  end
  local copy = {}
  for _, source in ipairs { found, moved } do
    for key, value in pairs(source) do copy[key] = value end
  end
  copy.modes = copy.modes or modes
  local o = landscape.merge{ landscape = copy, n = p.n, temperature = p.temperature,
                              volume = p.volume }
  o.modes = math.min(math.max(o.modes, 1), 1000)
  return o
end

local function lattices(p, out, found, modes)
  local cases = { { name = "as measured", file = "measured", x = 1, options = {},
                    lattice = lattice_of(p, found, found.mean, modes) } }
  local rate = found.cooling_rate or p.cooling_rate
  if rate then
    local mean = found.mean + DECADE * math.log(rate / p.extrapolate, 10)
    cases[2] = { name = ("extrapolated to %.3g K/s"):format(p.extrapolate), file = "extrapolated",
                 x = 2, options = {}, lattice = lattice_of(p, found, mean, modes) }
  end
  local with = setmetatable({ strain_rate = p.lattice_rate, share = false }, { __index = p })
  return study.pulled(with, out, {
    cases = cases, statements = {}, axis = "landscape", axis_label = "landscape",
    figure = "Figs. 4 to 7",
    look = function(lat, case)
      return case.name == "as measured" and closure(found, p.edges, lat) or nil
    end,
  })
end

-- ---------------------------------------------------------------- results ----

local function add_joints(out, measured, found, modes)
  for _, s in ipairs(measured.snapshots) do
    out:value(("snapshot at %g: different events"):format(s.strain), s.unique, nil,
      { note = ("of %d searches, mean barrier %s eV"):format(s.searches,
        s.mean and ("%.3f"):format(s.mean) or "-") })
  end
  out:value("different events in 0.343 nm^3", modes, nil, { paper = "16.5", source = PAPER,
    note = "it grows with the searches from each atom" })
  if not found then return end
  out:value("mean barrier", found.mean, "eV", { paper = "2.0", source = PAPER })
  out:value("width", found.width, "eV")
  out:value("saturation", found.saturation, "eV", { paper = "1.2", source = PAPER })
  out:value("kappa", found.permanent or 0.0, nil, { paper = "13", source = PAPER })
  if found.zone then
    out:value("zone, edge", found.zone / 10, "nm", { paper = "0.7", source = PAPER })
  end
  if found.eigenstrain then
    out:value("eigenstrain in a zone", found.eigenstrain, nil, { paper = "0.07", source = PAPER,
      note = "standard deviation of its components" })
  end
  out:value("Delta Q/Q over the volume", shift_of(found), nil, { paper = "0.165", source = PAPER,
    note = "sum over windows of volume share times (1 - Q/Q0)" })
end

local function add_lattices(out, r)
  for _, case in ipairs(r.cases) do
    for _, m in ipairs { { "yield stress", "GPa" }, { "localization index" },
                         { "extreme sites" } } do
      out:value(("%s, %s"):format(m[1], case.case), case.mean[m[1]], m[2],
        { error = case.error[m[1]] })
    end
  end
end

return vt.protocol{
  name = "atoms-to-lattice",
  summary = "From a glass of atoms to shear bands: shear, saddle searches, landscape file, "
    .. "lattice, stress-strain curve.",
  terms = "multiscale; mesoscale; atomistically informed; shear band; landscape file; ART nouveau",
  source = "Wang et al., Atomistically informed mesoscale modelling of deformation behavior of "
    .. "bulk metallic glasses, Acta Mater. (2024).",
  description = "The lattice takes the measured histogram, modes, zone size and eigenstrain as far "
    .. "as the landscape file has them. Beside it stands the same landscape with its mean barrier "
    .. "moved along the paper's line, 0.133 eV a decade, to a slower cooling rate. A landscape "
    .. "with nothing to soften makes no lattice; a glass cooled at 1e10 K/s or slower has one.",
  times = "A search takes about a second; the lattices take minutes.",
  params = {
    kit.glass{ potential = { help = "setfl file, looked for on the potential path; one whose "
      .. "forces end smoothly" } },
    { "cooling_rate", kind = "number", unit = "K/s", range = "temperature rate", above = 0,
      optional = true, help = "of the glass; without it nothing is extrapolated" },
    { "extrapolate", 10 ^ 5.75, unit = "K/s", above = 0,
      help = "cooling rate of the second landscape" },
    { "strains", "0,0.05,0.1,0.15", kind = "numbers", min = 0, max = 1, rising = true,
      help = "of the snapshots" },
    { "plane", "xy", choices = { "yz", "xz", "xy" }, help = "of shear: xy is du_x/dy" },
    { "shear_rate", 1e9, unit = "1/s", range = "strain rate", above = 0, help = "of the atoms" },
    kit.time("settle", 10, "at the temperature, free of stress, before the shear"),
    { "cutoff", 3.8, unit = "A", range = "distance", above = 0, help = "of neighbors in local "
      .. "strain" },
    { "edges", "0.05,0.1,0.15,0.2", kind = "numbers", above = 0, rising = true,
      help = "between windows of local strain" },
    { "least", 100, min = 2, help = "events of a window; one with fewer is joined to the next" },
    kit.searches,
    { "n", 128, min = 16, max = 4096, help = "sites along a side of the lattice" },
    { "seeds", 3, min = 1, help = "lattices of each landscape" },
    { "plastic", 0.02, above = 0, max = 0.2, help = "plastic strain of the lattices" },
    { "volume", kind = "number", unit = "nm^3", range = "volume", above = 0, optional = true,
      help = "of a zone; that of the landscape file when not given" },
    { "lattice_rate", 1e-4, unit = "1/s", above = 0, help = "strain rate of the lattices" },
    { "check", true, help = "false: make lattices of a landscape that is refused else, to try "
      .. "things out" },
    kit.dynamics{ pressure = false },
  },
  presets = {
    test = { strains = "0,0.1", shear_rate = 1e11, settle = 0.2, edges = "0.05,0.1", least = 4,
             searches = 1, centers = 24, sample_every = 0.1, timestep = 0.004, n = 16, seeds = 1,
             plastic = 0.001, check = false, volume = 0.343, lattice_rate = 1e12 },
  },
  files = { { "atoms", "folder of spectrum-under-strain, with glass.landscape" },
            { "lattices", "folder of the study" },
            { "map-*.svg", "von Mises strain of the first lattices" } },
  example = "glass=Cu64.5Zr35.5_1.0e+10.lammps species=Cu,Zr cooling_rate=1e10 "
    .. "potential=Cu-Zr_2.eam.fs centers=700 seed=1",
  run = function(p, out)
    out:uses(kit.potential(p))
    local measured = out:stage("atoms", function() return atoms(p, out) end)
    local modes = modes_of(p, out, measured)
    local ok, found = false, measured.landscape.problem
    if not found then ok, found = pcall(landscape.read, measured.file, { check = p.check,
                                                                         least = p.least }) end
    if not ok and system.interrupted() then error(found, 0) end
    add_joints(out, measured, ok and found or nil, modes)
    if not ok then
      local why = tostring(found):gsub("^[^\n]-:%d+: ", "", 1)
      out:value("lattice", "none was made", nil, { note = why })
      return { problem = why, measured = measured }
    end
    local pulled = lattices(p, out, found, modes)
    local r = study.for_report(pulled)
    r.closure, r.measured = pulled.cases[1].results[1].look or {}, measured
    add_lattices(out, r)
    return r
  end,
  report = function(page, r, p)
    if r.problem then
      page:section "Lattice"
      page:text(("No lattice was made: %s."):format(r.problem))
      return
    end
    study.report(page, r, p)
    page:section "Closure"
    kit.table(page, r.closure, { { "strain from", "strain" }, { "sites", "sites" },
      { "barrier in the lattice (eV)", "lattice" }, { "by the landscape (eV)", "file" } },
      "Sites of the first lattice by their strain, without stress: the landscape comes back.")
  end,
}
