-- Numbers at the ends of their ranges, where whole numbers and sizes are expected: an error or the
-- right result. The sanitizers look on.
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"
vt.quiet(true)

local MOST <const>, LEAST <const> = math.maxinteger, math.mininteger

TestIntegers = io_folder.class()

local function refused(expected, f, ...)
  lu.assertErrorMsgContains(expected, f, ...)
end

function TestIntegers.test_slices()
  local a = vt.array{ 1, 2, 3 }
  refused("the range {-9223372036854775804, 9223372036854775807} along axis 1 is out of range",
    a.slice, a, { LEAST, MOST })
  refused("is out of range", a.slice, a, { 1, MOST })
  -- Only the first of these steps is taken.
  lu.assertEquals(a:slice{ 3, 1, LEAST }:totable(), { 3 })
  lu.assertEquals(a:slice{ 1, 3, MOST }:totable(), { 1 })
  lu.assertEquals(a:slice{ 3, 1, -2 }:totable(), { 3, 1 })
  lu.assertEquals(a:slice{ 1, 3, 2 }:totable(), { 1, 3 })
  lu.assertEquals(#a:slice{ MOST, 1 }, 0)
end

function TestIntegers.test_counts_have_an_end()
  local a = vt.array.range(1, 5000)
  for _, count in ipairs{ MOST, 1e18, 1 << 53 } do
    refused("option 'edge' must be a whole number up to 1e15", a.tostring, a, { edge = count })
    refused("option 'bins' must be a whole number up to 1e15", a.histogram, a, { bins = count })
  end
  -- More than there are entries shows them all.
  local whole = a:tostring{ all = true }
  lu.assertEquals(a:tostring{ edge = 1e15, all = false }, whole)
  lu.assertEquals(a:tostring{ edge = 2500, all = false }, whole)
  lu.assertStrContains(a:tostring{ edge = 2499, all = false }, "..., ")
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = 2 }
  refused("rdf: option 'bins' must be a whole number up to 1e15", vt.structure.rdf, copper,
    { bins = MOST })
  for _, count in ipairs{ -1, 0, -0.5, 0 / 0, 1 / 0, 1e300, LEAST } do
    refused("option 'bins' must be a whole number", vt.structure.rdf, copper, { bins = count })
  end
end

-- The product of the largest integer with itself is 1 modulo 2^64.
function TestIntegers.test_bins_of_a_map()
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = 2 }
  for _, bins in ipairs{ MOST, { MOST, MOST }, { 1000001, 1 }, 1 << 32 } do
    refused("option 'bins' must be a whole number, 1 to 1000000", vt.structure.map, copper, nil,
      { bins = bins })
  end
end

function TestIntegers.test_whole_numbers_in_files_are_exact()
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = 1 }
  local path = io_folder.name "exact.xyz"
  local function save(info, column)
    copper:save(path, { info = info, columns = column and { c = column }, overwrite = true })
  end
  save({ a = 1 << 53 }, vt.array.full(-(1 << 53), 4, { dtype = "int64" }))
  local _, info = vt.atoms.read(path)
  lu.assertEquals(info.a, 1 << 53)
  lu.assertEquals(info.columns.c[4], -(1 << 53))
  refused("info.a holds the whole number 9.2233720368548e+18; those beyond 2^53", save,
    { a = MOST })
  refused("column 'c' holds the whole number", save, {}, vt.array.full(MOST, 4,
    { dtype = "int64" }))
end

function TestIntegers.tearDown()
  io_folder.remove()
  collectgarbage()
  collectgarbage()
end

os.exit(lu.LuaUnit.run())
