-- Averages over frames with errors by blocks, when the number of frames is not known beforehand:
-- each block holds equally many frames in a row; when there are twice as many blocks as wanted,
-- neighbors are joined. Blocks longer than the correlation time give honest errors.

local blocks = {}

local Blocks = {}
Blocks.__index = Blocks

---@param wanted integer there will be from this number to twice as many blocks
---@param make fun(): any an empty accumulator
---@param merge fun(into: any, from: any)
function blocks.new(wanted, make, merge)
  return setmetatable({ wanted = wanted, make = make, merge = merge, size = 1, inside = 0,
                        list = {} }, Blocks)
end

---The accumulator that takes the next frame.
function Blocks:next()
  if #self.list == 0 or self.inside == self.size then
    if #self.list == 2 * self.wanted then
      local joined = {}
      for k = 1, #self.list, 2 do
        self.merge(self.list[k], self.list[k + 1])
        joined[#joined + 1] = self.list[k]
      end
      self.list, self.size = joined, 2 * self.size
    end
    self.list[#self.list + 1] = self.make()
    self.inside = 0
  end
  self.inside = self.inside + 1
  return self.list[#self.list]
end

---The blocks that are full, for errors: a list that is empty with fewer than two of them.
function Blocks:full()
  local full = table.move(self.list, 1, #self.list, 1, {})
  if self.inside < self.size then full[#full] = nil end
  return #full >= 2 and full or {}
end

---Everything in one fresh accumulator.
function Blocks:total()
  local total = self.make()
  for _, block in ipairs(self.list) do self.merge(total, block) end
  return total
end

---Standard error of the mean of arrays that blocks gave.
---@param values vitrum.Array[] at least two
---@return vitrum.Array
function blocks.error(values)
  local n, mean = #values, values[1] * (1 / #values)
  for k = 2, n do mean = mean + values[k] * (1 / n) end
  local sum = (values[1] - mean):square()
  for k = 2, n do sum = sum + (values[k] - mean):square() end
  return (sum / (n * (n - 1))):sqrt()
end

return blocks
