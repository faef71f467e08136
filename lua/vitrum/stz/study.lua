-- Parametric studies on the STZ lattice: cases x seeds, each pulled to a plastic strain, and a
-- report with the curves, the strain maps and the measures of strength and ductility beside what
-- Wang et al. (2024) say. The scripts stz-*.lua differ only in their cases.

local json = require "vitrum.base.json"
local system = require "vitrum.system"
local vt = require "vitrum"

local study = {}

local STRAIN_MAX <const> = 0.5 -- a lattice that has not flowed by then never will
local CURVE <const> = 160 -- points of a stored curve
local DENSITY_MAX <const> = 1.0 -- von Mises strain

---@class vitrum.StzCase
---@field name string "2.0 eV"
---@field file string name for files, without spaces
---@field options table of vt.stz.lattice
---@field strain_rate number? [1/s]
---@field x number place on the axis of the figures

---Parameters that every study has; `more` are added to them.
---@param more table<string, table>?
---@return table<string, table>
function study.params(more)
  local params = {
    n = { 128, min = 16, max = 4096,
          help = "sites along a side, a multiple of 8 (512 in the paper)" },
    seeds = { 5, min = 1, help = "lattices for each case, for the error bars" },
    seed = { 1, min = 0, help = "of the first lattice" },
    plastic = { 0.02, above = 0, max = 0.2,
                help = "plastic strain at which ductility is measured" },
    strain_rate = { 1e-4, unit = "1/s", above = 0, help = "of the tension" },
    width = { 0.25, unit = "eV", range = "energy", min = 0,
              help = "standard deviation of the barriers; not in the "
      .. "paper" },
    volume = { 0.343, unit = "nm^3", range = "volume", above = 0,
               help = "of a zone; not in the paper" },
    attempt_frequency = { 1e13, unit = "1/s", range = "frequency", above = 0,
                          help = "nu0; not in the paper" },
    temperature = { 300, unit = "K", range = "temperature", above = 0 },
    slack = { 4, kind = "number", above = 0, max = 100, help = "of the fast engine" },
    share = { kind = "string", optional = true,
              help = "folder where finished lattices are kept for other studies of the same" },
  }
  for name, spec in pairs(more or {}) do params[name] = spec end
  return params
end

study.ORDER = { "n", "seeds", "seed", "plastic", "strain_rate", "width", "volume",
                "attempt_frequency", "temperature", "slack", "share" }

-- ---------------------------------------------------------------- one lattice ----

local function options_of(p, case, k)
  local o = { n = p.n, seed = p.seed + k - 1, volume = p.volume, temperature = p.temperature,
              attempt_frequency = p.attempt_frequency, slack = p.slack }
  for key, value in pairs(case.options) do
    if key ~= "barrier" then o[key] = value end
  end
  o.barrier = { mean = 2.0, width = p.width }
  for key, value in pairs(case.options.barrier or {}) do o.barrier[key] = value end
  return o
end

-- Every so many rows, the last one always.
local function thinned(values, count)
  local list, step = {}, math.max(1, math.ceil(#values / count))
  for k = 1, #values, step do list[#list + 1] = values[k] end
  if (#values - 1) % step ~= 0 then list[#list + 1] = values[#values] end
  return list
end

local function measure(p, out, lattice, case, k)
  local samples, result = lattice:samples(), lattice:measures()
  result.strain, result.stress = thinned(samples.strain, CURVE), thinned(samples.stress, CURVE)
  result.density = lattice:density{ bins = 50, max = DENSITY_MAX }.density:totable()
  result.events = lattice:state().transformations
  if k == 1 then
    result.map = vt.plot.svg{ heatmap = lattice:field "von_mises", zrange = { 0, 0.5 },
                              xlabel = "x (sites)", ylabel = "y (sites)",
                              zlabel = "von Mises strain", equal = true, palette = "magma",
                              width = 460, height = 380 }
  end
  if result.plastic < p.plastic then
    out:say("%s, seed %d: only %.4g plastic strain at %g strain", case.name, p.seed + k - 1,
            result.plastic, STRAIN_MAX)
  end
  return result
end

local function pull(p, out, case, k, before)
  local checkpoint = out:path(("%s-%d.checkpoint"):format(case.file, k))
  local what = ("%s, lattice %d"):format(case.name, k)
  local function sample(state)
    out:progress(before + math.min(state.plastic / p.plastic, 1), what)
  end
  local lattice
  -- A checkpoint of the first instant may be all that a killed run left.
  local ok, found = pcall(vt.stz.restore, checkpoint)
  if ok and system.kind(checkpoint) == "file" and found.strain_rate then
    lattice = found:resume{ sample = sample, checkpoint = checkpoint, overwrite = true }
  else
    lattice = vt.stz.lattice(options_of(p, case, k)):tension{
      strain_rate = case.strain_rate or p.strain_rate, plastic = p.plastic, strain = STRAIN_MAX,
      every = 5e-4, checkpoint = checkpoint, overwrite = true, sample = sample,
    }
  end
  local result = measure(p, out, lattice, case, k)
  lattice:close()
  os.remove(checkpoint)
  return result
end

-- The file of a finished lattice in the shared folder: named after all that it depends on.
local function shared_file(p, case, k)
  local o = options_of(p, case, k)
  local parts = { "first", tostring(k == 1), "plastic", ("%.10g"):format(p.plastic), "rate",
                  ("%.10g"):format(case.strain_rate or p.strain_rate) }
  for _, name in ipairs { "n", "seed", "volume", "temperature", "attempt_frequency", "slack" } do
    parts[#parts + 1], parts[#parts + 2] = name, ("%.10g"):format(o[name])
  end
  for _, group in ipairs { "barrier", "softening" } do
    local names = {}
    for name in pairs(o[group] or {}) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
      parts[#parts + 1], parts[#parts + 2] = name, ("%.10g"):format(o[group][name])
    end
  end
  return ("%s/%s.json"):format(p.share, table.concat(parts, "_"))
end

local function write(path, text)
  local ok, message = system.write(path, text)
  if not ok then error(message, 0) end
end

-- A lattice that another study has pulled, or pull it.
local function obtain(p, out, case, k, before)
  local result
  local path = p.share and shared_file(p, case, k)
  local file = path and io.open(path, "r")
  if file then
    result = json.decode(file:read "a", path)
    file:close()
    out:say("%s, lattice %d: taken from %s", case.name, k, path)
  else
    result = pull(p, out, case, k, before)
    if path then
      local made, message = system.make_folder(p.share)
      if not made then error(message, 0) end
      write(path, json.encode(result, "the result of a lattice"))
    end
  end
  if result.map then
    -- The page has its own background, a file by itself needs one.
    write(out:path(("map-%s.svg"):format(case.file)),
          (result.map:gsub(">", '>\n<rect width="100%%" height="100%%" fill="#fff"/>', 1)))
  end
  return result
end

-- ---------------------------------------------------------------- all of them ----

local MEASURES <const> = {
  { "yield_stress", "yield stress", "GPa" },
  { "localization", "localization index", "-" },
  { "extreme_sites", "extreme sites", "-" },
  { "shift_cap", "shift at the cap", "-" },
  { "shift_mean", "shift, all sites", "-" },
  { "shift_transformed", "shift, transformed sites", "-" },
}

-- Mean and standard error over the seeds of each measure.
local function summary(runs)
  local result = {}
  for _, measure_ in ipairs(MEASURES) do
    local values = {}
    for k, run in ipairs(runs) do values[k] = run[measure_[1]] end
    local spread = #values > 1 and vt.statistics.standard_error(values) or 0.0
    result[measure_[1]] = { mean = vt.statistics.mean(values), error = spread }
  end
  return result
end

-- Whether a measure rises from case to case, in words: a step counts when it exceeds both errors.
local function trend(cases, name)
  local up, down = 0, 0
  for k = 2, #cases do
    local a, b = cases[k - 1].summary[name], cases[k].summary[name]
    local step, noise = b.mean - a.mean, math.sqrt(a.error ^ 2 + b.error ^ 2)
    if step > noise then up = up + 1 elseif step < -noise then down = down + 1 end
  end
  if up == #cases - 1 then return "rises" end
  if down == #cases - 1 then return "falls" end
  if up == 0 and down == 0 then return "the same within the errors" end
  return ("rises in %d of %d steps, falls in %d"):format(up, #cases - 1, down)
end

-- What the paper says in words first, then the numbers; its relative shifts, which do not follow
-- from its text, beside three measures of them.
local function add_results(out, spec, cases)
  for _, statement in ipairs(spec.statements) do
    out:result{ name = statement[1] .. " with " .. spec.axis,
                value = trend(cases, statement[2]), paper = statement[3], source = spec.figure }
  end
  for _, m in ipairs(MEASURES) do
    local shift = m[1]:match "^shift"
    for _, case in ipairs(cases) do
      local value = case.summary[m[1]]
      if not shift or case.quoted_shift then
        out:result{ name = ("%s, %s"):format(m[2], case.name), value = value.mean,
                    error = value.error > 0 and value.error or nil,
                    unit = m[3] ~= "-" and m[3] or nil, paper = shift and case.quoted_shift,
                    source = shift and "Delta Q/Q as quoted" }
      end
    end
  end
end

local function table_of(cases)
  local columns, rows = { "case" }, {}
  for j = 1, 3 do
    local m = MEASURES[j]
    columns[j + 1] = m[3] == "-" and m[2] or ("%s (%s)"):format(m[2], m[3])
  end
  for i, case in ipairs(cases) do
    rows[i] = { case.name }
    for j = 1, 3 do
      local value = case.summary[MEASURES[j][1]]
      rows[i][j + 1] = value.error > 0 and { value = value.mean, error = value.error } or value.mean
    end
  end
  return { columns = columns, rows = rows,
           caption = "Mean and standard error over the seeds." }
end

local function of_cases(cases, f)
  local list = {}
  for k, case in ipairs(cases) do list[k] = f(case) end
  return list
end

local function with_errors(spec, cases, name, label)
  local highest = 1e-9
  for _, case in ipairs(cases) do
    highest = math.max(highest, case.summary[name].mean + case.summary[name].error)
  end
  return { plot = { yrange = { 0, 1.1 * highest }, x = of_cases(cases, function(c) return c.x end),
                    y = of_cases(cases, function(c) return c.summary[name].mean end),
                    error = of_cases(cases, function(c) return c.summary[name].error end),
                    style = "linespoints", xlabel = spec.axis_label, ylabel = label,
                    logx = spec.logx },
           caption = ("%s against %s: mean and standard error over the seeds."):format(
             label:sub(1, 1):upper() .. label:sub(2):gsub(" %(.*", ""), spec.axis) }
end

local function write_report(p, out, spec, cases)
  out:report(spec.title, function(page)
    page:section "Stress and strain"
    local curves = { xlabel = "strain", ylabel = "stress (GPa)" }
    for k, case in ipairs(cases) do
      curves[k] = { x = case.runs[1].strain, y = case.runs[1].stress, label = case.name }
    end
    page:figure{ plot = curves, caption = "The first lattice of each case." }
    page:section "Strength and ductility"
    page:table(table_of(cases))
    page:figure(with_errors(spec, cases, "yield_stress", "yield stress (GPa)"))
    page:figure(with_errors(spec, cases, "localization", "strain localization index"))
    page:figure(with_errors(spec, cases, "extreme_sites", "extreme sites"))
    page:section "Where the strain is"
    for _, case in ipairs(cases) do
      page:figure{ svg = case.runs[1].map,
                   caption = ("Von Mises strain of the first lattice, %s, at %g %% plastic strain.")
                     :format(case.name, 100 * p.plastic) }
    end
    local densities = { xlabel = "von Mises strain", ylabel = "probability density", logy = true,
                        yrange = { 1e-4, 100 } }
    for k, case in ipairs(cases) do
      local x, y = {}, {}
      for bin, value in ipairs(case.runs[1].density) do
        x[bin], y[bin] = (bin - 0.5) * DENSITY_MAX / #case.runs[1].density,
          value > 0 and value or 0 / 0
      end
      densities[k] = { x = x, y = y, label = case.name }
    end
    page:figure{ plot = densities, caption = "Strains of the sites of the first lattices." }
  end)
end

---Run a study: the body of a protocol.
---@param p table its parameters
---@param out vitrum.Run
---@param spec { title: string, axis: string, axis_label: string, logx: boolean?, figure: string,
---cases: vitrum.StzCase[], statements: table[] } a statement: label, measure, the paper's words
---@return table # means by case, for scripts that go on with them
function study.run(p, out, spec)
  out:plan(#spec.cases * p.seeds, { rate_unit = "lattices/s" })
  local record = out:record("cases.csv", { "run", "x", "yield_stress [GPa]", "localization",
                                           "extreme_sites", "shift_mean", "shift_transformed",
                                           "events" })
  local count, result = 0, {}
  for _, case in ipairs(spec.cases) do
    case.runs = {}
    for k = 1, p.seeds do
      case.runs[k] = out:stage(("%s, lattice %d"):format(case.name, k), function()
        local r = obtain(p, out, case, k, count)
        record:rewind(count)
        record:add(count + 1, case.x, r.yield_stress, r.localization, r.extreme_sites, r.shift_mean,
                   r.shift_transformed, r.events):commit()
        return r
      end, 1)
      count = count + 1
    end
    case.summary = summary(case.runs)
    result[#result + 1] = { case = case.name, x = case.x, summary = case.summary }
  end
  add_results(out, spec, spec.cases)
  out:stage("report", function() write_report(p, out, spec, spec.cases) end)
  return { cases = result }
end

return study
