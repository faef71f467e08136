-- The house style: a checked figure as a gnuplot script with its data.
--
-- Dark gray axes at the left and bottom, a thin grid, colors that everybody can tell apart, the
-- legend where nothing is drawn. In the terminal the same figure in characters.

local gnuplot = require "vitrum.plot.gnuplot"
local thin = require "vitrum.plot.thin"
local texts = require "vitrum.base.text"
local figure = require "vitrum.plot.figure"

local script = {}

script.INK = "#333333"
script.GRID = "#e2e2e2"
script.MARK = "#777777"

local FONT <const> = "DejaVu Sans" -- a package that setup installs; another sans serif will do

-- Font sizes [px]; a terminal of gnuplot that counts points gets 3/4 of them.
local SIZES <const> = { tics = 11.5, labels = 13, title = 14, legend = 12, marks = 11.5 }

--- The terminal line of an output kind.
---@param kind "png"|"svg"|"pdf"|"text"
---@param width number px, or columns
---@param height number px, or rows
---@param options { scale: number?, color: boolean? }
---@return string
function script.terminal(kind, width, height, options)
  if kind == "png" then
    return string.format('set terminal pngcairo size %d,%d enhanced font "%s,9" fontscale %g '
                         .. 'linewidth %g pointscale %g background "#ffffff"',
                         math.floor(width * options.scale + 0.5),
                         math.floor(height * options.scale + 0.5), FONT, options.scale,
                         options.scale, options.scale)
  elseif kind == "svg" then
    return string.format('set terminal svg size %g,%g dynamic enhanced font "%s,12" '
                         .. 'background "#ffffff"', width, height, FONT)
  elseif kind == "pdf" then
    -- 96 px to the inch; pdfcairo halves fonts unless told not to.
    return string.format('set terminal pdfcairo size %.4fin,%.4fin enhanced font "%s,9" '
                         .. 'fontscale 1 linewidth 0.75 pointscale 0.75', width / 96, height / 96,
                         FONT)
  end
  return string.format("set terminal dumb size %d,%d %s enhanced", width, height,
                       options.color and "ansi256" or "mono")
end

-- A text of the user, its markup read only when asked.
local function text(value, fig)
  return gnuplot.quote((texts.clean(value):gsub("[\n\t]+", " ")))
    .. (fig.options.enhanced and " enhanced" or " noenhanced")
end
script.text = text

local function font_of(kind, size, bold)
  if kind == "text" then return "" end
  local points = kind == "svg" and size or size * 0.75
  return string.format(' font "%s,%g"', bold and FONT .. ":Bold" or FONT, points)
end

local function ink(kind, color)
  return kind == "text" and "" or string.format(' textcolor rgb "%s"', color or script.INK)
end

--- Title, labels and everything else that has nothing to do with data.
---@param add fun(format: string, ...)
---@param fig table
---@param kind string
function script.frame(add, fig, kind)
  local o = fig.options
  add "set encoding utf8"
  if kind ~= "text" then add "set minussign" end
  if o.title then
    add("set title %s offset 0,-0.4%s%s", text(o.title, fig),
        font_of(kind, SIZES.title, true), ink(kind))
  end
  for _, axis in ipairs { "x", "y", "y2" } do
    local label = o[axis .. "label"]
    -- In characters the labels of upright axes stand above the figure: plot.lua puts them there.
    local shown = axis == "x" or kind ~= "text" and (axis == "y" or fig.y2 and fig.y2.used)
    if label and shown then
      add("set %slabel %s%s%s", axis, text(label, fig), font_of(kind, SIZES.labels),
          ink(kind, fig.axis_colors and fig.axis_colors[axis]))
    end
  end
end

-- ---------------------------------------------------------------- tics ----

-- Digits that tell the tics of a narrow range far from zero apart.
local function plain_format(first, last)
  local largest = math.max(math.abs(first), math.abs(last))
  local digits = math.ceil(math.log(largest / math.abs(last - first), 10)) + 3
  return string.format("%%.%dg", math.max(6, math.min(digits, 15)))
end

-- Tics for logarithmic axes that span too few decades to name only powers: 1, 2 and 5 of every
-- decade, or even steps when those are too few as well.
local function fine_tics(low, high)
  local tics = {}
  local function add(value)
    if value >= low * (1 - 1e-9) and value <= high * (1 + 1e-9) then
      tics[#tics + 1] = string.format("%.6g", value)
    end
  end
  for decade = math.floor(math.log(low, 10)), math.ceil(math.log(high, 10)) do
    for _, factor in ipairs { 1, 2, 5 } do add(factor * 10.0 ^ decade) end
  end
  if #tics >= 3 then return tics end
  tics = {}
  local step = (high - low) / 5
  local decade = 10.0 ^ math.floor(math.log(step, 10))
  step = decade * (step < 1.5 * decade and 1 or step < 3.5 * decade and 2 or 5)
  for k = math.floor(low / step), math.ceil(high / step) do add(k * step) end
  return tics
end

local function add_axis(add, fig, axis, kind)
  local name = axis.name
  add("set %srange [%.17g:%.17g] noextend", name, axis.first, axis.last)
  local font = font_of(kind, SIZES.tics)
  local side = " nomirror"
  local color = ink(kind, fig.axis_colors and fig.axis_colors[name])
  local low, high = math.min(axis.first, axis.last), math.max(axis.first, axis.last)
  if axis.log then
    add("set logscale %s 10", name)
    local decades = math.log(high / low, 10)
    local tics = decades < 2 and fine_tics(low, high) or {}
    if #tics >= 2 then
      add("set %stics%s out%s%s (%s)", name, side, font, color, table.concat(tics, ","))
      add('set format %s "%%g"', name)
    else
      add("set %stics%s out%s%s enhanced", name, side, font, color)
      add('set format %s "%s"', name,
          decades < 0.5 and "%g" or kind == "text" and "1e%T" or "10^{%T}")
      add("set m%stics 10", name)
    end
  else
    add("set %stics%s out%s%s", name, side, font, color)
    add('set format %s "%s"', name, plain_format(axis.first, axis.last))
  end
end

--- Axes, border and color bar of a heat map.
---@param add fun(format: string, ...)
---@param fig table
---@param kind string
function script.map_axes(add, fig, kind)
  add('set border 15 lw 1 lc rgb "%s"', script.INK)
  add "set tics scale 0.55,0.3"
  for _, name in ipairs { "x", "y" } do
    local range = fig[name .. "range"]
    add("set %srange [%.17g:%.17g] noextend", name, range[1], range[2])
    add("set %stics nomirror out%s%s", name, font_of(kind, SIZES.tics), ink(kind))
    add('set format %s "%s"', name, plain_format(range[1], range[2]))
  end
  add("set cbrange [%.17g:%.17g] noextend", fig.zrange[1], fig.zrange[2])
  add("set cbtics out%s%s", font_of(kind, SIZES.tics), ink(kind))
  if fig.options.logz then
    add "set logscale cb 10"
    add('set format cb "%s"', fig.zrange[2] / fig.zrange[1] < 100 and "%g" or "10^{%T}")
  else
    add('set format cb "%s"', plain_format(fig.zrange[1], fig.zrange[2]))
  end
  if fig.options.zlabel then
    add("set cblabel %s%s%s", text(fig.options.zlabel, fig), font_of(kind, SIZES.labels), ink(kind))
  end
  add "unset key"
end

-- ---------------------------------------------------------------- series ----

local Data = {}
Data.__index = Data

local function new_data() return setmetatable({ parts = {}, bytes = 0 }, Data) end

-- Add columns of n numbers; the text that makes gnuplot read them.
function Data:add(columns)
  local n, flat = #columns[1], {}
  local count = #columns
  for k = 1, count do
    local column = columns[k]
    for i = 1, n do
      local value = column[i]
      -- gnuplot takes NaN for a gap, and infinity for an error.
      flat[(i - 1) * count + k] = value - value == 0 and value or 0 / 0
    end
  end
  local packed = gnuplot.pack(flat)
  local source = string.format('@DATA binary endian=little skip=%d record=%d format="%s"',
                               self.bytes, n, ("%double"):rep(count))
  self.parts[#self.parts + 1] = packed
  self.bytes = self.bytes + #packed
  local using = {}
  for k = 1, count do using[k] = tostring(k) end
  return source .. " using " .. table.concat(using, ":")
end
script.new_data = new_data

local function pick(list, keep)
  if not keep or not list then return list end
  local picked = {}
  for k = 1, #keep do picked[k] = list[keep[k]] end
  return picked
end

local CURVES <const> = { lines = true, steps = true, impulses = true, filledcurves = true }

-- Series without the points that would fall on pixels drawn already.
local function thinned(series, width, height)
  if series.widths then return series end
  local keep
  if CURVES[series.style] then
    keep = thin.curve(series.u, series.v, width)
  else
    keep = thin.cloud(series.u, series.v, width, height)
  end
  if not keep then return series end
  if #keep == 0 then keep = { 1 } end
  local copy = setmetatable({}, { __index = series })
  for _, name in ipairs { "x", "y", "error", "xerror", "lower" } do
    copy[name] = pick(series[name], keep)
  end
  copy.n = #keep
  return copy
end

local function bounds(center, deviation, axis)
  local low, high = {}, {}
  local floor = math.min(axis.first, axis.last)
  for i = 1, #center do
    local down = center[i] - deviation[i]
    -- A bar that reaches zero or below leaves a logarithmic axis at its end.
    low[i] = axis.log and down <= 0 and math.min(floor, center[i]) or down
    high[i] = center[i] + deviation[i]
  end
  return low, high
end

local function bars(center, deviation, axis)
  local low, high = bounds(center, deviation, axis)
  for i = 1, #low do high[i] = high[i] - low[i] end
  return low, high
end

-- Marker shapes that differ in outline: filled circle, square, triangle, diamond, open ones.
local SHAPES <const> = { 7, 5, 9, 13, 6, 4, 8, 12 }
local CHARACTERS <const> = "ox+#@%&=" -- and in the terminal
local SHAPE_SIZES <const> = { [9] = 1.2, [13] = 1.25, [8] = 1.2, [12] = 1.25 }

-- A smooth curve is drawn strong, a noisy one fine: by the length of the path that the pen goes,
-- in widths of the figure.
local function line_width(series, width)
  local path, u, v = 0.0, nil, nil
  for i = 1, series.n do
    local x, y = series.u[i], series.v[i]
    if x - x == 0 and y - y == 0 then
      if u then path = path + math.abs(x - u) + math.abs(y - v) end
      u, v = x, y
    end
  end
  path = path / width
  return path < 10 and 2 or path < 40 and 1.3 or 0.8
end

-- The elements of one series: lists of "source using ... with ..." texts.
local function add_series(elements, data, series, index, fig, kind, width, height)
  local s = thinned(series, width, height)
  local yaxis = series.axis == 2 and fig.y2 or fig.y
  local axes = series.axis == 2 and "axes x1y2" or "axes x1y1"
  local color = string.format('lc rgb "%s"', series.color)
  local title = series.label and "title " .. text(series.label, fig) or "notitle"
  local line = string.format("lw %g dt %s",
                             series.width or line_width(series, width),
                             (series.dash or index > #figure.COLORS) and "(9,5)" or "solid")
  local shape = SHAPES[(index - 1) % #SHAPES + 1]
  -- A dense cloud is legible with small markers only.
  local size = (s.n > 300 and 0.28 or s.n > 60 and 0.42 or 0.65) * (SHAPE_SIZES[shape] or 1)
  local marker = string.format("pt %d ps %g", shape, size)
  if kind == "text" then
    local k = (index - 1) % #CHARACTERS + 1
    marker = string.format('pt "%s"', CHARACTERS:sub(k, k))
  end
  local function add(columns, with, named)
    elements[#elements + 1] = string.format("%s %s with %s %s %s", data:add(columns), axes, with,
                                            color, named or "notitle")
  end
  local style = series.style
  if style == "lines" or style == "steps" then
    if s.error and kind ~= "text" then
      local low, high = bounds(s.y, s.error, yaxis)
      add({ s.x, low, high }, "filledcurves fs transparent solid 0.22 noborder")
    end
    add({ s.x, s.y }, style .. " " .. line, title)
  elseif style == "filledcurves" then
    local lower = s.lower
    for i = 1, s.n do
      if lower[i] ~= lower[i] then lower[i] = math.min(yaxis.first, yaxis.last) end
    end
    if kind == "text" then
      add({ s.x, s.y }, "lines", title)
      add({ s.x, lower }, "lines")
    else
      add({ s.x, lower, s.y }, "filledcurves fs transparent solid 0.3 noborder", title)
      add({ s.x, s.y }, "lines " .. line)
    end
  elseif style == "histogram" then
    if kind == "text" then
      add({ s.x, s.y, s.widths }, "boxes", title)
    else
      add({ s.x, s.y, s.widths }, "boxes fs transparent solid 0.35 border lw 1", title)
    end
  elseif style == "impulses" then
    add({ s.x, s.y }, "impulses " .. line, title)
  else
    if style == "linespoints" then add({ s.x, s.y }, "lines " .. line) end
    if s.error or s.xerror then
      -- As vectors without heads: gnuplot's own error bars leave a gap around the marker.
      local zero = {}
      for i = 1, s.n do zero[i] = 0.0 end
      if s.error then
        local low, length = bars(s.y, s.error, yaxis)
        add({ s.x, low, zero, length }, "vectors nohead lw 1.4")
      end
      if s.xerror then
        local low, length = bars(s.x, s.xerror, fig.x)
        add({ low, s.y, length, zero }, "vectors nohead lw 1.4")
      end
      add({ s.x, s.y }, "points " .. marker, title)
    elseif style == "linespoints" then
      -- The legend shows line and marker together.
      elements[#elements] = nil
      add({ s.x, s.y }, "linespoints " .. line .. " " .. marker, title)
    else
      add({ s.x, s.y }, "points " .. marker, title)
    end
  end
end

local function add_marks(add, fig, kind)
  for _, mark in ipairs(fig.marks) do
    local from, to, at, align
    if mark.x then
      from, to = string.format("first %.17g, graph 0", mark.x),
                 string.format("first %.17g, graph 1", mark.x)
      -- On the side where there is more room.
      local left = fig.x:fraction(mark.x) > 0.75
      at = string.format("first %.17g, graph 0.955", mark.x)
      align = left and "right offset -0.6,0" or "left offset 0.6,0"
    else
      from, to = string.format("graph 0, first %.17g", mark.y),
                 string.format("graph 1, first %.17g", mark.y)
      at = string.format("graph 0.99, first %.17g", mark.y)
      align = "right offset 0,0.6"
    end
    add('set arrow from %s to %s nohead back lw 1.2 dt (6,4) lc rgb "%s"', from, to, script.MARK)
    if mark.label then
      add("set label %s at %s %s front%s%s", text(mark.label, fig), at, align,
          font_of(kind, SIZES.marks), ink(kind))
    end
  end
end

local LEGENDS <const> = {
  ["top right"] = "inside top right", ["top left"] = "inside top left",
  ["bottom right"] = "inside bottom right", ["bottom left"] = "inside bottom left",
  above = "tmargin center horizontal",
}

local function add_legend(add, fig, kind, width, height)
  local place = figure.place_legend(fig, width, height)
  if place == "none" then
    add "unset key"
  else
    add("set key %s reverse Left samplen %g spacing %g height 0.3%s%s", LEGENDS[place],
        kind == "text" and 2 or 1.7, kind == "text" and 1 or 1.15,
        font_of(kind, SIZES.legend), ink(kind))
  end
end

-- With one series on each axis the labels take the colors of their series.
local function axis_colors(fig)
  local owner = {}
  for _, series in ipairs(fig.series) do
    local name = series.axis == 2 and "y2" or "y"
    owner[name] = owner[name] and "several" or series.color
  end
  if (owner.y or "several") == "several" or (owner.y2 or "several") == "several" then return nil end
  return owner
end

--- Script and data of a figure.
---@param fig table from figure.build
---@param kind string
---@param width number px, or columns
---@param height number
---@param options table for script.terminal
---@return string script
---@return string data
function script.of_series(fig, kind, width, height, options)
  local lines = {}
  local function add(format, ...)
    lines[#lines + 1] = select("#", ...) > 0 and string.format(format, ...) or format
  end
  add(script.terminal(kind, width, height, options))
  if kind ~= "text" then fig.axis_colors = axis_colors(fig) end
  script.frame(add, fig, kind)
  -- What the axes leave of the figure, roughly: enough for thinning and for the legend.
  local inner_width = kind == "text" and width * 7 or width - 80
  local inner_height = kind == "text" and height * 16 or height - 70
  if kind == "text" then
    add "set tics scale 0.5"
  else
    add('set border %d lw 1 lc rgb "%s"', fig.y2.used and 11 or 3, script.INK)
    add "set tics scale 0.55,0.3"
    add('set grid xtics ytics back lt 1 dt solid lw 0.8 lc rgb "%s"', script.GRID)
  end
  add_axis(add, fig, fig.x, kind)
  add_axis(add, fig, fig.y, kind)
  if fig.y2.used then add_axis(add, fig, fig.y2, kind) end
  add_marks(add, fig, kind)
  figure.project(fig, inner_width, inner_height)
  add_legend(add, fig, kind, inner_width, inner_height)
  local data, elements = new_data(), {}
  for index, series in ipairs(fig.series) do
    add_series(elements, data, series, index, fig, kind, inner_width, inner_height)
  end
  add("plot " .. table.concat(elements, ", \\\n  "))
  return table.concat(lines, "\n") .. "\n", table.concat(data.parts)
end

return script
