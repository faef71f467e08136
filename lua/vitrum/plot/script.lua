-- The house style: a checked figure as a gnuplot script with its data.
--
-- Dark gray axes at the left and bottom, a thin grid, colors that everybody can tell apart, the
-- legend where nothing is drawn.

local gnuplot = require "vitrum.plot.gnuplot"
local thin = require "vitrum.plot.thin"
local ticks = require "vitrum.plot.ticks"
local texts = require "vitrum.base.text"
local figure = require "vitrum.plot.figure"

local script = {}

script.INK = "#333333"
script.GRID = "#e2e2e2"
local MARK <const> = "#777777"
local FONT <const> = "DejaVu Sans" -- a package that setup installs; another sans serif will do

-- Font sizes [px]; a terminal of gnuplot that counts points gets 3/4 of them.
local SIZES <const> = { tics = 11.5, labels = 13, title = 14, legend = 12, marks = 11.5 }

-- A number's text as it stands in print: "−2.5 × 10⁷".
local function typeset(label)
  local mantissa, power = label:match "^(.-)e(-?%d+)$"
  return ((mantissa and ("%s × %s"):format(mantissa, texts.power(power)) or label):gsub("^%-", "−"))
end

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
  else
    -- 96 px to the inch; pdfcairo halves fonts unless told not to.
    self:add('set terminal pdfcairo size %.4fin,%.4fin enhanced font "%s,9" fontscale 1 '
             .. 'linewidth 0.75 pointscale 0.75', width / 96, height / 96, FONT)
  end
  self:add "set encoding utf8"
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

-- Numbers on the axes: one for so many px, by the length of the labels where they stand in a row.
local UP <const>, ACROSS <const>, DIGIT <const>, GAP <const> = 30, 55, 7.2, 22

function Writer:tics(axis)
  local upright = axis.name ~= "x"
  local length = (upright and self.height or self.width) - 70
  local wanted = math.max(2, math.floor(length / (upright and UP or ACROSS)))
  local list
  repeat
    list = ticks.of(axis, wanted)
    local longest = 0
    for _, tick in ipairs(list) do longest = math.max(longest, #tick.label) end
    wanted = wanted - 1
  until upright or wanted < 2 or #list * (longest * DIGIT + GAP) < length + GAP
  return list
end

function Writer:axis(axis)
  local name, colors = axis.name, self.fig.axis_colors
  self:add("set %srange [%.17g:%.17g] noextend", name, axis.first, axis.last)
  if axis.log then self:add("set logscale %s 10", name) end
  local places, powers = {}, false
  for k, tick in ipairs(self:tics(axis)) do
    powers = powers or tick.power ~= nil
    -- Powers of ten need gnuplot's markup; other numbers are plain text.
    local label = tick.power and ("10^{%s}"):format(tick.power) or typeset(tick.label)
    places[k] = ('%s %.17g'):format(gnuplot.quote(label), tick.value)
  end
  self:add("set %stics %sout %s%s (%s)", name, name == "cb" and "" or "nomirror ",
           powers and "enhanced" or "noenhanced", self:look("tics", colors[name]),
           table.concat(places, ","))
  if axis.label then
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
  self:add(place and ("set key %s reverse Left samplen 1.7 spacing 1.15 height 0.3%s"):format(place,
    self:look "legend") or "unset key")
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

--- A projected series without the points that would fall on pixels drawn already.
function script.thinned(series, width, height)
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
  local s, style = script.thinned(series, width, height), series.style
  local yaxis = series.axis == 2 and self.fig.y2 or self.fig.y
  local title = series.label and "title " .. self:text(series.label) or "notitle"
  local line = ("lw %g dt %s"):format(series.width or line_width(series, width),
    (series.dash or index > #figure.COLORS) and "(9,5)" or "solid")
  local kind = (index - 1) % #SHAPES + 1
  -- A dense cloud is legible with small markers only.
  local marker = ("pt %d ps %g"):format(SHAPES[kind], (s.n > 300 and 0.28 or s.n > 60 and 0.42
    or 0.65) * (SHAPE_SIZES[SHAPES[kind]] or 1))
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
    if s.error then
      local low, high = bounds(s.y, s.error, yaxis)
      add({ s.x, low, high }, "filledcurves fs transparent solid 0.22 noborder")
    end
    add({ s.x, s.y }, style .. " " .. line, title)
  elseif style == "filledcurves" then
    local lower = s.lower
    for i = 1, s.n do
      if lower[i] ~= lower[i] then lower[i] = math.min(yaxis.first, yaxis.last) end
    end
    add({ s.x, lower, s.y }, "filledcurves fs transparent solid 0.3 noborder", title)
    add({ s.x, s.y }, "lines " .. line)
  elseif style == "histogram" then
    local widths = {}
    for i = 1, s.n do widths[i] = s.bar end
    add({ s.x, s.y, widths }, "boxes fs transparent solid 0.35 border lw 1", title)
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

--- What the axes leave of a figure of so many px, roughly.
function script.inside(width, height) return width - 80, height - 70 end

--- Script and data of a figure.
---@param fig table from figure.build or heatmap.build
---@param kind "png"|"svg"|"pdf"
---@param width number px
---@param height number px
---@param settings { scale: number? }
---@return string script
---@return string data
function script.of(fig, kind, width, height, settings)
  local self = setmetatable({ lines = {}, elements = {}, packed = {}, bytes = 0, fig = fig,
                              kind = kind, width = width, height = height }, Writer)
  self:terminal(settings)
  fig.axis_colors = fig.series and axis_colors(fig) or {}
  self:add('set border %d lw 1 lc rgb "%s"', fig.cb and 15 or fig.y2.used and 11 or 3, script.INK)
  self:add "set tics scale 0.55,0.3"
  for _, axis in ipairs { fig.x, fig.y, fig.cb or fig.y2.used and fig.y2 or nil } do
    self:axis(axis)
  end
  if fig.cb then
    self:add "unset key"
    if fig.options.equal then self:add "set size ratio -1" end
    self:image(fig, kind == "png" and settings.scale or 1.5)
  else
    self:add('set grid xtics ytics back lt 1 dt solid lw 0.8 lc rgb "%s"', script.GRID)
    self:marks()
    -- Enough for thinning and for the legend.
    local inner_width, inner_height = script.inside(width, height)
    figure.project(fig, inner_width, inner_height)
    self:legend(inner_width, inner_height)
    for _, index in ipairs(figure.order(fig)) do
      self:series(fig.series[index], index, inner_width, inner_height)
    end
  end
  self:add("plot " .. table.concat(self.elements, ", \\\n  "))
  -- Where the field between the axes has come to lie, for pages.
  self:add "print 'FIELD', GPVAL_TERM_XMIN, GPVAL_TERM_XMAX, GPVAL_TERM_YMIN, GPVAL_TERM_YMAX"
  return table.concat(self.lines, "\n") .. "\n", table.concat(self.packed)
end

return script
