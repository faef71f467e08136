-- Guards of network potentials: the range against descriptors computed one by one, what is outside,
-- dynamics that leaves it, files, wrong input.
local folder = require "io_folder"
local lu = require "luaunit"
local session = require "vitrum.session"
local vt = require "vitrum"

local message_of, path = folder.message, folder.name

TestGuard = {}

function TestGuard.setUp() folder.make() end
function TestGuard.tearDown() folder.remove() end

local TEACHER <const> = vt.potential.lj{ species = { "Ar", "Kr" }, epsilon = { 0.0104, 0.0141 },
  sigma = { 3.4, 3.65 }, cutoff = 6, truncation = "force_shifted" }

local function frame(k)
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.4 + 0.02 * (k % 7), cells = 2 }
  atoms:substitute{ to = "Kr", count = 8 + k % 9, seed = k }
  atoms:rattle{ amplitude = 0.1 + 0.02 * (k % 3), seed = k }
  atoms.potential = TEACHER
  return atoms
end

local function learned()
  for k = 1, 20 do frame(k):save(path "train.xyz", { forces = true, append = k > 1 }) end
  return vt.learn.network{ data = path "train.xyz", species = { "Ar", "Kr" }, layers = { 4 },
    n_max = 2, l_max = 2, rmax = 6, folds = 4, block = 1 }:train{ steps = 30 }
end

function TestGuard.test_the_range_is_that_of_the_training_set()
  local net = learned():save(path "ar.network")
  local guard = vt.learn.guard(vt.potential.network(path "ar.network"), { margin = 1e-9 })
  local d = vt.descriptor.chebyshev{ species = { "Ar", "Kr" }, n_max = 2, l_max = 2, rmax = 6 }
  local low, high = {}, {}
  for k = 1, 20 do
    local atoms = frame(k)
    local inside = net.frames[k].set == 1
    if inside then lu.assertEquals(guard:check(atoms), {}) end
    local x, symbols = d:compute(atoms):totable(), atoms:symbols()
    for i = 1, inside and #atoms or 0 do
      local s = symbols[i]
      low[s], high[s] = low[s] or {}, high[s] or {}
      for f, value in ipairs(x[i]) do
        low[s][f] = math.min(low[s][f] or value, value)
        high[s][f] = math.max(high[s][f] or value, value)
      end
    end
  end
  for k, s in ipairs { "Ar", "Kr" } do
    for f = 1, #low[s] do
      local width = high[s][f] - low[s][f]
      lu.assertAlmostEquals(guard.range.low[k][f], low[s][f], 1e-9 * width)
      lu.assertAlmostEquals(guard.range.high[k][f], high[s][f], 1e-9 * width)
    end
  end
  -- The worst input of an atom beyond it, by a loop over all inputs.
  local atoms = frame(3):strain{ xx = -0.1, yy = -0.1, zz = -0.1 }
  local list = guard:check(atoms)
  lu.assertEquals(#list, #atoms)
  local one = list[1]
  local k, x = one.symbol == "Ar" and 1 or 2, d:compute(atoms)[one.atom]
  local most, at = 0, 0
  for f = 1, #x do
    local dev = guard.range.deviation[k][f]
    local beyond = math.max((guard.range.low[k][f] - x[f]) / dev,
                            (x[f] - guard.range.high[k][f]) / dev)
    if beyond > most then most, at = beyond, f end
  end
  lu.assertEquals(one.input, at)
  lu.assertAlmostEquals(one.excess, most, 1e-9 * most)
  lu.assertTrue(list[1].excess >= list[#list].excess)
  lu.assertStrContains(one.text, ("atom %d (%s): input %d ("):format(one.atom, one.symbol, at))
end

-- Crystals heated beyond what the network saw.
function TestGuard.test_dynamics_ends_where_it_guesses()
  local net = learned()
  local guard = vt.learn.guard(net.potential, { save = path "outside.xyz" })
  local atoms = frame(2)
  lu.assertEquals(guard:check(atoms), {})
  atoms.potential = net.potential
  local md = vt.md(atoms:thermalize{ temperature = 3000, seed = 1 }, { timestep = 0.002 })
  local warnings, old = {}, session.warn
  session.warn = function(text) warnings[#warnings + 1] = text end
  md:run{ time = 3, every = 0.02, sample = guard:watch(atoms) }
  session.warn = old
  lu.assertTrue(md.time < 3 and md.time == guard.time)
  lu.assertEquals({ #warnings, guard.seen }, { 1, 1 })
  lu.assertStrContains(warnings[1], "outside what the network was trained on; atom ")
  lu.assertStrContains(warnings[1], "add it to the data")
  local saved = vt.atoms.read(path "outside.xyz")
  lu.assertEquals(#guard:check(saved), #guard.found)
end

function TestGuard.test_wrong_input()
  local net = learned()
  lu.assertStrContains(message_of(vt.learn.guard, TEACHER), "is no network potential")
  lu.assertStrContains(message_of(vt.learn.guard, 3), "expected a potential")
  lu.assertStrContains(message_of(vt.learn.guard, net.potential, { margin = -1 }), "margin")
  local guard = vt.learn.guard(net.potential)
  lu.assertStrContains(message_of(guard.check, guard, 3), "expected atoms")
  lu.assertStrContains(message_of(guard.watch, guard, 3), "expected atoms")
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 3 }
  lu.assertStrContains(message_of(guard.check, guard, copper), "Cu")
  lu.assertStrContains(tostring(guard), "18 inputs of Ar, Kr, margin 1")
  -- A file that does not know its range, as version 1 wrote it, and one whose range is upside down.
  net:save(path "a.network")
  local text = folder.text_of "a.network"
  local function put(changed)
    changed = changed:gsub("sha256 %x+\n$", "")
    local sum = require("vitrum.system").sha256(changed)
    return folder.put("b.network", changed .. "sha256 " .. sum .. "\n")
  end
  local old = text:gsub("low %d+\n[^\n]*\nhigh %d+\n[^\n]*\n", ""):gsub("network 2", "network 1", 1)
  local potential = vt.potential.network(put(old))
  local atoms = frame(1)
  atoms.potential = potential
  local energy = atoms:energy()
  atoms.potential = net.potential
  lu.assertEquals(energy, atoms:energy())
  lu.assertStrContains(message_of(vt.learn.guard, potential), "does not say what it was trained on")
  local turned = text:gsub("(low %d+\n )[^ ]+", "%11e9", 1)
  lu.assertStrContains(message_of(vt.potential.network, put(turned)), "ends below its begin")
end

os.exit(lu.LuaUnit.run())
