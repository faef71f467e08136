-- The operating system as the Lua modules see it.
local lu = require "luaunit"
local system = require "vitrum.system"

TestSystem = {}

function TestSystem:setUp()
  self.folder = require("child").folder()
end

function TestSystem:tearDown()
  os.execute("rm -rf '" .. self.folder .. "'")
end

-- FIPS 180-4 examples and the lengths around a block's end, checked with coreutils' sha256sum.
function TestSystem.test_sha256_is_that_of_the_standard()
  lu.assertEquals(system.sha256 "",
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  lu.assertEquals(system.sha256 "abc",
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  lu.assertEquals(system.sha256 "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
end

function TestSystem:test_sha256_agrees_with_coreutils_at_block_ends()
  local path = self.folder .. "/text"
  for _, length in ipairs { 1, 55, 56, 63, 64, 65, 119, 120, 1000 } do
    local text = string.rep("\xA7", length)
    lu.assertTrue(system.write(path, text))
    local pipe <close> = assert(io.popen("sha256sum '" .. path .. "'"))
    lu.assertEquals(system.sha256(text), pipe:read("a"):match "^%x+")
  end
end

function TestSystem:test_folders()
  lu.assertEquals(system.kind(self.folder), "folder")
  lu.assertEquals(system.list(self.folder), {})
  lu.assertTrue(system.make_folder(self.folder .. "/a/b/c"))
  lu.assertTrue(system.make_folder(self.folder .. "/a/b/c"))
  lu.assertTrue(system.write(self.folder .. "/z", "1"))
  local names = system.list(self.folder)
  table.sort(names)
  lu.assertEquals(names, { "a", "z" })
  lu.assertEquals(system.kind(self.folder .. "/z"), "file")
  local kind, message = system.kind(self.folder .. "/none")
  lu.assertNil(kind)
  lu.assertStrContains(message, "No such file")
  local ok, why = system.make_folder(self.folder .. "/z/b")
  lu.assertNil(ok)
  lu.assertStrContains(why, "Not a directory")
  local list, reason = system.list(self.folder .. "/none")
  lu.assertNil(list)
  lu.assertStrContains(reason, "cannot read folder")
end

function TestSystem:test_write_replaces_and_append_adds()
  local path = self.folder .. "/text"
  lu.assertTrue(system.write(path, "one\n"))
  lu.assertTrue(system.write(path, "two\n"))
  lu.assertTrue(system.append(path, "three\n"))
  local file <close> = assert(io.open(path))
  lu.assertEquals(file:read "a", "two\nthree\n")
  lu.assertEquals(#system.list(self.folder), 1) -- no temporary file is left
  local ok, message = system.write(self.folder .. "/none/text", "x")
  lu.assertNil(ok)
  lu.assertStrContains(message, "make the folder first")
end

function TestSystem:test_a_lock_is_held_once()
  local path = self.folder
  local lock = system.lock(path)
  lu.assertStrContains(tostring(lock), "held")
  local other, message = system.lock(path)
  lu.assertNil(other)
  lu.assertStrContains(message, "held by another process")
  lock:close()
  lock:close()
  local again <close> = system.lock(path)
  lu.assertStrContains(tostring(again), "held")
  local none, why = system.lock(path .. "/none")
  lu.assertNil(none)
  lu.assertStrContains(why, "cannot lock")
end

function TestSystem.test_interrupt_flag()
  lu.assertFalse(system.interrupted())
  lu.assertFalse(system.interrupted(true))
  lu.assertTrue(system.interrupted(false))
  lu.assertFalse(system.interrupted())
end

os.exit(lu.LuaUnit.run())
