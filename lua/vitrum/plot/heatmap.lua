-- A matrix in colors, through gnuplot or, in the terminal, in characters.

local colors = require "vitrum.picture.colors"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local figure = require "vitrum.plot.figure"

local raise = options.raise

local heatmap = {}

heatmap.OPTIONS = figure.map_options {
  { name = "palette", kind = "choice", default = "viridis",
    choices = colors.NAMES,
    help = "colors from low to high; blue-red is centered on zero" },
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
  local fig = setmetatable({ options = o, rows = rows, where = where,
                             palette = colors.PALETTES[o.palette] }, Map)
  local function axis(name, letter, log, default)
    local range = o[letter .. "range"]
    if range ~= nil then
      range = figure.range(range, ("%s: %srange"):format(where, letter), log, true)
    end
    fig[name] = figure.axis(name, log, range or default)
    fig[name].label = o[letter .. "label"]
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

-- ---------------------------------------------------------------- in characters ----

local RAMP <const> = " .:-=+*#%@"

-- Color of the 6 x 6 x 6 cube of 256-color terminals nearest to a palette at `fraction`.
local function terminal_color(palette, fraction)
  local red, green, blue = colors.at(palette, fraction)
  local function step(channel) return math.floor(channel / 255 * 5 + 0.5) end
  return 16 + 36 * step(red) + 6 * step(green) + step(blue)
end

local function number_text(value) return ("%.4g"):format(value) end

--- The heat map in characters: darker for higher, or in colors.
---@param width integer columns
---@param height integer rows
---@param color boolean
---@return string
function Map:text(width, height, color)
  local o, palette = self.options, self.palette
  local top, bottom = number_text(self.y.last), number_text(self.y.first)
  local gutter = math.max(#top, #bottom) + 1
  local map_height = height - 4 - (o.title and 1 or 0) - (o.ylabel and 1 or 0)
  local rows = self:reduced(width - gutter - 2, math.max(map_height, 2))
  local n, m = #rows, #rows[1]
  local wide = math.max(1, (width - gutter - 2) // m)
  local function cell(fraction, count)
    if fraction ~= fraction then return (color and "\27[0m" or "") .. (" "):rep(count) end
    fraction = math.max(0, math.min(1, fraction))
    if color then
      return ("\27[48;5;%dm%s"):format(terminal_color(palette, fraction), (" "):rep(count))
    end
    local k = math.min(math.floor(fraction * #RAMP) + 1, #RAMP)
    return RAMP:sub(k, k):rep(count)
  end
  local lines, indent = {}, (" "):rep(gutter + 1)
  local function plain(text) return (text:gsub("%c", " ")) end
  if o.title then lines[#lines + 1] = indent .. plain(o.title) end
  if o.ylabel then lines[#lines + 1] = plain(o.ylabel) end
  local over = color and "\27[0m" or ""
  for i = n, 1, -1 do
    local label = i == n and top or i == 1 and bottom or ""
    local cells = {}
    for j, value in ipairs(rows[i]) do
      cells[j] = cell(numbers.is_finite(value) and self.cb:fraction(value) or 0 / 0, wide)
    end
    lines[#lines + 1] = (" "):rep(gutter - 1 - #label) .. label .. " |" .. table.concat(cells)
      .. over .. "|"
  end
  local left, right = number_text(self.x.first), number_text(self.x.last)
  local label = plain(o.xlabel or "")
  local length = utf8.len(label) or #label
  local pad = (" "):rep(math.max(1, (m * wide - #left - #right - length) // 2))
  lines[#lines + 1] = indent .. left .. pad .. label .. pad .. right
  local scale = {}
  for k = 0, 19 do scale[k + 1] = cell(k / 19, 1) end
  lines[#lines + 1] = indent .. number_text(self.cb.first) .. " [" .. table.concat(scale) .. over
    .. "] " .. number_text(self.cb.last) .. (o.zlabel and "  " .. plain(o.zlabel) or "")
  return table.concat(lines, "\n") .. "\n"
end

return heatmap
