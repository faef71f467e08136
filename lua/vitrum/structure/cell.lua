-- Cells that tell the same lattice by other vectors, b - a in place of b for instance (a flip).

local cell = {}

-- The nine entries of a matrix of numbers by rows, from tables or arrays.
local function rows(matrix)
  local h = {}
  for i = 1, 3 do h[i] = { matrix[i][1], matrix[i][2], matrix[i][3] } end
  return h
end

local function product(a, b)
  local c = {}
  for i = 1, 3 do
    c[i] = {}
    for j = 1, 3 do c[i][j] = a[i][1] * b[1][j] + a[i][2] * b[2][j] + a[i][3] * b[3][j] end
  end
  return c
end

local function determinant(m)
  return m[1][1] * (m[2][2] * m[3][3] - m[2][3] * m[3][2])
    - m[1][2] * (m[2][1] * m[3][3] - m[2][3] * m[3][1])
    + m[1][3] * (m[2][1] * m[3][2] - m[2][2] * m[3][1])
end

-- Sum of squares of the displacement gradient that takes the reference to h.
local function strain(inverse, h)
  local f, sum = product(inverse, h), 0.0
  for i = 1, 3 do
    for j = 1, 3 do sum = sum + (f[i][j] - (i == j and 1 or 0)) ^ 2 end
  end
  return sum
end

-- Add or subtract one vector from another, the best of the twelve ways, as long as it helps.
local function descend(inverse, h, periodic)
  local least = strain(inverse, h)
  while true do
    local better
    for i = 1, 3 do
      for j = 1, 3 do
        for sign = -1, 1, 2 do
          if i ~= j and periodic[i] and periodic[j] then
            local trial = rows(h)
            for k = 1, 3 do trial[i][k] = h[i][k] + sign * h[j][k] end
            local now = strain(inverse, trial)
            -- Rounding must not make it go in circles.
            if now < least - 1e-9 then better, least = trial, now end
          end
        end
      end
    end
    if not better then return h, least end
    h = better
  end
end

---The cell vectors of the lattice of `h` that are nearest to those of `reference`: the ones with
---the least displacement gradient. Free axes do not mix with others.
---@param reference any matrix of rows [A], array or table
---@param h any likewise
---@param periodic boolean[] of a, b, c
---@return number[][] rows of the nearest cell
function cell.nearest(reference, h, periodic)
  local array = require("vitrum").array
  local inverse = rows(array(rows(reference)):inverse())
  h = rows(h)
  -- Rounding finds far cells, stepping those of elongated boxes.
  local turn = product(rows(reference), rows(array(h):inverse()))
  for i = 1, 3 do
    for j = 1, 3 do
      local mixed = periodic[i] and periodic[j]
      turn[i][j] = mixed and math.floor(turn[i][j] + 0.5) or (i == j and 1 or 0)
    end
  end
  local best, least = descend(inverse, h, periodic)
  if determinant(turn) == 1 then
    local other, strained = descend(inverse, product(turn, h), periodic)
    if strained < least - 1e-9 then best = other end
  end
  return best
end

return cell
