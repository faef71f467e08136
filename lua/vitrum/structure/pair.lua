-- Pair distributions: g(r), coordination numbers, the structure factor, g(r) of single atoms.

local blocks = require "vitrum.analysis.blocks"
local core = require "vitrum.pair_core"
local frames = require "vitrum.structure.frames"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local scattering = require "vitrum.structure.scattering"
local texts = require "vitrum.base.text"

local raise = options.raise

local pair = {}

-- ---------------------------------------------------------------- g(r) ----

local Distribution = {} -- methods
local DISTRIBUTION <const> = { __name = "vitrum.PairDistribution", __index = Distribution }

DISTRIBUTION.__tostring = function(self)
  local peak = self:peak()
  return ("pair distribution of %s, %g atoms each, to %g A%s"):format(
    texts.count(self.frames, "frame"), self.atoms, self.rmax,
    peak and (": first peak at %.2f A"):format(peak) or "")
end

-- Of a table by pairs the entry "Cu-Zr", of which there must be one.
local function of_pair(values, name, where)
  options.argument(where, "the pair", "string", name)
  return values[name] or raise("%s: there is no pair '%s'", where, name)
end

-- The curve of a pair "Cu-Zr", or the total.
local function curve(self, name, where)
  if name == nil or name == "total" then return self.total end
  return of_pair(self.partial, name, where)
end

-- Vertex of the parabola through the points beside list[k].
local function vertex(self, list, k)
  local a, b, c = list[k - 1], list[k], list[k + 1]
  local bend = a and c and a - 2 * b + c or 0
  local shift = bend ~= 0 and 0.5 * (a - c) / bend or 0
  return self.r[k] + math.max(-1, math.min(1, shift)) * (self.r[2] - self.r[1])
end

local SMOOTHING <const> = 0.05 -- A; far below the width of a peak

local function smooth_curve(self, name, where)
  local step = self.rmax / #self.r
  return numbers.smooth(curve(self, name, where), SMOOTHING / step)
end

-- Index of the highest point of the first peak that rises above 1; nil without one.
local function first_peak(list)
  local best
  for k = 1, #list do
    if list[k] > 1 then
      if not best or list[k] > list[best] then best = k end
    elseif best then
      return best
    end
  end
  return best
end

---Place of the first maximum of g(r), or nil when g never rises above 1.
---@param name string? pair such as "Cu-Zr"; nil for the total
---@return number? r [A]
function Distribution:peak(name)
  local list = smooth_curve(self, name, "PairDistribution:peak")
  local k = #list >= 3 and first_peak(list)
  return k and vertex(self, list, k) or nil
end

---Place of the first minimum of g(r) behind the first peak: the cutoff for nearest neighbors.
---@param name string? pair such as "Cu-Zr"; nil for the total
---@return number? r [A]; nil when g does not come that far
function Distribution:minimum(name)
  local list = smooth_curve(self, name, "PairDistribution:minimum")
  local k = #list >= 3 and first_peak(list)
  if not k then return nil end
  while list[k] and list[k] > 1 do k = k + 1 end
  local best
  while list[k] and list[k] <= 1 do
    if not best or list[k] < list[best] then best = k end
    k = k + 1
  end
  return list[k] and best and vertex(self, list, best) or nil
end

---Mean number of neighbors up to a distance.
---@param cutoff number? [A]; nil: the first minimum of the total g(r)
---@param name string? "Cu-Zr" counts Zr around Cu; nil all around all
---@return number
function Distribution:neighbors(cutoff, name)
  local where = "PairDistribution:neighbors"
  if cutoff == nil then cutoff = self:minimum() end
  if cutoff == nil then
    raise("%s: g(r) shows no first minimum up to rmax = %g A; give a cutoff, or take a larger rmax",
      where, self.rmax)
  end
  if type(cutoff) ~= "number" or not (cutoff > 0 and cutoff <= self.rmax) then
    raise("%s: the cutoff must be a number above 0 and at most rmax = %g A, got %s", where,
      self.rmax, numbers.show(cutoff))
  end
  local n = of_pair(self.coordination, name == nil and "total" or name, where)
  -- coordination counts up to the outer edge of each shell
  local edge = cutoff / (self.rmax / #self.r)
  local below = math.floor(edge)
  local low = below == 0 and 0 or n[below]
  return below == #n and low or low + (edge - below) * (n[below + 1] - low)
end

-- Pairs of species by name, each once, in the order of the alphabet.
local function names_of(partial)
  local names = {}
  for name in next, partial do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Draw the total and, with partial = true, all pairs; other options go to vt.plot.
local function plot_curves(where, x, result, given, labels)
  local rest = options.put(where, {}, given)
  local all = options.argument(where, "option 'partial'", "boolean", rest.partial, false)
  rest.partial = nil
  local errors = result.error
  local curves = { { x = x, y = result.total, label = all and "total" or nil,
                     style = "lines", error = errors and errors.total } }
  if all then
    for _, name in ipairs(names_of(result.partial)) do
      curves[#curves + 1] = { x = x, y = result.partial[name], label = name, style = "lines",
                              error = errors and errors.partial[name] }
    end
  end
  curves.xlabel, curves.ylabel = labels.x, labels.y
  options.put(where, curves, rest)
  return require("vitrum").plot(curves)
end

---Draw g(r).
---@param given table? partial = true for all pairs, and the options of vt.plot
function Distribution:plot(given)
  return plot_curves("PairDistribution:plot", self.r, self, given, { x = "r (Å)", y = "g(r)" })
end

--- Standard errors from the results of blocks, each with a total and partials.
local function spread(results)
  local function collect(get)
    local values = {}
    for k, result in ipairs(results) do values[k] = get(result) end
    return blocks.error(values)
  end
  local partial = {}
  for name in next, results[1].partial do
    partial[name] = collect(function(result) return result.partial[name] end)
  end
  return { total = collect(function(result) return result.total end),
           partial = setmetatable(partial, getmetatable(results[1].partial)),
           blocks = #results }
end

-- Errors of total and partial values from those of full blocks.
local function errors_of(full, field)
  if #full == 0 then return nil end
  local results = {}
  for k, block in ipairs(full) do
    local result = core.result(block, false)
    results[k] = field and result[field] or result
  end
  return spread(results)
end

-- Histograms of all frames of a source.
local function count(where, source, o, axis)
  local all = blocks.new(o.blocks, function() return core.new(o.rmax, o.bins, axis) end, core.merge)
  local centers = o.centers
  if type(centers) == "function" then
    for atoms in frames.each(where, source, o) do core.add(all:next(), atoms, centers(atoms)) end
    return all
  end
  if centers ~= nil and type(centers) ~= "string" and type(centers) ~= "table"
    and not options.is(centers, "Array") then
    raise("%s: option 'centers' must be a species, a list of atoms, a mask or a function, got %s",
      where, numbers.show(centers))
  end
  for atoms in frames.each(where, source, o) do core.add(all:next(), atoms, centers) end
  return all
end

---Pair distribution functions of all frames of a source.
function pair.rdf(source, given)
  local o = options.check("rdf", pair.RDF, given)
  local all = count("rdf", source, o)
  local result = core.result(all:total())
  result.error = errors_of(all:full())
  result.rmax, result.atoms = o.rmax, 0
  for _, n in pairs(result.counts) do result.atoms = result.atoms + n end
  return setmetatable(result, DISTRIBUTION)
end

---The pair distribution about each atom, a matrix of atoms by shells for each species around.
function pair.atomic(source, given)
  local where = "structure.atomic_rdf"
  local o = options.check(where, pair.ATOMIC, given)
  local result, total = { partial = {}, frames = 0 }, 0
  local matched = { species = o.species, format = o.format, skip = o.skip, stride = o.stride,
                    frames = o.frames, match = true }
  for atoms in frames.each(where, source, matched) do
    if #atoms == 0 then raise("%s: there are no atoms", where) end
    for _, species in ipairs(atoms:species()) do
      if species.count > 0 then
        local g = core.atomic(atoms, species.symbol, o.rmax, o.bins)
        local sum = result.partial[species.symbol]
        result.partial[species.symbol] = sum and sum + g or g
      end
    end
    total = total + 1
  end
  local r = require("vitrum").array.zeros(o.bins)
  for k = 1, o.bins do r[k] = o.rmax * (k - 0.5) / o.bins end
  if total > 1 then
    for symbol, sum in pairs(result.partial) do result.partial[symbol] = sum / total end
  end
  result.r, result.frames = r, total
  return result
end

-- ---------------------------------------------------------------- S(q) ----

local Factor = {} -- methods
local FACTOR <const> = { __name = "vitrum.StructureFactor", __index = Factor }

FACTOR.__tostring = function(self)
  return ("structure factor (%s weights) of %s, q = %g to %g/A: highest at %.3f/A"):format(
    self.weights, texts.count(self.frames, "frame"), self.q[1], self.q[#self.q], self:peak())
end

---Place of the highest value of S(q) [1/A].
---@return number q
function Factor:peak()
  local k = self.total:argmax()
  local list, step = self.total, self.q[2] - self.q[1]
  if k == 1 or k == #list then return self.q[k] end
  local bend = list[k - 1] - 2 * list[k] + list[k + 1]
  return self.q[k] + (bend < 0 and 0.5 * (list[k - 1] - list[k + 1]) / bend or 0) * step
end

---Draw S(q).
---@param given table? partial = true for all pairs, and the options of vt.plot
function Factor:plot(given)
  return plot_curves("StructureFactor:plot", self.q, self, given, { x = "q (1/Å)", y = "S(q)" })
end

-- Scattering strength of each species at each q; nil for number weights.
local function strengths(weights, counts, q, where)
  local result = {}
  for symbol in pairs(counts) do
    local list = {}
    for k = 1, #q do
      list[k] = weights == "xray" and scattering.xray(symbol, q[k], where)
        or weights == "neutron" and scattering.neutron(symbol, where) or 1.0
    end
    result[symbol] = require("vitrum").array(list)
  end
  return result
end

-- S(q) of one histogram result: Faber and Ziman, Philos. Mag. 11, 153 (1965).
local function transform(result, kernel, strength)
  local partial, total, mean, atoms = {}, nil, nil, 0
  for _, n in pairs(result.counts) do atoms = atoms + n end
  for symbol, n in pairs(result.counts) do
    local share = strength[symbol] * (n / atoms)
    mean = mean and mean + share or share
  end
  for name in next, result.partial do
    local a, b = name:match "^(.-)%-(.+)$"
    -- An atom is no neighbor of itself: without correlations g is 1 - 1/N between like atoms.
    local ideal = a == b and 1 - 1 / result.counts[a] or 1
    local s = kernel:dot(result.partial[name] - ideal) * result.density + 1
    partial[name] = s
    local weight = (a == b and 1 or 2) * result.counts[a] * result.counts[b] / atoms ^ 2
    local part = strength[a] * strength[b] * s * weight
    total = total and total + part or part
  end
  return { total = total / mean:square(),
           partial = setmetatable(partial, getmetatable(result.partial)) }
end

-- Half of the smallest distance between faces of the box, where g(r) repeats itself.
local function half_box(atoms)
  local least = math.huge
  local h = atoms:box()
  local function cross(a, b)
    return { a[2] * b[3] - a[3] * b[2], a[3] * b[1] - a[1] * b[3], a[1] * b[2] - a[2] * b[1] }
  end
  local edges = { h.a, h.b, h.c }
  for k = 1, 3 do
    local area = cross(edges[k % 3 + 1], edges[(k + 1) % 3 + 1])
    least = math.min(least, atoms:volume() / math.sqrt(area[1] ^ 2 + area[2] ^ 2 + area[3] ^ 2))
  end
  return least / 2
end

-- Beside a surface g(r) does not go to 1, and the transform makes waves of that.
local function check_periodic(atoms, where)
  local free = {}
  for k, periodic in ipairs(atoms:box().periodic) do
    if not periodic then free[#free + 1] = ("abc"):sub(k, k) end
  end
  if #free > 0 then
    raise("%s: the box is not periodic along %s; next to free surfaces g(r) does not go to 1 and "
      .. "S(q) means nothing. Cut a block out of the inside (Atoms:select) and give it a periodic "
      .. "box (Atoms:set_box), or use vt.structure.rdf", where, table.concat(free, ", "))
  end
end

---Structure factors of all frames of a source.
function pair.structure_factor(source, given)
  local where = "structure.structure_factor"
  local o = options.check(where, pair.FACTOR, given)
  if o.qmax <= o.qmin then
    raise("%s: qmax = %g must be above qmin = %g [1/A]", where, o.qmax, o.qmin)
  end
  local points = math.floor((o.qmax - o.qmin) / o.qstep + 1e-9) + 1
  if points < 2 then
    raise("%s: qstep = %g leaves one q from %g to %g [1/A]; take a smaller step", where, o.qstep,
      o.qmin, o.qmax)
  end
  local all
  for atoms in frames.each(where, source, o) do
    check_periodic(atoms, where)
    if not all then
      local rmax = o.rmax or half_box(atoms)
      o.rmax, o.bins = rmax, math.ceil(rmax / 0.02)
      all = blocks.new(o.blocks, function() return core.new(rmax, o.bins) end, core.merge)
    end
    core.add(all:next(), atoms)
  end
  local q = require("vitrum").array.linspace(o.qmin, o.qmin + (points - 1) * o.qstep, points)
  local kernel = core.transform(q, o.rmax, o.bins, o.window)
  local whole = core.result(all:total(), false)
  local strength = strengths(o.weights, whole.counts, q, where)
  local result = transform(whole, kernel, strength)
  local list = {}
  for k, block in ipairs(all:full()) do
    list[k] = transform(core.result(block, false), kernel, strength)
  end
  if #list > 0 then result.error = spread(list) end
  result.q, result.weights, result.rmax = q, o.weights, o.rmax
  result.frames, result.density = whole.frames, whole.density
  return setmetatable(result, FACTOR)
end

-- ---------------------------------------------------------------- options and help ----

local BLOCKS <const> = { name = "blocks", kind = "count", default = 10,
  help = "least number of blocks of frames for the errors" }

pair.RDF = frames.with{
  { name = "rmax", kind = "positive", default = 10, unit = "A", range = "distance",
    help = "largest distance; may exceed half the box, images are counted" },
  { name = "bins", kind = "count", default = 400, help = "number of shells, up to a million" },
  { name = "centers", kind = "value",
    help = "around which atoms: a species, a list or array of their numbers, a mask, or a function "
      .. "that gives one of these for the atoms of a frame; by default all. partial[\"Cu-Zr\"] is "
      .. "then Zr around those of the centers that are Cu, and not partial[\"Zr-Cu\"]" },
  BLOCKS,
}
pair.ATOMIC = frames.with{
  { name = "rmax", kind = "positive", default = 8, unit = "A", range = "distance",
    help = "largest distance" },
  { name = "bins", kind = "count", default = 80, help = "number of shells" },
}
pair.FACTOR = frames.with{
  { name = "qmin", kind = "positive", default = 0.5, unit = "1/A", help = "first q" },
  { name = "qmax", kind = "positive", default = 15, unit = "1/A", help = "last q" },
  { name = "qstep", kind = "positive", default = 0.02, unit = "1/A",
    help = "from one q to the next" },
  { name = "weights", kind = "choice", choices = { "number", "xray", "neutron" },
    default = "number", help = "how species count in the total: all alike, by X-ray form factors, "
      .. "by neutron scattering lengths" },
  { name = "rmax", kind = "positive", unit = "A", range = "distance",
    help = "end of the transform; by default half the smallest height of the box" },
  { name = "window", kind = "boolean", default = true,
    help = "Lorch's window against ripples from the end of g(r); it widens peaks" },
  BLOCKS,
}

help.register_type("PairDistribution", DISTRIBUTION)
help.register_type("StructureFactor", FACTOR)
help.document("structure.rdf", {
  terms = "radial distribution function; pair distribution function; pair correlation "
    .. "function; g(r); PDF; partial pair distribution; coordination number",
  see = "PairDistribution; structure.structure_factor; structure.atomic_rdf",
  signature = "vt.structure.rdf(source, [options]) -> PairDistribution { r, total, partial, "
    .. "coordination, error, counts, density, frames }",
  summary = "Pair distribution functions of an Atoms, a trajectory file, or a list. r: centers of "
    .. "the shells [A]; total: g(r) of all atoms alike; partial: by pair of species, "
    .. 'partial["Cu-Zr"], the same as partial["Zr-Cu"]; coordination: coordination["Cu-Zr"] is '
    .. "the mean number of Zr around a Cu up to the outer edge of each shell, r + dr/2, and "
    .. "coordination.total that of all around all. error: standard errors of total and partial "
    .. "from blocks of frames, nil with fewer than two. The sum of c_a c_b g_ab is the total. Any "
    .. "box will do, tilted or thinner than rmax. Along a free axis there are no images while the "
    .. "density is still that of the box, so g lacks the neighbors beyond a surface. With centers "
    .. "it is g(r) around a group of atoms, such as the softest 1 %, and centers tells how many "
    .. "there are by species.",
  options = pair.RDF,
  example = "local g = vt.structure.rdf(glass, { rmax = 10, bins = 400 })\n"
    .. "vt.plot(g.r, g.total, { xlabel = \"r (A)\", ylabel = \"g(r)\" })\n"
    .. 'print(g:peak "Cu-Zr", g:minimum(), g:neighbors())',
})
help.document("PairDistribution:peak", {
  terms = "first peak; bond length; nearest-neighbor distance",
  signature = "g:peak([pair]) -> number", summary = "Place of the first maximum [A], of the total "
    .. "or of one pair; nil when g never rises above 1.", example = 'print(g:peak "Cu-Zr")' })
help.document("PairDistribution:minimum", {
  terms = "first minimum; neighbor cutoff",
  signature = "g:minimum([pair]) -> number", summary = "Place of the first minimum behind the "
    .. "first peak [A], the usual cutoff for nearest neighbors; nil when rmax is too short for it.",
  example = "print(g:minimum())" })
help.document("PairDistribution:neighbors", {
  terms = "coordination number; nearest neighbors; number of neighbors; first shell",
  signature = "g:neighbors([cutoff [, pair]]) -> number",
  summary = "Mean number of neighbors up to a distance [A], by default the first minimum of the "
    .. 'total. "Cu-Zr" counts Zr around Cu.',
  example = 'print(g:neighbors(), g:neighbors(3.8, "Cu-Zr"))' })
help.document("PairDistribution:plot", {
  signature = "g:plot([options]) -> file", summary = "Draw g(r), with partial = true also of all "
    .. "pairs; the other options are those of vt.plot.",
  example = 'g:plot{ partial = true, file = "gr.svg" }' })
help.document("structure.atomic_rdf", {
  terms = "local pair distribution; g(r) of single atoms",
  see = "structure.rdf",
  signature = "vt.structure.atomic_rdf(source, [options]) -> { r, partial, frames }",
  summary = "The pair distribution about each single atom (Fan, Ding, Ma 2020, equation 3): "
    .. "partial.Cu is a matrix of atoms by shells with the Cu around each atom, scaled so that the "
    .. "mean over the atoms of a species is the partial g(r). Over several frames the mean, atoms "
    .. "matched by id.",
  options = pair.ATOMIC,
  example = "local g = vt.structure.atomic_rdf(glass)\nvt.plot(g.r, g.partial.Cu:row(17))" })
help.document("structure.structure_factor", {
  terms = "S(q); S(k); static structure factor; diffraction; x-ray diffraction; neutron "
    .. "scattering; scattering; Faber-Ziman",
  see = "structure.rdf; StructureFactor:peak",
  signature = "vt.structure.structure_factor(source, [options]) -> StructureFactor { q, total, "
    .. "partial, error }",
  summary = "Structure factors after Faber and Ziman (1965) by transforming the partial g(r): "
    .. 'partial["Cu-Zr"] goes to 1 at large q, total = sum c_a c_b f_a f_b S_ab/<f>^2. Below '
    .. "2 pi/rmax S(q) is not resolved. The box must be periodic along all three axes. error as "
    .. "for rdf. X-ray form factors: Waasmaier and Kirfel (1995), neutral atoms.",
  options = pair.FACTOR,
  example = 'local s = vt.structure.structure_factor(glass, { weights = "xray" })\n'
    .. "print(s:peak())\ns:plot()" })
help.document("StructureFactor:peak", {
  signature = "s:peak() -> number", summary = "Place of the highest value of the total [1/A]: the "
    .. "usual q for the intermediate scattering function.", example = "print(s:peak())" })
help.document("StructureFactor:plot", {
  signature = "s:plot([options]) -> file", summary = "Draw S(q), with partial = true also of all "
    .. "pairs; the other options are those of vt.plot.",
  example = 's:plot{ partial = true, file = "sq.svg" }' })

local structure <const> = require("vitrum").structure
structure.rdf = pair.rdf
structure.atomic_rdf = pair.atomic
structure.structure_factor = pair.structure_factor

return pair
