-- What structural flexibility predicts: the figures of Fan, Ding and Ma for glasses of your own.
-- Every step runs alone, steps=correlation,modes, and can be added later to the same folder by
-- another run; a step takes what it needs of others.

local vt = require "vitrum"
local kit = vt.protocol.kit
local system = require "vitrum.system"

local STEPS <const> = { "correlation", "properties", "modes", "boson", "elastic", "shear",
                        "loadings", "band", "barriers", "scans" }
local SOURCE <const> = "Fan, Ding and Ma, 1e10 K/s"

-- ---------------------------------------------------------------- samples ----

-- A glass as all steps see it: inherent structure without stress, SF, cells.
local function sample_of(p, out, f, file, number)
  local name = ("%d-%s"):format(number, kit.label(file))
  local saved = "inherent-" .. name .. ".data"
  out:stage("inherent " .. name, function()
    out:save(kit.inherent(kit.read(p, file), { fmax = p.fmax, pressure = 0 }), saved)
  end)
  local atoms = kit.read(p, out:path(saved))
  local facts = out:stage("structure " .. name, function()
    local cells = vt.structure.voronoi(atoms)
    return { SF = f:predict(atoms), volume = cells.volume, five_fold = cells.five_fold,
             theta = cells.radius }
  end)
  local s = { name = name, atoms = atoms, species = {} }
  for key, value in pairs(facts) do s[key] = value end
  for _, entry in ipairs(atoms:species()) do s.species[#s.species + 1] = entry.symbol end
  return s
end

local function own(s, symbol, values)
  local all = vt.array.zeros(#s.atoms)
  local types = s.atoms:types()
  for _, entry in ipairs(s.atoms:species()) do
    for _, number in ipairs(entry.symbol == symbol and entry.types or {}) do
      all = all + types:eq(number)
    end
  end
  return values:select(all:gt(0))
end

-- Pearson's coefficient of two quantities of the atoms of a species that have both.
local function pearson(s, symbol, a, b)
  a, b = own(s, symbol, a), own(s, symbol, b)
  local known = (a:isfinite() * b:isfinite()):gt(0)
  return vt.learn.score(a:select(known), b:select(known)).pearson
end

-- Means of a quantity in groups of atoms of a species by another one.
local function by_groups(s, symbol, by, values, share)
  local mean, value = {}, {}
  for k, group in ipairs(vt.structure.groups(s.atoms, by, { species = symbol, share = share })) do
    local chosen = values:select(group.atoms)
    mean[k], value[k] = group.mean, chosen:select(chosen:isfinite()):mean()
  end
  return { x = mean, y = value }
end

-- ---------------------------------------------------------------- Figs. 2, 3 and 5 ----

local function vibrations_of(p, out, s)
  if s.vibrations then return s.vibrations end -- of another step
  s.vibrations = out:stage("vibrations " .. s.name, function()
    local checkpoint = out:path(("vibrations-%s.checkpoint"):format(s.name))
    local v
    if system.kind(checkpoint) == "file" then
      v = vt.vibrations_resume(checkpoint, { overwrite = true })
    else
      v = vt.vibrations(s.atoms, { temperature = p.temperature, runs = p.runs, time = p.time,
        timestep = p.timestep, spectrum = true, seed = p.seed, checkpoint = checkpoint,
        overwrite = true })
    end
    os.remove(checkpoint)
    local r = { v_flex = v.v_flex, plateau = v.plateau, reliability = v.reliability,
                peak = v:spectrum().boson_peak, groups = {} }
    local whole = v:spectrum()
    r.frequency, r.density, r.reduced = whole.frequency, whole.density, whole.reduced
    for _, symbol in ipairs(s.species) do
      r.groups[symbol] = {}
      for by, values in pairs{ SF = s.SF, theta = s.theta } do
        local list = { x = {}, y = {} }
        for k, group in ipairs(vt.structure.groups(s.atoms, values, { species = symbol,
          share = p.group })) do
          list.x[k] = group.mean
          list.y[k] = v:spectrum{ atoms = group.atoms }.boson_peak.height or 0 / 0
        end
        r.groups[symbol][by] = list
      end
    end
    return r
  end)
  return s.vibrations
end

local STEP = {}

function STEP.correlation(p, out, s, r)
  local v = vibrations_of(p, out, s)
  r.ln_v = v.v_flex:log()
  for _, symbol in ipairs(s.species) do
    local rho = pearson(s, symbol, s.SF, r.ln_v)
    out:value(("Pearson of SF and ln v_flex, %s, %s"):format(symbol, s.name), rho, nil,
      { paper = symbol == "Cu" and 0.84 or symbol == "Zr" and 0.82 or nil, source = SOURCE,
        note = ("reliability of ln v_flex %.3f"):format(v.reliability[symbol] or 0 / 0) })
    out:value(("Pearson of volume and ln v_flex, %s, %s"):format(symbol, s.name),
      pearson(s, symbol, s.volume, r.ln_v), nil, { paper = "much lower", source = "Figs. S5-8" })
    out:value(("Pearson of five-fold symmetry and ln v_flex, %s, %s"):format(symbol, s.name),
      pearson(s, symbol, s.five_fold, r.ln_v), nil, { paper = "much lower", source = "Figs. S5-8" })
  end
end

function STEP.properties(p, out, s, r)
  local v = vibrations_of(p, out, s)
  local known = v.v_flex:isfinite()
  local more = out:stage("shear modulus " .. s.name, function()
    return { shear = vt.mechanics.elastic(s.atoms).shear }
  end)
  r.means = { name = s.name, SF = s.SF:mean(), v_flex = v.v_flex:select(known):mean(),
              boson = v.peak.height or 0 / 0, shear = more.shear }
  if p.heating_rate then
    local t = kit.perform(dofile(p.scripts .. "fictive-temperature.lua"), {
      out = out:path("fictive-" .. s.name), glass = out:path("inherent-" .. s.name .. ".data"),
      potential = p.potential, heating_rate = p.heating_rate, seed = p.seed, timestep = p.timestep,
      liquid_time = p.liquid_time, sample_every = math.min(0.5, p.liquid_time / 50),
      species = table.concat(s.species, ","), overwrite = not out.resumed })
    r.means.T_f = t.Tf.temperature or 0 / 0
  end
end

function STEP.boson(p, out, s, r)
  local v = vibrations_of(p, out, s)
  r.boson = v
  for _, symbol in ipairs(s.species) do
    local groups = v.groups[symbol]
    local n = #groups.SF.y
    local by_sf, by_theta = groups.SF.y[n] - groups.SF.y[1], groups.theta.y[n] - groups.theta.y[1]
    out:value(("boson peak, top less bottom %g %% of SF, %s, %s"):format(100 * p.group, symbol,
      s.name), by_sf, "1e-6 ps^3", { source = SOURCE,
      paper = symbol == "Cu" and 445 or symbol == "Zr" and 370 or nil })
    out:value(("that by SF over that by |Theta|, %s, %s"):format(symbol, s.name), by_sf / by_theta,
      nil, { paper = symbol == "Cu" and 3.7 or symbol == "Zr" and 5.4 or nil, source = SOURCE })
  end
end

-- ---------------------------------------------------------------- Figs. 4 and 6 ----

function STEP.modes(_, out, s, r)
  local m = out:stage("modes " .. s.name, function()
    local modes = vt.modes.lowest(s.atoms, { minimize = false })
    return { participation = modes.participation, lowest = modes.frequency[1] }
  end)
  r.modes = {}
  for _, symbol in ipairs(s.species) do
    local by_sf = by_groups(s, symbol, s.SF, m.participation, 0.1)
    local by_volume = by_groups(s, symbol, s.volume, m.participation, 0.1)
    r.modes[symbol] = by_sf
    out:value(("soft-mode participation, top over bottom decile of SF, %s, %s"):format(symbol,
      s.name), by_sf.y[10] / by_sf.y[1], nil, { paper = "a clear trend", source = "Fig. 4" })
    out:value(("the same by volume, %s, %s"):format(symbol, s.name),
      by_volume.y[10] / by_volume.y[1], nil, { paper = "no correlation", source = "Fig. 4" })
  end
end

function STEP.elastic(p, out, s, r)
  local c = out:stage("local C44 " .. s.name, function()
    return { c44 = vt.mechanics.elastic(s.atoms, { atoms = true }):around("yz", "yz",
      { radius = p.radius }) }
  end)
  r.c44 = c.c44
  for _, symbol in ipairs(s.species) do
    local groups = by_groups(s, symbol, s.SF, c.c44, 0.05)
    out:value(("local C44 of the lowest less the highest 5 %% of SF, %s, %s"):format(symbol,
      s.name), groups.y[1] - groups.y[20], "GPa", { paper = "low SF in stiff regions",
      source = "Fig. 6" })
    out:value(("Pearson of SF and local C44, %s, %s"):format(symbol, s.name),
      pearson(s, symbol, s.SF, c.c44))
  end
end

-- ---------------------------------------------------------------- Figs. 7 and 8 ----

-- D2min after quasistatic shear; `strain` by component.
local function sheared(p, s, strain, step)
  local after = s.atoms:copy()
  vt.mechanics.quasistatic(after, { strain = strain, step = step, fmax = p.fmax })
  return vt.structure.deformation(s.atoms, after, { cutoff = p.cutoff }).d2min, after
end

-- How the atoms with the top 5 % of D2min are spread over the deciles of SF: their share in each
-- (10 % by chance), and the share of them among its atoms (5 % by chance).
local function spread(s, symbol, d2min)
  local values = own(s, symbol, d2min)
  local limit = values:select(values:isfinite()):quantile(0.95)
  local top, total, inside, among = d2min:gt(limit), 0, {}, {}
  local groups = vt.structure.groups(s.atoms, s.SF, { species = symbol })
  for k, group in ipairs(groups) do
    inside[k] = top:select(group.atoms):sum()
    total, among[k] = total + inside[k], inside[k] / #group.atoms
  end
  for k = 1, #inside do inside[k] = inside[k] / total end
  return { inside = inside, among = among }
end

local function add_spread(out, s, r, name, d2min, paper)
  r[name] = {}
  for _, symbol in ipairs(s.species) do
    local t = spread(s, symbol, d2min)
    r[name][symbol] = t
    out:value(("%s: share of the top 5 %% of D2min in the top decile of SF, %s, %s"):format(name,
      symbol, s.name), 100 * t.inside[10], "%", { paper = paper, source = "Figs. 7, S20",
      note = "10 % by chance" })
    out:value(("%s: share in the lowest two deciles, %s, %s"):format(name, symbol, s.name),
      100 * (t.inside[1] + t.inside[2]), "%", { note = "20 % by chance" })
    out:value(("%s: of the top decile's atoms, top 5 %% of D2min, %s, %s"):format(name, symbol,
      s.name), 100 * t.among[10], "%", { note = "5 % by chance" })
  end
end

function STEP.shear(p, out, s, r)
  local d = out:stage("shear " .. s.name, function()
    return { d2min = sheared(p, s, { xy = p.strain }, p.strain_step) }
  end)
  add_spread(out, s, r, "one direction", d.d2min, "below 15")
  r.d2min = d.d2min
end

-- Shear of strength g in the plane of two random directions at right angles; engineering strains.
local function random_shear(g, seed)
  local a, b
  local x = vt.array.normal(6, { seed = seed }):totable()
  local function unit(v)
    local length = math.sqrt(v[1] ^ 2 + v[2] ^ 2 + v[3] ^ 2)
    return { v[1] / length, v[2] / length, v[3] / length }
  end
  a = unit{ x[1], x[2], x[3] }
  local along = x[4] * a[1] + x[5] * a[2] + x[6] * a[3]
  b = unit{ x[4] - along * a[1], x[5] - along * a[2], x[6] - along * a[3] }
  return { xx = g * a[1] * b[1], yy = g * a[2] * b[2], zz = g * a[3] * b[3],
           yz = g * (a[2] * b[3] + a[3] * b[2]), xz = g * (a[1] * b[3] + a[3] * b[1]),
           xy = g * (a[1] * b[2] + a[2] * b[1]) }
end

function STEP.loadings(p, out, s, r)
  local sum = vt.array.zeros(#s.atoms)
  for k = 1, p.loadings do
    local d = out:stage(("loading %d of %s"):format(k, s.name), function()
      return { d2min = sheared(p, s, random_shear(p.strain, (p.seed << 32) + k),
        p.loading_step) }
    end)
    sum = sum + d.d2min
  end
  add_spread(out, s, r, ("%d directions"):format(p.loadings), sum / p.loadings,
    "almost twice that of one direction")
end

function STEP.band(p, out, s, r, f)
  local looks = math.max(2, math.floor(p.band_strain / p.look_every + 0.5))
  local b = out:stage("band " .. s.name, function()
    local atoms = s.atoms:copy()
    local t = { strain = {}, SF = {}, stress = {}, energy = {} }
    for k = 0, looks do
      if k > 0 then
        vt.mechanics.quasistatic(atoms, { strain = { xy = p.band_strain / looks },
          step = p.strain_step, fmax = p.fmax })
      end
      t.strain[k + 1] = k * p.band_strain / looks
      t.SF[k + 1], t.stress[k + 1] = f:predict(atoms):mean(), atoms:stress().xy
      t.energy[k + 1] = atoms:energy() / #atoms
    end
    local slabs = math.max(3, math.floor(atoms:box().lengths[2] / p.slab + 0.5))
    local d2min = vt.structure.deformation(s.atoms, atoms, { cutoff = p.cutoff }).d2min
    local y = { axis = "y", bins = slabs }
    local layers = vt.structure.profile(atoms, f:predict(atoms), y)
    t.y, t.layer_SF = layers.x, layers.value
    t.layer_d2min = vt.structure.profile(atoms, d2min, y).value
    return t
  end)
  r.band = b
  out:value(("SF at %g %% strain less that before, %s"):format(100 * p.band_strain, s.name),
    b.SF[#b.SF] - b.SF[1], nil, { paper = "rises with stress drop and energy", source = "Fig. 8" })
  out:value(("Pearson of D2min and SF by layers, %s"):format(s.name),
    vt.learn.score(b.layer_d2min, b.layer_SF).pearson, nil, { paper = "SF is higher in the band",
    source = "Figs. S22, S23" })
end

-- ---------------------------------------------------------------- Fig. 9, S1, S2 ----

-- Of the store, whose glass is its own.
local function barriers(p, out, f)
  local store = vt.art.open(p.store)
  local atoms = store:atoms()
  if atoms.potential == nil then atoms.potential = kit.potential(p) end
  local SF, volume = f:predict(atoms), vt.structure.voronoi(atoms).volume
  local list = {}
  for _, entry in ipairs(atoms:species()) do
    local symbol = entry.symbol
    local by_sf = store:by(SF, { groups = 10, species = symbol, quantity = "SF" })
    local by_volume = store:by(volume, { groups = 10, species = symbol, quantity = "volume" })
    local first, last = by_sf[1], by_sf[#by_sf]
    out:value("mean barrier, lowest less highest decile of SF, " .. symbol, first.mean - last.mean,
      "eV", { error = math.sqrt(first.error ^ 2 + last.error ^ 2),
        paper = symbol == "Cu" and 0.42 or symbol == "Zr" and 0.26 or nil,
        source = "Fan, Ding and Ma, 1e9 K/s" })
    out:value("the same by volume, " .. symbol, by_volume[1].mean - by_volume[#by_volume].mean,
      "eV", { paper = symbol == "Cu" and -0.15 or nil,
        source = "Fan, Ding and Ma, who give the difference of 0.15 eV without its sign" })
    list[symbol] = { x = by_sf.value, y = by_sf.mean, error = by_sf.error }
  end
  return list
end

local function scans(p, out, samples)
  local list, counts = {}, {}
  for k, s in ipairs(samples) do
    list[k] = { atoms = s.atoms, v_flex = vibrations_of(p, out, s).v_flex }
    for _, entry in ipairs(s.atoms:species()) do
      counts[entry.symbol] = (counts[entry.symbol] or 0) + entry.count
    end
  end
  local fewest, species = math.huge, 0
  for _, count in pairs(counts) do fewest, species = math.min(fewest, count), species + 1 end
  local rows = {}
  local function try(name, o)
    local features = species * (math.floor(((o.rmax or 3) - 0.6) / (o.sigma or 0.05) + 0.5) + 1)
    if fewest <= features + 1 then
      out:say("scan of %s left out: %d features are too many for %d atoms", name, features, fewest)
      return
    end
    local scores = out:stage("scan " .. name, function()
      local result = {}
      for symbol, score in pairs(vt.learn.flexibility(list, o).sets[1].scores) do
        result[symbol] = score.unseen
      end
      return result
    end)
    rows[#rows + 1] = { name = name, Cu = scores.Cu, Zr = scores.Zr }
  end
  for _, C in ipairs(p.C) do try(("C = %g"):format(C), { C = C }) end
  for _, rmax in ipairs{ 2, 2.5, 3, 3.5 } do try(("cutoff %g"):format(rmax), { rmax = rmax }) end
  for _, sigma in ipairs{ 0.025, 0.05, 0.1 } do
    try(("sigma %g"):format(sigma), { sigma = sigma })
  end
  return rows
end

-- ---------------------------------------------------------------- the protocol ----

local function slab_map(p, atoms, values, label)
  local m = vt.structure.map(atoms, values, { slab = { 0, p.slab }, bins = 20, smooth = 1.5 })
  return { heatmap = m.value, xrange = m.xrange, yrange = m.yrange, equal = true, xlabel = "x (Å)",
           ylabel = "y (Å)", zlabel = label }
end

local function wants(p, step)
  for _, name in ipairs(p.steps) do if name == step then return true end end
  return false
end

return vt.protocol{
  name = "flexibility",
  summary = "What the learned flexibility of atoms predicts: vibrations, soft modes, the boson "
    .. "peak, elasticity, shear transformations, barriers.",
  terms = "structural flexibility; structure and properties",
  source = "Fan, Ding, Ma: Machine learning bridges local static structure with multiple "
    .. "properties in metallic glasses, Mater. Today 40, 48 (2020).",
  description = "Every step is a figure of the paper, beside its statement: correlation (Fig. 2), "
    .. "properties (3), modes (4), boson (5), elastic (6), shear (7), loadings (S20), band (8), "
    .. "barriers (9, from a store of scripts/activation-spectrum.lua), scans (S1, S2). Quantities "
    .. "are compared within one species. Models must not have seen the glasses.",
  times = "4,000 atoms on two cores: minutes for each step; shear a quarter of an hour, loadings "
    .. "that for every ten directions.",
  params = {
    { "glasses", kind = "words", help = "files, of glasses cooled at several rates for instance" },
    { "species", kind = "words", optional = true,
      help = "elements of types 1, 2, ... (Cu,Zr) when files do not name them" },
    { "potential", "Cu-Zr_2.eam.fs", help = "setfl file, looked for on the potential path" },
    kit.taper,
    { "model", "CuZr", help = "of vt.learn.model, or a file of scripts/train-flexibility.lua" },
    kit.cases("steps", STEPS, "to take"),
    { "fmax", 1e-4, unit = "eV/A", above = 0, max = 0.01, help = "goal of the minimizations" },
    { "runs", 30, min = 2, max = 100000, help = "of vibrations" },
    kit.time("time", 20, "of each run"),
    { "group", 0.025, above = 0, max = 0.5, help = "share of atoms in a group of the boson peak" },
    { "heating_rate", unit = "K/s", range = "temperature rate", above = 0, optional = true,
      help = "properties: also the fictive temperature, by heating at this rate; the potential "
        .. "without its taper" },
    kit.time("liquid_time", 100, "properties: at each temperature of the liquid, for that"),
    { "radius", 5, unit = "A", range = "distance", above = 0, help = "of the sphere of local C44" },
    { "strain", 0.05, range = "strain", above = 0, max = 0.5, help = "of shear and loadings" },
    { "strain_step", 1e-4, range = "strain", above = 0, max = 0.01, help = "of shear and band" },
    { "loadings", 432, min = 2, max = 100000, help = "directions of shear" },
    { "loading_step", 1e-3, range = "strain", above = 0, max = 0.01, help = "of loadings" },
    { "cutoff", 3.8, unit = "A", range = "distance", above = 0, help = "of neighbors in D2min" },
    { "band_strain", 0.15, range = "strain", above = 0, max = 0.5, help = "at the end of band" },
    { "look_every", 0.01, range = "strain", above = 0, max = 0.5,
      help = "of strain, to look at SF in band" },
    { "slab", 4, unit = "A", range = "distance", above = 0, help = "thickness of layers and maps" },
    { "store", file = true, optional = true, help = "of barriers: events from one glass" },
    { "C", "0.001,0.01,0.1,1,10", kind = "numbers", above = 0, help = "of scans" },
    kit.dynamics{ temperature = { 50, help = "of the vibrations" }, pressure = false,
                  sample_every = false, precision = false,
                  timestep = { 0.004, help = "of the dynamics" } },
  },
  presets = {
    paper = { runs = 100, timestep = 0.002, loadings = 4320, loading_step = 1e-4,
              heating_rate = 1e10, liquid_time = 1000 },
    laptop = {},
    test = { runs = 2, time = 2, group = 0.25, strain = 0.01, strain_step = 5e-3, loadings = 2,
             loading_step = 5e-3, band_strain = 0.02, look_every = 0.01, C = "0.01,1",
             liquid_time = 1 },
  },
  files = { { "inherent-*.data", "the glasses, inherent structures without stress" } },
  example = "glasses=fast.data,slow.data steps=correlation,modes",

  check = function(p)
    for _, file in ipairs(p.glasses) do
      if system.kind(file) ~= "file" then kit.fail("glasses: there is no file %s", file) end
    end
    if wants(p, "barriers") and not p.store then
      local rest = {}
      for _, step in ipairs(p.steps) do
        if step ~= "barriers" then rest[#rest + 1] = step end
      end
      if #rest == 0 then
        kit.fail("the step barriers needs store, a file of events of "
          .. "scripts/activation-spectrum.lua")
      end
      p.steps = rest -- of all steps the one that cannot be taken is left out
    end
    vt.learn.model(p.model)
  end,

  run = function(p, out)
    local f = vt.learn.model(p.model)
    local scripts = debug.getinfo(1, "S").source:match "^@(.*/)" or "scripts/"
    local own_parameters = setmetatable({ scripts = scripts }, { __index = p })
    local samples, r = {}, { samples = {} }
    for k, file in ipairs(p.glasses) do samples[k] = sample_of(p, out, f, file, k) end
    for k, s in ipairs(samples) do
      local t = { name = s.name, SF = s.SF, file = "inherent-" .. s.name .. ".data" }
      for _, step in ipairs(p.steps) do
        if STEP[step] then STEP[step](own_parameters, out, s, t, f) end
      end
      r.samples[k] = t
    end
    if wants(p, "barriers") and p.store then r.barriers = barriers(p, out, f) end
    if wants(p, "scans") then r.scans = scans(p, out, samples) end
    return r
  end,

  report = function(page, r, p, out)
    local function figure(plot, caption) page:figure{ plot = plot, caption = caption } end
    local rows = {}
    for _, t in ipairs(r.samples) do
      page:section(t.name)
      if t.ln_v then
        figure({ { x = t.SF, y = t.ln_v, style = "points" }, xlabel = "SF",
                 ylabel = "ln v_flex (Å³)" }, "Fig. 2: SF and ln v_flex of each atom. The paper: "
          .. "0.84 for Cu, 0.82 for Zr, almost the same for all compositions and cooling rates.")
      end
      for symbol, list in pairs(t.modes or {}) do
        figure({ { x = list.x, y = list.y, style = "points" }, xlabel = "SF",
                 ylabel = "participation in soft modes" }, ("Fig. 4, %s: deciles of SF. The paper: "
          .. "the higher SF, the larger the participation."):format(symbol))
      end
      if t.boson then
        figure({ x = t.boson.frequency, y = t.boson.density, xlabel = "frequency (THz)",
                 ylabel = "density of states (1/THz)" }, "Fig. 5a: density of states.")
        for symbol, groups in pairs(t.boson.groups) do
          if vt.array(groups.SF.y):isfinite():any() then
            figure({ { x = groups.SF.x, y = groups.SF.y, style = "points" }, xlabel = "SF",
                     ylabel = "boson peak (10⁻⁶ ps³)" }, ("Fig. 5c, %s: the boson peak of groups "
              .. "of %g %% of the atoms."):format(symbol, 100 * p.group))
          end
        end
      end
      if t.c44 then
        local atoms = kit.read(p, out:path(t.file))
        figure(slab_map(p, atoms, t.c44, "C44 (GPa)"), ("Fig. 6: C44 in a slab of %g Å."):format(
          p.slab))
        figure(slab_map(p, atoms, t.SF, "SF"), "SF in the same slab. The paper: stiff where SF is "
          .. "low.")
      end
      if t.d2min then
        figure(slab_map(p, kit.read(p, out:path(t.file)), t.d2min, "D2min (Å²)"),
          "Fig. 7: D2min in the same slab, sheared in one direction.")
      end
      for _, name in ipairs{ "one direction", ("%d directions"):format(p.loadings) } do
        for symbol, list in pairs(t[name] or {}) do
          figure({ { x = vt.array.range(1, #list.inside), y = list.inside, style = "points" },
                   xlabel = "decile of SF", ylabel = "share of the top 5 % of D2min" },
            ("Fig. 7, %s, %s."):format(symbol, name))
        end
      end
      if t.band then
        figure({ x = t.band.strain, y = t.band.SF, xlabel = "shear strain", ylabel = "mean SF" },
          "Fig. 8: SF on shearing.")
        figure({ x = t.band.strain, y = t.band.stress, xlabel = "shear strain",
                 ylabel = "shear stress (GPa)" }, "Fig. 8: stress.")
      end
      if t.means then rows[#rows + 1] = t.means end
    end
    if #rows > 0 then
      page:section "Means of the samples (Fig. 3)"
      kit.table(page, rows, { { "glass", "name" }, { "SF", "SF" }, { "v_flex (Å³)", "v_flex" },
        { "boson peak (10⁻⁶ ps³)", "boson" }, { "shear modulus (GPa)", "shear" },
        p.heating_rate and { "fictive temperature (K)", "T_f" } or nil })
      page:text("The paper: v_flex and boson peak rise with SF, the shear modulus falls, the "
        .. "fictive temperature rises.")
    end
    for symbol, list in pairs(r.barriers or {}) do
      page:section("Barriers around " .. symbol .. " (Fig. 9)")
      figure({ { x = list.x, y = list.y, error = list.error, style = "points" }, xlabel = "SF",
               ylabel = "mean barrier (eV)" }, "Deciles of SF. The paper: lower where SF is "
        .. "higher.")
    end
    if r.scans then
      page:section "Scans (Figs. S1 and S2)"
      kit.table(page, r.scans, { { "setting", "name" }, { "Cu", "Cu" }, { "Zr", "Zr" } })
      page:text("Pearson's coefficient of glasses left out (of atoms left out, when there is one "
        .. "glass). The paper: flat in C above 1, no visible gain from cutoff and sigma.")
    end
  end,
}
