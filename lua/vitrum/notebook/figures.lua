-- The figures of this session, for a report of it: what vt.plot and its kin have shown.
local plot = require "vitrum.plot"

local figures = {}

local MOST <const> = 60 -- the last ones are kept; each holds its data

local shown = {} -- { figure, line = what was typed }

---From now on keep what is drawn.
---@param line fun(): string? what is being typed
function figures.start(line)
  plot._shown = function(figure)
    if #shown == MOST then table.remove(shown, 1) end
    shown[#shown + 1] = { figure = figure, line = line() }
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
    local title = entry.figure.options.title
    page:figure{
      svg = plot._drawn(entry.figure),
      caption = (title and title .. ": " or "") .. (entry.line or ""):gsub("%s+", " "),
    }
  end
end

return figures
