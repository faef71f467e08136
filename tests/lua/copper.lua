-- Lennard-Jones copper: fast, and solid at room temperature. For tests of dynamics.
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"

local copper = { LATTICE = 3.63 }

copper.lj = vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34,
                             truncation = "force_shifted" }

--- 256 atoms, at rest without a temperature.
function copper.crystal(temperature)
  local atoms = vt.atoms.fcc{ species = "Cu", a = copper.LATTICE, cells = { 4, 4, 4 } }
  atoms.potential = copper.lj
  if temperature then atoms:thermalize{ temperature = temperature, seed = 5 } end
  return atoms
end

function copper.assert_same(a, b)
  lu.assertEquals((a:positions() - b:positions()):abs():max(), 0.0)
  lu.assertEquals((a:velocities() - b:velocities()):abs():max(), 0.0)
end

--- A class of tests, each with an empty folder; what a test left open is closed behind it.
function copper.class()
  local tests = io_folder.class()
  function tests.tearDown()
    io_folder.remove()
    collectgarbage()
    collectgarbage()
  end
  return tests
end

return copper
