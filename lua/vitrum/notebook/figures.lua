-- The figures of this session, for a report of it: what vt.plot and its kin, glass:picture and
-- vt.view have shown.
local picture = require "vitrum.picture"
local plot = require "vitrum.plot"
local view = require "vitrum.picture.view"

local figures = {}

local MOST <const> = 60 -- the last ones are kept; each holds its data

-- Bytes of the views that are kept; of older ones only the names.
figures.MOST_VIEWS = 64 * 1024 * 1024

-- { figure or svg or view, title, file, line = what was typed }
local shown = {}

local function size_of(entry) return entry.view and #entry.view.data + #entry.view.still or 0 end

-- Atoms change later, so that pictures and views of them are kept as they were drawn.
local function drop_old_views()
  local sum = 0
  for k = #shown, 1, -1 do
    sum = sum + size_of(shown[k])
    if sum > figures.MOST_VIEWS then shown[k].view = nil end
  end
end

---From now on keep what is drawn.
---@param line fun(): string? what is being typed
function figures.start(line)
  local function keep(entry)
    if #shown == MOST then table.remove(shown, 1) end
    entry.line = line()
    shown[#shown + 1] = entry
  end
  plot._shown = function(figure) keep{ figure = figure, title = figure.options.title } end
  picture._shown = function(svg, file) keep{ svg = svg, title = file } end
  view._shown = function(made, file)
    keep{ view = made, title = made.title, file = file }
    drop_old_views()
  end
end

---Number of figures so far.
---@return integer
function figures.count() return #shown end

---Forget them; for tests.
function figures.clear() shown = {} end

---Add them to a page, with what was typed below each.
---@param page vitrum.Report
function figures.add_to(page)
  for _, entry in ipairs(shown) do
    local caption = (entry.title and entry.title .. ": " or "")
      .. (entry.line or ""):gsub("%s+", " ")
    if entry.view then
      page:view(entry.view, { caption = caption })
    elseif entry.file then
      page:text(("A view that was too large to keep, in %s. %s"):format(entry.file, caption))
    else
      page:figure{ svg = entry.svg or plot._drawn(entry.figure), caption = caption }
    end
  end
end

return figures
