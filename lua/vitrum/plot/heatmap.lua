-- A matrix in colors, through gnuplot or, in the terminal, in characters.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local script = require "vitrum.plot.script"

local raise = options.raise

local heatmap = {}

-- Colors from low to high. viridis and magma: S. van der Walt and N. Smith (2015); cividis: Nunez,
-- Anderton, Renslow, PLoS ONE 13, e0199239 (2018); blue-red: Brewer's RdBu. All are even in
-- lightness and legible with every kind of color vision.
local PALETTES <const> = {
  viridis = { "440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58",
              "b5de2b", "fde725" },
  magma = { "000004", "180f3d", "440f76", "721f81", "9e2f7f", "cd4071", "f1605d", "fd9668",
            "feca8d", "fcfdbf" },
  cividis = { "00224e", "123570", "3b496c", "575d6d", "707173", "8a8678", "a59c74", "c3b369",
              "e1cc55", "fee838" },
  ["blue-red"] = { "053061", "2166ac", "4393c3", "92c5de", "d1e5f0", "f7f7f7", "fddbc7", "f4a582",
                   "d6604d", "b2182b", "67001f" },
  gray = { "ffffff", "000000" },
}
local DIVERGING <const> = { ["blue-red"] = true }

heatmap.OPTIONS = {
  { name = "palette", kind = "choice", default = "viridis",
    choices = { "viridis", "magma", "cividis", "blue-red", "gray" },
    help = "colors from low to high; blue-red is centered on zero" },
  { name = "xrange", kind = "value", help = "{left, right} edge of the matrix; by default columns "
    .. "are numbered" },
  { name = "yrange", kind = "value", help = "{bottom, top} edge; by default rows are numbered" },
  { name = "zrange", kind = "value", help = "{lowest, highest} value of the colors" },
  { name = "logz", kind = "boolean", default = false, help = "logarithmic colors" },
  { name = "title", kind = "string", help = "above the figure" },
  { name = "xlabel", kind = "string", help = "with the unit" },
  { name = "ylabel", kind = "string", help = "with the unit" },
  { name = "zlabel", kind = "string", help = "beside the color bar, with the unit" },
  { name = "equal", kind = "boolean", default = false, help = "one unit of x as long as one of y" },
  { name = "enhanced", kind = "boolean", default = false, help = "read gnuplot's markup in texts" },
  { name = "file", kind = "string", help = "draw to .png, .svg or .pdf instead of the terminal" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
  { name = "width", kind = "positive", unit = "px", help = "of the figure, default 640; in the "
    .. "terminal its columns" },
  { name = "height", kind = "positive", unit = "px", help = "of the figure, default 400; in the "
    .. "terminal its rows" },
  { name = "scale", kind = "positive", default = 2, help = "a .png has so many times the pixels" },
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

local function range_of(given, default, name, where)
  if given == nil then return default end
  local range = numbers.finite_list(given, where .. ": " .. name)
  if #range ~= 2 or range[1] >= range[2] then
    raise("%s: %s must be {lowest, highest}, lowest first", where, name)
  end
  return range
end

-- Range of the colors from the finite values.
local function extent(rows, o, where)
  local low, high = math.huge, -math.huge
  for i = 1, #rows do
    local row = rows[i]
    for j = 1, #row do
      local value = row[j]
      if numbers.is_finite(value) then
        if o.logz and value <= 0 then
          raise("%s: value %d of row %d is %g; logarithmic colors show positive values only: "
                .. "leave logz out or set the value to NaN", where, j, i, value)
        end
        if value < low then low = value end
        if value > high then high = value end
      end
    end
  end
  if low > high then
    raise("%s: none of the %d values is finite", where, #rows * #rows[1])
  end
  if DIVERGING[o.palette] and not o.logz then
    local largest = math.max(math.abs(low), math.abs(high))
    low, high = -largest, largest
  end
  if low == high then
    if o.logz then return { low / 2, high * 2 } end
    local half = low == 0 and 1 or math.abs(low) * 0.1
    low, high = low - half, high + half
  end
  return { low, high }
end

--- Check a heat map.
---@param matrix any
---@param given table?
---@param where string
---@return table
function heatmap.build(matrix, given, where)
  local o = options.check(where, heatmap.OPTIONS, given)
  local rows = rows_of(matrix, where)
  local fig = { options = o, heatmap = rows, where = where }
  fig.xrange = range_of(o.xrange, { 0.5, #rows[1] + 0.5 }, "xrange", where)
  fig.yrange = range_of(o.yrange, { 0.5, #rows + 0.5 }, "yrange", where)
  fig.zrange = range_of(o.zrange, nil, "zrange", where)
  if fig.zrange and o.logz and fig.zrange[1] <= 0 then
    raise("%s: zrange starts at %g; it must be positive with logz", where, fig.zrange[1])
  end
  local found = extent(rows, o, where)
  fig.zrange = fig.zrange or found
  return fig
end

-- Mean over blocks, so that no more cells are drawn than there are pixels.
local function reduced(rows, most_columns, most_rows)
  local n, m = #rows, #rows[1]
  if n <= most_rows and m <= most_columns then return rows end
  local out_n, out_m = math.min(n, most_rows // 1), math.min(m, most_columns // 1)
  local result = {}
  for a = 1, out_n do
    local first, last = (a - 1) * n // out_n + 1, math.max(a * n // out_n, (a - 1) * n // out_n + 1)
    local row = {}
    for b = 1, out_m do
      local left, right = (b - 1) * m // out_m + 1, math.max(b * m // out_m,
                                                             (b - 1) * m // out_m + 1)
      local sum, count = 0.0, 0
      for i = first, last do
        local source = rows[i]
        for j = left, right do
          local value = source[j]
          if value - value == 0 then sum, count = sum + value, count + 1 end
        end
      end
      row[b] = count > 0 and sum / count or 0 / 0
    end
    result[a] = row
  end
  return result
end

--- Script and data for gnuplot.
---@return string script
---@return string data
function heatmap.script(fig, kind, width, height, settings)
  local o, lines = fig.options, {}
  local function add(format, ...)
    lines[#lines + 1] = select("#", ...) > 0 and string.format(format, ...) or format
  end
  add(script.terminal(kind, width, height, settings))
  script.frame(add, fig, kind)
  script.map_axes(add, fig, kind)
  if o.equal then add "set size ratio -1" end
  local colors = PALETTES[o.palette]
  local stops = {}
  for k, color in ipairs(colors) do
    stops[k] = string.format('%.4f "#%s"', (k - 1) / (#colors - 1), color)
  end
  add("set palette maxcolors 0 defined (%s)", table.concat(stops, ", "))
  local pixels = kind == "png" and settings.scale or 1.5
  local rows = reduced(fig.heatmap, width * pixels, height * pixels)
  local n, m = #rows, #rows[1]
  local dx, dy = (fig.xrange[2] - fig.xrange[1]) / m, (fig.yrange[2] - fig.yrange[1]) / n
  local flat = {}
  for i = 1, n do
    for j = 1, m do
      local value = rows[i][j]
      flat[#flat + 1] = value - value == 0 and value or 0 / 0
    end
  end
  add('plot @DATA binary endian=little array=(%d,%d) dx=%.17g dy=%.17g '
      .. 'origin=(%.17g,%.17g) format="%%double" using 1 with image notitle', m, n, dx, dy,
      fig.xrange[1] + 0.5 * dx, fig.yrange[1] + 0.5 * dy)
  return table.concat(lines, "\n") .. "\n", require("vitrum.plot.gnuplot").pack(flat)
end

-- ---------------------------------------------------------------- in characters ----

local RAMP <const> = " .:-=+*#%@"

-- Color of the 6 x 6 x 6 cube of 256-color terminals nearest to a palette at `fraction`.
local function terminal_color(colors, fraction)
  local position = 1 + fraction * (#colors - 1)
  local k = math.min(math.floor(position), #colors - 1)
  local part = position - k
  local index = 16
  for c, weight in ipairs { 36, 6, 1 } do
    local from = tonumber(colors[k]:sub(2 * c - 1, 2 * c), 16)
    local to = tonumber(colors[k + 1]:sub(2 * c - 1, 2 * c), 16)
    index = index + weight * math.floor((from + (to - from) * part) / 255 * 5 + 0.5)
  end
  return index
end

local function number_text(value) return string.format("%.4g", value) end

--- The heat map in characters: darker for higher, or in colors.
---@param fig table
---@param width integer columns
---@param height integer rows
---@param color boolean
---@return string
function heatmap.text(fig, width, height, color)
  local o = fig.options
  local top, bottom = number_text(fig.yrange[2]), number_text(fig.yrange[1])
  local gutter = math.max(#top, #bottom) + 1
  local map_height = height - 4 - (o.title and 1 or 0) - (o.ylabel and 1 or 0)
  local rows = reduced(fig.heatmap, width - gutter - 2, math.max(map_height, 2))
  local n, m = #rows, #rows[1]
  local wide = math.max(1, (width - gutter - 2) // m)
  local low, high = fig.zrange[1], fig.zrange[2]
  if o.logz then low, high = math.log(low), math.log(high) end
  local colors = PALETTES[o.palette]
  local function cell(value)
    if value ~= value or value - value ~= 0 then return (" "):rep(wide) end
    if o.logz then value = math.log(value) end
    local fraction = math.max(0, math.min(1, (value - low) / (high - low)))
    if color then
      return string.format("\27[48;5;%dm%s", terminal_color(colors, fraction), (" "):rep(wide))
    end
    local k = math.min(math.floor(fraction * #RAMP) + 1, #RAMP)
    return RAMP:sub(k, k):rep(wide)
  end
  local lines = {}
  local function plain(text) return (text:gsub("%c", " ")) end
  if o.title then lines[#lines + 1] = (" "):rep(gutter + 1) .. plain(o.title) end
  if o.ylabel then lines[#lines + 1] = plain(o.ylabel) end
  for i = n, 1, -1 do
    local label = i == n and top or i == 1 and bottom or ""
    local cells = {}
    for j = 1, m do cells[j] = cell(rows[i][j]) end
    lines[#lines + 1] = (" "):rep(gutter - 1 - #label) .. label .. " |" .. table.concat(cells)
      .. (color and "\27[0m" or "") .. "|"
  end
  local left, right = number_text(fig.xrange[1]), number_text(fig.xrange[2])
  local label = plain(o.xlabel or "")
  local room = math.max(m * wide - #left - #right, utf8.len(label) or #label)
  local pad = math.max(1, (room - (utf8.len(label) or #label)) // 2)
  lines[#lines + 1] = (" "):rep(gutter + 1) .. left .. (" "):rep(pad) .. label .. (" "):rep(pad)
    .. right
  local scale = {}
  for k = 0, 19 do
    scale[#scale + 1] = color
      and string.format("\27[48;5;%dm ", terminal_color(colors, k / 19))
      or RAMP:sub(k // 2 + 1, k // 2 + 1)
  end
  lines[#lines + 1] = (" "):rep(gutter + 1) .. number_text(fig.zrange[1]) .. " ["
    .. table.concat(scale) .. (color and "\27[0m" or "") .. "] " .. number_text(fig.zrange[2])
    .. (o.zlabel and "  " .. plain(o.zlabel) or "")
  return table.concat(lines, "\n") .. "\n"
end

return heatmap
