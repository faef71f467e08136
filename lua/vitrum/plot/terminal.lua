-- Figures in characters, for terminals: curves of Braille dots, bars and heat maps of blocks, all
-- in plain ASCII where the terminal has no Unicode. Where there are no colors, marks and dashes
-- tell the series apart.

local colors = require "vitrum.picture.colors"
local figure = require "vitrum.plot.figure"
local numbers = require "vitrum.base.numbers"
local raster = require "vitrum.plot.raster"
local text = require "vitrum.base.text"
local ticks = require "vitrum.plot.ticks"

local terminal = {}

local FEW <const> = 60   -- points that are drawn as marks, each in a character of its own
local NOISY <const> = 6  -- a line whose path is so many times width and height is a cloud
local MARK <const> = "#777777"

local FRAMES <const> = {
  [true] = { side = "│", left = "┤", right = "├", floor = "─", below = "┬", corner = "└",
             corner_right = "┘", upright = "┊", level = "┈" },
  [false] = { side = "|", left = "+", right = "+", floor = "-", below = "+", corner = "+",
              corner_right = "+", upright = ":", level = "." },
}
local MARKS <const> = { [true] = { "●", "×", "▲", "+", "■", "○", "◆", "*" },
                        [false] = { "*", "o", "x", "+", "#", "@", "%", "&" } }
-- Dashes of the series of a figure without colors, dots on of a period.
local DASHES <const> = { false, { 4, 7 }, { 1, 3 }, { 6, 9 }, { 2, 4 }, { 3, 9 } }

-- ---------------------------------------------------------------- the frame ----

local function label_of(tick, look)
  return tick.power and look.unicode and text.power(tick.power) or tick.label
end

local function widest(list, look)
  local width = 0
  for _, tick in ipairs(list) do width = math.max(width, text.width(label_of(tick, look))) end
  return width
end

-- The numbers of an upright axis of so many rows: by row from the top, and their width.
local function upright(axis, rows, look)
  local list, places = ticks.of(axis, math.max(2, rows // 2)), {}
  for _, tick in ipairs(list) do
    local row = rows - 1 - math.floor(axis:fraction(tick.value) * (rows * 4 - 1) / 4)
    if row >= 0 and row < rows then places[row] = label_of(tick, look) end
  end
  return places, widest(list, look)
end

-- The numbers below, as many as find room: their columns, and the line of them.
local function level(axis, columns, look)
  local wanted = math.max(2, columns // 9)
  local list = ticks.of(axis, wanted)
  while wanted > 2 and (widest(list, look) + 2) * #list > columns + 4 do
    wanted = wanted - 1
    list = ticks.of(axis, wanted)
  end
  -- From left to right, also where the axis runs the other way.
  table.sort(list, function(a, b) return axis:fraction(a.value) < axis:fraction(b.value) end)
  local places, parts, last = {}, {}, -2
  for _, tick in ipairs(list) do
    local column = math.floor(axis:fraction(tick.value) * (columns * 2 - 1) / 2)
    places[column] = true
    local label = label_of(tick, look)
    local from = math.max(0, math.min(column - text.width(label) // 2,
                                      columns - text.width(label)))
    if from > last + 1 and column >= 0 and column < columns then
      parts[#parts + 1] = (" "):rep(from - math.max(last + 1, 0)) .. label
      last = from + text.width(label) - 1
    end
  end
  return places, table.concat(parts)
end

local function centered(words, width)
  return (" "):rep(math.max(0, (width - text.width(words)) // 2)) .. words
end

-- The lines above the field: title, the names of the upright axes.
local function head(fig, width, look)
  local o, lines = fig.options, {}
  local function shown(value)
    value = value and (o.enhanced and value:gsub("{/%a+ ?", "{"):gsub("[{}]", "") or value) or ""
    return raster.cut(look, raster.plain(look, value), width)
  end
  if o.title then lines[1] = centered(shown(o.title), width) end
  local left, right = shown(o.ylabel), fig.y2 and fig.y2.used and shown(o.y2label) or ""
  if right ~= "" then
    left = raster.cut(look, left, width - text.width(right) - 2)
    left = left .. (" "):rep(math.max(0, width - text.width(left) - text.width(right))) .. right
  end
  if left ~= "" then lines[#lines + 1] = left end
  return lines, shown(o.xlabel)
end

-- A field with its axes as text. draw(columns, rows) gives the rows of the field and lines that go
-- above it, of which it says beforehand at most `above`.
local function framed(fig, width, height, look, draw)
  local shapes = FRAMES[look.unicode]
  local lines, xlabel = head(fig, width, look)
  local rows = math.max(3, height - #lines - 2 - (xlabel ~= "" and 1 or 0))
  local left, gutter = upright(fig.y, rows, look)
  gutter = math.min(gutter, width // 2)
  local right, margin = {}, fig.cb and 1 or 0
  local second = fig.y2 and fig.y2.used
  if second then
    right, margin = upright(fig.y2, rows, look)
    margin = math.min(margin, width // 4) + 2
  end
  local columns = math.max(4, width - gutter - 2 - margin)
  local field, above = draw(columns, rows)
  for _, line in ipairs(above or {}) do lines[#lines + 1] = (" "):rep(gutter + 2) .. line end
  if #field < rows then left, right = upright(fig.y, #field, look), second
    and upright(fig.y2, #field, look) or {} end
  for k, line in ipairs(field) do
    local label = left[k - 1] and raster.cut(look, left[k - 1], gutter) or ""
    local parts = { (" "):rep(gutter - text.width(label)), label, " ",
                    left[k - 1] and shapes.left or shapes.side, line }
    if second then
      local other = right[k - 1]
      parts[#parts + 1] = (other and shapes.right or shapes.side) .. " " .. (other or "")
    end
    lines[#lines + 1] = table.concat(parts)
  end
  columns = field.columns or columns
  local places, labels = level(fig.x, columns, look)
  local floor = {}
  for column = 0, columns - 1 do
    floor[column + 1] = places[column] and shapes.below or shapes.floor
  end
  local indent = (" "):rep(gutter + 1)
  lines[#lines + 1] = indent .. shapes.corner .. table.concat(floor)
    .. (second and shapes.corner_right or "")
  lines[#lines + 1] = indent .. " " .. labels
  if xlabel ~= "" then
    lines[#lines + 1] = indent .. " " .. centered(raster.cut(look, xlabel, columns), columns)
  end
  for k, line in ipairs(lines) do lines[k] = line:gsub(" +$", "") end
  return lines
end

-- ---------------------------------------------------------------- series ----

-- Whether a line of so many points is noise, which is easier to read as dots.
local function is_noisy(series, width, height)
  if series.n < width then return false end
  local path, u, v = 0.0, nil, nil
  for i = 1, series.n do
    local x, y = series.u[i], series.v[i]
    if x - x == 0 and y - y == 0 then
      if u then
        path = path + math.min(math.abs(x - u), width) + math.min(math.abs(y - v), height)
      end
      u, v = x, y
    end
  end
  return path > NOISY * (width + height)
end

local function is_place(u, v) return u - u == 0 and v - v == 0 end

-- Ends of the error bar of point i along an axis, in dots.
local function ends(axis, center, deviation, length)
  local low, high = axis:fraction(center - deviation), axis:fraction(center + deviation)
  if low ~= low then low = 0 end -- a logarithmic axis has no place for it
  return low * (length - 1), high * (length - 1)
end

local function draw_bars(field, series, axis, ink, index)
  local eighths = field.look.unicode and { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" } or { "#" }
  local full = field.look.unicode and (field.look.colors == 0 and index > 1 and "▒" or "█")
    or MARKS[false][index == 1 and 5 or index]
  local scale, zero = field.rows / (field.height - 1), axis.log and 0 or axis:fraction(0)
  local ground = zero * field.rows
  for i = 1, series.n do
    local u, v = series.u[i], series.v[i]
    if is_place(u, v) then
      local half = series.bar_ends[i] - u
      local from = math.ceil((u - half + 0.5) / field.across - 0.5)
      local to = math.ceil((u + half + 0.5) / field.across - 0.5) - 1
      if to < from then from, to = (u // field.across), (u // field.across) end
      local top = v * scale
      local low, high = math.min(top, ground), math.max(top, ground)
      for column = math.max(0, from // 1 | 0), math.min(field.columns - 1, to // 1 | 0) do
        local lowest, highest = math.max(0, math.floor(low + 0.5)), math.ceil(high) - 1
        for row = lowest, math.min(field.rows - 1, highest) do
          local part = math.floor((high - row) * #eighths + 0.5)
          if part >= #eighths then
            field:put(column, field.rows - 1 - row, full, ink)
          elseif part > 0 then
            field:put(column, field.rows - 1 - row, eighths[part], ink)
          end
        end
      end
    end
  end
end

local function draw_lines(field, series, axis, ink, mark, dash)
  local style = series.style
  local zero = style == "impulses" and (axis.log and 0 or axis:fraction(0) * (field.height - 1))
  local u, v
  for i = 1, series.n do
    local x, y = series.u[i], series.v[i]
    if not is_place(x, y) then
      u, v = nil, nil
    else
      if zero then
        field:line(x, zero, x, y, ink, mark)
      elseif style == "steps" and u then
        field:line(u, v, x, v, ink, mark, dash)
        field:line(x, v, x, y, ink, mark, dash)
      else
        field:line(u or x, v or y, x, y, ink, mark, dash)
      end
      u, v = x, y
    end
  end
end

-- A mark at a place in dots, where that is inside.
local function put_mark(field, u, v, mark, ink)
  if u > -0.5 and v > -0.5 and u < field.width - 0.5 and v < field.height - 0.5 then
    u, v = math.floor(u + 0.5), math.floor(v + 0.5)
    field:put(u // field.across, field.rows - 1 - v // field.up, mark, ink)
  end
end

-- Marks where a line has a single point between gaps: its one dot is hardly seen.
local function mark_lone_points(field, series, ink, mark)
  for i = 1, series.n do
    local function is_at(k)
      return k >= 1 and k <= series.n and is_place(series.u[k], series.v[k])
    end
    if is_at(i) and not is_at(i - 1) and not is_at(i + 1) then
      put_mark(field, series.u[i], series.v[i], mark, ink)
    end
  end
end

-- A line through other ordinates of the series, every other dot of it: the edge of a band.
local function draw_edge(field, series, ordinates, ink, mark)
  local edge = setmetatable({ style = "lines", v = ordinates }, { __index = series })
  draw_lines(field, edge, nil, ink, mark, { 1, on = 1, period = 3 })
end

local function draw_errors(field, fig, series, axis, ink)
  local unicode = field.look.unicode
  for i = 1, series.n do
    local u, v = series.u[i], series.v[i]
    if is_place(u, v) then
      if series.error and series.error[i] > 0 then
        local low, high = ends(axis, series.y[i], series.error[i], field.height)
        field:line(u, low, u, high, ink, unicode and "" or "|")
      end
      if series.xerror and series.xerror[i] > 0 then
        local low, high = ends(fig.x, series.x[i], series.xerror[i], field.width)
        field:line(low, v, high, v, ink, unicode and "" or "-")
      end
    end
  end
end

-- Draw a series; the sample of it for the legend.
local function draw_series(field, fig, series, index, alone)
  local look, style = field.look, series.style
  local axis = series.axis == 2 and fig.y2 or fig.y
  local ink = raster.ink(look, series.color)
  local kind = (index - 1) % 8 + 1
  local mark = MARKS[look.unicode][kind]
  local plain = look.colors == 0 and not alone
  local pattern = series.dash and DASHES[2]
    or plain and look.unicode and DASHES[(index - 1) % #DASHES + 1] or nil
  local dash = pattern and { on = pattern[1], period = pattern[2] } or nil
  if series.bar then
    draw_bars(field, series, axis, ink, index)
    return look.unicode and (plain and index > 1 and "▒▒" or "██")
      or MARKS[false][index == 1 and 5 or index]:rep(2)
  end
  if figure.CLOUDS[style] or style == "linespoints"
    or is_noisy(series, field.width, field.height) then
    local marked = style == "errorbars" or series.n <= FEW or not look.unicode
      or plain and style == "points"
    if style == "linespoints" then draw_lines(field, series, axis, ink, mark, dash) end
    draw_errors(field, fig, series, axis, ink)
    for i = 1, series.n do
      local u, v = series.u[i], series.v[i]
      if is_place(u, v) and marked then
        put_mark(field, u, v, mark, ink)
      elseif is_place(u, v) and u > -0.5 and v > -0.5 and u < field.width - 0.5
        and v < field.height - 0.5 then
        field:dot(math.floor(u + 0.5), math.floor(v + 0.5), ink, mark)
      end
    end
    return marked and mark or "⠶"
  end
  if series.lower then
    local lower = axis:project(series.lower, field.height - 1)
    for i = 1, series.n do
      if lower[i] ~= lower[i] then lower[i] = 0 end
      if look.unicode and is_place(series.u[i], series.v[i]) then
        field:line(series.u[i], lower[i], series.u[i], series.v[i], ink, mark,
                   { on = 1, period = 3, phase = i })
      end
    end
    draw_edge(field, series, lower, ink, mark)
  elseif series.error then
    local low, high = {}, {}
    for i = 1, series.n do
      low[i], high[i] = ends(axis, series.y[i], series.error[i], field.height)
    end
    draw_edge(field, series, low, ink, ".")
    draw_edge(field, series, high, ink, ".")
  end
  draw_lines(field, series, axis, ink, mark, dash)
  if style ~= "impulses" then mark_lone_points(field, series, ink, mark) end
  if not look.unicode then return mark:rep(2) end
  return pattern == DASHES[2] and "⠤ ⠤" or pattern == DASHES[3] and "⠄⠠⠄"
    or pattern and pattern ~= DASHES[1] and "⠤⠄⠤" or "⠤⠤"
end

-- ---------------------------------------------------------------- marks and legend ----

local function draw_marks(field, fig)
  local shapes = FRAMES[field.look.unicode]
  local ink = raster.ink(field.look, MARK)
  for _, mark in ipairs(fig.marks) do
    local words = mark.label and raster.plain(field.look, mark.label) or ""
    if mark.x then
      local column = math.floor((fig.x:fraction(mark.x) * (field.width - 1) + 0.5) // field.across)
      for row = 0, field.rows - 1 do field:put(column, row, shapes.upright, ink) end
      local from = column + 2
      if from + text.width(words) > field.columns then from = column - 1 - text.width(words) end
      field:write(math.max(0, from), 0, words, "")
    else
      local v = math.floor(fig.y:fraction(mark.y) * (field.height - 1) + 0.5)
      local row = field.rows - 1 - v // field.up
      for column = 0, field.columns - 1 do field:put(column, row, shapes.level, ink) end
      if row >= 0 then
        field:write(math.max(0, field.columns - 1 - text.width(words)), math.max(0, row - 1), words,
                    "")
      end
    end
  end
end

-- Where so many columns and rows are empty, and a margin around them: left column, upper row.
local CORNERS <const> = { "top right", "top left", "bottom right", "bottom left" }

local function corner(field, width, height, name)
  local column = name:find "right" and field.columns - width or 0
  local row = name:find "top" and 0 or field.rows - height
  return column, row
end

local function is_free(field, width, height, name)
  local left, top = corner(field, width, height, name)
  if left < 0 or top < 0 then return false end
  for row = math.max(0, top - 1), math.min(field.rows - 1, top + height) do
    for column = math.max(0, left - 1), math.min(field.columns - 1, left + width) do
      if not field:free(column, row) then return false end
    end
  end
  return true
end

-- Entries side by side in as many lines as they need.
local function beside(entries, look, columns)
  local lines, line, width = {}, "", 0
  for _, entry in ipairs(entries) do
    local sample, words = entry.sample, raster.cut(look, entry.words, columns - 4)
    local here = text.width(sample) + 1 + text.width(words)
    if width > 0 and width + 3 + here > columns then
      lines[#lines + 1], line, width = line, "", 0
    end
    line = line .. (width > 0 and "   " or "") .. entry.ink .. sample
      .. (entry.ink ~= "" and raster.OVER or "") .. " " .. words
    width = width + (width > 0 and 3 or 0) + here
  end
  lines[#lines + 1] = line
  return lines
end

-- The legend in a corner of the field, or as lines to stand above it.
local function legend(field, fig, entries)
  if fig.legend == "none" or #entries == 0 then return {} end
  local look, widths = field.look, 0
  for _, entry in ipairs(entries) do
    entry.words = raster.cut(look, entry.words, math.max(field.columns // 2, 8))
    widths = math.max(widths, text.width(entry.words))
  end
  local width, height = widths + 4, #entries
  local place = fig.legend ~= "auto" and fig.legend or nil
  for _, name in ipairs(fig.legend == "auto" and CORNERS or {}) do
    if not place and is_free(field, width, height, name) then place = name end
  end
  if not place or place == "above" or height > field.rows or width > field.columns then
    return beside(entries, look, field.columns)
  end
  local left, top = corner(field, width, height, place)
  for k, entry in ipairs(entries) do
    field:write(left, top + k - 1, entry.sample, entry.ink)
    field:write(left + 4, top + k - 1, entry.words, "")
  end
  return {}
end

local FEWER <const> = 4 -- times as many points has a curve on which others are marked

-- As elsewhere points come first, so that lines fitted to them lie above; but a few points of a
-- long curve, such as events, would vanish below it where it fills their characters.
local function order_of(fig)
  local first, last, longest = {}, {}, 0
  for _, series in ipairs(fig.series) do
    if not figure.CLOUDS[series.style] then longest = math.max(longest, series.n) end
  end
  for _, index in ipairs(figure.order(fig)) do
    local series = fig.series[index]
    local marks = figure.CLOUDS[series.style] and series.n <= FEW and FEWER * series.n <= longest
    table.insert(marks and last or first, index)
  end
  return table.move(last, 1, #last, #first + 1, first)
end

---A figure of series in characters.
---@param fig table from figure.build
---@param width integer columns
---@param height integer rows
---@param look vitrum.Look
---@return string
function terminal.draw(fig, width, height, look)
  local function draw(columns, rows)
    local field = raster.new(columns, rows, look)
    figure.project(fig, field.width - 1, field.height - 1)
    draw_marks(field, fig)
    local samples, entries = {}, {}
    for _, index in ipairs(order_of(fig)) do
      samples[index] = draw_series(field, fig, fig.series[index], index, #fig.series == 1)
    end
    for index, series in ipairs(fig.series) do
      if series.label then
        entries[#entries + 1] = { sample = samples[index], words = raster.plain(look, series.label),
                                  ink = raster.ink(look, series.color) }
      end
    end
    local above = legend(field, fig, entries)
    return field:lines(), above
  end
  local lines = framed(fig, width, height, look, function(columns, rows)
    local field, above = draw(columns, rows)
    -- A legend above takes its lines from the field.
    if #above > 0 and rows - #above >= 3 then field, above = draw(columns, rows - #above) end
    return field, above
  end)
  return table.concat(lines, "\n") .. "\n"
end

-- ---------------------------------------------------------------- heat maps ----

-- A blank is a value that is missing.
local RAMP <const> = ".:-=+*#%@"

-- How often a matrix of `count` fits `room`, whole times where it does.
local function spread(count, room)
  return count > room and room or count * (room // count)
end

---A heat map in characters: half blocks in the colors of its palette, else darker for higher.
---@param map table from heatmap.build
---@param width integer
---@param height integer
---@param look vitrum.Look
---@return string
function terminal.heatmap(map, width, height, look)
  local blocks = look.unicode and look.colors >= 256
  local function fraction(value)
    if not numbers.is_finite(value) then return nil end
    return math.max(0, math.min(1, map.cb:fraction(value)))
  end
  local function paint(value, behind)
    local part = fraction(value)
    if not part then return nil end
    local red, green, blue = colors.at(map.palette, part)
    return raster.paint(look, red, green, blue, behind)
  end
  local function shade(value)
    local part = fraction(value)
    if not part then return " " end
    local k = math.min(math.floor(part * #RAMP) + 1, #RAMP)
    return RAMP:sub(k, k)
  end
  -- An upper and a lower cell in one character.
  local function pair(upper, lower)
    local over, under = paint(upper), paint(lower)
    if over and under then return over .. paint(lower, true) .. "▀" end
    if over then return raster.OVER .. over .. "▀" end
    if under then return raster.OVER .. under .. "▄" end
    return raster.OVER .. " "
  end
  local function draw(columns, rows)
    local per = blocks and 2 or 1
    local matrix = map:reduced(columns, rows * per)
    local n, m = #matrix, #matrix[1]
    local high, wide = spread(n, rows * per), spread(m, columns)
    if high % per == 1 then high = high + 1 end
    local lines = { columns = wide }
    local function value(row, column) -- from the bottom
      return matrix[row * n // high + 1][column * m // wide + 1]
    end
    for row = high // per - 1, 0, -1 do
      local cells = {}
      for column = 0, wide - 1 do
        cells[column + 1] = blocks and pair(value(2 * row + 1, column), value(2 * row, column))
          or shade(value(row, column))
      end
      lines[#lines + 1] = table.concat(cells) .. (blocks and raster.OVER or "")
        .. FRAMES[look.unicode].side
    end
    return lines
  end
  local lines = framed(map, width, height - 1, look, draw)
  local bar = {}
  for k = 0, 19 do
    local value = map.cb:at(k / 19)
    bar[k + 1] = blocks and paint(value) .. "█" or shade(value)
  end
  local low, high = ("%.4g"):format(map.cb.first), ("%.4g"):format(map.cb.last)
  local name = map.options.zlabel and raster.plain(look, map.options.zlabel) or ""
  local scale = math.max(4, math.min(20, width - #low - #high - text.width(name) - 6))
  if scale < 20 then
    for k = 0, scale - 1 do bar[k + 1] = bar[k * 19 // (scale - 1) + 1] end
  end
  lines[#lines + 1] = low .. " " .. table.concat(bar, "", 1, scale)
    .. (blocks and raster.OVER or "") .. " " .. high
    .. (name ~= "" and "  " .. raster.cut(look, name, width - #low - #high - scale - 4) or "")
  return table.concat(lines, "\n") .. "\n"
end

return terminal
