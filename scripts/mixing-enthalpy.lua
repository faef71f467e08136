-- Glasses of two end members in several proportions, cooled alike: their enthalpy of mixing against
-- crystals of the end members, how much of them crystallized, and their elastic moduli.

local vt = require "vitrum"
local kit = vt.protocol.kit

local SOURCE <const> = "Supporting Information of the article on intrinsic tensile ductility of "
  .. "multi-principal element metallic glass (Co in TiZrHf, a neural network), section 2.5 and "
  .. "Fig. S21"
local OTHER <const> = "other alloy and other potential"

local KJ_PER_MOL <const> = 96.485332 -- of 1 eV per atom
local CRYSTAL <const> = 0.1 -- share of crystalline atoms above which a sample is no glass
local STRUCTURES <const> = { "fcc", "hcp", "bcc" }
local CERTAIN <const> = 1.96 -- standard errors, which chance exceeds in 5 % of cases

local function percent(x) return ("%g %%"):format(100 * x) end

-- ---------------------------------------------------------------- compositions ----

-- Shares of all atoms at a share x of the first end member.
local function mixture(p, x)
  local result = {}
  for _, part in ipairs{ { x, p.first }, { 1 - x, p.second } } do
    local sum = 0.0
    for _, share in pairs(part[2]) do sum = sum + share end
    for symbol, share in pairs(part[2]) do
      if part[1] > 0 then result[symbol] = (result[symbol] or 0) + part[1] * share / sum end
    end
  end
  return result
end

local function text_of(shares)
  local list, sum = {}, 0.0
  for _, share in pairs(shares) do sum = sum + share end
  for symbol, share in pairs(shares) do
    list[#list + 1] = share == sum and symbol or ("%s%.4g"):format(symbol, 100 * share / sum)
  end
  table.sort(list)
  return table.concat(list)
end

-- The parameters with another composition.
local function with(p, shares) return setmetatable({ composition = shares }, { __index = p }) end

-- ---------------------------------------------------------------- crystals ----

-- The structure that is asked for, or that with the lowest energy.
local function choose(p, name)
  local wanted, best = p[name .. "_crystal"], nil
  for _, structure in ipairs(STRUCTURES) do
    if wanted == "lowest" or wanted == structure then
      local atoms = kit.solid_solution(p, structure, p[name])
      local energy = atoms:energy() / #atoms
      if not best or energy < best.energy then
        best = { energy = energy, structure = structure, volume = atoms:volume() / #atoms }
      end
    end
  end
  return best
end

-- Energy of the crystal of an end member at the temperature of the glasses.
local function reference_of(p, out, name)
  local best = out:stage("crystal of the " .. name, function() return choose(p, name) end)
  local md = out:md(p, { name = name .. " crystal", ensemble = "npt", temperature = p.low,
    csv = ("crystal-%s.csv"):format(name),
    start = function()
      local crystal = kit.solid_solution(p, best.structure, p[name])
      return crystal:thermalize{ temperature = p.low, seed = p.seed }
    end })
  local s = md:run(("holding the crystal of the %s"):format(name), kit.hold(p.low, p.relax))
  local energy, deviation = kit.settled(s.potential_energy)
  local n = #md.atoms
  return { energy = energy / n, error = deviation and deviation / n or 0.0, n = n,
           structure = best.structure, cold = best.energy, volume = best.volume }
end

-- ---------------------------------------------------------------- glasses ----

-- What the inherent structure without stress is like.
local function look_at(p, out, atoms, file)
  local inherent = kit.inherent(atoms, { box = "axes", pressure = 0 })
  local around = vt.structure.common_neighbors(inherent)
  out:save(inherent, file)
  local r = { inherent = inherent:energy() / #inherent, volume = inherent:volume() / #inherent,
              density = inherent:density(), crystalline = around.crystalline,
              fractions = around.fractions, file = file }
  if p.elastic then
    local c = vt.mechanics.elastic(inherent, { minimize = false })
    r.young, r.shear, r.bulk, r.poisson = c.young, c.shear, c.bulk, c.poisson
  end
  return r
end

local function glass_of(p, out, x)
  local shares, at = mixture(p, x), percent(x)
  local mixed = with(p, shares)
  local md = out:md(mixed, { name = "glass " .. at, ensemble = "npt", temperature = p.high,
    csv = ("glass-%g.csv"):format(100 * x),
    start = function() return kit.packing(mixed, p.high) end })
  md:run("melting " .. at, kit.hold(p.high, p.melt_time))
  md:run("quenching " .. at, kit.ramp(p.high, p.low, p.cooling_rate))
  local s = md:run("relaxing " .. at, kit.hold(p.low, p.relax))
  local r = out:stage("structure of " .. at, function()
    return look_at(p, out, md.atoms, ("glass-%g.data"):format(100 * x))
  end)
  local energy, deviation = kit.settled(s.potential_energy)
  r.x, r.composition, r.n = x, text_of(shares), p.atoms
  r.energy, r.error = energy / p.atoms, deviation and deviation / p.atoms or 0.0
  return r
end

-- ---------------------------------------------------------------- results ----

-- Eq. 13: against crystals; and, where glasses of both end members are there, against these.
local function add_enthalpies(glasses, first, second)
  local ends = {}
  for _, g in ipairs(glasses) do ends[g.x] = g end
  for _, g in ipairs(glasses) do
    local x = g.x
    g.mixing = g.energy - x * first.energy - (1 - x) * second.energy
    g.mixing_error = math.sqrt(g.error ^ 2 + (x * first.error) ^ 2
      + ((1 - x) * second.error) ^ 2)
    if ends[0] and ends[1] then
      g.among_glasses = g.energy - x * ends[1].energy - (1 - x) * ends[0].energy
    end
  end
end

-- Whether the enthalpy rises as the first end member becomes rare, between the two ends of the
-- mixtures.
local function trend_of(glasses)
  local lean, rich
  for _, g in ipairs(glasses) do
    if g.x > 0 and g.x < 1 then lean, rich = lean or g, g end
  end
  if not lean or lean == rich then return nil end
  local d = lean.mixing - rich.mixing
  local e = CERTAIN * math.sqrt(lean.mixing_error ^ 2 + rich.mixing_error ^ 2)
  return { difference = d, rises = math.abs(d) <= e and "no" or d > 0 and "rises" or "falls",
           lean = lean.x, rich = rich.x }
end

local function add_values(out, r)
  for name, c in pairs{ first = r.first, second = r.second } do
    out:value(("energy of %s"):format(r.names[name]), c.energy, "eV/atom",
      { error = c.error, note = c.structure .. " crystal" })
  end
  for _, g in ipairs(r.glasses) do
    out:value("enthalpy of mixing, " .. g.composition, KJ_PER_MOL * g.mixing, "kJ/mol", {
      error = KJ_PER_MOL * g.mixing_error, note = g.crystalline > CRYSTAL and
        ("crystallized: %.0f %% of the atoms"):format(100 * g.crystalline) or nil })
  end
  for _, g in ipairs(r.glasses) do
    out:value("crystalline atoms, " .. g.composition, 100 * g.crystalline, "%")
    if g.shear then out:value("shear modulus at 0 K, " .. g.composition, g.shear, "GPa") end
  end
  local t = r.trend
  if t then
    out:value(("enthalpy of mixing as %s falls from %s to %s"):format(r.names.first,
      percent(t.rich), percent(t.lean)), t.rises == "no" and "no change beyond the error"
      or t.rises, nil, { paper = "rises as Co falls", source = SOURCE, note = OTHER })
  end
end

local COLUMNS <const> = { "x", "energy [eV/atom]", "mixing [eV/atom]", "mixing_error [eV/atom]",
                          "crystalline", "volume [A^3/atom]", "density [g/cm^3]" }
local MODULI <const> = { { "young", "Young's modulus" }, { "shear", "shear modulus" },
                         { "bulk", "bulk modulus" } }

-- One field of the glasses that have it, against x.
local function series(glasses, field, factor, label)
  local x, y = {}, {}
  for _, g in ipairs(glasses) do
    if g[field] then x[#x + 1], y[#y + 1] = 100 * g.x, (factor or 1) * g[field] end
  end
  return #x > 0 and { x = x, y = y, style = "linespoints", label = label } or nil
end

local function moduli_figure(page, r, xlabel)
  local plot = { xlabel = xlabel, ylabel = "modulus (GPa)" }
  for _, m in ipairs(MODULI) do plot[#plot + 1] = series(r.glasses, m[1], 1, m[2]) end
  if #plot == 0 then return end
  page:section "Elastic moduli"
  page:figure{ plot = plot, data = "moduli.csv", caption = "Elastic moduli of the inherent "
    .. "structures at 0 K, means over all directions." }
end

return vt.protocol{
  name = "mixing-enthalpy",
  summary = "Enthalpy of mixing, crystallinity and elastic moduli of glasses against composition.",
  terms = "enthalpy of mixing; heat of mixing; mixing enthalpy; segregation; composition; elastic "
    .. "moduli against composition; crystalline fraction",
  source = SOURCE .. ". Its equation 13: the energy of the glass less those of crystals of the end "
    .. "members, in their shares.",
  description = "For each share of the first end member a melt is quenched and relaxed; the means "
    .. "of the potential energy over the later half of the relaxation count, of the glasses and "
    .. "of crystals of the end members, held at the same temperature. Against crystals even an end "
    .. "member has an enthalpy, that of its glass; with shares 0 and 1 the report has the enthalpy "
    .. "against the glasses, too. Common neighbor analysis tells what crystallized, and elastic "
    .. "constants at 0 K the moduli. One sample of each composition; errors are of its mean.",
  times = "1,000 atoms by EAM on one core: about a minute for each composition.",
  params = {
    { "first", "Cu", kind = "composition", help = "end member whose share is given" },
    { "second", "Zr", kind = "composition", help = "the other end member" },
    { "shares", "0.1,0.25,0.4,0.5,0.6,0.75,0.9", kind = "numbers", min = 0, max = 1,
      rising = true, help = "of the first end member, 0 to 1" },
    { "first_crystal", "lowest", choices = { "lowest", "fcc", "hcp", "bcc" },
      help = "crystal of the first end member; lowest: that of the lowest energy" },
    { "second_crystal", "lowest", choices = { "lowest", "fcc", "hcp", "bcc" },
      help = "crystal of the second one" },
    kit.melt{ composition = false, atoms = 1000 }, kit.taper,
    kit.temperature("high", 2400, "of the melt"),
    kit.temperature("low", 300, "of glasses and crystals"),
    kit.rate("cooling_rate", 1e14, "of the quench"),
    kit.time("melt_time", 10, "equilibration of the melt"),
    kit.time("relax", 20, "at the lower temperature"),
    { "elastic", true, help = "elastic moduli of the inherent structures" },
    kit.dynamics{ temperature = false, timestep = 0.004, sample_every = 0.1 },
  },
  presets = {
    paper = { shares = "0.05,0.1,0.15,0.2,0.25,0.3,0.35,0.4", timestep = 0.002, melt_time = 50,
              relax = 2000, sample_every = 1 },
    laptop = { atoms = 1000 },
    test = { atoms = 60, shares = "0,0.5,1", melt_time = 0.3, relax = 0.4, cooling_rate = 2e15,
             sample_every = 0.02 },
  },
  files = { { "glass-SHARE.csv, crystal-first.csv, crystal-second.csv", "samples of the dynamics" },
            { "glass-SHARE.data", "inherent structures without stress" },
            { "mixing.csv", "energies and enthalpies" }, { "moduli.csv", "elastic moduli" } },
  example = "first=Cu second=Zr shares=0,0.2,0.4,0.6,0.8,1 potential=ZrCuAl2011.eam.alloy",

  check = function(p)
    if p.low >= p.high then kit.fail("low (%g K) must be below high (%g K)", p.low, p.high) end
    if text_of(p.first) == text_of(p.second) then
      kit.fail("first and second are both %s: one composition, with which nothing mixes",
        text_of(p.first))
    end
    local mixed = false
    for _, x in ipairs(p.shares) do mixed = mixed or x > 0 and x < 1 end
    if not mixed then
      kit.fail "shares names end members alone; a mixture takes a share between 0 and 1"
    end
    for _, name in ipairs{ "first", "second" } do -- elements that the potential lacks
      vt.atoms.fcc{ composition = p[name], a = 4, cells = 3 }.potential = kit.potential(p)
    end
  end,

  plan = function(p)
    local n = #p.shares
    return { { "melting", n * p.melt_time },
             { "quenching", n * (p.high - p.low) / (p.cooling_rate * 1e-12) },
             { "relaxing", (n + 2) * p.relax } }
  end,

  run = function(p, out)
    local r = { first = reference_of(p, out, "first"), second = reference_of(p, out, "second"),
                names = { first = text_of(p.first), second = text_of(p.second) }, glasses = {} }
    for k, x in ipairs(p.shares) do r.glasses[k] = glass_of(p, out, x) end
    add_enthalpies(r.glasses, r.first, r.second)
    r.trend = trend_of(r.glasses)
    out:table("mixing.csv", kit.columns(r.glasses, COLUMNS))
    if p.elastic then
      local c = { x = {} }
      for _, name in ipairs{ "young", "shear", "bulk", "poisson" } do
        c[name] = {}
        for k, g in ipairs(r.glasses) do c.x[k], c[name][k] = g.x, g[name] or 0 / 0 end
      end
      out:table("moduli.csv", { { "x [-]", c.x }, { "young [GPa]", c.young },
        { "shear [GPa]", c.shear }, { "bulk [GPa]", c.bulk }, { "poisson [-]", c.poisson } })
    end
    add_values(out, r)
    return r
  end,

  report = function(page, r, p, out)
    local xlabel = ("share of %s (%%)"):format(r.names.first)
    page:section "Enthalpy of mixing"
    local plot = { xlabel = xlabel, ylabel = "enthalpy of mixing (kJ/mol)" }
    plot[1] = series(r.glasses, "mixing", KJ_PER_MOL, "against crystals")
    plot[2] = series(r.glasses, "among_glasses", KJ_PER_MOL, "against glasses")
    page:figure{ plot = plot, data = "mixing.csv", caption = ("Enthalpy of mixing of glasses of "
      .. "%s and %s at %g K, against %s and %s crystals. In the article it rises as Co falls (%s).")
      :format(r.names.first, r.names.second, p.low, r.first.structure, r.second.structure, OTHER) }
    page:section "Structure"
    local around = { xlabel = xlabel, ylabel = "atoms (%)" }
    around[1] = series(r.glasses, "crystalline", 100, "crystalline")
    for _, g in ipairs(r.glasses) do g.icosahedral = g.fractions.icosahedral end
    around[2] = series(r.glasses, "icosahedral", 100, "icosahedral")
    page:figure{ plot = around, data = "mixing.csv", caption = "Atoms in crystals and in "
      .. "icosahedra, by common neighbor analysis of the inherent structures." }
    kit.table(page, r.glasses, { { "glass", "composition" }, { "energy (eV/atom)", "energy" },
      { "mixing (kJ/mol)", "mixing", KJ_PER_MOL, error = "mixing_error" },
      { "crystalline (%)", "crystalline", 100 }, { "volume (Å³/atom)", "volume" },
      { "density (g/cm³)", "density" }, { "G (GPa)", "shear" }, { "ν", "poisson" } },
      ("%d atoms each; forces by %s."):format(p.atoms, p.potential))
    local middle = r.glasses[(#r.glasses + 1) // 2]
    kit.view_figure(page, out, middle.file, { color = { five_fold = "five_fold",
      coordination = "coordination" }, caption = ("The inherent structure of %s, colored by local "
        .. "symmetry."):format(middle.composition) })
    moduli_figure(page, r, xlabel)
  end,
}
