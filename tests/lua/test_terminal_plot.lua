-- Figures in characters: dots lie where arithmetic puts them, every line fits the width, colors and
-- Unicode only where the terminal has them. Needs no gnuplot.
local lu = require "luaunit"
local vt = require "vitrum"
local heatmap = require "vitrum.plot.heatmap"
local figure = require "vitrum.plot.figure"
local raster = require "vitrum.plot.raster"
local terminal = require "vitrum.plot.terminal"
local text = require "vitrum.base.text"
local ticks = require "vitrum.plot.ticks"

local BRAILLE <const> = { unicode = true, colors = 0 }
local COLORED <const> = { unicode = true, colors = 256 }
local SIMPLE <const> = { unicode = true, colors = 16 }
local ASCII <const> = { unicode = false, colors = 0 }

local function draw(series, options, width, height, look)
  return terminal.draw(figure.build(series, options or {}, "plot"), width or 60, height or 18,
                       look or BRAILLE)
end

local function plain(drawn) return (drawn:gsub("\27%[[%d;]*m", "")) end

local function lines_of(drawn)
  local lines = {}
  for line in plain(drawn):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  return lines
end

local function assert_fits(drawn, width, height)
  local lines = lines_of(drawn)
  for _, line in ipairs(lines) do lu.assertTrue(text.width(line) <= width, line) end
  if height then lu.assertTrue(#lines <= height, drawn) end
end

-- The dots of a field as "u v" from the bottom left, read back from its characters.
local function dots_of(field)
  local found, bits = {}, { { 0x40, 0x04, 0x02, 0x01 }, { 0x80, 0x20, 0x10, 0x08 } }
  for row, line in ipairs(field:lines()) do
    local column = 0
    for _, code in utf8.codes(line) do
      for across = 0, 1 do
        for up = 0, 3 do
          if code >= 0x2800 and (code - 0x2800) & bits[across + 1][up + 1] ~= 0 then
            found[("%d %d"):format(2 * column + across, 4 * (field.rows - row) + up)] = true
          end
        end
      end
      column = column + 1
    end
  end
  return found
end

TestTicks = {}

local function labels(list)
  local words = {}
  for k, tick in ipairs(list) do words[k] = tick.label end
  return table.concat(words, " ")
end

function TestTicks.test_round_numbers_with_equal_decimals()
  lu.assertEquals(labels(ticks.linear(16.2, 18.2, 10)), "16.2 16.4 16.6 16.8 17.0 17.2 17.4 17.6 "
                  .. "17.8 18.0 18.2")
  lu.assertEquals(labels(ticks.linear(-4.36, -3.68, 8)), "-4.3 -4.2 -4.1 -4.0 -3.9 -3.8 -3.7")
  lu.assertEquals(labels(ticks.linear(0, 10, 5)), "0 2 4 6 8 10")
  lu.assertEquals(labels(ticks.linear(-1, 1, 4)), "-1.0 -0.5 0.0 0.5 1.0")
  lu.assertEquals(labels(ticks.linear(0, 5e7, 5)), "0 1e7 2e7 3e7 4e7 5e7")
  lu.assertEquals(labels(ticks.linear(-2.5e-7, 0, 5)), "-2.5e-7 -2.0e-7 -1.5e-7 -1.0e-7 -5e-8 0")
  lu.assertEquals(labels(ticks.linear(67000.01, 67000.03, 4)),
                  "67000.010 67000.015 67000.020 67000.025 67000.030")
end

function TestTicks.test_whole_numbers_alone_where_only_those_occur()
  lu.assertEquals(labels(ticks.linear(1, 3, 8, true)), "1 2 3")
  lu.assertEquals(labels(ticks.linear(1, 3, 8)), "1.0 1.5 2.0 2.5 3.0")
end

function TestTicks.test_values_are_what_labels_say_and_lie_on_the_axis()
  for _, ends in ipairs { { -7.3, 11.9 }, { 1e-9, 3e-9 }, { 1e15, 1e15 + 40 }, { -1e300, 1e300 },
                          { 0, 1e-300 }, { 0.1, 0.3 }, { -8e307, 9e307 } } do
    local list = ticks.linear(ends[1], ends[2], 7)
    lu.assertTrue(#list >= 2 and #list <= 9, #list)
    for k, tick in ipairs(list) do
      lu.assertAlmostEquals(tonumber(tick.label) / ends[2], tick.value / ends[2], 1e-9)
      lu.assertTrue(tick.value >= ends[1] * (1 - 1e-9) - 1e-300 or tick.value >= ends[1])
      lu.assertTrue(k == 1 or tick.value > list[k - 1].value)
    end
  end
end

function TestTicks.test_a_range_at_the_end_of_precision_has_its_ends()
  lu.assertEquals(#ticks.linear(1, 1 + 2e-16, 5), 2)
  lu.assertEquals(#ticks.linear(0, 5e-324, 5), 2)
end

function TestTicks.test_logarithmic()
  lu.assertEquals(labels(ticks.log(1e-4, 1, 9)), "1e-4 1e-3 1e-2 1e-1 1e0")
  lu.assertEquals(labels(ticks.log(1e-30, 1e30, 6)), "1e-30 1e-20 1e-10 1e0 1e10 1e20 1e30")
  lu.assertEquals(labels(ticks.log(1, 30, 6)), "1 2 5 10 20")
  lu.assertEquals(labels(ticks.log(1, 1.3, 6)), "1.0 1.1 1.2 1.3")
end

TestRaster = {}

function TestRaster.test_a_line_has_the_dots_of_plain_arithmetic()
  for _, ends in ipairs { { 0, 0, 19, 39 }, { 2, 30, 17, 5 }, { 3, 7, 3, 31 },
                          { 0, 12, 19, 12 } } do
    local u1, v1, u2, v2 = table.unpack(ends)
    local field = raster.new(10, 10, BRAILLE)
    field:line(u1, v1, u2, v2, "", "*")
    local expected = {}
    local steps = math.max(math.abs(u2 - u1), math.abs(v2 - v1))
    for k = 0, steps do
      expected[("%d %d"):format(math.floor(u1 + (u2 - u1) * k / steps + 0.5),
                                math.floor(v1 + (v2 - v1) * k / steps + 0.5))] = true
    end
    lu.assertEquals(dots_of(field), expected)
  end
end

function TestRaster.test_what_lies_outside_is_cut_off()
  local field = raster.new(10, 10, BRAILLE)
  field:line(-1e9, -2e9, 1e9, 2e9, "", "*") -- v = 2 u
  local found = dots_of(field)
  lu.assertTrue(found["0 0"] and found["10 20"] and found["19 38"])
  lu.assertNil(found["10 17"])
  field = raster.new(10, 10, BRAILLE)
  field:line(-50, 20, -10, 30, "", "*")
  field:line(0, 100, 19, 50, "", "*")
  field:dot(-1, 3, "", "*")
  field:dot(20, 3, "", "*")
  lu.assertEquals(next(dots_of(field)), nil)
end

function TestRaster.test_ascii_has_a_character_for_a_dot()
  local field = raster.new(4, 3, ASCII)
  field:line(0, 0, 2, 2, "", "x")
  lu.assertEquals(field:lines(), { "  x ", " x  ", "x   " })
end

function TestRaster.test_colors_are_set_and_taken_back()
  local field = raster.new(3, 1, COLORED)
  field:put(1, 0, "A", raster.ink(COLORED, "#ff0000"))
  lu.assertEquals(field:lines(), { " \27[38;5;196mA\27[0m " })
  lu.assertEquals(raster.ink(SIMPLE, "#0072B2"), "\27[94m")
  lu.assertEquals(raster.ink(SIMPLE, "#D55E00"), "\27[93m")
  lu.assertEquals(raster.ink(SIMPLE, "#009E73"), "\27[92m")
  lu.assertEquals(raster.ink(COLORED, "#000000"), "\27[39m") -- whatever the text has
  lu.assertEquals(raster.ink({ unicode = true, colors = 1 << 24 }, "#0072B2"),
                  "\27[38;2;0;114;178m")
  lu.assertEquals(raster.ink(ASCII, "#0072B2"), "")
end

TestCurves = {}

function TestCurves.test_a_straight_line_lies_where_the_axes_say()
  local lines = lines_of(draw({ { x = { 0, 10 }, y = { 0, 10 } } }, { xrange = { 0, 10 },
                              yrange = { 0, 10 } }, 44, 12))
  -- Ten rows: the line goes from the lower left to the upper right corner.
  lu.assertStrMatches(lines[1], "10 ┤ +[^ ]+")
  lu.assertStrMatches(lines[10], " 0 ┤[^ ]+")
  lu.assertEquals(text.width(lines[1]), 44)
  lu.assertStrContains(lines[11], "└┬──")
  lu.assertStrContains(lines[11], "──┬")
  lu.assertStrMatches(lines[12], " *0 +.* 10")
end

function TestCurves.test_nan_is_a_gap_and_infinity_too()
  for _, hole in ipairs { 0 / 0, 1 / 0 } do
    local drawn = draw { { x = { 0, 1, 2, 3, 4 }, y = { 1, 1, hole, 1, 1 } } }
    lu.assertStrMatches(drawn, ".*[^ ]     +[^ ].*")
  end
end

-- The columns of the gap are blank in every row of the field, also where a line goes on higher up.
function TestCurves.test_no_line_joins_the_sides_of_a_gap()
  for _, hole in ipairs { 0 / 0, 1 / 0 } do
    for _, style in ipairs { "lines", "steps", "linespoints" } do
      local series = { x = { 1, 2, 3, 4, 5, 6 }, y = { 1, 1, hole, 3, 3, 3 }, style = style }
      local drawn = draw({ series }, nil, 40, 10)
      local lines = lines_of(drawn)
      for k = 2, 7 do lu.assertStrMatches(lines[k], "[%s%w┤│]+", nil, nil, drawn) end
    end
  end
end

function TestCurves.test_a_lone_point_is_a_mark()
  lu.assertStrContains(draw { { x = { 1 }, y = { 2 } } }, "●")
  lu.assertStrContains(draw({ { x = { 1 }, y = { 2 } } }, nil, 40, 10, ASCII), "*")
  local drawn = draw { { x = { 1, 2, 3, 4, 5 }, y = { 1, 0 / 0, 2, 0 / 0, 3 } } }
  lu.assertEquals(select(2, drawn:gsub("●", "")), 3)
  drawn = draw { { x = { 1, 2, 3 }, y = { 1, 2, 0 / 0 } } }
  lu.assertNil(drawn:find "●")
end

function TestCurves.test_every_kind_of_series_fits_every_width()
  local x, y = { 1, 2, 3, 4, 5, 6 }, { 2, 3, 1, 7, 4, 5 }
  local evil = "<b>漢字 & \"x\" \27[31m\n$(id) `id`"
  for _, look in ipairs { BRAILLE, COLORED, SIMPLE, ASCII } do
    for _, width in ipairs { 20, 33, 60, 100 } do
      for _, style in ipairs { "lines", "points", "linespoints", "histogram", "steps",
                               "filledcurves", "impulses", "errorbars" } do
        local error = (style == "lines" or style == "errorbars") and 0.5 or nil
        local drawn = draw({ { x = x, y = y, style = style, error = error, label = evil },
                             { x = x, y = { 500, 100, 300, 900, 200, 100 }, label = "other",
                               axis = 2 } },
                           { title = evil, xlabel = evil, ylabel = evil, y2label = "E (eV)",
                             marks = { { x = 3, label = evil }, { y = 4, label = "there" } } },
                           width, 14, look)
        assert_fits(drawn, width, 14)
        if look.colors == 0 then lu.assertNil(drawn:find "\27") end
        if not look.unicode then lu.assertNil(drawn:find "[\x80-\xFF]") end
        lu.assertNil(plain(drawn):find "[\27\r]")
      end
    end
  end
end

function TestCurves.test_noise_is_dots_and_a_smooth_curve_a_line()
  local noise = draw({ { y = vt.array.normal(600, { seed = 1 }) } }, {}, 60, 18)
  local smooth = {}
  for i = 1, 600 do smooth[i] = math.sin(i / 60) end
  -- A line of noise would fill its band: most of its characters would have many dots.
  local function dots(drawn)
    local count, cells = 0, 0
    for _, code in utf8.codes(drawn) do
      if code > 0x2800 and code < 0x2900 then
        cells = cells + 1
        for bit = 0, 7 do count = count + (code >> bit & 1) end
      end
    end
    return count / cells
  end
  lu.assertTrue(dots(noise) < 2, noise)
  lu.assertTrue(dots(draw({ { y = smooth } }, {}, 60, 18)) > 2)
end

function TestCurves.test_the_legend_covers_no_data()
  local x = { 0, 1, 2, 3, 4 }
  local function at(y)
    local lines = lines_of(draw({ { x = x, y = y, label = "L" } }, {}, 60, 16))
    for row, line in ipairs(lines) do
      local column = line:find "L"
      if column then
        local inside = line:find "│" or line:find "┤"
        return not inside and "above" or row < 8 and "top" or "bottom",
          text.width(line:sub(1, column)) > 30 and "right" or "left"
      end
    end
  end
  lu.assertEquals({ at { 4, 3, 2, 1, 0 } }, { "top", "right" })
  lu.assertEquals({ at { 0, 1, 2, 3, 4 } }, { "top", "left" })
  lu.assertEquals({ at { 4, 4, 0, 4, 4 } }, { "bottom", "right" })
  local full = lines_of(draw({ { x = x, y = { 4, 4, 4, 4, 4 }, style = "histogram", label = "L" } },
                             {}, 60, 16))
  lu.assertEquals(full[1], "   ██ L")
end

function TestCurves.test_series_are_told_apart_without_colors()
  local x = { 0, 1 }
  local two = { { x = x, y = { 0, 1 }, label = "a" }, { x = x, y = { 1, 2 }, label = "b" } }
  local drawn = draw(two, {}, 60, 16, BRAILLE)
  lu.assertStrContains(drawn, "⠤⠤  a")
  lu.assertStrContains(drawn, "⠤ ⠤ b")
  drawn = draw(two, {}, 60, 16, ASCII)
  lu.assertStrContains(drawn, "**  a")
  lu.assertStrContains(drawn, "oo  b")
end

function TestCurves.test_a_fit_lies_above_its_points()
  local x, y = {}, {}
  for i = 1, 40 do x[i], y[i] = i, 5 end
  local drawn = draw({ { x = { 0, 41 }, y = { 5, 5 } }, { x = x, y = y, style = "points" } }, {},
                     60, 16, ASCII)
  lu.assertNotStrContains(drawn, "o") -- the mark of the points
end

function TestCurves.test_error_bars_have_their_length()
  local drawn = lines_of(draw({ { x = { 1, 2 }, y = { 5, 5 }, error = { 3, 0 } } },
                              { yrange = { 0, 10 } }, 44, 13, ASCII))
  local rows = 0
  for _, line in ipairs(drawn) do
    if line:find "[|+].*|" then rows = rows + 1 end
  end
  -- From 2 to 8 of 0 to 10 on 11 rows: seven, of which the middle one is the point.
  lu.assertEquals(rows, 6)
end

function TestCurves.test_logarithmic_axes()
  local drawn = draw({ { x = { 1, 10, 100 }, y = { 1e-4, 1e-2, 1 } } },
                     { logx = true, logy = true })
  for _, label in ipairs { "10⁰", "10⁻⁴", "10²" } do lu.assertStrContains(drawn, label) end
  lu.assertStrContains(draw({ { x = { 1, 10, 100 }, y = { 1e-4, 1e-2, 1 } } },
                            { logx = true, logy = true }, 60, 18, ASCII), "1e-4")
end

function TestCurves.test_bars_stand_to_their_heights()
  -- Eight rows, counts 0 to 8: count k has k full blocks.
  local x, y = {}, {}
  for i = 1, 8 do x[i], y[i] = i - 0.5, i - 1 end
  local drawn = lines_of(draw({ { x = x, y = y, style = "histogram" } },
                              { xrange = { 0, 8 }, yrange = { 0, 8 } }, 12 + 8, 10))
  local counts = {}
  for row = 1, 8 do
    local column = 0
    for _, code in utf8.codes(drawn[row]) do
      column = column + 1
      if code == utf8.codepoint "█" then counts[column] = (counts[column] or 0) + 1 end
    end
  end
  local width = text.width(drawn[9]) - 3 -- of the field
  for column = 0, width - 1 do
    local bar = math.floor((2 * column + 0.5) / (2 * width - 1) * 8)
    lu.assertAlmostEquals(counts[column + 4] or 0, bar, 1, "column " .. column)
  end
end

function TestCurves.test_axes_that_run_the_other_way_and_huge_ones_have_numbers()
  local lines = lines_of(draw({ { x = { 1, 2, 3 }, y = { 1, 2, 3 } } }, { xrange = { 5, 1 } }))
  lu.assertStrMatches(lines[#lines], " +5 +4 +3 +2 +1")
  local huge = draw({ { x = { 1, 2, 3 }, y = { 1e-300, 1, 1e300 } } }, { logy = true }, 60, 18)
  lu.assertStrContains(huge, "10⁰ ┤")
  lu.assertStrMatches(huge, ".*[⠤⡠⠔].*")
end

function TestCurves.test_awkward_data()
  for _, series in ipairs { { y = { 5 } }, { x = { 1, 2, 3 }, y = { 5, 5, 5 } },
                            { x = { 1, 2 }, y = { 1e-300, 1e300 } }, { y = { 0, 5e-324 } },
                            { y = { 1e15, 1e15 + 1 } }, { x = { 3, 3 }, y = { 1, 2 } },
                            { y = { 0 / 0, 1, 1 / 0 } }, { y = { 0, 0 }, style = "histogram",
                              x = { 1, 1 } } } do
    for _, width in ipairs { 20, 60 } do
      assert_fits(draw({ series }, { title = "a" }, width, 14), width, 14)
    end
  end
end

TestHeatmap = {}

local function heat(matrix, options, width, height, look)
  return terminal.heatmap(heatmap.build(matrix, options, "plot.heatmap"), width, height, look)
end

function TestHeatmap.test_darker_is_higher_without_colors()
  local drawn = heat({ { 0, 1 }, { 2, 3 } }, { title = "field", zlabel = "eV" }, 24, 12, ASCII)
  -- Row 2 is on top.
  lu.assertStrMatches(drawn, ".*[|+]#+@+|.*[|+]%.+=+|.*")
  lu.assertStrContains(drawn, "field")
  lu.assertStrContains(drawn, "eV")
end

function TestHeatmap.test_rows_have_whole_numbers()
  for rows = 1, 3 do
    local matrix = {}
    for k = 1, rows do matrix[k] = { k, 2 } end
    local drawn = heat(matrix, {}, 40, 30, ASCII)
    for _, line in ipairs(lines_of(drawn)) do lu.assertNil(line:find "^ *%d%.%d", drawn) end
    lu.assertStrContains(drawn, rows .. " +")
  end
  -- Edges that are given are lengths.
  lu.assertStrContains(heat({ { 1, 2 } }, { yrange = { 0, 1 } }, 40, 30, ASCII), "0.4 +")
end

function TestHeatmap.test_half_blocks_carry_two_rows()
  local drawn = heat({ { 0, 0 }, { 1, 1 } }, { palette = "gray", zrange = { 0, 1 } }, 10, 7,
                     { unicode = true, colors = 1 << 24 })
  -- Above black for 1, below white for 0, in one character where the two rows meet.
  lu.assertStrContains(drawn, "\27[38;2;0;0;0m\27[48;2;0;0;0m▀")
  lu.assertStrContains(drawn, "\27[38;2;255;255;255m\27[48;2;255;255;255m▀")
  local whole = heat({ { 0, 0 }, { 1, 1 }, { 0, 0 }, { 1, 1 }, { 0, 0 }, { 1, 1 } },
                     { palette = "gray" }, 10, 7, { unicode = true, colors = 1 << 24 })
  lu.assertStrContains(whole, "\27[38;2;0;0;0m\27[48;2;255;255;255m▀")
end

function TestHeatmap.test_fits_and_leaves_holes()
  local matrix = {}
  for i = 1, 37 do
    matrix[i] = {}
    for j = 1, 53 do matrix[i][j] = (i + j) % 7 == 0 and 0 / 0 or math.sin(i / 5) * j end
  end
  for _, look in ipairs { ASCII, BRAILLE, SIMPLE, COLORED } do
    for _, width in ipairs { 20, 60, 90 } do
      local drawn = heat(matrix, { title = "<b>", xlabel = "x", ylabel = "y", palette = "blue-red",
                                   zlabel = "stress (GPa)" }, width, 20, look)
      assert_fits(drawn, width, 20)
    end
  end
  assert_fits(heat({ { 2 } }, {}, 20, 8, COLORED), 20, 8)
end

TestLook = {}

-- Marks of a few points, such as events on a curve, stand above the line that goes through them; a
-- cloud of many lies below the line fitted to it.
function TestLook.test_few_points_stand_above_lines()
  local x, y = {}, {}
  for k = 0, 400 do x[k + 1], y[k + 1] = k, k % 100 end
  local drawn = vt.plot.text{ { x = x, y = y }, { x = { 100, 200, 300 }, y = { 50, 50, 50 },
    style = "points" }, ascii = true }
  lu.assertEquals(select(2, drawn:gsub("o", "")), 3, drawn)
  local many, level = {}, {}
  for k = 1, #x do many[k], level[k] = 0.1 * (k % 7) + 50, 50 end
  drawn = vt.plot.text{ { x = x, y = many, style = "points" }, { x = x, y = level }, ascii = true,
                        yrange = { 0, 100 } }
  lu.assertStrContains(drawn, ("o"):rep(20))
end

function TestLook.test_wide_characters_take_two_columns()
  lu.assertEquals(text.width "漢字 x", 6)
  lu.assertEquals(text.width "e\u{301}", 1)
  lu.assertEquals(text.cut("漢字漢字", 5, "…"), "漢字…")
  lu.assertEquals(text.cut("abcdef", 4), "a...")
  lu.assertEquals(text.ascii "V (Å³/atom), 5 × 10⁻⁷ K ± 10⁴, 漢",
                  "V (A^3/atom), 5 x 10^-7 K +- 10^4, ?")
end

function TestLook.test_ascii_on_request()
  lu.assertNil(vt.plot.text({ 1, 2, 3 }, { 1, 4, 9 }, { ascii = true, title = "Å" }):find
               "[\x80-\xFF\27]")
end

local PROGRAM <const> = os.getenv "VITRUM_PROGRAM" or "vitrum"

local PLOT <const> = "require(\\\"vitrum\\\").plot({1, 4, 9})"

-- What the program shows in a terminal of its own, through script(1).
local function in_terminal(environment, code)
  local pipe = io.popen(("%s script -qec \"'%s' -e '%s'\" /dev/null </dev/null 2>&1"):format(
    environment, PROGRAM, code or PLOT))
  local output = pipe:read "a"
  pipe:close()
  return output
end

function TestLook.test_the_environment_decides()
  if not os.execute "command -v script >/dev/null 2>&1" then
    print "SKIP: script is not installed (apt-get install bsdutils)"
    return
  end
  local base = "unset NO_COLOR COLORTERM LC_ALL LC_CTYPE LANG; "
  local full = in_terminal(base .. "LC_ALL=C.UTF-8 TERM=xterm-256color")
  lu.assertStrContains(full, "\27[38;5;25m")
  lu.assertStrContains(full, "┤")
  lu.assertStrContains(in_terminal(base .. "LC_ALL=C.UTF-8 TERM=xterm"), "\27[94m")
  local gray = in_terminal(base .. "NO_COLOR=1 LC_ALL=C.UTF-8 TERM=xterm-256color")
  lu.assertNil(gray:find "\27%[[%d;]*m")
  lu.assertStrContains(gray, "┤")
  local dumb = in_terminal(base .. "LC_ALL=C.UTF-8 TERM=dumb")
  lu.assertNil(dumb:find "[\27\x80-\xFF]")
  lu.assertNil(in_terminal(base .. "LC_ALL=C TERM=xterm-256color"):find "[\x80-\xFF]")
end

TestLive = {}

-- A small lattice under tension, with the curve of its stress.
local RUN <const> = "local vt = require(\\\"vitrum\\\"); local lat = vt.stz.lattice{ n = 16, "
  .. "modes = 2, barrier = { mean = 2.0 }, seed = 3 }; "
  .. "lat:tension{ strain = 0.004, every = 0.0004, plot = \\\"stress\\\" }"

function TestLive.test_a_curve_is_drawn_in_place_on_a_terminal_and_lines_elsewhere()
  if not os.execute "command -v script >/dev/null 2>&1" then
    print "SKIP: script is not installed (apt-get install bsdutils)"
    return
  end
  local drawn = in_terminal("unset NO_COLOR COLORTERM; LC_ALL=C.UTF-8 TERM=xterm", RUN)
  lu.assertStrContains(drawn, "stress (GPa)")
  lu.assertStrContains(drawn, "└┬")
  lu.assertStrContains(drawn, "strain")
  local lines = in_terminal("LC_ALL=C.UTF-8 TERM=dumb", RUN)
  lu.assertNil(lines:find "\27")
  lu.assertStrContains(lines, "lat: ended")
  local _, rows = lines:gsub("\n +0%.00", "")
  lu.assertEquals(rows, 10)
end

function TestLive.test_wrong_quantities()
  local lat = vt.stz.lattice { n = 16, modes = 2, barrier = { mean = 2.0 }, seed = 3 }
  local function wrong(plot, message)
    lu.assertErrorMsgContains(message, function() lat:tension { strain = 0.01, plot = plot } end)
  end
  wrong("stres", "option 'plot': there is no quantity 'stres'; did you mean 'stress'?")
  wrong({ "stress", "time", "work" }, "option 'plot' must be a quantity, \"stress\", or a list of "
        .. "one or two, got a list of 3")
  wrong({}, "got an empty table")
  wrong(5, "got 5")
  lu.assertEquals(lat:state().strain, 0)
end

os.exit(lu.LuaUnit.run())
