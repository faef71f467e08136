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
local MARK <const> = "#777777"
local FONT <const> = "DejaVu Sans" -- a package that setup installs; another sans serif will do

-- Font sizes [px]; a terminal of gnuplot that counts points gets 3/4 of them.
local SIZES <const> = { tics = 11.5, labels = 13, title = 14, legend = 12, marks = 11.5 }

-- What is being written: the lines so far, the figure, the kind and size of the output.
local Writer = {}
Writer.__index = Writer

function Writer:add(format, ...)
  self.lines[#self.lines + 1] = select("#", ...) > 0 and format:format(...) or format
end

-- A text of the user, its markup read only when asked.
function Writer:text(value)
  return gnuplot.quote((texts.clean(value):gsub("[\n\t]+", " ")))
    .. (self.fig.options.enhanced and " enhanced" or " noenhanced")
end

-- Font and color of a text.
function Writer:look(what, color)
  if self.kind == "text" then return "" end
  return (' font "%s%s,%g" textcolor rgb "%s"'):format(FONT, what == "title" and ":Bold" or "",
    self.kind == "svg" and SIZES[what] or SIZES[what] * 0.75, color or script.INK)
end

-- ---------------------------------------------------------------- frame ----

function Writer:terminal(settings)
  local kind, width, height = self.kind, self.width, self.height
  if kind == "png" then
    local scale = settings.scale
    self:add('set terminal pngcairo size %d,%d enhanced font "%s,9" fontscale %g linewidth %g '
             .. 'pointscale %g background "#ffffff"', math.floor(width * scale + 0.5),
             math.floor(height * scale + 0.5), FONT, scale, scale, scale)
  elseif kind == "svg" then
    self:add('set terminal svg size %g,%g enhanced font "%s,12" background "#ffffff"', width,
             height, FONT)
  elseif kind == "pdf" then
    -- 96 px to the inch; pdfcairo halves fonts unless told not to.
    self:add('set terminal pdfcairo size %.4fin,%.4fin enhanced font "%s,9" fontscale 1 '
             .. 'linewidth 0.75 pointscale 0.75', width / 96, height / 96, FONT)
  else
    self:add("set terminal dumb size %d,%d %s enhanced", width, height,
             settings.color and "ansi256" or "mono")
  end
  self:add "set encoding utf8"
  if kind ~= "text" then self:add "set minussign" end
  if self.fig.options.title then
    self:add("set title %s offset 0,-0.4%s", self:text(self.fig.options.title), self:look "title")
  end
end

-- With one series on each axis the axes take the colors of their series.
local function axis_colors(fig)
  local owner = {}
  for _, series in ipairs(fig.series) do
    local name = series.axis == 2 and "y2" or "y"
    owner[name] = owner[name] and "several" or series.color
  end
  local lone = (owner.y or "several") ~= "several" and (owner.y2 or "several") ~= "several"
  return lone and owner or {}
end

-- Digits that tell the tics of a narrow range far from zero apart.
local function plain_format(low, high)
  local digits = math.ceil(math.log(math.max(math.abs(low), math.abs(high)) / (high - low), 10)) + 3
  return ("%%.%dg"):format(math.max(6, math.min(digits, 15)))
end

-- Tics for logarithmic axes that span too few decades to name only powers: 1, 2 and 5 of every
-- decade, or even steps when those are too few as well.
local function fine_tics(low, high)
  local tics = {}
  local function add(value)
    if value >= low * (1 - 1e-9) and value <= high * (1 + 1e-9) then
      tics[#tics + 1] = ("%.6g"):format(value)
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

function Writer:axis(axis)
  local name, colors, kind = axis.name, self.fig.axis_colors, self.kind
  local low, high = math.min(axis.first, axis.last), math.max(axis.first, axis.last)
  local decades = axis.log and math.log(high / low, 10)
  local tics = decades and decades < 2 and fine_tics(low, high) or {}
  self:add("set %srange [%.17g:%.17g] noextend", name, axis.first, axis.last)
  if axis.log then self:add("set logscale %s 10", name) end
  -- Powers of ten need gnuplot's markup; other numbers are plain text.
  local powers = decades and #tics < 2 and decades >= 0.5
  local places = #tics >= 2 and " (" .. table.concat(tics, ",") .. ")"
    or axis:counts() and " 1" or ""
  self:add("set %stics %sout %s%s%s", name, name == "cb" and "" or "nomirror ",
           powers and "enhanced" or "noenhanced", self:look("tics", colors[name]), places)
  self:add('set format %s "%s"', name, powers and (kind == "text" and "1e%T" or "10^{%T}")
           or decades and "%g" or plain_format(low, high))
  if powers then self:add("set m%stics 10", name) end
  -- In characters the labels of upright axes stand above the figure: plot/init.lua puts them there.
  if axis.label and (kind ~= "text" or name == "x") then
    self:add("set %slabel %s%s", name, self:text(axis.label), self:look("labels", colors[name]))
  end
end

function Writer:marks()
  for _, mark in ipairs(self.fig.marks) do
    -- The label of an upright line goes to the side where there is more room.
    local from, to, at, align
    if mark.x then
      from, to, at = "first %.17g, graph 0", "first %.17g, graph 1", "first %.17g, graph 0.955"
      align = self.fig.x:fraction(mark.x) > 0.75 and "right offset -0.6,0" or "left offset 0.6,0"
    else
      from, to, at = "graph 0, first %.17g", "graph 1, first %.17g", "graph 0.99, first %.17g"
      align = "right offset 0,0.6"
    end
    local place = mark.x or mark.y
    self:add('set arrow from ' .. from .. ' to ' .. to .. ' nohead back lw 1.2 dt (6,4) lc rgb "'
             .. MARK .. '"', place, place)
    if mark.label then
      self:add("set label %s at " .. at .. " %s front%s", self:text(mark.label), place, align,
               self:look "marks")
    end
  end
end

local LEGENDS <const> = {
  ["top right"] = "inside top right", ["top left"] = "inside top left",
  ["bottom right"] = "inside bottom right", ["bottom left"] = "inside bottom left",
  above = "tmargin center horizontal",
}

function Writer:legend(width, height)
  local place = LEGENDS[figure.place_legend(self.fig, width, height)]
  local characters = self.kind == "text"
  self:add(place and ("set key %s reverse Left samplen %g spacing %g height 0.3%s"):format(place,
    characters and 2 or 1.7, characters and 1 or 1.15, self:look "legend") or "unset key")
end

-- ---------------------------------------------------------------- series ----

-- Add columns of n numbers to the data; the text that makes gnuplot read them.
function Writer:data(columns)
  local n, count, flat, using = #columns[1], #columns, {}, {}
  for k = 1, count do
    local column = columns[k]
    using[k] = tostring(k)
    for i = 1, n do
      local value = column[i]
      -- gnuplot takes NaN for a gap, and infinity for an error.
      flat[(i - 1) * count + k] = value - value == 0 and value or 0 / 0
    end
  end
  local source = ('@DATA binary endian=little skip=%d record=%d format="%s" using %s'):format(
    self.bytes, n, ("%double"):rep(count), table.concat(using, ":"))
  self.packed[#self.packed + 1] = gnuplot.pack(flat)
  self.bytes = self.bytes + 8 * #flat
  return source
end

local CURVES <const> = { lines = true, steps = true, impulses = true, filledcurves = true }

-- A series without the points that would fall on pixels drawn already.
local function thinned(series, width, height)
  local keep
  if CURVES[series.style] then
    keep = thin.curve(series.u, series.v, width)
  elseif not series.bar then
    keep = thin.cloud(series.u, series.v, width, height)
  end
  if not keep then return series end
  if #keep == 0 then keep = { 1 } end
  local copy = setmetatable({ n = #keep }, { __index = series })
  for _, name in ipairs { "x", "y", "error", "xerror", "lower" } do
    local list, picked = series[name], {}
    for k = 1, list and #keep or 0 do picked[k] = list[keep[k]] end
    copy[name] = list and picked
  end
  return copy
end

-- Lower and upper ends of error bars. One that reaches zero or below leaves a logarithmic axis at
-- its end.
local function bounds(center, deviation, axis)
  local low, high = {}, {}
  for i = 1, #center do
    local down = center[i] - deviation[i]
    low[i] = axis.log and down <= 0 and math.min(axis.first, axis.last, center[i]) or down
    high[i] = center[i] + deviation[i]
  end
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

-- One series as parts of a plot command: "source using ... with ...".
function Writer:series(series, index, width, height)
  local s, style, characters = thinned(series, width, height), series.style, self.kind == "text"
  local yaxis = series.axis == 2 and self.fig.y2 or self.fig.y
  local title = series.label and "title " .. self:text(series.label) or "notitle"
  local line = ("lw %g dt %s"):format(series.width or line_width(series, width),
    (series.dash or index > #figure.COLORS) and "(9,5)" or "solid")
  local kind = (index - 1) % #SHAPES + 1
  -- A dense cloud is legible with small markers only.
  local marker = ("pt %d ps %g"):format(SHAPES[kind], (s.n > 300 and 0.28 or s.n > 60 and 0.42
    or 0.65) * (SHAPE_SIZES[SHAPES[kind]] or 1))
  if characters then marker = ('pt "%s"'):format(CHARACTERS:sub(kind, kind)) end
  local function add(columns, with, named)
    self.elements[#self.elements + 1] = ('%s axes x1y%d with %s lc rgb "%s" %s'):format(
      self:data(columns), series.axis, with, series.color, named or "notitle")
  end
  -- Error bars as vectors without heads: gnuplot's own leave a gap around the marker.
  local function bars(center, deviation, axis)
    local low, length = bounds(center, deviation, axis)
    local zero = {}
    for i = 1, s.n do length[i], zero[i] = length[i] - low[i], 0.0 end
    add(axis == yaxis and { s.x, low, zero, length } or { low, s.y, length, zero },
        "vectors nohead lw 1.4")
  end
  if style == "lines" or style == "steps" then
    if s.error and not characters then
      local low, high = bounds(s.y, s.error, yaxis)
      add({ s.x, low, high }, "filledcurves fs transparent solid 0.22 noborder")
    end
    add({ s.x, s.y }, style .. " " .. line, title)
  elseif style == "filledcurves" then
    local lower = s.lower
    for i = 1, s.n do
      if lower[i] ~= lower[i] then lower[i] = math.min(yaxis.first, yaxis.last) end
    end
    if characters then
      add({ s.x, lower }, "lines")
    else
      add({ s.x, lower, s.y }, "filledcurves fs transparent solid 0.3 noborder", title)
    end
    add({ s.x, s.y }, "lines " .. line, characters and title or nil)
  elseif style == "histogram" then
    local widths = {}
    for i = 1, s.n do widths[i] = s.bar end
    add({ s.x, s.y, widths },
        characters and "boxes" or "boxes fs transparent solid 0.35 border lw 1", title)
  elseif style == "impulses" then
    add({ s.x, s.y }, "impulses " .. line, title)
  else
    if s.error then bars(s.y, s.error, yaxis) end
    if s.xerror then bars(s.x, s.xerror, self.fig.x) end
    add({ s.x, s.y },
        style == "linespoints" and "linespoints " .. line .. " " .. marker or "points " .. marker,
        title)
  end
end

-- The colors of a matrix, in no more cells than there are pixels.
function Writer:image(fig, pixels)
  local stops, palette = {}, fig.palette
  for k, color in ipairs(palette) do
    stops[k] = ('%.4f "#%s"'):format((k - 1) / (#palette - 1), color)
  end
  self:add("set palette maxcolors 0 defined (%s)", table.concat(stops, ", "))
  local rows = fig:reduced(self.width * pixels, self.height * pixels)
  local n, m, flat = #rows, #rows[1], {}
  for i = 1, n do
    for j = 1, m do
      local value = rows[i][j]
      flat[#flat + 1] = value - value == 0 and value or 0 / 0
    end
  end
  local dx, dy = (fig.x.last - fig.x.first) / m, (fig.y.last - fig.y.first) / n
  self.packed[1] = gnuplot.pack(flat)
  self.elements[1] = ('@DATA binary endian=little array=(%d,%d) dx=%.17g dy=%.17g '
    .. 'origin=(%.17g,%.17g) format="%%double" using 1 with image notitle'):format(m, n, dx, dy,
    fig.x.first + 0.5 * dx, fig.y.first + 0.5 * dy)
end

--- Script and data of a figure.
---@param fig table from figure.build or heatmap.build
---@param kind "png"|"svg"|"pdf"|"text"
---@param width number px, or columns
---@param height number px, or rows
---@param settings { scale: number?, color: boolean? }
---@return string script
---@return string data
function script.of(fig, kind, width, height, settings)
  local self = setmetatable({ lines = {}, elements = {}, packed = {}, bytes = 0, fig = fig,
                              kind = kind, width = width, height = height }, Writer)
  self:terminal(settings)
  fig.axis_colors = fig.series and kind ~= "text" and axis_colors(fig) or {}
  if kind ~= "text" then
    self:add('set border %d lw 1 lc rgb "%s"', fig.cb and 15 or fig.y2.used and 11 or 3, script.INK)
  end
  self:add("set tics scale %s", kind == "text" and "0.5" or "0.55,0.3")
  for _, axis in ipairs { fig.x, fig.y, fig.cb or fig.y2.used and fig.y2 or nil } do
    self:axis(axis)
  end
  if fig.cb then
    self:add "unset key"
    if fig.options.equal then self:add "set size ratio -1" end
    self:image(fig, kind == "png" and settings.scale or 1.5)
  else
    if kind ~= "text" then
      self:add('set grid xtics ytics back lt 1 dt solid lw 0.8 lc rgb "%s"', script.GRID)
    end
    self:marks()
    -- What the axes leave of the figure, roughly: enough for thinning and for the legend.
    local inner_width = kind == "text" and width * 7 or width - 80
    local inner_height = kind == "text" and height * 16 or height - 70
    figure.project(fig, inner_width, inner_height)
    self:legend(inner_width, inner_height)
    for index, series in ipairs(fig.series) do
      self:series(series, index, inner_width, inner_height)
    end
  end
  self:add("plot " .. table.concat(self.elements, ", \\\n  "))
  return table.concat(self.lines, "\n") .. "\n", table.concat(self.packed)
end

return script
