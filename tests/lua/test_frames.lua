-- The one way to go through frames that every function over a trajectory uses.
local lu = require "luaunit"
local vt = require "vitrum"
local frames = require "vitrum.structure.frames"
local io_folder = require "io_folder"

TestFrames = io_folder.class()

local function glass(seed)
  return vt.atoms.random{ composition = { Cu = 1, Zr = 1 }, n = 20, seed = seed or 1 }
end

-- A file of `count` frames; frame k has x of atom 1 equal to k.
local function trajectory(name, count)
  local atoms = glass()
  for k = 1, count do
    atoms:positions()[1][1] = k
    atoms:save(io_folder.name(name), { append = k > 1 })
  end
  return io_folder.name(name)
end

local function first_x(source, given)
  local list = {}
  for atoms, info, number in frames.each("test", source, given) do
    lu.assertIsTable(info)
    lu.assertEquals(number, #list + 1)
    list[number] = atoms:positions()[1][1]
  end
  return list
end

function TestFrames.test_every_kind_of_source()
  local path = trajectory("run.dump", 4)
  local one = glass()
  one:positions()[1][1] = 9
  lu.assertEquals(first_x(path), { 1, 2, 3, 4 })
  lu.assertEquals(first_x(one), { 9 })
  lu.assertEquals(first_x{ one, path, one }, { 9, 1, 2, 3, 4, 9 })
  lu.assertEquals(first_x(vt.atoms.frames(path)), { 1, 2, 3, 4 })
  lu.assertEquals(first_x(path, { skip = 1, stride = 2 }), { 2, 4 })
  lu.assertEquals(first_x({ path, path }, { stride = 3 }), { 1, 4, 3 })
  lu.assertEquals(first_x(path, { frames = 2 }), { 1, 2 })
  lu.assertEquals(first_x(path, { skip = 1, stride = 2, frames = 5 }), { 2, 4 })
end

function TestFrames.test_the_file_is_closed_when_the_loop_is_left()
  local path = trajectory("run.dump", 3)
  for _ = 1, 2000 do -- more than a process may have open
    for _ in frames.each("test", path) do break end -- luacheck: ignore 512
  end
end

-- What comes before the place where a file is cut off can be had.
function TestFrames.test_a_file_that_is_cut_off()
  trajectory("run.dump", 4)
  local text = io_folder.text_of "run.dump"
  local path = io_folder.put("cut.dump", text:sub(1, #text * 5 // 8)) -- in the third frame
  for threads = 1, 2 do
    local before = vt.threads()
    vt.threads(threads)
    lu.assertEquals(first_x(path, { frames = 2 }), { 1, 2 })
    lu.assertEquals(vt.structure.rdf(path, { rmax = 5, frames = 2 }).frames, 2)
    lu.assertStrContains(io_folder.message(vt.structure.rdf, path), "cut.dump:")
    vt.threads(before)
  end
end

function TestFrames.test_ids_in_another_order()
  local path = trajectory("sorted.dump", 1)
  local before = vt.atoms.read(path)
  -- The lines of the atoms backwards.
  local head, rest = io_folder.text_of "sorted.dump":match "^(.-ITEM: ATOMS[^\n]*\n)(.*)$"
  local lines = {}
  for line in rest:gmatch "[^\n]+" do table.insert(lines, 1, line) end
  local backwards = io_folder.put("backwards.dump", head .. table.concat(lines, "\n") .. "\n")
  lu.assertNotEquals(lines[1]:match "^%d+", "1")
  for atoms in frames.each("test", { before, backwards }, { match = true }) do
    for k = 1, 20 do
      lu.assertEquals(atoms:ids()[k], before:ids()[k])
      lu.assertEquals(atoms:positions()[k][3], before:positions()[k][3])
    end
  end
  lu.assertIs(before:match(before:copy()), before)
end

-- Files may number the same species in another order.
function TestFrames.test_species_in_another_order()
  local before = glass()
  before:save(io_folder.name "a.dump")
  local swapped = io_folder.text_of "a.dump":gsub("\n(%d+) ([12]) ", function(id, kind)
    return ("\n%s %d "):format(id, 3 - tonumber(kind))
  end)
  local other = vt.atoms.read(io_folder.put("b.dump", swapped))
  local symbols = before:symbols()
  lu.assertEquals(other:symbols(), symbols)
  local matched = other:match(before)
  lu.assertEquals(matched:symbols(), symbols)
  lu.assertEquals(matched:types():totable(), before:types():totable())
  lu.assertEquals(vt.structure.motion({ before, other }, { interval = 1 }).frames, 2)
end

local function message(...)
  return io_folder.message(function(...)
    for _ in frames.each(...) do end -- luacheck: ignore 542
  end, ...)
end

function TestFrames.test_errors()
  lu.assertStrContains(message("rdf", 3), "rdf: expected frames: an Atoms, the name of a file")
  lu.assertStrContains(message("rdf"), "got nothing")
  lu.assertStrContains(message("rdf", {}), "rdf: the source has no frames")
  lu.assertStrContains(message("rdf", { glass(), 7 }), "rdf: item 2 of the list of frames")
  lu.assertStrContains(message("rdf", function() return 1 end), "iterator over frames must give")
  lu.assertStrContains(message("rdf", glass(), { skip = 1 }),
    "rdf: the source has 1 frame, none is left after skip = 1")
  lu.assertStrContains(message("rdf", glass(), { skip = -1 }), "must not be negative, got -1")
  lu.assertStrContains(message("rdf", io_folder.name "none.dump"), "none.dump")
  lu.assertStrContains(message("msd", { glass(), glass():delete{ 3 } }, { match = true }),
    "msd: frame 2: there are 19 atoms, in the reference frame 20")
  local other = glass()
  other:substitute{ from = "Cu", to = "Zr", count = 1 }
  lu.assertStrMatches(message("msd", { glass(), other }, { match = true }),
    ".*msd: frame 2: the atom with id %d+ is Zr, in the reference frame it is Cu.*")
end

os.exit(lu.LuaUnit.run())
