-- A matrix in colors, checked; plot/script.lua and plot/terminal.lua draw it.

local colors = require "vitrum.picture.colors"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local figure = require "vitrum.plot.figure"
local session = require "vitrum.session"

local raise = options.raise

local heatmap = {}

heatmap.OPTIONS = figure.map_options {
  { name = "quantity", kind = "string",
    help = "what the values are, \"D2min\", \"von_mises\", \"stress\", ...: palette and zlabel are "
      .. "then those that pictures of atoms have for it" },
  { name = "palette", kind = "choice", choices = colors.NAMES,
    help = "colors from low to high, by default viridis or that of the quantity; blue-red is "
      .. "centered on zero" },
  { name = "xrange", kind = "{ low, high }",
    help = "{left, right} edge of the matrix; by default columns "
    .. "are numbered" },
  { name = "yrange", kind = "{ low, high }",
    help = "{bottom, top} edge; by default rows are numbered" },
  { name = "zrange", kind = "{ low, high }", help = "{lowest, highest} value of the colors" },
  { name = "logz", kind = "boolean", default = false, help = "logarithmic colors" },
  { name = "zlabel", kind = "string", help = "beside the color bar, with the unit" },
  { name = "equal", kind = "boolean", default = false, help = "one unit of x as long as one of y" },
}

-- Rows of a matrix as lists.
local function rows_of(matrix, where)
  if not numbers.is_series(matrix) then
    raise("%s: the matrix must be an array or a table of rows, not %s", where,
          numbers.show(matrix))
  end
  if type(matrix) == "userdata" then
    local ok, copy = pcall(function() return matrix:totable() end)
    if not ok then
      raise("%s: the matrix must be an array or a table of rows, not %s", where,
            numbers.show(matrix))
    end
    matrix = copy
  end
  local n, rows = numbers.length(matrix, where .. ": the matrix"), {}
  if n == 0 then raise("%s: the matrix is empty", where) end
  for i = 1, n do
    if not numbers.is_series(matrix[i]) then
      raise("%s: row %d of the matrix must be a list of numbers, not %s", where, i,
            numbers.show(matrix[i]))
    end
    rows[i] = numbers.list(matrix[i], string.format("%s: row %d", where, i))
    if #rows[i] ~= #rows[1] then
      raise("%s: row %d has %d values, row 1 has %d; all rows must be equally long", where, i,
            #rows[i], #rows[1])
    end
  end
  if #rows[1] == 0 then raise("%s: the rows of the matrix are empty", where) end
  return rows
end

-- Let the axis of the colors see the finite values.
local function include(axis, rows, diverging, where)
  for i = 1, #rows do
    local row = rows[i]
    for j = 1, #row do
      local value = row[j]
      if numbers.is_finite(value) then
        if axis.log and value <= 0 then
          raise("%s: value %d of row %d is %g; logarithmic colors show positive values only: "
                .. "leave logz out or set the value to NaN", where, j, i, value)
        end
        axis:include(value)
      end
    end
  end
  if axis.low > axis.high then
    raise("%s: none of the %d values is finite", where, #rows * #rows[1])
  end
  if diverging and not axis.log then
    axis:include(-axis.low)
    axis:include(-axis.high)
  end
end

-- What is known of a quantity; raises for names that no palette has.
local function known_quantity(name, where)
  if name == nil then return {} end
  if colors.QUANTITIES[name] then return colors.QUANTITIES[name] end
  local names = {}
  for other in pairs(colors.QUANTITIES) do names[#names + 1] = other end
  table.sort(names)
  local near = session.nearest(name, names)
  raise("%s: there is no quantity %s; %s", where, numbers.show(name),
    near and ("did you mean '%s'?"):format(near) or "there are " .. table.concat(names, ", "))
end

local Map = {}
Map.__index = Map

--- Check a heat map.
---@param matrix any
---@param given table?
---@param where string
---@return table
function heatmap.build(matrix, given, where)
  local o = options.check(where, heatmap.OPTIONS, given)
  local rows = rows_of(matrix, where)
  local known = known_quantity(o.quantity, where)
  o.palette = o.palette or colors.palette_of(o.quantity)
  o.zlabel = o.zlabel or known.title
  local fig = setmetatable({ options = o, rows = rows, where = where,
                             palette = colors.PALETTES[o.palette] }, Map)
  local function axis(name, letter, log, default)
    local range = o[letter .. "range"]
    if range ~= nil then
      range = figure.range(range, ("%s: %srange"):format(where, letter), log, true)
    end
    fig[name] = figure.axis(name, log, range or default)
    fig[name].label = o[letter .. "label"]
    fig[name].whole = range == nil and default ~= nil -- numbers of columns or rows
  end
  axis("x", "x", false, { 0.5, #rows[1] + 0.5 })
  axis("y", "y", false, { 0.5, #rows + 0.5 })
  axis("cb", "z", o.logz)
  include(fig.cb, rows, colors.DIVERGING[o.palette], where)
  for _, name in ipairs { "x", "y", "cb" } do fig[name]:finish(where) end
  return fig
end

--- Rows of at most so many cells each way, means over blocks of the matrix where it has more.
---@param most_columns number
---@param most_rows number
---@return number[][]
function Map:reduced(most_columns, most_rows)
  local rows = self.rows
  local n, m = #rows, #rows[1]
  local to_n, to_m = math.min(n, most_rows // 1 | 0), math.min(m, most_columns // 1 | 0)
  if to_n == n and to_m == m then return rows end
  local result = {}
  for a = 1, to_n do
    result[a] = {}
    for b = 1, to_m do
      local sum, count = 0.0, 0
      for i = (a - 1) * n // to_n + 1, a * n // to_n do
        for j = (b - 1) * m // to_m + 1, b * m // to_m do
          local value = rows[i][j]
          if value - value == 0 then sum, count = sum + value, count + 1 end
        end
      end
      result[a][b] = count > 0 and sum / count or 0 / 0
    end
  end
  return result
end

return heatmap
