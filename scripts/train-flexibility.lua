-- Train models of structural flexibility: glasses of several compositions and cooling rates are
-- made, or read, how far their atoms swing is measured, and a regression learns it from where the
-- neighbors of the atoms are.

local vt = require "vitrum"
local kit = vt.protocol.kit
local system = require "vitrum.system"

local PAPER <const> = { Cu = 0.84, Zr = 0.82 } -- Fan, Ding and Ma, test set

-- One glass each: of a file, or of a composition and a rate.
local function cases_of(p)
  local list = {}
  if p.glasses then
    for k, file in ipairs(p.glasses) do
      list[k] = { name = ("%d-%s"):format(k, kit.label(file)), file = file }
    end
    return list
  end
  for _, composition in ipairs(p.compositions) do
    for _, rate in ipairs(p.rates) do
      local text = ("%g"):format(rate):gsub("e%+?", "e")
      list[#list + 1] = { name = composition .. "-" .. text, composition = composition,
                          rate = rate }
    end
  end
  return list
end

local function quenched(p, out, case, number)
  local own = setmetatable({ composition = case.composition, seed = p.seed + number },
                           { __index = p })
  local md = out:md(own, { name = case.name, ensemble = "npt", temperature = p.high,
                           start = function() return kit.packing(own, p.high) end })
  md:run("melting " .. case.name, kit.hold(p.high, p.melt_time))
  md:run("quenching " .. case.name, kit.ramp(p.high, p.low, case.rate))
  md:run("relaxing " .. case.name, kit.hold(p.low, p.relax_time))
  return md.atoms
end

-- The inherent structure without stress, in a file of its own.
local function inherent_of(p, out, case, number)
  local file = case.name .. ".data"
  if not out:done("inherent " .. case.name) then
    local warm = case.file and kit.read(p, case.file) or quenched(p, out, case, number)
    out:stage("inherent " .. case.name, function()
      local glass = kit.inherent(warm, { fmax = p.fmax, pressure = 0 })
      out:save(glass, file)
    end)
  end
  return kit.read(p, out:path(file))
end

-- Vibrations go on from their checkpoint when the protocol does.
local function vibrations_of(p, out, case, glass)
  local name = "vibrations " .. case.name
  return out:stage(name, function()
    local checkpoint = out:path(name:gsub("[^%w_.-]", "-") .. ".checkpoint")
    local v
    if system.kind(checkpoint) == "file" then
      v = vt.vibrations_resume(checkpoint, { overwrite = true })
    else
      v = vt.vibrations(glass, { temperature = p.temperature, runs = p.runs, time = p.time,
        settle = p.settle, timestep = p.timestep, seed = p.seed, checkpoint = checkpoint,
        overwrite = true })
    end
    os.remove(checkpoint)
    local hops = 0
    for _, hop in ipairs(v.hops) do hops = hops + #hop.atoms end
    return { v_flex = v.v_flex, reliability = v.reliability, mean = v.mean_v_flex,
             plateau = v.plateau, hops = hops }
  end)
end

local function taught(p, out, case, number)
  local glass = inherent_of(p, out, case, number)
  local v = vibrations_of(p, out, case, glass)
  return { name = case.name, atoms = glass, v_flex = v.v_flex, cooling_rate = case.rate,
           runs = p.runs, time = p.time, temperature = p.temperature, reliability = v.reliability,
           mean = v.mean, plateau = v.plateau, hops = v.hops }
end

local function symbols_of(models)
  local list = {}
  for symbol in pairs(models) do list[#list + 1] = symbol end
  table.sort(list)
  return list
end

-- What the report and the results need of a glass.
local function row_of(glass, f)
  local means = f:means(glass.atoms)
  return { name = glass.name, atoms = #glass.atoms, mean = glass.mean, plateau = glass.plateau,
           hops = glass.hops, reliability = glass.reliability.Cu or 0, SF = means.all }
end

return vt.protocol{
  name = "train-flexibility",
  summary = "Train models that tell the flexibility of atoms from their surroundings.",
  terms = "training; learning flexibility",
  source = "Fan, Ding, Ma: Machine learning bridges local static structure with multiple "
    .. "properties in metallic glasses, Mater. Today 40, 48 (2020).",
  description = "Each glass is cooled at its rate, minimized at zero pressure and shaken at 50 K, "
    .. "many times from the same minimum. For each species a regression learns ln v_flex from the "
    .. "radial structure functions; it is judged by the glasses left out of the training, and by "
    .. "one never seen where `test` names it. flexibility.json serves vt.learn.model.",
  times = "4,000 atoms on two cores: 5 min for a glass at 1e13 K/s with 30 runs, 15 min at 1e12.",
  params = {
    { "compositions", "Cu30Zr70,Cu40Zr60,Cu50Zr50,Cu60Zr40,Cu70Zr30", kind = "words",
      help = "of the glasses" },
    { "rates", "1e13,1e12", kind = "numbers", unit = "K/s", above = 0,
      help = "of cooling, each with each composition" },
    { "glasses", kind = "words", optional = true,
      help = "files of glasses in place of those that would be made" },
    { "test", file = true, optional = true, help = "a glass never seen, to judge the models by" },
    { "species", kind = "words", optional = true,
      help = "elements of types 1, 2, ... (Cu,Zr) when files do not name them" },
    kit.melt{ composition = false }, kit.taper,
    kit.temperature("high", 2000, "temperature of the melt"),
    kit.temperature("low", 50, "temperature at the end of cooling"),
    kit.time("melt_time", 10, "equilibration of the melt"),
    kit.time("relax_time", 10, "at the lower temperature after cooling"),
    { "fmax", 1e-4, unit = "eV/A", above = 0, max = 0.01, help = "goal of the minimizations" },
    { "runs", 30, min = 2, max = 100000, help = "of vibrations, each with new velocities" },
    kit.time("time", 10, "of each run"), kit.time("settle", 2, "of each run before that"),
    { "C", "0.001,0.01,0.1,1", kind = "numbers", above = 0,
      help = "of the regression; the cross-validation chooses" },
    { "epsilon", 0.05, min = 0, max = 10, help = "deviations of ln v_flex that cost nothing" },
    kit.dynamics{ temperature = { 50, help = "of the vibrations" }, pressure = false,
                  precision = false,
                  timestep = { 0.004, help = "of the dynamics; 0.002 if lighter than Cu" } },
  },
  presets = {
    paper = { compositions = "Cu30Zr70,Cu35Zr65,Cu40Zr60,Cu45Zr55,Cu50Zr50,Cu55Zr45,Cu60Zr40,"
                .. "Cu65Zr35,Cu70Zr30", rates = "1e10", atoms = 500000, runs = 100, high = 2500,
              potential = "ZrCuAl2011.eam.alloy", taper = 0.3, timestep = 0.002, C = "10" },
    laptop = { potential = "Cu-Zr_2.eam.fs" },
    test = { compositions = "Cu40Zr60,Cu60Zr40", rates = "5e14", atoms = 300, melt_time = 0.5,
             relax_time = 0.2, runs = 2, time = 0.8, settle = 0.2, sample_every = 0.1 },
  },
  files = { { "*.data", "the glasses, inherent structures without stress" },
            { "flexibility.json", "the models with their record" } },
  example = "preset=laptop out=training",

  check = function(p)
    if not p.glasses and p.low >= p.high then
      kit.fail("low (%g K) must be below high (%g K)", p.low, p.high)
    end
    for _, file in ipairs(p.glasses or {}) do
      if system.kind(file) ~= "file" then kit.fail("glasses: there is no file %s", file) end
    end
  end,

  plan = function(p)
    local plan = {}
    for _, case in ipairs(cases_of(p)) do
      if case.rate then
        plan[#plan + 1] = { "glass " .. case.name, p.melt_time + p.relax_time
          + (p.high - p.low) / (case.rate * 1e-12) }
      end
    end
    return plan
  end,

  run = function(p, out)
    local glasses = {}
    for k, case in ipairs(cases_of(p)) do glasses[k] = taught(p, out, case, k) end
    local f = vt.learn.flexibility(glasses, { C = p.C, epsilon = p.epsilon, seed = p.seed })
    local r = out:stage("learning", function()
      f:save(out:path "flexibility.json", { overwrite = true })
      local set, rows, scores = f.sets[1], {}, {}
      for k, glass in ipairs(glasses) do rows[k] = row_of(glass, f) end
      for symbol, score in pairs(set.scores) do
        scores[symbol] = { training = score.training, unseen = score.unseen, by = score.by,
                           samples = set.models[symbol].samples, C = set.models[symbol].C }
      end
      return { rows = rows, scores = scores }
    end)
    for _, symbol in ipairs(symbols_of(r.scores)) do
      local score = r.scores[symbol]
      out:value("Pearson of " .. symbol .. ", " .. (score.by == "glass" and "glasses left out"
        or "atoms left out of the one glass"), score.unseen, nil, { paper = PAPER[symbol],
        source = "test set of Fan et al., atoms left out", note = ("C %g, %d samples"):format(
        score.C, score.samples) })
      out:value("Pearson of " .. symbol .. ", training set", score.training)
    end
    if p.test then
      local test = taught(p, out, { name = "test", file = p.test }, 0)
      r.test = out:stage("judging", function()
        local sf, scores = f:predict(test.atoms), {}
        for symbol, score in pairs(f:score(test)) do scores[symbol] = score.pearson end
        return { sf = sf, v_flex = test.v_flex, scores = scores, mask = test.atoms:types() }
      end)
      for _, symbol in ipairs(symbols_of(r.test.scores)) do
        out:value("Pearson of " .. symbol .. ", a glass never seen", r.test.scores[symbol], nil,
          { paper = PAPER[symbol], source = "Fan et al., 1e10 K/s" })
      end
    end
    return r
  end,

  report = function(page, r)
    page:section "The glasses that taught"
    kit.table(page, r.rows, { { "glass", "name" }, { "atoms", "atoms" },
      { "mean v_flex (Å³)", "mean" }, { "mean SF", "SF" }, { "plateau", "plateau" },
      { "hops", "hops" } })
    if r.test then
      page:section "A glass never seen"
      page:figure{ plot = { { x = r.test.sf, y = r.test.v_flex:log(), style = "points" },
                            xlabel = "SF", ylabel = "ln v_flex (Å³)" },
                   caption = "Each atom of the test glass." }
    end
  end,
}
