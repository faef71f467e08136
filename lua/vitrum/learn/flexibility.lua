-- Structural flexibility: models, one for each species, that tell from where the neighbors of an
-- atom are how far it swings (Fan, Ding and Ma, Mater. Today 40, 48 (2020)), with the record of
-- what they learned from, against which the glasses they are asked about are held.

local descriptor = require "vitrum.descriptor.radial"
local files = require "vitrum.base.files"
local groups = require "vitrum.structure.groups"
local help = require "vitrum.prompt.help"
local json = require "vitrum.base.json"
local models = require "vitrum.learn.model"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local session = require "vitrum.session"
local validation = require "vitrum.learn.validation"

local raise <const> = options.raise

local flexibility = {}

local Flexibility = {} -- methods
local FLEXIBILITY <const> = { __name = "vitrum.Flexibility", __index = Flexibility }

local FORMAT <const>, VERSION <const> = "vitrum flexibility model", 1

-- How far a glass may differ from those of the training before it is said.
local PRESSURE <const> = 0.5    -- [GPa]
local MINIMUM <const> = 1e-2    -- largest force [eV/A]
local COMPOSITION <const> = 0.05
local UNLIKE <const> = 1        -- mean square of the shift of features, in their deviations

local CENTERS <const> = 200 -- of each species that the first peaks are taken around, at least

local function vt() return require "vitrum" end

-- ---------------------------------------------------------------- words ----

local function sorted_keys(t)
  local list = {}
  for key in pairs(t) do list[#list + 1] = key end
  table.sort(list)
  return list
end

local function potential_text(p)
  if not p then return "no potential" end
  return p.file .. (p.taper > 0 and (", taper %g A"):format(p.taper) or "")
end

local function set_text(set)
  local lines = { ("  learned with %s from %d %s:"):format(potential_text(set.potential),
    #set.glasses, #set.glasses == 1 and "glass" or "glasses") }
  for _, glass in ipairs(set.glasses) do
    local parts = {}
    for _, symbol in ipairs(sorted_keys(glass.composition)) do
      parts[#parts + 1] = ("%s%.3g"):format(symbol, 100 * glass.composition[symbol])
    end
    lines[#lines + 1] = ("    %s, %d atoms%s%s"):format(table.concat(parts), glass.atoms,
      glass.cooling_rate and (", %.3g K/s"):format(glass.cooling_rate) or "",
      glass.runs and (", %d runs of %g ps at %g K"):format(glass.runs, glass.time,
      glass.temperature) or "")
  end
  for _, symbol in ipairs(sorted_keys(set.models)) do
    local score = set.scores[symbol]
    lines[#lines + 1] = ("    %s: %d samples, C %g; Pearson %.3f with itself, %.3f %s"):format(
      symbol, set.models[symbol].samples, set.models[symbol].C, score.training, score.unseen,
      score.by == "glass" and "by leaving glasses out" or "by leaving atoms of its one glass out")
  end
  return table.concat(lines, "\n")
end

FLEXIBILITY.__tostring = function(self)
  local lines = { ("structural flexibility of %s: %d %s"):format(
    table.concat(sorted_keys(self.sets[1].models), "-"), #self.sets,
    #self.sets == 1 and "set of models" or "sets of models") }
  for k, set in ipairs(self.sets) do lines[k + 1] = set_text(set) end
  return table.concat(lines, "\n")
end

-- ---------------------------------------------------------------- learning ----

flexibility.OPTIONS = {
  { name = "C", kind = "value", default = { 0.001, 0.01, 0.1, 1 },
    help = "a number, or a list from which the cross-validation chooses for each species" },
  { name = "epsilon", kind = "nonnegative", default = 0.05,
    help = "deviations of ln v_flex up to this cost nothing" },
  { name = "stiffest", kind = "positive", default = 0.01, between = { 0, 1 },
    help = "share of the atoms of a species around which the first peaks are taken, the stiffest, "
      .. "but 200 of each glass at least" },
  { name = "rmax", kind = "positive", default = 3,
    help = "last point of the structure functions, in units of the first peaks" },
  { name = "sigma", kind = "positive", default = 0.05,
    help = "their width and step, in the same units" },
  { name = "seed", kind = "seed", default = 1, help = "of the folds of the cross-validation" },
}

local function about_potential(potential)
  if potential == nil then return nil end
  return { name = potential.name, file = potential.file, sha256 = potential.sha256,
           taper = potential.taper }
end

local function pressure_of(atoms)
  local stress = atoms:copy():thermalize{ temperature = 0 }:stress()
  return -(stress[1] + stress[2] + stress[3]) / 3
end

local function fmax_of(atoms) return atoms:forces():square():sum(2):max() ^ 0.5 end

-- What the list teaches: atoms, ln v_flex with the atoms that have one, facts.
local function teachers(where, list)
  local one = type(list) == "table" and rawget(list, "atoms") ~= nil
  if one then list = { list } end
  if type(list) ~= "table" or rawlen(list) == 0 then
    raise("%s: expected a list of results of vt.vibrations", where)
  end
  local result = {}
  for k = 1, rawlen(list) do
    local entry = rawget(list, k)
    local atoms = type(entry) == "table" and entry.atoms
    if not options.is(atoms, "Atoms") then
      raise("%s: entry %d of the list must be a result of vt.vibrations, or a table { atoms = "
        .. "glass, v_flex = array }", where, k)
    end
    local v = entry.v_flex
    if not options.is(v, "Array") then v = v ~= nil and vt().array(v) end
    if not v or #v.shape ~= 1 or #v ~= #atoms then
      raise("%s: entry %d of the list must have v_flex, a number for each of its %d atoms", where,
        k, #atoms)
    end
    local known = v:isfinite() * v:gt(0)
    if not known:any() then
      raise("%s: entry %d of the list has no atom with a positive v_flex", where, k)
    end
    result[k] = { atoms = atoms, v = v, known = known, facts = {
      composition = atoms:composition(), atoms = #atoms, volume = atoms:volume() / #atoms,
      cooling_rate = tonumber(entry.cooling_rate), runs = tonumber(entry.runs),
      time = tonumber(entry.time), temperature = tonumber(entry.temperature),
      name = entry.name and tostring(entry.name) or nil,
      pressure = atoms.potential and pressure_of(atoms) or nil,
      fmax = atoms.potential and fmax_of(atoms) or nil } }
  end
  return result
end

-- Species that all glasses have, in the order of the first one.
local function common_species(where, list)
  local result = {}
  for _, species in ipairs(list[1].atoms:species()) do
    local everywhere = true
    for _, glass in ipairs(list) do
      everywhere = everywhere and glass.facts.composition[species.symbol] ~= nil
    end
    if everywhere then result[#result + 1] = species.symbol end
  end
  for k, glass in ipairs(list) do
    for symbol in pairs(glass.facts.composition) do
      local found = false
      for _, known in ipairs(result) do found = found or known == symbol end
      if not found then
        raise("%s: glass %d has %s, which another one lacks; all must be of one alloy system",
          where, k, symbol)
      end
    end
  end
  return result
end

-- First peaks around the stiffest atoms, the mean over the glasses.
local function peaks_of(list, species, share)
  local sum = {}
  for _, glass in ipairs(list) do
    local stiff = vt().array.zeros(#glass.atoms)
    for _, symbol in ipairs(species) do
      local own = (groups.chosen("learn.flexibility", glass.atoms, symbol) * glass.known):gt(0)
      local values = glass.v:select(own)
      local least = math.min(1, math.max(share, CENTERS / #values))
      stiff = stiff + own * glass.v:le(values:quantile(least))
    end
    for name, place in pairs(descriptor.first_peaks(glass.atoms, { centers = stiff:gt(0) })) do
      sum[name] = (sum[name] or 0) + place / #list
    end
  end
  return sum
end

-- Features, targets and glasses of the atoms of a species.
local function samples_of(list, radial, symbol)
  local x, y, of = {}, {}, {}
  for k, glass in ipairs(list) do
    local own = (groups.chosen("learn.flexibility", glass.atoms, symbol) * glass.known):gt(0)
    x[k] = radial:compute(glass.atoms, { centers = own })
    y[k] = glass.v:select(own):log()
    of[k] = vt().array.full(k, #y[k])
  end
  local join = vt().array.concatenate
  return join(x), join(y), join(of)
end

---Learn the flexibility of the atoms of each species.
---@param list any results of vt.vibrations
---@param given table?
---@return vitrum.Flexibility
function flexibility.learn(list, given)
  local where = "learn.flexibility"
  local o = options.check(where, flexibility.OPTIONS, given)
  local glasses = teachers(where, list)
  local species = common_species(where, glasses)
  local radial = descriptor.radial{ species = species, rmax = o.rmax, sigma = o.sigma,
                                    peaks = peaks_of(glasses, species, o.stiffest) }
  local set = { potential = about_potential(glasses[1].atoms.potential), glasses = {}, models = {},
                scores = {}, surroundings = {} }
  for k, glass in ipairs(glasses) do set.glasses[k] = glass.facts end
  for _, symbol in ipairs(species) do
    local x, y, of = samples_of(glasses, radial, symbol)
    if #y <= #radial then
      raise("%s: there are %d atoms of %s and %d features; give more glasses or larger ones", where,
        #y, symbol, #radial)
    end
    local cv = validation.cross_validation(x, y, { C = o.C, epsilon = o.epsilon, seed = o.seed,
      folds = #glasses > 1 and math.min(#glasses, 10) or 5, groups = #glasses > 1 and of or nil })
    local model = models.svr(x, y, { C = cv.best.C, epsilon = o.epsilon, descriptor = radial,
                                     centers = symbol })
    set.models[symbol] = model
    set.scores[symbol] = { training = model:score(x, y).pearson, unseen = cv.best.pearson,
                           by = #glasses > 1 and "glass" or "atom" }
    local wide = x:astype "float64"
    set.surroundings[symbol] = { mean = wide:mean(1), deviation = wide:std(1) }
  end
  return setmetatable({ sets = { set }, told = {} }, FLEXIBILITY)
end

-- ---------------------------------------------------------------- asking ----

-- The set that was learned with the glass's potential, else the first.
local function set_for(self, atoms)
  local potential = atoms.potential
  for _, set in ipairs(potential and self.sets or {}) do
    if set.potential and set.potential.sha256 == potential.sha256
      and set.potential.name == potential.name
      and math.abs(set.potential.taper - potential.taper) < 1e-9 then return set, true end
  end
  return self.sets[1], false
end

-- How much the surroundings differ from those of the training.
local function shift_of(set, symbol, x)
  local known = set.surroundings[symbol]
  local varies = known.deviation:gt(1e-3)
  local width = vt().array.where(varies, known.deviation, 1)
  return ((x:astype "float64":mean(1) - known.mean) / width * varies):square():mean()
end

-- What differs in the glass from those that taught, as texts.
local function differences(set, matched, atoms, shifts)
  local list = {}
  local function say(format, ...) list[#list + 1] = format:format(...) end
  if atoms.potential == nil then
    say("the glass has no potential, so it cannot be told whether it is in a minimum and at which "
      .. "pressure")
  else
    if not matched then
      say("the glass has the potential %s, and what was learned is of %s",
        potential_text(about_potential(atoms.potential)), potential_text(set.potential))
    end
    local fmax, pressure = fmax_of(atoms), pressure_of(atoms)
    if fmax > MINIMUM then
      say("a force of %.2g eV/A acts on an atom, so this is no inherent structure; minimize it "
        .. "first, as vt.minimize(glass, { fmax = 1e-4, pressure = 0 })", fmax)
    end
    local sum, count = 0.0, 0
    for _, glass in ipairs(set.glasses) do
      if glass.pressure then sum, count = sum + glass.pressure, count + 1 end
    end
    if count > 0 and math.abs(pressure - sum / count) > PRESSURE then
      say("the glass is at %.2f GPa, and what was learned is of %.2f GPa", pressure, sum / count)
    end
  end
  local own = atoms:composition()
  for _, symbol in ipairs(sorted_keys(set.models)) do
    local low, high = math.huge, -math.huge
    for _, glass in ipairs(set.glasses) do
      low = math.min(low, glass.composition[symbol])
      high = math.max(high, glass.composition[symbol])
    end
    local share = own[symbol] or 0
    if share < low - COMPOSITION or share > high + COMPOSITION then
      say("the glass has %.3g %% of %s, and those learned from have %.3g to %.3g %%", 100 * share,
        symbol, 100 * low, 100 * high)
      break
    end
  end
  for _, symbol in ipairs(sorted_keys(shifts)) do
    local shift = shifts[symbol]
    if shift > UNLIKE then
      say("the surroundings of %s are unlike those learned from: their structure functions are off "
        .. "by %.2g of their deviations", symbol, math.sqrt(shift))
    end
  end
  return list
end

---Structural flexibility of each atom.
---@param atoms vitrum.Atoms
---@return vitrum.Array
function Flexibility:predict(atoms)
  local where = "Flexibility:predict"
  if not options.is(atoms, "Atoms") then
    raise("%s: expected atoms, got %s", where, numbers.show(atoms))
  end
  local set, matched = set_for(self, atoms)
  local result = vt().array.zeros(#atoms)
  for symbol in pairs(atoms:composition()) do
    if not set.models[symbol] then
      raise("%s: the models are of %s, and the atoms have %s", where,
        table.concat(sorted_keys(set.models), ", "), symbol)
    end
  end
  local shifts = {}
  for symbol in pairs(atoms:composition()) do
    local model = set.models[symbol]
    local own = groups.chosen(where, atoms, symbol):gt(0)
    local x = model.descriptor:compute(atoms, { centers = own })
    result[own] = model:predict(x)
    shifts[symbol] = shift_of(set, symbol, x)
  end
  for _, text in ipairs(differences(set, matched, atoms, shifts)) do
    if not self.told[text] then session.warn(where .. ": " .. text) end
    self.told[text] = true
  end
  return result
end

---Sample averages of the structural flexibility, by species and of all.
---@param atoms vitrum.Atoms
---@return table
function Flexibility:means(atoms)
  local sf = self:predict(atoms)
  local result = { all = sf:mean() }
  for symbol in pairs(atoms:composition()) do
    result[symbol] = sf:select(groups.chosen("Flexibility:means", atoms, symbol):gt(0)):mean()
  end
  return result
end

---How well the flexibility is predicted that vibrations tell: scores by species.
---@param v vitrum.Vibrations
---@return table
function Flexibility:score(v)
  local list = teachers("Flexibility:score", v)
  if #list ~= 1 then raise "Flexibility:score: give one result of vt.vibrations" end
  local glass = list[1]
  local sf, result = self:predict(glass.atoms), {}
  for symbol in pairs(glass.facts.composition) do
    local own = (groups.chosen("Flexibility:score", glass.atoms, symbol) * glass.known):gt(0)
    result[symbol] = vt().learn.score(glass.v:select(own):log(), sf:select(own))
  end
  return result
end

-- ---------------------------------------------------------------- files ----

local function to_json(self)
  local sets = {}
  for k, set in ipairs(self.sets) do
    local copy = {}
    for key, value in pairs(set) do copy[key] = value end
    copy.models = {}
    for symbol, model in pairs(set.models) do copy.models[symbol] = models.record(model) end
    sets[k] = copy
  end
  return json.encode({ format = FORMAT, version = VERSION, sets = sets }, "the model")
end

local function restore(where, path, text)
  local ok, value = pcall(json.decode, text, path)
  if not ok then options.refuse("%s: %s", where, (tostring(value):gsub("^[^:]*:%d+: ", ""))) end
  if type(value) ~= "table" or value.format ~= FORMAT then
    options.refuse("%s: %s holds no '%s'", where, path, FORMAT)
  end
  if value.version ~= VERSION then
    options.refuse("%s: %s is of version %s of the format, but this program knows version %d",
      where, path, numbers.show(value.version), VERSION)
  end
  local right = pcall(function()
    assert(#value.sets >= 1)
    for _, set in ipairs(value.sets) do
      assert(#set.glasses >= 1 and next(set.models))
      for _, glass in ipairs(set.glasses) do
        assert(math.type(glass.atoms) == "integer")
        for symbol in pairs(set.models) do
          assert(math.type(glass.composition[symbol]) == "float")
        end
      end
      if set.potential then
        assert(type(set.potential.file) == "string" and type(set.potential.taper) == "number")
      end
      for symbol, model in pairs(set.models) do
        local known = set.surroundings[symbol]
        set.models[symbol] = models.restore(where, path, model)
        assert(#known.mean == #model.weights and #known.deviation == #model.weights)
        assert(set.models[symbol].descriptor and type(set.models[symbol].samples) == "number")
        assert(type(set.scores[symbol].training) == "number")
        assert(type(set.scores[symbol].unseen) == "number")
      end
    end
  end)
  if not right then
    options.refuse("%s: %s is damaged: models, glasses or scores are missing", where, path)
  end
  return setmetatable({ sets = value.sets, told = {} }, FLEXIBILITY)
end

flexibility.SAVE = {
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}

---Write the models with their record.
---@param path string
---@param given table?
---@return vitrum.Flexibility self
function Flexibility:save(path, given)
  local where = "Flexibility:save"
  local o = options.check(where, flexibility.SAVE, given)
  files.write(path, to_json(self), { where = where, overwrite = o.overwrite })
  return self
end

---Take up the models of another one, learned with another potential.
---@param other vitrum.Flexibility
---@return vitrum.Flexibility self
function Flexibility:append(other)
  if not options.is(other, "Flexibility") then
    raise("Flexibility:append: expected models of flexibility, got %s", numbers.show(other))
  end
  for _, set in ipairs(other.sets) do self.sets[#self.sets + 1] = set end
  return self
end

---Models of flexibility that come with the program, or from a file.
---@param name string "CuZr", or a file
---@return vitrum.Flexibility
function flexibility.model(name)
  local where = "learn.model"
  options.argument(where, "the name", "string", name)
  local shipped = "vitrum.data.flexibility-" .. name
  if package.preload[shipped] or package.loaded[shipped] then
    return restore(where, name, require(shipped))
  end
  local file, message = files.open(name)
  if not file then
    local known = {}
    for module in pairs(package.preload) do
      known[#known + 1] = type(module) == "string"
        and module:match "^vitrum%.data%.flexibility%-(.+)$" or nil
    end
    table.sort(known)
    options.refuse("%s: there is no model of that name (there is %s), and no such file: %s", where,
      table.concat(known, ", "), message)
  end
  local text = file:read "a" or ""
  file:close()
  return restore(where, name, text)
end

-- ---------------------------------------------------------------- help ----

help.register_type("Flexibility", FLEXIBILITY)
help.document("learn.flexibility", {
  terms = "structural flexibility; flexibility volume; machine learning; soft spots",
  see = "vibrations; learn.model; descriptor.radial; learn.svr",
  signature = "vt.learn.flexibility(list, [options]) -> Flexibility",
  summary = "Learns from vibrations of glasses how the flexibility of an atom follows from where "
    .. "its neighbors are (Fan, Ding and Ma 2020): for each species a linear support vector "
    .. "regression of ln v_flex on radial structure functions, whose distances are in units of the "
    .. "first peaks around the stiffest atoms. list: results of vt.vibrations, or tables { atoms, "
    .. "v_flex } that may also have cooling_rate, name, runs, time, temperature for the record. "
    .. "The models print what they learned from and how well they did on glasses left out.",
  options = flexibility.OPTIONS,
  example = "local v = vt.vibrations(glass, { runs = 10 })\n"
    .. 'local f = vt.learn.flexibility({ v })\nprint(f)\nf:save "flexibility.json"',
})
help.document("learn.model", {
  terms = "trained model; shipped model; CuZr",
  see = "learn.flexibility; Flexibility:predict; learn.load",
  signature = "vt.learn.model(name) -> Flexibility",
  summary = "Models of structural flexibility that come with the program, \"CuZr\", or those of a "
    .. "file that Flexibility:save wrote. They print their record: potentials, glasses, scores.",
  example = 'local f = vt.learn.model "CuZr"\nprint(f)\nprint(f:predict(glass):mean())',
})
help.document("Flexibility:predict", {
  terms = "SF; softness of atoms",
  see = "Flexibility:means; structure.map; structure.groups",
  signature = "f:predict(glass) -> array",
  summary = "Structural flexibility SF of each atom, a prediction of ln v_flex (v_flex in A^3), "
    .. "from the positions alone. Models are those learned with the glass's potential, where there "
    .. "are such. A warning tells when potential, pressure, composition or surroundings differ "
    .. "from those learned from, and when the glass is no inherent structure.",
  example = 'local sf = f:predict(glass)\nglass:save("sf.xyz", { columns = { SF = sf } })',
})
help.document("Flexibility:means", {
  terms = "sample average; mean flexibility",
  see = "Flexibility:predict",
  signature = "f:means(glass) -> { all, Cu, Zr, ... }",
  summary = "Means of the structural flexibility over all atoms and over those of each species.",
  example = "print(f:means(glass).Cu)",
})
help.document("Flexibility:score", {
  terms = "test score; Pearson",
  see = "vibrations; learn.score",
  signature = "f:score(v) -> { Cu = score, Zr = score, ... }",
  summary = "How well the flexibility of a glass is predicted that its vibrations tell, by "
    .. "species. Quote it for glasses that none of the models has seen.",
  example = "print(f:score(vt.vibrations(glass)).Cu.pearson)",
})
help.document("Flexibility:append", {
  terms = "several potentials",
  see = "learn.flexibility",
  signature = "f:append(other) -> f",
  summary = "Take up models learned with another potential; Flexibility:predict takes those of the "
    .. "glass's potential.",
  example = "f:append(other)",
})
help.document("Flexibility:save", {
  terms = "save a model",
  see = "learn.model",
  signature = "f:save(path, [options]) -> f",
  summary = "Write the models with their record to a file of readable JSON.",
  options = flexibility.SAVE,
  example = 'f:save "flexibility.json"',
})

return flexibility
