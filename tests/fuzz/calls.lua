-- Random calls of everything that vt offers, with right, nearly right and hostile arguments. The
-- bytes of an input are the choices, so that an input is a program: a fresh set of objects, then
-- calls until the bytes are used up. What there is to call comes from where help and completion
-- have it; a new function is called without a word here.

local vt = require "vitrum"
local help = require "vitrum.prompt.help"
local session = require "vitrum.session"
local system = require "vitrum.system"

local judged <const> = ... -- f(...) that raises for a finding only

-- No programs: figures end at the start of gnuplot.
local function refuse() return nil, "no programs here" end
rawset(io, "popen", refuse)
rawset(os, "execute", refuse)

-- Callbacks raise what they like, and hostile counts want more memory than there is.
local function try(f, ...)
  local results = table.pack(pcall(judged, f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  local message = results[2]
  if not message:find "^no message" and not message:find "not enough memory$" then
    error(message, 0)
  end
end

-- ---------------------------------------------------------------- choices ----

local data, at = "", 1

local function byte()
  local b = data:byte(at) or 0
  at = at + 1
  return b
end

-- 1 to n; 1 when the bytes are used up.
local function below(n)
  return (n <= 256 and byte() or byte() * 256 + byte()) % n + 1
end

-- True in about one of n cases, false when the bytes are used up.
local function rarely(n) return below(n) == n end

local function pick(list) return list[below(#list)] end

-- ---------------------------------------------------------------- plain values ----

local NUMBERS <const> = { 1, 2, 3, 0.5, 4, 5, 0, 10, 7, 1e-3, 0.02, 1.5, 12, 100, 300, -1 }
local HOSTILE <const> = { math.huge, -math.huge, 0 / 0, 1e308, -1e308, 1e-320, 2 ^ 31, 2 ^ 31 - 1,
                          -2 ^ 31, 2 ^ 32, 2 ^ 53, 2 ^ 62, 2.0 ^ 63, math.maxinteger,
                          math.mininteger, 1e15, 1e10, 0.0, -0.0, 65536, 1e6, 1e-300, 255, 4097 }
local TEXTS <const> = { "Cu", "Zr", "x", "", "Cu-Zr", "float64", "int32", "int64",
                        "0,0,12,0", "Cu64Zr36", "von_mises", "barrier", "lbfgs", "npt", "a\0b",
                        ("x"):rep(3000), "%s%n%d", "\27[31m", "é", "\xff\xfe", "1", "nan", "all" }
-- Names within the working folder, some of which cannot be written.
local PATHS <const> = { "a.data", "a.dump", "a.xyz", "a.poscar", "a.xyz.gz", "b.csv", "c.chk",
                        "l.chk", "d.svg", "none/x.data", ".", "", "a\0.data", ("n"):rep(300) }
local SYMBOLS <const> = { "Cu", "Zr", "Al", "A", "B", "Xx", "" }

local function number()
  return rarely(6) and pick(HOSTILE) or pick(NUMBERS)
end

local function count()
  return rarely(10) and pick(HOSTILE) or below(12) - 1
end

-- ---------------------------------------------------------------- objects ----

-- Objects of this input by the names of their types; also what calls gave.
local pool = {}

local function keep(value)
  local metatable = debug.getmetatable(value)
  local name = type(metatable) == "table" and rawget(metatable, "__name")
  if type(name) ~= "string" then return end
  local kind = name:match "[^.]+$"
  pool[kind] = pool[kind] or {}
  local list = pool[kind]
  list[#list < 8 and #list + 1 or below(8)] = value
end

local value, options, callback

local MAKERS <const> = {}

function MAKERS.Potential()
  local k = below(4)
  if k == 1 then
    return vt.potential.lj { species = { "Cu", "Zr" }, epsilon = 0.2, sigma = 2.2, cutoff = 5 }
  elseif k == 2 then
    return vt.potential.lj { species = { "Cu", "Zr", "Al" }, epsilon = 0.2, sigma = 2.2,
                             cutoff = 4 }
  end
  return k == 3 and vt.potential.kob_andersen() or vt.potential.wahnstroem()
end

function MAKERS.Atoms()
  local atoms
  local k = below(5)
  if k == 1 then
    atoms = vt.atoms.fcc { species = "Cu", a = 3.61, cells = below(2) }
  elseif k == 2 then
    atoms = vt.atoms.random { composition = "Cu", n = below(3), seed = 1, minimum_distance = 1 }
  else
    atoms = vt.atoms.random { composition = "Cu64Zr36", n = 10 + below(40), seed = below(9) }
  end
  if not rarely(5) then atoms.potential = MAKERS.Potential() end
  if rarely(2) and #atoms > 1 then atoms:thermalize { temperature = 300 } end
  return atoms
end

function MAKERS.Array()
  local k = below(8)
  local dtype = pick { "float64", "float64", "float32", "int32", "int64" }
  if k == 1 then return vt.array { 1, 2, 3, 4, 5 } end
  if k == 2 then return vt.array({ { 1, 2 }, { 3, 4.5 } }, dtype) end
  if k == 3 then return vt.array.zeros(below(4) - 1, below(4), { dtype = dtype }) end
  if k == 4 then return vt.array { number(), number(), number() } end
  if k == 5 then return vt.array.eye(3):transpose() end
  if k == 6 then return vt.array.random(6, 3):slice { 1, 6, 2 } end
  local atoms = pool.Atoms and pick(pool.Atoms) or MAKERS.Atoms()
  return k == 7 and atoms:positions() or atoms:ids()
end

function MAKERS.MD()
  local atoms = MAKERS.Atoms()
  atoms.potential = MAKERS.Potential()
  return vt.md(atoms, { ensemble = pick { "nve", "nvt", "npt" }, timestep = 0.001, seed = 1 })
end

function MAKERS.Lattice()
  return vt.stz.lattice { n = 16, modes = below(3), seed = below(9) }
end

function MAKERS.Report() return vt.report { title = "x" } end

function MAKERS.Record()
  return require("vitrum.protocol.record").open("r.csv", { "step", "value" }, {})
end

function MAKERS.Voronoi() return vt.structure.voronoi(MAKERS.Atoms()) end

function MAKERS.CsvWriter()
  return vt.csv.create("w.csv", { "a", "b" }, nil, { overwrite = true })
end

function MAKERS.Protocol()
  return vt.protocol { name = "p", summary = "A protocol.", params = { { "cycles", 2, min = 1 } },
                       run = callback() }
end

function MAKERS.Line() return vt.fit.line({ 1, 2, 3 }, { 2, 4, 5 }) end

function MAKERS.Polynomial() return vt.fit.polynomial({ 1, 2, 3, 4 }, { 2, 4, 5, 1 }) end

function MAKERS.PairDistribution()
  return vt.structure.rdf(MAKERS.Atoms(), { rmax = 5, bins = 20 })
end

function MAKERS.StructureFactor()
  return vt.structure.structure_factor(MAKERS.Atoms(), { qstep = 2, rmax = 5 })
end

function MAKERS.Anisotropy()
  return vt.structure.anisotropy(MAKERS.Atoms(), { rmax = 5, bins = 20 })
end

function MAKERS.Profile() return vt.structure.profile(MAKERS.Atoms(), nil, { bins = 5 }) end

function MAKERS.Map() return vt.structure.map(MAKERS.Atoms(), nil, { bins = 3 }) end

function MAKERS.Deformation()
  local atoms = MAKERS.Atoms()
  return vt.structure.deformation(atoms, atoms)
end

function MAKERS.Motion()
  local atoms = MAKERS.Atoms()
  return vt.structure.motion({ atoms, atoms, atoms }, { interval = 1, q = 2 })
end

-- An object of the type, or nil when there is none yet and none can be made.
local function object(kind)
  local list = pool[kind]
  if list and not rarely(8) then return pick(list) end
  local maker = MAKERS[kind]
  local ok, made = pcall(maker or function() return list and pick(list) end)
  if not ok then return nil end
  if maker then keep(made) end
  return made
end

-- ---------------------------------------------------------------- functions of a user ----

local CALLBACKS <const> = {
  function(...) return ... end,
  function() return false end,
  function() error "E" end,
  function() error(setmetatable({}, { __tostring = function() return 5 end })) end,
  function() collectgarbage() end,
  function() coroutine.yield(1) end,
  function() local a = object "Atoms" if a then a:close() end end,
  function() local m = object "MD" if m then m:close() end end,
  function() local m = object "MD" if m then m:run { steps = 2 } end end,
  function() local a = object "Array" if a then a:close() end return 1 end,
  function() local l = object "Lattice" if l then l:close() end return false end,
  function() local a = object "Atoms" if a then a.potential = MAKERS.Potential() end end,
  function() local a = object "Atoms" if a then a:delete { 1 } end return true end,
  function() local a = object "Atoms" if a then a:append(a) end return 2 end,
}

-- Random calls inside of random calls end.
local inside = 0
function callback()
  local f = pick(CALLBACKS)
  return function(...)
    if inside >= 2 then return end
    inside = inside + 1
    local results = table.pack(pcall(f, ...))
    inside = inside - 1
    if not results[1] then error(results[2], 0) end
    return table.unpack(results, 2, results.n)
  end
end

-- ---------------------------------------------------------------- arguments ----

function value(depth)
  local k = below(16)
  if k <= 4 then return number() end
  if k <= 6 then return pick(TEXTS) end
  if k == 7 then return rarely(2) end
  if k == 8 then return nil end
  if k == 9 then return object "Atoms" end
  if k <= 11 then return object "Array" end
  if k == 12 then return callback() end
  if k == 13 then return object(pick { "Potential", "MD", "Lattice", "Voronoi", "Report" }) end
  local list = {}
  if (depth or 0) > 2 then return list end
  for i = 1, below(5) - 1 do list[i] = rarely(3) and value((depth or 0) + 1) or number() end
  if rarely(3) then list[pick(TEXTS)] = value((depth or 0) + 1) end
  if rarely(12) then
    local f = callback()
    setmetatable(list, { __index = function() return f() end, __len = count,
                         __name = rarely(2) and "vitrum.Atoms" or nil, __gc = callback() })
  end
  return list
end

local function object_maker(kind) return function() return object(kind) end end

-- Arguments and options by name: what a user would give.
local BY_NAME <const> = {
  atoms = object_maker "Atoms", other = object_maker "Atoms", reference = object_maker "Atoms",
  source = object_maker "Atoms", before = object_maker "Atoms", after = object_maker "Atoms",
  potential = object_maker "Potential",
  path = function() return pick(PATHS) end,
  symbol = function() return pick(SYMBOLS) end,
  species = function() return pick { "Cu", { "Cu", "Zr" }, { "A" }, "Zr", {} } end,
  composition = function() return pick { "Cu64Zr36", { Cu = 1, Zr = 1 }, "Cu", "" } end,
  dtype = function() return pick { "float64", "float32", "int32", "int64", "x" } end,
  steps = count, n = count, cells = count, samples = count, frames = count, axis = count,
  i = count, j = count, m = count, nx = count, ny = count, nz = count, ddof = count, bins = count,
  columns = function() return pick { { "a", "b" }, { "step [-]" }, {}, { 1 } } end,
  time = function() return rarely(8) and number() or 0.002 * below(6) end,
  every = function() return rarely(8) and number() or 0.002 * below(4) end,
  timestep = function() return pick { 0.001, 0.002, number() } end,
  temperature = function() return pick { 300, { 300, 400 }, number(), { number(), number() } } end,
  strain_rate = function() return pick { { xx = 1e9 }, { xy = 1e10 }, 1e-4, { zz = number() } } end,
  strain = function() return pick { 0.01, { xx = 0.01 }, 0.002, number(), { xy = number() } } end,
  range = function() return pick { { 1, 2 }, { 2 }, { -2, -1 }, { 3, 1, -1 }, count(),
                                   { number(), number(), number() } } end,
  box = function()
    return pick { 10, { 10, 11, 12 }, { a = { 5, 0, 0 }, b = { 1, 5, 0 }, c = { 0, 0, 6 } },
                  { volume = number() }, { periodic = { true, false, true } },
                  { lengths = { number(), 3, 4 }, angles = { 90, 60, number() } } }
  end,
  index = function() return pick { "0,0,12,0", "0,0", ("1,"):rep(40), count(), "x" } end,
  sample = function() return callback() end, run = function() return callback() end,
  overwrite = function() return not rarely(6) end,
  name = function() return pick { "x", "von_mises", "first", pick(TEXTS) } end,
}
for _, name in ipairs { "a", "b", "x", "y", "mask", "values", "series", "selector", "matrix" } do
  BY_NAME[name] = object_maker "Array"
end
for _, name in ipairs { "file", "csv", "checkpoint" } do BY_NAME[name] = BY_NAME.path end
for _, name in ipairs { "choice", "fill", "f", "statistic" } do
  BY_NAME[name] = function() return rarely(2) and callback() or { 1, 2, count() } end
end

local BY_KIND <const> = {
  boolean = function() return rarely(2) end, number = number, positive = number,
  nonnegative = number, count = count, integer = count, seed = count,
  string = function() return pick(TEXTS) end, ["function"] = function() return callback() end,
  ["positive number"] = number, ["number >= 0"] = number,
  table = function() return { number(), number(), number() } end,
}

local function option(o)
  if rarely(10) then return value(1) end
  if o.choices then return pick(o.choices) end
  local maker = BY_NAME[o.name] or BY_KIND[o.kind] or value
  return maker(1)
end

-- A table of the options that the documentation lists.
function options(list)
  local given = {}
  if not list then return value() end
  for _, o in ipairs(list) do
    if o.required or rarely(3) then given[o.name] = option(o) end
  end
  if rarely(20) then given[pick(TEXTS)] = value(1) end
  if rarely(40) then setmetatable(given, { __index = function() return value(2) end }) end
  return given
end

-- The names between the parentheses of a signature, "options" for braces.
local function parameters(signature)
  local words = signature:match "^[%w_:.]+%((.-)%)%s*%->" or signature:match "^[%w_:.]+%((.*)%)"
  if not words then return { "options" } end
  words = words:gsub("%b{}", "options"):gsub("%[([^%[%]]*)%]", "%1?"):gsub("%[", "")
  local names = {}
  for word in words:gmatch "[^,]+" do
    local name = word:match "[%w_]+"
    if name then names[#names + 1] = { name = name, optional = word:find("?", 1, true) ~= nil } end
  end
  return names
end

-- ---------------------------------------------------------------- what there is to call ----

-- main ends the program by design; clock and help show that they have been called.
local SKIPPED <const> = { help = true, ["Protocol:main"] = true }

-- Where help lists none.
local OPTIONS <const> = {
  ["Protocol:run"] = { { name = "out", choices = { "p" }, required = true },
                       { name = "quiet", choices = { true }, required = true },
                       { name = "overwrite", kind = "boolean" },
                       { name = "cycles", kind = "count" }, { name = "resume", kind = "boolean" } },
}

local targets = {}

local function add(name, kind, f, method)
  if SKIPPED[name] then return end
  local entry = session.docs[name]
  local given = entry and entry.signature and parameters(entry.signature) or {}
  targets[#targets + 1] = { name = name, kind = kind, f = f, method = method, parameters = given,
                            options = entry and entry.options or OPTIONS[name],
                            documented = entry ~= nil }
end

local function sorted(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

local reachable <const> = help.reachable()
for _, path in ipairs(sorted(reachable)) do
  local found = reachable[path]
  local metatable = type(found) == "table" and getmetatable(found)
  if type(found) == "function" or metatable and metatable.__call then add(path, nil, found) end
end
local types <const> = help.types()
for _, kind in ipairs(sorted(types)) do
  local methods = help.methods(types[kind])
  for _, method in ipairs(sorted(methods)) do
    local f = methods[method]
    if type(f) == "function" then add(kind .. ":" .. method, kind, f, not method:find "^__") end
  end
  for _, event in ipairs(sorted(types[kind])) do
    local f = rawget(types[kind], event)
    if type(f) == "function" and tostring(event):find "^__" then
      add(kind .. "." .. event, kind, f)
    end
  end
end

-- ---------------------------------------------------------------- calls ----

local function argument(target, name)
  if rarely(10) then return value() end
  if name == "options" then return options(target.options) end
  return (BY_NAME[name] or value)()
end

local function arguments(target)
  local list, n = {}, 0
  if target.kind then
    list[1], n = object(target.kind), 1
    -- Types made in Lua are tables, whose metamethods take what they are given.
    if (type(list[1]) == "userdata" or target.method) and rarely(40) then list[1] = value() end
  end
  for _, parameter in ipairs(target.parameters) do
    if parameter.optional and rarely(3) then break end
    n = n + 1
    list[n] = argument(target, parameter.name)
  end
  local more = target.documented and (rarely(20) and 1 or 0) or below(4) - 1
  for _ = 1, more do
    n = n + 1
    list[n] = value()
  end
  return list, n
end

local function check_open(atoms)
  local n = #atoms
  assert(atoms:positions().shape[1] == n and #atoms:types() == n and #atoms:ids() == n, "lengths")
  assert(atoms:volume() > 0, "volume")
  if n == 0 then return end
  assert(atoms:types():min() >= 1 and atoms:types():max() <= #atoms:species(), "types")
  assert(#atoms:ids():unique() == n, "ids")
end

-- What a program holds of atoms whatever happened to them. A finalizer may close them meanwhile.
local function check_atoms(atoms)
  local ok, problem = pcall(check_open, atoms)
  if not ok and pcall(atoms.volume, atoms) then error(problem, 0) end
end

local trace <const> = os.getenv "FUZZ_TRACE"
local calls = 0

local function show(list, n)
  local words = {}
  for i = 1, n do
    local ok, text = pcall(string.format, type(list[i]) == "string" and "%q" or "%s", list[i])
    words[i] = ok and text:sub(1, 60) or type(list[i])
  end
  return table.concat(words, ", ")
end

local call

-- The run of a protocol lasts as long as the function of the protocol.
local function call_in_run(target)
  local ok, finding = true, nil
  try(types.Protocol.run, vt.protocol{ name = "p", summary = "A protocol.",
    run = function(_, out)
      pool.Run = { out }
      for _ = 1, 3 do
        if ok then ok, finding = pcall(call, target) end
      end
      pool.Run = nil
    end }, { out = "p", quiet = true, overwrite = true })
  if not ok then error(finding, 0) end
end

function call(target)
  if target.kind == "Run" and not pool.Run then return call_in_run(target) end
  local list, n = arguments(target)
  if target.kind and list[1] == nil then return end
  calls = calls + 1
  if calls % 1000 == 0 then io.stderr:write(calls, " calls\n") end -- for run.sh
  if trace then io.stderr:write(target.name, "(", show(list, n), ")\n") end
  local function run()
    local results = table.pack(try(target.f, table.unpack(list, 1, n)))
    for i = 1, math.min(results.n, 4) do
      keep(results[i])
      if type(results[i]) == "function" then
        for _ = 1, 2 do try(results[i]) end
      elseif type(results[i]) == "userdata" and rarely(8) then
        try(tostring, results[i])
      end
    end
  end
  if not rarely(16) then return run() end
  local thread = coroutine.create(run)
  local ok, message = coroutine.resume(thread)
  coroutine.close(thread)
  if not ok then error(message, 0) end
end

local function remove_all(folder)
  for _, name in ipairs(system.list(folder) or {}) do
    local path = folder .. "/" .. name
    if system.kind(path) == "folder" then remove_all(path) end
    os.remove(path)
  end
end

-- What the input before has left goes first: the last call may have been interrupted.
return function(bytes)
  pool, inside = {}, 0
  collectgarbage()
  remove_all "."
  vt.threads(1)
  data, at = bytes, 1
  while at <= #data do
    vt.quiet(true)
    call(targets[below(#targets)])
    for _, atoms in ipairs(pool.Atoms or {}) do check_atoms(atoms) end
  end
end
