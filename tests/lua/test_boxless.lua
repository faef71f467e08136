-- Files that give no box (plain XYZ): motion and strain of atoms that were wrapped into one cannot
-- be known, and a warning says so; isolated clusters go on without.
local child = require "child"
local io_folder = require "io_folder"
local lu = require "luaunit"

TestBoxless = io_folder.class()

-- A gas in a cube of 20 A that flies on, wrapped or not, and a ball of the same atoms that turns
-- by 2 radians from frame to frame and boils: atoms change places at random.
local WRITE <const> = [[
local vt = require "vitrum"
vt.quiet(true)
math.randomseed(5)
local gas = vt.atoms.random{ composition = "Cu", n = 200, seed = 3, box = 20 }
gas:thermalize{ temperature = 500, seed = 4 }
local function write(name, frames, change, lattice)
  local file <close> = assert(io.open(name, "w"))
  local atoms = gas:copy()
  for k = 1, frames do
    change(atoms, k)
    local x = atoms:positions():totable()
    file:write(#x, "\n", lattice and 'Lattice="20 0 0 0 20 0 0 0 20"' or "frame", "\n")
    for _, r in ipairs(x) do file:write(("Cu %.8f %.8f %.8f\n"):format(r[1], r[2], r[3])) end
  end
end
local function fly(atoms) atoms:positions():assign(atoms:positions() + atoms:velocities() * 0.2) end
local function wrap(atoms) fly(atoms) atoms:wrap() end
write("wrapped.xyz", 8, wrap)
write("known.xyz", 8, wrap, true)
write("free.xyz", 8, fly)
write("ball.xyz", 8, function(atoms)
  for i = 1, #atoms do
    local r, cosine, angle = 9 * math.random() ^ (1 / 3), 2 * math.random() - 1,
      6.2832 * math.random()
    local s = math.sqrt(1 - cosine * cosine)
    atoms:positions():set(i, 1, r * s * math.cos(angle))
    atoms:positions():set(i, 2, r * s * math.sin(angle))
    atoms:positions():set(i, 3, r * cosine)
  end
end)
write("turning.xyz", 8, function(atoms, k)
  local x, c, s = gas:positions():totable(), math.cos(2 * k), math.sin(2 * k)
  for i, r in ipairs(x) do
    atoms:positions():set(i, 1, c * r[1] - s * r[2])
    atoms:positions():set(i, 2, s * r[1] + c * r[2])
  end
end)
for _, name in ipairs{ "ball", "turning", "free", "known", "wrapped" } do
  io.stderr:write("-- ", name, "\n")
  local m = vt.structure.motion(name .. ".xyz", { interval = 0.2, spacing = "linear" })
  print(name, m.msd[5])
  local first = vt.atoms.read(name .. ".xyz")
  vt.structure.deformation(first, vt.atoms.read(name .. ".xyz", { frame = 2 }), { cutoff = 5 })
end
-- The way out that the warning tells.
io.stderr:write "-- given\n"
local next_frame = vt.atoms.frames "wrapped.xyz"
local given = vt.structure.motion(function()
  local atoms, info = next_frame()
  if not atoms then return nil end
  return atoms:set_box{ a = { 20, 0, 0 }, b = { 0, 20, 0 }, c = { 0, 0, 20 }, periodic = true },
    info
end, { interval = 0.2, spacing = "linear" })
print("given", given.msd[5])
]]

function TestBoxless.test_wrapped_atoms_are_noticed()
    io_folder.put("write.lua", WRITE)
    local output, status = child.vitrum(io_folder.path, "write.lua")
    lu.assertEquals(status, 0, output)
    local msd = {}
    for name, value in output:gmatch "(%w+)\t([%d.]+)\n" do msd[name] = tonumber(value) end
    -- What is right, and how wrong the wrapped positions are.
    lu.assertAlmostEquals(msd.known, msd.free, 1e-5 * msd.free)
    lu.assertAlmostEquals(msd.given, msd.free, 1e-5 * msd.free)
    lu.assertTrue(msd.wrapped > 2 * msd.free, output)
    local _, count = output:gsub("vitrum: warning: ", "")
    lu.assertEquals(count, 2, output)
    local text = output:match "%-%- wrapped\n(.-)%-%- given"
    lu.assertStrContains(text, "structure.motion: wrapped.xyz: at frame 2 atoms jump from one side "
        .. "of the sample to the other")
    lu.assertStrContains(text, "structure.deformation: atoms jump")
end

os.exit(lu.LuaUnit.run())
