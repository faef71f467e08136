-- Figures: what is drawn is read back from the SVG, files are what their names say, texts of the
-- user do no harm, wrong input is refused with a clear message.
local lu = require "luaunit"
local vt = require "vitrum"
local system = require "vitrum.system"

local PROGRAM <const> = os.getenv "VITRUM_PROGRAM" or "vitrum"

local has_gnuplot = os.execute "command -v gnuplot >/dev/null 2>&1"
if not has_gnuplot then
  print "SKIP: gnuplot is not installed (apt-get install gnuplot-nox)"
  os.exit(0)
end

local folder = require("child").folder()

local function path(name) return folder .. "/" .. name end

local function read_all(name)
  local file <close> = assert(io.open(name, "rb"))
  return file:read "a"
end

local function wrong(f, message) lu.assertErrorMsgContains(message, f) end

-- Fails when tags are not nested as XML wants them. gnuplot's drawings have no comments.
local function assert_well_formed(document)
  local open = {}
  for slash, name, attributes, empty in document:gmatch "<(/?)([%a][%w:-]*)([^<>]-)(/?)>" do
    if slash == "/" then
      lu.assertEquals(table.remove(open), name)
    elseif empty == "" then
      open[#open + 1] = name
    end
    lu.assertNil(attributes:gsub("[%w:-]+%s*=%s*\"[^\"]*\"", ""):gsub("[%w:-]+%s*=%s*'[^']*'", "")
      :match "%S", "attributes of " .. name .. ": " .. attributes)
  end
  lu.assertEquals(#open, 0)
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

-- The group of curve k.
local function curve(document, k)
  local start = document:find('<g id="curve-' .. k .. '"', 1, true)
  lu.assertNotNil(start, "no curve " .. k)
  local stop = document:find('<g id="curve-' .. k + 1 .. '"', 1, true)
  return document:sub(start, stop and stop - 1)
end

-- Corners of the last path in `color` of a curve: lists of { x, y }, one per unbroken piece.
local function pieces(group, color)
  local data
  for stroke, d in group:gmatch "<path stroke='(#%x+)'[^>]-%sd='([^']*)'" do
    if stroke == color:lower() then data = d end
  end
  lu.assertNotNil(data, "no path in " .. color)
  local result = {}
  for command, x, y in data:gmatch "([ML])([%d.-]+),([%d.-]+)" do
    if command == "M" then result[#result + 1] = {} end
    table.insert(result[#result], { tonumber(x), tonumber(y) })
  end
  return result
end

local BLUE <const> = "#0072B2"

TestCurves = {}

function TestCurves.test_points_lie_where_the_axes_say()
  local svg = vt.plot.svg({ 0, 1, 2, 4 }, { 0, 10, 40, 20 })
  assert_well_formed(svg)
  lu.assertEquals(count(svg, 'id="curve%-'), 1)
  local line = pieces(curve(svg, 1), BLUE)
  lu.assertEquals(#line, 1)
  local p = line[1]
  lu.assertEquals(#p, 4)
  -- gnuplot writes hundredths of a px.
  local unit_x, unit_y = (p[4][1] - p[1][1]) / 4, (p[3][2] - p[1][2]) / 40
  lu.assertTrue(unit_x > 100 and unit_y < -5) -- y runs down the page
  lu.assertAlmostEquals(p[2][1] - p[1][1], unit_x, 0.02)
  lu.assertAlmostEquals(p[3][1] - p[1][1], 2 * unit_x, 0.02)
  lu.assertAlmostEquals(p[2][2] - p[1][2], 10 * unit_y, 0.02)
  lu.assertAlmostEquals(p[4][2] - p[1][2], 20 * unit_y, 0.02)
end

function TestCurves.test_logarithmic_axes()
  local svg = vt.plot.svg({ 1, 10, 1000 }, { 1e-4, 1e-2, 1 }, { logx = true, logy = true })
  local p = pieces(curve(svg, 1), BLUE)[1]
  lu.assertAlmostEquals(p[3][1] - p[1][1], 3 * (p[2][1] - p[1][1]), 0.05)
  lu.assertAlmostEquals(p[3][2] - p[1][2], 2 * (p[2][2] - p[1][2]), 0.05)
  lu.assertStrMatches(svg, ".*>10<tspan.*")
end

function TestCurves.test_a_logarithmic_axis_of_less_than_a_decade_has_tics()
  local svg = vt.plot.svg({ 1, 2, 3 }, { 1, 1.1, 1.3 }, { logy = true })
  for _, tic in ipairs { "1.1", "1.2", "1.3" } do lu.assertStrContains(svg, ">" .. tic .. "<") end
  svg = vt.plot.svg({ 1, 2, 3 }, { 1, 7, 30 }, { logy = true })
  for _, tic in ipairs { "2", "5", "20" } do lu.assertStrContains(svg, ">" .. tic .. "<") end
end

function TestCurves.test_every_series_is_a_curve_with_its_label()
  local x = { 1, 2, 3 }
  local svg = vt.plot.svg { { x = x, y = { 1, 2, 3 }, label = "first" },
                            { x = x, y = { 3, 2, 1 }, label = "second", style = "points" },
                            { x = x, y = { 2, 2, 2 }, label = "third", style = "steps" } }
  lu.assertEquals(count(svg, 'id="curve%-'), 3)
  -- Points are drawn first: a line fitted to them lies above them.
  for k, label in ipairs { "second", "first", "third" } do
    lu.assertStrContains(curve(svg, k), "<text>" .. label .. "</text>")
  end
  lu.assertStrContains(curve(svg, 1), "#d55e00")
  lu.assertStrContains(curve(svg, 2), "#0072b2")
  lu.assertStrContains(curve(svg, 3), "#009e73")
end

function TestCurves.test_arrays_and_tables_draw_the_same()
  local x, y = vt.array.linspace(0, 1, 50), vt.array.random(50, { seed = 1 })
  lu.assertEquals(vt.plot.svg(x, y), vt.plot.svg(x:totable(), y:totable()))
end

function TestCurves.test_y_alone_is_drawn_over_its_index()
  lu.assertEquals(vt.plot.svg { 5, 7, 6 }, vt.plot.svg({ 1, 2, 3 }, { 5, 7, 6 }))
  lu.assertEquals(vt.plot.svg({ 5, 7, 6 }, { label = "a" }),
                  vt.plot.svg({ 1, 2, 3 }, { 5, 7, 6 }, { label = "a" }))
  lu.assertEquals(vt.plot.svg { x = { 1, 2 }, y = { 3, 4 }, xlabel = "x" },
                  vt.plot.svg({ 1, 2 }, { 3, 4 }, { xlabel = "x" }))
end

function TestCurves.test_nan_is_a_gap()
  local svg = vt.plot.svg({ 1, 2, 3, 4, 5 }, { 1, 2, 0 / 0, 4, 5 })
  local line = pieces(curve(svg, 1), BLUE)
  lu.assertEquals(#line, 2)
  lu.assertEquals({ #line[1], #line[2] }, { 2, 2 })
  -- Infinity too.
  lu.assertEquals(#pieces(curve(vt.plot.svg({ 1, 2, 3, 4, 5 }, { 1, 2, 1 / 0, 4, 5 }), 1), BLUE), 2)
end

function TestCurves.test_error_bars_have_their_length()
  local svg = vt.plot.svg({ 1, 2, 3 }, { 10, 20, 30 }, { error = { 1, 2, 4 } })
  local bars = pieces(curve(svg, 1), BLUE)
  local scale = nil
  lu.assertEquals(#bars, 3)
  for i, bar in ipairs(bars) do
    local length = math.abs(bar[1][2] - bar[2][2])
    scale = scale or length
    lu.assertAlmostEquals(length, scale * ({ 1, 2, 4 })[i], 0.03)
    lu.assertAlmostEquals(bar[1][1], bar[2][1], 0.011)
  end
  -- Error bars that reach below zero stay on a logarithmic axis.
  assert_well_formed(vt.plot.svg({ 1, 2 }, { 1, 2 }, { error = 5, logy = true }))
  assert_well_formed(vt.plot.svg({ 1, 2 }, { 1, 2 }, { error = 0.1, xerror = { 0.1, 0.3 } }))
end

function TestCurves.test_two_axes()
  local svg = vt.plot.svg { { x = { 1, 2 }, y = { 0, 1 }, label = "T" },
                            { x = { 1, 2 }, y = { 5000, 9000 }, label = "V", axis = 2 },
                            ylabel = "T (K)", y2label = "V", xlabel = "time" }
  lu.assertStrContains(svg, ">T (K)</text>")
  lu.assertStrContains(svg, ">8000</text>")
  lu.assertStrContains(svg, ">0.8</text>")
end

function TestCurves.test_ranges_that_differ_late_keep_their_digits()
  local svg = vt.plot.svg({ 1, 2, 3 }, { 67000.01, 67000.02, 67000.03 })
  lu.assertStrContains(svg, ">67000.020</text>")
end

function TestCurves.test_all_styles_and_marks()
  local x, y = { 1, 2, 3 }, { 2, 3, 1 }
  for _, style in ipairs { "lines", "points", "linespoints", "histogram", "steps", "filledcurves",
                           "impulses" } do
    local svg = vt.plot.svg { { x = x, y = y, style = style, label = style },
                              marks = { { x = 2, label = "here" }, { y = 1.5, label = "there" } } }
    assert_well_formed(svg)
    lu.assertStrContains(svg, "<text>here</text>")
    lu.assertStrContains(svg, "<text>there</text>")
    lu.assertStrMatches(svg, ".*stroke%-dasharray='3.6,2.4'  d='M[%d., L]+M[%d., L]+'.*")
  end
  assert_well_formed(vt.plot.svg(x, y, { style = "lines", error = 0.2, dash = true, width = 3 }))
  assert_well_formed(vt.plot.svg(x, y, { style = "filledcurves", lower = { 1, 1, 0 / 0 } }))
end

function TestCurves.test_legend_goes_to_an_empty_corner()
  local function legend_at(y, options)
    local svg = vt.plot.svg { { x = { 0, 1, 2, 3, 4 }, y = y, label = "L" },
                              legend = options and options.legend }
    local u, v = svg:match "translate%(([%d.]+),([%d.]+)%)[^>]*>%s*<text>L</text>"
    return tonumber(u) > 320 and "right" or "left", tonumber(v) < 200 and "top" or "bottom"
  end
  lu.assertEquals({ legend_at { 4, 3, 2, 1, 0 } }, { "right", "top" })
  lu.assertEquals({ legend_at { 0, 1, 2, 3, 4 } }, { "left", "top" })
  lu.assertEquals({ legend_at { 4, 4, 0, 4, 4 } }, { "right", "bottom" })
  lu.assertEquals({ legend_at({ 4, 3, 2, 1, 0 }, { legend = "bottom left" }) },
                  { "left", "bottom" })
  -- An area, bars and steps are data too.
  local function above(series)
    series.x, series.label = { 0, 1, 2, 3, 4 }, "L"
    local svg = vt.plot.svg { series }
    return tonumber(svg:match "translate%([%d.]+,([%d.]+)%)[^>]*>%s*<text>L</text>") < 30
  end
  lu.assertFalse(above { y = { 0, 0, 0, 0, 1 } })
  lu.assertTrue(above { y = { 4, 4, 4, 4, 4 }, lower = 0, style = "filledcurves" })
  lu.assertTrue(above { y = { 4, 4, 4, 4, 4 }, style = "histogram" })
  lu.assertTrue(above { y = { 5, 5, 5, 5, 5 }, error = 4, style = "lines" })
  local none = vt.plot.svg { { x = { 1, 2 }, y = { 1, 2 }, label = "L" }, legend = "none" }
  lu.assertNotStrContains(none, "<text>L</text>")
end

-- Lines of few points, in the file as they are drawn: none comes near the text of the legend.
function TestCurves.test_legend_keeps_clear_of_the_lines_of_short_series()
  local LABEL <const>, CLEAR <const> = "held at room temperature", 6 -- px
  local inside = 0
  for step = 0, 24 do
    local at = 0.88 + step / 240 -- nearer and nearer to the upper left corner
    local y = { at, at, 0, 1 }
    local svg = vt.plot.svg { { x = { 0, 1, 2, 3 }, y = y, label = LABEL } }
    local u, v = svg:match("translate%(([%d.]+),([%d.]+)%)[^>]*>%s*<text>" .. LABEL)
    local left, right, top = u - 36 - CLEAR, u + 6.2 * #LABEL + CLEAR, v - 12 - CLEAR
    local drawn, points = svg:match "stroke='#0072b2'  d='M[%d., L]+ M([%d., L]+)'", {}
    for a, b in drawn:gmatch "([%d.]+),([%d.]+)" do points[#points + 1] = { a + 0.0, b + 0.0 } end
    lu.assertEquals(#points, 4)
    if v + 0.0 > 35 then inside = inside + 1 end
    for k = 1, 3 do
      for part = 0, 1, 0.005 do
        local px = points[k][1] + part * (points[k + 1][1] - points[k][1])
        local py = points[k][2] + part * (points[k + 1][2] - points[k][2])
        lu.assertFalse(px > left and px < right and py > top and py < v + 4 + CLEAR,
                       table.concat(y, " "))
      end
    end
  end
  lu.assertTrue(inside > 0)
end

function TestCurves.test_whole_numbers_have_tics_at_whole_numbers()
  local function texts(x, y, options)
    local svg = vt.plot.svg(x, y, options)
    local function has(text) return svg:find(">" .. text .. "</text>", 1, true) ~= nil end
    return { half = has "0.5" or has "1.5",
             whole = (has "1" or has "1.0") and (has "2" or has "2.0") }
  end
  lu.assertEquals(texts({ 0, 1, 2, 3 }, { 20, 30, 40, 80 }), { half = false, whole = true })
  lu.assertEquals(texts({ 20, 30, 40, 80 }, { 0, 1, 2, 3 }), { half = false, whole = true })
  lu.assertEquals(texts({ 0, 1, 2, 3.25 }, { 20, 30, 40, 80 }), { half = true, whole = true })
  lu.assertEquals(texts({ 0, 1 }, { 20, 30 }).half, true) -- two values are too few to count
  lu.assertEquals(texts({ 0, 1, 2, 3 }, { 20, 30, 40, 80 }, { xrange = { 0, 1 } }).whole, false)
end

function TestCurves.test_same_input_same_file()
  local function draw() return vt.plot.svg({ 1, 2, 3 }, { 3, 1, 2 }, { label = "a" }) end
  lu.assertEquals(draw(), draw())
end

function TestCurves.test_a_constant_and_a_single_point_are_drawn()
  assert_well_formed(vt.plot.svg({ 1, 2, 3 }, { 5, 5, 5 }))
  assert_well_formed(vt.plot.svg({ 1 }, { 0 }, { style = "points" }))
  assert_well_formed(vt.plot.svg({ 1, 2 }, { 1e-300, 1e300 }))
end

TestHistogram = {}

function TestHistogram.test_bars_are_counts()
  local svg = vt.plot.svg { x = { 0, 0.1, 0.9, 1.1, 1.2, 2 }, style = "histogram", bins = 2 }
  local group = curve(svg, 1)
  -- Counts 3 and 3: bars of one height.
  lu.assertTrue(count(group, "<polygon") + count(group, "<path") >= 2)
  local given = vt.plot.svg({ 0.5, 1.5 }, { 3, 6 }, { style = "histogram" })
  local heights = {}
  for points in curve(given, 1):gmatch "<polygon[^>]*points%s*=%s*'([^']*)'" do
    local top, bottom = math.huge, -math.huge
    for _, v in points:gmatch "([%d.-]+),([%d.-]+)" do
      top, bottom = math.min(top, tonumber(v)), math.max(bottom, tonumber(v))
    end
    heights[#heights + 1] = bottom - top
  end
  lu.assertEquals(#heights, 2)
  lu.assertAlmostEquals(heights[2], 2 * heights[1], 0.05)
end

function TestHistogram.test_the_function()
  local file = path "histogram.svg"
  lu.assertEquals(vt.plot.histogram(vt.array.normal(500, { seed = 1 }), { bins = 20, file = file }),
                  file)
  local svg = read_all(file)
  lu.assertStrContains(svg, ">count</text>")
  lu.assertTrue(count(curve(svg, 1), "<polygon") >= 18)
end

TestHeatmap = {}

local function field(n, m)
  local rows = {}
  for i = 1, n do
    rows[i] = {}
    for j = 1, m do rows[i][j] = math.sin(i / 3) * math.cos(j / 4) end
  end
  return rows
end

function TestHeatmap.test_files_and_svg()
  local rows = field(20, 30)
  rows[3][4] = 0 / 0
  local svg = vt.plot.svg { heatmap = rows, zlabel = "stress (GPa)", xrange = { 0, 3 } }
  assert_well_formed(svg)
  lu.assertEquals(count(svg, "<image"), 1)
  lu.assertStrContains(svg, "data:image/png;base64,")
  lu.assertStrContains(svg, ">stress (GPa)</text>")
  lu.assertStrContains(svg, ">2.5</text>")
  for _, palette in ipairs { "viridis", "magma", "cividis", "blue-red", "gray" } do
    local file = path(palette .. ".png")
    vt.plot.heatmap(vt.array(rows), { palette = palette, file = file, equal = true })
    lu.assertEquals(read_all(file):sub(1, 8), "\x89PNG\r\n\26\n")
  end
  assert_well_formed(vt.plot.svg { heatmap = { { 1, 10 }, { 100, 1e4 } }, logz = true })
  assert_well_formed(vt.plot.svg { heatmap = { { 2, 2 } } })
end

function TestHeatmap.test_a_quantity_has_one_palette()
  local rows = { { 0.1, 0.2 }, { 0.3, 0.4 } }
  lu.assertEquals(vt.plot.svg { heatmap = rows, quantity = "D2min" },
                  vt.plot.svg { heatmap = rows, palette = "ember", zlabel = "D2min (Å²)" })
  local own = { heatmap = rows, zlabel = "s", palette = "gray" }
  local without = vt.plot.svg(own)
  own.quantity = "stress"
  lu.assertEquals(vt.plot.svg(own), without)
  wrong(function() vt.plot.heatmap(rows, { quantity = "D2mim" }) end, "did you mean 'D2min'?")
end

function TestHeatmap.test_large_matrices_are_averaged()
  local svg = vt.plot.svg { heatmap = vt.array.zeros(3000, 40) + 1.5 }
  lu.assertTrue(#svg < 300000, #svg)
end

function TestHeatmap.test_wrong_input()
  local function heat(matrix, options)
    return function() vt.plot.heatmap(matrix, options) end
  end
  wrong(heat {}, "plot.heatmap: the matrix is empty")
  wrong(heat { {} }, "the rows of the matrix are empty")
  wrong(heat { { 1, 2 }, { 3 } }, "row 2 has 1 values, row 1 has 2")
  wrong(heat { 1, 2 }, "row 1 of the matrix must be a list of numbers, not 1")
  wrong(heat(5), "the matrix must be an array or a table of rows, not 5")
  wrong(heat { { 0 / 0 } }, "none of the 1 values is finite")
  wrong(heat({ { 1, -2 } }, { logz = true }), "value 2 of row 1 is -2; logarithmic colors")
  wrong(heat({ { 1 } }, { palette = "jet" }), "option 'palette' must be one of 'viridis'")
  wrong(heat({ { 1 } }, { zrange = { 2, 1 } }), "zrange must be {lowest, highest}, lowest first")
  wrong(heat({ { 1 } }, { xlable = "x" }), "unknown option 'xlable'; did you mean 'xlabel'?")
end

TestFiles = {}

function TestFiles.test_png_has_the_size_asked_for()
  local file = path "a.png"
  local o = { file = file, width = 300, height = 200, scale = 1.5 }
  lu.assertEquals(vt.plot({ 1, 2 }, { 1, 2 }, o), file)
  local png = read_all(file)
  lu.assertEquals(png:sub(1, 8), "\x89PNG\r\n\26\n")
  lu.assertEquals({ string.unpack(">I4I4", png, 17) }, { 450, 300, 25 })
  lu.assertTrue(#png > 2000)
end

function TestFiles.test_pdf()
  vt.plot({ 1, 2 }, { 1, 2 }, { file = path "a.PDF" })
  local pdf = read_all(path "a.PDF")
  lu.assertEquals(pdf:sub(1, 5), "%PDF-")
  lu.assertStrContains(pdf:sub(-10), "%%EOF")
end

function TestFiles.test_svg_stands_alone()
  vt.plot({ 1, 2 }, { 1, 2 }, { file = path "a.svg", title = "A & B", width = 500 })
  local svg = read_all(path "a.svg")
  lu.assertEquals(svg:sub(1, 5), "<?xml")
  assert_well_formed(svg:gsub("^<%?xml.-%?>", ""))
  lu.assertStrContains(svg, 'width="500"')
  lu.assertStrContains(svg, 'aria-label="A &amp; B"')
  lu.assertNil(svg:match "href=['\"]http")
  lu.assertTrue(#svg < 10000, #svg)
  -- Inside a page: no prolog, and the page's ink.
  local inline = vt.plot.svg({ 1, 2 }, { 1, 2 })
  lu.assertEquals(inline:sub(1, 4), "<svg")
  lu.assertStrContains(inline, "currentColor")
  lu.assertNotStrContains(inline, "#333")
end

function TestFiles.test_existing_files_are_safe()
  local file = path "kept.svg"
  do
    local handle <close> = io.open(file, "w")
    handle:write "precious"
  end
  local function draw(overwrite)
    return function() vt.plot({ 1, 2 }, { 1, 2 }, { file = file, overwrite = overwrite }) end
  end
  wrong(draw(), "kept.svg exists and was not written by this run; choose another name or set "
        .. "overwrite = true")
  lu.assertEquals(read_all(file), "precious")
  draw(true)()
  lu.assertStrContains(read_all(file), "<svg")
  draw()() -- now it is ours
  for _, name in ipairs(system.list(folder)) do lu.assertNotStrContains(name, ".tmp-") end
end

function TestFiles.test_awkward_names()
  for _, name in ipairs { "two words.svg", "quote'\".svg", "|touch owned.svg", "$(id) `id`.svg",
                          "\xC3\x85.svg", "-o.svg", "100%.svg" } do
    vt.plot({ 1, 2 }, { 1, 2 }, { file = path(name) })
    lu.assertStrContains(read_all(path(name)), "<svg")
  end
end

function TestFiles.test_wrong_names()
  local function draw(file)
    return function() vt.plot({ 1, 2 }, { 1, 2 }, { file = file }) end
  end
  wrong(draw "figure.jpg",
        "plot: cannot draw to 'figure.jpg'; the name must end in .png, .svg or .pdf")
  wrong(draw "figure", "the name must end in .png, .svg or .pdf")
  wrong(draw(path "none/figure.svg"), "No such file or directory")
  assert(system.make_folder(path "folder.svg"))
  wrong(draw(path "folder.svg"), "is a folder")
  wrong(draw(7), "option 'file' must be a string, got 7")
  wrong(draw "line\nbreak.svg", "contains a control character")
end

TestTexts = {}

function TestTexts.test_texts_are_shown_as_they_are()
  local evil = "x_2 {a} `touch " .. path "owned" .. "` $(id) \\n '\" %d <b> & @M"
  local svg = vt.plot.svg { { x = { 1, 2 }, y = { 1, 2 }, label = evil }, title = evil,
                            xlabel = evil, ylabel = evil, marks = { { x = 1.5, label = evil } } }
  assert_well_formed(svg)
  local shown = evil:gsub("&", "&amp;"):gsub("<", "&lt;")
  lu.assertEquals(count(svg, "<text>" .. shown:gsub("%p", "%%%0") .. "</text>"), 5)
  lu.assertNil(io.open(path "owned"))
  assert(vt.plot.text({ 1, 2 }, { 1, 2 }, { title = evil, ylabel = evil }))
  lu.assertNil(io.open(path "owned"))
end

function TestTexts.test_gnuplot_commands_in_texts_are_not_run()
  local file = path "written"
  for _, pattern in ipairs { '"; set output "FILE"; #', "'; system 'touch FILE'; #",
                             '\\"; system("touch FILE") #', "a\nsystem('touch FILE')",
                             "]; !touch FILE" } do
    local text = pattern:gsub("FILE", file)
    vt.plot.svg { { x = { 1, 2 }, y = { 1, 2 }, label = text }, title = text, xlabel = text }
    vt.plot.text({ 1, 2 }, { 1, 2 }, { xlabel = text })
    lu.assertNil(io.open(file), text)
  end
end

function TestTexts.test_enhanced_markup_is_read_when_asked()
  local svg = vt.plot.svg({ 1, 2 }, { 1, 2 }, { xlabel = "T_g", enhanced = true })
  lu.assertStrContains(svg, ">T<tspan")
  lu.assertStrContains(vt.plot.svg({ 1, 2 }, { 1, 2 }, { xlabel = "T_g" }), ">T_g</text>")
end

function TestTexts.test_texts_that_are_no_utf8_become_it()
  local svg = vt.plot.svg({ 1, 2 }, { 1, 2 }, { xlabel = "r (\xC5)", ylabel = "a\0b\27[31m" })
  lu.assertStrContains(svg, ">r (\xC3\x85)</text>")
  lu.assertNil(svg:find "[%z\27]")
end

TestTerminal = {}

-- The program in a child whose output is no terminal.
local function child(code, environment)
  local name = path "child.lua"
  do
    local file <close> = io.open(name, "w")
    file:write(code)
  end
  local pipe = io.popen((environment or "") .. " '" .. PROGRAM .. "' '" .. name .. "' 2>&1", "r")
  local output = pipe:read "a"
  local ok = pipe:close()
  return output, ok
end

function TestTerminal.test_without_a_file_it_is_printed()
  local output, ok = child('require("vitrum").plot({1, 2, 3}, {1, 4, 9}, { xlabel = "steps" })',
                           "LC_ALL=C")
  lu.assertTrue(ok, output)
  lu.assertStrContains(output, "***")
  lu.assertStrContains(output, "steps")
  lu.assertNil(output:find "\27", "no colors where there is no terminal")
end

function TestTerminal.test_without_gnuplot_the_package_is_named()
  local output, ok = child('require("vitrum").plot({1, 2}, {1, 4}, { file = "a.svg" })',
                           "PATH=/nonexistent")
  lu.assertNil(ok)
  lu.assertStrContains(output,
                       "gnuplot was not found; figures need it: apt-get install gnuplot-nox")
  lu.assertStrContains(output, "child.lua:1:")
end

function TestTerminal.test_no_temporary_files_stay()
  local before = {}
  for _, name in ipairs(system.list "/tmp") do before[name] = true end
  for _ = 1, 3 do vt.plot.svg({ 1, 2 }, { 1, 2 }, { width = 543 }) end
  pcall(vt.plot.svg, { 1, 2 }, { 1, 2 }, { width = 543, xlabel = "{/Symbol", enhanced = true })
  -- Others may use the folder at the same time.
  for _, name in ipairs(system.list "/tmp") do
    local file <close> = not before[name] and name:match "^lua_" and io.open("/tmp/" .. name)
    lu.assertNotStrContains(file and file:read "a" or "", "terminal svg size 543")
  end
end

TestMovie = {}

-- Numbers of pictures and sizes in a GIF, by the blocks of its format.
local function frames_of(gif)
  lu.assertEquals(gif:sub(1, 6), "GIF89a")
  local width, height, flags = string.unpack("<I2I2B", gif, 7)
  local at = 14 + (flags & 0x80 ~= 0 and 3 << (flags & 7) + 1 or 0)
  local frames = 0
  local function skip()
    while gif:byte(at) ~= 0 do at = at + 1 + gif:byte(at) end
    at = at + 1
  end
  while gif:byte(at) ~= 0x3B do
    if gif:byte(at) == 0x21 then
      at = at + 2
    else
      frames = frames + 1
      local own = gif:byte(at + 9)
      at = at + 11 + (own & 0x80 ~= 0 and 3 << (own & 7) + 1 or 0)
    end
    skip()
  end
  return frames, width, height
end

function TestMovie.test_a_curve_with_a_dot_stands_below_the_pictures()
  local names = {}
  for k = 1, 3 do
    names[k] = path("movie-" .. k .. ".png")
    vt.plot({ 1, 2 }, { 1, k }, { file = names[k], width = 200, height = 120, scale = 1 })
  end
  local plain, with = path "plain.gif", path "with.gif"
  vt.plot.movie(names, { file = plain })
  lu.assertEquals({ frames_of(read_all(plain)) }, { 3, 200, 120 })
  local panel = { x = { 0, 0.1, 0.2 }, y = { 0, 1, 1 / 0 }, xlabel = "strain <b>",
                  ylabel = "stress (GPa)" }
  vt.plot.movie(names, { file = with, curve = panel })
  lu.assertEquals({ frames_of(read_all(with)) }, { 3, 200, 290 })
  panel.x = { 0, 1 }
  wrong(function() vt.plot.movie(names, { file = with, curve = panel }) end, "x has 2 values")
  wrong(function() vt.plot.movie(names, { file = with, curve = { x = { 1 }, y = { 1 } } }) end,
        "plot.movie: curve has 1 points, but there are 3 pictures; give one for each")
  wrong(function() vt.plot.movie(names, { file = path "a.avi" }) end,
        "the name must end in .gif or .mp4")
  if os.execute "command -v ffmpeg >/dev/null 2>&1" then
    lu.assertStrContains(read_all(vt.plot.movie(names, { file = path "a.mp4" })):sub(1, 12), "ftyp")
  else
    wrong(function() vt.plot.movie(names, { file = path "a.mp4" }) end, "a .mp4 needs ffmpeg")
  end
end

TestWrongInput = {}

function TestWrongInput.test_data()
  wrong(function() vt.plot({ 1, 2 }, { 1 }) end,
        "plot: series 1: x has 2 values and y has 1; they must be equally many")
  wrong(function() vt.plot({ 1, 2 }, { 1, 2 }, "a title") end,
        "plot: options must be a table { key = value, ... }, got the string 'a title'")
  wrong(function() vt.plot({}, {}) end, "plot: series 1: there are no data, x and y are empty")
  wrong(function() vt.plot {} end, "series 1: there are no data, x and y are empty")
  wrong(function() vt.plot { title = "nothing" } end, "there are no data; give x and y")
  wrong(function() vt.plot({ 1, 2 }, { 0 / 0, 1 / 0 }) end, "none of the 2 points is finite")
  wrong(function() vt.plot({ 1, 2 }, { 1, "b" }) end, "series 1: y[2] must be a number, not 'b'")
  wrong(function() vt.plot({ 1, 2 }, { -1e308, 1e308 }) end, "too far apart to draw; set yrange")
  wrong(function() vt.plot("file.csv") end, "give x and y, arrays or tables of numbers")
  wrong(function() vt.plot() end, "got nil")
  wrong(function() vt.plot({ 1, 2 }, nil) end, "plot: argument 2 is nil: is its name right?")
  wrong(function() vt.plot.svg({ 1, 2 }, nil, { title = "a" }) end, "plot.svg: argument 2 is nil")
  wrong(function() vt.plot(nil, { 1, 2 }) end, "got nil")
  wrong(function() vt.plot { { x = { 1, 2 }, y = nil } } end, "plot: series 1: y is nil")
  wrong(function() vt.plot.histogram(nil) end, "plot.histogram: the values are nil")
  wrong(function() vt.plot({ 1, 2 }, 5) end, "y must be an array or a table of numbers, not 5")
  wrong(function() vt.plot { { x = { 1 }, y = { 1 } }, 7 } end,
        "series 2 must be a table { x = ..., y = ... }, not 7")
  wrong(function() vt.plot({ x = { 1 }, y = { 1 } }, { 1 }) end, "no other argument is taken")
  wrong(function() vt.plot(vt.array { { 1, 2 }, { 3, 4 } }, vt.array { 1, 2 }) end,
        "one dimension is needed")
  wrong(function() vt.plot({ 1 }, { 1, 2 }) end, "test_plot.lua:")
end

function TestWrongInput.test_logarithmic_axes()
  wrong(function() vt.plot({ 1, 2 }, { 1, 0 }, { logy = true }) end,
        "series 1: y[2] is 0; a logarithmic axis shows positive values only: drop the point or "
        .. "leave logy out")
  wrong(function() vt.plot({ -1, 2 }, { 1, 1 }, { logx = true }) end, "x[1] is -1")
  wrong(function() vt.plot({ 1, 2 }, { 1, 1 }, { logx = true, xrange = { 0, 1 } }) end,
        "xrange {0, 1} must be positive on a logarithmic axis")
  wrong(function() vt.plot({ 1, 2 }, { 1, 1 }, { logx = true, marks = { { x = -1 } } }) end,
        "mark 1: -1 is not on the logarithmic axis")
end

function TestWrongInput.test_options()
  local function draw(options)
    return function() vt.plot({ 1, 2 }, { 1, 2 }, options) end
  end
  wrong(draw { style = "dots" }, "option 'style' must be one of 'lines', 'points', 'linespoints'")
  wrong(draw { titel = "x" }, "unknown option 'titel'; did you mean 'title'?")
  wrong(draw { labl = "x" }, "unknown option 'labl'; did you mean 'label'?")
  wrong(draw { title = 5 }, "option 'title' must be a string, got 5")
  wrong(draw { style = "errorbars" }, "style errorbars needs error or xerror")
  wrong(draw { error = { 1 } }, "error has 1 values, but the series has 2 points")
  wrong(draw { error = -1 }, "error[1] is -1; an error cannot be negative")
  wrong(draw { color = "pink" }, "color 'pink' is unknown")
  wrong(draw { axis = 3 }, "axis must be 1 (left) or 2 (right), not 3")
  wrong(draw { bins = 5 }, "bins counts values; leave y out")
  wrong(draw { xrange = { 1, 1 } }, "xrange must be {first, last}, two different numbers")
  wrong(draw { yrange = 5 }, "yrange must be an array or a table of numbers, not 5")
  wrong(draw { legend = "center" }, "option 'legend' must be one of 'auto'")
  wrong(draw { marks = { {} } }, "mark 1: give x or y, one of them")
  wrong(draw { width = 5 }, "a figure of 5 columns")
  wrong(draw { width = 5, file = path "small.png" }, "width = 5 gives a figure of 10 px")
  wrong(draw { file = path "large.svg", height = 1e6 }, "use 50 to 20000")
  wrong(function() vt.plot { { x = { 1 }, y = { 1 }, title = "no" } } end,
        "plot: series 1: unknown option 'title'")
end

TestBigData = {}

function TestBigData.test_a_million_points_make_a_small_file()
  local n = 1000000
  local x, y = vt.array.linspace(0, 1, n), vt.array.normal(n, { seed = 1 })
  y[777777] = 20 -- one spike must not be lost
  local svg = vt.plot.svg(x, y)
  lu.assertTrue(#svg < 100000, #svg)
  local line = pieces(curve(svg, 1), BLUE)
  local top, bottom = math.huge, -math.huge
  for _, p in ipairs(line[1]) do
    top, bottom = math.min(top, p[2]), math.max(bottom, p[2])
  end
  -- The spike stands at 20, the rest within five or so of zero.
  local at
  for _, p in ipairs(line[1]) do if p[2] == top then at = p[1] end end
  local first, last = line[1][1][1], line[1][#line[1]][1]
  lu.assertAlmostEquals((at - first) / (last - first), 0.777777, 0.003)
  lu.assertTrue(bottom - top > 300)
end

function TestBigData.test_a_dense_cloud_is_thinned()
  local n = 200000
  local svg = vt.plot.svg(vt.array.random(n, { seed = 1 }), vt.array.random(n, { seed = 2 }),
                          { style = "points" })
  lu.assertTrue(#svg < 1200000, #svg)
  assert_well_formed(svg)
end

local status = lu.LuaUnit.run()
os.execute("rm -r '" .. folder .. "'")
os.exit(status)
