-- Least squares of curves that are linear in all parameters but one: y = sum over k of
-- c_k f_k(x; p). For each p the c_k follow at once; only p is sought, between bounds, so that no
-- start is needed and no other minimum is taken for the best one.

local separable = {}

local GRID <const> = 40 -- values of p that are tried before the best of them is refined
local GOLDEN <const> = (math.sqrt(5) - 1) / 2
local SETTLED <const> = 1e-11

-- Linear least squares by modified Gram-Schmidt on the columns and, as the last one, y: what is
-- left of y is the residual. Columns that depend on each other give nil.
local function solve(columns, y)
  local n, m, r = #y, #columns, {}
  local left = table.move(y, 1, n, 1, {})
  local q = {}
  for k = 1, m do q[k] = table.move(columns[k], 1, n, 1, {}) end
  local right = {}
  for k = 1, m do
    local column, norm, before = q[k], 0.0, 0.0
    for i = 1, n do
      norm, before = norm + column[i] * column[i], before + columns[k][i] * columns[k][i]
    end
    if norm <= 1e-26 * before or norm ~= norm then return nil end
    norm = math.sqrt(norm)
    r[k] = { [k] = norm }
    for i = 1, n do column[i] = column[i] / norm end
    for j = k + 1, m + 1 do
      local other, dot = q[j] or left, 0.0
      for i = 1, n do dot = dot + column[i] * other[i] end
      for i = 1, n do other[i] = other[i] - dot * column[i] end
      if j > m then right[k] = dot else r[k][j] = dot end
    end
  end
  local coefficients, square = {}, 0.0
  for k = m, 1, -1 do
    local value = right[k]
    for j = k + 1, m do value = value - r[k][j] * coefficients[j] end
    coefficients[k] = value / r[k][k]
  end
  for i = 1, n do square = square + left[i] * left[i] end
  return square, coefficients
end

---The best p between two bounds.
---@param x number[]
---@param y number[]
---@param basis fun(x: number, p: number): number, ... the f_k
---@param bounds number[] { low, high } of p
---@return { p: number, coefficients: number[], square: number, edge: string? }? # edge: "low" or
---"high" where the best p is at a bound
function separable.fit(x, y, basis, bounds)
  local function at(p)
    local columns = {}
    for i = 1, #x do
      local row = { basis(x[i], p) }
      for k = 1, #row do
        columns[k] = columns[k] or {}
        columns[k][i] = row[k]
      end
    end
    local square, coefficients = solve(columns, y)
    return square or math.huge, coefficients
  end
  local low, high = bounds[1], bounds[2]
  local step, best, least = (high - low) / GRID, 0, math.huge
  for k = 0, GRID do
    local square = at(low + k * step)
    if square < least then best, least = k, square end
  end
  if least == math.huge then return nil end
  local from, to = math.max(low, low + (best - 1) * step), math.min(high, low + (best + 1) * step)
  local one, two = to - GOLDEN * (to - from), from + GOLDEN * (to - from)
  local s_one, s_two = at(one), at(two)
  while to - from > SETTLED * (math.abs(from) + math.abs(to)) do
    if s_one <= s_two then
      to, two, s_two = two, one, s_one
      one = to - GOLDEN * (to - from)
      s_one = at(one)
    else
      from, one, s_one = one, two, s_two
      two = from + GOLDEN * (to - from)
      s_two = at(two)
    end
    if one <= from or two >= to then break end
  end
  local p = 0.5 * (from + to)
  local square, coefficients = at(p)
  local near = 1e-6 * (high - low)
  return { p = p, coefficients = coefficients, square = square,
           edge = p < low + near and "low" or p > high - near and "high" or nil }
end

return separable
