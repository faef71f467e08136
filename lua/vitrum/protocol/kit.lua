-- The kit of protocols: groups of parameters that many of them share, and what is done with these
-- parameters: reading the glass, moving its atoms, its inherent structure, checks before any work.
--
-- A group is a list of declarations. Called with a table it gives the group with other defaults,
-- or without some of its members:
--
--     params = { kit.glass, kit.dynamics{ temperature = 77, pressure = false }, { "strain", 0.2 } }

local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local session = require "vitrum.session"

local raise <const> = options.raise

local kit = {}

-- ---------------------------------------------------------------- groups ----

-- The group with changes: name = false leaves a parameter out, a table replaces fields of its
-- declaration, anything else is its new default.
local function changed(group, changes)
  options.argument("kit", "the changes of a group", "table", changes)
  local copy, known = {}, {}
  for _, entry in ipairs(group) do
    local change = changes[entry[1]]
    known[#known + 1] = entry[1]
    if change ~= false then
      local new = {}
      for key, value in pairs(entry) do new[key] = value end
      if type(change) == "table" then
        for key, value in pairs(change) do new[key == 1 and 2 or key] = value end
      elseif change ~= nil then
        new[2] = change
      end
      copy[#copy + 1] = new
    end
  end
  for name in pairs(changes) do
    local found = false
    for _, other in ipairs(known) do found = found or other == name end
    if not found then
      local near = type(name) == "string" and session.nearest(name, known)
      raise("kit: the group has no parameter '%s'%s", tostring(name),
        near and ("; did you mean '%s'?"):format(near) or "; it has " .. table.concat(known, ", "))
    end
  end
  return kit.group(copy)
end

local GROUP <const> = { __name = "vitrum.Group", __call = changed }

---A group of parameters, which may be called to change defaults.
---@param entries table[] declarations { "name", default, unit =, ... }
---@return table
function kit.group(entries)
  options.argument("kit.group", "the declarations", "table", entries)
  return setmetatable(entries, GROUP)
end

local POTENTIAL <const> = { "potential", "CuZr_mm.eam.fs",
                            help = "file looked for on the potential path, a setfl one or a "
                              .. "NAME.network, or kim:MODEL" }

-- Beside the potential, for what needs forces that end smoothly.
kit.taper = kit.group {
  { "taper", 0, unit = "A", min = 0, max = 2,
    help = "of the potential: its last angstroms, over which forces are led to zero; 0.3 for "
      .. "ZrCuAl2011" },
}

-- A glass from a file.
kit.glass = kit.group {
  { "glass", file = true, help = "structure: LAMMPS data, extended XYZ, ..." },
  { "species", kind = "words", optional = true,
    help = "elements of types 1, 2, ... (Cu,Zr) when the file does not name them" },
  POTENTIAL,
}

-- A melt to be made.
kit.melt = kit.group {
  { "composition", "Cu64Zr36", kind = "composition", help = "symbols with their shares" },
  { "atoms", 4000, min = 20, max = 10000000, help = "number of atoms" },
  POTENTIAL,
}

kit.dynamics = kit.group {
  { "temperature", 300, unit = "K", range = "temperature", above = 0, help = "of the dynamics" },
  { "pressure", 0, unit = "GPa", range = "pressure", help = "that the barostat holds" },
  -- Energy drift of 256 atoms of Cu64Zr36 at 2000 K without thermostat: below 0.001 eV/atom/ns with
  -- 0.002 ps, 0.01 with 0.004 ps, 0.02 with 0.005 ps; a thermostat takes that up.
  { "timestep", 0.002, unit = "ps", range = "timestep", above = 0, max = 0.01,
    help = "of the dynamics" },
  { "sample_every", 1, unit = "ps", range = "time", above = 0, help = "time between samples" },
  { "seed", 1, min = 0, help = "of random velocities and positions" },
  { "precision", "double", choices = { "double", "mixed" },
    help = "of pair terms; mixed is faster, its forces are good to 1e-5 eV/A" },
}

-- A pair distribution.
kit.structure = kit.group {
  { "rmax", 10, unit = "A", range = "distance", above = 0, max = 50, help = "range of g(r)" },
  { "bins", 200, min = 1, max = 100000, help = "of g(r)" },
}

-- Searches for saddles around inherent structures.
kit.searches = kit.group {
  { "searches", 3, min = 1, max = 999999, help = "from each atom" },
  { "centers", 0, min = 0, help = "atoms of each structure to search from; 0: all" },
  { "force", 0.05, unit = "eV/A", range = "force", above = 0,
    help = "norm of all forces at a saddle" },
  { "workers", 1, min = 1, max = 1024, help = "threads that search" },
}

-- Declarations of one parameter of a common kind.
local function of_kind(unit, range)
  return function(name, default, text)
    return { name, default, unit = unit, range = range, above = 0, optional = default == nil or nil,
             help = text }
  end
end

---A temperature, a time or a rate of heating; without a default it is optional.
---@type fun(name: string, default: number?, text: string): table
kit.temperature, kit.time = of_kind("K", "temperature"), of_kind("ps", "time")
kit.rate = of_kind("K/s", "temperature rate")

-- A treatment that starts and ends at room temperature.
kit.treatment = kit.group {
  kit.temperature("room", 300, "of start, control and measurements"),
  kit.time("relax", 100, "at room temperature before the start and for each measurement"),
  { "minima", 5, min = 2, max = 1000, help = "inherent structures of a measurement" },
}

---Raise what is wrong with the parameters, from check.
---@param format string
---@param ... any
function kit.fail(format, ...)
  options.refuse("%s", options.format("kit.fail", format, ...))
end

---A parameter that chooses some of several cases; p gets the list of those chosen.
---@param name string
---@param choices string[]
---@param text string its help
---@return table
function kit.cases(name, choices, text)
  options.argument("kit.cases", "the name", "string", name)
  for k, choice in ipairs(options.argument("kit.cases", "the choices", "table", choices)) do
    options.argument("kit.cases", "choice " .. k, "string", choice)
  end
  return kit.group { { name, table.concat(choices, ","), kind = "words", choices = choices,
                       repeated = false, help = text } }
end

-- ---------------------------------------------------------------- atoms ----

-- Which kind of potential a name means, and the name as its constructor takes it.
local function kind_of_potential(name)
  local model = name:match "^kim:(.+)$"
  if model then return "kim", model end
  if name:find "%.network$" or name:find "%.network%.gz$" then return "network", name end
  return "eam", name
end

---The potential that the parameters name: a setfl file, a network in a file NAME.network, or a
---model of OpenKIM as kim:MODEL.
---@param p table
---@return vitrum.Potential
function kit.potential(p)
  options.argument("kit.potential", "the parameters", "table", p)
  local given = options.argument("kit.potential", "p.potential", "string", p.potential)
  local taper = options.argument("kit.potential", "p.taper", "number", p.taper, 0)
  local kind, name = kind_of_potential(given)
  local make = require("vitrum").potential[kind]
  if kind == "eam" then return make(name, { taper = taper }) end
  if taper > 0 then
    kit.fail("taper is for setfl files; the forces of %s end as they are", given)
  end
  return make(name)
end

---A glass with its potential.
---@param p table parameters of the group kit.glass
---@param path string? a file of the same species to read instead of p.glass
---@param more table? further options of vt.atoms.read
---@return vitrum.Atoms
function kit.read(p, path, more)
  options.argument("kit.read", "the parameters", "table", p)
  local given = { species = p.species }
  for key, value in pairs(options.given("kit.read", more)) do given[key] = value end
  local glass = require("vitrum").atoms.read(path or p.glass, given)
  glass.potential = kit.potential(p)
  return glass
end

---A short name for a file: without its folder and endings.
---@param path string
---@return string
function kit.label(path)
  options.argument("kit.label", "the path", "string", path)
  return (path:gsub("^.*/", ""):gsub("%.gz$", ""):gsub("%.%a+$", ""))
end

---A glass that moves: with random velocities where the file has none.
---@param p table parameters of the groups kit.glass and kit.dynamics
---@param temperature number? [K], of these velocities: p.temperature unless given
---@return vitrum.Atoms
function kit.moving(p, temperature)
  options.argument("kit.moving", "the parameters", "table", p)
  if not p.glass then
    raise "out:md: give start = function() return atoms end, since there is no parameter 'glass'"
  end
  local glass = kit.read(p)
  temperature = temperature or p.temperature
  if glass:temperature() == 0 and temperature then
    glass:thermalize{ temperature = temperature, seed = p.seed }
  end
  return glass
end

-- Random packing leaves close pairs; they only have to be taken apart before a melt is stirred.
local PACKING_FMAX <const> = 1.0 -- [eV/A]

---A random packing at a temperature, with its potential.
---@param p table parameters of the group kit.melt, and seed
---@param temperature number [K]
---@return vitrum.Atoms
function kit.packing(p, temperature)
  options.argument("kit.packing", "the parameters", "table", p)
  options.argument("kit.packing", "the temperature", "positive", temperature)
  local vt = require "vitrum"
  local atoms = vt.atoms.random{ composition = p.composition, n = p.atoms, seed = p.seed }
  atoms.potential = kit.potential(p)
  vt.minimize(atoms, { fmax = PACKING_FMAX, max_evaluations = 500 })
  return atoms:thermalize{ temperature = temperature, seed = p.seed }
end

local INHERENT_FMAX <const> = 1e-4 -- [eV/A]
local WORST <const> = 10 -- times that: where rounding stops a descent, still good

local function check_atoms(where, value)
  if not options.is(value, "Atoms") then
    raise("%s: expected atoms, got %s", where, numbers.show(value))
  end
end

---The inherent structure below atoms, which stay as they are.
---@param atoms vitrum.Atoms
---@param given table? options of vt.minimize; fmax is 1e-4 eV/A unless given
---@return vitrum.Atoms copy the inherent structure
---@return table result of vt.minimize
function kit.inherent(atoms, given)
  local all = { fmax = INHERENT_FMAX }
  for key, value in pairs(options.given("kit.inherent", given)) do all[key] = value end
  check_atoms("kit.inherent", atoms)
  local copy = atoms:copy()
  local result = require("vitrum").minimize(copy, all)
  if result.fmax > WORST * all.fmax then
    error(("the minimization stopped at %.2g eV/A instead of %g: %s"):format(result.fmax, all.fmax,
      result.reason), 0)
  end
  return copy, result
end

-- ---------------------------------------------------------------- checks ----

-- The least distance between opposite periodic faces of a box [A].
local function width(box)
  local edges, least = { box.a, box.b, box.c }, math.huge
  for k = 1, 3 do
    local u, v = edges[k % 3 + 1], edges[(k + 1) % 3 + 1]
    local x, y, z = u[2] * v[3] - u[3] * v[2], u[3] * v[1] - u[1] * v[3], u[1] * v[2] - u[2] * v[1]
    local area = math.sqrt(x * x + y * y + z * z)
    if box.periodic[k] then least = math.min(least, box.volume / area) end
  end
  return least
end

---Refuse, or warn about, a distance that does not fit into the box: beyond the whole box only
---images are seen, beyond half of it each atom sees images of the others.
---@param atoms vitrum.Atoms
---@param name string of the parameter
---@param distance number [A]
function kit.check_distance(atoms, name, distance)
  check_atoms("kit.check_distance", atoms)
  options.argument("kit.check_distance", "the name", "string", name)
  options.argument("kit.check_distance", "the distance", "positive", distance)
  local least = width(atoms:box())
  if distance > least then
    error(("%s (%g A) is more than the width of the box (%.1f A); take a larger glass or a "
      .. "smaller %s"):format(name, distance, least, name), 0)
  elseif 2 * distance > least then
    session.warn(("%s (%g A) is more than half of the box (%.1f A wide): atoms see images of each "
      .. "other; take a larger glass or a smaller %s"):format(name, distance, least, name))
  end
end

local ALIKE <const> = 0.02 -- difference of shares within one alloy

-- "Cu 64 %, Zr 36 %"
local function alloy_text(shares)
  local list = {}
  for symbol, share in pairs(shares) do
    list[#list + 1] = ("%s %.3g %%"):format(symbol, 100 * share)
  end
  table.sort(list)
  return table.concat(list, ", ")
end

local function is_alike(one, other)
  for symbol, share in pairs(one) do
    if not other[symbol] or math.abs(share - other[symbol]) > ALIKE then return false end
  end
  return true
end

---The glass in the file that a parameter names, which must be of the same alloy as `glass`: the
---same species, with shares that agree to two percent of all atoms. `glass` itself where the
---parameter is not given.
---@param p table
---@param glass vitrum.Atoms
---@param name string of the parameter
---@return vitrum.Atoms
function kit.same_alloy(p, glass, name)
  options.argument("kit.same_alloy", "the parameters", "table", p)
  check_atoms("kit.same_alloy", glass)
  options.argument("kit.same_alloy", "the name", "string", name)
  if not p[name] then return glass end
  local other = kit.read(p, p[name])
  local here, there = glass:composition(), other:composition()
  if not is_alike(here, there) or not is_alike(there, here) then
    kit.fail("%s must be a glass of the same alloy: %s is %s, and the first glass %s", name,
      p[name], alloy_text(there), alloy_text(here))
  end
  return other
end

for _, entry in ipairs {
  { "group", "kit.group(entries) -> group",
    "A list of declarations of parameters that several protocols share. Called with a table it "
      .. "gives the group with other defaults, group{ timestep = 0.004 }, or without some of its "
      .. "members, group{ pressure = false }. There are kit.glass, kit.melt, kit.taper, "
      .. "kit.dynamics, kit.treatment, kit.structure and kit.searches.",
    'params = { kit.glass, kit.dynamics{ temperature = 77 }, { "strain", 0.2, above = 0 } }' },
  { "cases", "kit.cases(name, choices, help) -> group",
    "A parameter that chooses some of several cases, all by default; p gets the list of those "
      .. "chosen.",
    'kit.cases("mode", { "athermal", "thermal" }, "of loading")' },
  { "temperature", "kit.temperature(name, default, help) -> declaration",
    "Declares a parameter that is a temperature [K]; without a default it is optional.",
    'params = { kit.temperature("low", 10, "lower temperature") }' },
  { "time", "kit.time(name, default, help) -> declaration",
    "Declares a parameter that is a time [ps]; without a default it is optional.",
    'params = { kit.time("relax", 100, "before the start") }' },
  { "rate", "kit.rate(name, default, help) -> declaration",
    "Declares a parameter that is a rate of heating or cooling [K/s].",
    'params = { kit.rate("cooling_rate", 1e12, "of the quench") }' },
  { "fail", "kit.fail(format, ...)",
    "Raises an error about the parameters, from the check function of a protocol.",
    'kit.fail("low (%g K) must be below high (%g K)", p.low, p.high)' },
  { "potential", "kit.potential(p) -> Potential",
    "The potential that p.potential names: a setfl file, tapered over p.taper where that is given, "
      .. "a network in NAME.network, or an OpenKIM model as kim:MODEL.",
    "local potential = kit.potential(p)" },
  { "read", "kit.read(p, [path, options]) -> Atoms",
    "The glass of p.glass, or of another file of the same species, with its potential; options as "
      .. "of vt.atoms.read.",
    "local glass = kit.read(p)" },
  { "label", "kit.label(path) -> text", "A short name for a file: without its folder and endings.",
    'print(kit.label "glasses/Cu64Zr36.data.gz")' },
  { "moving", "kit.moving(p, [temperature]) -> Atoms",
    "The glass of p.glass with random velocities where the file has none, for p.temperature [K] "
      .. "unless another is given.",
    "local glass = kit.moving(p)" },
  { "packing", "kit.packing(p, temperature) -> Atoms",
    "A random packing of p.composition and p.atoms at a temperature [K], to be melted.",
    "local melt = kit.packing(p, 2000)" },
  { "inherent", "kit.inherent(atoms, [options]) -> Atoms, result",
    "The inherent structure below atoms, which stay as they are; options as of vt.minimize, fmax "
      .. "is 1e-4 eV/A unless given. A descent that stops far above it is an error.",
    "local inherent, minimum = kit.inherent(md.atoms)" },
  { "check_distance", "kit.check_distance(atoms, name, distance)",
    "Refuses a distance [A] beyond the width of the box, and warns of one beyond half of it; name "
      .. "is that of the parameter.", 'kit.check_distance(glass, "rmax", p.rmax)' },
  { "same_alloy", "kit.same_alloy(p, glass, name) -> Atoms",
    "The glass in the file that the parameter of that name gives, or glass itself where it is not "
      .. "given. Refuses one of another alloy: of other species, or with a share that differs by "
      .. "more than two percent of all atoms.",
    'local other = kit.same_alloy(p, glass, "compare")' },
} do
  help.document("protocol.kit." .. entry[1], { signature = entry[2], summary = entry[3],
                                               example = entry[4] })
end

for name, text in pairs {
  glass = "A glass from a file: glass, species, potential.",
  taper = "Beside the potential: taper.",
  melt = "A melt to be made: composition, atoms, potential.",
  dynamics = "Dynamics: temperature, pressure, timestep, sample_every, seed, precision.",
  structure = "A pair distribution: rmax, bins.",
  searches = "Searches for saddles: searches, centers, force, workers.",
  treatment = "A treatment of a glass: room, relax, minima.",
} do
  help.document("protocol.kit." .. name, {
    signature = ("kit.%s, kit.%s{ name = default, ... }"):format(name, name),
    summary = text .. " A group of parameters; called with a table it gives the group with other "
      .. "defaults, and name = false leaves one out.",
    example = ("params = { kit.%s }"):format(name) })
end

for name, f in pairs(require "vitrum.protocol.pieces") do kit[name] = f end
for name, f in pairs(require "vitrum.protocol.treatment") do kit[name] = f end
for name, f in pairs(require "vitrum.protocol.comparison") do kit[name] = f end

local loading = require "vitrum.protocol.loading"
for name, f in pairs(loading) do kit[name] = f end
kit.loading, kit.GROUP = kit.group(loading.GROUP), nil

return kit
