-- How strongly elements scatter X-rays and neutrons, for weights of pairs. The numbers, and where
-- they come from, are in data/scattering.txt.

local options = require "vitrum.base.options"

local scattering = {}

local elements = {}
for line in require("vitrum.data.scattering"):gmatch "[^\n]+" do
  local symbol, rest = line:match "^(%a+)%s+(.*)$"
  if symbol then
    local entry = {}
    for word in rest:gmatch "%S+" do entry[#entry + 1] = tonumber(word) or false end
    elements[symbol] = entry
  end
end

local function element(symbol, where)
  local entry = elements[symbol]
  if not entry then
    options.raise("%s: no scattering factors of '%s' are known; weights = \"number\" works for any "
      .. "species", where, symbol)
  end
  return entry
end

---X-ray form factor of an element.
---@param symbol string
---@param q number [1/A]
---@param where string name of the function for messages
---@return number f [electrons]
function scattering.xray(symbol, q, where)
  local e = element(symbol, where)
  local s2, f = (q / (4 * math.pi)) ^ 2, e[7]
  for k = 1, 5 do f = f + e[1 + k] * math.exp(-e[7 + k] * s2) end
  return f
end

---Coherent neutron scattering length of an element.
---@param symbol string
---@param where string name of the function for messages
---@return number b [fm]
function scattering.neutron(symbol, where)
  local b = element(symbol, where)[1]
  if not b then
    options.raise("%s: no neutron scattering length of '%s' is known", where, symbol)
  end
  return b
end

return scattering
