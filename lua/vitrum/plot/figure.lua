-- A figure before it is drawn: series checked and completed, axes with their ranges, the place of
-- the legend. plot/init.lua makes it from what the user gave, plot/script.lua draws it.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local statistics = require "vitrum.analysis.statistics"

local raise = options.raise

local figure = {}

--- Okabe and Ito's colors, told apart with every kind of color vision: M. Okabe, K. Ito, "Color
--- universal design" (2008). The yellow comes last: it is too light for lines on white.
figure.COLORS = { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
                  "#F0E442" }

local COLOR_NAMES <const> = {
  blue = "#0072B2", vermillion = "#D55E00", green = "#009E73", purple = "#CC79A7",
  orange = "#E69F00", sky = "#56B4E9", black = "#000000", yellow = "#F0E442", gray = "#777777",
}

local STYLES <const> = { "lines", "points", "linespoints", "errorbars", "histogram", "steps",
                         "filledcurves", "impulses" }

figure.SERIES_OPTIONS = {
  { name = "x", kind = "array", help = "abscissas; without y and style = \"histogram\" the values "
    .. "to be counted" },
  { name = "y", kind = "array", help = "ordinates; NaN leaves a gap" },
  { name = "label", kind = "string", help = "text in the legend" },
  { name = "style", kind = "choice", choices = STYLES,
    help = "by default lines, or errorbars when error is given" },
  { name = "error", kind = "value",
    help = "error of y, a number or an array: bars on points, a band around lines" },
  { name = "xerror", kind = "value", help = "error of x: bars" },
  { name = "lower", kind = "value", default = 0,
    help = "lower edge of filledcurves, a number or an array" },
  { name = "bins", kind = "count", help = "bins of a histogram of values" },
  { name = "axis", kind = "value", default = 1, help = "1: left, 2: right" },
  { name = "color", kind = "string", help = "\"#rrggbb\", or blue, vermillion, green, purple, "
    .. "orange, sky, black, yellow, gray" },
  { name = "dash", kind = "boolean", default = false, help = "dashed line" },
  { name = "width", kind = "positive", unit = "px", help = "width of the line; by default 2, less "
    .. "for a noisy curve" },
}

figure.FIGURE_OPTIONS = {
  { name = "title", kind = "string", help = "above the figure" },
  { name = "xlabel", kind = "string", help = "with the unit: \"T (K)\"" },
  { name = "ylabel", kind = "string", help = "left axis" },
  { name = "y2label", kind = "string", help = "right axis" },
  { name = "xrange", kind = "{ low, high }", help = "{first, last}; by default from the data" },
  { name = "yrange", kind = "{ low, high }", help = "{lowest, highest}" },
  { name = "y2range", kind = "{ low, high }", help = "{lowest, highest} of the right axis" },
  { name = "logx", kind = "boolean", default = false, help = "logarithmic axis" },
  { name = "logy", kind = "boolean", default = false, help = "logarithmic axis" },
  { name = "logy2", kind = "boolean", default = false, help = "logarithmic right axis" },
  { name = "legend", kind = "choice", default = "auto",
    choices = { "auto", "top right", "top left", "bottom right", "bottom left", "above", "none" },
    help = "place of the legend; auto takes an empty corner" },
  { name = "marks", kind = "table",
    help = "straight lines to mark values: { { x = 650, label = \"Tg\" }, { y = 0 } }" },
  { name = "enhanced", kind = "boolean", default = false,
    help = "read gnuplot's markup in texts: x_2, 10^{-3}, {/Symbol a}" },
  { name = "file", kind = "string", help = "draw to .png, .svg or .pdf instead of the terminal" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
  { name = "width", kind = "positive", unit = "px", help = "of the figure, default 640; in the "
    .. "terminal its columns" },
  { name = "height", kind = "positive", unit = "px", help = "of the figure, default 400; in the "
    .. "terminal its rows" },
  { name = "ascii", kind = "boolean", default = false,
    help = "in the terminal: plain characters only, as where there is no Unicode" },
  { name = "scale", kind = "positive", default = 2, help = "a .png has so many times the pixels" },
}

-- What heat maps take too.
local SHARED <const> = { title = true, xlabel = true, ylabel = true, enhanced = true, file = true,
                         overwrite = true, width = true, height = true, ascii = true, scale = true }

--- The options of a heat map: its own, then those that all figures take.
---@param own table[]
---@return table[]
function figure.map_options(own)
  for _, option in ipairs(figure.FIGURE_OPTIONS) do
    if SHARED[option.name] then own[#own + 1] = option end
  end
  return own
end

-- ---------------------------------------------------------------- series ----

local function color_of(given, index, where)
  if given == nil then return figure.COLORS[(index - 1) % #figure.COLORS + 1] end
  local color = COLOR_NAMES[given] or given:match "^#%x%x%x%x%x%x$"
  if not color then
    raise("%s: color %s is unknown; use \"#rrggbb\" or blue, vermillion, green, purple, orange, "
          .. "sky, black, yellow, gray", where, numbers.show(given))
  end
  return color
end

-- A number or list as a list of n.
local function spread(value, n, what)
  if type(value) == "number" then
    local list = {}
    for i = 1, n do list[i] = value + 0.0 end
    return list
  end
  local list = numbers.list(value, what)
  if #list ~= n then
    raise("%s has %d values, but the series has %d points", what, #list, n)
  end
  return list
end

local function errors_of(value, n, what)
  local list = spread(value, n, what)
  for i = 1, n do
    if list[i] < 0 then raise("%s[%d] is %g; an error cannot be negative", what, i, list[i]) end
    -- An unknown error draws no bar.
    if not numbers.is_finite(list[i]) then list[i] = 0.0 end
  end
  return list
end

local function finite(values, where)
  local list = {}
  for i = 1, #values do
    if numbers.is_finite(values[i]) then list[#list + 1] = values[i] end
  end
  if #list == 0 then raise("%s: none of the %d values is finite", where, #values) end
  return list
end

-- A histogram of values.
local function counted(values, bins, where)
  local histogram = statistics.histogram(finite(values, where), { bins = bins })
  return histogram.centers:totable(), histogram.counts:totable(), histogram.width
end

-- Bars as wide as the distance to their nearest neighbor.
local function bar_width(xs, where)
  local places = require("vitrum").array(finite(xs, where)):unique()
  return #places > 1 and places:diff():min() or 1.0
end

--- Check one series and complete it.
---@param given table
---@param index integer its place among the series
---@param where string
---@return table
function figure.series(given, index, where)
  where = string.format("%s: series %d", where, index)
  local o = options.check(where, figure.SERIES_OPTIONS, given)
  local style = o.style or ((o.error or o.xerror) and "errorbars") or "lines"
  local s = { style = style, label = o.label, dash = o.dash, width = o.width, axis = o.axis,
              color = color_of(o.color, index, where) }
  if o.axis ~= 1 and o.axis ~= 2 then
    raise("%s: axis must be 1 (left) or 2 (right), not %s", where, numbers.show(o.axis))
  end
  if o.x == nil and o.y == nil then raise("%s: there are no data; give x and y", where) end
  if o.y == nil and style ~= "histogram" then
    raise("%s: y is nil: is its name right? Give y as an array or a table of numbers", where)
  end
  if style == "histogram" and (o.x == nil or o.y == nil) then
    local values = numbers.list(o.x == nil and o.y or o.x, where .. ": x")
    if #values == 0 then raise("%s: there are no data, x is empty", where) end
    s.x, s.y, s.bar = counted(values, o.bins, where)
  else
    s.y = numbers.list(o.y, where .. ": y")
    s.x = o.x ~= nil and numbers.list(o.x, where .. ": x") or {}
    for i = 1, o.x == nil and #s.y or 0 do s.x[i] = i + 0.0 end
    numbers.check_equal(s.x, s.y, where)
    if #s.x == 0 then raise("%s: there are no data, x and y are empty", where) end
    if o.bins then
      raise("%s: bins counts values; leave y out and set style = \"histogram\"", where)
    end
    if style == "histogram" then s.bar = bar_width(s.x, where) end
  end
  s.n = #s.x
  if style == "errorbars" and o.error == nil and o.xerror == nil then
    raise("%s: style errorbars needs error or xerror", where)
  end
  if o.error ~= nil then s.error = errors_of(o.error, s.n, where .. ": error") end
  if o.xerror ~= nil then s.xerror = errors_of(o.xerror, s.n, where .. ": xerror") end
  if style == "filledcurves" then s.lower = spread(o.lower, s.n, where .. ": lower") end
  s.where = where
  return s
end

-- ---------------------------------------------------------------- axes ----

--- A range of an axis as it was given.
---@param given any
---@param what string names the option in messages: "plot: xrange"
---@param log boolean must it be positive
---@param ordered boolean? must the lower end come first
---@return number[]
function figure.range(given, what, log, ordered)
  local range = numbers.finite_list(given, what)
  if #range ~= 2 or range[1] == range[2] or ordered and range[1] > range[2] then
    raise(ordered and "%s must be {lowest, highest}, lowest first"
          or "%s must be {first, last}, two different numbers", what)
  end
  if log and math.min(range[1], range[2]) <= 0 then
    raise("%s {%g, %g} must be positive on a logarithmic axis", what, range[1], range[2])
  end
  return range
end

local FEW <const> = 5 -- an axis of that length or more has no tics between whole numbers

local Axis = {}
Axis.__index = Axis

--- An axis that has seen no values yet.
---@param name "x"|"y"|"y2"|"cb" as gnuplot calls it
---@param log boolean
---@param range number[]? first and last value; by default they follow from the values
function figure.axis(name, log, range)
  return setmetatable({ name = name, log = log, given = range, low = math.huge, high = -math.huge,
                        margin = 0.0 }, Axis)
end

function Axis:include(value)
  if value % 1 ~= 0 then self.fractions = true end
  if value < self.low then self.low = value end
  if value > self.high then self.high = value end
end

local function forward(axis, value) return axis.log and math.log(value, 10) or value end

local function backward(axis, value) return axis.log and 10 ^ value or value end

--- First and last value of the axis, with a margin around the data. Data that are all positive and
--- reach down to about zero get an axis that starts there.
function Axis:finish(where)
  if self.given then
    self.first, self.last = self.given[1], self.given[2]
    return
  end
  local low, high = forward(self, self.low), forward(self, self.high)
  if high - low > 1e300 then
    raise("%s: values from %g to %g are too far apart to draw; set %srange", where, self.low,
          self.high, self.name)
  end
  if low == high then
    local half = self.log and 0.5 or low == 0 and 1 or math.abs(low) * 0.1
    low, high = low - half, high + half
  else
    local margin = self.margin * (high - low)
    low, high = low - margin, high + margin
    if self.log then -- the ends must be numbers
      low = math.max(low, math.min(-307, forward(self, self.low)))
      high = math.min(high, math.max(308, forward(self, self.high)))
    end
    if not self.log and self.low >= 0 and low < 0.03 * (high - low) then low = 0.0 end
    if not self.log and self.high <= 0 and high > 0 then high = 0.0 end
  end
  self.first, self.last = backward(self, low), backward(self, high)
end

--- Places of `values` along `length` px of the axis; what a logarithmic axis cannot show is NaN.
function Axis:project(values, length)
  local first, last = forward(self, self.first), forward(self, self.last)
  local factor = length / (last - first)
  local result = {}
  for i = 1, #values do
    local value = values[i]
    if self.log then value = value > 0 and math.log(value, 10) or 0 / 0 end
    result[i] = (value - first) * factor
  end
  return result
end

--- Whether tics belong at whole numbers only: all values on the axis are such, as numbers of cycles
--- are, and so few that round numbers would fall between them.
function Axis:counts()
  return self.whole or not self.log and not self.fractions and self.high - self.low >= 2
    and math.abs(self.last - self.first) < FEW
end

--- The value at a fraction of the axis.
function Axis:at(fraction)
  local first, last = forward(self, self.first), forward(self, self.last)
  return backward(self, first + fraction * (last - first))
end

--- Place of `value` along the axis, 0 at its first and 1 at its last value.
function Axis:fraction(value) return self:project({ value }, 1)[1] end

-- On a logarithmic axis every value must be positive; an error bar may reach below.
local function check_positive(list, what, series, axis)
  if not axis.log then return end
  for i = 1, series.n do
    if list[i] <= 0 then
      raise("%s: %s[%d] is %g; a logarithmic axis shows positive values only: drop the point or "
            .. "leave log%s out", series.where, what, i, list[i], axis.name)
    end
  end
end

local FROM_ZERO <const> = { histogram = true, impulses = true }
local LINE_LIKE <const> = { lines = true, steps = true, filledcurves = true, histogram = true }

-- Let the axes see a series.
local function add_series(series, xaxis, yaxis)
  local xs, ys = series.x, series.y
  check_positive(xs, "x", series, xaxis)
  -- An empty bin has no bar.
  if series.style ~= "histogram" then check_positive(ys, "y", series, yaxis) end
  if series.lower and yaxis.log then
    -- The area goes down to the edge of the figure.
    for i = 1, series.n do if series.lower[i] <= 0 then series.lower[i] = 0 / 0 end end
  end
  local first, last = -math.huge, math.huge
  if xaxis.given then
    first, last = math.min(table.unpack(xaxis.given)), math.max(table.unpack(xaxis.given))
  end
  local function include(axis, center, deviation)
    for sign = -1, 1 do
      local value = center + sign * deviation
      if numbers.is_finite(value) and (value > 0 or not axis.log) then axis:include(value) end
    end
  end
  local count = 0
  for i = 1, series.n do
    local x, y = xs[i], ys[i]
    if numbers.is_finite(x) and numbers.is_finite(y) then
      count = count + 1
      include(xaxis, x, series.bar and 0.5 * series.bar
              or series.xerror and series.xerror[i] or 0.0)
      if x >= first and x <= last then
        include(yaxis, y, series.error and series.error[i] or 0.0)
        if series.lower then include(yaxis, series.lower[i], 0.0) end
      end
    end
  end
  if count == 0 then
    raise("%s: none of the %d points is finite", series.where, series.n)
  end
  if FROM_ZERO[series.style] then include(yaxis, 0.0, 0.0) end
  if not LINE_LIKE[series.style] then xaxis.margin = 0.03 end
  yaxis.margin = 0.05
  yaxis.used = true
end

-- ---------------------------------------------------------------- legend ----

local CHARACTER <const>, ROW <const>, SAMPLE <const> = 6.6, 18, 48 -- px
local CLEAR <const> = 12 -- px between the legend and what is drawn
local STEP <const> = 4 -- px between two points of a line that are looked at

-- Call see(u, v) along the straight line between two points in px.
local function walk(u1, v1, u2, v2, see)
  local distance = math.max(math.abs(u2 - u1), math.abs(v2 - v1))
  local steps = distance < 2000 and math.ceil(distance / STEP) or 500
  for k = 0, steps do
    local part = steps == 0 and 0 or k / steps
    see(u1 + (u2 - u1) * part, v1 + (v2 - v1) * part)
  end
end

-- Call see(u, v) along everything that is drawn of a series.
local function trace(series, yaxis, height, see)
  local style, last_u, last_v = series.style, nil, nil
  local lone = style == "points" or style == "errorbars" or series.bar or style == "impulses"
  local zero = series.bar and 0 or style == "impulses" and yaxis:fraction(0) * height
  for i = 1, series.n, math.max(1, series.n // 20000) do
    local u, v = series.u[i], series.v[i]
    if u - u ~= 0 or v - v ~= 0 then
      last_u = nil
    else
      local low, high = v, v
      if zero == zero and zero then low = zero end
      if series.lower then low = yaxis:fraction(series.lower[i]) * height end
      if series.error then
        low = yaxis:fraction(series.y[i] - series.error[i]) * height
        high = yaxis:fraction(series.y[i] + series.error[i]) * height
      end
      if low ~= low then low = 0 end -- down to the edge
      local half = series.bar and series.bar_ends[i] - u or 0
      for side = half == 0 and 0 or -1, half == 0 and 0 or 1 do
        walk(u + side * half, low, u + side * half, high, see)
      end
      if last_u and not lone then
        walk(last_u, last_v, u, style == "steps" and last_v or v, see)
      end
      last_u, last_v = u, v
    end
  end
end

--- The first corner of a projected figure that nothing is drawn in; "above" when all are taken.
function figure.place_legend(fig, width, height)
  if fig.legend ~= "auto" then return fig.legend end
  local rows, longest = 0, 0
  for _, series in ipairs(fig.series) do
    if series.label then
      rows = rows + 1
      longest = math.max(longest, utf8.len(series.label) or #series.label)
    end
  end
  local box_width = math.min(longest * CHARACTER + SAMPLE + CLEAR, width)
  local box_height = math.min(rows * ROW + 10 + CLEAR, height)
  local right, top = width - box_width, height - box_height
  local free = { { "bottom left", 0, 0 }, { "bottom right", right, 0 }, { "top left", 0, top },
                 { "top right", right, top } } -- the best last
  local function see(u, v)
    for k = #free, 1, -1 do
      local left, bottom = free[k][2], free[k][3]
      if u >= left and u <= left + box_width and v >= bottom and v <= bottom + box_height then
        table.remove(free, k)
      end
    end
  end
  for _, series in ipairs(fig.series) do
    trace(series, series.axis == 2 and fig.y2 or fig.y, height, see)
  end
  for _, mark in ipairs(fig.marks) do
    -- Its label stands at the top, or at the right end.
    local length = (mark.label and #mark.label or 0) * CHARACTER
    if mark.x then
      local u = fig.x:fraction(mark.x) * width
      walk(u, 0, u, height, see)
      walk(u, height - 10, u + length, height - 10, see)
    else
      local v = fig.y:fraction(mark.y) * height
      walk(0, v, width, v, see)
      walk(width - 10 - length, v + 10, width - 10, v + 10, see)
    end
  end
  return free[#free] and free[#free][1] or "above"
end

-- ---------------------------------------------------------------- marks ----

local MARK_OPTIONS <const> = {
  { name = "x", kind = "number", help = "a vertical line" },
  { name = "y", kind = "number", help = "a horizontal line, left axis" },
  { name = "label", kind = "string", help = "text beside it" },
}

local function check_marks(given, where, logx, logy)
  local marks = {}
  for k, mark in ipairs(given or {}) do
    local place = string.format("%s: mark %d", where, k)
    local o = options.check(place, MARK_OPTIONS, mark)
    if (o.x == nil) == (o.y == nil) then raise("%s: give x or y, one of them", place) end
    if (o.x and logx and o.x <= 0) or (o.y and logy and o.y <= 0) then
      raise("%s: %g is not on the logarithmic axis", place, o.x or o.y)
    end
    marks[k] = o
  end
  return marks
end

--- Check a figure: series (raw tables), then what the whole figure takes.
---@param given_series table[]
---@param given table figure options
---@param where string
---@return table
function figure.build(given_series, given, where)
  local o = options.check(where, figure.FIGURE_OPTIONS, given)
  local fig = { options = o, series = {}, where = where }
  for _, name in ipairs { "x", "y", "y2" } do
    local range, log = o[name .. "range"], o["log" .. name]
    fig[name] = figure.axis(name, log, range ~= nil
                            and figure.range(range, where .. ": " .. name .. "range", log) or nil)
    fig[name].label = o[name .. "label"]
  end
  fig.marks = check_marks(o.marks, where, o.logx, o.logy)
  if #given_series == 0 then raise("%s: there are no data; give x and y", where) end
  fig.legend = "none"
  for index, raw in ipairs(given_series) do
    local series = figure.series(raw, index, where)
    fig.series[index] = series
    add_series(series, fig.x, series.axis == 2 and fig.y2 or fig.y)
    if series.label then fig.legend = o.legend end
  end
  for _, mark in ipairs(fig.marks) do
    if mark.x then fig.x:include(mark.x) else fig.y:include(mark.y) end
  end
  -- A figure of right-axis series alone still has a left axis, with the same range.
  if fig.y.low > fig.y.high then fig.y.low, fig.y.high = fig.y2.low, fig.y2.high end
  for _, axis in ipairs { fig.x, fig.y, fig.y2.used and fig.y2 or nil } do
    if axis.low > axis.high then axis.low, axis.high = 0.1, 1 end
    axis:finish(where)
  end
  return fig
end

-- Styles without a line.
figure.CLOUDS = { points = true, errorbars = true }

--- The places of the series in the order in which they are drawn: points first, so that the lines
--- fitted to them lie above.
---@return integer[]
function figure.order(fig)
  local list = {}
  for pass = 1, 2 do
    for index, series in ipairs(fig.series) do
      if (figure.CLOUDS[series.style] == true) == (pass == 1) then list[#list + 1] = index end
    end
  end
  return list
end

--- Where the points come to lie, `u` and `v` of each series, in a plotting area of so many px.
function figure.project(fig, width, height)
  for _, series in ipairs(fig.series) do
    series.u = fig.x:project(series.x, width)
    series.v = (series.axis == 2 and fig.y2 or fig.y):project(series.y, height)
    if series.bar then
      local ends = {}
      for i = 1, series.n do ends[i] = series.x[i] + 0.5 * series.bar end
      series.bar_ends = fig.x:project(ends, width)
    end
  end
end

return figure
