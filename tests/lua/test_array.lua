-- vt.array: constructors, indexing, views, selection, shapes, printing.
local lu = require "luaunit"
local vt = require "vitrum"

--- The error that f raises with the arguments given.
local function message(f, ...)
    local ok, err = pcall(f, ...)
    lu.assertFalse(ok)
    return tostring(err)
end

TestMake = {}

function TestMake.test_nested_tables_give_shape_and_order()
    local a = vt.array{ { 1, 2, 3 }, { 4, 5, 6 } }
    lu.assertEquals(a.shape, { 2, 3 })
    lu.assertEquals(a.dtype, "float64")
    lu.assertEquals(a.ndim, 2)
    lu.assertEquals(a.count, 6)
    lu.assertEquals(#a, 2)
    lu.assertEquals(a:totable(), { { 1.0, 2.0, 3.0 }, { 4.0, 5.0, 6.0 } })
end

function TestMake.test_ragged_or_wrong_tables_name_the_entry()
    lu.assertStrContains(message(vt.array, { { 1, 2 }, { 3 } }),
        "entry [2] has length 1, the ones before it 2")
    lu.assertStrContains(message(vt.array, { { 1, 2 }, { 3, "x" } }),
        "entry [2][2] must be a number, got a string")
    lu.assertStrContains(message(vt.array, { 1, { 2 } }), "entry [2] must be a number")
    lu.assertStrContains(message(vt.array, { 1.5 }, "int32"), "entry [1] is 1.5, which is no int32")
    lu.assertStrContains(message(vt.array, { 1 << 31 }, "int32"), "which is no int32")
    lu.assertStrContains(message(vt.array, 5), "must be an array or a table of numbers")
    lu.assertStrContains(message(vt.array, { 1 }, "float16"), "unknown dtype 'float16'")
end

function TestMake.test_a_table_of_arrays_stacks_them()
    local row = vt.array{ 1, 2 }
    lu.assertEquals(vt.array({ row, row:copy() }, "int64"):totable(), { { 1, 2 }, { 1, 2 } })
    lu.assertStrContains(message(vt.array, { row, vt.array{ 1, 2, 3 } }), "entry [2] has shape 3")
end

os.exit(lu.LuaUnit.run())
