-- Pieces of analysis and of reports that several protocols share; vt.protocol.kit offers them.

local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local text = require "vitrum.base.text"

local pieces = {}

local argument <const> = options.argument

-- The functions below take objects from scripts; these check them and raise errors.

local function check_object(where, name, kind, value)
  if not options.is(value, kind) then
    options.raise("%s: %s must be a %s, got %s", where, name, kind, numbers.show(value))
  end
end

-- A table with a value under each of the names.
local function check_fields(where, name, value, ...)
  argument(where, name, "table", value)
  for _, field in ipairs { ... } do
    if value[field] == nil then options.raise("%s: %s has no field '%s'", where, name, field) end
  end
end

-- ---------------------------------------------------------------- glass transition ----

-- What a function of vt.fit gives, in plain values, or the reason why it gives nothing.
local function plain_transition(name, temperature, property, given)
  local ok, found = pcall(require("vitrum").fit[name], temperature, property, given)
  if not ok then return { reason = (tostring(found):gsub("^.-" .. name .. ": ", "")) } end
  local function side(branch)
    local line = branch.line
    return line.coefficients or { line.intercept, line.slope }
  end
  return { symbol = found.symbol, temperature = found.temperature, error = found.error,
           value = found.value, glass = side(found.glass), liquid = side(found.liquid),
           windows = { glass = found.glass.window, liquid = found.liquid.window } }
end

---The crossing of the lines through glass and liquid, or why there is none: a quench that is too
---short or too noisy to show its transition is still a quench.
---@param temperature vitrum.Array [K]
---@param property vitrum.Array
---@param windows table options of vt.fit.glass_transition
---@return table # temperature, error, value, glass = { intercept, slope }, liquid, windows; of
---none, only reason
function pieces.glass_transition(temperature, property, windows)
  argument("kit.glass_transition", "the windows", "table", windows)
  return plain_transition("glass_transition", temperature, property, windows)
end

---As glass_transition, of vt.fit.fictive_temperature.
---@param temperature vitrum.Array [K], on heating
---@param property vitrum.Array
---@param given table options of vt.fit.fictive_temperature
---@return table # as of glass_transition; liquid has three coefficients when it is a parabola
function pieces.fictive_temperature(temperature, property, given)
  argument("kit.fictive_temperature", "the options", "table", given)
  return plain_transition("fictive_temperature", temperature, property, given)
end

---A figure of a property on cooling or heating, the two lines, and their crossing.
---@param page vitrum.Report
---@param temperature vitrum.Array [K]
---@param property vitrum.Array
---@param tg table what glass_transition or fictive_temperature gave
---@param label string of the axis: "volume (Å³/atom)"
---@param given { process: string?, equilibrium: table? }? what was done, "cooling" unless given;
---{ temperatures, values } of the equilibrium liquid
function pieces.transition_figure(page, temperature, property, tg, label, given)
  check_object("kit.transition_figure", "the page", "Report", page)
  argument("kit.transition_figure", "the label", "string", label)
  argument("kit.transition_figure", "the transition", "table", tg)
  given = options.given("kit.transition_figure", given)
  if not tg.reason then
    check_fields("kit.transition_figure", "the transition", tg, "temperature", "error", "value",
      "glass", "liquid", "windows")
  end
  local process, liquid = given.process or "cooling", given.equilibrium
  local plot = { { x = temperature, y = property, label = process, style = "points" },
                 xlabel = "T (K)", ylabel = label }
  if liquid then
    plot[2] = { x = liquid[1], y = liquid[2], label = "equilibrium liquid", style = "points" }
  end
  local caption = ("The %s during the %s against the thermostat's target."):format(
    label:match "^[^(]*", process == "cooling" and "quench" or process)
  if not tg.temperature then
    page:figure{ plot = plot, caption = ("%s No crossing of glass and liquid was found: %s.")
      :format(caption, tg.reason) }
    return
  end
  local w = tg.windows
  local ends = { glass = { w.glass[1], tg.temperature }, liquid = { tg.temperature, w.liquid[2] } }
  for _, side in ipairs { "glass", "liquid" } do
    local x, y = require("vitrum").array.linspace(ends[side][1], ends[side][2], 40), 0.0
    for k = #tg[side], 1, -1 do y = x * y + tg[side][k] end
    plot[#plot + 1] = { x = x, y = y, label = side, style = "lines" }
  end
  local found = text.with_error(tg.temperature, tg.error)
  local symbol = tg.symbol or "Tg"
  plot[#plot + 1] = { x = { tg.temperature }, y = { tg.value }, style = "points",
                      xerror = { tg.error }, label = ("%s = %s K"):format(symbol, found) }
  page:figure{ plot = plot, caption =
    ("%s Lines fitted from %g to %g K and from %g to %g K cross at %s = %s K."):format(
      caption, w.glass[1], w.glass[2], w.liquid[1], w.liquid[2], symbol, found) }
end

-- ---------------------------------------------------------------- pair distribution ----

---g(r) of atoms, in a CSV of the run and as a table for the results.
---@param p table parameters of the group kit.structure
---@param out vitrum.Run
---@param atoms vitrum.Atoms
---@param name string? of the CSV: gr.csv
---@return table # r, total, pairs = list of { name, g(r) }, peak [A], file
function pieces.rdf(p, out, atoms, name)
  argument("kit.rdf", "the parameters", "table", p)
  check_object("kit.rdf", "the run", "Run", out)
  local g = require("vitrum").structure.rdf(atoms, { rmax = p.rmax, bins = p.bins })
  local columns, pairs_of, names = { { "r [A]", g.r }, { "total [-]", g.total } }, {}, {}
  for pair in pairs(g.partial) do names[#names + 1] = pair end
  table.sort(names)
  for k, pair in ipairs(names) do
    pairs_of[k] = { pair, g.partial[pair] }
    columns[#columns + 1] = { pair .. " [-]", g.partial[pair] }
  end
  out:table(name or "gr.csv", columns)
  return { r = g.r, total = g.total, pairs = pairs_of, peak = g.r[g.total:argmax()],
           file = name or "gr.csv" }
end

---Figures of the total and the partial pair distributions.
---@param page vitrum.Report
---@param g table what rdf gave
---@param of string of what: "the inherent structure"
function pieces.rdf_figures(page, g, of)
  check_object("kit.rdf_figures", "the page", "Report", page)
  check_fields("kit.rdf_figures", "the distribution", g, "r", "total", "pairs", "peak")
  argument("kit.rdf_figures", "the name", "string", of)
  page:figure{ plot = { x = g.r, y = g.total, xlabel = "r (Å)", ylabel = "g(r)" },
               caption = ("Pair distribution function of %s; its first peak is at %.2f Å."):format(
                 of, g.peak), data = g.file }
  local plot = { xlabel = "r (Å)", ylabel = "g(r)" }
  for k, pair in ipairs(g.pairs) do plot[k] = { x = g.r, y = pair[2], label = pair[1] } end
  page:figure{ plot = plot, caption = "Partial pair distribution functions.", data = g.file }
end

---An interactive view of the atoms in a file of the run; where there can be none, a line that says
---why: a report is worth having without it.
---@param page vitrum.Report
---@param out vitrum.Run
---@param name string of the file
---@param given table options of Report:view
function pieces.view_figure(page, out, name, given)
  check_object("kit.view_figure", "the page", "Report", page)
  check_object("kit.view_figure", "the run", "Run", out)
  argument("kit.view_figure", "the name", "string", name)
  local ok, problem = pcall(function()
    page:view(out:path(name), given)
  end)
  if ok then return end
  local system = require "vitrum.system"
  if system.interrupted() then error(problem, 0) end
  page:text(("There is no view of %s: %s."):format(name, (tostring(problem):gsub("%.$", ""))))
end

-- ---------------------------------------------------------------- crystals ----

local SITES <const> = { fcc = 4, bcc = 2, hcp = 4 } -- in the cell of vt.atoms
local UNKNOWN <const> = 15 -- volume of an atom of an element whose volume is not known [A^3]
local LEAST_CELLS <const> = 2

-- Cells of a box that is about a cube: hcp has edges a, sqrt(3) a, sqrt(8/3) a.
local function cells_of(structure, atoms)
  local function count(edge) return math.max(LEAST_CELLS, math.floor(edge + 0.5)) end
  local edge = (atoms / SITES[structure]) ^ (1 / 3)
  if structure ~= "hcp" then return count(edge) end
  local hexagon = math.sqrt(3) ^ (1 / 3) * math.sqrt(8 / 3) ^ (1 / 3) * edge -- in units of a
  return { count(hexagon), count(hexagon / math.sqrt(3)), count(hexagon / math.sqrt(8 / 3)) }
end

---A crystal whose sites are filled at random, relaxed at zero pressure.
---@param p table atoms (about so many), seed and potential
---@param structure string "fcc", "bcc" or "hcp"
---@param composition table shares by symbol
---@return vitrum.Atoms
function pieces.solid_solution(p, structure, composition)
  local where <const> = "kit.solid_solution"
  argument(where, "the parameters", "table", p)
  argument(where, "p.atoms", "count", p.atoms)
  argument(where, "the composition", "table", composition)
  if not SITES[structure] then
    options.raise("%s: the structure must be fcc, bcc or hcp, not %s", where,
      numbers.show(structure))
  end
  local vt, volume, sum = require "vitrum", 0.0, 0.0
  for symbol, share in pairs(composition) do
    argument(where, "a symbol", "string", symbol)
    argument(where, "the share of " .. symbol, "nonnegative", share)
    volume = volume + share * (vt.atoms.element(symbol).volume or UNKNOWN)
    sum = sum + share
  end
  if sum <= 0 then options.raise("%s: the composition has no shares", where) end
  local cell = volume / sum * SITES[structure]
  local atoms = vt.atoms[structure]{ composition = composition, seed = p.seed,
    a = (structure == "hcp" and cell / math.sqrt(8) or cell) ^ (1 / 3),
    cells = cells_of(structure, p.atoms) }
  local kit = require "vitrum.protocol.kit" -- which has loaded this file
  atoms.potential = kit.potential(p)
  -- bcc that is free along each axis turns into fcc where that is lower.
  return (kit.inherent(atoms, { box = structure == "bcc" and "isotropic" or "axes", pressure = 0,
                                fmax = 1e-3 }))
end

-- ---------------------------------------------------------------- runs ----

---Options of md:run: a temperature that is held.
---@param temperature number [K]
---@param time number [ps]
---@return table
function pieces.hold(temperature, time)
  return { temperature = argument("kit.hold", "the temperature", "positive", temperature),
           time = argument("kit.hold", "the time", "positive", time) }
end

---Options of md:run: a ramp of the temperature, up or down.
---@param from number [K]
---@param to number [K]
---@param rate number [K/s]
---@return table
function pieces.ramp(from, to, rate)
  argument("kit.ramp", "the first temperature", "positive", from)
  argument("kit.ramp", "the last temperature", "positive", to)
  argument("kit.ramp", "the rate", "positive", rate)
  return { temperature = { from, to }, [from > to and "cooling_rate" or "heating_rate"] = rate }
end

---A stress along one axis, zero along the others.
---@param axis string "x", "y" or "z"
---@param stress number [GPa], positive in tension
---@return table by component, as md and minimize take it
function pieces.uniaxial(axis, stress)
  local target = { xx = 0, yy = 0, zz = 0 }
  local name = tostring(axis) .. tostring(axis)
  if not target[name] then
    options.raise("kit.uniaxial: the axis must be x, y or z, not %s", numbers.show(axis))
  end
  target[name] = argument("kit.uniaxial", "the stress", "number", stress)
  return target
end

---The atoms under a stress, as an iterator: one minimum of energy in a box that follows, or frames
---of dynamics.
---@param p table temperature, timestep, seed, precision, equilibrate [ps], frames and every [ps]
---@param atoms vitrum.Atoms stay as they are
---@param stress table by component [GPa], positive in tension
---@param mode string "athermal" or "thermal"
---@return fun(): vitrum.Atoms?
function pieces.frames_under(p, atoms, stress, mode)
  argument("kit.frames_under", "the parameters", "table", p)
  check_object("kit.frames_under", "the second argument", "Atoms", atoms)
  argument("kit.frames_under", "the stress", "table", stress)
  if mode ~= "athermal" and mode ~= "thermal" then
    options.raise("kit.frames_under: the mode must be athermal or thermal, not %s",
      numbers.show(mode))
  end
  return coroutine.wrap(function()
    if mode == "athermal" then
      local kit = require "vitrum.protocol.kit" -- which has loaded this file
      local inherent = kit.inherent(atoms, { box = "axes", stress = stress })
      coroutine.yield(inherent)
      return
    end
    local copy = atoms:copy()
    if copy:temperature() == 0 then
      copy:thermalize{ temperature = p.temperature, seed = p.seed }
    end
    local md = require("vitrum").md(copy, { ensemble = "npt", barostat = "axes", stress = stress,
      temperature = p.temperature, timestep = p.timestep, seed = p.seed,
      precision = p.precision })
    md:run{ time = p.equilibrate }
    for _ = 1, p.frames do
      md:run{ time = p.every }
      coroutine.yield(md.atoms)
    end
  end)
end

-- ---------------------------------------------------------------- series ----

---Save frames one after the other to one file of a run.
---@param path string
---@param frames fun(): vitrum.Atoms?
function pieces.save_frames(path, frames)
  argument("kit.save_frames", "the path", "string", path)
  local first = true
  for atoms in argument("kit.save_frames", "the frames", "function", frames) do
    check_object("kit.save_frames", "a frame", "Atoms", atoms)
    atoms:save(path, { overwrite = first, append = not first })
    first = false
  end
end

---Fields of a list of tables as arrays.
---@param list table[] { stress = 1, ratio = 0.2 }, ...
---@param names string[] of fields, with units where they are to have some: "stress [GPa]"
---@return table # each array under its name without unit, and the list of { name, array } that
---out:table takes
function pieces.columns(list, names)
  local result = {}
  argument("kit.columns", "the list", "table", list)
  for k, heading in ipairs(argument("kit.columns", "the names", "table", names)) do
    argument("kit.columns", "name " .. k, "string", heading)
    local name, values = (heading:gsub("%s*%[.-%]$", "")), {}
    for i, item in ipairs(list) do
      values[i] = argument("kit.columns", "item " .. i, "table", item)[name]
      argument("kit.columns", ("'%s' of item %d"):format(name, i), "number", values[i])
    end
    result[name] = require("vitrum").array(values)
    result[k] = { heading, result[name] }
  end
  return result
end

---Mean and standard error over the later half of a series, where it has settled; of fewer than four
---values the last one, without an error.
---@param values vitrum.Array|number[]
---@return number
---@return number? error
function pieces.settled(values)
  local list = numbers.list(values, "kit.settled: the values")
  if #list == 0 then options.raise "kit.settled: there are no values" end
  if #list < 4 then return list[#list] end
  local late = table.move(list, #list // 2 + 1, #list, 1, {})
  local statistics = require("vitrum").statistics
  return statistics.mean(late), statistics.standard_error(late)
end

---A table of a report from a list of tables.
---@param page vitrum.Report
---@param list table[]
---@param columns table[] { title, field, factor?, error = field? }
---@param caption string
function pieces.table(page, list, columns, caption)
  check_object("kit.table", "the page", "Report", page)
  argument("kit.table", "the list", "table", list)
  local titles, rows = {}, {}
  for c, column in ipairs(argument("kit.table", "the columns", "table", columns)) do
    argument("kit.table", "column " .. c, "table", column)
    titles[c] = argument("kit.table", "the title of column " .. c, "string", column[1])
    argument("kit.table", "the field of column " .. c, "string", column[2])
  end
  for k, item in ipairs(list) do
    argument("kit.table", "item " .. k, "table", item)
    rows[k] = {}
    for c, column in ipairs(columns) do
      local value, factor = item[column[2]], column[3] or 1
      local deviation = column.error and item[column.error]
      if deviation then
        value = { value = value * factor, error = deviation * factor }
      elseif math.type(value) == "float" then
        value = ("%.4g"):format(value * factor)
      end
      rows[k][c] = value
    end
  end
  page:table{ columns = titles, rows = rows, caption = caption }
end

---A figure of several series against one x, each with its value at the start in front.
---@param page vitrum.Report
---@param given { x: vitrum.Array, series: table[], xlabel: string, ylabel: string, caption: string,
---first: number[]? } series: list of { label, y }; first: { x, y } of the start
function pieces.series_figure(page, given)
  check_object("kit.series_figure", "the page", "Report", page)
  check_fields("kit.series_figure", "the figure", given, "x", "series", "caption")
  argument("kit.series_figure", "series", "table", given.series)
  local join = require("vitrum").array.concatenate
  local plot, first = { xlabel = given.xlabel, ylabel = given.ylabel }, given.first
  for k, entry in ipairs(given.series) do
    argument("kit.series_figure", "series " .. k, "table", entry)
    plot[k] = { label = entry[1], style = "linespoints",
                x = first and join{ { first[1] }, given.x } or given.x,
                y = first and join{ { first[2] }, entry[2] } or entry[2] }
  end
  page:figure{ plot = plot, caption = given.caption }
end

---Add the settled value of a series to the results, with its error.
---@param out vitrum.Run
---@param name string
---@param values vitrum.Array|number[]
---@param unit string
---@param more table? as of out:value
function pieces.settled_value(out, name, values, unit, more)
  check_object("kit.settled_value", "the run", "Run", out)
  local value, deviation = pieces.settled(values)
  local given = { error = deviation }
  for key, entry in pairs(argument("kit.settled_value", "the options", "table", more, {})) do
    given[key] = entry
  end
  out:value(name, value, unit, given)
end

for name, entry in pairs {
  glass_transition = { "kit.glass_transition(temperature, property, windows) -> table",
    "As vt.fit.glass_transition, but a quench without a transition is not an error: the table "
      .. "then has a reason in place of temperature, error, value and lines.",
    "local tg = kit.glass_transition(s.target_temperature, s.volume, { glass = { 300, 600 } })" },
  fictive_temperature = { "kit.fictive_temperature(temperature, property, options) -> table",
    "As vt.fit.fictive_temperature, but where the lines do not meet the table has a reason in "
      .. "place of temperature, error, value and lines.",
    "local tf = kit.fictive_temperature(s.target_temperature, s.volume, { liquid = {\n"
      .. "  temperature = { 1100, 1200, 1300, 1400 }, property = volumes } })" },
  transition_figure = { "kit.transition_figure(page, temperature, property, tg, label, [options])",
    "A figure of a property on cooling with the lines of glass and liquid and their crossing. "
      .. "Options: process, \"heating\", and equilibrium, { temperatures, values } of the liquid.",
    'kit.transition_figure(page, r.target, r.volume, r.tg, "volume (Å³/atom)")' },
  rdf = { "kit.rdf(p, out, atoms, [name]) -> table",
    "g(r) of atoms with p.rmax and p.bins, written to gr.csv or another file of the run; gives "
      .. "r, total, pairs and the place of the first peak.", "local g = kit.rdf(p, out, glass)" },
  rdf_figures = { "kit.rdf_figures(page, g, of)",
    "Figures of the total and the partial pair distributions.",
    'kit.rdf_figures(page, r.g, "the inherent structure")' },
  view_figure = { "kit.view_figure(page, out, name, [options])",
    "A view of the atoms in a file of the run, with the options of page:view; a line that "
      .. "says why where there can be none.",
    'kit.view_figure(page, out, "glass.data", { caption = "The glass." })' },
  solid_solution = { "kit.solid_solution(p, structure, composition) -> Atoms",
    "An fcc, bcc or hcp crystal of about p.atoms atoms, its sites filled at random by p.seed and "
      .. "relaxed at zero pressure.",
    'local alloy = kit.solid_solution(p, "hcp", { Ti = 1, Zr = 1, Hf = 1 })' },
  hold = { "kit.hold(temperature, time) -> table", "Options of md:run: a temperature [K] held for "
    .. "a time [ps].", 'md:run("relaxing", kit.hold(300, 100))' },
  ramp = { "kit.ramp(from, to, rate) -> table",
    "Options of md:run: a ramp of the temperature [K] up or down at a rate [K/s].",
    'md:run("heating", kit.ramp(10, 400, 1e12))' },
  series_figure = { "kit.series_figure(page, { x =, series =, xlabel =, ylabel =, caption = })",
    "A figure of several series { label, y } against one x; first = { x, y } puts the start in "
      .. "front.",
    'kit.series_figure(page, { x = r.cycle, series = { { "cycled", r.energy } },\n'
      .. '  xlabel = "cycle",\n'
      .. '  ylabel = "energy (eV/atom)", caption = "Energy.", first = { 0, r.start } })' },
  uniaxial = { "kit.uniaxial(axis, stress) -> table",
    "A stress [GPa] along one axis, positive in tension, and zero along the others, as vt.md and "
      .. "vt.minimize take it.",
    'vt.minimize(glass, { box = "axes", stress = kit.uniaxial("z", 1) })' },
  frames_under = { "kit.frames_under(p, atoms, stress, mode) -> iterator over Atoms",
    "The atoms under a stress { xx =, ... } [GPa]: one minimum of energy (mode \"athermal\"), or "
      .. "p.frames frames of dynamics, p.every ps apart after p.equilibrate ps (\"thermal\").",
    'for a in kit.frames_under(p, glass, { zz = 1 }, "athermal") do print(a:volume()) end' },
  save_frames = { "kit.save_frames(path, frames)",
    "Saves the frames that an iterator gives, one after the other, to one file of the run.",
    'kit.save_frames(out:path "rest.dump", kit.frames_under(p, glass, { zz = 0 }, "thermal"))' },
  columns = { "kit.columns(list, names) -> table",
    "Fields of a list of tables as arrays, by name, and as the columns that out:table takes.",
    'out:table("loads.csv", kit.columns(loads, { "stress [GPa]", "ratio" }))' },
  table = { "kit.table(page, list, columns, caption)",
    "A table of a report from a list of tables; a column is { title, field, factor, error = "
      .. "field }.",
    'kit.table(page, loads, { { "strain (%)", "strain", 100, error = "e" } }, "Loads.")' },
  settled_value = { "kit.settled_value(out, name, values, unit, [options])",
    "Adds the settled value of a series to the results, as out:value does, with its error.",
    'kit.settled_value(out, "energy", energies, "eV/atom")' },
  settled = { "kit.settled(values) -> mean, error",
    "Mean and standard error over the later half of a series; below four values, the last one.",
    "local mean, deviation = kit.settled(energies)" },
} do
  help.document("protocol.kit." .. name, { signature = entry[1], summary = entry[2],
                                           example = entry[3] })
end

return pieces
