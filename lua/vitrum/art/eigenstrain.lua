-- Eigenstrains of events: the strain that fits best how the atoms moved that an event moves.

local events = require "vitrum.art.events"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local removal = require "vitrum.art.removal"
local vt = require "vitrum"

local Events <const> = events.Events
local FEWEST <const> = 5 -- moved atoms, for four unknowns of each direction

local OPTIONS <const> = {
  { name = "state", kind = "choice", choices = { "saddle", "final" }, default = "final",
    help = "where the displacements from the start lead to" },
  { name = "threshold", kind = "positive", default = 0.1, unit = "A",
    help = "an atom has moved when its displacement is larger" },
}
table.move(removal.OPTIONS, 1, #removal.OPTIONS, #OPTIONS + 1, OPTIONS)

-- Places of some atoms around the first of them, by the nearest images [A].
local function places_of(fractional, box, atoms)
  local s = fractional[atoms]
  local from = s[1]
  local d = s - from
  return (d - d:round()):dot(box)
end

-- Best fit of u = a + x J (Falk and Langer 1998, eq. 2.12, with the atoms of the event as
-- neighbors); the deviatoric part of the symmetric part of J as a list of nine. nil where atoms lie
-- in a plane, or are too few.
local function strain_of(x, u)
  local design = vt.array.concatenate({ x, vt.array.ones{ #x, 1 } }, 2)
  local ok, fitted = pcall(design.least_squares, design, u)
  if not ok then return nil end
  local j = fitted:totable()
  local e, trace = {}, (j[1][1] + j[2][2] + j[3][3]) / 3
  for a = 1, 3 do
    e[a] = {}
    for b = 1, 3 do e[a][b] = (j[a][b] + j[b][a]) / 2 - (a == b and trace or 0) end
  end
  return e
end

---Eigenstrains of the events that count.
---@param given table?
---@return table
function Events:eigenstrains(given)
  local where = "Events:eigenstrains"
  local o = options.check(where, OPTIONS, given)
  local settings = {}
  for _, option in ipairs(removal.OPTIONS) do settings[option.name] = o[option.name] end
  local kept, glass = self:unique(settings), self:atoms()
  local fractional, box = glass:fractional(), glass:box()
  local cell = vt.array{ box.a, box.b, box.c }
  local tensors, squares, moments, volume = {}, 0.0, 0.0, glass:volume() / #glass
  for event in kept:events() do
    local moves = event[o.state]
    local far = moves and (moves.displacement ^ 2):sum(2):sqrt():gt(o.threshold)
    if far and far:sum() >= FEWEST then
      local e = strain_of(places_of(fractional, cell, moves.atoms[far]), moves.displacement[far])
      if e then
        tensors[#tensors + 1] = e
        local square = 0.0
        for a = 1, 3 do
          for b = 1, 3 do square = square + e[a][b] ^ 2 end
        end
        squares, moments = squares + square, moments + square * (far:sum() * volume) ^ 2
      end
    end
  end
  local n = #tensors
  return { events = n, of = #kept, state = o.state,
           tensor = n > 0 and vt.array(tensors) or vt.array.zeros{ 0, 3, 3 },
           component = n > 0 and math.sqrt(squares / n / 10) or 0 / 0,
           moment = n > 0 and math.sqrt(moments / n / 10) or 0 / 0 }
end

help.document("Events:eigenstrains", {
  terms = "eigenstrain; transformation strain; shear transformation zone; STZ strain",
  see = "Events:displacements; art.landscape",
  signature = "store:eigenstrains([options]) -> table",
  summary = "The strain of the moved atoms of each event that counts: tensor (events x 3 x 3, "
    .. "deviatoric), the symmetric part of what fits their displacements best (Falk and Langer, "
    .. "Phys. Rev. E 57, 7192 (1998), eq. 2.12, over the atoms that moved); component, the "
    .. "standard deviation of e1 = (exx - eyy)/2 and of e3 = exy of such tensors in all "
    .. "directions, sqrt(<e:e>/10); moment, the same of strain times the volume of the moved "
    .. "atoms [A^3], which over the volume of a site is what vt.stz.lattice calls eigenstrain; "
    .. "events, how many have the five moved atoms that it takes, not all in a plane, of how many.",
  options = OPTIONS,
  example = "print(store:eigenstrains().moment / 343)",
})

return Events
