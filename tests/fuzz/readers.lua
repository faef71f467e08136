-- What the Lua readers are fed with, and what must hold for what they give. Each function gets the
-- bytes of an input and a path to them; an error that it raises is a finding. The working folder
-- is empty at the start, and nothing but what is made here may appear in it or go from it.

local vt = require "vitrum"
local csv = require "vitrum.base.csv"
local json = require "vitrum.base.json"
local landscape = require "vitrum.stz.landscape"
local read_note = require "vitrum.stz.note"
local record = require "vitrum.protocol.record"
local run = require "vitrum.protocol.run"
local svg_embed = require "vitrum.report.embed"
local system = require "vitrum.system"

vt.quiet(true)

-- Functions that raise for the caller's mistakes, which here are vitrum's own.
local STANDARD <const> = {}
for _, library in ipairs { _G, string, table, math, utf8, io, os, coroutine } do
  for _, f in pairs(library) do
    if type(f) == "function" and f ~= error then STANDARD[f] = true end
  end
end

-- Whether an error is one for users: raised with `error` or by vitrum's C code, not by the Lua
-- machine (an index of nil) or the standard library (a bad argument).
local function judge(message)
  local raiser = debug.getinfo(2, "Sf")
  local accident = raiser.what ~= "C" or STANDARD[raiser.func]
  if type(message) == "string" and message:find "interrupted$" then accident = false end
  return { message = message, accident = accident and debug.traceback(tostring(message), 2) }
end

-- f(...), or nil and its message, which must be one for users.
local function try(f, ...)
  local results = table.pack(xpcall(f, judge, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  local found = results[2]
  if type(found) ~= "table" then error("out of stack or memory: " .. tostring(found), 0) end
  if found.accident then error("accident: " .. found.accident, 0) end
  local message = found.message
  if type(message) ~= "string" then error("no message: " .. tostring(message), 0) end
  if message:find "[^%C\n\t]" then error(("control characters: %q"):format(message), 0) end
  return nil, message
end

local function write(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(bytes))
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b or (a ~= a and b ~= b) end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- Only these names are in the folder.
local function check_folder(expected)
  for _, name in ipairs(assert(system.list ".")) do
    assert(expected[name], "a file appeared: " .. name)
  end
end

local readers = {}

function readers.json(bytes)
  local value, message = try(json.decode, bytes, "input")
  if message then return end
  local text = try(json.encode, value)
  if not text then return end -- nested too deeply
  assert(same(json.decode(text, "written"), value), "written and read, it is another value")
end

function readers.csv(_, path)
  local found = try(csv.read, path)
  if not found then return end
  for _, name in ipairs(found.names) do
    local column = found.columns[name]
    assert(column, "a column is missing")
    assert(#found == #column, "a column is shorter than the table")
  end
  tostring(found)
end

local COLUMNS <const> = { "step", "time [ps]", "energy [eV]" }

function readers.record(bytes)
  write("record.csv", bytes)
  local table_ = try(record.open, "record.csv", COLUMNS, { "a comment" })
  if not table_ then return end
  local last = table_:last()
  table_:add(last and last == last and last + 1 or 1, 0.5, -2.5):commit()
  local rows = table_.rows
  table_ = record.open("record.csv", COLUMNS, {})
  assert(#table_ == #rows and same(table_.rows, rows), "read again, the rows are others")
  table_:rewind(0)
  assert(#record.open("record.csv", COLUMNS, {}) == #table_, "not rewound")
end

function readers.landscape(_, path)
  local found = try(landscape.read, path)
  if not found then return end
  local lattice = try(vt.stz.lattice, { landscape = found, n = 16, modes = 2 })
  if lattice then lattice:close() end
end

-- Samples that are read are written, and read back the same.
function readers.svmlight(_, path)
  local x, y = try(vt.learn.read_svmlight, path)
  if not x then return end
  if not try(vt.learn.write_svmlight, "samples.svm", x, y) then return end
  local features = x.shape[2]
  local again, targets = vt.learn.read_svmlight("samples.svm", { features = features })
  assert(#again == #x and again.shape[2] == features, "read again, the samples have another shape")
  assert((again - x):abs():max() == 0 and (targets - y):abs():max() == 0, "read again, they differ")
end

function readers.model(_, path)
  local found = try(vt.learn.load, path)
  if not found then return end
  tostring(found)
  local n = #found.weights
  if n > 0 and not found.descriptor then try(found.predict, found, vt.array.zeros(2, n)) end
  if not try(found.save, found, "model.json") then return end
  local again = vt.learn.load "model.json"
  assert(tostring(again) == tostring(found), "read again, it is another model")
end

-- Elements and attributes that can run something or fetch something.
function readers.svg(bytes)
  local page = vt.report { title = "figure" }
  if not try(page.figure, page, { svg = bytes }) then return end
  local text = svg_embed.inline(bytes, "figure-1"):lower()
  assert(not text:find "<%s*script", "a script")
  assert(not text:find "<%s*foreignobject", "foreign content")
  for tag in text:gmatch "<[^>]*>" do
    tag = tag:gsub(' aria%-label="[^"]*"', "") -- is read out
    local rest = tag:gsub('([%w:_-]+)="([^"]*)"', function(name, value)
      assert(not name:find "^on", "a handler of events")
      assert(not value:find "^%s*javascript:", "a script in a link")
      local fine = not name:find "href" or value:find "^#" or value:find "^data:image/"
      assert(fine, "a link to elsewhere")
      return ""
    end)
    assert(not rest:find "=", "an attribute that is not in quotes")
  end
end

-- run.json of a folder that a user goes on with, and one that is replaced.
local SPEC <const> = { name = "fuzz", script = "fuzz.lua", script_sha256 = ("0"):rep(64),
                       files = {} }
local LIST <const> = { { name = "cycles", kind = "integer" } }

function readers.run(bytes)
  for _, choice in ipairs { { resume = true }, { overwrite = true } } do
    system.make_folder "run"
    write("victim", "kept")
    write("run/run.json", bytes)
    local values = { out = "run", cycles = 3, quiet = true }
    for key, value in pairs(choice) do values[key] = value end
    local opened = try(run.open, SPEC, LIST, values)
    if opened then
      try(opened.stage, opened, "first", function() return { 1 } end)
      try(opened.value, opened, "a", 1)
      try(run.report, opened, "A run", function() end)
      try(run.finish, opened)
      try(run.close, opened)
    end
    assert(system.kind "victim" == "file", "a file outside of the folder was removed")
    for _, name in ipairs(system.list "run" or {}) do os.remove("run/" .. name) end
  end
  check_folder { run = true, victim = true }
end

local potential = vt.potential.kob_andersen { epsilon = 0.01, sigma = 0.8, mass = 40 }

function readers.job()
  local atoms, md = try(vt.md_restore, "job.chk", potential)
  if atoms then
    try(function() return md.note end)
    try(md.resume, md, {})
    try(md.run, md, { steps = 1 })
    md:close()
    atoms:close()
  end
  check_folder { ["job.chk"] = true }
end

local lattice = vt.stz.lattice { n = 16, modes = 2, seed = 1 }
local width, packed = 0, nil
for _ in pairs(lattice:samples()) do width = width + 1 end

-- The lattice of a checkpoint behind its note, made once.
local function packed_lattice()
  lattice:save "note.chk"
  local file <close> = assert(io.open("note.chk", "rb"))
  return assert(file:read("a"):match "^0\n(.*)")
end

-- To restore a checkpoint costs far more than to read its note, which most often is no test that
-- was cut short: then only some are restored.
function readers.note(bytes)
  if bytes:find "\0" then return end
  local some = #bytes == 0 or (bytes:byte(1) + bytes:byte(-1) + #bytes) % 16 == 0
  local test = try(read_note, bytes, width)
  if not test and not some then return end
  packed = packed or packed_lattice()
  write("note.chk", ("%d\n%s%s"):format(#bytes, bytes, packed))
  local restored = try(vt.stz.restore, "note.chk")
  assert(restored and restored.note == bytes, "restored, the note is another")
  if some then
    restored:save("note.chk", { overwrite = true })
    restored = vt.stz.restore "note.chk"
    assert(test and same(read_note(restored.note, width), test) or restored.note == bytes,
      "saved and restored, the note is another")
  end
  try(restored.resume, restored)
  restored:close()
  check_folder { ["note.chk"] = true }
end

local place <const> = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
readers.calls = assert(loadfile(place .. "/calls.lua"))(try)

return readers
