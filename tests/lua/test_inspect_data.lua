-- What is odd in files of frames: each kind put there by hand, and nothing where nothing is.
local folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"

local message_of, path = folder.message, folder.name

TestInspectData = {}

function TestInspectData.setUp() folder.make() end
function TestInspectData.tearDown() folder.remove() end

local TEACHER <const> = vt.potential.lj{ species = { "Ar", "Kr" }, epsilon = { 0.0104, 0.0141 },
  sigma = { 3.4, 3.65 }, cutoff = 6, truncation = "force_shifted" }

local function frame(k)
  local atoms = vt.atoms.fcc{ species = "Ar", a = 5.4 + 0.02 * (k % 7), cells = 2 }
  atoms:substitute{ to = "Kr", count = 4 + k % 9, seed = k }
  atoms:rattle{ amplitude = 0.1 + 0.01 * (k % 3), seed = k }
  atoms.potential = TEACHER
  return atoms
end

function TestInspectData.test_what_was_put_there()
  for k = 1, 20 do frame(k):save(path "good.xyz", { forces = true, append = k > 1 }) end
  local clean = vt.learn.inspect(path "good.xyz")
  lu.assertEquals({ clean.frames, #clean.duplicates, #clean.outliers, #clean.forces,
                    #clean.isolated }, { 20, 0, 0, 0, 0 })
  lu.assertEquals(clean.species, { "Ar", "Kr" })
  lu.assertStrContains(tostring(clean), "frames that are there twice: none")
  -- 1: one of the good ones again; 2: an energy of another zero; 3: a collision; 4: an atom alone
  frame(7):save(path "bad.xyz", { forces = true })
  local wrong = frame(30)
  local energy = wrong:energy() + 3.2
  wrong:forces()
  wrong.potential = nil
  wrong:save(path "bad.xyz", { forces = true, append = true, info = { energy = energy } })
  local close = frame(31)
  close:positions()[5] = close:positions()[1] + vt.array{ 1.9, 0, 0 }
  close:save(path "bad.xyz", { forces = true, append = true })
  local alone = vt.atoms.fcc{ species = "Ar", a = 5.4, cells = 1 }
  alone:set_box{ 40, 40, 40 }
  alone:positions()[3] = vt.array{ 20, 20, 20 }
  alone.potential = vt.potential.lj{ species = "Ar", epsilon = 0.0104, sigma = 3.4 }
  alone:save(path "bad.xyz", { forces = true, append = true })
  local report = vt.learn.inspect({ path "good.xyz", path "bad.xyz" }, { force = 20 })
  lu.assertEquals(#report.duplicates, 1)
  lu.assertEquals(report.duplicates[1].first, path "good.xyz" .. ", frame 7")
  lu.assertEquals(report.duplicates[1].second, path "bad.xyz" .. ", frame 1")
  local named = {}
  for _, one in ipairs(report.outliers) do named[one.frame] = one end
  lu.assertAlmostEquals(named[path "bad.xyz" .. ", frame 2"].off, 0.1, 0.03)
  lu.assertEquals(#report.forces, 1)
  lu.assertEquals(report.forces[1].frame, path "bad.xyz" .. ", frame 3")
  lu.assertTrue(report.forces[1].atom == 1 or report.forces[1].atom == 5)
  lu.assertEquals(report.isolated, { { frame = path "bad.xyz" .. ", frame 4", atoms = { 3 } } })
  local text = tostring(report)
  lu.assertStrContains(text, "bad.xyz, frame 4: atom 3")
  lu.assertStrContains(text, "frames that are there twice: 1")
end

function TestInspectData.test_wrong_input()
  lu.assertStrContains(message_of(vt.learn.inspect, 3), "expected the name of a file")
  lu.assertStrContains(message_of(vt.learn.inspect, path "none.xyz"), "none.xyz")
  lu.assertStrContains(message_of(vt.learn.inspect, { path "a.xyz", 3 }), "file 2")
  frame(1):save(path "plain.xyz")
  lu.assertStrContains(message_of(vt.learn.inspect, path "plain.xyz"), "frame 1 has no energy")
  lu.assertStrContains(message_of(vt.learn.inspect, path "plain.xyz", { outlier = 0 }), "outlier")
end

os.exit(lu.LuaUnit.run())
