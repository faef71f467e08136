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
  -- Columns keep them to the digit, in whatever order the atoms come back.
  local long = vt.array({ MOST, -(1 << 53) - 1, 7, LEAST }, "int64")
  for _, name in ipairs{ "long.xyz", "long.dump" } do
    path = io_folder.name(name)
    save({}, long)
    local column = select(2, vt.atoms.read(path)).columns.c
    lu.assertEquals(column:totable(), long:totable(), name)
  end
  lu.assertErrorMsgContains("column 'c' holds whole numbers beyond 2^53, which lose digits in "
    .. "format cfg", copper.save, copper, io_folder.name "long.cfg", { columns = { c = long } })
  local wide = vt.array({ { MOST, 1 }, { 2, LEAST }, { 3, 4 }, { 5, 6 } }, "int64")
  path = io_folder.name "wide.xyz"
  save({}, wide:slice(nil, { 2, 1, -1 }))
  local back = select(2, vt.atoms.read(path)).columns.c
  lu.assertEquals(back:totable(), { { 1, MOST }, { LEAST, 2 }, { 4, 3 }, { 6, 5 } })
end

-- What other programs write: columns whose first rows are small, or reals, or beyond 64 bits.
function TestIntegers.test_long_integers_of_other_programs()
  local head = "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n3\nITEM: BOX BOUNDS pp pp pp\n0 9\n"
    .. "0 9\n0 9\nITEM: ATOMS id element x y z c_hash mol\n"
  local function read(a, b, c)
    local rows = ("2 Cu 1 1 1 %s 5\n1 Cu 2 2 2 %s 6\n3 Cu 3 3 3 %s 7\n"):format(a, b, c)
    local atoms, info = vt.atoms.read(io_folder.put("a.dump", head .. rows))
    local column = info.columns.c_hash
    atoms:save(io_folder.name "b.dump", { columns = info.columns, overwrite = true })
    local again = select(2, vt.atoms.read(io_folder.name "b.dump")).columns.c_hash
    if type(column) == "table" then
      lu.assertEquals(again, column)
      return column
    end
    lu.assertEquals(again:totable(), column:totable())
    return column:totable()
  end
  lu.assertEquals(read("1", "9007199254740993", "-9007199254740995"),
    { 9007199254740993, 1, -9007199254740995 })
  lu.assertEquals(math.type(read("1", "9007199254740993", "2")[1]), "integer")
  -- 2^64 - 1 and reals among long integers are kept as words.
  lu.assertEquals(read("1", "18446744073709551615", "2"), { "18446744073709551615", "1", "2" })
  lu.assertEquals(read("0.5", "9007199254740993", "2"), { "9007199254740993", "0.5", "2" })
  lu.assertEquals(read("0.5", "2e300", "-inf")[1], 2e300)
  local _, info = vt.atoms.read(io_folder.put("a.xyz", "1\nLattice=\"9 9 9\" "
    .. "key=9007199254740993 list=\"1 9007199254740993\" small=12\nCu 0 0 0\n"))
  lu.assertEquals(info.key, "9007199254740993")
  lu.assertEquals(info.list, "1 9007199254740993")
  lu.assertEquals(info.small, 12)
end

function TestIntegers.tearDown()
  io_folder.remove()
  collectgarbage()
  collectgarbage()
end

os.exit(lu.LuaUnit.run())
