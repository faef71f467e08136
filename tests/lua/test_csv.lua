-- Comma-separated values: what is written is read back to the last bit; errors name the line.
local lu = require "luaunit"
local vt = require "vitrum"

local folder = require("child").folder()

local count = 0
local function new_path()
  count = count + 1
  return string.format("%s/table-%d.csv", folder, count)
end

local function write(text)
  local path = new_path()
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return path
end

local function read_all(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function wrong(f, message) lu.assertErrorMsgContains(message, f) end

TestWrite = {}

function TestWrite.test_comments_names_rows()
  local path = new_path()
  do
    local out <close> = vt.csv.create(path, { "time [ps]", "T [K]" },
                                      { seed = 7, potential = { file = "CuZr.eam.fs" } })
    out:row(0.5, 300):row(1, 301.25)
    lu.assertStrContains(tostring(out), "2 columns, 2 rows")
  end
  lu.assertEquals(read_all(path),
                  "# potential.file: CuZr.eam.fs\n# seed: 7\ntime [ps],T [K]\n0.5,300\n1,301.25\n")
end

function TestWrite.test_rows_are_in_the_file_while_it_grows()
  local path = new_path()
  local out <close> = vt.csv.create(path, { "a" })
  lu.assertEquals(read_all(path), "a\n")
  out:row(1)
  out:flush()
  lu.assertEquals(read_all(path), "a\n1\n")
end

function TestWrite.test_numbers_survive_to_the_last_bit()
  local path = new_path()
  local values = { 0.1, 1 / 3, -1e-310, 2.0 ^ 53 + 1, math.pi * 1e200, 1e16, 5e-324, -0.25 }
  local out = vt.csv.create(path, { "x" })
  for _, value in ipairs(values) do out:row(value) end
  out:row(0 / 0):row(math.huge):row(-math.huge)
  out:close()
  out:close()
  local x = vt.csv.read(path).x
  for i, value in ipairs(values) do lu.assertEquals(x[i], value) end
  lu.assertNaN(x[#values + 1])
  lu.assertEquals(x[#values + 2], math.huge)
  lu.assertEquals(x[#values + 3], -math.huge)
end

function TestWrite.test_texts_that_look_like_numbers_stay_texts()
  local path, texts = new_path(), { "1e5", "007", "nan", "-Inf", "", "0x10", "# x", "Cu", "1 2" }
  local out = vt.csv.create(path, { "label", "7", "number" })
  for k, text in ipairs(texts) do out:row(text, k, 2 * k) end
  out:close()
  local back = vt.csv.read(path)
  lu.assertEquals(back.label, texts)
  lu.assertEquals(back["7"]:totable()[9], 9)
  lu.assertEquals(back.number:sum(), 90)
  os.remove(path)
end

-- The record of a run that is resumed holds what the run added, whatever number it was.
function TestWrite.test_records_keep_what_is_not_finite()
  local path = new_path()
  local record = require "vitrum.protocol.record"
  record.open(path, { "k", "x" }, {}):add(1, math.huge):add(2, -math.huge):add(3, 0 / 0)
    :add(4, 1 / 3):commit()
  local x = record.open(path, { "k", "x" }, {}):column "x"
  lu.assertEquals({ x[1], x[2], x[4] }, { math.huge, -math.huge, 1 / 3 })
  lu.assertNaN(x[3])
end

function TestWrite.test_awkward_texts_are_quoted()
  local path = new_path()
  local out = vt.csv.create(path, { 'name, "short"', "# note" }, "line one\nline two")
  out:row('says "no", twice', " padded ")
  out:close()
  local t = vt.csv.read(path)
  lu.assertEquals(t.names, { 'name, "short"', "# note" })
  lu.assertEquals(t['name, "short"'], { 'says "no", twice' })
  lu.assertEquals(t["# note"], { " padded " })
  lu.assertEquals(t.comments, { "line one", "line two" })
end

function TestWrite.test_existing_files_are_safe()
  local path = write "mine"
  wrong(function() vt.csv.create(path, { "a" }) end, "exists and was not written by this run")
  lu.assertEquals(read_all(path), "mine")
  vt.csv.create(path, { "a" }, nil, { overwrite = true }):close()
  lu.assertEquals(read_all(path), "a\n")
  vt.csv.create(path, { "b" }):close() -- now it is ours
  lu.assertEquals(read_all(path), "b\n")
end

function TestWrite.test_what_one_function_wrote_another_may_replace()
  local path = new_path()
  vt.csv.create(path, { "a" }):close()
  vt.write_file(path, "from C\n")
  vt.csv.create(path, { "b" }):close()
  lu.assertEquals(read_all(path), "b\n")
end

function TestWrite.test_wrong_input()
  wrong(function() vt.csv.create(new_path(), {}) end, "must be a list of names")
  wrong(function() vt.csv.create(new_path(), { "a", 2 }) end, "column 2 must be a name")
  wrong(function() vt.csv.create(7, { "a" }) end, "the file name must be a string, not 7")
  wrong(function() vt.csv.create(folder, { "a" }) end, "is a folder")
  wrong(function() vt.csv.create(folder .. "/none/x.csv", { "a" }) end, "No such file")
  wrong(function() vt.csv.create(new_path() .. ".gz", { "a" }) end, "leave .gz out")
  wrong(function() vt.csv.create(new_path() .. ".zst", { "a" }) end, "leave .zst out")
  wrong(function() vt.csv.create(new_path(), { "a" }, 5) end, "must be a table or a text, not 5")
  local out = vt.csv.create(new_path(), { "a", "b" })
  wrong(function() out:row(1) end, "has 2 columns, the row has 1 values")
  wrong(function() out:row(1, nil) end, "value 2 must be a number or a text, not nil")
  wrong(function() out:row(1, {}) end, "value 2 must be a number or a text, not a table")
  wrong(function() out:row(1) end, "test_csv.lua:")
  out:close()
  wrong(function() out:row(1, 2) end, "is closed")
end

function TestWrite.test_a_full_disk_is_reported()
  local probe = io.open("/dev/full", "w")
  if not probe then lu.skip "no /dev/full here" end
  probe:close()
  wrong(function() vt.csv.create("/dev/full", { "a" }):row(1):flush() end,
        "No space left on device")
end

TestRead = {}

function TestRead.test_columns_names_units()
  local t = vt.csv.read(write("\xEF\xBB\xBF# made by hand\r\n\r\n"
                              .. " time [ps] , V[\xC3\x85^3],state\r\n0, 1.5,glass\r\n2,,liquid\n"))
  lu.assertEquals(t.names, { "time", "V", "state" })
  lu.assertEquals(t.units, { time = "ps", V = "\xC3\x85^3", state = "-" })
  lu.assertEquals(t.comments, { "made by hand" })
  lu.assertEquals(#t, 2)
  lu.assertEquals(t.time:totable(), { 0.0, 2.0 })
  lu.assertEquals(t.V[1], 1.5)
  lu.assertNaN(t.V[2])
  lu.assertEquals(t.state, { "glass", "liquid" })
  lu.assertEquals(t.columns.time[2], 2.0)
  lu.assertStrContains(tostring(t), "2 rows of time, V, state")
end

function TestRead.test_a_header_alone_is_an_empty_table()
  local t = vt.csv.read(write "a,b\n")
  lu.assertEquals(#t, 0)
  lu.assertEquals(#t.a, 0)
end

function TestRead.test_wrong_input_names_file_and_line()
  local path = write "a,b\n1,2\n3\n"
  wrong(function() vt.csv.read(path) end, path .. ":3: 1 values, but 2 columns are named")
  wrong(function() vt.csv.read(write "1,2\n") end, ":1: the first line must name the columns")
  wrong(function() vt.csv.read(write "a,a\n") end, ":1: the column name 'a' occurs twice")
  wrong(function() vt.csv.read(write "a,\n") end, ":1: column 2 has no name")
  wrong(function() vt.csv.read(write 'a\n"x\n') end, ':2: the quote " is not closed')
  wrong(function() vt.csv.read(write 'a\n"x"y\n') end, ":2: a comma is expected")
  wrong(function() vt.csv.read(write "# only\n") end, "no column names")
  wrong(function() vt.csv.read "/no/such/file.csv" end, "/no/such/file.csv: No such file")
  wrong(function() vt.csv.read(folder) end, "Is a directory")
  wrong(function() vt.csv.read() end, "the file name must be a string, not nil")
end

local status = lu.LuaUnit.run()
os.execute("rm -r '" .. folder .. "'")
os.exit(status)
