-- A figure before it is drawn: series checked and completed, axes with their ranges, the place of
-- the legend. plot.lua makes it from what the user gave, figure_script.lua draws it.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

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
  { name = "xrange", kind = "value", help = "{first, last}; by default from the data" },
  { name = "yrange", kind = "value", help = "{lowest, highest}" },
  { name = "y2range", kind = "value", help = "{lowest, highest} of the right axis" },
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
  { name = "scale", kind = "positive", default = 2, help = "a .png has so many times the pixels" },
}

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

local function counted(series, values, o, where)
  local finite = {}
  for i = 1, #values do
    if numbers.is_finite(values[i]) then finite[#finite + 1] = values[i] end
  end
  if #finite == 0 then raise("%s: none of the %d values is finite", where, #values) end
  local histogram = require("vitrum.analysis.statistics").histogram(finite, { bins = o.bins })
  series.x, series.y = histogram.centers, histogram.counts
  series.x = numbers.list(series.x, where)
  series.y = numbers.list(series.y, where)
  series.widths = spread(histogram.width, #series.x, where)
end

-- Bars as wide as the distance to their nearest neighbor.
local function bar_widths(xs)
  local sorted, n = {}, 0
  for i = 1, #xs do
    if numbers.is_finite(xs[i]) then
      n = n + 1
      sorted[n] = xs[i]
    end
  end
  table.sort(sorted)
  local least = math.huge
  for i = 2, n do
    local gap = sorted[i] - sorted[i - 1]
    if gap > 0 and gap < least then least = gap end
  end
  if least == math.huge then least = 1.0 end
  local widths = {}
  for i = 1, #xs do widths[i] = least end
  return widths
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
    raise("%s: y is nil: a name that is not there? Give y as an array or a table of numbers", where)
  end
  local only = o.y == nil and o.x or o.x == nil and o.y
  if style == "histogram" and only then
    local values = numbers.list(only, where .. ": x")
    if #values == 0 then raise("%s: there are no data, x is empty", where) end
    counted(s, values, o, where)
  else
    s.y = numbers.list(only or o.y, where .. ": y")
    if only then
      s.x = {}
      for i = 1, #s.y do s.x[i] = i + 0.0 end
    else
      s.x = numbers.list(o.x, where .. ": x")
    end
    if #s.x ~= #s.y then
      raise("%s: x has %d values and y has %d; they must be equally many", where, #s.x, #s.y)
    end
    if #s.x == 0 then raise("%s: there are no data, x and y are empty", where) end
    if o.bins then
      raise("%s: bins counts values; leave y out and set style = \"histogram\"", where)
    end
    if style == "histogram" then s.widths = bar_widths(s.x) end
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

local Axis = {}
Axis.__index = Axis

local function new_axis(name, log, given, where)
  local axis = setmetatable({ name = name, log = log, low = math.huge, high = -math.huge,
                              margin = 0.0 }, Axis)
  if given ~= nil then
    local range = numbers.finite_list(given, where .. ": " .. name .. "range")
    if #range ~= 2 or range[1] == range[2] then
      raise("%s: %srange must be {first, last}, two different numbers", where, name)
    end
    if log and (range[1] <= 0 or range[2] <= 0) then
      raise("%s: %srange {%g, %g} must be positive on a logarithmic axis", where, name, range[1],
            range[2])
    end
    axis.given = range
  end
  return axis
end

function Axis:include(value)
  if value < self.low then self.low = value end
  if value > self.high then self.high = value end
end

local function forward(axis, value) return axis.log and math.log(value, 10) or value end

local function backward(axis, value) return axis.log and 10 ^ value or value end

-- First and last value of the axis, with a margin around the data. Data that are all positive and
-- reach down to about zero get an axis that starts there.
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
    if not self.log and self.low >= 0 and low < 0.03 * (high - low) then low = 0.0 end
    if not self.log and self.high <= 0 and high > 0 then high = 0.0 end
  end
  self.first, self.last = backward(self, low), backward(self, high)
end

--- Place of `value` along the axis, 0 at its first and 1 at its last value.
function Axis:fraction(value)
  if self.log and value <= 0 then return 0 / 0 end
  local first, last = forward(self, self.first), forward(self, self.last)
  return (forward(self, value) - first) / (last - first)
end

--- Places of `values` along `length` px of the axis; what a logarithmic axis cannot show is NaN.
function Axis:project(values, length)
  local first, last = forward(self, self.first), forward(self, self.last)
  local factor = length / (last - first)
  local result = {}
  if self.log then
    local log = math.log
    for i = 1, #values do
      local value = values[i]
      result[i] = value > 0 and (log(value, 10) - first) * factor or 0 / 0
    end
  else
    for i = 1, #values do result[i] = (values[i] - first) * factor end
  end
  return result
end

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
  local count = 0
  local function include(value)
    if numbers.is_finite(value) and (value > 0 or not yaxis.log) then yaxis:include(value) end
  end
  for i = 1, series.n do
    local x, y = xs[i], ys[i]
    if numbers.is_finite(x) and numbers.is_finite(y) then
      count = count + 1
      if series.widths then
        local half = 0.5 * series.widths[i]
        if not xaxis.log then xaxis:include(x - half) else xaxis:include(x) end
        xaxis:include(x + half)
      else
        xaxis:include(x)
        if series.xerror then
          xaxis:include(x + series.xerror[i])
          if x > series.xerror[i] or not xaxis.log then xaxis:include(x - series.xerror[i]) end
        end
      end
      if x >= first and x <= last then
        include(y)
        if series.error then
          include(y - series.error[i])
          include(y + series.error[i])
        end
        if series.lower then include(series.lower[i]) end
      end
    end
  end
  if count == 0 then
    raise("%s: none of the %d points is finite", series.where, series.n)
  end
  if FROM_ZERO[series.style] then include(0.0) end
  if not LINE_LIKE[series.style] then xaxis.margin = 0.03 end
  yaxis.margin = 0.05
  yaxis.used = true
end

-- ---------------------------------------------------------------- legend ----

local CHARACTER <const>, ROW <const>, SAMPLE <const> = 6.6, 18, 48 -- px

-- Points along what is drawn, in px from the lower left, four px apart on lines.
local function visit(series, yaxis, height, see)
  local last_u, last_v
  local stride = math.max(1, series.n // 20000)
  for i = 1, series.n, stride do
    local u, v = series.u[i], series.v[i]
    if u - u ~= 0 or v - v ~= 0 then
      last_u = nil
    else
      see(u, v)
      if series.widths then
        for down = 0, v, 6 do see(u, down) end
      elseif last_u and series.style ~= "points" and series.style ~= "errorbars" then
        local steps = math.min(math.ceil(math.max(math.abs(u - last_u), math.abs(v - last_v)) / 4),
                               400)
        for k = 1, steps - 1 do
          see(last_u + (u - last_u) * k / steps, last_v + (v - last_v) * k / steps)
        end
      end
      if series.error then
        for sign = -1, 1, 2 do
          local w = yaxis:fraction(series.y[i] + sign * series.error[i]) * height
          if w == w then see(u, w) end
        end
      end
      last_u, last_v = u, v
    end
  end
end

-- The first corner that nothing is drawn in; "above" when all are taken.
local function legend_place(fig, width, height)
  local rows, longest = 0, 0
  for _, series in ipairs(fig.series) do
    if series.label then
      rows = rows + 1
      longest = math.max(longest, utf8.len(series.label) or #series.label)
    end
  end
  local box_width = math.min(longest * CHARACTER + SAMPLE, width)
  local box_height = math.min(rows * ROW + 10, height)
  local taken = { ["top right"] = 0, ["top left"] = 0, ["bottom right"] = 0, ["bottom left"] = 0 }
  local function see(u, v)
    if u < 0 or u > width or v < 0 or v > height then return end
    local left, right = u < box_width, u > width - box_width
    local bottom, top = v < box_height, v > height - box_height
    if top and right then taken["top right"] = taken["top right"] + 1 end
    if top and left then taken["top left"] = taken["top left"] + 1 end
    if bottom and right then taken["bottom right"] = taken["bottom right"] + 1 end
    if bottom and left then taken["bottom left"] = taken["bottom left"] + 1 end
  end
  for _, series in ipairs(fig.series) do
    visit(series, series.axis == 2 and fig.y2 or fig.y, height, see)
  end
  for _, mark in ipairs(fig.marks) do
    for k = 0, 100 do
      if mark.x then
        see(fig.x:fraction(mark.x) * width, k / 100 * height)
      else
        see(k / 100 * width, fig.y:fraction(mark.y) * height)
      end
    end
    -- Its label stands at the top, or at the right end.
    if mark.label then
      local u = mark.x and fig.x:fraction(mark.x) * width or width - 10
      local v = mark.x and height - 10 or fig.y:fraction(mark.y) * height + 10
      for k = 0, #mark.label do see(mark.x and u + k * CHARACTER or u - k * CHARACTER, v) end
    end
  end
  for _, place in ipairs { "top right", "top left", "bottom right", "bottom left" } do
    if taken[place] == 0 then return place end
  end
  return "above"
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
  fig.x = new_axis("x", o.logx, o.xrange, where)
  fig.y = new_axis("y", o.logy, o.yrange, where)
  fig.y2 = new_axis("y2", o.logy2, o.y2range, where)
  fig.marks = check_marks(o.marks, where, o.logx, o.logy)
  if #given_series == 0 then raise("%s: there are no data; give x and y", where) end
  for index, raw in ipairs(given_series) do
    local series = figure.series(raw, index, where)
    fig.series[index] = series
    add_series(series, fig.x, series.axis == 2 and fig.y2 or fig.y)
  end
  for _, mark in ipairs(fig.marks) do
    if mark.x then fig.x:include(mark.x) else fig.y:include(mark.y) end
  end
  -- A figure of right-axis series alone still has a left axis, with the same range.
  if fig.y.low > fig.y.high then fig.y.low, fig.y.high = fig.y2.low, fig.y2.high end
  if fig.y.low > fig.y.high then fig.y.low, fig.y.high = 0.1, 1 end
  fig.x:finish(where)
  fig.y:finish(where)
  if fig.y2.used then
    if fig.y2.low > fig.y2.high then fig.y2.low, fig.y2.high = 0.1, 1 end
    fig.y2:finish(where)
  end
  local labelled = false
  for _, series in ipairs(fig.series) do labelled = labelled or series.label ~= nil end
  fig.legend = o.legend
  if not labelled then fig.legend = "none" end
  return fig
end

--- Where the points come to lie, `u` and `v` of each series, in a plotting area of so many px.
function figure.project(fig, width, height)
  for _, series in ipairs(fig.series) do
    series.u = fig.x:project(series.x, width)
    series.v = (series.axis == 2 and fig.y2 or fig.y):project(series.y, height)
  end
end

--- Place the legend of a projected figure.
function figure.place_legend(fig, width, height)
  return fig.legend == "auto" and legend_place(fig, width, height) or fig.legend
end

return figure
