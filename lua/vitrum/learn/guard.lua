-- A guard that says when atoms have surroundings beyond those that a network was trained on.

local core = require "vitrum.train_core"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local session = require "vitrum.session"

local raise <const> = options.raise

local guard = {}

local Guard = {} -- methods
local GUARD <const> = { __name = "vitrum.Guard", __index = Guard }

guard.OPTIONS = {
  { name = "margin", kind = "nonnegative", default = 1,
    help = "how far beyond the range is still inside, in standard deviations of the input over the "
      .. "training set" },
  { name = "atoms", kind = "count", default = 1, help = "so many atoms outside are too many" },
  { name = "save", kind = "file",
    help = "extended XYZ file to which the frames that are outside are added, to be computed and "
      .. "learned from" },
  { name = "stop", kind = "boolean", default = true,
    help = "end the run; false: warn once and let it go on" },
}

---A guard of a network potential.
---@param potential vitrum.Potential
---@param given table?
---@return vitrum.Guard
function guard.guard(potential, given)
  local where = "learn.guard"
  if not options.is(potential, "Potential") then
    raise("%s: expected a potential, got %s", where, numbers.show(potential))
  end
  local o = options.check(where, guard.OPTIONS, given)
  local range = core.range(potential)
  if not range then raise("%s: %s is no network potential", where, tostring(potential)) end
  local symbols = {}
  for k, species in ipairs(potential.species) do symbols[k] = species.symbol or species end
  local known = false
  for k = 1, #symbols do known = known or range.low[k][1] > -math.huge end
  if not known then
    raise("%s: %s does not say what it was trained on; train it anew with this version", where,
      tostring(potential))
  end
  local descriptor = require("vitrum").descriptor.chebyshev{ species = symbols,
    n_max = range.n_max, l_max = range.l_max, rmax = range.rmax }
  return setmetatable({ potential = potential, range = range, symbols = symbols, margin = o.margin,
                        least = o.atoms, save = o.save, stop = o.stop, descriptor = descriptor,
                        seen = 0 }, GUARD)
end

-- "the sum over species, n = 2, l = 4": the inputs are channel by channel, n, then l fastest.
local function input_text(self, k)
  local l_count = self.range.l_max + 1
  local per_channel = (self.range.n_max + 1) * l_count
  local channel, rest = (k - 1) // per_channel, (k - 1) % per_channel
  return ("%s, n = %d, l = %d"):format(channel == 0 and "all neighbors"
    or "neighbors weighted by species", rest // l_count, rest % l_count)
end

---The atoms whose surroundings are outside, the worst first.
---@param atoms vitrum.Atoms
---@return table[] { atom, symbol, input, value, low, high, excess, text }
function Guard:check(atoms)
  local where = "Guard:check"
  if not options.is(atoms, "Atoms") then
    raise("%s: expected atoms, got %s", where, numbers.show(atoms))
  end
  local x, number, list = self.descriptor:compute(atoms), {}, {}
  for k, symbol in ipairs(self.symbols) do number[symbol] = k end
  local symbols, by = atoms:symbols(), {}
  for i = 1, #atoms do
    local k = number[symbols[i]]
    if not k then
      raise("%s: atom %d is %s, which the network does not know", where, i, symbols[i])
    end
    by[k] = by[k] or {}
    table.insert(by[k], i)
  end
  for k, places in pairs(by) do
    local own = x[require("vitrum").array(places):astype "int64"]
    local low, high, deviation = self.range.low[k], self.range.high[k], self.range.deviation[k]
    local below, above = (low - own) / deviation, (own - high) / deviation
    local beyond = require("vitrum").array.where(below:gt(above), below, above)
    local worst = beyond:max(2)
    for n = 1, #places do
      if worst[n] > self.margin then
        local input = beyond[n]:argmax()
        local i = places[n]
        list[#list + 1] = { atom = i, symbol = symbols[i], input = input, value = own[n][input],
                            low = low[input], high = high[input], excess = worst[n] }
      end
    end
  end
  table.sort(list, function(a, b)
    if a.excess ~= b.excess then return a.excess > b.excess end
    return a.atom < b.atom
  end)
  for _, one in ipairs(list) do
    one.text = ("atom %d (%s): input %d (%s) is %.4g, outside %.4g to %.4g of the training set by "
      .. "%.1f standard deviations"):format(one.atom, one.symbol, one.input,
      input_text(self, one.input), one.value, one.low, one.high, one.excess)
  end
  return list
end

local ADVICE <const> = "compute this configuration by the reference and add it to the data, or "
  .. "stay at conditions that the data have"

---A function for md:run{ sample = }, which looks at each sample.
---@param atoms vitrum.Atoms those that move
---@return fun(sample: table): boolean?
function Guard:watch(atoms)
  if not options.is(atoms, "Atoms") then
    raise("Guard:watch: expected atoms, got %s", numbers.show(atoms))
  end
  return function(sample)
    local list = self:check(atoms)
    if #list < self.least then return nil end
    self.found, self.time = list, sample.time
    if self.save then
      atoms:save(self.save, { append = self.seen > 0, format = "extxyz",
                              info = { time = sample.time, config_type = "outside" } })
    end
    self.seen = self.seen + 1
    local text = ("guard: at %g ps %d atom%s outside what the network was trained on; %s; %s")
      :format(sample.time, #list, #list == 1 and " is" or "s are", list[1].text, ADVICE)
    if self.stop then
      self.problem = text
      session.warn(text)
      return false
    end
    if self.seen == 1 then session.warn(text) end
    return nil
  end
end

GUARD.__tostring = function(self)
  return ("guard of %s: %d inputs of %s, margin %g"):format(tostring(self.potential),
    self.range.low.shape[2], table.concat(self.symbols, ", "), self.margin)
end

help.register_type("Guard", GUARD)
help.document("learn.guard", {
  terms = "extrapolation; applicability; out of range; uncertainty; safe dynamics",
  see = "Guard:watch; Guard:check; learn.committee; potential.network",
  signature = "vt.learn.guard(potential, [options]) -> Guard",
  summary = "A guard of a network potential, which knows the least and the largest value of each "
    .. "input in its training set: where an atom's surroundings are beyond them the network "
    .. "guesses.",
  options = guard.OPTIONS,
  example = 'local g = vt.learn.guard(vt.potential.network "cuzr.network")\n'
    .. "md:run{ time = 10, every = 0.1, sample = g:watch(glass) }",
})
help.document("Guard:check", {
  terms = "extrapolation",
  see = "Guard:watch",
  signature = "g:check(atoms) -> list",
  summary = "The atoms that are outside by more than the margin, the worst first: atom, symbol, "
    .. "input (its number), value, low, high, excess (in standard deviations of that input) and "
    .. "text, which says it all.",
  example = "for _, one in ipairs(g:check(glass)) do print(one.text) end",
})
help.document("Guard:watch", {
  terms = "safe dynamics; on-the-fly",
  see = "Guard:check; MD:run",
  signature = "g:watch(atoms) -> function",
  summary = "A function for md:run{ sample = ... }, which looks at each sample. When atoms are "
    .. "outside it warns, naming the worst atom and its input, adds the frame to the file that "
    .. "`save` names, and ends the run unless stop = false. found has the list of the last time, "
    .. "seen how often it was so.",
  example = "md:run{ time = 10, every = 0.1, sample = g:watch(glass) }",
})

return guard
