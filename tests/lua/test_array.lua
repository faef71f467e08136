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


function TestMake.test_constructors_have_the_values_they_promise()
    lu.assertEquals(vt.array.zeros(2, 2):totable(), { { 0.0, 0.0 }, { 0.0, 0.0 } })
    lu.assertEquals(vt.array.zeros({ 2 }, { dtype = "int32" }):totable(), { 0, 0 })
    lu.assertEquals(vt.array.ones(2):totable(), { 1.0, 1.0 })
    lu.assertEquals(vt.array.full(2.5, 2):totable(), { 2.5, 2.5 })
    lu.assertEquals(vt.array.eye(2, { dtype = "int64" }):totable(), { { 1, 0 }, { 0, 1 } })
    lu.assertEquals(vt.array.range(3):totable(), { 1.0, 2.0, 3.0 })
    lu.assertEquals(vt.array.range(5, 1, -2, { dtype = "int32" }):totable(), { 5, 3, 1 })
    lu.assertEquals(vt.array.range(1, 0):totable(), {})
    lu.assertEquals(#vt.array.range(0, 1, 0.1), 11)
    lu.assertEquals(vt.array.linspace(0, 1, 5):totable(), { 0.0, 0.25, 0.5, 0.75, 1.0 })
    lu.assertEquals(vt.array.linspace(0, 0.3, 4)[4], 0.3)
    lu.assertEquals(vt.array.zeros(0).count, 0)
    lu.assertEquals(vt.array.zeros(3, 0).shape, { 3, 0 })
end

function TestMake.test_constructors_refuse_what_makes_no_sense()
    local array = vt.array
    lu.assertStrContains(message(array.zeros), "give the shape as whole numbers")
    lu.assertStrContains(message(array.zeros, -1), "at least 0, got -1")
    lu.assertStrContains(message(array.zeros, 2.5), "got 2.5")
    lu.assertStrContains(message(array.zeros, 2, { dtyp = "int32" }), "did you mean 'dtype'")
    lu.assertStrContains(message(array.zeros, 2, { dtype = "real" }), "one of 'float64'")
    lu.assertStrContains(message(array.zeros, 2, {}, 3), "one too many: 3")
    lu.assertStrContains(message(array.zeros, 1 << 40, 1 << 40), "beyond any memory")
    lu.assertStrContains(message(array.zeros, 1 << 50), "out of memory")
    lu.assertStrContains(message(array.range, 1, 2, 0), "step must not be 0")
    lu.assertStrContains(message(array.range, 1, 1 / 0), "argument 2 must be finite")
    lu.assertStrContains(message(array.full, 1.5, 2, { dtype = "int32" }), "does not fit")
    lu.assertStrContains(message(array.normal, 2, { dtype = "int32" }), "float64 or float32")
    lu.assertStrContains(message(array.random, 2, { low = 2, high = 1 }), "must not be above")
    lu.assertStrContains(message(array.random, 2, { dtype = "int32", high = 0.5 }), "whole numbers")
end

function TestMake.test_random_numbers_depend_on_the_seed_alone()
    local a = vt.array.random(1001, { seed = 7 })
    lu.assertTrue(a:equals(vt.array.random(1001, { seed = 7 })))
    lu.assertFalse(a:equals(vt.array.random(1001, { seed = 8 })))
    lu.assertTrue(a:slice{ 1, 10 }:equals(vt.array.random(10, { seed = 7 })))
    lu.assertTrue(a:gt(0):all() and a:lt(1):all())
    -- five standard errors of the mean of 1001 numbers of variance 1/12
    lu.assertAlmostEquals(a:mean(), 0.5, 5 * math.sqrt(1 / 12 / 1001))
    local g = vt.array.normal(10000, { seed = 3, mean = 10, sigma = 2 })
    lu.assertAlmostEquals(g:mean(), 10, 5 * 2 / 100)
    lu.assertAlmostEquals(g:std(), 2, 5 * 2 / math.sqrt(2e4))
    local dice = vt.array.random(6000, { dtype = "int32", low = 1, high = 6, seed = 5 })
    local faces, counts = dice:unique()
    lu.assertEquals(faces:totable(), { 1, 2, 3, 4, 5, 6 })
    lu.assertTrue((counts - 1000):abs():max() < 5 * math.sqrt(1000 * 5 / 6))
    local p = vt.array.permutation(100, { seed = 2 })
    lu.assertTrue(p:sort():equals(vt.array.range(100)))
    lu.assertFalse(p:equals(vt.array.range(100)))
end

function TestMake.test_joining()
    local a, b = vt.array{ { 1, 2 } }, vt.array({ { 3, 4 }, { 5, 6 } }, "int32")
    lu.assertEquals(vt.array.concatenate{ a, b }:totable(),
        { { 1.0, 2.0 }, { 3.0, 4.0 }, { 5.0, 6.0 } })
    lu.assertEquals(vt.array.concatenate({ b, b }, 2):totable(), { { 3, 4, 3, 4 }, { 5, 6, 5, 6 } })
    lu.assertEquals(vt.array.stack({ { 1, 2 }, { 3, 4 } }, 2):totable(),
        { { 1.0, 3.0 }, { 2.0, 4.0 } })
    lu.assertEquals(vt.array.stack({ b, b }, -1).shape, { 2, 2, 2 })
    lu.assertStrContains(message(vt.array.concatenate, {}), "empty")
    lu.assertStrContains(message(vt.array.concatenate, { a, b }, 2), "entry 2 has shape 2 x 2")
    lu.assertStrContains(message(vt.array.stack, { a, { 1 } }), "does not go with 1 x 2 of entry 1")
    lu.assertStrContains(message(vt.array.stack, { a, "x" }), "stack: entry 2 must be an array")
end

TestIndex = {}

function TestIndex.test_elements_count_from_one_and_end_with_nil()
    local a = vt.array({ 10, 20, 30 }, "int64")
    lu.assertEquals(a[1], 10)
    lu.assertEquals(math.type(a[1]), "integer")
    lu.assertEquals(a[3.0], 30)
    lu.assertNil(a[4])
    local seen = {}
    for i, x in ipairs(a) do seen[i] = x end
    lu.assertEquals(seen, { 10, 20, 30 })
    local rows = 0
    for _, row in ipairs(vt.array.zeros(4, 2)) do rows = rows + #row / 2 end
    lu.assertEquals(rows, 4)
end

function TestIndex.test_wrong_indices_tell_the_range()
    local a, m = vt.array.zeros(3), vt.array.zeros(2, 4)
    lu.assertStrContains(message(function() return a[0] end),
        "index 0 along axis 1 is out of range; it goes from 1 to 3")
    lu.assertStrContains(message(function() return a[5] end), "from 1 to 3")
    lu.assertStrContains(message(function() return a[-1] end), "index -1")
    lu.assertStrContains(message(function() return a[1.5] end), "whole number, got 1.5")
    lu.assertStrContains(message(function() return m:get(1, 5) end), "index 5 along axis 2")
    lu.assertStrContains(message(function() return m:get(1) end),
        "shape 2 x 4 takes 2 indices, got 1")
    lu.assertStrContains(message(function() a[4] = 1 end), "index 4")
    lu.assertStrContains(message(function() return vt.array{}[2] end), "empty")
    lu.assertStrContains(message(function() a.color = 1 end), "no field 'color'")
    lu.assertNil(a.color)
    lu.assertStrMatches(message(function() return a[0] end), ".*test_array%.lua:%d+: index.*")
end

function TestIndex.test_writing()
    local a = vt.array({ 1, 2, 3 }, "int32")
    a[2] = 7
    a[3] = 4.0
    lu.assertEquals(a:totable(), { 1, 7, 4 })
    lu.assertStrContains(message(function() a[1] = 1.5 end), "1.5 does not fit the type int32")
    lu.assertStrContains(message(function() a[1] = 1 << 40 end), "does not fit")
    lu.assertStrContains(message(function() a[1] = "x" end), "must be a number, got a string")
    lu.assertStrContains(message(function() a:assign{ 1, 2, 3e10 } end), "does not fit")
    lu.assertStrContains(message(function() a:assign{ 1, 2, 3.5 } end),
        "3.5 does not fit an integer")
    lu.assertEquals(a:totable(), { 1, 7, 4 }) -- a failed assignment changes nothing
    local m = vt.array.zeros(2, 3)
    m[1] = 5
    m[2] = { 1, 2, 3 }
    m:set(1, 3, -1)
    lu.assertEquals(m:totable(), { { 5.0, 5.0, -1.0 }, { 1.0, 2.0, 3.0 } })
    lu.assertStrContains(message(function() m[1] = { 1, 2 } end),
        "shape 2 does not fit into shape 3")
    lu.assertEquals(m:fill(2):sum(), 12.0)
end

function TestIndex.test_slices_are_views()
    local a = vt.array.range(10)
    local s = a:slice{ 2, 8, 3 }
    lu.assertEquals(s:totable(), { 2.0, 5.0, 8.0 })
    s[1] = 100
    lu.assertEquals(a[2], 100.0)
    lu.assertEquals(a:slice{ -3 }:totable(), { 8.0, 9.0, 10.0 })
    lu.assertEquals(a:slice{ -1, 1, -4 }:totable(), { 10.0, 6.0, 100.0 })
    lu.assertEquals(a:slice{ 5, 4 }.count, 0)
    lu.assertEquals(a:slice(-1), 10.0)
    local m = vt.array.range(12):reshape(3, 4)
    lu.assertEquals(m:slice(nil, 2):totable(), { 2.0, 6.0, 10.0 })
    lu.assertEquals(m:slice({ 2, 3 }, { 1, 4, 3 }):totable(), { { 5.0, 8.0 }, { 9.0, 12.0 } })
    lu.assertEquals(m:slice(2, 3), 7.0)
    lu.assertEquals(m:column(4):totable(), { 4.0, 8.0, 12.0 })
    lu.assertEquals(m:row(3):totable(), m[3]:totable())
    lu.assertEquals(m:transpose()[2]:totable(), { 2.0, 6.0, 10.0 })
    lu.assertEquals(m:diagonal():totable(), { 1.0, 6.0, 11.0 })
    lu.assertEquals(m:reverse(2):row(1):totable(), { 4.0, 3.0, 2.0, 1.0 })
    lu.assertStrContains(message(m.slice, m, { 2, 4 }), "{2, 4} along axis 1 is out of range")
    lu.assertStrContains(message(m.slice, m, { 1, 2, 0 }), "step along axis 1 is 0")
    lu.assertStrContains(message(m.slice, m, 1, 2, 3), "3 ranges for an array with 2 dimensions")
    lu.assertStrContains(message(m.slice, m, "all"), "argument 1 must be nil")
    lu.assertStrContains(message(a.row, a, 1), "two dimensions or more")
end

function TestIndex.test_overlapping_assignment_reads_before_it_writes()
    local a = vt.array.range(6)
    a:slice{ 2, 6 }:assign(a:slice{ 1, 5 })
    lu.assertEquals(a:totable(), { 1.0, 1.0, 2.0, 3.0, 4.0, 5.0 })
    a:assign(a:reverse())
    lu.assertEquals(a:totable(), { 5.0, 4.0, 3.0, 2.0, 1.0, 1.0 })
end

function TestIndex.test_masks_and_indices_select()
    local a = vt.array{ 5, -1, 3, -2 }
    lu.assertEquals(a[a:gt(0)]:totable(), { 5.0, 3.0 })
    lu.assertEquals(a:select{ 4, 1, 1 }:totable(), { -2.0, 5.0, 5.0 })
    lu.assertEquals(a:lt(0):find():totable(), { 2, 4 })
    a[a:lt(0)] = 0
    lu.assertEquals(a:totable(), { 5.0, 0.0, 3.0, 0.0 })
    a[{ 1, 2 }] = { 8, 9 }
    lu.assertEquals(a:totable(), { 8.0, 9.0, 3.0, 0.0 })
    local m = vt.array{ { 1, 2 }, { 3, 4 }, { 5, 6 } }
    lu.assertEquals(m:select{ 3, 1 }:totable(), { { 5.0, 6.0 }, { 1.0, 2.0 } })
    m[vt.array({ 0, 1, 1 }, "int32")] = { 7, 8 }
    lu.assertEquals(m:totable(), { { 1.0, 2.0 }, { 7.0, 8.0 }, { 7.0, 8.0 } })
    lu.assertEquals(m:select{}.shape, { 0, 2 })
    lu.assertStrContains(message(a.select, a, { 5 }), "entry 1 is 5; indices go from 1 to 4")
    lu.assertStrContains(message(a.select, a, { 1.5 }), "entry 1 is 1.5")
    lu.assertStrContains(message(a.select, a, { 0 / 0 }), "nan; indices")
    lu.assertStrContains(message(a.select, a, m), "one dimension, got 2")
end

TestViews = {}

function TestViews.test_a_view_keeps_its_owner_alive()
    local a = vt.array.range(100000)
    local view = a:slice{ 3, 99999 }:reverse():slice{ 1, 10 }
    a = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    local other = vt.array.zeros(100000) -- would reuse memory that was let go
    lu.assertEquals(view:totable()[1], 99999.0)
    lu.assertEquals(view[10], 99990.0)
    lu.assertEquals(other:sum(), 0.0)
end

function TestViews.test_a_view_of_a_closed_array_is_stale()
    local a = vt.array.range(5)
    local view = a:slice{ 2, 3 }
    a:close()
    lu.assertStrContains(message(a.sum, a), "the array was closed")
    lu.assertStrContains(message(view.sum, view), "stale view: the memory of its vitrum.Array")
    lu.assertStrContains(message(function() return view[1] end), "fetch the view again")
    lu.assertStrContains(message(function() view[1] = 2 end), "stale view")
    lu.assertEquals(tostring(view), "array (stale view: fetch it again)")
    lu.assertEquals(tostring(a), "array (closed)")
    a:close() -- once more does no harm
    local outside
    do
        local b <close> = vt.array{ 1, 2 }
        outside = b
        lu.assertEquals(b:sum(), 3.0)
    end
    lu.assertStrContains(message(outside.sum, outside), "closed")
end

function TestViews.test_atoms_views_are_live_and_grow_stale()
    local atoms = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 2, 2, 2 } }
    local x = atoms:positions()
    lu.assertEquals(x.shape, { #atoms, 3 })
    x:set(5, 1, 2.385)
    lu.assertEquals(atoms:positions():get(5, 1), 2.385)
    local y = x:column(2)
    y:assign(y + 1)
    lu.assertEquals(atoms:positions():get(5, 2), y[5])
    atoms:delete{ 1 }
    lu.assertStrContains(message(function() return x[1] end),
        "stale view: the memory of its vitrum.Atoms")
    lu.assertStrContains(message(function() return y[1] end), "stale view")
    x = atoms:positions()
    atoms = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    lu.assertEquals(x.shape[2], 3)
    lu.assertTrue(x:isfinite():all())
end

--- Resident memory of this process in MB, nil where the system does not tell.
local function resident()
    local status = io.open "/proc/self/status"
    if not status then return nil end
    local text = status:read "a"
    status:close()
    return tonumber(text:match "VmRSS:%s*(%d+) kB") / 1024
end

function TestViews.test_short_lived_arrays_do_not_pile_up()
    if not resident() then lu.skip "no /proc/self/status here" end
    local function churn(n, elements)
        for k = 1, n do
            local a = vt.array.zeros(elements)
            a:fill(k) -- touch the memory
        end
    end
    collectgarbage()
    local before = resident()
    churn(2000, 125000) -- 2 GB in all, 1 MB each
    -- a few may be waiting for the collector; piling up would show as thousands
    lu.assertTrue(resident() - before < 64)
    churn(20000, 12500) -- the same amount in small pieces
    lu.assertTrue(resident() - before < 64)
end

TestMath = {}

function TestMath.test_arithmetic_follows_lua()
    local x, y = { 7, -7, 7, -7, 6.5 }, { 2, 2, -2, -2, 0.5 }
    local a, b = vt.array(x), vt.array(y)
    for i = 1, #x do
        lu.assertEquals((a + b)[i], x[i] + y[i])
        lu.assertEquals((a - b)[i], x[i] - y[i])
        lu.assertEquals((a * b)[i], x[i] * y[i])
        lu.assertEquals((a / b)[i], x[i] / y[i])
        lu.assertEquals((a // b)[i], x[i] // y[i])
        lu.assertEquals((a % b)[i], x[i] % y[i])
        lu.assertEquals((a ^ 2)[i], x[i] ^ 2)
        lu.assertEquals((2 ^ b)[i], 2 ^ y[i])
        lu.assertEquals((-a)[i], -x[i])
        lu.assertEquals((1 - a)[i], 1 - x[i])
        lu.assertEquals((a + { 1, 2, 3, 4, 5 })[i], x[i] + i)
    end
    local i, j = vt.array({ 7, -7 }, "int32"), vt.array({ 2, 2 }, "int64")
    lu.assertEquals((i // j):totable(), { 3, -4 })
    lu.assertEquals((i % j):totable(), { 1, 1 })
end

function TestMath.test_types()
    local i32 = vt.array({ 1, 2 }, "int32")
    local i64 = vt.array({ 1, 2 }, "int64")
    local f32 = vt.array({ 1, 2 }, "float32")
    lu.assertEquals((i32 + 1).dtype, "int32")
    lu.assertEquals((i32 + (1 << 40)).dtype, "int64")
    lu.assertEquals((i32 + 0.5).dtype, "float64")
    lu.assertEquals((i32 + i64).dtype, "int64")
    lu.assertEquals((i32 / 2).dtype, "float64")
    lu.assertEquals((f32 * 0.5).dtype, "float32")
    lu.assertEquals((f32 + i32).dtype, "float64")
    lu.assertEquals(i32:gt(1).dtype, "int32")
    lu.assertEquals(i32:sum(), 3)
    lu.assertEquals(math.type(i32:sum()), "integer")
    lu.assertEquals(f32:astype "int64".dtype, "int64")
    lu.assertEquals(vt.array{ 2.9, -2.9 }:astype "int32":totable(), { 2, -2 })
    lu.assertStrContains(message(i32.astype, i32, "int8"), "unknown dtype 'int8'")
    local big = vt.array{ 1e10 }
    lu.assertStrContains(message(big.astype, big, "int32"),
        "10000000000 does not fit the type int32")
end

function TestMath.test_integer_overflow_and_division_by_zero_raise()
    local a = vt.array({ 1, 2147483647 }, "int32")
    lu.assertStrContains(message(function() return a + 1 end), "2147483647 + 1 does not fit int32")
    lu.assertStrContains(message(function() return a * a end), "2147483647 * 2147483647")
    lu.assertStrContains(message(function() return a // 0 end), "division by zero")
    lu.assertStrContains(message(function() return a % 0 end), "division by zero")
    lu.assertEquals((a / 0)[1], math.huge)
    local m = vt.array({ math.mininteger }, "int64")
    lu.assertStrContains(message(function() return -m end), "integer overflow")
    lu.assertStrContains(message(m.abs, m), "integer overflow")
    local n = vt.array({ math.maxinteger, 1 }, "int64")
    lu.assertStrContains(message(n.sum, n), "integer overflow")
    lu.assertStrContains(message(n.cumsum, n), "integer overflow")
    lu.assertStrContains(message(n.product, vt.array({ 1 << 32, 1 << 32 }, "int64")),
        "integer overflow")
end

function TestMath.test_broadcasting()
    local m = vt.array{ { 1, 2, 3 }, { 4, 5, 6 } }
    lu.assertEquals((m + { 10, 20, 30 }):totable(), { { 11.0, 22.0, 33.0 }, { 14.0, 25.0, 36.0 } })
    lu.assertEquals((m * { { 1 }, { 10 } }):totable(), { { 1.0, 2.0, 3.0 }, { 40.0, 50.0, 60.0 } })
    local outer = vt.array{ 1, 2 }:reshape(2, 1) * vt.array{ 3, 4, 5 }
    lu.assertEquals(outer:totable(), { { 3.0, 4.0, 5.0 }, { 6.0, 8.0, 10.0 } })
    local centered = m - m:mean(1)
    lu.assertEquals(centered:sum(1):totable(), { 0.0, 0.0, 0.0 })
    lu.assertStrContains(message(function() return m + { 1, 2 } end),
        "shapes 2 x 3 and 2 do not fit")
    lu.assertStrContains(message(function() return m + "x" end), "must be an array or a table")
    lu.assertStrContains(message(function() return m + nil end), "got a nil")
end

--- Every function against Lua's or against its inverse; a few roundings.
function TestMath.test_functions()
    local x = vt.array.linspace(0.05, 0.95, 19)
    local t = x:totable()
    for _, name in ipairs{ "sqrt", "exp", "log", "abs", "sin", "cos", "tan", "asin", "acos",
        "atan" } do
        local y = x[name](x)
        for i = 1, #t do lu.assertAlmostEquals(y[i], math[name](t[i]), 1e-15) end
    end
    lu.assertTrue(x:cbrt():near(x ^ (1 / 3), 1e-15))
    lu.assertTrue(x:square():near(x * x, 0))
    lu.assertTrue(x:expm1():near(x:exp() - 1, 1e-15))
    lu.assertTrue(x:log1p():near((x + 1):log(), 1e-15))
    lu.assertTrue(x:log10():near(x:log() / math.log(10), 1e-15))
    lu.assertTrue(x:sinh():near((x:exp() - (-x):exp()) / 2, 1e-15))
    lu.assertTrue(x:cosh():near((x:exp() + (-x):exp()) / 2, 1e-15))
    lu.assertTrue(x:tanh():near(x:sinh() / x:cosh(), 1e-15))
    lu.assertAlmostEquals(vt.array{ 1 }:erf()[1], 0.8427007929497149, 1e-15)
    local y = vt.array{ -2.5, -0.4, 0.5, 2.5 }
    lu.assertEquals(y:floor():totable(), { -3.0, -1.0, 0.0, 2.0 })
    lu.assertEquals(y:ceil():totable(), { -2.0, -0.0, 1.0, 3.0 })
    lu.assertEquals(y:round():totable(), { -3.0, -0.0, 1.0, 3.0 })
    lu.assertEquals(y:sign():totable(), { -1.0, -1.0, 1.0, 1.0 })
    lu.assertEquals(y:clip(-1, 1):totable(), { -1.0, -0.4, 0.5, 1.0 })
    lu.assertEquals(vt.array.minimum(y, 0):totable(), { -2.5, -0.4, 0.0, 0.0 })
    lu.assertEquals(vt.array.maximum(y, { 0, 0, 1, 1 }):totable(), { 0.0, 0.0, 1.0, 2.5 })
    lu.assertEquals(vt.array.hypot({ 3, 5 }, { 4, 12 }):totable(), { 5.0, 13.0 })
    lu.assertAlmostEquals(vt.array.atan2({ -1 }, { -1 })[1], -3 * math.pi / 4, 1e-15)
    lu.assertEquals(vt.array{ 0 / 0, 1 / 0, 1 }:isnan():totable(), { 1, 0, 0 })
    lu.assertEquals(vt.array{ 0 / 0, 1 / 0, 1 }:isfinite():totable(), { 0, 0, 1 })
end

function TestMath.test_comparisons_and_masks()
    local a, b = vt.array{ 1, 2, 3 }, vt.array{ 3, 2, 1 }
    lu.assertEquals(a:lt(b):totable(), { 1, 0, 0 })
    lu.assertEquals(a:le(b):totable(), { 1, 1, 0 })
    lu.assertEquals(a:gt(b):totable(), { 0, 0, 1 })
    lu.assertEquals(a:ge(2):totable(), { 0, 1, 1 })
    lu.assertEquals(a:eq(b):totable(), { 0, 1, 0 })
    lu.assertEquals(a:ne(b):totable(), { 1, 0, 1 })
    lu.assertEquals((a:gt(1) & a:lt(3)):totable(), { 0, 1, 0 })
    lu.assertEquals((a:lt(2) | a:gt(2)):totable(), { 1, 0, 1 })
    lu.assertEquals((a:gt(1) ~ a:lt(3)):totable(), { 1, 0, 1 })
    lu.assertEquals((~a:gt(1)):totable(), { 1, 0, 0 })
    lu.assertEquals(vt.array.where(a:gt(b), a, -1):totable(), { -1.0, -1.0, 3.0 })
    lu.assertEquals(vt.array.where({ 1, 0, 1 }, { 1, 2, 3 }, { { 0 }, { 5 } }):totable(),
        { { 1.0, 0.0, 3.0 }, { 1.0, 5.0, 3.0 } })
    lu.assertTrue(a:equals{ 1, 2, 3 })
    lu.assertFalse(a:equals{ 1, 2 })
    lu.assertFalse(a:equals(b))
    local near, largest = a:near(b, 1)
    lu.assertFalse(near)
    lu.assertEquals(largest, 2.0)
    lu.assertFalse((vt.array{ 0 / 0 }:near({ 0 / 0 }, 1)))
end

TestReduce = {}

function TestReduce.test_reductions_over_all_and_along_axes()
    local m = vt.array{ { 1, 5, 3 }, { 4, 2, 6 } }
    lu.assertEquals(m:sum(), 21.0)
    lu.assertEquals(m:sum(1):totable(), { 5.0, 7.0, 9.0 })
    lu.assertEquals(m:sum(2):totable(), { 9.0, 12.0 })
    lu.assertEquals(m:sum(-1):totable(), { 9.0, 12.0 })
    lu.assertEquals(m:transpose():sum(1):totable(), { 9.0, 12.0 })
    lu.assertEquals(m:mean(2):totable(), { 3.0, 4.0 })
    lu.assertEquals(m:median(), 3.5)
    lu.assertEquals(m:min(1):totable(), { 1.0, 2.0, 3.0 })
    lu.assertEquals(m:max(), 6.0)
    lu.assertEquals({ m:argmax() }, { 2, 3 })
    lu.assertEquals({ m:argmin() }, { 1, 1 })
    lu.assertEquals(m:argmax(2):totable(), { 2, 3 })
    lu.assertEquals(m:product(), 720.0)
    lu.assertAlmostEquals(m:var(), 35 / 12, 1e-15)
    lu.assertAlmostEquals(m:var(nil, 1), 3.5, 1e-15)
    lu.assertAlmostEquals(m:std(2)[1], math.sqrt(8 / 3), 1e-15)
    lu.assertAlmostEquals(m:norm(), math.sqrt(91), 1e-14)
    lu.assertEquals(vt.array{ { 3, 4 }, { 6, 8 } }:norm(2):totable(), { 5.0, 10.0 })
    lu.assertEquals(m:cumsum(2):totable(), { { 1.0, 6.0, 9.0 }, { 4.0, 6.0, 12.0 } })
    lu.assertEquals(m:cumsum():totable(), { { 1.0, 5.0, 3.0 }, { 5.0, 7.0, 9.0 } })
    lu.assertEquals(m:diff(2):totable(), { { 4.0, -2.0 }, { -2.0, 4.0 } })
    lu.assertEquals(m:diff():totable(), { { 3.0, -3.0, 3.0 } })
    lu.assertTrue(m:any())
    lu.assertTrue(m:all())
    lu.assertFalse((m - 1):all())
    lu.assertEquals((m - 1):all(2):totable(), { 0, 1 })
    lu.assertEquals(vt.array{ 4, 5 }:sum(1), 9.0)
    lu.assertStrContains(message(m.sum, m, 3), "axes go from 1 to 2")
    lu.assertStrContains(message(m.sum, m, 0), "axis 0")
    local empty = vt.array{}
    lu.assertEquals(empty:sum(), 0.0)
    lu.assertStrContains(message(empty.mean, empty), "an empty array has no mean")
    lu.assertStrContains(message(empty.argmax, empty), "no largest element")
    lu.assertStrContains(message(empty.diff, empty), "axis 1 is empty")
end

function TestReduce.test_sorting_is_stable_with_nan_last()
    local nan = 0 / 0
    local a = vt.array{ 3, nan, 1, 2, 1 }
    lu.assertEquals(a:argsort():totable(), { 3, 5, 4, 1, 2 })
    local s = a:sort()
    lu.assertEquals(s:slice{ 1, 4 }:totable(), { 1.0, 1.0, 2.0, 3.0 })
    lu.assertTrue(s[5] ~= s[5])
    lu.assertEquals(vt.array{ { 2, 1 }, { 1, 2 } }:sort(2):totable(),
        { { 1.0, 2.0 }, { 1.0, 2.0 } })
    local r = vt.array.random(5000, { seed = 9 })
    lu.assertTrue(r:select(r:argsort()):equals(r:sort()))
    lu.assertTrue(r:sort():diff():ge(0):all())
    local values, counts = vt.array{ 2, 1, nan, 2, nan }:unique()
    lu.assertEquals(#values, 3)
    lu.assertEquals(counts:totable(), { 1, 2, 2 })
    lu.assertEquals(#vt.array{}:unique(), 0)
end

function TestReduce.test_quantiles()
    local a = vt.array{ 4, 1, 3, 2 }
    lu.assertEquals(a:quantile(0), 1.0)
    lu.assertEquals(a:quantile(1), 4.0)
    lu.assertEquals(a:quantile(0.5), 2.5)
    lu.assertEquals(a:quantile{ 0.25, 0.75 }:totable(), { 1.75, 3.25 })
    lu.assertStrContains(message(a.quantile, a, 1.5), "from 0 to 1, got 1.5")
    lu.assertStrContains(message(vt.array{}.quantile, vt.array{}, 0.5), "empty array")
end

function TestReduce.test_histograms()
    local a = vt.array{ 0, 0.5, 1, 1.5, 2, 7, -3, 0 / 0 }
    local counts, edges = a:histogram{ bins = 4, range = { 0, 2 } }
    lu.assertEquals(counts:totable(), { 1, 1, 1, 2 })
    lu.assertEquals(edges:totable(), { 0.0, 0.5, 1.0, 1.5, 2.0 })
    local weighted = a:histogram{ edges = { 0, 1, 10 }, weights = vt.array.range(8) }
    lu.assertEquals(weighted:totable(), { 3.0, 18.0 })
    local x = vt.array.normal(100000, { seed = 4 })
    local density, e = x:histogram{ bins = 200, density = true }
    lu.assertAlmostEquals((density * e:diff()):sum(), 1, 1e-12)
    -- about 8000 in the bin of width 0.045 around 0, so 5 standard errors are 0.02
    local at = e:le(0):sum()
    lu.assertAlmostEquals(density[at], 1 / math.sqrt(2 * math.pi), 0.05)
    lu.assertEquals((vt.array{ 3, 3 }:histogram{ bins = 1 }):totable(), { 2 })
    lu.assertStrContains(message(a.histogram, a, { bins = 0 }), "whole number, at least 1")
    lu.assertStrContains(message(a.histogram, a, { bin = 5 }), "did you mean 'bins'")
    lu.assertStrContains(message(a.histogram, a), "not all finite")
    lu.assertStrContains(message(a.histogram, a, { range = { 2, 1 } }), "must be finite and rise")
    lu.assertStrContains(message(a.histogram, a, { edges = { 1 } }), "at least two edges")
    lu.assertStrContains(message(a.histogram, a, { edges = { 0, 1 }, weights = { 1 } }),
        "1 weights for 8 values")
end

TestLinear = {}

-- Random matrices of this size: residuals of a few n eps.
local RESIDUAL = 1e-11

function TestLinear.test_products()
    local a, b = vt.array{ { 1, 2 }, { 3, 4 } }, vt.array({ { 5, 6 }, { 7, 8 } }, "int32")
    lu.assertEquals(a:dot(b):totable(), { { 19.0, 22.0 }, { 43.0, 50.0 } })
    lu.assertEquals(a:dot{ 1, 1 }:totable(), { 3.0, 7.0 })
    lu.assertEquals(vt.array{ 1, 1 }:dot(a):totable(), { 4.0, 6.0 })
    lu.assertEquals(vt.array{ 1, 2, 3 }:dot{ 4, 5, 6 }, 32.0)
    lu.assertEquals(a:transpose():dot(a):totable(), { { 10.0, 14.0 }, { 14.0, 20.0 } })
    lu.assertEquals(a:trace(), 5.0)
    lu.assertStrContains(message(a.dot, a, { 1, 2, 3 }), "2 x 2 and 3")
    lu.assertStrContains(message(a.dot, a, vt.array.zeros(2, 2, 2)), "one or two dimensions")
end

function TestLinear.test_solutions()
    local n = 40
    local a = vt.array.random(n, n, { seed = 1 }) + vt.array.eye(n) * n
    local b = vt.array.random(n, 3, { seed = 2 })
    lu.assertTrue(a:dot(a:solve(b)):near(b, RESIDUAL))
    lu.assertTrue(a:dot(a:solve(b:column(2))):near(b:column(2), RESIDUAL))
    lu.assertTrue(a:inverse():dot(a):near(vt.array.eye(n), RESIDUAL))
    lu.assertAlmostEquals(vt.array{ { 2, 1 }, { 5, 3 } }:det(), 1, 1e-15)
    lu.assertEquals(vt.array{ { 1, 2 }, { 2, 4 } }:det(), 0.0)
    -- y = 3 x - 2 exactly
    local x = vt.array.linspace(0, 5, 11)
    local line, rank = vt.array.stack({ x, x * 0 + 1 }, 2):least_squares(x * 3 - 2)
    lu.assertTrue(line:near({ 3, -2 }, 1e-13))
    lu.assertEquals(rank, 2)
    local s = vt.array{ { 4, 2 }, { 2, 5 } }
    lu.assertTrue(s:cholesky():near({ { 2, 0 }, { 1, 2 } }, 1e-15))
end

function TestLinear.test_spectra()
    local values, vectors = vt.array{ { 2, 1 }, { 1, 2 } }:eigen()
    lu.assertTrue(values:near({ 1, 3 }, 1e-15))
    lu.assertTrue(vectors:column(2):abs():near({ math.sqrt(0.5), math.sqrt(0.5) }, 1e-15))
    local m = vt.array.random(30, 30, { seed = 5 })
    m = m + m:transpose()
    values, vectors = m:eigen()
    lu.assertTrue(m:dot(vectors):near(vectors * values, RESIDUAL))
    lu.assertAlmostEquals(values:sum(), m:trace(), RESIDUAL)
    lu.assertTrue(m:eigen{ vectors = false }:near(values, RESIDUAL))
    local a = vt.array.random(8, 5, { seed = 6 })
    local u, s, v = a:svd()
    lu.assertTrue((u * s):dot(v):near(a, RESIDUAL))
    lu.assertTrue(a:svd{ vectors = false }:near(s, RESIDUAL))
    -- squares of singular values are the eigenvalues of a^T a
    lu.assertTrue(a:transpose():dot(a):eigen{ vectors = false }:reverse():near(s ^ 2, RESIDUAL))
end

function TestLinear.test_bad_matrices_get_a_clear_message()
    local singular = vt.array{ { 1, 2 }, { 2, 4 } }
    lu.assertStrContains(message(singular.solve, singular, { 1, 2 }),
        "solve: the matrix is singular")
    lu.assertStrContains(message(singular.inverse, singular), "inverse: the matrix is singular")
    local oblong = vt.array.zeros(2, 3)
    lu.assertStrContains(message(oblong.inverse, oblong), "must be square, got 2 x 3")
    lu.assertStrContains(message(oblong.det, oblong:row(1)),
        "the matrix must have 2 dimensions, got an array of shape 3")
    local skew = vt.array{ { 1, 2 }, { 3, 4 } }
    lu.assertStrContains(message(skew.eigen, skew), "entry (2, 1) is 3, but (1, 2) is 2")
    lu.assertStrContains(message(skew.solve, skew, { 1, 2, 3 }), "right side 3")
    local nan = vt.array{ { 1, 0 / 0 }, { 0, 1 } }
    lu.assertStrContains(message(nan.svd, nan), "entry (1, 2) of the matrix is nan")
    lu.assertStrContains(message(skew.cholesky, vt.array{ { 1, 2 }, { 2, 1 } }),
        "not positive definite")
    lu.assertStrContains(message(skew.least_squares, skew, { 1, 2 }, 2),
        "cutoff must be from 0 to 1")
    lu.assertStrContains(message(skew.eigen, skew, { vector = true }), "did you mean 'vectors'")
end

TestShape = {}

function TestShape.test_reshape_and_transpose()
    local a = vt.array.range(6)
    local m = a:reshape(2, -1)
    lu.assertEquals(m.shape, { 2, 3 })
    m:set(1, 1, 9)
    lu.assertEquals(a[1], 9.0) -- contiguous: a view
    lu.assertEquals(m:transpose():reshape(6):totable(), { 9.0, 4.0, 2.0, 5.0, 3.0, 6.0 })
    lu.assertEquals(m:reshape{ 3, 2 }.shape, { 3, 2 })
    local c = vt.array.range(24):reshape(2, 3, 4):transpose(3, 1, 2)
    lu.assertEquals(c.shape, { 4, 2, 3 })
    lu.assertEquals(c:get(4, 2, 3), 24.0)
    lu.assertEquals(c:get(2, 1, 3), 10.0)
    lu.assertStrContains(message(a.reshape, a, 4, -1), "6 elements do not fill")
    lu.assertStrContains(message(a.reshape, a, 7), "6 elements")
    lu.assertStrContains(message(a.reshape, a, -1, -1), "only one length")
    lu.assertStrContains(message(m.transpose, m, 1, 1), "axis 1 appears twice")
    lu.assertStrContains(message(m.transpose, m, 1), "no axis or all 2")
end

function TestShape.test_copies_are_independent()
    local a = vt.array{ { 1, 2 }, { 3, 4 } }
    local b, c = a:transpose():copy(), vt.array(a)
    a:fill(0)
    lu.assertEquals(b:totable(), { { 1.0, 3.0 }, { 2.0, 4.0 } })
    lu.assertEquals(c:sum(), 10.0)
end

TestPrint = {}

function TestPrint.test_printing()
    lu.assertEquals(tostring(vt.array({ 1, 2, 3 }, "int32")), "array int32 [3] { 1, 2, 3 }")
    lu.assertEquals(tostring(vt.array{ 0.5, 1e-9, 0 / 0 }), "array float64 [3] { 0.5, 1e-09, nan }")
    lu.assertEquals(tostring(vt.array{}), "array float64 [0] {}")
    lu.assertEquals(tostring(vt.array.range(100)),
        "array float64 [100] { 1, 2, 3, ..., 98, 99, 100 }")
    lu.assertEquals(tostring(vt.array{ { 1, 20 }, { 300, 4 } }),
        "array float64 [2 x 2] {\n {   1,  20 },\n { 300,   4 } }")
    local long = tostring(vt.array.zeros(50, 2))
    lu.assertStrContains(long, "[50 x 2]")
    lu.assertStrContains(long, "...,")
    lu.assertEquals(select(2, long:gsub("\n", "")), 7)
    local all = vt.array.range(20):tostring{ all = true }
    lu.assertStrContains(all, "10, 11")
    local third = vt.array{ 1 / 3 }:tostring{ digits = 17 }
    lu.assertEquals(tonumber(third:match "{ (.-) }"), 1 / 3)
    lu.assertStrContains(vt.array.range(20):tostring{ edge = 1 }, "{ 1, ..., 20 }")
    lu.assertStrContains(message(vt.array{}.tostring, vt.array{}, { digits = 18 }), "from 1 to 17")
end

TestDocumentation = {}

function TestDocumentation.test_every_function_is_documented()
    local docs = debug.getregistry()["vitrum.docs"]
    local a = vt.array{ 1 }
    for name in pairs(getmetatable(a).methods) do
        if name ~= "help" then lu.assertNotNil(docs["Array:" .. name], "Array:" .. name) end
    end
    for name in pairs(vt.array) do
        lu.assertNotNil(docs["array." .. name], "array." .. name)
    end
end

os.exit(lu.LuaUnit.run())
