-- What a page must know of a figure besides its drawing: the data as the text of a CSV file, and
-- where on the drawing they lie. Pages show values under the pointer from it and offer the file.

local numbers = require "vitrum.base.numbers"
local rows = require "vitrum.base.rows"
local script = require "vitrum.plot.script"
local text = require "vitrum.base.text"

local data = {}

local MOST_CELLS <const> = 40000 -- of a map; a larger one becomes one of means

local function axis_of(axis)
  return { first = axis.first, last = axis.last, log = axis.log or nil, label = axis.label }
end

-- A name as the head of a column.
local function heading(value, default)
  value = value and text.clean(value):gsub("%s+", " ") or ""
  return value:find "%S" and value or default
end

-- One column for what several series have in common, usually x.
local function same(a, b)
  if a == b then return true end
  if #a ~= #b then return false end
  for i = 1, #a do
    if a[i] ~= b[i] and (a[i] == a[i] or b[i] == b[i]) then return false end
  end
  return true
end

local function table_of(names, columns, comments)
  local longest, lines = 0, { rows.head(names, comments) }
  for _, column in ipairs(columns) do longest = math.max(longest, #column) end
  for i = 1, longest do
    local cells = {}
    for k, column in ipairs(columns) do
      local value = column[i]
      -- What is missing is an empty cell: spreadsheets take "nan" for a text.
      cells[k] = value and value == value and numbers.text(value) or ""
    end
    lines[#lines + 1] = table.concat(cells, ",") .. "\n"
  end
  return table.concat(lines)
end

local function of_series(fig, width, height)
  local names, columns, list, notes, taken = {}, {}, {}, {}, {}
  -- The place of a column; one of the same name with other values is named after its series too.
  local function add(name, values, of)
    for k, column in ipairs(columns) do
      if names[k] == name and same(column, values) then return k - 1 end
    end
    if taken[name] then name = ("%s of %s"):format(name, of) end
    names[#names + 1], columns[#columns + 1], taken[name] = name, values, true
    return #columns - 1
  end
  for index, whole in ipairs(fig.series) do
    local s = script.thinned(whole, width, height)
    if s.n < whole.n then
      notes[#notes + 1] = ("series %d: thinned for the page, %d of %d points"):format(index, s.n,
        whole.n)
    end
    local axis = s.axis == 2 and fig.y2 or fig.y
    local y = heading(axis.label, "y")
    local label = heading(s.label)
    local of = label or "series " .. index
    if label or #fig.series > 1 then y = axis.label and ("%s of %s"):format(y, of) or of end
    local x = heading(fig.x.label, "x")
    local entry = { label = s.label, axis = s.axis, x = add(x, s.x, of), y = add(y, s.y, of) }
    if s.error then entry.error = add("error of " .. y, s.error, of) end
    if s.xerror then entry.xerror = add("error of " .. x, s.xerror, of) end
    if s.lower then entry.lower = add("lower end of " .. y, s.lower, of) end
    list[index] = entry
  end
  return { x = axis_of(fig.x), y = axis_of(fig.y), y2 = fig.y2.used and axis_of(fig.y2) or nil,
           series = list, csv = table_of(names, columns, table.concat(notes, "\n")) }
end

-- The centers of `count` equal parts of an axis.
local function centers(axis, count)
  local list = {}
  for k = 1, count do list[k] = axis.first + (axis.last - axis.first) * (k - 0.5) / count end
  return list
end

local function of_map(fig)
  local side = math.floor(math.sqrt(MOST_CELLS))
  local n, m = #fig.rows, #fig.rows[1]
  local cells, notes = fig.rows, {}
  if n * m > MOST_CELLS then
    cells = fig:reduced(side, side)
    notes[1] = ("means over blocks, %d x %d of %d x %d values"):format(#cells, #cells[1], n, m)
  end
  n, m = #cells, #cells[1]
  local across, up = centers(fig.x, m), centers(fig.y, n)
  local x, y = heading(fig.x.label, "x"), heading(fig.y.label, "y")
  notes[#notes + 1] = ("%s; rows: %s; columns: %s"):format(heading(fig.cb.label, "value"), y, x)
  local names, columns = { y .. " \\ " .. x }, { up }
  for j = 1, m do
    names[j + 1], columns[j + 1] = ("%.6g"):format(across[j]), {}
    for i = 1, n do columns[j + 1][i] = cells[i][j] end
  end
  return { x = axis_of(fig.x), y = axis_of(fig.y), z = { label = fig.cb.label }, map = across,
           csv = table_of(names, columns, table.concat(notes, "\n")) }
end

---What a page keeps of a figure.
---@param fig table from figure.build or heatmap.build, drawn already
---@param area number[] left, right, top and bottom of the field in the drawing [px]
---@param width number of the drawing
---@param height number
---@return table
function data.of(fig, area, width, height)
  local head = fig.cb and of_map(fig) or of_series(fig, width, height)
  head.area = area
  return head
end

return data
