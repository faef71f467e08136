-- Arrows of a view: displacements of atoms, as lines that the page draws over the atoms.

local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise = options.raise

local arrows = {}

arrows.OPTIONS = {
  { name = "arrows", kind = "value",
    help = "displacements to draw from where the atoms are, over all that lies in front: those of "
      .. "an event, e.saddle or e.final of vt.art; { atoms = numbers, displacement = array }; or "
      .. "an array with x, y, z of every atom. Of a trajectory they are shown with the first "
      .. "frame; the picture that is kept for browsers without WebGL has none" },
  { name = "arrow_factor", kind = "positive", default = 3, unit = "-", between = { 1e-3, 1e6 },
    help = "length of an arrow over its displacement" },
  { name = "arrow_above", kind = "nonnegative", default = 0.1, unit = "A",
    help = "atoms that are displaced by less have no arrow" },
}

local MOST_ARROWS <const> = 5000

-- Atoms and displacements of the option, atoms without a number being all.
local function displaced(where, given, count)
  local list, d = nil, given
  if type(given) == "table" and not options.is(given, "Array") then
    list, d = given.atoms, given.displacement
  end
  local right = options.is(d, "Array") and d.ndim == 2 and d.shape[2] == 3
  if right and list ~= nil then
    list = numbers.list(list, where .. ": option 'arrows': atoms")
    for _, atom in ipairs(list) do
      if not math.tointeger(atom) or atom < 1 or atom > count then
        raise("%s: option 'arrows' names atom %s, but atoms are numbered 1 to %d", where,
          numbers.show(atom), count)
      end
    end
  end
  local expected = list and #list or count
  if not right or d.shape[1] ~= expected then
    raise("%s: option 'arrows' must be e.saddle or e.final of an event, or an array of %d rows "
      .. "with x, y, z [A]", where, expected)
  end
  return list, d:totable()
end

-- Rows of the inverse of the matrix with these columns.
local function inverse(edges)
  local rows = {}
  for k = 1, 3 do
    local u, v, w = edges[k % 3 + 1], edges[(k + 1) % 3 + 1], edges[k]
    local n = { u[2] * v[3] - u[3] * v[2], u[3] * v[1] - u[1] * v[3], u[1] * v[2] - u[2] * v[1] }
    local along = n[1] * w[1] + n[2] * w[2] + n[3] * w[3]
    rows[k] = { n[1] / along, n[2] / along, n[3] / along }
  end
  return rows
end

-- The lines of an arrow from p by d, each { from, to }: the shaft and four barbs.
local function lines_of_arrow(p, d, length)
  local least = 1
  for k = 2, 3 do if math.abs(d[k]) < math.abs(d[least]) then least = k end end
  local function cross(a, b, size)
    local c = { a[2] * b[3] - a[3] * b[2], a[3] * b[1] - a[1] * b[3], a[1] * b[2] - a[2] * b[1] }
    local norm = math.sqrt(c[1] ^ 2 + c[2] ^ 2 + c[3] ^ 2)
    return { size * c[1] / norm, size * c[2] / norm, size * c[3] / norm }
  end
  local u = cross(d, { least == 1 and 1 or 0, least == 2 and 1 or 0, least == 3 and 1 or 0 },
    0.12 * length)
  local v, tip = cross(d, u, 0.12 * length), { p[1] + d[1], p[2] + d[2], p[3] + d[3] }
  local lines = { { p, tip } }
  for _, barb in ipairs{ { u, 1 }, { u, -1 }, { v, 1 }, { v, -1 } } do
    local back = {}
    for k = 1, 3 do back[k] = tip[k] - 0.3 * d[k] + barb[2] * barb[1][k] end
    lines[#lines + 1] = { tip, back }
  end
  return lines
end

---Lines of the arrows in the places of a view's frame, six numbers each, five lines an arrow.
---@param where string
---@param atoms vitrum.Atoms
---@param shown table the scene
---@param frame { origin: number[], edges: number[][] }
---@param o table checked options
---@return number[][]
function arrows.lines(where, atoms, shown, frame, o)
  local list, rows = displaced(where, o.arrows, #atoms)
  local place_of, result, count = {}, {}, 0
  for place, atom in ipairs(shown.index:totable()) do place_of[math.tointeger(atom)] = place end
  local to_places = inverse(frame.edges)
  for k, row in ipairs(rows) do
    local place = place_of[list and math.tointeger(list[k]) or k]
    local length = math.sqrt(row[1] ^ 2 + row[2] ^ 2 + row[3] ^ 2)
    if place and length > o.arrow_above and length < math.huge then
      count = count + 1
      local d = { row[1] * o.arrow_factor, row[2] * o.arrow_factor, row[3] * o.arrow_factor }
      local at = shown.positions[place]
      for _, line in ipairs(lines_of_arrow({ at[1], at[2], at[3] }, d, length * o.arrow_factor)) do
        local places = {}
        for _, point in ipairs(line) do
          for j = 1, 3 do
            local sum = 0
            for c = 1, 3 do sum = sum + to_places[j][c] * (point[c] - frame.origin[c]) end
            places[#places + 1] = math.floor(sum * 1e5 + 0.5) / 1e5
          end
        end
        result[#result + 1] = places
      end
    end
  end
  if count > MOST_ARROWS then
    raise("%s: %d atoms are displaced by more than %g A, and %d arrows are the most; make "
      .. "'arrow_above' larger, or show fewer atoms with only or slice", where, count,
      o.arrow_above, MOST_ARROWS)
  end
  return result
end

return arrows
