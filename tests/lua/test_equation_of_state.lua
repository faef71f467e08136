-- Equations of state: curves that are exact, energies of crystals, scripts/equation-of-state.lua.
local child = require "child"
local copper = require "copper"
local json = require "vitrum.base.json"
local lu = require "luaunit"
local vt = require "vitrum"

local SCRIPT <const> = (os.getenv "VITRUM_SOURCE" or ".") .. "/scripts/equation-of-state.lua"
local GPA <const> = 160.2176634

-- Murnaghan's energy as integral of his pressure, B0/B' ((V0/V)^B' - 1), by Simpson's rule: not the
-- formula that is tested.
local function murnaghan(volume, v0, e0, b, prime)
  local n <const>, sum = 2000, 0.0
  local h = (volume - v0) / n
  for k = 0, n do
    local weight = (k == 0 or k == n) and 1 or k % 2 == 1 and 4 or 2
    sum = sum + weight * b / prime * ((v0 / (v0 + k * h)) ^ prime - 1)
  end
  return e0 - sum * h / 3
end

-- Birch's pressure, 3/2 B0 (x^7 - x^5)(1 + 3/4 (B' - 4)(x^2 - 1)) with x^3 = V0/V, in the same way.
local function birch(volume, v0, e0, b, prime)
  local n <const>, sum = 2000, 0.0
  local h = (volume - v0) / n
  for k = 0, n do
    local weight = (k == 0 or k == n) and 1 or k % 2 == 1 and 4 or 2
    local x = (v0 / (v0 + k * h)) ^ (1 / 3)
    sum = sum + weight * 1.5 * b * (x ^ 7 - x ^ 5) * (1 + 0.75 * (prime - 4) * (x * x - 1))
  end
  return e0 - sum * h / 3
end

TestEquationOfState = {}

function TestEquationOfState.test_exact_curves_return_their_parameters()
  for form, curve in pairs{ murnaghan = murnaghan, ["birch-murnaghan"] = birch } do
    local v, e = {}, {}
    for k = 1, 11 do
      v[k] = 11.8 * (0.9 + 0.02 * k)
      e[k] = curve(v[k], 11.8, -3.54, 140 / GPA, 5.2)
    end
    table.sort(v, function(a, b) return a > b end) -- in any order
    for k = 1, 11 do e[k] = curve(v[k], 11.8, -3.54, 140 / GPA, 5.2) end
    local state = vt.fit.equation_of_state(v, e, { form = form })
    lu.assertAlmostEquals(state.volume, 11.8, 1e-6)
    lu.assertAlmostEquals(state.energy, -3.54, 1e-9)
    lu.assertAlmostEquals(state.bulk, 140, 1e-3)
    lu.assertAlmostEquals(state.prime, 5.2, 1e-3)
    lu.assertTrue(state.rms < 1e-9)
    lu.assertAlmostEquals(state(v[3]), e[3], 1e-9)
    -- The pressure is minus the slope of the curve.
    local slope = (state(12.3001) - state(12.2999)) / 2e-4
    lu.assertAlmostEquals(state:pressure(12.3), -slope * GPA, 1e-3)
    lu.assertAlmostEquals(state:pressure(vt.array{ 12.3 })[1], state:pressure(12.3), 0)
    lu.assertStrContains(tostring(state), "V0 = 11.8")
  end
end

function TestEquationOfState.test_wrong_data()
  local fit = vt.fit.equation_of_state
  local v = { 10, 11, 12, 13, 14 }
  for message, f in pairs{
    ["do not bracket the minimum: the energy is lowest at the largest one; add larger"] =
      function() fit(v, { 5, 4, 3, 2, 1 }) end,
    ["lowest at the smallest one; add smaller"] = function() fit(v, { 1, 2, 3, 4, 5 }) end,
    ["there are 4 different volumes"] = function() fit({ 10, 11, 12, 13, 13 }, v) end,
    ["volume 1 is -1 A^3"] = function() fit({ -1, 11, 12, 13, 14 }, { 3, 2, 1, 2, 3 }) end,
    ["form"] = function() fit(v, { 3, 2, 1, 2, 3 }, { form = "vinet" }) end,
    ["do not follow Murnaghan's equation"] = function() fit(v, { 3, 2.9, -9, 2.9, 3 }) end,
  } do
    lu.assertErrorMsgContains(message, f)
  end
  local state = fit(v, { 4, 1.1, 0, 0.9, 3.2 }, { form = "birch-murnaghan" })
  lu.assertErrorMsgContains("must be positive", function() state(-1) end)
end

-- The bulk modulus of copper from the curve, from the elastic constants and from the pressure at
-- two volumes.
function TestEquationOfState.test_curve_elastic_constants_and_pressure_agree()
  local atoms = vt.atoms.fcc{ species = "Cu", a = copper.LATTICE, cells = 2 }
  atoms.potential = copper.lj
  vt.minimize(atoms, { box = "isotropic", pressure = 0, fmax = 1e-6, stress_tolerance = 1e-6 })
  local v, e, middle = {}, {}, atoms:volume()
  for k = 1, 9 do
    local copy = atoms:copy()
    v[k] = middle * (1 + 0.004 * (k - 5))
    copy:set_box{ volume = v[k], remap = true }
    e[k] = copy:energy()
  end
  local bulk = vt.fit.equation_of_state(v, e, { form = "birch-murnaghan" }).bulk
  local elastic = vt.mechanics.elastic(atoms, { minimize = false }).bulk
  local one, other = atoms:copy(), atoms:copy()
  one:set_box{ volume = middle * 0.9999, remap = true }
  other:set_box{ volume = middle * 1.0001, remap = true }
  local plain = (one:pressure() - other:pressure()) / 2e-4
  lu.assertAlmostEquals(elastic / plain, 1, 1e-5)
  lu.assertAlmostEquals(bulk / plain, 1, 1e-3)
end

-- ---------------------------------------------------------------- protocol ----

TestProtocol = {}

function TestProtocol:setUp() self.folder = child.folder() end

function TestProtocol:tearDown() child.remove(self.folder) end

local function values_of(folder)
  local values = {}
  for _, entry in ipairs(json.decode(child.read(folder .. "/run.json"), "run.json").results) do
    values[entry.name] = entry
  end
  return values
end

function TestProtocol:test_crystals_a_glass_and_a_reference()
  local glass = vt.atoms.random{ composition = "Cu50Zr50", n = 60, seed = 3 }
  glass.potential = vt.potential.eam "CuZr_mm.eam.fs"
  vt.minimize(glass, { box = "isotropic", pressure = 0 })
  glass:save(self.folder .. "/glass.data")
  local text, status = child.vitrum(self.folder, SCRIPT .. " preset=test threads=1 low=0.96 "
    .. "high=1.04 glass=glass.data reference=CuZr_mm.eam.fs out=a")
  lu.assertEquals(status, 0, text)
  local values = values_of(self.folder .. "/a")
  -- LAMMPS (29 Sep 2021) with this file: no pressure at an edge of 3.639085 A, -3.283116 eV/atom
  -- there, and 145.06 GPa from pressures at volumes that differ by 0.02 %.
  lu.assertAlmostEquals(values["fcc Cu: lattice constant"].value, 3.639085, 2e-5)
  lu.assertAlmostEquals(values["fcc Cu: energy"].value, -3.283116, 5e-4)
  lu.assertAlmostEquals(tonumber(values["fcc Cu: bulk modulus"].note:match
    "([%d.]+) GPa from the elastic"), 145.06, 0.3)
  lu.assertEquals(values["fcc Zr: from the reference"].value, 0)
  local cu3zr = vt.csv.read(self.folder .. "/a/L12-Cu3Zr.csv")
  lu.assertEquals(#cu3zr, 7)
  -- One cell of L1_2 by hand: Zr at the corner, Cu at the centers of the faces.
  local edge = (4 * cu3zr.volume[1]) ^ (1 / 3)
  child.write(self.folder .. "/l12.xyz", ([[4
Lattice="%.12f 0 0 0 %.12f 0 0 0 %.12f" Properties=species:S:1:pos:R:3 pbc="T T T"
Zr 0 0 0
Cu 0 %.12f %.12f
Cu %.12f 0 %.12f
Cu %.12f %.12f 0
]]):format(edge, edge, edge, edge / 2, edge / 2, edge / 2, edge / 2, edge / 2, edge / 2))
  local cell = vt.atoms.read(self.folder .. "/l12.xyz")
  cell.potential = vt.potential.eam "CuZr_mm.eam.fs"
  lu.assertAlmostEquals(cell:energy() / 4, cu3zr.energy[1], 1e-6)
  lu.assertNotNil(values["glass glass: bulk modulus"] or values["glass glass: equation of state"])
  local page = child.read(self.folder .. "/a/report.html")
  for _, words in ipairs{ "Murnaghan", "<svg", "other potential", "primitive cell" } do
    lu.assertStrContains(page, words)
  end
  -- The bulk modulus at rest by both ways.
  local entry = values["hcp Zr: bulk modulus"]
  local elastic = tonumber(entry.note:match "([%d.]+) GPa from the elastic")
  lu.assertAlmostEquals(entry.value / elastic, 1, 0.03)
end

-- A network beside its teacher, as the article has one beside DFT.
function TestProtocol:test_a_network_and_its_teacher()
  local data = self.folder .. "/copper.xyz"
  for k = 1, 30 do
    local atoms = vt.atoms.fcc{ species = "Cu", a = 3.52 + 0.008 * k, cells = 2 }
    atoms:rattle{ amplitude = 0.02 + 0.02 * (k % 3), seed = k }
    atoms.potential = vt.potential.eam "CuZr_mm.eam.fs"
    atoms:save(data, { forces = true, append = true, info = { config_type = "crystal" } })
  end
  vt.learn.network{ data = data, species = { "Cu" }, seed = 3, layers = { 6, 6 }, n_max = 3,
    l_max = 2, rmax = 5, folds = 5, block = 2 }:train{ steps = 150 }
    :save(self.folder .. "/copper.network")
  local text, status = child.vitrum(self.folder, SCRIPT .. " preset=test threads=1 elements=Cu "
    .. "structures=fcc low=0.95 high=1.05 potential=copper.network reference=CuZr_mm.eam.fs out=n")
  lu.assertEquals(status, 0, text)
  local values = values_of(self.folder .. "/n")
  lu.assertAlmostEquals(values["fcc Cu: lattice constant"].value, 3.639, 0.02)
  local off = values["fcc Cu: from the reference"]
  lu.assertTrue(off.value > 0 and off.value < 10)
  lu.assertStrContains(off.note, "other potential")
end

function TestProtocol:test_wrong_input()
  for words, message in pairs{
    ["low=1"] = "do not bracket the minimum",
    ["elements=Cu"] = "B2 is an alloy of two elements; elements names one, Cu",
    ["elements=Cu,Al"] = "Al",
    ["elements=Cu,Qq"] = "Qq",
    ["potential=none.network"] = "none.network",
    ["potential=none.network taper=0.3"] = "taper is for setfl files",
    ["points=4"] = "at least 5",
    ["potential=kim:Nope"] = "potential.kim",
    ["reference=none.eam.fs"] = "none.eam.fs",
  } do
    local text, status = child.vitrum(self.folder, SCRIPT .. " preset=test threads=1 " .. words
      .. " out=wrong")
    lu.assertNotEquals(status, 0, words)
    lu.assertStrContains(text, message)
    lu.assertNil(text:find "traceback")
  end
end

os.exit(lu.LuaUnit.run())
