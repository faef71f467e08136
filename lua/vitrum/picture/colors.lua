-- Colors in one place: those of elements, the palettes of figures, pictures and views, and which
-- palette a quantity has wherever it is shown.

local colors = {}

-- Colors from low to high, as RRGGBB. viridis and magma: S. van der Walt and N. Smith (2015);
-- cividis: Nunez, Anderton, Renslow, PLoS ONE 13, e0199239 (2018); blue-red: Brewer's RdBu. All are
-- even in lightness and legible with every kind of color vision. ember begins light, so that the
-- few atoms that moved stand out of the many that did not.
colors.PALETTES = {
  viridis = { "440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58",
              "b5de2b", "fde725" },
  magma = { "000004", "180f3d", "440f76", "721f81", "9e2f7f", "cd4071", "f1605d", "fd9668",
            "feca8d", "fcfdbf" },
  cividis = { "00224e", "123570", "3b496c", "575d6d", "707173", "8a8678", "a59c74", "c3b369",
              "e1cc55", "fee838" },
  ["blue-red"] = { "053061", "2166ac", "4393c3", "92c5de", "d1e5f0", "f7f7f7", "fddbc7", "f4a582",
                   "d6604d", "b2182b", "67001f" },
  gray = { "ffffff", "000000" },
  ember = { "dfe5ea", "dcd9cf", "e6cd9f", "eeb76c", "ea9743", "db7130", "c04a2a", "982b2c",
            "691830" },
}
-- In the order in which help shows them.
colors.NAMES = { "viridis", "magma", "cividis", "blue-red", "gray", "ember" }
-- Centered on zero.
colors.DIVERGING = { ["blue-red"] = true }
-- Of atoms without a value.
colors.NO_VALUE = "b5b5b5"

-- What is known of quantities by the names that fields of results have: the heading of a color bar
-- and the palette.
colors.QUANTITIES = {
  D2min = { title = "D2min (Å²)", palette = "ember" },
  von_mises = { title = "von Mises strain", palette = "ember" },
  strain = { title = "strain", palette = "ember" },
  five_fold = { title = "five-fold symmetry", palette = "viridis" },
  coordination = { title = "coordination number", palette = "viridis" },
  volume = { title = "volume (Å³)", palette = "viridis" },
  free_volume = { title = "free volume", palette = "viridis" },
  energy = { title = "energy (eV)", palette = "cividis" },
  activation = { title = "activation energy (eV)", palette = "magma" },
  stress = { title = "stress (GPa)", palette = "blue-red" },
  charge = { title = "charge (e)", palette = "blue-red" },
}

---The palette of a quantity, by the name that it has in results; viridis for others.
---@param quantity string?
---@return string
function colors.palette_of(quantity)
  local known = quantity and colors.QUANTITIES[quantity]
  return known and known.palette or "viridis"
end

---Red, green and blue of RRGGBB, 0 to 255.
---@param hex string
---@return integer red
---@return integer green
---@return integer blue
function colors.channels(hex)
  local rgb = tonumber(hex, 16)
  return rgb >> 16, rgb >> 8 & 255, rgb & 255
end

---The color of a palette at a fraction from 0 to 1: red, green, blue from 0 to 255.
---@param stops string[]
---@param fraction number
---@return number red
---@return number green
---@return number blue
function colors.at(stops, fraction)
  local position = 1 + fraction * (#stops - 1)
  local k = math.min(math.floor(position), #stops - 1)
  local part = position - k
  local r, g, b = colors.channels(stops[k])
  local r2, g2, b2 = colors.channels(stops[k + 1])
  return r + (r2 - r) * part, g + (g2 - g) * part, b + (b2 - b) * part
end

---Whether a text is a color, RRGGBB or #RRGGBB; gives it as RRGGBB.
---@param text any
---@return string?
function colors.parse(text)
  local hex = type(text) == "string" and text:match "^#?(%x%x%x%x%x%x)$"
  return hex and hex:lower() or nil
end

-- ---------------------------------------------------------------- elements ----

-- The metals of glasses, muted. Partners of common alloys differ in lightness or lie on both sides
-- of blue and orange, which every kind of color vision tells apart.
local ELEMENTS <const> = {
  Cu = "cf8550", Zr = "7da7c7", Al = "c9cdd6", Ni = "47807d", Ti = "9a9fb0", Fe = "b2563f",
  Co = "c77f9b", Pd = "3f6b91", Pt = "b4b0cf", Ag = "d3d6d9", Au = "e0b94a", Mg = "93b86b",
  Ca = "5f9a62", Zn = "8086b0", La = "58adb8", Ce = "e3cf9c", Y = "8cc9c0", Gd = "6fb5a6",
  Nb = "6c88b0", Mo = "5b93a0", Ta = "55699a", W = "3f5f7f", Hf = "5b8fb9", Cr = "7c86a8",
  Mn = "9578a8", V = "8c8f9c", Be = "b9cf8f", Si = "dcc08f", Sn = "7b8a91", Pb = "565b66",
  Bi = "93729c", Sb = "8d79a6", Ga = "b98f84", Ge = "7f9088", In = "9c7f74", B = "e2aa9f",
  P = "df9a3c", S = "dfcb4a", C = "50504f", N = "5578c0", O = "c9463d", H = "eeeeea",
  F = "9bc77f", Cl = "73b35f", Li = "a783bd", Na = "9a7cc2", K = "8566ad",
}

-- For species without a color of their own ("A", "B", "1"), and where two are too much alike.
local SPARE <const> = { "cf8550", "7da7c7", "47807d", "e3cf9c", "8a6a9c", "b2563f", "c9cdd6",
                        "5f9a62", "3f6b91", "c77f9b", "e0b94a", "565b66" }
local ALIKE <const> = 52 -- of 255, see `distance`

local function hsl(hue, saturation, lightness)
  local function channel(n)
    local k = (n + hue * 12) % 12
    local a = saturation * math.min(lightness, 1 - lightness)
    return math.floor(255 * (lightness - a * math.max(-1, math.min(k - 3, 9 - k, 1))) + 0.5)
  end
  return ("%02x%02x%02x"):format(channel(0), channel(8), channel(4))
end

-- How far two colors are apart, lightness and blue against yellow before red against green.
local function distance(one, other)
  local r, g, b = colors.channels(one)
  local r2, g2, b2 = colors.channels(other)
  local dr, dg, db = r - r2, g - g2, b - b2
  local light, blue, red = 0.3 * dr + 0.59 * dg + 0.11 * db, db - (dr + dg) / 2, dr - dg
  return math.sqrt(2 * light ^ 2 + 0.5 * blue ^ 2 + 0.15 * red ^ 2)
end

---The color of an element, RRGGBB; nil for other names.
---@param symbol string
---@return string?
function colors.element(symbol)
  if ELEMENTS[symbol] then return ELEMENTS[symbol] end
  local ok, element = pcall(require("vitrum").atoms.element, symbol)
  if not ok then return nil end
  -- Neighbors in the table of elements get hues far apart.
  local number = element.number
  return hsl(number * 0.618034 % 1, 0.3, 0.45 + 0.25 * (number % 3) / 2)
end

---One color for each species of a structure, all different.
---@param symbols string[]
---@return string[]
function colors.species(symbols)
  local chosen = {}
  local function nearest(color)
    local least = math.huge
    for _, other in ipairs(chosen) do least = math.min(least, distance(color, other)) end
    return least
  end
  for k, symbol in ipairs(symbols) do
    local color = colors.element(symbol)
    if not color or nearest(color) < ALIKE then
      local best, far = color or SPARE[1], -1
      for _, spare in ipairs(SPARE) do
        local gap = nearest(spare)
        if gap >= 1.5 * ALIKE then
          best = spare
          break
        end
        if gap > far then best, far = spare, gap end
      end
      color = best
    end
    chosen[k] = color
  end
  return chosen
end

return colors
