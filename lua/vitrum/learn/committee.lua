-- Committees of network potentials: several that learned from the same data, each from first
-- weights and a division of the data of its own. Where they disagree, none of them knows.

local core = require "vitrum.train_core"
local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local network = require "vitrum.learn.network"
local options = require "vitrum.base.options"
local system = require "vitrum.system"

local raise <const> = options.raise

local committee = {}

local Committee = {} -- methods
local COMMITTEE <const> = { __name = "vitrum.Committee", __index = Committee }

local SETS <const> = { "train", "stop", "test" }

---@class vitrum.Committee
---@field members table[] { potential, errors, curve, sets } of those that have learned
---@field errors table? by set: energy, force, and their standard deviations over the members

committee.OPTIONS = {
  { name = "members", kind = "count", default = 4, between = { 2, 100 }, help = "how many" },
  { name = "networks", kind = "value",
    help = "list of files of potentials that are there, instead of data and all other options" },
}
for _, option in ipairs(network.OPTIONS) do
  local copy = {}
  for key, value in pairs(option) do copy[key] = value end
  copy.required = nil
  committee.OPTIONS[#committee.OPTIONS + 1] = copy
end

-- Those that others have trained.
local function opened(where, list)
  if type(list) ~= "table" or #list < 2 then
    raise("%s: option 'networks' must be a list of at least two files, got %s", where,
      numbers.show(list))
  end
  local vt, members = require "vitrum", {}
  for k, file in ipairs(list) do
    if type(file) ~= "string" then
      raise("%s: option 'networks': entry %d must be the name of a file, got %s", where, k,
        numbers.show(file))
    end
    members[k] = { potential = vt.potential.network(file) }
  end
  return members
end

---A committee that is to learn from files, or one of potentials that are there.
---@param given table
---@return vitrum.Committee
function committee.committee(given)
  local where = "learn.committee"
  local o = options.check(where, committee.OPTIONS, given)
  local self = setmetatable({ members = {} }, COMMITTEE)
  if o.networks then
    for name in pairs(given) do
      if name ~= "networks" then
        raise("%s: option '%s' is for a committee that is to learn, which one of 'networks' is not",
          where, name)
      end
    end
    self.members, self.wanted = opened(where, o.networks), #o.networks
    return self
  end
  if o.data == nil or o.species == nil then
    raise("%s: give data and species, or networks", where)
  end
  self.wanted = o.members
  self.made = {}
  for k = 1, o.members do
    local own = {}
    for key, value in pairs(given) do own[key] = value end
    own.members = nil
    own.seed = o.seed + k - 1
    own.fold = (o.fold + k - 2) % o.folds + 1
    self.made[k] = own
  end
  self.learner = network.network(self.made[1]) -- what is wrong shows now
  return self
end

-- ---------------------------------------------------------------- training ----

-- Means of the members' errors, and how they scatter.
local function errors_of(members)
  local statistics, result = require("vitrum").statistics, {}
  for _, set in ipairs(SETS) do
    local columns, one = {}, {}
    for _, member in ipairs(members) do
      for name, value in pairs(member.errors[set]) do
        columns[name] = columns[name] or {}
        table.insert(columns[name], value)
      end
    end
    for name, values in pairs(columns) do
      one[name] = statistics.mean(values)
      if name ~= "samples" then
        one[name .. "_deviation"] = math.sqrt(#values) * statistics.standard_error(values)
      end
    end
    result[set] = one
  end
  return result
end

local function file_of(path, k) return ("%s-%d"):format(path, k) end

---Train the members that have not learned yet, one after the other.
---@param given table? options of Network:train
---@return vitrum.Committee self
function Committee:train(given)
  local where = "Committee:train"
  local o = options.check(where, network.TRAIN, given)
  if not self.made then raise("%s: the members of this committee have learned already", where) end
  for k = #self.members + 1, self.wanted do
    local learner = self.learner or network.network(self.made[k])
    self.learner = learner -- until it is done: an interrupt may come
    local own = {}
    for key, value in pairs(given or {}) do own[key] = value end
    if o.checkpoint then
      own.checkpoint = file_of(o.checkpoint, k)
      if self.goes_on and system.kind(own.checkpoint) == "file" then
        learner:resume(own.checkpoint)
      end
    end
    if o.log then print(("member %d of %d"):format(k, self.wanted)) end
    learner:train(own)
    local sets = {}
    for n, frame in ipairs(learner.frames) do sets[n] = SETS[frame.set] end
    self.members[k] = { potential = learner.potential, errors = learner.errors,
                        curve = learner.curve, sets = sets }
    self.learner = nil
  end
  self.errors = errors_of(self.members)
  return self
end

---Let train go on from the checkpoints of the members that are there.
---@return vitrum.Committee self
function Committee:resume()
  self.goes_on = true
  return self
end

-- ---------------------------------------------------------------- predictions ----

---What the members say of atoms.
---@param atoms vitrum.Atoms
---@return { energy: number, energy_error: number, forces: vitrum.Array, force_error: vitrum.Array }
function Committee:predict(atoms)
  local where = "Committee:predict"
  if not options.is(atoms, "Atoms") then
    raise("%s: expected atoms, got %s", where, numbers.show(atoms))
  end
  local n = #self.members
  if n < 2 then raise("%s: nothing has been learned yet; call train first", where) end
  local vt, energies, forces = require "vitrum", {}, {}
  for k, member in ipairs(self.members) do
    local copy = atoms:copy()
    copy.potential = member.potential
    energies[k], forces[k] = copy:energy() / #atoms, copy:forces():copy()
    copy:close()
  end
  local mean = forces[1]:copy()
  for k = 2, n do mean = mean + forces[k] end
  mean = mean / n
  local squares = vt.array.zeros(#atoms)
  for k = 1, n do squares = squares + ((forces[k] - mean) ^ 2):sum(2) end
  return { energy = vt.statistics.mean(energies) * #atoms,
           energy_error = math.sqrt(n) * vt.statistics.standard_error(energies),
           forces = mean, force_error = (squares / (n - 1)):sqrt() }
end

committee.DISPUTED = {
  { name = "count", kind = "count", default = 20, help = "of frames, at most" },
  { name = "force", kind = "nonnegative", default = 0, unit = "eV/A",
    help = "least spread of the force on an atom for a frame to count" },
}

---The frames of files that the members disagree about most.
---@param paths string file, or a pattern of files
---@param given table?
---@return table[] { frame, atoms, energy_error, force_error, atom }
function Committee:disputed(paths, given)
  local where = "Committee:disputed"
  local o = options.check(where, committee.DISPUTED, given)
  options.argument(where, "the file", "string", paths)
  local list, number = {}, 0
  for atoms in require("vitrum").atoms.frames(paths) do
    number = number + 1
    local p = self:predict(atoms)
    local atom = p.force_error:argmax()
    local most = p.force_error[atom]
    if most >= o.force then
      list[#list + 1] = { frame = number, atoms = atoms, energy_error = p.energy_error,
                          force_error = most, atom = atom }
    end
  end
  table.sort(list, function(a, b)
    if a.force_error ~= b.force_error then return a.force_error > b.force_error end
    return a.frame < b.frame
  end)
  return table.move(list, 1, math.min(o.count, #list), 1, {})
end

---Write the potentials of the members, to name-1.network and so on.
---@param path string "cuzr.network"
---@param given table?
---@return string[] files
function Committee:save(path, given)
  local where = "Committee:save"
  options.argument(where, "the file name", "string", path)
  local o = options.check(where, network.SAVE, given)
  if not self.made or #self.members == 0 then
    raise("%s: there is nothing that this committee has learned", where)
  end
  local stem, ending = path:match "^(.+)(%.[^./]*)$"
  local list = {}
  for k, member in ipairs(self.members) do
    list[k] = ("%s-%d%s"):format(stem or path, k, ending or "")
    files.write(list[k], core.text(member.potential), { where = where, overwrite = o.overwrite })
  end
  return list
end

COMMITTEE.__tostring = function(self)
  local lines = { ("committee of %d network potentials"):format(self.wanted) }
  if #self.members < self.wanted then
    lines[1] = ("%s, of which %d have learned"):format(lines[1], #self.members)
  end
  for _, set in ipairs(self.errors and SETS or {}) do
    local e = self.errors[set]
    lines[#lines + 1] = ("  %-5s energy %.2f +- %.2f meV/atom%s (RMSE, deviation of members)")
      :format(set, 1e3 * e.energy, 1e3 * e.energy_deviation, e.force
        and (", force %.4f +- %.4f eV/A"):format(e.force, e.force_deviation) or "")
  end
  return table.concat(lines, "\n")
end

COMMITTEE.__len = function(self) return self.wanted end

-- ---------------------------------------------------------------- help ----

help.register_type("Committee", COMMITTEE)
help.document("learn.committee", {
  terms = "ensemble; uncertainty; query by committee; active learning; k-fold cross-validation",
  see = "learn.network; Committee:train; Committee:predict; Committee:disputed",
  signature = "vt.learn.committee{ data = file, species = {...}, members = 4, [options] } -> "
    .. "Committee",
  summary = "Several network potentials that are to learn from the same data. Member k has the "
    .. "seed seed + k - 1 and the next fold as its test set, so that the scatter of the errors of "
    .. "test sets is that of a k-fold cross-validation, and where the members disagree about "
    .. "forces none of them knows. With networks = { files } one of potentials that are there.",
  options = committee.OPTIONS,
  example = 'local c = vt.learn.committee{ data = "train.xyz", species = { "Cu", "Zr" } }\n'
    .. "c:train{ steps = 300 }\nprint(c)",
})
help.document("Committee:train", {
  terms = "training of an ensemble",
  see = "Network:train; Committee:resume",
  signature = "c:train([options]) -> c",
  summary = "Train the members one after the other; options as of Network:train, each member with "
    .. "a checkpoint of its own, name-1 and so on. errors has by set the means of energy, force, "
    .. "energy_mae and force_mae over the members, and their standard deviations as "
    .. "energy_deviation and so on; members holds potential, errors, curve and sets (of the "
    .. "frames) of each. Called again after an interrupt it goes on with the member that was at "
    .. "work.",
  options = network.TRAIN,
  example = 'c:train{ steps = 500, checkpoint = "committee.checkpoint" }',
})
help.document("Committee:resume", {
  terms = "checkpoint of an ensemble",
  see = "Committee:train",
  signature = "c:resume() -> c",
  summary = "Let c:train go on from the checkpoints that it finds, instead of refusing to replace "
    .. "them. Make the committee with the same options and data first.",
  example = 'c:resume():train{ steps = 500, checkpoint = "committee.checkpoint" }',
})
help.document("Committee:predict", {
  terms = "uncertainty of a prediction; spread of a committee",
  see = "Committee:disputed",
  signature = "c:predict(atoms) -> table",
  summary = "What the members say of atoms: energy (mean, eV), energy_error (standard deviation "
    .. "over the members, eV/atom), forces (mean, n x 3, eV/A) and force_error (of each atom, the "
    .. "root of the mean square by which the members' forces differ from their mean, eV/A).",
  example = "print(c:predict(glass).force_error:max())",
})
help.document("Committee:disputed", {
  terms = "active learning; query by committee; what to compute next",
  see = "Committee:predict; scripts/generate-training.lua",
  signature = "c:disputed(path, [options]) -> list",
  summary = "The frames of a file that the members disagree about most, that is those to compute "
    .. "and to add to the data next: frame (its number), atoms, energy_error (eV/atom), "
    .. "force_error (the largest of an atom, eV/A) and that atom.",
  options = committee.DISPUTED,
  example = 'for _, f in ipairs(c:disputed "melt.xyz") do print(f.frame, f.force_error) end',
})
help.document("Committee:save", {
  terms = "save an ensemble",
  see = "learn.committee",
  signature = "c:save(path, [options]) -> list of files",
  summary = "Write the potential of each member, name-1.network and so on, for "
    .. "vt.potential.network or vt.learn.committee{ networks = files }.",
  options = network.SAVE,
  example = 'local files = c:save "cuzr.network"',
})

return committee
