-- What descriptors have in common: species, labels, files.

local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local json = require "vitrum.base.json"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"

local raise <const> = options.raise

local common = {}

local FORMAT <const>, VERSION <const> = "vitrum descriptor", 1
local kinds <const> = {}

---A type of descriptors with what all have in common: #d, compute, save, their help, and how one
---is made again from its settings.
---@param kind string "radial"
---@param name string "Radial"
---@param make fun(settings: table): table
---@param rows fun(self: table, atoms: vitrum.Atoms, where: string, centers: any): vitrum.Array
---@param docs table compute and save: what help has of them
---@return table metatable
function common.new_type(kind, name, make, rows, docs)
  kinds[kind] = { make = make, rows = rows }
  local methods = {}
  local metatable = { __name = "vitrum." .. name, __index = methods }
  metatable.__len = function(self) return #self.labels end
  local compute, save = name .. ":compute", name .. ":save"
  function methods:compute(atoms, given) return common.compute(compute, self, atoms, given) end
  function methods:save(path, given) return common.save(save, self, path, given) end
  help.register_type(name, metatable)
  docs.compute.signature, docs.compute.options = "d:compute(atoms, [options]) -> array",
    common.COMPUTE
  help.document(compute, docs.compute)
  help.document(save, {
    terms = "save a descriptor", see = docs.save,
    signature = "d:save(path, [options]) -> d",
    summary = "Write the descriptor to a file of readable JSON.",
    options = common.SAVE, example = ('d:save "%s.json"'):format(kind),
  })
  return metatable
end

---Features of atoms, a row for each center. Whatever centers are is checked by the core.
function common.rows(self, atoms, where, centers)
  return kinds[self.kind].rows(self, atoms, where, centers)
end

---Symbols of the species around, each once.
function common.species(where, given)
  if type(given) == "string" then given = { given } end
  local list, known = {}, {}
  for k = 1, type(given) == "table" and #given or 0 do
    local symbol = given[k]
    if type(symbol) ~= "string" or symbol == "" or #symbol > 15 then
      raise("%s: option 'species' must be a list of symbols, as { \"Cu\", \"Zr\" }; entry %d is %s",
        where, k, numbers.show(symbol))
    end
    if known[symbol] then raise("%s: option 'species' names %s twice", where, symbol) end
    known[symbol], list[k] = true, symbol
  end
  if #list == 0 then
    raise("%s: option 'species' must be a list of symbols, as { \"Cu\", \"Zr\" }", where)
  end
  return list
end

common.SPECIES = { name = "species", kind = "name or list", required = true,
  help = "of the neighbors, in the order of the columns; atoms of others are an error" }

common.COMPUTE = {
  { name = "centers", kind = "value",
    help = "the atoms that get a row: a species (\"Cu\"), a list or array of their numbers, or a "
      .. "mask; by default all, in their order" },
}

function common.compute(where, self, atoms, given)
  local o = options.check(where, common.COMPUTE, given)
  if not options.is(atoms, "Atoms") then raise("%s: expected atoms, got %s", where, type(atoms)) end
  local centers = o.centers
  if centers ~= nil and type(centers) ~= "string" and type(centers) ~= "table"
    and not options.is(centers, "Array") then
    raise("%s: option 'centers' must be a species, a list of atoms or a mask, got %s", where,
      numbers.show(centers))
  end
  return common.rows(self, atoms, where, centers)
end

---The settings of a descriptor as JSON holds them.
function common.record(self)
  local record = { format = FORMAT, version = VERSION, kind = self.kind }
  for key, value in pairs(self.settings) do record[key] = value end
  return record
end

---A descriptor from what common.record gave, read from a file.
function common.restore(where, path, record)
  local function refuse(format, ...)
    options.refuse("%s: %s: %s", where, path, format:format(...))
  end
  if type(record) ~= "table" or record.format ~= FORMAT then
    refuse("holds no descriptor of the format '%s'", FORMAT)
  end
  if record.version ~= VERSION then
    refuse("holds a descriptor of version %s, but this program knows version %d",
      numbers.show(record.version), VERSION)
  end
  local kind = kinds[record.kind]
  if not kind then
    refuse("holds a descriptor of the unknown kind %s", numbers.show(record.kind))
  end
  local settings = {}
  for key, value in pairs(record) do
    if key ~= "format" and key ~= "version" and key ~= "kind" then settings[key] = value end
  end
  local ok, result = pcall(kind.make, settings)
  if not ok then refuse("%s", (tostring(result):gsub("^[^:]*:%d+: ", ""))) end
  return result
end

common.SAVE = {
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}

function common.save(where, self, path, given)
  local o = options.check(where, common.SAVE, given)
  files.write(path, json.encode(common.record(self), "the descriptor"),
    { where = where, overwrite = o.overwrite })
  return self
end

---Read a descriptor.
---@param path string
---@return vitrum.Radial|vitrum.Angular|vitrum.Chebyshev
function common.load(path)
  local where = "descriptor.load"
  options.argument(where, "the file name", "string", path)
  local file, message = files.open(path)
  if not file then options.refuse("%s: %s", where, message) end
  local text = file:read "a" or ""
  file:close()
  local ok, record = pcall(json.decode, text, path)
  if not ok then options.refuse("%s: %s", where, (tostring(record):gsub("^[^:]*:%d+: ", ""))) end
  return common.restore(where, path, record)
end

help.document("descriptor.load", {
  terms = "load a descriptor",
  see = "descriptor.radial; descriptor.angular; descriptor.chebyshev; Radial:save",
  signature = "vt.descriptor.load(path) -> Radial, Angular or Chebyshev",
  summary = "Read a descriptor from a file that the save of one wrote.",
  example = 'local d = vt.descriptor.load "radial.json"',
})

return common
