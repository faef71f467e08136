-- Functions and methods written in Lua, with wrong arguments at each place: what they raise is a
-- message about the argument, never an error of the Lua interpreter or of its standard library.
local lu = require "luaunit"
local vt = require "vitrum"
local fixture = require "art_fixture"
local folder = require "io_folder"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local text = require "vitrum.base.text"

local message_of = folder.message

TestArguments = {}

-- No pictures: figures end at the start of gnuplot, and those of characters are not shown.
local write <const>, popen <const>, print_line <const> = io.write, io.popen, print

function TestArguments.setUp()
  folder.make()
  rawset(io, "popen", function() return nil, "no programs here" end)
  rawset(io, "write", function() return io.stdout end)
  rawset(_G, "print", function() end)
end

function TestArguments.tearDown()
  rawset(io, "popen", popen)
  rawset(io, "write", write)
  rawset(_G, "print", print_line)
  folder.remove()
end

-- Functions that raise for the caller's mistakes, which here are vitrum's own.
local STANDARD = {}
for _, library in ipairs{ _G, string, table, math, utf8, io, os, coroutine } do
  for _, f in pairs(library) do
    if type(f) == "function" and f ~= error then STANDARD[f] = true end
  end
end

-- The message with "accident: " in front when the interpreter or its library has raised it.
local function judge(message)
  local raiser = debug.getinfo(2, "Sf")
  local accident = raiser.what ~= "C" or STANDARD[raiser.func]
  return (accident and "accident: " or "") .. tostring(message)
end

-- Events of a store; without SQLite there are none.
local function events()
  local path = folder.name "events.db"
  if not folder.exists(path) then
    fixture.store(path, fixture.glass(25), 1, function(center, search)
      return fixture.event(center, search, 0.1 * center)
    end)
  end
  return vt.art.open(path)
end
local stores = require("vitrum.store_core").available

local function glass()
  return vt.atoms.random{ composition = "Cu64Zr36", n = 30, seed = 1 }
end

-- An object of every type that is made in Lua; `false`: none is made without a protocol's run,
-- whose methods are tested in test_protocol.lua.
local function vibrations()
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
  atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
  return vt.vibrations(atoms, { runs = 2, time = 0.4, settle = 0.002, temperature = 1,
                                spectrum = true })
end

-- A file of three frames that a network can learn from.
local function argon_frames()
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 1 }
  atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
  for k = 1, 3 do
    atoms:copy():rattle{ amplitude = 0.1, seed = k }:save(folder.name "argon.xyz",
      { forces = true, append = k > 1, overwrite = true })
  end
  return folder.name "argon.xyz"
end

local OBJECTS = {
  Band = function()
    local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
    atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
    return vt.neb(atoms, atoms:copy():rattle{ amplitude = 0.1, seed = 1 }, { steps = 1 })
  end,
  Art = function()
    local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
    atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
    return vt.art(atoms, { region = "all", leave_steps = 1, start_fmax = 0.1 })
  end,
  Angular = function() return vt.descriptor.angular{ species = { "Cu", "Zr" }, rmax = 3 } end,
  Chebyshev = function() return vt.descriptor.chebyshev{ species = "Cu", n_max = 1, l_max = 1 } end,
  Anisotropy = function() return vt.structure.anisotropy(glass(), { rmax = 6, bins = 30 }) end,
  CsvWriter = function() return vt.csv.create(folder.name "w.csv", { "a" }) end,
  Confusion = function() return vt.learn.confusion({ 1, 2, 2 }, { 1, 1, 2 }) end,
  CrossValidation = function()
    return vt.learn.cross_validation({ { 1 }, { 2 }, { 4 } }, { 1, 3, 5 }, { folds = 3 })
  end,
  Vibrations = vibrations,
  VibrationSpectrum = function() return vibrations():spectrum() end,
  Flexibility = function()
    local glasses = {}
    for seed = 1, 2 do
      glasses[seed] = { atoms = vt.atoms.random{ composition = "Cu50Zr50", n = 250, seed = seed },
                        v_flex = vt.array.normal(250, { seed = seed }):exp() }
    end
    return vt.learn.flexibility(glasses, { C = 1 })
  end,
  Deformation = function() return vt.structure.deformation(glass(), glass()) end,
  Elastic = function()
    local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
    atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
    return vt.mechanics.elastic(atoms, { atoms = true })
  end,
  Modes = function()
    local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
    atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
    return vt.modes.lowest(atoms, { count = 5 })
  end,
  QuasiLocalized = function()
    local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
    atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
    return vt.modes.lowest(atoms, { count = 3 }):quasilocalized{ unconverged = true, rounds = 3 }
  end,
  ModeDensity = function()
    local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
    atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
    return vt.modes.density(atoms, { resolution = 0.2 })
  end,
  HarmonicMotion = function()
    local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
    atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
    return vt.modes.displacement(atoms)
  end,
  Quasistatic = function()
    local atoms = vt.atoms.fcc{ species = "Ar", a = 5.3, cells = 2 }
    atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.01, sigma = 3.4 }
    return vt.mechanics.quasistatic(atoms, { strain = { xy = 1e-4 } })
  end,
  Events = stores and events,
  EquationOfState = function()
    return vt.fit.equation_of_state({ 10, 11, 12, 13, 14 }, { 4, 1.1, 0, 0.9, 3.2 },
      { form = "birch-murnaghan" })
  end,
  VFT = false,
  Gaussian = function() return vt.fit.gaussian({ 1, 2, 3, 4, 5 }, { 0, 2, 4, 2, 1 }) end,
  LinearModel = function() return vt.learn.svr({ { 1 }, { 2 }, { 4 } }, { 1, 3, 5 }) end,
  GlassTransition = false, Line = function() return vt.fit.line({ 1, 2, 3 }, { 1, 2, 4 }) end,
  Map = function() return vt.structure.map(glass(), "Cu", { bins = 3 }) end,
  Network = function()
    return vt.learn.network{ data = argon_frames(), species = "Ar", n_max = 1, l_max = 1,
                             rmax = 4, layers = 2, folds = 3, block = 1 }
  end,
  Committee = function()
    return vt.learn.committee{ data = argon_frames(), species = "Ar", n_max = 1,
                               l_max = 1, rmax = 4, layers = 2, folds = 3, block = 1, members = 2 }
  end,
  DataReport = function() return vt.learn.inspect(argon_frames()) end,
  Guard = function()
    local net = vt.learn.network{ data = argon_frames(), species = "Ar", n_max = 1,
                                  l_max = 1, rmax = 4, layers = 2, folds = 3, block = 1 }
    return vt.learn.guard(net:train{ steps = 1 }.potential)
  end,
  Motion = function()
    return vt.structure.motion({ glass(), glass(), glass() }, { interval = 1, q = 2 })
  end,
  NonaffineStrain = false,
  PairDistribution = function() return vt.structure.rdf(glass(), { rmax = 6, bins = 30 }) end,
  Polynomial = function() return vt.fit.polynomial({ 1, 2, 3, 4 }, { 1, 2, 4, 1 }) end,
  Profile = function() return vt.structure.profile(glass(), "Cu", { bins = 5 }) end,
  Protocol = function()
    return vt.protocol{ name = "p", summary = "P.", params = { { "n", 2, min = 1 } },
                        run = function() end }
  end,
  Radial = function() return vt.descriptor.radial{ species = { "Cu", "Zr" } } end,
  Record = function()
    return require("vitrum.protocol.record").open(folder.name "r.csv", { "step", "value" }, {})
  end,
  Report = function() return vt.report{ title = "X" } end, Run = false,
  Study = function()
    return vt.study{ out = folder.name "study", quiet = true, report = false,
                     cases = { { name = "a" } }, run = function() return { energy = 1 } end }
  end,
  Spectra = stores and function() return events():by "species" end,
  Spectrum = stores and function() return events():spectrum() end,
  Score = function() return vt.learn.score({ 1, 2 }, { 1, 3 }) end,
  StructureFactor = function() return vt.structure.structure_factor(glass(), { qstep = 1 }) end,
  VelocityAutocorrelation = false,
}

-- They act at once, on the terminal or as a program.
local SKIPPED = { help = true, ["Protocol:help"] = true, ["Protocol:main"] = true,
                  ["Protocol:run"] = true }

-- Lists whose length is no number of entries, and what no argument is.
local function wrong_values()
  return { 5, "x", "", true, tostring, 0 / 0, math.huge, { 1 }, { x = {} }, { "a" }, { {} },
           setmetatable({}, { __len = function() return 0.5 end }),
           setmetatable({}, { __len = function() return -1 end }), io.stdout, n = 14 }
end

local function attack(name, f, first, count)
  local values = wrong_values()
  for place = 1, 3 do
    for k = 0, values.n do
      local given = table.move({ first }, 1, count, 1, {})
      given[count + place] = values[k] -- values[0] is nil
      local ok, message = xpcall(f, judge, table.unpack(given, 1, count + place))
      if not ok then
        lu.assertNotStrContains(message, "accident", ("%s, argument %d: %s: %s"):format(name, place,
          numbers.show(values[k]), message))
      end
    end
  end
end

function TestArguments.test_functions()
  for name, f in pairs(help.reachable()) do
    if type(f) == "function" and not SKIPPED[name] and debug.getinfo(f, "S").what ~= "C" then
      attack(name, f, nil, 0)
    end
  end
  attack("plot", vt.plot, nil, 0)
  attack("study", vt.study, nil, 0)
end

function TestArguments.test_methods()
  for type_name, metatable in pairs(help.types()) do
    local make = OBJECTS[type_name]
    if type(metatable.methods) ~= "table" or type_name == "Lattice" then -- made in Lua, or half so
      if type_name == "Lattice" then make = function() return vt.stz.lattice{ n = 16 } end end
      lu.assertNotNil(make, "no object of " .. type_name .. " in tests/lua/test_arguments.lua")
      local functions = { ["(...)"] = rawget(metatable, "__call") }
      for name, f in pairs(help.methods(metatable)) do functions[":" .. name] = f end
      for name, f in pairs(make and functions or {}) do
        name = type_name .. name
        if type(f) == "function" and not SKIPPED[name] and not name:find "__" then
          attack(name, f, make(), 1)
        end
      end
      for name, f in pairs(functions) do
        if type_name ~= "Lattice" and type(f) == "function" and name:find "^:%a" then
          local expected = ("%s%s: expected a %s in front of the colon, got 5")
          lu.assertStrContains(message_of(f, 5), expected:format(type_name, name, type_name))
        end
      end
    end
  end
end

function TestArguments.test_a_table_with_the_name_of_a_type_is_none_of_it()
  local kit = vt.protocol.kit
  local function forged(name) return setmetatable({}, { __name = "vitrum." .. name }) end
  lu.assertStrContains(message_of(kit.inherent, forged "Atoms"), "expected atoms")
  lu.assertStrContains(message_of(kit.table, forged "Report", {}), "Report")
  lu.assertStrContains(message_of(vt.study.sweep, forged "Protocol", {}, {}), "expected a protocol")
  lu.assertStrContains(message_of(vt.structure.voronoi, forged "Atoms"), "expected")
end

function TestArguments.test_positional_arguments_are_named()
  local line = vt.fit.line({ 1, 2, 3 }, { 1, 2, 4 })
  lu.assertStrContains(message_of(line.predict, line),
    "Line:predict: x must be a finite number, got nothing")
  lu.assertStrContains(message_of(line, "5"),
    "fit.line: line(x): x must be a number or an array, got the string '5'")
  lu.assertAlmostEquals(line(vt.array{ 1, 3 }):sum(), line(1) + line(3), 1e-12)
  local p = vt.fit.polynomial({ 1, 2, 3, 4 }, { 1, 2, 4, 1 })
  lu.assertStrContains(message_of(p), "fit.polynomial: p(x): x must be a number or an array")
  local g = vt.structure.rdf(glass(), { rmax = 6, bins = 30 })
  lu.assertStrContains(message_of(g.peak, g, 5), "PairDistribution:peak: the pair must be a string")
  lu.assertStrContains(message_of(g.neighbors, g, 3, "Cu-Al"), "there is no pair 'Cu-Al'")
  lu.assertStrContains(message_of(g.plot, g, { partial = 1 }),
    "PairDistribution:plot: option 'partial' must be true or false, got 1")
  lu.assertStrContains(message_of(g.plot, g, "file.svg"),
    "PairDistribution:plot: options must be a table { key = value, ... }, got the string")
end

function TestArguments.test_lists_with_lengths_of_their_own()
  local odd = setmetatable({ 1, 2 }, { __len = function() return 1.5 end })
  lu.assertStrContains(message_of(vt.statistics.mean, odd),
    "statistics.mean: the series must be a list, but its length is 1.5")
  local list = setmetatable({}, { __len = function() return 4 end,
                                  __index = function(_, k) return k + 0.5 end })
  lu.assertEquals(vt.statistics.mean(list), 3.0)
end

function TestArguments.test_texts_with_values()
  lu.assertEquals(options.format("f", "%d of %s", 3, "four"), "3 of four")
  lu.assertStrContains(message_of(options.format, "f", "%d %d", 3),
    "f: the values do not go into the text '%d %d': ")
  lu.assertStrContains(message_of(options.format, "f", "%y", 1),
    "f: the values do not go into the text '%y': invalid conversion '%y' to 'format'")
end

function TestArguments.test_options_of_a_wrapper_are_the_declared_ones()
  local declared = require("vitrum.session").docs["structure.voronoi"].options
  local list = options.declared("structure.voronoi", { edge_threshold = 0.1 })
  lu.assertEquals(#list, #declared)
  for k, option in ipairs(list) do
    lu.assertEquals({ option.name, option.kind, option.help },
                    { declared[k].name, declared[k].kind, declared[k].help })
  end
  lu.assertEquals(list[3].default, 0.1)
  lu.assertEquals(declared[3].default, 0)
  lu.assertStrContains(message_of(vt.structure.voronois, "none.dump", { face_treshold = 1 }),
    "structure.voronois: unknown option 'face_treshold'; did you mean 'face_threshold'?")
end

function TestArguments.test_smoothing_is_a_gaussian_average()
  local spike = vt.array.zeros(25)
  spike[13] = 1
  local smooth = numbers.smooth(spike, 1.3)
  -- The ratios of a Gaussian, whatever its norm.
  for k = 1, 5 do
    lu.assertAlmostEquals(smooth[13 + k] / smooth[13], math.exp(-0.5 * (k / 1.3) ^ 2), 1e-12)
    lu.assertAlmostEquals(smooth[13 - k], smooth[13 + k], 1e-15)
  end
  -- A constant stays one up to the ends; a period keeps the sum and joins the ends.
  for _, value in ipairs(numbers.smooth({ 2, 2, 2, 2 }, 0.9)) do
    lu.assertAlmostEquals(value, 2, 1e-15)
  end
  local ring = numbers.smooth({ 1, 0, 0, 0, 0, 0, 0, 0 }, 0.8, true)
  local sum = 0
  for _, value in ipairs(ring) do sum = sum + value end
  lu.assertAlmostEquals(sum, 1, 1e-12)
  lu.assertAlmostEquals(ring[8], ring[2], 1e-15)
  lu.assertEquals(numbers.smooth({ 3, 1, 2 }, 50, true), { 2.0, 2.0, 2.0 })
  lu.assertEquals(numbers.smooth({ 3, 1, 2 }, 0), { 3, 1, 2 })
end

function TestArguments.test_a_mean_leaves_out_what_is_not_finite()
  lu.assertEquals(numbers.finite_mean(vt.array { 1, 0 / 0, 4, 1 / 0 }), 2.5)
  lu.assertEquals(tostring(numbers.finite_mean(vt.array { 0 / 0 })), "nan")
end

function TestArguments.test_a_tiny_error_has_a_text()
  lu.assertEquals(text.with_error(1, 1e-300), "1")
end

function TestArguments.test_provenance_that_holds_itself()
  local facts = { seed = 1 }
  facts.facts = facts
  lu.assertStrContains(message_of(vt.csv.create, folder.name "a.csv", { "a" }, facts),
    "csv.create: the provenance is nested too deeply or holds itself (facts.facts.")
  lu.assertFalse(folder.exists(folder.name "a.csv"))
end

function TestArguments.test_a_movie_cannot_be_slower_than_its_format()
  lu.assertStrContains(message_of(vt.plot.movie, { "a.png" }, { file = "a.gif", delay = 1e300 }),
    "plot.movie: option 'delay' [s] must be at most 655 s")
end

function TestArguments.test_what_a_file_tells_is_shown()
  glass():save(folder.name "a.dump")
  local _, info = vt.atoms.read(folder.name "a.dump")
  lu.assertEquals(tostring(info), "{ columns = {}, timestep = 0 }")
end

os.exit(lu.LuaUnit.run())
