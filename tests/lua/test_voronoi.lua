-- vt.structure.voronoi: every cell equals that of voro++'s own program, and the Lua face.
local child = require "child"
local lu = require "luaunit"
local vt = require "vitrum"

local SHARED <const> = os.getenv "VITRUM_SHARED" or "../shared"
local CU_ZR <const> = { Cu = 1.28, Zr = 1.60 }

-- The program prints six digits.
local PRINTED <const> = 1e-5

local function sorted(list)
  table.sort(list)
  return table.concat(list, " ")
end

-- What the program makes of points in an orthogonal box: by number { volume, area, orders (faces by
-- edges), neighbors (their numbers; 0 for a wall) }. points: lists { x, y, z, radius or nil };
-- bounds: low and high ends.
local function run_program(folder, points, bounds, periodic)
  local lines, radical = {}, points[1][4] ~= nil
  for i, p in ipairs(points) do
    local radius = radical and (" %.17g"):format(p[4]) or ""
    lines[i] = ("%d %.17g %.17g %.17g%s\n"):format(i, p[1], p[2], p[3], radius)
  end
  child.write(folder .. "/atoms", table.concat(lines))
  local ends = {}
  for k = 1, 6 do ends[k] = ("%.17g"):format(bounds[k]) end
  local output, status = child.shell(folder, ("voro++ %s %s -c '%%i|%%v|%%F|%%A|%%n|' %s atoms")
    :format(periodic, radical and "-r" or "", table.concat(ends, " ")))
  lu.assertEquals(status, 0, output)
  local cells = {}
  for line in io.lines(folder .. "/atoms.vol") do
    local i, volume, area, orders, neighbors =
      line:match "^(%d+)|([^|]*)|([^|]*)|([^|]*)|([^|]*)|"
    local counts, list = {}, {}
    for n in orders:gmatch "%d+" do counts[#counts + 1] = math.tointeger(tonumber(n)) end
    for n in neighbors:gmatch "%-?%d+" do
      list[#list + 1] = math.max(0, math.tointeger(tonumber(n)))
    end
    cells[math.tointeger(tonumber(i))] = {
      volume = tonumber(volume), area = tonumber(area), list = list, neighbors = sorted(list),
      -- counts[1] is of faces with no edges
      orders = table.concat(table.move(counts, 4, 13, 1, {}), " "),
    }
  end
  return cells
end

-- Cells of voro++ for an orthogonal box.
local function program_cells(folder, atoms, periodic, radii)
  local points, r, symbols = {}, atoms:copy():wrap():positions(), atoms:symbols()
  for i = 1, #atoms do
    points[i] = { r[i][1], r[i][2], r[i][3], radii and radii[symbols[i]] }
  end
  local box, bounds = atoms:box(), {}
  local edges = { box.a[1], box.b[2], box.c[3] }
  for k = 1, 3 do
    bounds[2 * k - 1], bounds[2 * k] = box.origin[k], box.origin[k] + edges[k]
  end
  return run_program(folder, points, bounds, periodic)
end

-- Cells of voro++ for a periodic box of any shape: the program knows none but orthogonal ones, so
-- it gets a cluster of all atoms with those of their images that are nearer than `margin` along
-- each axis, in vacuum. Cells of atoms in the middle end before the surface.
local function cells_in_cluster(folder, atoms, margin, radii)
  local n, box, symbols = #atoms, atoms:box(), atoms:symbols()
  local r = atoms:copy():wrap():positions():totable()
  local low, high = { table.unpack(r[1]) }, { table.unpack(r[1]) }
  for i = 1, n do
    for k = 1, 3 do
      low[k], high[k] = math.min(low[k], r[i][k]), math.max(high[k], r[i][k])
    end
  end
  local points, owner = {}, {}
  local function add(i, x, y, z)
    points[#points + 1], owner[#owner + 1] = { x, y, z, radii and radii[symbols[i]] }, i
  end
  for i = 1, n do add(i, r[i][1], r[i][2], r[i][3]) end
  local REACH <const> = 3 -- images; checked below
  for a = -REACH, REACH do
    for b = -REACH, REACH do
      for c = -REACH, REACH do
        local shift, outermost = {}, math.max(math.abs(a), math.abs(b), math.abs(c)) == REACH
        for k = 1, 3 do shift[k] = a * box.a[k] + b * box.b[k] + c * box.c[k] end
        for i = 1, n do
          local p, near = {}, (a ~= 0 or b ~= 0 or c ~= 0)
          for k = 1, 3 do
            p[k] = r[i][k] + shift[k]
            near = near and p[k] > low[k] - margin and p[k] < high[k] + margin
          end
          lu.assertFalse(near and outermost)
          if near then add(i, p[1], p[2], p[3]) end
        end
      end
    end
  end
  local bounds = {}
  for k = 1, 3 do
    bounds[2 * k - 1], bounds[2 * k] = low[k] - margin - 1, high[k] + margin + 1
  end
  local all, cells = run_program(folder, points, bounds, ""), {}
  for i = 1, n do
    local cell = all[i]
    cells[i] = cell
    for k, j in ipairs(cell and cell.list or {}) do cell.list[k] = owner[j] or 0 end
    if cell then cell.neighbors = sorted(cell.list) end
  end
  return cells
end

-- Cells that differ in an index or a neighbor; volumes and areas are asserted.
local function differences(atoms, v, cells)
  local different, orders, volume, area = 0, v.orders, v.volume, v.area
  local first, neighbor = v.first, v.neighbor
  for i = 1, #atoms do
    local list, row, cell = {}, orders[i]:totable(), cells[i]
    for k = first[i], first[i + 1] - 1 do list[#list + 1] = neighbor[k] end
    while row[#row] == 0 do row[#row] = nil end
    local here = table.concat(row, " ")
    if not cell then -- the program leaves out empty cells
      lu.assertEquals(volume[i], 0)
      lu.assertEquals(#list, 0)
    else
      if here ~= cell.orders or sorted(list) ~= cell.neighbors then different = different + 1 end
      lu.assertAlmostEquals(volume[i], cell.volume, PRINTED * cell.volume)
      lu.assertAlmostEquals(area[i], cell.area, PRINTED * cell.area)
    end
  end
  return different
end

TestProgram = {}

function TestProgram:setUp()
  self.folder = child.folder()
end

function TestProgram:tearDown()
  child.remove(self.folder)
  collectgarbage()
  collectgarbage()
end

function TestProgram:compare(atoms, periodic, radii)
  local v = vt.structure.voronoi(atoms, { radii = radii })
  lu.assertEquals(differences(atoms, v, program_cells(self.folder, atoms, periodic, radii)), 0)
  return v
end

function TestProgram:test_random_alloy_plain_and_radical()
  local alloy = vt.atoms.random{ composition = "Cu64Zr36", n = 1500, seed = 3 }
  self:compare(alloy, "-p")
  self:compare(alloy, "-p", CU_ZR)
end

function TestProgram:test_free_surfaces()
  local alloy = vt.atoms.random{ composition = "Cu50Zr50", n = 700, seed = 4 }
  alloy:set_box{ periodic = { true, true, false } }
  self:compare(alloy, "-px -py")
  alloy:set_box{ periodic = { false, true, false } }
  self:compare(alloy, "-py", CU_ZR)
  alloy:set_box{ periodic = { false, false, false } }
  self:compare(alloy, "")
end

-- Boxes that lean so far that faces of cells lie across several of their own.
function TestProgram:test_tilted_boxes()
  local boxes = {
    { a = { 17, 0, 0 }, b = { 6, 16, 0 }, c = { -5, 7, 18 } },
    { a = { 22, 0, 0 }, b = { -10.5, 14, 0 }, c = { 9.5, 6.5, 13 } },
    { a = { 15, 5, -4 }, b = { -6, 17, 3 }, c = { 2, -8, 16 } }, -- not along the axes
  }
  for k, box in ipairs(boxes) do
    local alloy = vt.atoms.random{ composition = "Cu64Zr36", n = 250, seed = 20 + k }
    alloy:set_box{ a = box.a, b = box.b, c = box.c, remap = true }
    for _, set in ipairs{ false, CU_ZR } do
      local radii = set or nil
      local v = vt.structure.voronoi(alloy, { radii = radii })
      -- Atoms further away than this cannot touch a cell; plus what radii shift.
      local margin = 2 * v.radius:max() + 1
      local cells = cells_in_cluster(self.folder, alloy, margin, radii)
      lu.assertEquals(differences(alloy, v, cells), 0)
    end
  end
end

-- In a box eight times as large: cells at the surface reach far, across the vacuum and its images.
function TestProgram:test_vacuum()
  local alloy = vt.atoms.random{ composition = "Cu64Zr36", n = 300, seed = 6 }
  local box = alloy:box()
  local l = box.a[1]
  alloy:wrap():set_box{ a = { 2 * l, 0, 0 }, b = { 0, 2 * l, 0 }, c = { 0, 0, 2 * l },
                        origin = { -0.6 * l, -0.5 * l, -0.3 * l } }
  self:compare(alloy, "-p")
  self:compare(alloy, "-p", CU_ZR)
  alloy:set_box{ periodic = { false, true, false } }
  self:compare(alloy, "-py", CU_ZR)
  alloy:set_box{ periodic = false }
  self:compare(alloy, "")
end

-- Large differences of size: some atoms have no cell.
function TestProgram:test_buried_atoms()
  local alloy = vt.atoms.random{ composition = "Cu50Zr50", n = 400, seed = 5 }
  local v = self:compare(alloy, "-p", { Cu = 0.5, Zr = 3.2 })
  local empty = 0
  for i = 1, #alloy do empty = empty + (v.volume[i] == 0 and 1 or 0) end
  lu.assertTrue(empty > 0 and empty < 300)
  lu.assertAlmostEquals(v.volume:sum(), alloy:volume(), 1e-9 * alloy:volume())
  lu.assertTrue(v.W > 0 and v.W < 1) -- empty cells have no symmetry and do not count
end

-- Share of all atoms with <0,0,12,0>, and of Cu atoms, in the published glasses: frozen numbers of
-- voro++'s program, which the comparison confirms atom by atom.
local PUBLISHED <const> = {
  { file = "Cu64.5Zr35.5_1.0e+10.lammps", all = 656, cu = 656 },
  { file = "Cu64.5Zr35.5_5.0e+08.lammps", all = 703, cu = 703 },
}

function TestProgram:test_published_glasses()
  for _, glass in ipairs(PUBLISHED) do
    local path = ("%s/configs/%s"):format(SHARED, glass.file)
    local file = io.open(path)
    if not file then lu.skip(path .. " is missing") end
    file:close()
    local atoms = vt.atoms.read(path, { format = "data", species = { "Cu", "Zr" } })
    local v = self:compare(atoms, "-p")
    lu.assertAlmostEquals(v:fraction "0,0,12,0" * #atoms, glass.all, 1e-9)
    lu.assertAlmostEquals(v:fraction("<0,0,12,0>", { species = "Cu" }) * 3225, glass.cu, 1e-9)
    lu.assertEquals(v:polyhedra{ top = 1 }[1].index, "0,0,12,0")
    self:compare(atoms, "-p", CU_ZR)
  end
end

TestVoronoi = {}

function TestVoronoi:setUp()
  self.alloy = vt.atoms.random{ composition = "Cu64Zr36", n = 300, seed = 1 }
  self.v = vt.structure.voronoi(self.alloy)
end

function TestVoronoi:test_arrays_have_a_row_for_each_atom()
  local v = self.v
  lu.assertEquals(#v, 300)
  for _, name in ipairs{ "volume", "area", "radius", "coordination", "walls", "index", "orders",
                         "five_fold" } do
    lu.assertEquals(#v[name], 300, name)
    lu.assertIs(v[name], v[name])
  end
  lu.assertEquals(#v.first, 301)
  for _, name in ipairs{ "neighbor", "face_edges", "face_area", "face_vector" } do
    lu.assertEquals(#v[name], v.first[301] - 1, name)
  end
  lu.assertEquals(v.neighbor:min() >= 1 and v.neighbor:max() <= 300, true)
  lu.assertAlmostEquals(v.volume:sum(), v.domain_volume, 1e-9 * v.domain_volume)
  lu.assertAlmostEquals(v.five_fold:mean(), v.W, 1e-14)
  lu.assertStrContains(tostring(v), "vitrum.Voronoi: cells of 300 atoms")
  local n = v.index[17]
  lu.assertEquals(v:polyhedron(17), ("%d,%d,%d,%d"):format(n[1], n[2], n[3], n[4]))
end

function TestVoronoi:test_fractions()
  local v, all = self.v, 0
  for _, kind in ipairs(v:polyhedra{ top = 1000 }) do
    lu.assertAlmostEquals(v:fraction(kind.index), kind.fraction, 1e-15)
    all = all + kind.count
  end
  lu.assertEquals(all, 300)
  lu.assertEquals(#v:polyhedra{ top = 3 }, 3)
  local kind = v:polyhedra{ species = "Zr" }[1]
  local n = {}
  for number in kind.index:gmatch "%d+" do n[#n + 1] = tonumber(number) // 1 | 0 end
  lu.assertAlmostEquals(v:fraction(n, { species = "Zr" }), kind.fraction, 1e-15)
  lu.assertEquals(v:fraction "0,0,12,0,0,0", v:fraction "0,0,12,0")
  lu.assertEquals(v:fraction "99", 0)
end

function TestVoronoi:test_pairs()
  local v = self.v
  local p = v:pairs()
  lu.assertEquals(2 * #p.distance, v.coordination:sum())
  lu.assertAlmostEquals(2 * p.area:sum(), v.area:sum(), 1e-9 * v.area:sum())
  lu.assertAlmostEquals(v:mean_coordination(), 2 * #p.distance / 300, 1e-12)
  local cu = 192
  lu.assertAlmostEquals(cu * v:mean_coordination("Cu", "Zr"),
    (300 - cu) * v:mean_coordination("Zr", "Cu"), 1e-9)
  lu.assertAlmostEquals(v:mean_coordination("Cu"),
    v:mean_coordination("Cu", "Cu") + v:mean_coordination("Cu", "Zr"), 1e-12)
end

-- Neighbors through the box's own images: one atom of bcc has 14, seven pairs.
function TestVoronoi.test_pairs_with_own_images()
  local iron = vt.atoms.bcc{ species = "Fe", a = 2.86, cells = { 1, 1, 1 } }
  local v = vt.structure.voronoi(iron)
  lu.assertEquals(#v:pairs().area, 14)
  lu.assertEquals(v:polyhedra()[1], { index = "0,6,0,8", count = 2, fraction = 1.0 })
  lu.assertEquals(v:fraction("0,6,0,8", { inside = true }), 1)
end

function TestVoronoi:test_results_go_into_files()
  local folder = child.folder()
  local path = folder .. "/cells.dump"
  self.alloy:save(path, { columns = { AtomicVolume = self.v.volume, W = self.v.five_fold,
                                      index = self.v.index } })
  local text = child.read(path)
  child.remove(folder)
  lu.assertStrContains(text, "AtomicVolume")
  lu.assertStrContains(text, "index[4]")
end

function TestVoronoi:test_wrong_input()
  local alloy, v, voronoi = self.alloy, self.v, vt.structure.voronoi
  local function refused(message, ...) lu.assertErrorMsgContains(message, ...) end
  refused("structure.voronoi: expected an Atoms or the name of a file, got a number", voronoi, 5)
  refused("unknown option 'radius'; did you mean 'radii'?", voronoi, alloy, { radius = 2 })
  refused("option 'radii' [A] has no number for Zr", voronoi, alloy, { radii = { Cu = 1.2 } })
  refused("option 'radii' [A] of Cu must be a positive number, got -1", voronoi, alloy,
    { radii = { Cu = -1, Zr = 1 } })
  refused("got the key 1", voronoi, alloy, { radii = { 1.2, 1.5 } })
  refused("option 'radii' must be a table of numbers by species", voronoi, alloy, { radii = 1.3 })
  refused("face_threshold, a share of a cell's area, must be at least 0 and less than 1, got 2",
    voronoi, alloy, { face_threshold = 2 })
  refused("option 'edge_threshold' [A] must be", voronoi, alloy, { edge_threshold = -1 })
  refused("no species 'Al'; these atoms are Cu, Zr", v.fraction, v, "0,0,12,0",
    { species = "Al" })
  refused("no species 'Al'", v.mean_coordination, v, "Cu", "Al")
  for _, wrong in ipairs{ "0,0,x", "", "1,2,", { 0, -1 }, { 0, 0.5 }, {}, 12, true } do
    refused("a Voronoi index is a string such as", v.fraction, v, wrong)
  end
  refused("there is no atom 301; there are 1 to 300", v.polyhedron, v, 301)
  refused("no field 'volum'; did you mean 'volume'?", function() return v.volum end)
  local two = alloy:copy()
  two:positions()[2] = two:positions()[1]
  refused("atoms 1 and 2 (ids 1 and 2) are 0 angstrom apart", voronoi, two)
  v:close()
  refused("these Voronoi cells are closed", function() return v.area end)
  refused("these Voronoi cells are closed", v.fraction, v, "0,0,12,0")
  lu.assertEquals(tostring(v), "vitrum.Voronoi: closed")
end

function TestVoronoi.tearDown()
  collectgarbage()
  collectgarbage()
end

os.exit(lu.LuaUnit.run())
