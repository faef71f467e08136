-- Which samples teach and which test: by sample, or by groups whose samples stay together.

local core = require "vitrum.learn_core"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local samples = {}

local function is_list(value) return options.is(value, "Array") or type(value) == "table" end

-- The number of samples, given as such or by what there is one of for each.
local function count_of(where, given)
  local n = is_list(given) and #given or math.tointeger(given)
  if n == nil or n < 1 then
    raise("%s: expected the number of samples, or an array with an entry for each, got %s", where,
      is_list(given) and "an empty one" or tostring(given))
  end
  return n
end

-- The groups as lists of samples in random order: each sample its own without groups.
local function shuffled_groups(where, n, given, seed)
  local groups, known = {}, {}
  if given ~= nil then
    if #given ~= n then
      raise("%s: option 'groups' has %d entries, but there are %d samples", where, #given, n)
    end
    local list = type(given) == "table" and given or given:totable()
    for k = 1, n do
      local name = list[k]
      if name == nil or name ~= name then
        raise("%s: option 'groups' names no group for sample %d", where, k)
      end
      if not known[name] then
        known[name] = {}
        groups[#groups + 1] = known[name]
      end
      table.insert(known[name], k)
    end
  else
    for k = 1, n do groups[k] = { k } end
  end
  local order = require("vitrum").array.permutation(#groups, { seed = seed }):totable()
  local result = {}
  for k, place in ipairs(order) do result[k] = groups[place] end
  return result
end

local GROUPS <const> = { name = "groups", kind = "array",
  help = "what each sample belongs to, as the number or name of its glass: samples of one group "
    .. "are never parted. Atoms of one glass are no independent test of each other, since "
    .. "neighbors look alike" }
local SEED <const> = { name = "seed", kind = "seed", default = 1, help = "of the random choice" }

samples.SPLIT = {
  { name = "test", kind = "positive", default = 0.2, between = { 0, 1 },
    help = "share of the samples to be kept for the test" },
  GROUPS, SEED,
}

---Part samples at random into those that teach and those that test.
---@param given any number of samples, or what has an entry for each
---@param o table?
---@return vitrum.Array train, vitrum.Array test numbers of the samples, rising
function samples.split(given, o)
  local where = "learn.split"
  local n = count_of(where, given)
  o = options.check(where, samples.SPLIT, o)
  local groups = shuffled_groups(where, n, o.groups, o.seed)
  if #groups < 2 then
    raise("%s: all samples are of one group, so none can be kept for a test", where)
  end
  local chosen, count = {}, 0
  for k, group in ipairs(groups) do
    -- The last group teaches, whatever share is asked for.
    local closer = count + #group / 2 <= o.test * n and k < #groups
    if closer or (count == 0 and k == #groups - 1) then
      for _, sample in ipairs(group) do chosen[sample] = true end
      count = count + #group
    end
  end
  local train, test = {}, {}
  for k = 1, n do table.insert(chosen[k] and test or train, k) end
  local array = require("vitrum").array
  return array(train):astype "int64", array(test):astype "int64"
end

samples.FOLDS = {
  { name = "folds", kind = "count", default = 5, between = { 2, core.defaults.folds },
    help = "number of parts" },
  GROUPS, SEED,
}

---Part samples at random into folds of about the same size.
---@param given any
---@param o table?
---@return vitrum.Array fold of each sample, from 1
function samples.folds(given, o, where)
  where = where or "learn.folds"
  local n = count_of(where, given)
  o = options.check(where, samples.FOLDS, o)
  local groups = shuffled_groups(where, n, o.groups, o.seed)
  if #groups < o.folds then
    raise("%s: %d folds of %d %s; take fewer folds", where, o.folds, #groups,
      o.groups and "groups" or "samples")
  end
  -- Large groups first, each into the smallest fold; the order of equal ones stays random.
  local rank = {}
  for k, group in ipairs(groups) do rank[group] = k end
  table.sort(groups, function(a, b)
    if #a ~= #b then return #a > #b end
    return rank[a] < rank[b]
  end)
  local size, fold = {}, {}
  for k = 1, o.folds do size[k] = 0 end
  for _, group in ipairs(groups) do
    local smallest = 1
    for k = 2, o.folds do if size[k] < size[smallest] then smallest = k end end
    for _, sample in ipairs(group) do fold[sample] = smallest end
    size[smallest] = size[smallest] + #group
  end
  return require("vitrum").array(fold):astype "int64"
end

help.document("learn.split", {
  terms = "train-test split; training set; test set; hold-out; split by sample; group split",
  see = "learn.folds; learn.cross_validation; Array:select",
  signature = "vt.learn.split(samples, [options]) -> train, test",
  summary = "Part samples at random into those that teach and those that test: the numbers of "
    .. "either, rising. samples is their number, or an array with an entry for each. With groups "
    .. "whole groups go to either side, the nearest to the share asked for and at least one: the "
    .. "number to quote for a glass is the one for glasses never seen.",
  options = samples.SPLIT,
  example = "local train, test = vt.learn.split(y, { groups = glass_of_atom })\n"
    .. "local model = vt.learn.svr(x:select(train), y:select(train))\n"
    .. "print(model:score(x:select(test), y:select(test)))",
})
help.document("learn.folds", {
  terms = "k-fold; folds; group k-fold",
  see = "learn.cross_validation; learn.split",
  signature = "vt.learn.folds(samples, [options]) -> fold of each sample",
  summary = "Part samples at random into folds of about the same size; the number of the fold of "
    .. "each, from 1. With groups the samples of a group share a fold.",
  options = samples.FOLDS,
  example = "print(vt.learn.folds(y, { folds = 5 }))",
})

return samples
