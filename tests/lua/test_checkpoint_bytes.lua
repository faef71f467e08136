-- Checkpoints of dynamics that nobody's vitrum wrote: sums are right, numbers are not. Each is
-- refused, soon, and without more memory than the file is worth.
local child = require "child"
local copper = require "copper"
local forge = require "forge"
local io_folder = require "io_folder"
local lu = require "luaunit"
local vt = require "vitrum"

vt.quiet(true)
vt.threads(1)

local path, message = io_folder.name, io_folder.message

TestBytes = copper.class()

local good -- a checkpoint in the middle of a run

local function checkpoint()
  if not good then
    local md = vt.md(copper.crystal(300), { ensemble = "npt", temperature = 300 })
    md:run{ steps = 20, every = 0.01, strain_rate = { xy = 1e9 },
            sample = function(s) return s.step < 10 end }
    md:save(path "good")
    good = child.read(path "good")
  end
  return good
end

local function refused(text, why)
  child.write(path "bad", text)
  lu.assertStrContains(message(vt.md_restore, path "bad", copper.lj), why)
end

local function integers(...) return string.pack(("<i8"):rep(select("#", ...)), ...) end

function TestBytes.test_the_untouched_one_is_read()
  child.write(path "bad", forge.seal(checkpoint():sub(1, -9)))
  lu.assertEquals(child.read(path "bad"), good)
  lu.assertEquals(select(2, vt.md_restore(path "bad", copper.lj)).step, 10)
end

function TestBytes.test_switches_and_settings()
  local none = { 0, 0, 0, 0, 0, 0 }
  local function with(k, value)
    local list = table.move(none, 1, 6, 1, {})
    list[k] = value
    return integers(table.unpack(list))
  end
  for name, data in pairs{ control = with(2, 2), coupled = integers(7),
                           mixed_precision = integers(-1), periodic = integers(1, 1, 256),
                           chain_length = integers(3 + (1 << 32)),
                           suzuki_yoshida = integers(-3) } do
    refused(forge.with(checkpoint(), name, data), "holds settings that cannot be")
  end
  local _, _, symbols = forge.section(checkpoint(), "species_symbol")
  for _, symbol in ipairs{ "C\27", "C ", "\0\0" } do
    refused(forge.with(checkpoint(), "species_symbol", symbol .. symbols:sub(3)),
            "holds settings that cannot be")
  end
end

function TestBytes.test_the_state_of_the_run()
  for name, data in pairs{ step = integers(-1), plan_start = integers(11),
                           plan_steps = integers(math.maxinteger),
                           sample_interval = integers(math.mininteger),
                           deform = integers(0, 0, 0, 0, 0, 9), true_strain = integers(2),
                           strain_step = integers(0, 0, 0, 0, 0, -5),
                           temperature = string.pack("<d", 0 / 0) } do
    refused(forge.with(checkpoint(), "state." .. name, data), "holds a state of the run")
  end
  refused(forge.with(checkpoint(), "samples", string.pack("<ddd", 1, 2, 3)), "half a sample")
  refused(forge.with(checkpoint(), "text", "note 1\n\0\n"), "holds a text that cannot be")
  refused(forge.with(checkpoint(), "thermostat", ("x"):rep(16)),
          "unknown thermostat 'xxxxxxxxxxxxxxx'")
end

function TestBytes.test_atoms_and_lists()
  local order = {}
  for k = 1, 256 do order[k] = k - 1 end
  order[200] = 7
  refused(forge.with(checkpoint(), "order", string.pack(("<i4"):rep(256), table.unpack(order))),
          "an order of atoms that cannot be")
  order[200] = 256
  refused(forge.with(checkpoint(), "order", string.pack(("<i4"):rep(256), table.unpack(order))),
          "an order of atoms that cannot be")
  local nan = string.pack("<d", 0 / 0)
  for _, name in ipairs{ "list_positions", "selection_positions" } do
    refused(forge.with(checkpoint(), name, nan:rep(768)), "a position that cannot be")
  end
  refused(forge.with(checkpoint(), "positions", nan:rep(3 * 256)), "it must be finite")
  refused(forge.with(checkpoint(), "list_box", nan:rep(12)), "give a finite number")
  refused(forge.with(checkpoint(), "positions", nan:rep(255)), "lacks a usable section 'positions'")
  refused(forge.without(checkpoint(), "images"), "lacks a usable section 'images'")
end

function TestBytes.test_sections_that_are_not_there()
  local text = checkpoint()
  local function at(name) return (forge.section(text, name)) end
  local function changed(place, new)
    return text:sub(1, place - 1) .. new .. text:sub(place + #new)
  end
  for _, bad in ipairs{
    changed(at "about", "\0"), changed(at "about" + 24, "\4"), changed(at "about" + 39, "\1"),
    changed(at "about" + 32, string.pack("<I8", 1 << 39)), changed(at "samples", ("x"):rep(24)),
    changed(13, "\1\2\3\5"), text .. "\0", text .. text, text:sub(1, -9),
    text:sub(1, at "end" + 39), text:sub(1, at "end" - 1), text:sub(1, at "samples" + 5),
    text:sub(1, 15), text:sub(1, 9),
  } do
    refused(bad, "is cut off or damaged")
  end
  local empty = "empty" .. ("\0"):rep(35)
  refused(text:sub(1, 16) .. empty:rep(300), "is cut off or damaged")
end

-- Memory [MB] that restoring the file takes in a process of its own, and what it says.
local function peak(name)
  child.write(path "peak.lua", [[
    local vt = require "vitrum"
    vt.quiet(true)
    local lj = vt.potential.lj{ species = "Cu", epsilon = 0.41, sigma = 2.34,
                                truncation = "force_shifted" }
    local function status(key)
      return tonumber(io.open "/proc/self/status":read "a":match(key .. ":%s*(%d+)")) / 1024
    end
    local before = status "VmRSS"
    print(pcall(vt.md_restore, arg[1], lj))
    print(status "VmHWM" - before)
  ]])
  local output, code = child.vitrum(io_folder.path, "peak.lua " .. name)
  lu.assertEquals(code, 0, output)
  return tonumber(output:match "([%d.e-]+)\n$"), output
end

local LIMIT <const> = 80 -- MB

function TestBytes.test_memory_follows_what_is_there()
  lu.skipIf(not io.open "/proc/self/status", "there is no /proc")
  -- an atom takes 124 bytes
  child.write(path "a", forge.with(checkpoint(), "count", integers(30000000)))
  local used, output = peak "a"
  lu.assertStrContains(output, "claims 30000000 atoms of 1 species in ")
  lu.assertTrue(used < LIMIT, used)
  -- zeros behind the magic bytes: seen before they are unpacked
  child.shell(io_folder.path, "(printf 'VTMDCHK\\n'; head -c 60000000 /dev/zero) | gzip -1 > b.gz")
  used, output = peak "b.gz"
  lu.assertStrContains(output, "format version 0")
  lu.assertTrue(used < LIMIT, used)
  -- a section of zeros that is as long as it says
  child.write(path "head", checkpoint():sub(1, 16) .. "text" .. ("\0"):rep(28)
    .. string.pack("<I8", 1 << 39))
  child.shell(io_folder.path, "(cat head; head -c 60000000 /dev/zero) | gzip -1 > c.gz")
  used, output = peak "c.gz"
  lu.assertStrContains(output, "unpacks to more than 100 times its size")
  lu.assertTrue(used < 2 * LIMIT, used)
end

function TestBytes.test_a_long_text_is_read_in_one_go()
  local start = vt.clock()
  refused(forge.with(checkpoint(), "text", ("csv 0\n\n"):rep(100000)), "its record of the run")
  local note = "note 700000\n" .. ("x"):rep(700000)
  refused(forge.with(checkpoint(), "text", note), "its record")
  child.write(path "bad", forge.with(checkpoint(), "text", note .. "\n"))
  lu.assertEquals(#select(2, vt.md_restore(path "bad", copper.lj)).note, 700000)
  lu.assertTrue(vt.clock() - start < 10)
end

os.exit(lu.LuaUnit.run())
