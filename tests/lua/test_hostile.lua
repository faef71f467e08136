-- Objects that end while they are worked on, and metamethods called by hand: errors, never memory
-- that is gone. What goes wrong here shows under the address sanitizer.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"
local folder = require "io_folder"
local inspect = require "vitrum.base.inspect"
local session = require "vitrum.session"
local motion_core = require "vitrum.motion_core"
local order_core = require "vitrum.order_core"
local pair_core = require "vitrum.pair_core"
local saddle_core = require "vitrum.saddle_core"
local store_core = require "vitrum.store_core"
local strain_core = require "vitrum.strain_core"
local train_core = require "vitrum.train_core"

local path = folder.name

local lj = vt.potential.lj{ species = "Ar", epsilon = 0.0104, sigma = 3.4, cutoff = 6 }
local samples = {} -- by number of atoms: making one takes longer than copying it

local function argon(n)
  n = n or 40
  if not samples[n] then
    samples[n] = vt.atoms.random{ composition = "Ar", n = n, number_density = 0.02, seed = 1 }
    samples[n].potential = lj
  end
  return samples[n]:copy()
end

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  lu.assertFalse(ok)
  return message
end

-- An options table that ends `object` when a key is looked up that it lacks.
local function closing(object, options)
  return setmetatable(options or {}, { __index = function() object:close() end })
end

TestHostile = { tearDown = folder.remove }

function TestHostile.setUp()
  folder.make()
  argon(4):save(path "frames.xyz"):save(path "frames.xyz", { append = true })
end

function TestHostile.test_options_that_close_the_atoms()
  local atoms = argon()
  lu.assertStrContains(message_of(vt.structure.voronoi, atoms, closing(atoms)),
    "these atoms are closed")
  atoms = argon()
  atoms.potential = nil
  local options = closing(atoms, { to = "Kr", count = 3 })
  lu.assertStrContains(message_of(atoms.substitute, atoms, options), "these atoms are closed")
  atoms = argon()
  lu.assertStrContains(message_of(atoms.set_box, atoms, closing(atoms)), "these atoms are closed")
end

function TestHostile.test_options_are_inherited_alike()
  local atoms = argon()
  local inherited = setmetatable({}, { __index = { temperature = 20, seed = 3 } })
  local given = { temperature = 20, seed = 3 }
  local other = atoms:copy():thermalize(given)
  lu.assertTrue(atoms:thermalize(inherited):velocities():equals(other:velocities()))
  inherited = setmetatable({}, { __index = { temperature = -1 } })
  lu.assertStrContains(message_of(atoms.thermalize, atoms, inherited),
    "'temperature' [K] must be a number that is not negative")
  lu.assertNil(next(inherited)) -- the user's table stays as it was
end

function TestHostile.test_index_called_by_hand()
  local atoms, array = argon(), vt.array{ 1, 2 }
  local index = getmetatable(atoms).__index
  lu.assertStrContains(message_of(index, atoms, 3, 5), "atoms are not indexed by number")
  lu.assertStrContains(message_of(index, atoms), "atoms are not indexed by nil")
  lu.assertIsFunction(index(atoms, "energy", 1, 2, 3))
  lu.assertStrContains(message_of(index, array, "sum"), "vitrum.Atoms expected")
  lu.assertStrContains(message_of(getmetatable(array).__index, 5, "shape"), "vitrum.Array expected")
  lu.assertStrContains(message_of(getmetatable(array).__index), "vitrum.Array expected")
end

function TestHostile.test_table_of_methods_taken_away()
  for _, object in ipairs{ argon(), vt.array{ 1, 2 }, vt.structure.voronoi(argon()),
    vt.stz.lattice{ n = 16, modes = 2 }, vt.md(argon()), vt.potential.kob_andersen() } do
    local metatable = getmetatable(object)
    local methods = metatable.methods
    metatable.methods = nil
    local ok, value = pcall(function() return object.foo end)
    metatable.methods = methods
    if ok then lu.assertNil(value) else lu.assertStrContains(value, "foo") end
  end
end


-- A crystal in its minimum, and a search in it that soon ends.
local FEW_STEPS <const> = { all = true, leave_steps = 1, start_fmax = 1 }
local function few_argon()
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
  atoms.potential = lj
  return atoms
end

-- Every C method of every registered type is attacked below. A new type needs its line here (false:
-- no program ever gets hold of one), a new method one in ARGUMENTS only if it needs arguments.
local FACTORIES = {
  Atoms = function() return argon(20) end,
  Potential = function() return vt.potential.kob_andersen() end,
  MD = function(name)
    local md = vt.md(argon(20))
    return (name or ""):find "^md_core" and md:run{ steps = 2, every = 0.002 } or md
  end,
  Lattice = function()
    local lattice = vt.stz.lattice{ n = 16, modes = 2 }
    return lattice:set_load{ strain_rate = 1e-4, strain = { xx = 1 }, stress = { yy = 0, xy = 0 } }
  end,
  Voronoi = function() return vt.structure.voronoi(argon(20)) end,
  Progress = function() return vt.progress("work", 10) end,
  Array = function(method)
    local square = { solve = 1, inverse = 1, det = 1, trace = 1, eigen = 1, svd = 1, cholesky = 1,
      least_squares = 1, row = 1, column = 1, diagonal = 1, transpose = 1, totable = 1, get = 2,
      ["view_core.open"] = 1, ["learn_core.fit"] = 1, ["learn_core.predict"] = 1,
      ["learn_core.columns"] = 1, ["learn_core.write_samples"] = 1 }
    if method == "view_core.looks" or method == "view_core.ids" then
      return vt.array({ 4, 1, 9 }, "int64")
    end
    if square[method] then return vt.array{ { 4, 1, 0 }, { 1, 3, 1 }, { 0, 1, 2 } } end
    return vt.array{ 1, 0, 3, 2, 0, 5 }
  end,
  Rdf = function()
    local rdf = pair_core.new(5, 10)
    pair_core.add(rdf, argon(20))
    return rdf
  end,
  MotionSums = function()
    local sums = motion_core.new(false, 1, 5, false, 1, 1e6)
    motion_core.add(sums, argon(20))
    return sums
  end,
  StrainReference = function() return strain_core.reference(argon(20), 5) end,
  Bonds = function() return order_core.bonds_within(argon(20), 5) end,
  Store = store_core.available and function()
    return store_core.create(path "hostile.db", argon(20), { "seed", "1" }, 1, 1)
  end,
  Reader = function() return (select(4, vt.atoms.frames(path "frames.xyz"))) end,
  Searches = function() return (saddle_core.create(few_argon(), FEW_STEPS)) end,
  Crew = function()
    local crew = saddle_core.crew(saddle_core.create(few_argon(), FEW_STEPS), 1)
    saddle_core.give(crew, 1, 1)
    return crew
  end,
  Training = function(method)
    local training = train_core.create("", { "Ar" }, 1, 1, 4, { 2 }, "silu", 1, 1, 0.01, 1e-4)
    local file = path "learn.xyz"
    argon(5):save(file, { forces = true, overwrite = true })
    train_core.read(training, "", file, true)
    if method ~= "train_core.assign" then train_core.assign(training, "", { 1 }) end
    return training
  end,
  TrainingFile = false,
  SearchEvent = false,
  Clusters = false,
  Frame = false,
  Linear = false,
}

local ARGUMENTS = {
  ["Atoms:append"] = function() return argon(3) end,
  ["Atoms:atom"] = function() return 3 end,
  ["Atoms:delete"] = function() return { 1, 5 } end,
  ["Atoms:displace"] = function() return 1, 2, 3 end,
  ["Atoms:match"] = function(atoms) return atoms:select{ 3, 2, 1 } end,
  ["Atoms:rattle"] = function() return { amplitude = 0.1 } end,
  ["Atoms:replicate"] = function() return 1, 2, 1 end,
  ["Atoms:save"] = function()
    return path "hostile.xyz", { columns = { c = vt.array.zeros(20) }, overwrite = true }
  end,
  ["Atoms:select"] = function() return vt.array{ 1, 5, 7 } end,
  ["Atoms:set_box"] = function()
    return { lengths = { 12, 12, 12 }, periodic = { true, true, false } }
  end,
  ["Atoms:set_mass"] = function() return "Ar", 40 end,
  ["Atoms:strain"] = function()
    return { gradient = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1.1 } } }
  end,
  ["Atoms:substitute"] = function()
    return { to = "Ar", atoms = function(atom) return atom.x > 3 end }
  end,
  ["Atoms:thermalize"] = function() return { temperature = 10 } end,
  ["Lattice:advance"] = function() return { steps = 3 } end,
  ["Lattice:field"] = function() return "von_mises" end,
  ["Lattice:save"] = function() return path "hostile.stz" end,
  ["Lattice:set_load"] = function() return { strain_rate = 1e-4, strain = { xx = 1 } } end,
  ["Voronoi:fraction"] = function() return "0,0,12,0", { species = "Ar" } end,
  ["Voronoi:polyhedron"] = function() return 3 end,
  ["Progress:update"] = function() return 3, "more" end,
  ["Array:assign"] = function() return { 1, 2, 3, 4, 5, 6 } end,
  ["Array:astype"] = function() return "int32" end,
  ["Array:clip"] = function() return 1, vt.array{ 2, 2, 2, 3, 3, 3 } end,
  ["Array:get"] = function() return 2, 2 end,
  ["Array:near"] = function() return { 1, 2, 3, 4, 5, 6 }, 9 end,
  ["Array:quantile"] = function() return { 0.1, 0.5 } end,
  ["Array:reshape"] = function() return { 2, -1 } end,
  ["Array:set"] = function() return 2, 7 end,
  ["Array:solve"] = function() return { 1, 2, 3 } end,
  ["Array:least_squares"] = function() return vt.array{ 1, 2, 3 } end,
  ["Array:row"] = function() return 2 end,
  ["Array:column"] = function() return 2 end,
  ["Array:select"] = function() return vt.array({ 1, 0, 1, 1, 0, 1 }, "int32") end,
  ["Array:slice"] = function() return { 2, -1, 2 } end,
}
for _, name in ipairs{ "dot", "eq", "ne", "lt", "le", "gt", "ge", "equals", "fill" } do
  ARGUMENTS["Array:" .. name] = function() return vt.array{ 1, 2, 3, 4, 5, 6 } end
end

-- Functions in C that stand on objects: type of the first argument, false for those that take none.
-- The modules with "core" in their name are searched for others.
local FUNCTIONS = {
  ["pair_core.new"] = false,
  ["pair_core.transform"] = "Array",
  ["pair_core.add"] = "Rdf",
  ["pair_core.merge"] = "Rdf",
  ["pair_core.result"] = "Rdf",
  ["pair_core.atomic"] = "Atoms",
  ["motion_core.new"] = false,
  ["motion_core.add"] = "MotionSums",
  ["motion_core.lags"] = "MotionSums",
  ["motion_core.thinning"] = "MotionSums",
  ["motion_core.note"] = "MotionSums",
  ["motion_core.values"] = "MotionSums",
  ["strain_core.reference"] = "Atoms",
  ["strain_core.since"] = "StrainReference",
  ["strain_core.deformation"] = "Atoms",
  ["order_core.packing"] = "Voronoi",
  ["order_core.free_volume"] = "Voronoi",
  ["order_core.types"] = "Voronoi",
  ["order_core.clusters"] = "Voronoi",
  ["order_core.bonds_voronoi"] = "Voronoi",
  ["order_core.bonds_within"] = "Atoms",
  ["order_core.bonds_nearest"] = "Atoms",
  ["order_core.bond_order"] = "Bonds",
  ["order_core.common_neighbors"] = "Bonds",
  ["order_core.bond_count"] = "Bonds",
  ["field_core.extent"] = "Atoms",
  ["field_core.bin"] = "Atoms",
  ["field_core.coarse"] = "Atoms",
  ["view_core.positions"] = "Atoms",
  ["view_core.open"] = "Array",
  ["view_core.looks"] = "Array",
  ["view_core.values"] = "Array",
  ["view_core.ids"] = "Array",
  ["view_core.base64"] = false,
  ["mechanics_core.defaults"] = false,
  ["mechanics_core.elastic"] = "Atoms",
  ["mechanics_core.averages"] = "Array",
  ["modes_core.defaults"] = false,
  ["modes_core.lowest"] = "Atoms",
  ["modes_core.all"] = "Atoms",
  ["modes_core.moments"] = "Atoms",
  ["modes_core.density"] = "Array",
  ["modes_core.quasilocal"] = "Atoms",
  ["modes_core.displacement"] = "Atoms",
  ["fluctuations_core.check"] = "Atoms",
  ["fluctuations_core.run"] = "MD",
  ["fluctuations_core.under_stress"] = "Array",
  ["fluctuations_core.sums"] = false,
  ["fluctuations_core.atom_sums"] = false,
  ["vibrations_core.run"] = "MD",
  ["vibrations_core.correlate"] = "Array",
  ["vibrations_core.density"] = "Array",
  ["vibrations_core.sums"] = false,
  ["descriptor_core.radial"] = "Atoms",
  ["descriptor_core.angular"] = "Atoms",
  ["descriptor_core.chebyshev"] = "Atoms",
  ["train_core.defaults"] = false,
  ["train_core.create"] = false,
  ["train_core.text"] = "Potential",
  ["train_core.range"] = "Potential",
  ["learn_core.defaults"] = false,
  ["learn_core.fit"] = "Array",
  ["learn_core.predict"] = "Array",
  ["learn_core.columns"] = "Array",
  ["learn_core.compare"] = "Array",
  ["saddle_core.defaults"] = false,
  ["saddle_core.create"] = "Atoms",
  ["saddle_core.search"] = "Searches",
  ["saddle_core.refine"] = "Searches",
  ["saddle_core.crew"] = "Searches",
  ["saddle_core.give"] = "Crew",
  ["saddle_core.take"] = "Crew",
  ["saddle_core.stop"] = "Crew",
  ["learn_core.read_samples"] = false,
  ["learn_core.write_samples"] = "Array",
  ["saddle_core.neb"] = "Atoms",
  ["picture_core.draw"] = "Array",
  ["picture_core.bonds"] = "Array",
  ["mechanics_core.quasistatic"] = "Atoms",
  ["store_core.columns"] = false,
  ["store_core.available"] = false,
  ["store_core.create"] = false,
  ["store_core.open"] = false,
  ["store_core.merge"] = false,
  ["store_core.network"] = false,
  ["store_core.pause"] = false,
  ["lammps_core.unit"] = false,
  ["lammps_core.model"] = "Atoms",
  ["lammps_core.write"] = "Atoms",
  ["lammps_core.read"] = "Atoms",
  ["lammps_core.hand_over"] = "MD",
  ["lammps_core.follow"] = "MD",
  ["md_core.columns"] = false,
  ["md_core.restore"] = false,
  ["md"] = "Atoms",
  ["minimize"] = "Atoms",
  ["structure.voronoi"] = "Atoms",
  ["array.where"] = "Array",
  ["array.minimum"] = "Array",
  ["array.hypot"] = "Array",
}
for name in ("job check begin advance place stop drive sample row settings save"):gmatch "%l+" do
  FUNCTIONS["md_core." .. name] = "MD"
end
for name in ([[close facts atoms plan claim add flush keys column reasons displacements shapes
  duplicates]]):gmatch "%l+" do
  FUNCTIONS["store_core." .. name] = store_core.available and "Store"
end
for name in ([[read formation assign run errors predict keep recall describe
  potential state restore]]):gmatch "%l+" do
  FUNCTIONS["train_core." .. name] = "Training"
end
local function two_keys() return vt.array({ 1000001, 2000001 }, "int64") end
for name, make in pairs{
  ["store_core.plan"] = function() return { 1, 2 }, 2 end,
  ["store_core.claim"] = function(store)
    store_core.plan(store, { 1, 2 }, 1000)
    return 2
  end,
  ["store_core.add"] = function()
    return { center = 1, search = 1, seed = 1, reason = "connected", connected = true, barrier = 1,
             curvature = -1, force = 0.1,
             saddle = { atoms = { 1 }, displacement = { { 1, 2, 3 } } },
             final = { atoms = { 2 }, displacement = { { 1, 2, 3 } } } }
  end,
  ["store_core.column"] = function() return two_keys(), "barrier" end,
  ["store_core.reasons"] = two_keys,
  ["store_core.displacements"] = function() return 1000001, false end,
  ["store_core.shapes"] = function() return two_keys(), true, 0.1 end,
  ["store_core.duplicates"] = function() return two_keys(), { 1, 2 }, 0.1, 0.1 end,
  ["lammps_core.write"] = function() return path "hostile.data" end,
  ["lammps_core.hand_over"] = function() return path "hostile.data" end,
  ["md_core.check"] = function() return "MD:run" end,
  ["md_core.begin"] = function() return { temperature = { 10, 20 }, steps = 2 } end,
  ["md_core.advance"] = function() return 5 end,
  ["md_core.drive"] = function() return function() end end,
  ["md_core.sample"] = function() return 2 end,
  ["md_core.row"] = function() return 2 end,
  ["md_core.save"] = function() return path "hostile.checkpoint", true, "", "MD:save" end,
  ["pair_core.transform"] = function() return 5, 10, true end,
  ["pair_core.add"] = function() return argon(20) end,
  ["pair_core.merge"] = function() return FACTORIES.Rdf() end,
  ["pair_core.atomic"] = function() return "Ar", 5, 10 end,
  ["motion_core.add"] = function() return argon(20) end,
  ["motion_core.values"] = function() return "msd" end,
  ["strain_core.reference"] = function() return 5 end,
  ["strain_core.since"] = function() return argon(20), 5, false end,
  ["strain_core.deformation"] = function() return argon(20), { cutoff = 5 } end,
  ["order_core.free_volume"] = function() return { Ar = 1.5 } end,
  ["order_core.clusters"] = function() return { 0, 0, 12, 0 } end,
  ["order_core.bonds_within"] = function() return 5 end,
  ["order_core.bonds_nearest"] = function() return 4 end,
  ["order_core.bond_order"] = function() return 6, true end,
  ["field_core.extent"] = function() return 1 end,
  ["field_core.bin"] = function()
    local zeros = vt.array.zeros
    return vt.array.ones(20), zeros(4), zeros(4), zeros(4), 1, 4, 0, 10
  end,
  ["view_core.positions"] = function() return vt.array.zeros(20, 3) end,
  ["view_core.open"] = function()
    return vt.array.ones(3), vt.array.zeros(3, { dtype = "int64" })
  end,
  ["view_core.values"] = function() return 0, 5 end,
  ["field_core.coarse"] = function() return vt.array.ones(20), 3 end,
  ["mechanics_core.quasistatic"] = function()
    return { 0, 0, 0, 0, 0, 1 }, { 0, 0, 0, 0, 0, 0 }, 1e-4, 1e-6, 1, 1e-2, 0, 2e-4, 2
  end,
  ["fluctuations_core.run"] = function()
    return vt.array.zeros(81), vt.array.zeros(20, 78), 1, 1, 1e-4, vt.array.zeros(6), 2
  end,
  ["fluctuations_core.under_stress"] = function() return vt.array.zeros(6) end,
  ["vibrations_core.run"] = function()
    return vt.array.zeros(20, 3), vt.array.zeros(20, 8), nil, 0, 1, 2, 2
  end,
  ["vibrations_core.correlate"] = function() return 1, vt.array.zeros(1, 2) end,
  ["vibrations_core.density"] = function() return 0.02, "hann", "Vibrations:spectrum" end,
  ["saddle_core.create"] = function() return { start_fmax = 100, force = 10 } end,
  ["saddle_core.search"] = function() return 1, 1 end,
  ["saddle_core.refine"] = function() return { 1 }, { { 0.1, 0, 0 } }, 1 end,
  ["saddle_core.crew"] = function() return 1 end,
  ["saddle_core.give"] = function() return 2, 1 end,
  ["saddle_core.neb"] = function()
    return argon(20):displace(0.1, 0, 0), nil, { images = 3, spring = 1, force = 1, steps = 1,
      max_step = 0.1, climb = false }
  end,
  ["mechanics_core.elastic"] = function() return 1e-3, 50, 1e-4, true end,
  ["modes_core.lowest"] = function() return 3, nil, 1e-6, 9, 1, true, true end,
  ["modes_core.all"] = function() return true end,
  ["modes_core.moments"] = function() return 12, 16, 1 end,
  ["modes_core.density"] = function() return 5, { 1, 2 } end,
  ["modes_core.quasilocal"] = function()
    return vt.array.random(2, 60), 0, 1e-2, 20, true
  end,
  ["modes_core.displacement"] = function() return 2, 1e-4, 20, 4, 2, 1 end,
  ["descriptor_core.radial"] = function()
    return "Radial:compute", { "Ar" }, { 1, 2 }, 1, 0.5, 9, 0.5, 5, { 1 }
  end,
  ["descriptor_core.angular"] = function()
    return "Angular:compute", { "Ar" }, { 1, 2 }, 4, { { 3, 1, 1 } }
  end,
  ["descriptor_core.chebyshev"] = function()
    return "Chebyshev:compute", { "Ar" }, { 1, 2 }, 2, 3, 5
  end,
  ["train_core.read"] = function() return "learn.network", path "frames.xyz", true end,
  ["train_core.assign"] = function() return "learn.network", { 1 } end,
  ["train_core.run"] = function() return "Network:train", 2 end,
  ["train_core.errors"] = function() return "Network:train" end,
  ["train_core.predict"] = function() return "Network:train" end,
  ["train_core.state"] = function() return "Network:train" end,
  ["train_core.restore"] = function() return "Network:resume", ("x"):rep(64) end,
  ["learn_core.fit"] = function()
    return { 1, 2, 3 }, "learn.svr", false, nil, nil, 0, 1, { 1 }, { 0.1 }, 1e-6, 5
  end,
  ["learn_core.write_samples"] = function()
    return "learn.write_svmlight", path "samples.txt", { 1, 2, 3 }, true
  end,
  ["learn_core.predict"] = function() return "LinearModel:predict", { 1, 2, 3 }, 0 end,
  ["learn_core.columns"] = function() return "learn.svr" end,
  ["learn_core.compare"] = function() return "learn.score", { 1, 2, 3, 4, 5, 6 } end,
  ["picture_core.bonds"] = function() return { 1, 1 }, vt.array({ 5, 6 }, "int32"), 3 end,
  ["picture_core.draw"] = function()
    return { 1, 1 }, vt.array({ 5, 6 }, "int32"), {}, "png"
  end,
  ["md"] = function() return { ensemble = "npt", stress = { xx = 1 } } end,
  ["minimize"] = function() return { max_evaluations = 5, box = "axes", pressure = 1 } end,
  ["structure.voronoi"] = function() return { radii = { Ar = 1.9 } } end,
  ["array.where"] = function() return { 1, 2, 3, 4, 5, 6 }, 7 end,
  ["array.minimum"] = function() return { 1, 2, 3, 4, 5, 6 } end,
  ["array.hypot"] = function() return { 1, 2, 3, 4, 5, 6 } end,
} do if FUNCTIONS[name] then ARGUMENTS[FUNCTIONS[name] .. ":" .. name] = make end end

-- What changes an object so that its memory moves.
local MOVES = {
  Atoms = function(atoms)
    atoms:append(argon(9))
    atoms:delete{ 1 }
    atoms.potential = nil
  end,
  Array = function(array) array:fill(1) end,
  MD = function(md) md:run{ steps = 1 } end,
  Lattice = function(lattice) lattice:advance{ steps = 1 } end,
  Rdf = function(rdf) pair_core.add(rdf, argon(9)) end,
  MotionSums = function(sums) motion_core.add(sums, argon(20)) end,
}

local function find_functions(call)
  for module in pairs(package.preload) do
    local core = module:match "^vitrum%.(%w+_core)$"
    for name in pairs(core and require(module) or {}) do
      lu.assertNotNil(FUNCTIONS[core .. "." .. name], core .. "." .. name)
    end
  end
  for name, type_name in pairs(FUNCTIONS) do
    local core, f = name:match "^(%w+_core)%.", vt
    if core then f = { [core] = require("vitrum." .. core) } end
    for part in name:gmatch "[%w_]+" do f = f[part] end
    if type_name then
      call(type_name, name, f, function() return FACTORIES[type_name](name) end)
    end
  end
end

local function each_method(call)
  find_functions(call)
  for type_name, metatable in pairs(session.types()) do
    local make = FACTORIES[type_name]
    lu.assertNotNil(make, "no factory for " .. type_name .. " in tests/lua/test_hostile.lua")
    local functions = {}
    for name, f in pairs(metatable.methods) do functions[name] = f end
    for name, f in pairs(metatable) do
      if type(f) == "function" then functions[name] = f end
    end
    for name, f in pairs(functions) do
      if make and debug.getinfo(f, "S").what == "C" and name ~= "help" then
        call(type_name, name, f, function() return make(name) end)
      end
    end
  end
end

local function arguments_of(type_name, name, object)
  local make = ARGUMENTS[type_name .. ":" .. name]
  return table.pack(make and make(object))
end

local function finish(object)
  local metatable = getmetatable(object)
  pcall(metatable.methods.close or metatable.__gc, object)
end

-- A raised message is text and not the name of a problem inside Lua.
local function check_message(ok, message, where)
  if ok then return end
  lu.assertIsString(message, where)
  lu.assertNotStrContains(message, "attempt to", where)
end

function TestHostile.test_arguments_that_end_the_object()
  each_method(function(type_name, name, f, make)
    for place = 1, 3 do
      local object = make()
      local trap = function() finish(object) end
      local value = setmetatable({}, { __index = trap, __len = trap, __tostring = trap })
      local given = arguments_of(type_name, name, object)
      given.n = math.max(given.n, place)
      given[place] = value
      check_message(pcall(f, object, table.unpack(given, 1, given.n)))
    end
  end)
end

-- Run f so that every allocation collects all garbage and calls a finalizer; the one of number
-- `at` acts.
local function with_finalizers(at, act, f, ...)
  local count, over, mortal = 0, false, {}
  function mortal.__gc()
    if over then return end
    count = count + 1
    if count == at then pcall(act) end
    setmetatable({}, mortal)
  end
  collectgarbage "stop"
  setmetatable({}, mortal)
  collectgarbage("incremental", 0, 1000)
  collectgarbage "restart"
  local results = table.pack(pcall(f, ...))
  over = true
  collectgarbage("incremental", 200, 100)
  return results, count
end

local function shown(results)
  local texts = {}
  for k = 1, results.n do texts[k] = inspect.show(results[k]) end
  return (table.concat(texts, " "):gsub("0x%x+", "address"))
end

-- A method under attack gives what it gives in peace, or raises; these differ each time, or tell of
-- the end.
local own = { cost = true, close = true, __close = true, __gc = true, ["md_core.job"] = true,
  ["store_core.claim"] = true, ["saddle_core.search"] = true, ["saddle_core.take"] = true }

local function attack_by_finalizers(choose)
  each_method(function(type_name, name, f, make)
    if not choose(type_name) then return end
    local object = make()
    local given = arguments_of(type_name, name, object)
    local expected = shown(table.pack(pcall(f, object, table.unpack(given, 1, given.n))))
    for at = 1, 12 do
      object = make()
      given = arguments_of(type_name, name, object)
      local act = choose(type_name)
      local function attack()
        act(object)
        for k = 1, act == finish and given.n or 0 do
          if type(given[k]) == "userdata" then finish(given[k]) end
        end
      end
      local results, count = with_finalizers(at, attack, f, object, table.unpack(given, 1, given.n))
      local where = ("%s:%s at %d"):format(type_name, name, at)
      if results[1] then
        local text = shown(results)
        local ended = text:find "closed" or text:find "stale"
        if not ended and not own[name] and act ~= MOVES.Array then
          lu.assertEquals(text, expected, where)
        end
      else
        check_message(false, results[2], where)
      end
      if count < at then break end
    end
  end)
end

function TestHostile.test_finalizers_that_end_the_object()
  attack_by_finalizers(function() return finish end)
end

function TestHostile.test_finalizers_that_change_the_object()
  attack_by_finalizers(function(type_name) return MOVES[type_name] end)
end

function TestHostile.test_objects_after_their_end()
  each_method(function(type_name, name, f, make)
    local object = make()
    getmetatable(object).__gc(object)
    local given = arguments_of(type_name, name, make())
    check_message(pcall(f, object, table.unpack(given, 1, given.n)))
    finish(object)
    local ok, message = pcall(f, object, table.unpack(given, 1, given.n))
    check_message(ok, message, name)
    local may = { close = true, update = true, help = true }
    if ok and getmetatable(object).methods.close and name:sub(1, 2) ~= "__" and not may[name] then
      lu.fail(("%s:%s works on a closed object"):format(type_name, name))
    end
  end)
end

function TestHostile.test_objects_of_other_types()
  local others = { 5, "text", {}, io.stdout, print }
  for _, make in pairs(FACTORIES) do
    if make then others[#others + 1] = make() end
  end
  each_method(function(_, name, f, make)
    local metatable = getmetatable(make())
    local forged = setmetatable({}, metatable)
    others[#others + 1] = forged
    for _, other in ipairs(others) do
      if getmetatable(other) ~= metatable or other == forged then
        check_message(pcall(f, other, 1, 2, 3))
        check_message(pcall(f, other, other))
      end
    end
    others[#others] = nil
    check_message(pcall(f), name)
  end)
end

function TestHostile.test_the_end_from_a_coroutine()
  local atoms = argon(20)
  local options = setmetatable({}, {
    __index = function() coroutine.wrap(function() atoms:close() end)() end,
  })
  lu.assertStrContains(message_of(atoms.rattle, atoms, options), "these atoms are closed")
  atoms = argon(20)
  local message = message_of(atoms.select, atoms, function()
    coroutine.wrap(function() coroutine.wrap(function() atoms:append(argon(3)) end)() end)()
  end)
  lu.assertStrContains(message, "Atoms:append: a method that is still at work uses this object")
  lu.assertEquals(#atoms, 20)
end

function TestHostile.test_closing_in_coroutines_and_under_many_functions()
  local function deep(n, f)
    if n == 0 then f() else deep(n - 1, f) end
    return n
  end
  local function check_closed(run)
    local array = vt.array.zeros(10)
    local view = array:slice{ 1, 5 }
    run(function() array:close() end)
    lu.assertStrContains(message_of(array.sum, array), "the array was closed")
    lu.assertStrContains(message_of(view.sum, view), "stale view")
  end
  check_closed(function(f) f() end)
  check_closed(function(f) coroutine.wrap(f)() end)
  check_closed(function(f) deep(5000, f) end)
end

function TestHostile.test_views_whose_owner_ends_while_they_are_made()
  for at = 1, 6 do
    local atoms = argon(20)
    local results = with_finalizers(at, function() atoms:close() end, atoms.positions, atoms)
    local view = results[2]
    if tostring(atoms) == "Atoms (closed)" then
      lu.assertStrContains(tostring(view), "stale view")
      lu.assertStrContains(message_of(view.sum, view), "stale view")
    end
  end
end

function TestHostile.test_owner_of_a_view_taken_away()
  local view = argon(20):positions()
  debug.setuservalue(view, nil, 1)
  collectgarbage()
  lu.assertStrContains(message_of(function() return view[1][1] end), "stale view")
end

function TestHostile.test_reader_called_inside_itself()
  local next_frame, _, _, reader = vt.atoms.frames(path "frames.xyz")
  local inner
  local function call() inner = table.pack(pcall(next_frame)) end
  local results = with_finalizers(2, call, next_frame)
  lu.assertEquals(#results[2], 4)
  if inner then lu.assertStrContains(inner[2], "still at work") end
  getmetatable(reader).__close(reader)
  lu.assertNil((next_frame()))
end

function TestHostile.test_selection_that_grows_while_it_is_counted()
  local mask = vt.array({ 1, 0, 0, 0, 0, 0, 0, 0 }, "int32")
  local values = vt.array.range(8)
  for _, f in ipairs{ mask.find, function() return values:select(mask) end } do
    mask:assign{ 1, 0, 0, 0, 0, 0, 0, 0 }
    local results = with_finalizers(1, function() mask:fill(1) end, f, mask)
    if not results[1] then lu.assertStrContains(results[2], "changed while it was read") end
  end
end

function TestHostile.test_exit_inside_a_callback()
  for _, close in ipairs{ "true", "false" } do
    child.write(path "exit.lua", ([[
      local vt = require "vitrum"
      vt.quiet(true)
      local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 3 }
      atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.0104, sigma = 3.4 }
      local looking = setmetatable({}, { __gc = function() pcall(atoms.energy, atoms) end })
      local md = vt.md(atoms)
      md:run{ steps = 20, every = 0.002, sample = function(s)
        if s.step == 5 then os.exit(7, %s) end
      end }
      print(looking)
    ]]):format(close))
    local output, status = child.vitrum(folder.path, "exit.lua")
    lu.assertEquals(output, "")
    lu.assertEquals(status, 7)
  end
end

os.exit(lu.LuaUnit.run())
