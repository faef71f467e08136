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
  lu.assertStrContains(tostring(clean), "no strained pairs to compare with energies")
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

-- A crystal under strains: stresses of the potential, those with the wrong sign, and in kbar.
function TestInspectData.test_signs_and_units_of_stresses()
  for name, factor in pairs { right = 1, sign = -1, kbar = 10 } do
    for k = 0, 6 do
      local atoms = frame(3)
      if k > 0 then
        atoms:strain{ [({ "xx", "yy", "zz", "yz", "xz", "xy" })[k]] = 0.01 + 0.002 * k }
      end
      local s, scaled = atoms:stress(), {}
      for _, c in ipairs { "xx", "yy", "zz", "yz", "xz", "xy" } do scaled[c] = factor * s[c] end
      local energy = atoms:energy()
      atoms:forces()
      atoms.potential = nil
      atoms:save(path(name .. ".xyz"), { forces = true, append = k > 0,
                                         info = { energy = energy, stress = scaled } })
    end
    local report = vt.learn.inspect(path(name .. ".xyz"))
    lu.assertEquals(report.stress.pairs, 6)
    lu.assertAlmostEquals(report.stress.ratio * factor, 1, 0.03)
    lu.assertStrContains(tostring(report), name == "sign" and "their sign is wrong"
      or name == "kbar" and "look at their units" or "6 strained pairs")
  end
end

function TestInspectData.test_wrong_input()
  lu.assertStrContains(message_of(vt.learn.inspect, 3), "expected the name of a file")
  lu.assertStrContains(message_of(vt.learn.inspect, path "none.xyz"), "none.xyz")
  lu.assertStrContains(message_of(vt.learn.inspect, { path "a.xyz", 3 }), "file 2")
  frame(1):save(path "plain.xyz")
  lu.assertStrContains(message_of(vt.learn.inspect, path "plain.xyz"), "frame 1 has no energy")
  lu.assertStrContains(message_of(vt.learn.inspect, path "plain.xyz", { outlier = 0 }), "outlier")
end

-- ---------------------------------------------------------------- n2p2 ----

TestN2p2 = {}
TestN2p2.setUp, TestN2p2.tearDown = TestInspectData.setUp, TestInspectData.tearDown

local BOHR <const>, HARTREE <const> = 0.529177210903, 27.211386245988

-- Frames of a potential written in atomic units by hand, read back: energies and forces are those
-- of the potential again.
function TestN2p2.test_units_and_signs()
  local lines, kept = {}, {}
  for k = 1, 3 do
    local atoms = frame(k)
    kept[k] = atoms
    local box, symbols = atoms:box(), atoms:symbols()
    table.insert(lines, "begin\ncomment frame " .. k)
    for _, edge in ipairs { box.a, box.b, box.c } do
      table.insert(lines, ("lattice %.15g %.15g %.15g"):format(edge[1] / BOHR, edge[2] / BOHR,
                                                             edge[3] / BOHR))
    end
    local r, f = atoms:positions(), atoms:forces()
    for i = 1, #atoms do
      local unit = BOHR / HARTREE
      table.insert(lines, ("atom %.15g %.15g %.15g %s 0.0 0.0 %.15g %.15g %.15g"):format(
        r[i][1] / BOHR, r[i][2] / BOHR, r[i][3] / BOHR, symbols[i], f[i][1] * unit, f[i][2] * unit,
        f[i][3] * unit))
    end
    table.insert(lines, ("energy %.15g\ncharge 0.0\nend\n"):format(atoms:energy() / HARTREE))
  end
  folder.put("input.data", table.concat(lines, "\n"))
  lu.assertEquals(vt.learn.read_n2p2(path "input.data", path "train.xyz",
    { length_unit = "bohr", energy_unit = "hartree" }), 3)
  local n = 0
  for atoms, info in vt.atoms.frames(path "train.xyz") do
    n = n + 1
    lu.assertEquals(info.config_type, "frame " .. n)
    lu.assertAlmostEquals(info.energy, kept[n]:energy(), 1e-10)
    lu.assertEquals(atoms:symbols(), kept[n]:symbols())
    lu.assertTrue((atoms:positions() - kept[n]:positions()):abs():max() < 1e-10)
    local stored = atoms:stored_forces():copy()
    lu.assertTrue((stored - kept[n]:forces()):abs():max() < 1e-10)
  end
  lu.assertEquals(n, 3)
  -- In eV and A numbers stay what they are; without a lattice nothing is periodic.
  folder.put("free.data", "begin\natom 0 0 0 Ar 0 0 0.1 0 0\natom 4 0 0 Ar 0 0 -0.1 0 0\n"
    .. "energy -0.5\nend\n")
  vt.learn.read_n2p2(path "free.data", path "free.xyz", { length_unit = "A", energy_unit = "eV" })
  local atoms = vt.atoms.read(path "free.xyz")
  lu.assertEquals(atoms:box().periodic, { false, false, false })
  lu.assertEquals(atoms:stored_forces()[1][1], 0.1)
end

function TestN2p2.test_wrong_input()
  local function problem(text, given)
    folder.put("bad.data", text)
    return message_of(vt.learn.read_n2p2, path "bad.data", path "out.xyz",
      given or { length_unit = "A", energy_unit = "eV" })
  end
  local atom <const> = "atom 0 0 0 Ar 0 0 0 0 0\n"
  for words, text in pairs {
    ["bad.data:1: expected 'begin', found 'ITEM:'"] = "ITEM: TIMESTEP\n",
    ["bad.data:3: the frame that ends here has no energy"] = "begin\n" .. atom .. "end\n",
    ["bad.data:3: the frame that ends here has no atoms"] = "begin\nenergy 1\nend\n",
    ["it has been cut short"] = "begin\n" .. atom,
    ["bad.data:2: 'begin' before the 'end'"] = "begin\nbegin\n",
    ["found 7"] = "begin\natom 0 0 0 Ar 0 0\n",
    ["'x' must be a number"] = "begin\natom 0 x 0 Ar 0 0 0 0 0\n",
    ["'1e999' must be a number"] = "begin\nenergy 1e999\n",
    ["'18' is no element"] = "begin\natom 0 0 0 18 0 0 0 0 0\n",
    ["has 1 lines 'lattice', not three or none"] = "begin\nlattice 1 0 0\n" .. atom
      .. "energy 1\nend\n",
    ["'energy' is there twice"] = "begin\nenergy 1\nenergy 2\n",
    ["unknown word 'virial'"] = "begin\nvirial 1\n",
    ["there are no frames"] = "\n",
  } do
    lu.assertStrContains(problem(text), words)
  end
  lu.assertStrContains(problem("begin\n", { length_unit = "A" }), "energy_unit")
  lu.assertStrContains(problem("begin\n", { length_unit = "nm", energy_unit = "eV" }),
                       "length_unit")
  lu.assertStrContains(message_of(vt.learn.read_n2p2, path "none.data", path "out.xyz",
    { length_unit = "A", energy_unit = "eV" }), "none.data")
  local file <close> = io.open(path "out.xyz")
  lu.assertNil(file)
end

os.exit(lu.LuaUnit.run())
