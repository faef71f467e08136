-- Studies on the STZ lattice: cases and seeds, each pulled to a plastic strain, and a report with
-- the curves, the strain maps and the measures of strength and ductility beside what Wang et al.
-- (2024) say. The scripts stz-*.lua differ only in their cases.

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

---Parameters that every study has.
study.params = require("vitrum.protocol.kit").group {
  { "n", 128, min = 16, max = 4096,
    help = "sites along a side, a multiple of 8 (512 in the paper)" },
  { "seeds", 5, min = 1, help = "lattices for each case, for the error bars" },
  { "seed", 1, min = 0, help = "of the first lattice" },
  { "plastic", 0.02, above = 0, max = 0.2,
    help = "plastic strain at which ductility is measured" },
  { "strain_rate", 1e-4, unit = "1/s", above = 0, help = "of the tension" },
  { "width", 0.12, unit = "eV", range = "energy", min = 0,
    help = "standard deviation of the barriers, the same in all cases; its value is not in the "
      .. "paper" },
  { "elapsed", "waiting", choices = { "waiting", "held", "exact" },
    help = "the time that softening has had to recover, see help 'stz.lattice'" },
  { "volume", 0.343, unit = "nm^3", range = "volume", above = 0,
    help = "of a zone; not in the paper" },
  { "attempt_frequency", 1e13, unit = "1/s", range = "frequency", above = 0,
    help = "nu0; not in the paper" },
  { "temperature", 300, unit = "K", range = "temperature", above = 0 },
  { "slack", 4, kind = "number", above = 0, max = 100, help = "of the fast engine" },
  { "share", kind = "string", optional = true,
    help = "folder where finished lattices are kept for other studies of the same" },
}

-- ---------------------------------------------------------------- one lattice ----

-- The options of vt.stz.lattice for a case, without the seed; `reading` goes over all of them.
local function lattice_of(p, case)
  local o = { n = p.n, volume = p.volume, temperature = p.temperature, elapsed = p.elapsed,
              attempt_frequency = p.attempt_frequency, slack = p.slack }
  for key, value in pairs(case.options) do
    if key ~= "barrier" then o[key] = value end
  end
  o.barrier = { mean = 2.0, width = p.width }
  for key, value in pairs(case.options.barrier or {}) do o.barrier[key] = value end
  for key, value in pairs(p.reading or {}) do
    if type(value) == "table" then
      local group = {}
      for name, before in pairs(o[key] or {}) do group[name] = before end
      for name, own in pairs(value) do group[name] = own end
      value = group
    end
    o[key] = value
  end
  return o
end

-- Every so many rows, the last one always.
local function thinned(values, count)
  local list, step = {}, math.max(1, math.ceil(#values / count))
  for k = 1, #values, step do list[#list + 1] = values[k] end
  if (#values - 1) % step ~= 0 then list[#list + 1] = values[#values] end
  return list
end

local function measures(lattice, with_map)
  local samples, result = lattice:samples(), lattice:measures()
  result.strain, result.stress = thinned(samples.strain, CURVE), thinned(samples.stress, CURVE)
  result.density = lattice:density{ bins = 50, max = DENSITY_MAX }.density:totable()
  result.events = lattice:state().transformations
  if with_map then
    result.map = vt.plot.svg{ heatmap = lattice:field "von_mises", zrange = { 0, 0.5 },
                              xlabel = "x (sites)", ylabel = "y (sites)",
                              quantity = "von_mises", equal = true,
                              width = 460, height = 380 }
  end
  return result
end

local function pull(case, seed, folder, with_map, look)
  local checkpoint = folder .. "/lattice.checkpoint"
  local lattice
  -- A checkpoint of the first instant may be all that a killed run left.
  local ok, found = pcall(vt.stz.restore, checkpoint)
  if ok and system.kind(checkpoint) == "file" and found.strain_rate then
    lattice = found:resume{ checkpoint = checkpoint, overwrite = true }
  else
    local o = { seed = seed }
    for key, value in pairs(case.lattice) do o[key] = value end
    lattice = vt.stz.lattice(o):tension{
      strain_rate = case.strain_rate, plastic = case.plastic, strain = STRAIN_MAX,
      every = 5e-4, checkpoint = checkpoint, overwrite = true,
    }
  end
  local result = measures(lattice, with_map)
  result.look = look and look(lattice, case)
  lattice:close()
  os.remove(checkpoint)
  return result
end

-- The file of a finished lattice in the shared folder: named after all that it depends on.
local function shared_file(share, case, seed, with_map)
  local o = case.lattice
  local parts = { "first", tostring(with_map), "plastic", ("%.10g"):format(case.plastic), "rate",
                  ("%.10g"):format(case.strain_rate), "seed", tostring(seed) }
  local function add(group)
    local names = {}
    for name in pairs(group) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
      local value = group[name]
      if type(value) == "table" then
        add(value)
      else
        parts[#parts + 1] = name
        parts[#parts + 1] = type(value) == "number" and ("%.10g"):format(value) or tostring(value)
      end
    end
  end
  add(o)
  return ("%s/%s.json"):format(share, table.concat(parts, "_"))
end

local function write(path, text)
  local ok, message = system.write(path, text)
  if not ok then error(message, 0) end
end

-- A lattice that another study has pulled, or pull it.
local function obtain(share, case, seed, folder, with_map, look)
  local path = share and shared_file(share, case, seed, with_map)
  local file = path and io.open(path, "r")
  if file then
    local result = json.decode(file:read "a", path)
    file:close()
    print("taken from " .. path)
    return result
  end
  local result = pull(case, seed, folder, with_map, look)
  if path then
    local made, message = system.make_folder(share)
    if not made then error(message, 0) end
    write(path, json.encode(result, "the result of a lattice"))
  end
  return result
end

-- ---------------------------------------------------------------- all of them ----

-- Name, where vt.stz has it, unit.
local MEASURES <const> = {
  { "yield stress", "yield_stress", "GPa" },
  { "localization index", "localization", "-" },
  { "extreme sites", "extreme_sites", "-" },
  { "extreme sites, tensor", "extreme_sites_tensor", "-" },
  { "shift at the cap", "shift_cap", "-" },
  { "shift, all sites", "shift_mean", "-" },
  { "shift, transformed sites", "shift_transformed", "-" },
  { "shift with the temporary part, all sites", "shift_now", "-" },
  { "shift with the temporary part, events", "shift_events", "-" },
}
local SHOWN <const> = { "yield stress", "localization index", "extreme sites" }

local function measured(result)
  local list = {}
  for _, m in ipairs(MEASURES) do list[m[1]] = { result[m[2]], m[3] } end
  return list
end

-- What the paper says in words first, then the numbers; its relative shifts, which do not follow
-- from its text, beside five measures of them.
local function add_results(out, spec, found)
  for _, s in ipairs(found.statements) do
    out:value(s.label .. " with " .. spec.axis, found.trends[s.measure].text, nil,
              { paper = s.expected, source = s.paper })
  end
  for _, m in ipairs(MEASURES) do
    local name, shift = m[1], m[1]:find "^shift"
    for k, case in ipairs(found.cases) do
      local quoted = spec.cases[k].quoted_shift
      if not shift or quoted then
        out:value(("%s, %s"):format(name, case.name), case.mean[name], found.units[name],
                  { error = case.error[name], paper = shift and quoted or nil,
                    source = shift and "Delta Q/Q as quoted" or nil })
      end
    end
  end
end

local function of_cases(cases, f)
  local list = {}
  for k, case in ipairs(cases) do list[k] = f(case) end
  return list
end

-- What the report needs, as plain values: a figure has its series in a list of their own.
---@param found vitrum.Study
---@return table
function study.for_report(found)
  local r = { table = found:table(SHOWN), figures = {}, cases = {} }
  for k, name in ipairs(SHOWN) do
    local figure = found:figure(name)
    local plot = { series = {} }
    for key, value in pairs(figure.plot) do
      if math.type(key) == "integer" then plot.series[key] = value else plot[key] = value end
    end
    r.figures[k] = { plot = plot, caption = figure.caption }
  end
  for k, case in ipairs(found.cases) do
    local first = case.results[1]
    r.cases[k] = { case = case.name, x = case.x, mean = case.mean, error = case.error,
                   strain = first.strain, stress = first.stress, map = first.map,
                   density = first.density }
  end
  return r
end

---The report of a study: the report function of its protocol.
---@param page vitrum.Report
---@param r table what study.run returned
---@param p table the parameters
function study.report(page, r, p)
  page:section "Stress and strain"
  local curves = { xlabel = "strain", ylabel = "stress (GPa)" }
  for k, case in ipairs(r.cases) do
    curves[k] = { x = case.strain, y = case.stress, label = case.case }
  end
  page:figure{ plot = curves, caption = "The first lattice of each case." }
  page:section "Strength and ductility"
  page:table(r.table)
  for _, figure in ipairs(r.figures) do
    local plot = {}
    for key, value in pairs(figure.plot) do
      if key ~= "series" then plot[key] = value end
    end
    table.move(figure.plot.series, 1, #figure.plot.series, 1, plot)
    page:figure{ plot = plot, caption = figure.caption }
  end
  page:section "Where the strain is"
  for _, case in ipairs(r.cases) do
    page:figure{ svg = case.map,
                 caption = ("Von Mises strain of the first lattice, %s, at %g %% plastic strain.")
                   :format(case.case, 100 * p.plastic) }
  end
  local densities = { xlabel = "von Mises strain", ylabel = "probability density", logy = true,
                      yrange = { 1e-4, 100 } }
  for k, case in ipairs(r.cases) do
    local x, y = {}, {}
    for bin, value in ipairs(case.density) do
      x[bin], y[bin] = (bin - 0.5) * DENSITY_MAX / #case.density, value > 0 and value or 0 / 0
    end
    densities[k] = { x = x, y = y, label = case.case }
  end
  page:figure{ plot = densities, caption = "Strains of the sites of the first lattices." }
end

-- The cases as vt.study takes them: with all that a lattice depends on, and nothing else.
local function cases_of(p, spec)
  return of_cases(spec.cases, function(case)
    return { name = case.name, x = case.x, lattice = case.lattice or lattice_of(p, case),
             plastic = p.plastic,
             strain_rate = case.strain_rate or p.strain_rate }
  end)
end

---Pull all lattices of a figure.
---@param p table
---@param out vitrum.Run
---@param spec vitrum.StzFigure
---@return vitrum.Study
function study.pulled(p, out, spec)
  local statements = {}
  for k, s in ipairs(spec.statements) do
    statements[k] = { s[1], s[2], paper = spec.figure }
  end
  return vt.protocol.kit.study(p, out, {
    name = spec.name or "lattices", cases = cases_of(p, spec),
    run = function(case, seed, folder)
      return obtain(p.share, case, seed, folder, seed == p.seed, spec.look)
    end,
    measure = measured, statements = statements, xlabel = spec.axis_label,
  })
end

local function write_cases(out, found)
  local record = out:record("cases.csv", { "run", "x", "yield_stress [GPa]", "localization",
                                           "extreme_sites", "shift_mean", "shift_transformed",
                                           "events" })
  record:rewind(0)
  local count = 0
  for _, case in ipairs(found.cases) do
    for _, r in ipairs(case.results) do
      count = count + 1
      record:add(count, case.x, r.yield_stress, r.localization, r.extreme_sites, r.shift_mean,
                 r.shift_transformed, r.events)
    end
  end
  record:commit()
end

-- The maps, and what did not go as far as it should.
local function look_at(p, out, spec, found)
  for k, case in ipairs(found.cases) do
    -- The page has its own background, a file by itself needs one.
    write(out:path(("map-%s.svg"):format(spec.cases[k].file)),
          (case.results[1].map:gsub(">", '>\n<rect width="100%%" height="100%%" fill="#fff"/>', 1)))
    for i, result in ipairs(case.results) do
      if result.plastic < p.plastic then
        out:say("%s, seed %d: only %.4g plastic strain at %g strain", case.name, case.seeds[i],
                result.plastic, STRAIN_MAX)
      end
    end
  end
end

---Run a study: the body of a protocol.
---@param p table its parameters
---@param out vitrum.Run
---@param spec vitrum.StzFigure
---@return table # means and errors by case, for scripts that go on with them, and what study.report
---draws
function study.run(p, out, spec)
  local found = study.pulled(p, out, spec)
  write_cases(out, found)
  look_at(p, out, spec, found)
  add_results(out, spec, found)
  return study.for_report(found)
end

return study
