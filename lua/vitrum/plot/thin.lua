-- Fewer points, same picture: what falls on the same pixels is drawn once, so that a curve of a
-- million points makes a small file.
--
-- Coordinates u, v are in pixels of the plotting area; indices of the points to keep come back.

local thin = {}

local LINE_LIMIT <const> = 2000  -- points of a curve that are drawn as they are
local POINT_LIMIT <const> = 3000 -- and of a cloud
local CELL <const> = 2           -- pixels; a marker is three times as wide

--- Indices to keep of a curve: in every run of points in the same pixel column the first, lowest,
--- highest and last. Gaps (NaN) are kept, one index each.
---@param u number[]
---@param v number[]
---@param width number pixels; all that lies left or right of the area counts as one column
---@return integer[]?  nil: keep all
function thin.curve(u, v, width)
  local n = #u
  if n <= LINE_LIMIT then return nil end
  local keep = {}
  local column, first, low, high, last

  local function close_run()
    if not first then return end
    local run = { first, low, high, last }
    table.sort(run)
    local previous
    for k = 1, 4 do
      if run[k] ~= previous then keep[#keep + 1] = run[k] end
      previous = run[k]
    end
    first = nil
  end

  local in_gap = false
  for i = 1, n do
    local x, y = u[i], v[i]
    if x ~= x or y ~= y then
      close_run()
      if not in_gap then keep[#keep + 1] = i end
      in_gap = true
    else
      in_gap = false
      local here = x < 0 and -1 or x > width and math.ceil(width) + 1 or x // 1
      if first and here == column then
        last = i
        if y < v[low] then low = i end
        if y > v[high] then high = i end
      else
        close_run()
        column, first, low, high, last = here, i, i, i, i
      end
    end
  end
  close_run()
  return keep
end

--- Indices to keep of a cloud of points: the first in every small cell; none outside the area.
---@param u number[]
---@param v number[]
---@param width number pixels
---@param height number pixels
---@return integer[]?  nil: keep all
function thin.cloud(u, v, width, height)
  local n = #u
  if n <= POINT_LIMIT then return nil end
  local seen, keep = {}, {}
  local columns = width // CELL + 3
  for i = 1, n do
    local x, y = u[i], v[i]
    if x >= 0 and x <= width and y >= 0 and y <= height then
      local cell = (y // CELL) * columns + x // CELL
      if not seen[cell] then
        seen[cell] = true
        keep[#keep + 1] = i
      end
    end
  end
  return keep
end

return thin
