-- Structural flexibility: a law is found again, models keep their record and tell what differs.
local lu = require "luaunit"
local vt = require "vitrum"
local folder = require "io_folder"
local session = require "vitrum.session"

local path <const> = folder.name

--- The error that f raises with the arguments given.
local function message(f, ...)
  local ok, err = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(err)
end

local potential <const> = vt.potential.lj{
  species = { "Cu", "Zr" }, epsilon = 0.4, sigma = { 2.3, 2.76 }, cutoff = 6,
  truncation = "force_shifted" }

-- A minimum without stress and what its vibrations shall be: a law of the neighbors within 3.4 A.
local made = {}
local function teacher(seed, share)
  local key = seed .. share
  if not made[key] then
    local atoms = vt.atoms.random{ composition = { Cu = share, Zr = 100 - share }, n = 400,
                                   seed = seed }
    atoms.potential = potential
    vt.minimize(atoms, { fmax = 1e-3, pressure = 0 })
    local counts = vt.descriptor.radial{ species = { "Cu", "Zr" }, rmin = 2.6, rmax = 3.4,
                                         sigma = 0.2 }:compute(atoms):astype "float64"
    local law = counts:dot(vt.array.linspace(-0.2, 0.2, counts.shape[2]))
    made[key] = { atoms = atoms, v_flex = (law - 4):exp(), cooling_rate = 1e13, name = "law" }
  end
  return made[key]
end

local WARN <const> = session.warn
local warnings

TestFlexibility = { tearDown = function()
  session.warn = WARN
  folder.remove()
end }

function TestFlexibility.setUp()
  folder.make()
  warnings = {}
  session.warn = function(text) warnings[#warnings + 1] = text end
end

local learned
local function flexibility()
  learned = learned or vt.learn.flexibility({ teacher(1, 60), teacher(2, 50), teacher(3, 40) },
    { C = { 0.1, 1 } })
  return learned
end

function TestFlexibility.test_a_law_is_found_in_a_glass_never_seen()
  local f, test = flexibility(), teacher(4, 52)
  local scores = f:score(test)
  lu.assertTrue(scores.Cu.pearson > 0.9 and scores.Zr.pearson > 0.9)
  local set = f.sets[1]
  lu.assertEquals(set.scores.Cu.by, "glass")
  lu.assertTrue(set.scores.Cu.unseen > 0.9)
  local sf = f:predict(test.atoms)
  local copper = test.atoms:types():eq(1)
  lu.assertTrue(sf:select(copper):equals(set.models.Cu:predict(test.atoms)))
  local means = f:means(test.atoms)
  lu.assertAlmostEquals(means.all, sf:mean(), 1e-12)
  lu.assertAlmostEquals(means.Cu, sf:select(copper):mean(), 1e-12)
  lu.assertEquals(#warnings, 0)
  -- Peaks are those of the glasses that taught, in both models.
  lu.assertEquals(set.models.Cu.descriptor.settings.peaks, set.models.Zr.descriptor.settings.peaks)
  lu.assertStrContains(tostring(f), "from 3 glasses")
  lu.assertStrContains(tostring(f), "1e+13 K/s")
end

function TestFlexibility.test_files()
  local f, test = flexibility(), teacher(4, 52)
  f:save(path "f.json")
  local again = vt.learn.model(path "f.json")
  lu.assertTrue(again:predict(test.atoms):equals(f:predict(test.atoms)))
  lu.assertEquals(tostring(again), tostring(f))
  local both = vt.learn.model(path "f.json"):append(again)
  lu.assertEquals(#both.sets, 2)
  lu.assertStrContains(message(both.append, both, 5), "expected models of flexibility")
  local file = io.open(path "bad.json", "w")
  file:write '{"format": "vitrum flexibility model", "version": 1, "sets": [{}]}'
  file:close()
  lu.assertStrContains(message(vt.learn.model, path "bad.json"), "is damaged")
  lu.assertStrContains(message(vt.learn.model, "CuAl"), "there is no model of that name")
  file = io.open(path "other.json", "w")
  file:write "{}"
  file:close()
  lu.assertStrContains(message(vt.learn.model, path "other.json"), "holds no")
end

function TestFlexibility.test_the_model_that_comes_with_the_program()
  local f = vt.learn.model "CuZr"
  local files = {}
  for k, set in ipairs(f.sets) do
    files[k] = set.potential.file
    lu.assertEquals(#set.potential.sha256, 64)
    lu.assertEquals(#set.models.Cu.weights, 98)
    lu.assertTrue(set.scores.Cu.unseen > 0.5 and set.scores.Zr.unseen > 0.5)
  end
  lu.assertEquals(files, { "Cu-Zr_2.eam.fs", "ZrCuAl2011.eam.alloy" })
  lu.assertEquals(f.sets[2].potential.taper, 0.3)
  lu.assertEquals(#f:predict(teacher(4, 52).atoms), 400)
  lu.assertStrContains(warnings[1], "what was learned is of Cu-Zr_2.eam.fs")
end

-- What differs from the glasses that taught is said, once.
function TestFlexibility.test_warnings()
  local function told(atoms)
    flexibility():save(path "w.json", { overwrite = true })
    local f = vt.learn.model(path "w.json")
    warnings = {}
    f:predict(atoms)
    local text = table.concat(warnings, "\n")
    f:predict(atoms)
    lu.assertEquals(table.concat(warnings, "\n"), text)
    return text
  end
  local glass = teacher(4, 52).atoms
  lu.assertEquals(told(glass), "")
  lu.assertStrContains(told(glass:copy():rattle{ amplitude = 0.1, seed = 1 }),
    "this is no inherent structure")
  local pressed = glass:copy()
  pressed:set_box{ volume = 0.9 * glass:volume(), remap = true }
  vt.minimize(pressed, { fmax = 1e-3 })
  lu.assertStrMatches(told(pressed), ".*the glass is at %d+%.%d+ GPa, and what was learned is of.*")
  lu.assertStrContains(told(teacher(5, 95).atoms), "the glass has 95 % of Cu")
  local bare = glass:copy()
  bare.potential = nil
  lu.assertStrContains(told(bare), "the glass has no potential")
  local crystal = vt.atoms.bcc{ species = "Cu", a = 3.0, cells = 5 }
  crystal:substitute{ from = "Cu", to = "Zr", count = 125, seed = 1 }
  lu.assertStrContains(told(crystal), "are unlike those learned from")
  local other = glass:copy()
  other.potential = vt.potential.eam("CuZr_mm.eam.fs")
  lu.assertStrContains(told(other), "the glass has the potential CuZr_mm.eam.fs")
end

function TestFlexibility.test_wrong_input()
  local learn, f = vt.learn.flexibility, flexibility()
  lu.assertStrContains(message(learn, {}), "expected a list of results of vt.vibrations")
  lu.assertStrContains(message(learn, { 5 }), "entry 1 of the list must be a result")
  local glass = teacher(1, 60).atoms
  lu.assertStrContains(message(learn, { { atoms = glass, v_flex = { 1, 2 } } }),
    "a number for each of its 400 atoms")
  lu.assertStrContains(message(learn, { { atoms = glass, v_flex = vt.array.full(0 / 0, 400) } }),
    "no atom with a positive v_flex")
  local few = vt.atoms.random{ composition = "Cu50Zr50", n = 150, seed = 1 }
  lu.assertStrContains(message(learn, { { atoms = few, v_flex = vt.array.ones(150) } }),
    "atoms of Cu and 98 features")
  local pure = vt.atoms.random{ composition = "Cu", n = 400, seed = 1 }
  lu.assertStrContains(message(learn, { teacher(1, 60), { atoms = pure,
    v_flex = vt.array.ones(400) } }), "all must be of one alloy system")
  lu.assertStrContains(message(learn, { teacher(1, 60) }, { sigma = 0.07 }), "no whole number")
  local nickel = vt.atoms.random{ composition = "Cu50Ni50", n = 50, seed = 1 }
  lu.assertStrContains(message(f.predict, f, nickel), "are of Cu, Zr, and the atoms have Ni")
  lu.assertStrContains(message(f.predict, f, 5), "expected atoms")
end

os.exit(lu.LuaUnit.run())
