-- Network potentials that learn from files: sets, the loss, what becomes of the error, files, what
-- moves atoms with them, wrong input. The engine itself is tested in C.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"
local folder = require "io_folder"
local session = require "vitrum.session"

local message_of, path = folder.message, folder.name

TestNetwork = {}

function TestNetwork.setUp() folder.make() end
function TestNetwork.tearDown() folder.remove() end

local TEACHER <const> = vt.potential.lj{ species = { "Ar", "Kr" },
  epsilon = { 0.0104, 0.0141 }, sigma = { 3.4, 3.65 }, cutoff = 6, truncation = "force_shifted" }

-- Crystals of 32 atoms, shaken and strained, each with energy and forces by the teacher.
local function frame(k)
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.4 + 0.02 * (k % 7), cells = 2 }
  atoms:substitute{ to = "Kr", count = 8 + k % 9, seed = k }
  atoms:rattle{ amplitude = 0.15 + 0.02 * (k % 5), seed = k }
  atoms.potential = TEACHER
  return atoms
end

local function write(name, from, to)
  for k = from, to do
    frame(k):save(path(name), { forces = true, append = true, info = { config_type = "crystal" } })
  end
  return path(name)
end

local SMALL <const> = { 6, 6 }

local function learner(data, more)
  local o = { data = data, species = { "Ar", "Kr" }, seed = 3, layers = SMALL, n_max = 3, l_max = 3,
              rmax = 6, folds = 5, block = 2 }
  for key, value in pairs(more or {}) do o[key] = value end
  return vt.learn.network(o)
end

function TestNetwork.test_it_learns_and_moves_atoms()
  local data = write("train.xyz", 1, 40)
  local net = learner(data)
  lu.assertEquals(net.samples, { train = 24, stop = 8, test = 8 })
  -- 2 channels x 4 x 4 inputs: (33 x 6 + 7 x 6 + 7) of each species
  lu.assertEquals(net.parameters, 2 * (33 * 6 + 7 * 6 + 7))
  lu.assertStrContains(tostring(net), "not trained yet")
  net:train{ steps = 20 }
  local early = net.errors
  net:train{ steps = 150 }
  lu.assertTrue(net.errors.test.energy < 0.7 * early.test.energy)
  lu.assertTrue(net.errors.test.force < 0.6 * early.test.force)
  lu.assertTrue(net.errors.test.energy < 0.0025 and net.errors.test.force < 0.05)
  lu.assertTrue(#net.curve.step > 10 and net.curve.loss[1] > net.curve.loss[#net.curve.loss])
  lu.assertStrContains(tostring(net), "test      8 samples: energy")

  -- the errors that it tells are those of the potential that it gives
  net:save(path "arkr.network")
  local potential = vt.potential.network(path "arkr.network")
  lu.assertEquals(potential.sha256, net.potential.sha256)
  local sum, count = 0, 0
  for k = 1, 40 do
    if net.frames[k].set == 3 then
      local atoms = frame(k)
      local energy = atoms:energy()
      atoms.potential = potential
      sum, count = sum + ((atoms:energy() - energy) / 32) ^ 2, count + 1
    end
  end
  lu.assertEquals(count, 8)
  lu.assertAlmostEquals(math.sqrt(sum / count), net.errors.test.energy, 1e-9)

  -- dynamics conserve energy, in both precisions; a minimum has no forces
  local atoms = frame(50)
  atoms.potential = potential
  atoms:thermalize{ temperature = 40, seed = 1 }
  for _, precision in ipairs{ "double", "mixed" } do
    local md = vt.md(atoms, { timestep = 0.004, precision = precision })
    md:run{ steps = 5 }
    local before = atoms:energy() + atoms:kinetic_energy()
    md:run{ steps = 100 }
    lu.assertAlmostEquals(atoms:energy() + atoms:kinetic_energy(), before, 32 * 5e-6)
  end
  local r = vt.minimize(atoms, { fmax = 1e-6 })
  lu.assertTrue(r.fmax < 1e-6)
end

function TestNetwork.test_threads_and_parts_do_not_count()
  local data = write("train.xyz", 1, 20)
  local before, texts = vt.threads(), {}
  for k, threads in ipairs{ 1, 3 } do
    vt.threads(threads)
    local net = learner(data):train{ steps = 12, every = 4 }
    net:save(path("net" .. k))
    texts[k] = folder.text_of("net" .. k)
  end
  vt.threads(before)
  lu.assertEquals(texts[1], texts[2])
end

-- A training that is broken off and taken up gives the file that it gives in one go.
function TestNetwork.test_checkpoints()
  local data = write("train.xyz", 1, 20)
  local options = { steps = 40, every = 4, checkpoint = path "a.checkpoint", checkpoint_every = 0 }
  learner(data):train(options):save(path "whole")
  local net = learner(data)
  net:train{ steps = 12, every = 4, checkpoint = path "b.checkpoint", checkpoint_every = 0 }
  options.checkpoint = path "b.checkpoint"
  net = learner(data):resume(path "b.checkpoint"):train(options)
  lu.assertEquals(net.curve.step[#net.curve.step], 40)
  net:save(path "parts")
  lu.assertEquals(folder.text_of "parts", folder.text_of "whole")

  local text = folder.text_of "b.checkpoint"
  net = learner(data)
  for part, damaged in pairs{ ["damaged"] = text:sub(1, -9), ["no checkpoint"] = "something",
                              ["version 2"] = text:gsub(" 1", " 2", 1) } do
    lu.assertStrContains(message_of(net.resume, net, folder.put("c.checkpoint", damaged)), part)
  end
  for old, new in pairs{ ['"steps": %d+'] = '"steps": "x"', ['"steps": (%d+)'] = '"steps": -%1',
                         ['"at": %d+'] = '"at": 1.5', ['"least": [%d.e-]+'] = '"least": []',
                         ['"loss": %b[]'] = '"loss": 1', ['"stop": %b{}'] = '"stop": 1' } do
    local damaged, count = text:gsub(old, new)
    lu.assertEquals(count, 1)
    lu.assertStrContains(message_of(net.resume, net, folder.put("c.checkpoint", damaged)),
      "damaged")
  end
  for what, more in pairs{ seed = { seed = 4 }, rmax = { rmax = 5.5 }, penalty = { penalty = 1 },
                           species = { species = { "Kr", "Ar" } }, layers = { layers = { 5, 5 } },
                           activation = { activation = "tanh" },
                           force_weight = { force_weight = 1 },
                           ["data and sets"] = { fold = 2 } } do
    net = learner(data, more)
    lu.assertStrContains(message_of(net.resume, net, path "b.checkpoint"),
      "that of another training: " .. what)
  end
end

-- Steps that `every` does not divide are those that were taken, and a training that is over stays
-- as it is.
function TestNetwork.test_steps_of_parts()
  local data = write("train.xyz", 1, 20)
  local last = path "a.checkpoint"
  local net = learner(data):train{ steps = 5, every = 4, checkpoint = last }
  lu.assertEquals(net.curve.step, { 4, 5 })
  local over = learner(data):resume(last):train{ steps = 5, every = 4 }
  lu.assertEquals(over.curve.step, { 4, 5 })
  lu.assertEquals(over.potential.sha256, net.potential.sha256)
  net = learner(data):resume(last):train{ steps = 9, every = 4 }
  lu.assertEquals(net.curve.step, { 4, 5, 9 })
end

-- What was learned before Ctrl-C is there, in the checkpoint too.
function TestNetwork.test_ctrl_c()
  local data = write("train.xyz", 1, 20)
  local script = folder.put("run.lua", ([[
    local vt = require "vitrum"
    local net = vt.learn.network{ data = %q, species = { "Ar", "Kr" }, seed = 3, layers = { 6, 6 },
                                  n_max = 3, l_max = 3, rmax = 6, folds = 5, block = 2 }
    local show, looks = print, -1 -- the first line tells what is ahead
    function print()
      looks = looks + 1
      if looks == 2 then io.popen("kill -INT $PPID"):close() end
    end
    local ok, message = pcall(net.train, net, { steps = 100000, patience = 100000, every = 2,
      log = true, checkpoint = %q, checkpoint_every = 0 })
    show(ok, message, net.errors ~= nil)
    net:save(%q)]]):format(data, path "c.checkpoint", path "stopped"))
  local output = child.shell(".", ('"$VITRUM" %q'):format(script))
  lu.assertStrContains(output, "interrupted")
  lu.assertStrContains(output, "true")
  lu.assertEquals(vt.potential.network(path "stopped").species[1].symbol, "Ar")
  local net = learner(data):resume(path "c.checkpoint")
  local steps = net.curve.step[#net.curve.step]
  net:train{ steps = steps + 2, every = 2 }
  lu.assertEquals(net.curve.step[#net.curve.step], steps + 2)
end

-- Energies per atom in place of those of all atoms.
function TestNetwork.test_energies_per_atom_are_told()
  local said, warn = {}, session.warn
  session.warn = function(text) said[#said + 1] = text end
  for _, per_atom in ipairs{ false, true } do
    local name = per_atom and "shares.xyz" or "totals.xyz"
    for k = 1, 20 do
      local atoms = frame(k)
      if k % 2 == 0 then atoms = atoms:replicate(2, 1, 1) end
      local energy = (-3 - 0.1 * (k % 5)) * (per_atom and 1 or #atoms)
      atoms.potential = nil
      atoms:save(path(name), { append = true, info = { energy = energy } })
    end
    local ok, message = pcall(learner, path(name), { force_weight = 0 })
    session.warn = ok and session.warn or warn
    lu.assertTrue(ok, message)
    lu.assertEquals(#said, per_atom and 1 or 0)
  end
  session.warn = warn
  lu.assertStrContains(said[1], "they look like energies per atom")
end

-- Order counts: with other species first the second channel is another, and what is learned too.
function TestNetwork.test_energies_alone_and_other_orders()
  local data = write("train.xyz", 1, 20)
  local net = learner(data, { species = { "Kr", "Ar" }, force_weight = 0, activation = "tanh" })
  net:train{ steps = 60 }
  lu.assertTrue(net.errors.train.energy < 0.002)
  lu.assertEquals(net.potential.species[1].symbol, "Kr")
  local atoms = frame(3)
  local symbols = atoms:symbols()
  atoms.potential = net.potential
  lu.assertEquals(atoms:symbols(), symbols)
  lu.assertAlmostEquals(atoms:energy() / 32, frame(3):energy() / 32, 0.01)
end

-- Frames that follow each other stay together, and each fold is another test set.
function TestNetwork.test_sets()
  local data = write("train.xyz", 1, 20)
  local seen = {}
  for fold = 1, 5 do
    local net = learner(data, { fold = fold })
    for k, f in ipairs(net.frames) do
      lu.assertEquals(f.set, net.frames[k % 2 == 1 and k + 1 or k - 1].set)
      if f.set == 3 then
        lu.assertNil(seen[k])
        seen[k] = true
      end
    end
  end
  lu.assertEquals(#seen, 20)
  local other = write("test.xyz", 31, 33)
  lu.assertEquals(learner(data, { test = other }).samples, { train = 16, stop = 4, test = 3 })
end

function TestNetwork.test_wrong_input()
  local data = write("train.xyz", 1, 10)
  local function refused(part, more, from)
    local message = message_of(learner, from or data, more)
    lu.assertStrContains(message, part)
  end
  refused("which this network is not for", { species = "Ar" })
  refused("no atom of the training set is of species Xe", { species = { "Ar", "Kr", "Xe" } })
  refused("'A' is no element", { species = { "A", "Ar" } })
  refused("names Ar twice", { species = { "Ar", "Ar" } })
  refused("must hold whole numbers from 1 to 256", { layers = { 6, 0 } })
  refused("'fold' must be 1 to 5", { fold = 6 })
  refused("leave none for the", { block = 20 })
  refused("both 0", { energy_weight = 0, force_weight = 0 })
  refused("list of at most 8 numbers", { layers = { first = 6 } })
  refused("is both in 'data' and in 'test'", { test = data })
  refused("no_such_file", nil, path "no_such_file.xyz")
  refused("must be the name of a file", nil, { 1 })

  local plain = path "plain.xyz"
  frame(1):save(plain, { info = { energy = 1.0 } })
  refused("frame 1 has no forces", nil, plain)
  local nothing = path "nothing.xyz"
  frame(1):save(nothing)
  refused("frame 1 has no energy", nil, nothing)
  local twice = path "twice.xyz"
  local file = assert(io.open(twice, "w"))
  file:write('2\nLattice="9 0 0 0 9 0 0 0 9" Properties=species:S:1:pos:R:3:forces:R:3 energy=1\n',
    "Ar 1 1 1 0 0 0\nKr 1 1 1 0 0 0\n")
  file:close()
  refused("atoms 1 and 2 are 0 A apart", nil, twice)

  -- numbers that stand for what is missing
  local text = folder.text_of "train.xyz"
  refused("below 1e+08 eV per atom", nil,
    folder.put("huge.xyz", (text:gsub(" energy=%S+", " energy=1e30", 1))))
  refused("frame 1: the force on atom 32", nil,
    folder.put("force.xyz", (text:gsub("%S+\n32\n", "1e99\n32\n", 1))))
  local net = learner(data, { penalty = 1e308 })
  lu.assertStrContains(message_of(net.train, net), "the loss is not finite")

  net = learner(data)
  lu.assertStrContains(message_of(net.train, net, { steps = 0 }), "steps")
  lu.assertStrContains(message_of(net.train, net, { checkpoint = "/dev/full", steps = 1 }),
    "No space left")
  net:train{ steps = 2 }
  net:save(path "net")
  lu.assertStrContains(message_of(vt.potential.network, path "none"), "none")
  lu.assertStrContains(message_of(vt.potential.network, data), "this is no file of a network")
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 2 }
  lu.assertStrContains(message_of(function()
    copper.potential = vt.potential.network(path "net")
    return copper:energy()
  end), "lacks Cu")
end

function TestNetwork.test_what_is_ahead_is_printed()
  local net, lines, old = learner(write("train.xyz", 1, 20)), {}, print
  print = function(text) lines[#lines + 1] = text end -- luacheck: ignore
  local ok, problem = pcall(net.train, net, { steps = 20, every = 10, log = true })
  print = old -- luacheck: ignore
  lu.assertTrue(ok, problem)
  lu.assertEquals(#lines, 3)
  local megabytes, each, minutes = lines[1]:match("^20 samples with 640 atoms take (%S+) MB; "
    .. "a step takes about (%S+) s, 20 steps at most (%S+) min$")
  lu.assertAlmostEquals(megabytes * 1e6 / net.bytes, 1, 0.01)
  lu.assertTrue(tonumber(each) > 0)
  lu.assertAlmostEquals(minutes / (20 * each / 60), 1, 0.1)
  lu.assertStrContains(lines[3], "step    20")
end

-- Frames of one trajectory stay in one set, however many they are; those of one kind do not.
function TestNetwork.test_groups_are_not_divided()
  for k = 1, 40 do
    frame(k):save(path "groups.xyz", { forces = true, append = k > 1,
      info = { config_type = "crystal", group = "run " .. (k - 1) // 8 } })
  end
  local net = learner(path "groups.xyz", { block = 2 })
  for k = 1, 40 do lu.assertEquals(net.frames[k].set, net.frames[8 * ((k - 1) // 8) + 1].set) end
  lu.assertEquals(net.samples, { train = 24, stop = 8, test = 8 })
end

-- Four kinds, named in three orders: by the potential, in the files, and for the network. Count and
-- order of the parameters are those of the species; the energies do not depend on the order.
function TestNetwork.test_four_species()
  local kinds <const> = { "Ne", "Ar", "Kr", "Xe" }
  local teacher = vt.potential.lj{ species = kinds, epsilon = { 0.003, 0.0104, 0.0141, 0.02 },
    sigma = { 2.8, 3.4, 3.65, 4.0 }, cutoff = 6, truncation = "force_shifted" }
  local function mixed(k)
    local atoms = vt.atoms.fcc{ species = kinds[k % 4 + 1], a = 5.4 + 0.02 * (k % 5), cells = 2 }
    for n = 1, 3 do
      atoms:substitute{ from = kinds[k % 4 + 1], to = kinds[(k + n) % 4 + 1], count = 6 + n,
                        seed = k }
    end
    atoms:rattle{ amplitude = 0.1, seed = k }
    atoms.potential = teacher
    return atoms
  end
  for k = 1, 24 do mixed(k):save(path "four.xyz", { forces = true, append = k > 1 }) end
  local o = { data = path "four.xyz", species = { "Kr", "Ne", "Xe", "Ar" }, seed = 2, folds = 4,
              block = 1 }
  lu.assertEquals(vt.learn.network(o).parameters, 9156) -- 4 (90 16 + 16 + 3 (16 16 + 16) + 17)
  o.layers, o.n_max, o.l_max, o.rmax = { 8 }, 2, 2, 6
  local net = vt.learn.network(o)
  lu.assertEquals(net.parameters, 4 * (18 * 8 + 8 + 8 + 1))
  local before = net:train{ steps = 1 }.errors.test.energy
  net:train{ steps = 200 }
  lu.assertTrue(net.errors.test.energy < 0.5 * before)
  -- Errors by a loop over the frames of the test set, whose types come in another order each.
  net:save(path "four.network")
  local potential, sum, n = vt.potential.network(path "four.network"), 0, 0
  for k = 1, 24 do
    if net.frames[k].set == 3 then
      local atoms = mixed(k)
      local wanted = atoms:energy()
      atoms.potential = potential
      sum, n = sum + ((atoms:energy() - wanted) / #atoms) ^ 2, n + 1
    end
  end
  lu.assertAlmostEquals(math.sqrt(sum / n) / net.errors.test.energy, 1, 1e-9)
  -- An atom's species decides: changing one for another changes the energy.
  local atoms = mixed(1)
  atoms.potential = potential
  local energy = atoms:energy()
  atoms:substitute{ from = "Kr", to = "Xe", count = 1, seed = 1 }
  lu.assertTrue(math.abs(atoms:energy() - energy) > 1e-6)
end

os.exit(lu.LuaUnit.run())
