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
  if #u <= LINE_LIMIT then return nil end
  local keep = {}
  local column, first, low, high, last
  local function close_run()
    local run = first and { first, low, high, last } or {}
    table.sort(run)
    for k, i in ipairs(run) do
      if i ~= run[k - 1] then keep[#keep + 1] = i end
    end
    first = nil
  end
  for i = 1, #u do
    local x, y = u[i], v[i]
    if x ~= x or y ~= y then
      if first or i == 1 then
        close_run()
        keep[#keep + 1] = i
      end
    else
      local here = x < 0 and -1 or x > width and math.ceil(width) + 1 or x // 1
      if not first or here ~= column then
        close_run()
        column, first, low, high = here, i, i, i
      end
      last = i
      if y < v[low] then low = i end
      if y > v[high] then high = i end
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
  if #u <= POINT_LIMIT then return nil end
  local seen, keep, columns = {}, {}, width // CELL + 3
  for i = 1, #u do
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
