-- Objects that end while they are worked on, and metamethods called by hand: errors, never memory
-- that is gone. What goes wrong here shows under the address sanitizer.
local lu = require "luaunit"
local vt = require "vitrum"

local function argon(n)
  local atoms = vt.atoms.random{ composition = "Ar", n = n or 40, number_density = 0.02, seed = 1 }
  atoms.potential = vt.potential.lj{ species = "Ar", epsilon = 0.0104, sigma = 3.4, cutoff = 6 }
  return atoms
end

local function message_of(f, ...)
  local ok, message = pcall(f, ...)
  lu.assertFalse(ok)
  return message
end

-- An options table that ends `object` when a key is looked up that it lacks.
local function closing(object, options)
  return setmetatable(options or {}, { __index = function() object:close() end })
end

TestHostile = {}

function TestHostile.test_options_that_close_the_atoms()
  local atoms = argon()
  lu.assertStrContains(message_of(vt.structure.voronoi, atoms, closing(atoms)),
    "these atoms are closed")
  atoms = argon()
  atoms.potential = nil
  local options = closing(atoms, { to = "Kr", count = 3 })
  lu.assertStrContains(message_of(atoms.substitute, atoms, options), "these atoms are closed")
  atoms = argon()
  lu.assertStrContains(message_of(atoms.set_box, atoms, closing(atoms)), "these atoms are closed")
end

function TestHostile.test_options_are_inherited_alike()
  local atoms = argon()
  local inherited = setmetatable({}, { __index = { temperature = 20, seed = 3 } })
  local given = { temperature = 20, seed = 3 }
  local other = atoms:copy():thermalize(given)
  lu.assertTrue(atoms:thermalize(inherited):velocities():equals(other:velocities()))
  inherited = setmetatable({}, { __index = { temperature = -1 } })
  lu.assertStrContains(message_of(atoms.thermalize, atoms, inherited),
    "'temperature' [K] must be a number that is not negative")
  lu.assertNil(next(inherited)) -- the user's table stays as it was
end

function TestHostile.test_index_called_by_hand()
  local atoms, array = argon(), vt.array{ 1, 2 }
  local index = getmetatable(atoms).__index
  lu.assertStrContains(message_of(index, atoms, 3, 5), "atoms are not indexed by number")
  lu.assertStrContains(message_of(index, atoms), "atoms are not indexed by nil")
  lu.assertIsFunction(index(atoms, "energy", 1, 2, 3))
  lu.assertStrContains(message_of(index, array, "sum"), "vitrum.Atoms expected")
  lu.assertStrContains(message_of(getmetatable(array).__index, 5, "shape"), "vitrum.Array expected")
  lu.assertStrContains(message_of(getmetatable(array).__index), "vitrum.Array expected")
end

function TestHostile.test_table_of_methods_taken_away()
  for _, object in ipairs{ argon(), vt.array{ 1, 2 }, vt.structure.voronoi(argon()),
    vt.stz.lattice{ n = 16, modes = 2 }, vt.md(argon()), vt.potential.kob_andersen() } do
    local metatable = getmetatable(object)
    local methods = metatable.methods
    metatable.methods = nil
    local ok, value = pcall(function() return object.foo end)
    metatable.methods = methods
    if ok then lu.assertNil(value) else lu.assertStrContains(value, "foo") end
  end
end

os.exit(lu.LuaUnit.run())
