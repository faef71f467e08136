-- Network potentials that learn from files of atoms with energies and forces.

local core = require "vitrum.train_core"
local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local json = require "vitrum.base.json"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local session = require "vitrum.session"
local system = require "vitrum.system"

local raise <const> = options.raise

local network = {}

local Network = {} -- methods
local NETWORK <const> = { __name = "vitrum.Network", __index = Network }

local DEFAULTS <const> = core.defaults
local SETS <const> = { "train", "stop", "test" }
local TRAIN <const>, STOP <const>, TEST <const> = 1, 2, 3

-- ---------------------------------------------------------------- sets ----

-- Numbers from 0 to 1 that depend on the seed alone.
local function random_of(seed)
  local list, next_one = require("vitrum").array.random(4096, { seed = seed }):totable(), 0
  return function()
    next_one = next_one % #list + 1
    return list[next_one]
  end
end

-- Frames that follow each other in one group of one file stay together: all of a group that the
-- file names so, at most `length` of one kind.
local function make_blocks(frames, length)
  local blocks, open = {}, {}
  for k, frame in ipairs(frames) do
    local key = frame.file .. "\0" .. frame.group
    local block = open[key]
    if not block or not frame.whole and #block == length then
      block = { energy = 0 }
      open[key] = block
      blocks[#blocks + 1] = block
    end
    block[#block + 1] = k
    block.energy = block.energy + frame.formation
  end
  for _, block in ipairs(blocks) do block.energy = block.energy / #block end
  return blocks
end

-- Blocks by formation energy; of every `folds` that follow each other one goes to each part.
local function assign(frames, o)
  local sets, blocks, random = {}, make_blocks(frames, o.block), random_of(o.seed)
  local order = {}
  for k in ipairs(blocks) do order[k] = k end
  table.sort(order, function(a, b)
    if blocks[a].energy ~= blocks[b].energy then return blocks[a].energy < blocks[b].energy end
    return a < b
  end)
  local stop = o.fold % o.folds + 1
  for first = 1, #order, o.folds do
    local parts = {}
    for k = 1, o.folds do parts[k] = k end
    for k = o.folds, 2, -1 do
      local other = math.floor(random() * k) + 1
      parts[k], parts[other] = parts[other], parts[k]
    end
    for k = first, math.min(first + o.folds - 1, #order) do
      local part = parts[k - first + 1]
      for _, frame in ipairs(blocks[order[k]]) do
        sets[frame] = part == stop and STOP or part == o.fold and not o.test and TEST or TRAIN
      end
    end
  end
  return sets
end

-- ---------------------------------------------------------------- samples ----

local function file_list(where, name, given)
  if type(given) == "string" then return { given } end
  if type(given) ~= "table" or #given == 0 then
    raise("%s: option '%s' must be the name of a file or a list of names, got %s", where, name,
      numbers.show(given))
  end
  for k, path in ipairs(given) do
    if type(path) ~= "string" then
      raise("%s: option '%s': entry %d must be the name of a file, got %s", where, name, k,
        numbers.show(path))
    end
  end
  return given
end

local function read(self, where, paths, set, forces)
  for _, path in ipairs(paths) do
    for _, frame in ipairs(core.read(self.training, where, path, forces)) do
      frame.file, frame.set = path, set
      table.insert(self.frames, frame)
    end
  end
end

local function split(self, where, o)
  local formation, free = core.formation(self.training), {}
  for k, frame in ipairs(self.frames) do
    frame.formation = formation[k]
    if not frame.set then free[#free + 1] = frame end
  end
  for k, set in ipairs(assign(free, o)) do free[k].set = set end
  local count, sets = { 0, 0, 0 }, {}
  for k, frame in ipairs(self.frames) do
    sets[k] = frame.set
    count[frame.set] = count[frame.set] + 1
  end
  for set, name in ipairs(SETS) do
    if count[set] == 0 then
      raise("%s: %d frames in blocks of %d leave none for the %s set; give more frames, smaller "
        .. "blocks or fewer folds", where, #self.frames, o.block, name)
    end
    self.samples[name] = count[set]
  end
  core.assign(self.training, where, sets)
end

-- Energies of all atoms together grow with their number, as a power near 1; those per atom do not.
local function warn_of_energies_per_atom(self, where)
  local x, y, n = {}, {}, #self.frames
  local mean_x, mean_y, xx, xy, yy = 0, 0, 0, 0, 0
  for k, frame in ipairs(self.frames) do
    if frame.energy == 0 then return end
    x[k], y[k] = math.log(frame.atoms), math.log(math.abs(frame.energy))
    mean_x, mean_y = mean_x + x[k] / n, mean_y + y[k] / n
  end
  for k = 1, n do
    local dx, dy = x[k] - mean_x, y[k] - mean_y
    xx, xy, yy = xx + dx * dx, xy + dx * dy, yy + dy * dy
  end
  if math.sqrt(xx / n) < 0.1 then return end -- frames of about one size do not tell
  local power = xy / xx
  local doubt = math.sqrt(math.max(yy - power * xy, 0) / xx / n)
  if power + 3 * doubt < 0.5 then
    session.warn(("%s: the energies do not grow with the number of atoms (their power of it is "
      .. "%.2f): they look like energies per atom, and those of all atoms together are needed")
      :format(where, power))
  end
end

local MADE <const> = { "species", "layers", "activation", "n_max", "l_max", "rmax",
                       "energy_weight", "force_weight", "penalty", "seed", "data and sets" }

-- What a checkpoint must agree in: the options, and the samples with their sets.
local function record_of(self, o)
  local made = {}
  for _, name in ipairs(MADE) do made[name] = tostring(o[name]) end
  made.species, made.layers = table.concat(o.species, " "), table.concat(o.layers, " ")
  local lines = {}
  for k, frame in ipairs(self.frames) do
    lines[k] = ("%d %a %d"):format(frame.atoms, frame.energy, frame.set)
  end
  made["data and sets"] = system.sha256(table.concat(lines, "\n"))
  return made
end

-- ---------------------------------------------------------------- making one ----

network.OPTIONS = {
  { name = "data", kind = "value", required = true,
    help = "file or list of files with frames that have an energy (eV, of all atoms together) and "
      .. "forces (eV/A), as extended XYZ" },
  { name = "species", kind = "name or list", required = true,
    help = "elements that the potential is for; their order is that of the descriptor" },
  { name = "test", kind = "value",
    help = "file or list of files for the test set; by default it is a part of the data" },
  { name = "seed", kind = "seed", default = 1, help = "of the first weights and of the sets" },
  { name = "layers", kind = "value", default = { 16, 16, 16, 16 },
    help = "numbers in the hidden layers" },
  { name = "activation", kind = "choice", choices = { "silu", "tanh" }, default = "silu",
    help = "what bends between layers" },
  { name = "n_max", kind = "integer", default = 4, between = { 0, 15 },
    help = "of the descriptor, see vt.descriptor.chebyshev" },
  { name = "l_max", kind = "integer", default = 8, between = { 0, 16 },
    help = "of the descriptor" },
  { name = "rmax", kind = "positive", default = 7, unit = "A", between = { 1, 20 },
    help = "cutoff of the descriptor" },
  { name = "energy_weight", kind = "nonnegative", default = DEFAULTS.energy_weight,
    help = "of squared errors of energies per atom (eV) in the loss" },
  { name = "force_weight", kind = "nonnegative", default = DEFAULTS.force_weight,
    help = "of mean squared errors of forces (eV/A) in the loss; 0 to learn energies alone" },
  { name = "penalty", kind = "nonnegative", default = DEFAULTS.penalty,
    help = "half of this times the sum of squared weights is added to the loss" },
  { name = "folds", kind = "integer", default = 10, between = { 3, 100 },
    help = "parts of the data, stratified by formation energy" },
  { name = "fold", kind = "count", default = 1,
    help = "the part that is the test set; the next one is the stop set" },
  { name = "block", kind = "count", default = 5,
    help = "frames of one config_type (or tag) that follow each other and stay in one set; those "
      .. "whose `group` is the same do so however many they are" },
}

local function check_layers(where, given)
  if type(given) == "number" then given = { given } end
  local entries = 0
  for _ in pairs(type(given) == "table" and given or {}) do entries = entries + 1 end
  if type(given) ~= "table" or #given > 8 or entries > #given then
    raise("%s: option 'layers' must be a list of at most 8 numbers, as { 16, 16 }, got %s", where,
      numbers.show(given))
  end
  local list = {}
  for k = 1, #given do
    local width = math.tointeger(given[k])
    if not width or width < 1 or width > 256 then
      raise("%s: option 'layers' must hold whole numbers from 1 to 256, got %s", where,
        numbers.show(given[k]))
    end
    list[k] = width
  end
  return list
end

---A network potential that is to learn from files.
---@param given table
---@return vitrum.Network
function network.network(given)
  local where = "learn.network"
  local o = options.check(where, network.OPTIONS, given)
  o.species = require("vitrum.descriptor.common").species(where, o.species)
  o.layers = check_layers(where, o.layers)
  if o.fold > o.folds then
    raise("%s: option 'fold' must be 1 to %d (folds), got %d", where, o.folds, o.fold)
  end
  local data = file_list(where, "data", o.data)
  local test = o.test ~= nil and file_list(where, "test", o.test) or {}
  for _, path in ipairs(test) do
    for _, other in ipairs(data) do
      if path == other then
        raise("%s: %s is both in 'data' and in 'test': a test on what was learned tells nothing",
          where, path)
      end
    end
  end
  local self = setmetatable({ species = o.species, seed = o.seed, frames = {}, samples = {},
    curve = {}, weights = { energy = o.energy_weight, force = o.force_weight } }, NETWORK)
  self.training = core.create(where, o.species, o.n_max, o.l_max, o.rmax, o.layers, o.activation,
    o.seed, o.energy_weight, o.force_weight, o.penalty)
  read(self, where, data, nil, o.force_weight > 0)
  read(self, where, test, TEST, o.force_weight > 0)
  split(self, where, o)
  self.made = record_of(self, o)
  warn_of_energies_per_atom(self, where)
  local facts = core.describe(self.training)
  self.parameters, self.atoms, self.bytes = facts.parameters, facts.atoms, facts.bytes
  self.potential = core.potential(self.training)
  return self
end

-- ---------------------------------------------------------------- training ----

network.TRAIN = {
  { name = "steps", kind = "count", default = 1000, help = "of L-BFGS, at most" },
  { name = "every", kind = "count", default = 10,
    help = "steps between two looks at the stop set" },
  { name = "patience", kind = "count", default = 200,
    help = "end after so many steps without a smaller error of the stop set" },
  { name = "time", kind = "positive", unit = "s", help = "end after this wall time" },
  { name = "log", kind = "boolean", default = false,
    help = "print memory and estimated time at the start, and a line at each look" },
  { name = "checkpoint", kind = "file",
    help = "file to resume from, written at looks and at the end; it replaces the one before" },
  { name = "checkpoint_every", kind = "nonnegative", unit = "s", default = 60,
    help = "wall time between two checkpoints" },
}

local CURVE <const> = { "step", "loss", "train_energy", "train_force", "stop_energy", "stop_force" }

-- The loss of the stop set, per sample and without the penalty.
local function score(self, errors)
  local e = errors.stop
  return self.weights.energy * e.energy ^ 2 + self.weights.force * (e.force or 0) ^ 2
end

local function look(self, report, errors, log)
  local row = { report.steps, report.loss, errors.train.energy, errors.train.force or 0,
    errors.stop.energy, errors.stop.force or 0 }
  for k, name in ipairs(CURVE) do
    self.curve[name] = self.curve[name] or {}
    table.insert(self.curve[name], row[k])
  end
  if log then
    print(("step %5d  loss %.5g  train %.2f meV %.3f eV/A  stop %.2f meV %.3f eV/A"):format(row[1],
      row[2], 1e3 * row[3], row[4], 1e3 * row[5], row[6]))
  end
end

local HEADER <const>, VERSION <const> = "vitrum training", 1

local function is_count(value) return math.type(value) == "integer" and value >= 0 end

-- What train and tostring take for granted.
local function is_whole_record(record)
  if type(record) ~= "table" then return false end
  local p, curve, errors = record.progress, record.curve, record.errors
  if type(p) ~= "table" or type(curve) ~= "table" or type(errors) ~= "table"
    or not is_count(p.steps) or not is_count(p.at) or type(p.least) ~= "number" then
    return false
  end
  for _, name in ipairs(CURVE) do
    if type(curve[name]) ~= "table" then return false end
  end
  for _, name in ipairs(SETS) do
    local e = errors[name]
    if type(e) ~= "table" or not is_count(e.samples) or type(e.energy) ~= "number"
      or e.force ~= nil and type(e.force) ~= "number" then
      return false
    end
  end
  return true
end

-- A line that says what it is, one of JSON, and the bytes of the core.
local function write_checkpoint(self, where, path, started)
  local state = core.state(self.training, where)
  local record = { curve = self.curve, made = self.made, progress = self.progress,
                   errors = self.errors, sha256 = system.sha256(state) }
  local text = json.encode(record, "the training"):gsub("%s*\n%s*", " ")
  files.write(path, ("%s %d\n%s\n%s"):format(HEADER, VERSION, text, state),
    { where = where, overwrite = started })
end

---Go on from a checkpoint, with the network made as the one that wrote it.
---@param path string
---@return vitrum.Network self
function Network:resume(path)
  local where = "Network:resume"
  options.argument(where, "the file name", "string", path)
  local file, message = files.open(path)
  if not file then options.refuse("%s: %s", where, message) end
  local text = file:read "a" or ""
  file:close()
  local function refuse(format, ...)
    options.refuse("%s: %s: %s", where, path, format:format(...))
  end
  local version, at = text:match(("^%s (%%d+)\n()"):format(HEADER))
  if not version then refuse("is no checkpoint of a training") end
  if tonumber(version) ~= VERSION then
    refuse("is of version %s, but this program knows version %d", version, VERSION)
  end
  local stop = text:find("\n", at, true) or #text
  local ok, record = pcall(json.decode, text:sub(at, stop), path)
  local state = text:sub(stop + 1)
  if not ok or not is_whole_record(record) or record.sha256 ~= system.sha256(state) then
    refuse("has been cut short or damaged")
  end
  local made = type(record.made) == "table" and record.made or self.made
  for _, name in ipairs(MADE) do
    if made[name] ~= self.made[name] then
      refuse("is that of another training: %s differs (%s there, %s here)", name,
        tostring(made[name]), self.made[name])
    end
  end
  local good, problem = pcall(core.restore, self.training, where, state)
  if not good then
    refuse("%s", (tostring(problem):gsub("^[^:]*:%d+: ", ""):gsub("^Network:resume: ", "")))
  end
  self.curve, self.progress, self.errors = record.curve, record.progress, record.errors
  self.resumed = true
  self.potential = core.potential(self.training)
  return self
end

-- A step against one evaluation of the errors of all samples: 1.75 on 12,000 atoms of Li, 1.84 on
-- 9,000 of Mo.
local STEP <const> = 1.8

-- What is ahead, from one such evaluation.
local function estimate(self, where, steps)
  local clock = require("vitrum").clock
  local start = clock()
  core.errors(self.training, where)
  local each = STEP * (clock() - start)
  return ("%d samples with %d atoms take %.3g MB; a step takes about %.2g s, %d steps at most %.2g "
    .. "min"):format(#self.frames, self.atoms, self.bytes / 1e6, each, steps, each * steps / 60)
end

---Learn: lower the loss of the training set, and keep the network with the least error of the stop
---set.
---@param given table?
---@return vitrum.Network self
function Network:train(given)
  local where = "Network:train"
  local o = options.check(where, network.TRAIN, given)
  local clock = require("vitrum").clock
  if o.checkpoint then files.check_target(o.checkpoint, self.resumed, where) end
  local p = self.progress or { steps = 0, at = 0 }
  self.progress = p
  local start, saved, written = clock(), clock(), self.resumed
  local done = p.steps >= o.steps -- as one that was resumed may be
  if o.log and not done then print(estimate(self, where, o.steps - p.steps)) end
  while not done do
    local steps = math.min(o.every, o.steps - p.steps)
    local status, report = core.run(self.training, where, steps)
    local errors = core.errors(self.training, where)
    local value = score(self, errors)
    if value ~= value or value == math.huge then
      raise("%s: the error of the stop set is not finite; look for energies or forces far from all "
        .. "others", where)
    end
    p.steps = p.steps + steps
    if not p.least or value < p.least then
      p.least, p.at = value, p.steps
      core.keep(self.training)
      self.errors = errors
      self.potential = core.potential(self.training)
    end
    look(self, report, errors, o.log)
    done = status == "done" or p.steps >= o.steps or p.steps - p.at >= o.patience
      or o.time ~= nil and clock() - start > o.time
    if o.checkpoint and (done or clock() - saved >= o.checkpoint_every) then
      write_checkpoint(self, where, o.checkpoint, written)
      saved, written = clock(), true
    end
  end
  self.progress = nil
  core.recall(self.training)
  return self
end

-- ---------------------------------------------------------------- what came out ----

NETWORK.__tostring = function(self)
  local lines = { ("network potential for %s: %d parameters, %d samples with %d atoms (%.3g MB)")
    :format(table.concat(self.species, ", "), self.parameters, #self.frames, self.atoms,
      self.bytes / 1e6) }
  if not self.errors then
    lines[2] = "  not trained yet"
    return table.concat(lines, "\n")
  end
  for _, name in ipairs(SETS) do
    local e = self.errors[name]
    lines[#lines + 1] = ("  %-5s %5d samples: energy %.2f meV/atom%s (RMSE)"):format(name,
      e.samples, 1e3 * e.energy, e.force and (", force %.4f eV/A"):format(e.force) or "")
  end
  return table.concat(lines, "\n")
end

network.SAVE = {
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}

---Write the potential to a file for vt.potential.network.
---@param path string
---@param given table?
---@return vitrum.Network self
function Network:save(path, given)
  local where = "Network:save"
  local o = options.check(where, network.SAVE, given)
  files.write(path, core.text(self.potential), { where = where, overwrite = o.overwrite })
  return self
end

-- ---------------------------------------------------------------- help ----

help.register_type("Network", NETWORK)
help.document("learn.network", {
  terms = "neural network potential; machine-learned potential; training; fit a potential; "
    .. "energies and forces; DFT; NNAP; Behler-Parrinello",
  see = "Network:train; Network:save; potential.network; descriptor.chebyshev",
  signature = "vt.learn.network{ data = file, species = {...}, [options] } -> Network",
  summary = "A network potential that is to learn from atoms with known energies and forces: "
    .. "spherical Chebyshev descriptors and one network for each species. The data are divided "
    .. "into a training set, which the loss is made of, a stop set, which says when it is enough, "
    .. "and a test set, which is for the end. Frames that follow each other stay together. The "
    .. "loss is 1/2 sum over frames of [energy_weight e^2 + force_weight df^2] + penalty/2 times "
    .. "the sum of squared weights, e the error of the energy per atom (eV) and df^2 the mean "
    .. "square of that of force components (eV/A). A warning tells energies that look "
    .. "like those per atom, where frames differ in size. Fields: parameters, samples (by set), "
    .. "frames, errors, curve, potential.",
  options = network.OPTIONS,
  example = 'local net = vt.learn.network{ data = "train.xyz", species = { "Cu", "Zr" } }',
})
help.document("Network:train", {
  terms = "L-BFGS; early stopping; learning curve",
  see = "learn.network; Network:save",
  signature = "net:train([options]) -> net",
  summary = "Learn with L-BFGS over all training samples at once, and keep the network with the "
    .. "least error of the stop set. errors.train, stop and test hold the root mean squares "
    .. "energy (eV per atom) and force (eV/A), and the mean absolute energy_mae, force_mae; curve "
    .. "holds step, loss and the errors along the way. Called again it goes on. Results do not "
    .. "depend on the number of threads.",
  options = network.TRAIN,
  example = "net:train{ steps = 500, log = true }\nprint(net.errors.test.energy)",
})
help.document("Network:resume", {
  terms = "checkpoint; continue a training; restart",
  see = "Network:train",
  signature = "net:resume(path) -> net",
  summary = "Go on from a checkpoint that net:train{ checkpoint = path } wrote. Make the network "
    .. "with the same options and data first; net:train with the same options then gives the bits "
    .. "that the run without a break gives. A checkpoint of other options or data is refused.",
  example = 'net:resume("cuzr.checkpoint"):train{ steps = 2000, checkpoint = "cuzr.checkpoint" }',
})
help.document("Network:save", {
  terms = "save a potential",
  see = "potential.network",
  signature = "net:save(path, [options]) -> net",
  summary = "Write the potential to a file that vt.potential.network reads.",
  options = network.SAVE,
  example = 'net:save "cuzr.network"',
})

return network
