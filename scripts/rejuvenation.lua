-- The whole of Li et al.: as-cast glasses of several seeds, three ways of treating them at the
-- paper's temperatures, stresses and cycle numbers, and one measuring function for all, treated
-- glasses and controls of equal age alike.
--
-- Every step is a run of the protocol of that name in a folder below, which can be looked at, and
-- resumed, by itself.

local vt = require "vitrum"
local kit = vt.protocol.kit

local SCRIPTS <const> = debug.getinfo(1, "S").source:match "^@(.*/)" or "./"
local SOURCE <const> = "Li et al."
local ROOM <const>, MELTING <const> = 300, 1200 -- [K], as in thermal-pressure.lua

-- What is compared: title, field of what measure-glass returns, unit, factor, the paper's name.
local MEASURES <const> = {
  { "energy at room temperature", "warm", "meV/atom", 1000, "energy" },
  { "energy of inherent structures", "energy", "meV/atom", 1000, "energy" },
  { "Young's modulus", "young", "GPa", 1, "young" },
  { "shear modulus", "shear", "GPa", 1, "shear" },
  { "Young's modulus at 0 K", "young_0K", "GPa", 1 },
  { "shear modulus at 0 K", "shear_0K", "GPa", 1 },
  { "yield stress", "yield_stress", "GPa", 1, "yield" },
  { "softening", "softening", "GPa", 1, "softening" },
  { "solid-like atoms", "solid_like", "%", 100 }, { "transition atoms", "transition", "%", 100 },
  { "liquid-like atoms", "liquid_like", "%", 100 }, { "full icosahedra", "icosahedra", "%", 100 },
  { "full icosahedra around Cu", "copper_icosahedra", "%", 100 },
  { "mean icosahedral cluster", "cluster_average", "atoms", 1 },
  { "largest icosahedral cluster", "cluster_largest", "atoms", 1 },
  { "free volume", "free_volume", "%", 100 }, { "S-atoms", "s_atoms", "%", 100 },
}
local FROM_TENSION <const> = { young = true, shear = true, yield_stress = true, softening = true }

-- Figures of each family of treatments.
local FIGURES <const> = {
  { "change of energy (meV/atom)", { "warm", "energy" }, true },
  { "modulus (GPa)", { "young", "shear" } }, { "stress (GPa)", { "yield_stress", "softening" } },
  { "share of atoms (%)", { "solid_like", "transition", "liquid_like", "copper_icosahedra" } },
  { "cluster (atoms)", { "cluster_average", "cluster_largest" } },
  { "free volume (%)", { "free_volume" } }, { "S-atoms (%)", { "s_atoms" } },
}
local FAMILIES <const> = {
  { "thermal-pressure", "annealing temperature (K)", "Thermal pressure: Figs. 2(a), 3 to 6" },
  { "biaxial", "stress (GPa)", "Biaxial tension: Figs. 2(b), 7 to 12" },
  { "cryogenic-cycling", "cycles", "Cryogenic cycling: Figs. 2(c), 14 to 17" },
}

-- What the paper prints. Its Table 1 lacks a column in the copy at hand: two of three temperatures
-- have 2.90 / 1.13 and 2.73 / 1.09, and which is not said. E and G as cast follow from the drops.
local HALF <const> = "2.90 and 2.73 (one of three is missing)"
local SOFTER <const> = "1.13 and 1.09 (one of three is missing)"
local PAPER <const> = {
  ["as-cast"] = { young = "82.9 to 83.7", shear = "30.0 to 30.3", yield = 2.90, softening = 1.28 },
  ["thermal-pressure-800"] = { energy = "below zero", young = 82.05, shear = 29.56, yield = HALF,
                               softening = SOFTER },
  ["thermal-pressure-900"] = { energy = "above zero", young = 79.47, shear = 28.53, yield = HALF,
                               softening = SOFTER },
  ["thermal-pressure-1000"] = { energy = "+10", young = 73.16, shear = 26.20, yield = HALF,
                                softening = SOFTER },
  ["biaxial-2.3"] = { energy = "below zero", young = 82.64, shear = 29.76, yield = 2.88,
                      softening = 1.26 },
  ["biaxial-2.4"] = { energy = "above zero", young = 82.09, shear = 29.5, yield = 2.87,
                      softening = 1.14 },
  ["biaxial-2.5"] = { energy = "above zero", young = 81.93, shear = 29.49, yield = 2.82,
                      softening = 1.11 },
  ["biaxial-2.6"] = { energy = "+2.1", young = 81.12, shear = 29.15, yield = 2.80,
                      softening = 1.05 },
  ["cryogenic-cycling-15"] = { energy = "above zero", young = 81.73, shear = 29.45, yield = 2.91,
                               softening = 1.22 },
  ["cryogenic-cycling-20"] = { energy = "+1.2", young = 80.12, shear = 28.36, yield = 2.66,
                               softening = 1.06 },
  ["cryogenic-cycling-25"] = { energy = "+1.2", young = 79.46, shear = 27.92, yield = 2.66,
                               softening = 1.04 },
  ["cryogenic-cycling-30"] = { energy = "+1.2", young = 80.11, shear = 28.22, yield = 2.65,
                               softening = 1.08 },
  ["cryogenic-cycling-35"] = { energy = "+1.2", young = 80.28, shear = 28.39, yield = 2.66,
                               softening = 1.11 },
}

local function script(name) return dofile(SCRIPTS .. name .. ".lua") end

-- ---------------------------------------------------------------- the members ----

-- The preset of every step, and what replaces it.
local function common(p, more)
  local given = { preset = p.size, potential = p.potential, species = p.species
                  and table.concat(p.species, ",") or nil, timestep = p.timestep }
  for key, value in pairs(more) do given[key] = value end
  return given
end

local function with(given, more)
  local all = {}
  for _, list in ipairs { given, more } do
    for key, value in pairs(list) do all[key] = value end
  end
  return all
end

local function cast(case, seed, folder)
  kit.perform(script "as-cast", with(case.given, { seed = seed, out = folder .. "/run" }))
  return { done = 1 }
end

local function treat(case, seed, folder)
  local r = kit.perform(script(case.protocol), with(case.given, {
    seed = seed, out = folder .. "/run", glass = case.glasses[seed - case.first + 1] }))
  return { flows = r.flows and 1 or 0 }
end

-- The numbers of one glass, and a curve of few points for the figures.
local function numbers_of(r)
  local list = {}
  for _, m in ipairs(MEASURES) do list[m[2]] = (FROM_TENSION[m[2]] and r.tension or r)[m[2]] end
  local curve, strain, stress = r.tension.curve, {}, {}
  local step = math.max(1, #curve.strain // 100)
  for k = 1, #curve.strain - step, step do
    strain[#strain + 1] = curve.strain:slice({ k, k + step - 1 }):mean()
    stress[#stress + 1] = curve.stress:slice({ k, k + step - 1 }):mean()
  end
  return list, { strain = strain, stress = stress }
end

-- One measuring function: for glasses as cast, treated ones and controls.
local function measure(case, seed, folder)
  local before = case.glasses[seed - case.first + 1]
  local source = case.source and ("%s-seed%d/run/"):format(case.source, seed)
  if source and require("vitrum.system").kind(source .. "flowing.data") then
    return { flows = 1 }
  end
  local function of(glass, name)
    return numbers_of(kit.perform(script "measure-glass", with(case.given, {
      seed = seed, glass = glass, before = before, out = folder .. "/" .. name })))
  end
  local result = { flows = 0 }
  result.treated, result.curve = of(source and source .. case.treated or before, "treated")
  if source then result.control = of(source .. case.control, "control") end
  return result
end

-- ---------------------------------------------------------------- the cases ----

-- The treatments: name, protocol, parameters, x, and of which run the glasses are.
local function treatments(p)
  local list, wanted = {}, {}
  for _, name in ipairs(p.treatments) do wanted[name] = true end
  local function add(protocol, x, label, given, run, files)
    if not wanted[protocol] then return end
    local name = ("%s-%g"):format(protocol, x)
    list[#list + 1] = { name = name, protocol = protocol, x = x, label = label:format(x),
                        given = given, run = run or name, treated = files and files[1]:format(x)
                        or "treated.data", control = files and files[2]:format(x)
                        or "control.data" }
  end
  for _, x in ipairs(p.anneal) do
    add("thermal-pressure", x, "3 GPa, %g K", { anneal = x })
  end
  for _, x in ipairs(p.stress) do add("biaxial", x, "biaxial, %g GPa", { stress = x }) end
  local cycles = table.concat(p.cycles, ",")
  for _, x in ipairs(p.cycles) do
    add("cryogenic-cycling", x, "%g cycles", { cycles = math.tointeger(p.cycles[#p.cycles]),
        save = cycles, measure_every = math.tointeger(p.cycles[#p.cycles]) },
        "cryogenic-cycling", { "cycled-%g.data", "control-%g.data" })
  end
  return list
end

-- The as-cast glasses, one for each seed.
local function glasses_of(p, out)
  if p.glasses then return p.glasses end
  kit.study(p, out, { name = "as-cast", run = cast, cases = { { name = "as-cast",
    given = common(p, { atoms = p.atoms }) } } })
  local list = {}
  for k = 1, p.seeds do
    list[k] = ("%s/as-cast-seed%d/run/glass.data"):format(out:path "as-cast", p.seed + k - 1)
  end
  return list
end

local function treated(p, out, glasses)
  local cases, seen = {}, {}
  for _, t in ipairs(treatments(p)) do
    if not seen[t.run] then
      seen[t.run] = true
      cases[#cases + 1] = { name = t.run, protocol = t.protocol, glasses = glasses, first = p.seed,
                            given = common(p, t.given) }
    end
  end
  kit.study(p, out, { name = "treated", run = treat, cases = cases })
end

local function measured(p, out, glasses)
  local given = common(p, { face_threshold = p.face_threshold, edge_threshold = p.edge_threshold,
                            strain_rate = p.strain_rate })
  local cases = { { name = "as-cast", glasses = glasses, first = p.seed, given = given } }
  for _, t in ipairs(treatments(p)) do
    cases[#cases + 1] = { name = t.name, glasses = glasses, first = p.seed, given = given,
                          source = ("%s/%s"):format(out:path "treated", t.run),
                          treated = t.treated, control = t.control }
  end
  return kit.study(p, out, { name = "measured", run = measure, cases = cases })
end

-- ---------------------------------------------------------------- the numbers ----

-- Means over the samples that did not flow, and changes beside the controls.
local function summary(p, found)
  local list, known = {}, { ["as-cast"] = { label = "as cast" } }
  for _, t in ipairs(treatments(p)) do known[t.name] = t end
  for k, case in ipairs(found.cases) do
    local t = known[case.name]
    local one = { name = case.name, label = t.label, group = t.protocol, x = t.x, samples = 0,
                  flows = 0, values = kit.compared(MEASURES, case.results) }
    for _, r in ipairs(case.results) do
      one.flows, one.samples = one.flows + r.flows, one.samples + 1 - r.flows
      one.curve = one.curve or r.curve
    end
    list[k] = one
  end
  return list
end

local function add_values(out, cases)
  for _, one in ipairs(cases) do
    local paper = PAPER[one.name] or {}
    for k, m in ipairs(MEASURES) do
      local v, title = one.values[m[2]], ("%s, %s"):format(m[1], one.label)
      local more = { paper = m[5] and paper[m[5]], source = m[5] and paper[m[5]] and SOURCE or nil }
      if k <= 2 and v and v.change then
        local resolved = v.change.resolved
        more.error = resolved and m[4] * v.change.error or nil
        out:value("change of " .. title, resolved and m[4] * v.change.mean
          or kit.change_text(v.change, m[4]), m[3], more)
      elseif m[5] and k > 2 and v then
        more.error = v.error and m[4] * v.error
        out:value(title, m[4] * v.mean, m[3], more)
      end
    end
    if one.flows > 0 then
      out:value("flow, " .. one.label, ("%d of %d samples flow under the load"):format(one.flows,
        one.flows + one.samples))
    end
  end
end

-- ---------------------------------------------------------------- the report ----

local function has(cases, family)
  for _, one in ipairs(cases) do
    if one.group == family[1] then return true end
  end
  return false
end

local function curves_of(page, cases, family)
  local plot = { xlabel = "strain", ylabel = "stress (GPa)" }
  for _, one in ipairs(cases) do
    if one.curve and (one.name == "as-cast" or one.group == family[1]) then
      plot[#plot + 1] = { x = one.curve.strain, y = one.curve.stress, label = one.label }
    end
  end
  page:figure{ plot = plot, caption = "Tension of the first sample of each." }
end

return vt.protocol{
  name = "rejuvenation",
  summary = "Treat glasses in three ways and compare what it does to them.",
  terms = "rejuvenation; aging; thermal pressure; biaxial loading; cryogenic thermal cycling; "
    .. "softening; ductility",
  source = "Li, Yu, Branicio, Sha: Effects of rejuvenation modes on the microstructures and "
    .. "mechanical properties of metallic glasses.",
  description = "Runs as-cast, thermal-pressure, biaxial, cryogenic-cycling and measure-glass, "
    .. "with their preset of the same name, side by side. A change is resolved where chance alone "
    .. "would make it so large in less than 5 % of cases; so, of twenty that are none, one is.",
  times = "laptop: several days of two cores; it may be stopped and goes on.",
  params = {
    { "size", "laptop", choices = { "paper", "laptop", "test" }, help = "preset of all steps" },
    kit.cases("treatments", { "thermal-pressure", "biaxial", "cryogenic-cycling" }, "to compare"),
    { "glasses", kind = "words", optional = true, repeated = false,
      help = "files of as-cast glasses, one for each seed, instead of making them" },
    kit.glass{ glass = false, potential = false },
    { "potential", kind = "string", optional = true, help = "setfl file; by the preset" },
    { "atoms", kind = "integer", optional = true, min = 20,
      help = "of the glasses; by the preset" },
    { "anneal", "800,900,1000", kind = "numbers", unit = "K", above = 0, rising = true,
      help = "temperatures of thermal pressure" },
    { "stress", "2.3,2.4,2.5,2.6", kind = "numbers", unit = "GPa", above = 0, rising = true,
      help = "of biaxial tension" },
    { "cycles", "15,20,25,30,35", kind = "numbers", above = 0, rising = true,
      help = "numbers of cryogenic cycles" },
    { "face_threshold", 0.01, min = 0, max = 0.5, help = "smaller faces of cells do not count" },
    { "edge_threshold", 0.1, unit = "A", min = 0, max = 2, help = "nor shorter edges" },
    { "strain_rate", kind = "number", unit = "1/s", range = "strain rate", above = 0,
      optional = true, help = "of the tension; by the preset" },
    { "timestep", kind = "number", unit = "ps", range = "timestep", above = 0, max = 0.01,
      optional = true, help = "of the dynamics; by the preset" },
    { "seeds", 3, min = 1, max = 100, help = "samples; fewer than two resolve nothing" },
    { "seed", 1, min = 0, help = "of the first sample" },
    { "at_once", kind = "integer", optional = true, min = 1,
      help = "how many of the runs go side by side; default: one for each thread" },
  },
  presets = {
    paper = { size = "paper" }, laptop = { size = "laptop" },
    test = { size = "test", atoms = 400, anneal = "1000", stress = "2", cycles = "1", seeds = 2 },
  },
  files = { { "rejuvenation.csv", "means, changes and errors of all samples" },
            { "as-cast, treated, measured", "folders of the runs" } },
  example = "size=laptop seeds=3",

  check = function(p)
    if p.glasses and #p.glasses ~= p.seeds then
      kit.fail("glasses has %d file%s, and seeds is %d; give one file for each seed", #p.glasses,
               #p.glasses == 1 and "" or "s", p.seeds)
    end
    for _, name in ipairs(p.glasses or {}) do
      if require("vitrum.system").kind(name) ~= "file" then
        kit.fail("glasses: there is no file %s", name)
      end
    end
    for _, temperature in ipairs(p.anneal) do -- before hours of other work
      if temperature <= ROOM or temperature >= MELTING then
        kit.fail("anneal has %g K; thermal pressure takes temperatures above %g and below %g K",
                 temperature, ROOM, MELTING)
      end
    end
    for _, k in ipairs(p.cycles) do
      if not math.tointeger(k) then kit.fail("cycles must be whole numbers, not %g", k) end
    end
  end,

  run = function(p, out)
    local glasses = glasses_of(p, out)
    treated(p, out, glasses)
    local cases = summary(p, measured(p, out, glasses))
    kit.comparison_record(out, "rejuvenation.csv", MEASURES, cases)
    add_values(out, cases)
    return { cases = cases }
  end,

  report = function(page, r)
    page:section "All samples"
    for k, m in ipairs(MEASURES) do
      kit.comparison_table(page, m, r.cases, k <= 2 and "change, paper" or "paper",
                           function(one) return (PAPER[one.name] or {})[m[5] or ""] end)
    end
    for _, family in ipairs(FAMILIES) do
      if not has(r.cases, family) then goto continue end
      page:section(family[3])
      curves_of(page, r.cases, family)
      for _, figure in ipairs(FIGURES) do
        kit.comparison_figure(page, MEASURES, r.cases, { group = family[1], xlabel = family[2],
          ylabel = figure[1], fields = figure[2], changes = figure[3] or false })
      end
      ::continue::
    end
  end,
}
