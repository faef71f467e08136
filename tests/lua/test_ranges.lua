-- Numbers that are likely to be in another unit: errors that name it, warnings, other units written
-- with the number, boxes that collapse.
local child = require "child"
local lu = require "luaunit"
local parameters = require "vitrum.protocol.parameters"
local session = require "vitrum.session"
local vt = require "vitrum"
vt.quiet(true)

local function crystal()
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = 6 }
  copper.potential = vt.potential.lj{ species = "Cu", epsilon = 0.4, sigma = 2.34, cutoff = 5.8 }
  return copper
end

local function refused(expected, f, ...)
  lu.assertErrorMsgContains(expected, f, ...)
end

TestRanges = {}

-- What each number means in the unit that was in mind, by hand.
function TestRanges.test_errors_name_the_unit_that_was_meant()
  local glass = crystal()
  local npt = { ensemble = "npt", temperature = 300, pressure = 10000 }
  refused("md: option 'pressure' is 10000 GPa, but only up to 1000 GPa makes sense; did you mean "
    .. "1 GPa = 10000 bar", vt.md, glass, npt)
  refused("did you mean -2 GPa = -20000 bar", vt.md, glass,
    { ensemble = "npt", stress = { zz = -20000 } })
  refused("option 'timestep' is 2 ps, but only 1e-08 to 0.2 ps makes sense; did you mean 0.002 ps "
    .. "= 2 fs?", vt.md, glass, { timestep = 2 })
  refused("0.002 ps = 2e-15 s?", vt.md, glass, { timestep = 2e-15 })
  refused("did you mean 0.2 ps = 2e-13 s?", vt.md, glass,
    { ensemble = "nvt", temperature_damping = 2e-13 })
  refused("minimize: option 'pressure' is 5e+09 GPa, but only up to 1000 GPa makes sense; did you "
    .. "mean 5 GPa = 5e+09 Pa?", vt.minimize, glass, { pressure = 5e9 })
  refused("strain: option 'xx' is 15, but only up to 10 makes sense; did you mean 0.15 = 15 %?",
    glass.strain, glass, { xx = 15 })
  refused("did you mean 7.2 g/cm^3 = 7200 kg/m^3?", vt.atoms.random,
    { composition = "Cu64Zr36", n = 100, density = 7200 })
  refused("did you mean 0.055 1/A^3 = 55 1/nm^3?", vt.atoms.random,
    { composition = "Cu64Zr36", n = 100, number_density = 55 })
  refused("did you mean 3.8 A = 3.8e-10 m?", vt.structure.deformation, glass, glass,
    { cutoff = 3.8e-10 })
  refused("did you mean 80 GPa = 8e+10 Pa?", vt.stz.lattice, { n = 16, young = 8e10 })
  refused("did you mean 2.00003 eV = 3.2044e-19 J?", vt.stz.lattice,
    { n = 16, barrier = { mean = 3.2044e-19 } })
  refused("did you mean 0.0103409 eV = 1.6568e-21 J?", vt.potential.lj,
    { species = "Ar", epsilon = 1.6568e-21, sigma = 3.4 })
end

function TestRanges.test_errors_of_runs()
  local md = vt.md(crystal(), { ensemble = "npt", temperature = 300 })
  refused("MD:run: option 'cooling_rate' is 1 K/s, but only 1e+06 to 1e+20 K/s makes sense; did "
    .. "you mean 1e+12 K/s = 1 K/ps", md.run, md,
    { temperature = { 300, 200 }, cooling_rate = 1 })
  refused("MD:run: strain_rate.zz is 0.001 1/s, but only 1 to 1e+15 1/s makes sense; did you mean "
    .. "1e+09 1/s = 0.001 1/ps", md.run, md, { time = 1, strain_rate = { zz = 0.001 } })
  refused("MD:run: option 'strain' is 15,", md.run, md, { strain = 15, strain_rate = { zz = 1e9 } })
  refused("MD:run: pressure is 10000 GPa,", md.run, md, { time = 1, pressure = { 0, 10000 } })
  refused("MD:run: option 'time' is 2e-11 ps, but only 1e-08 to 1e+09 ps makes sense; did you mean "
    .. "20 ps = 2e-11 s?", md.run, md, { time = 20e-12 })
  lu.assertEquals(md.step, 0)
end

-- Each warning is printed once, with the place of the call; what is meant goes on.
function TestRanges.test_unusual_values_are_warned_of_once()
  local folder = child.folder()
  child.write(folder .. "/unusual.lua", [[
local vt = require "vitrum"
local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = 6 }
copper.potential = vt.potential.lj{ species = "Cu", epsilon = 0.4, sigma = 2.34, cutoff = 5.8 }
for _ = 1, 2 do
  vt.md(copper, { ensemble = "npt", temperature_damping = 100, pressure = 300 })
end
pcall(vt.structure.bond_order, copper, { cutoff = 0.3 })
vt.atoms.fcc{ species = "Cu", a = 0.3615, cells = 2 }
print "done"
]])
  local output, status = child.vitrum(folder, "unusual.lua")
  child.remove(folder)
  lu.assertEquals(status, 0, output)
  local _, count = output:gsub("vitrum: warning: ", "")
  lu.assertEquals(count, 4, output)
  lu.assertStrContains(output, "unusual.lua:8: atoms.fcc: option 'a' is 0.3615 A; usual is 0.7 to "
    .. "60 A; did you mean 3.615 A = 0.3615 nm?")
  lu.assertStrContains(output, "unusual.lua:5: md: option 'temperature_damping' is 100 ps; usual "
    .. "is 0.001 to 50 ps; did you mean 0.1 ps = 100 fs?")
  lu.assertStrContains(output, "unusual.lua:5: md: option 'pressure' is 300 GPa; usual is up to "
    .. "50 GPa; did you mean 0.03 GPa = 300 bar or 0.3 GPa = 300 MPa?")
  lu.assertStrContains(output, "unusual.lua:7: structure.bond_order: option 'cutoff' is 0.3 A")
  lu.assertStrContains(output, "did you mean 3 A = 0.3 nm?")
  lu.assertStrContains(output, "\ndone\n")
end

function TestRanges.test_parameters_of_protocols()
  local list = assert(parameters.declare{
    { "pressure", 0, unit = "GPa", range = "pressure" },
    { "rate", 1e13, unit = "K/s", range = "temperature rate" },
    { "timestep", 0.002, unit = "ps", range = "timestep", max = 0.01 },
  })
  local function read(given) return parameters.read(list, given) end
  local _, why = read{ pressure = "10000" }
  lu.assertStrContains(why, "pressure is 10000 GPa, but only up to 1000 GPa makes sense; did you "
    .. "mean 1 GPa = 10000 bar")
  _, why = read{ rate = 10 }
  lu.assertStrContains(why, "did you mean 1e+13 K/s = 10 K/ps")
  _, why = read{ timestep = "2" }
  lu.assertStrContains(why, "did you mean 0.002 ps = 2 fs?")
  _, why = read{ timestep = 0.02 }
  lu.assertStrContains(why, "timestep must be at most 0.01 ps, not 0.02")
  -- A unit that is written with the number leaves no doubt.
  lu.assertAlmostEquals(read{ pressure = "10000 bar" }.pressure, 1, 1e-15)
  lu.assertEquals(read{ pressure = "2000GPa" }.pressure, 2000.0)
  lu.assertAlmostEquals(read{ timestep = "2fs" }.timestep, 0.002, 1e-18)
  lu.assertEquals(read{ rate = "10 K/ps" }.rate, 1e13)
  _, why = read{ pressure = "3 torr" }
  lu.assertStrContains(why, "pressure must be a number in GPa, not '3 torr'")
  lu.assertStrContains(parameters.help(list, 80), "[usually up to 50]")
  _, why = parameters.declare{ { "pressure", 0, unit = "GPa", range = "presure" } }
  lu.assertStrContains(why, "there is no range 'presure'; did you mean pressure")
end

-- Every declaration has the unit of its range and a default that is usual.
function TestRanges.test_declarations_agree_with_their_ranges()
  local seen = 0
  for name, entry in pairs(session.docs) do
    for _, option in ipairs(entry.options or {}) do
      local where = name .. "." .. option.name
      if option.range then
        lu.assertEquals(option.unit, session.range(option.range).unit, where)
        if type(option.default) == "number" then
          lu.assertEquals(session.judge(option.range, option.default), "usual", where)
        end
        seen = seen + 1
      end
    end
  end
  lu.assertTrue(seen > 40)
end

-- Copper so soft that 20 GPa crush it: the volume of an atom in solid copper is 11.8 A^3.
function TestRanges.test_a_box_that_collapses_is_an_error_and_goes_back()
  local soft = crystal()
  soft.potential = vt.potential.lj{ species = "Cu", epsilon = 1e-4, sigma = 2, cutoff = 4 }
  local before, start = soft:volume(), soft:copy()
  local md = vt.md(soft, { ensemble = "npt", temperature = 300, pressure = 20 })
  local ok, why = pcall(md.run, md, { time = 5 })
  lu.assertFalse(ok)
  lu.assertStrContains(why, "the target pressure of 20 GPa (200000 bar) is too high")
  lu.assertStrMatches(why, ".*the box has shrunk to 0.%d+ of its volume, 4.%d+ A%^3 for an atom.*")
  local step = math.tointeger(tonumber(why:match "the atoms are back at step (%d+)"))
  lu.assertEquals(md.step, step)
  lu.assertTrue(soft:volume() > 0.4 * before)
  refused("minimize: under the pressure asked for the box has shrunk to", vt.minimize, start,
    { pressure = 20 })
end

function TestRanges.tearDown()
  collectgarbage()
  collectgarbage()
end

os.exit(lu.LuaUnit.run())
