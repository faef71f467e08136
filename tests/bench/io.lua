-- Speed of reading and writing files of atoms.
--
--     build/vitrum tests/bench/io.lua [atoms]
--
-- Times are of the processor, best of three, so that a busy machine changes them little; MB are
-- those of the file on the disk, and for packed ones in brackets those of the text in it.

local vt = require "vitrum"

local count = math.tointeger(arg[1] or 1000000)
local folder = os.tmpname() .. ".d"
assert(os.execute("mkdir -p '" .. folder .. "'"))

local cells = math.ceil((count / 4) ^ (1 / 3))
local atoms = vt.atoms.fcc{ species = "Cu", a = 3.615, cells = { cells, cells, cells } }
atoms:rattle{ amplitude = 0.1, seed = 1 }
atoms:thermalize{ temperature = 300, seed = 2 }

local function best(f)
  local least = math.huge
  for _ = 1, 3 do
    local start = os.clock()
    f()
    least = math.min(least, os.clock() - start)
  end
  return least
end

local function megabytes(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:seek "end" / 1e6
end

print(("%d atoms with velocities, 17 digits"):format(#atoms))
local text = 0
for _, name in ipairs{ "b.dump", "b.dump.gz", "b.dump.zst", "b.dump.xz", "b.data", "b.data.gz",
  "b.extxyz", "b.extxyz.gz", "b.poscar", "b.cfg" } do
  local path = folder .. "/" .. name
  if not pcall(atoms.save, atoms, path) then
    print(("%-12s this vitrum was built without it"):format(name))
    goto continue
  end
  local write = best(function() atoms:save(path, { overwrite = true }) end)
  local read = best(function() vt.atoms.read(path) end)
  local size = megabytes(path)
  local inside = ""
  if name:find "%..*%." then
    inside = (" (%.0f and %.0f MB/s of text)"):format(text / write, text / read)
  else
    text = size
  end
  print(("%-12s %6.1f MB  written in %5.2f s, %4.0f MB/s  read in %5.2f s, %4.0f MB/s%s"):format(
    name, size, write, size / write, read, size / read, inside))
  os.remove(path)
  ::continue::
end
os.execute("rmdir '" .. folder .. "'")
