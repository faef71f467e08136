-- Committees of network potentials: their members against networks made one by one, what they say
-- of atoms, files, what they dispute, wrong input.
local folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"

local message_of, path = folder.message, folder.name

TestCommittee = {}

function TestCommittee.setUp() folder.make() end
function TestCommittee.tearDown() folder.remove() end

local TEACHER <const> = vt.potential.lj{ species = "Ar", epsilon = 0.0104, sigma = 3.4, cutoff = 6,
                                         truncation = "force_shifted" }

local function frame(k, amplitude)
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.35 + 0.02 * (k % 5), cells = 2 }
  atoms:rattle{ amplitude = amplitude or 0.15 + 0.02 * (k % 3), seed = k }
  atoms.potential = TEACHER
  return atoms
end

local function data()
  for k = 1, 20 do frame(k):save(path "train.xyz", { forces = true, append = true }) end
  return path "train.xyz"
end

local function given(more)
  local o = { data = path "train.xyz", species = "Ar", seed = 5, layers = { 4 }, n_max = 2,
              l_max = 2, rmax = 6, folds = 4, block = 1, fold = 4 }
  for key, value in pairs(more or {}) do o[key] = value end
  return o
end

local function foreign(name)
  local file <close> = assert(io.open(path(name), "w"))
  file:write "of somebody else"
end

function TestCommittee.test_members_are_networks()
  data()
  local c = vt.learn.committee(given{ members = 3 })
  lu.assertStrContains(tostring(c), "committee of 3 network potentials, of which 0 have learned")
  lu.assertStrContains(message_of(c.predict, c, frame(1)), "nothing has been learned yet")
  c:train{ steps = 15 }
  local atoms, energies, forces, test = frame(77), {}, {}, {}
  for k, fold in ipairs { 4, 1, 2 } do
    local net = vt.learn.network(given{ seed = 4 + k, fold = fold }):train{ steps = 15 }
    atoms.potential = net.potential
    energies[k], forces[k] = atoms:energy(), atoms:forces():copy()
    test[k] = net.errors.test.force
    lu.assertEquals(c.members[k].errors, net.errors)
  end
  local p = c:predict(atoms)
  lu.assertAlmostEquals(p.energy, (energies[1] + energies[2] + energies[3]) / 3, 1e-12)
  local mean = (forces[1] + forces[2] + forces[3]) / 3
  lu.assertTrue((p.forces - mean):abs():max() < 1e-14)
  local sum, squares = 0, 0
  for k = 1, 3 do
    squares = squares + (energies[k] - p.energy) ^ 2 / 32 ^ 2 / 2
    for a = 1, 3 do sum = sum + (forces[k][9][a] - mean[9][a]) ^ 2 / 2 end
  end
  lu.assertAlmostEquals(p.energy_error, math.sqrt(squares), 1e-12)
  lu.assertAlmostEquals(p.force_error[9], math.sqrt(sum), 1e-12)
  local m = (test[1] + test[2] + test[3]) / 3
  lu.assertAlmostEquals(c.errors.test.force, m, 1e-15)
  lu.assertAlmostEquals(c.errors.test.force_deviation, math.sqrt(((test[1] - m) ^ 2
    + (test[2] - m) ^ 2 + (test[3] - m) ^ 2) / 2), 1e-15)
  lu.assertStrContains(tostring(c), "test  energy")
  -- files of the members give the same committee
  local files = c:save(path "ar.network")
  lu.assertEquals(files, { path "ar-1.network", path "ar-2.network", path "ar-3.network" })
  local read = vt.learn.committee{ networks = files }:predict(atoms)
  lu.assertEquals({ read.energy, read.energy_error }, { p.energy, p.energy_error })
  foreign "old-1.network"
  lu.assertStrContains(message_of(c.save, c, path "old.network"), "old-1.network")
end

-- What nobody has seen is disputed more than what all have.
function TestCommittee.test_what_is_disputed()
  data()
  local c = vt.learn.committee(given{ members = 3 }):train{ steps = 60 }
  for k = 1, 6 do
    frame(100 + k, k == 4 and 0.5 or 0.16):save(path "new.xyz", { append = true })
  end
  local list = c:disputed(path "new.xyz", { count = 3 })
  lu.assertEquals({ #list, list[1].frame, #list[1].atoms }, { 3, 4, 32 })
  lu.assertTrue(list[1].force_error > list[2].force_error)
  lu.assertEquals(list[1].force_error, c:predict(list[1].atoms).force_error[list[1].atom])
  lu.assertEquals(#c:disputed(path "new.xyz", { force = 1e9 }), 0)
end

function TestCommittee.test_it_goes_on_from_checkpoints()
  data()
  local whole = vt.learn.committee(given{ members = 2 }):train{ steps = 20, every = 5 }
  local options = { steps = 10, every = 5, checkpoint = path "c" }
  vt.learn.committee(given{ members = 2 }):train(options)
  local again = vt.learn.committee(given{ members = 2 })
  options.steps = 20
  foreign "d-1"
  lu.assertStrContains(message_of(again.train, again, { checkpoint = path "d" }), "d-1")
  again:resume():train(options)
  for k = 1, 2 do lu.assertEquals(again.members[k].errors, whole.members[k].errors) end
end

function TestCommittee.test_wrong_input()
  data()
  for words, o in pairs {
    ["members"] = given{ members = 1 },
    ["give data and species, or networks"] = { members = 3 },
    ["option 'networks' must be a list of at least two files"] = { networks = { "a" } },
    ["option 'seed' is for a committee that is to learn"] = { networks = { "a", "b" }, seed = 2 },
    ["entry 2 must be the name of a file"] = { networks = { path "train.xyz", 3 } },
    ["none.xyz"] = given{ data = path "none.xyz" },
  } do
    if words:find "entry 2" then vt.learn.network(given()):save(path "train.network")
      o.networks[1] = path "train.network"
    end
    lu.assertStrContains(message_of(vt.learn.committee, o), words)
  end
  local c = vt.learn.committee(given{ members = 2 })
  lu.assertStrContains(message_of(c.predict, c, 3), "expected atoms")
  lu.assertStrContains(message_of(c.save, c, path "x"), "nothing that this committee has learned")
end

os.exit(lu.LuaUnit.run())
