-- Figures: in the terminal in characters; through gnuplot in .png, .svg and .pdf files and as SVG
-- text for reports.

local options = require "vitrum.base.options"
local numbers = require "vitrum.base.numbers"
local files = require "vitrum.base.files"
local figure = require "vitrum.plot.figure"
local figure_data = require "vitrum.plot.data"
local script = require "vitrum.plot.script"
local heatmap = require "vitrum.plot.heatmap"
local gnuplot = require "vitrum.plot.gnuplot"
local svg = require "vitrum.plot.svg"
local raster = require "vitrum.plot.raster"
local characters = require "vitrum.plot.terminal"
local help = require "vitrum.prompt.help"
local session = require "vitrum.session"

local raise = options.raise

local plot = {}

local WIDTH <const>, HEIGHT <const> = 640, 400 -- px

-- ---------------------------------------------------------------- arguments ----

-- Options of a figure with one series in one table. The width of the line and that of the figure
-- share a name: here it is the figure's.
local IS_SERIES, ALL_OPTIONS <const> = {}, {}
for _, option in ipairs(figure.SERIES_OPTIONS) do
  if option.name ~= "width" then
    IS_SERIES[option.name] = true
    ALL_OPTIONS[#ALL_OPTIONS + 1] = option
  end
end
table.move(figure.FIGURE_OPTIONS, 1, #figure.FIGURE_OPTIONS, #ALL_OPTIONS + 1, ALL_OPTIONS)

-- Series and figure keys from one table.
local function divide(given, where)
  options.check(where, ALL_OPTIONS, given)
  local series, rest = {}, {}
  for key, value in next, options.given(where, given) do
    if IS_SERIES[key] then series[key] = value else rest[key] = value end
  end
  return series, rest
end

local function is_list(value)
  return type(value) == "userdata"
    or type(value) == "table"
      and (rawlen(value) > 0 and type(value[1]) ~= "table" or next(value) == nil)
end

-- plot(x, y, options), plot(y, options), plot{ series, ..., key = value }, plot{ x =, y =, ... }
local function arguments(where, ...)
  local first, second, third = ...
  if is_list(first) then
    if select("#", ...) > 1 and second == nil then
      raise("%s: argument 2 is nil: is its name right? Give y, an array or a table of "
            .. "numbers, or options", where)
    end
    if second ~= nil and is_list(second) then
      local series, rest = divide(third, where)
      series.x, series.y = first, second
      return { series }, rest
    end
    if third ~= nil or second ~= nil and type(second) ~= "table" then
      raise("%s: y must be an array or a table of numbers, not %s", where, numbers.show(second))
    end
    local series, rest = divide(second, where)
    series[series.style == "histogram" and "x" or "y"] = first
    return { series }, rest
  end
  if type(first) ~= "table" then
    raise("%s: give x and y, arrays or tables of numbers, or a list of series; got %s", where,
          numbers.show(first))
  end
  if second ~= nil then
    raise("%s: after a table of series no other argument is taken; put the options into it", where)
  end
  if rawlen(first) > 0 then
    local list, rest = {}, {}
    for key, value in next, first do
      if math.type(key) == "integer" then list[key] = value else rest[key] = value end
    end
    for k, series in ipairs(list) do
      if type(series) ~= "table" then
        raise("%s: series %d must be a table { x = ..., y = ... }, not %s", where, k,
              numbers.show(series))
      end
    end
    return list, rest
  end
  local series, rest = divide(first, where)
  return { series }, rest
end

-- A checked figure, of series or a heat map.
local function build(where, ...)
  local first = ...
  if type(first) == "table" and first.heatmap ~= nil then
    local rest = {}
    for key, value in next, first do if key ~= "heatmap" then rest[key] = value end end
    return heatmap.build(first.heatmap, rest, where)
  end
  local series, rest = arguments(where, ...)
  return figure.build(series, rest, where)
end

-- ---------------------------------------------------------------- drawing ----

-- `inline`: to stand in a page, whose ink it takes; a string goes before all ids. Gives also the
-- edges of the field between the axes.
local function draw_svg(fig, inline)
  local o = fig.options
  local width, height = o.width or WIDTH, o.height or HEIGHT
  local commands, data = script.of(fig, "svg", width, height, {})
  local drawing, printed = gnuplot.run(commands, data, fig.where)
  local area = {}
  for edge in (printed:match "FIELD ([^\n]*)" or ""):gmatch "%S+" do
    area[#area + 1] = edge + 0.0
  end
  return svg.tidy(drawing, {
    width = width, height = height, title = o.title, inline = inline, ink = script.INK,
    grid = script.GRID,
  }), #area == 4 and { area[1], area[2], height - area[4], height - area[3] } or nil
end

local function draw_file(fig, kind)
  if kind == "svg" then return (draw_svg(fig)) end
  local o = fig.options
  local width, height = o.width or WIDTH, o.height or HEIGHT
  local commands, data = script.of(fig, kind, width, height, { scale = o.scale })
  return gnuplot.run(commands, data, fig.where)
end

local function draw_text(fig, columns, look)
  local o = fig.options
  local width = o.width or math.max(20, math.min(columns - 1, 100))
  local height = o.height or math.max(12, math.min(width * 3 // 10, 28))
  if width < 20 or height < 8 or width > 1000 or height > 1000 then
    raise("%s: a figure of %g columns and %g rows cannot be drawn in the terminal; use 20 to 1000 "
          .. "columns and 8 to 1000 rows", fig.where, width, height)
  end
  if o.ascii then look.unicode = false end
  local draw = fig.cb and characters.heatmap or characters.draw
  return draw(fig, width // 1 | 0, height // 1 | 0, look)
end

local KINDS <const> = { png = "png", svg = "svg", pdf = "pdf" }

local LARGEST <const> = 20000 -- px, what the file formats and memory bear

-- Everything about the file that can be wrong is said before anything is drawn.
local function check_file(fig)
  local o = fig.options
  local extension = o.file:match "%.(%w+)$"
  local kind = extension and KINDS[extension:lower()]
  if not kind then
    raise("%s: cannot draw to '%s'; the name must end in .png, .svg or .pdf", fig.where, o.file)
  end
  for _, name in ipairs { "width", "height" } do
    local size = (o[name] or 100) * (kind == "png" and o.scale or 1)
    if size < 50 or size > LARGEST then
      raise("%s: %s = %g gives a figure of %g px; use 50 to %d", fig.where, name, o[name], size,
            LARGEST)
    end
  end
  files.check_target(o.file, o.overwrite, fig.where)
  return kind
end

local function show(fig)
  local o = fig.options
  if plot._shown then plot._shown(fig) end
  if o.file == nil then
    local terminal = session.terminal()
    io.write(draw_text(fig, terminal.columns, raster.look(terminal)))
    return
  end
  local kind = check_file(fig)
  files.write(o.file, draw_file(fig, kind), { where = fig.where, overwrite = o.overwrite })
  return o.file
end

--- Draw a figure of series.
setmetatable(plot, { __call = function(_, ...)
  return show(build("plot", ...))
end })

--- Draw a matrix in colors.
---@param matrix any rows from the bottom up, columns from left to right
---@param given table?
---@return string? the file's name
function plot.heatmap(matrix, given)
  return show(heatmap.build(matrix, given, "plot.heatmap"))
end

--- Draw the histogram of a series of values.
---@param values any
---@param given table? as vt.plot, and bins
---@return string? the file's name
function plot.histogram(values, given)
  if values == nil then raise "plot.histogram: the values are nil: is their name right?" end
  local series, rest = divide(given, "plot.histogram")
  series.x, series.style = values, "histogram"
  if rest.ylabel == nil then rest.ylabel = "count" end
  return show(figure.build({ series }, rest, "plot.histogram"))
end

--- A figure that _shown was called with, which the prompt sets to keep those of its session.
---@param fig table
---@return string svg
function plot._drawn(fig) return draw_svg(fig) end

--- The figure of a table as vt.plot takes it, to stand in a page of several.
---@param given table
---@param id string goes before all ids
---@return string
---@return table? head what the page keeps of it, see plot/data.lua
function plot._inline(given, id)
  local fig = build("plot.svg", given)
  local drawing, area = draw_svg(fig, id)
  local o = fig.options
  local width, height = script.inside(o.width or WIDTH, o.height or HEIGHT)
  return drawing, area and figure_data.of(fig, area, width, height)
end

--- The figure as SVG text to stand inside a page, whose ink it takes.
---@return string
function plot.svg(...)
  return (draw_svg(build("plot.svg", ...), true))
end

--- The figure in characters.
---@return string
function plot.text(...)
  local fig = build("plot.text", ...)
  return draw_text(fig, session.terminal().columns, raster.look { color = false })
end

plot.movie = require("vitrum.plot.movie").make

-- ---------------------------------------------------------------- documentation ----

help.document("plot", {
  terms = "graph; chart; figure; draw; gnuplot; matplotlib; curve",
  see = "plot.heatmap; plot.histogram; report",
  signature = "vt.plot(x, y, [options]); vt.plot(y, [options]); vt.plot{ { x =, y =, label =, "
    .. "style = }, ..., title =, file = }",
  summary = "Draw curves: in the terminal, or through gnuplot to the .png, .svg or .pdf file that "
    .. "`file` names, which is returned. Each series takes x, y, label, style, error, xerror, "
    .. "lower, bins, axis, color, dash, width; the other options belong to the figure. NaN leaves "
    .. "a gap. Texts are shown as they are unless enhanced = true.",
  options = ALL_OPTIONS,
  example = 'vt.plot(g.r, g.total, { xlabel = "r (\xC3\x85)", ylabel = "g(r)", file = "gr.svg" })\n'
    .. 'vt.plot{ { x = t, y = T, label = "T (K)" }, { x = t, y = V, label = "V", axis = 2 },\n'
    .. '  xlabel = "time (ps)", marks = { { x = 20, label = "hold" } } }',
})
help.document("plot.heatmap", {
  terms = "heat map; color map; contour plot",
  see = "structure.map",
  signature = "vt.plot.heatmap(matrix, [options]) -> file",
  summary = "Draw a matrix (array or table of rows) in colors: row 1 at the bottom, column 1 at "
    .. "the left; NaN stays empty.",
  options = heatmap.OPTIONS,
  example = 'vt.plot.heatmap(stress, { zlabel = "stress (GPa)", palette = "blue-red", '
    .. 'file = "stress.png" })',
})
help.document("plot.histogram", {
  terms = "distribution",
  see = "Array:histogram",
  signature = "vt.plot.histogram(values, [options]) -> file",
  summary = "Draw how often values occur; takes the options of vt.plot.",
  options = ALL_OPTIONS,
  example = 'vt.plot.histogram(glass:atom_energies(), { bins = 50, xlabel = "E (eV)" })',
})
help.document("plot.svg", {
  signature = "vt.plot.svg(x, y, [options]) -> text",
  summary = "The figure that vt.plot with the same arguments draws, as SVG text to stand inside an "
    .. "HTML page: without background, in the page's ink. vt.plot.svg{ heatmap = matrix, ... } "
    .. "draws a heat map.",
  example = 'report:figure{ svg = vt.plot.svg(g.r, g.total), caption = "g(r)" }',
})
help.document("plot.text", {
  terms = "terminal plot; ASCII plot",
  signature = "vt.plot.text(x, y, [options]) -> text",
  summary = "The figure in characters, as vt.plot shows it in the terminal, without colors.",
  example = "print(vt.plot.text(g.r, g.total, { width = 72, height = 20 }))",
})

require("vitrum").plot = plot

return plot
