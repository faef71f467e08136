-- Reports: valid, self-contained pages in which the user's texts do no harm; numbers for people.
local lu = require "luaunit"
local vt = require "vitrum"
local text = require "vitrum.base.text"
local json = require "vitrum.base.json"
local view = require "vitrum.picture.view"

local has_gnuplot = os.execute "command -v gnuplot >/dev/null 2>&1"

local function wrong(f, message) lu.assertErrorMsgContains(message, f) end

local EMPTY <const> = { meta = true, br = true, link = true, img = true, hr = true, input = true }
local DRAWING <const> = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><defs>'
  .. '<path id="dot" d="M0,0h1"/></defs><use href="#dot"/><g fill="url(#dot)"></g></svg>'

-- Nesting, attributes, ids and references of a page.
local function assert_valid(page)
  lu.assertEquals(page:sub(1, 15), "<!DOCTYPE html>")
  lu.assertNotNil(utf8.len(page))
  -- Data, which no browser runs, and the one script that the page allows.
  local script
  local body = page:gsub("<!DOCTYPE html>", ""):gsub("<style>.-</style>", "")
    :gsub('<script type="application/json" class="figure%-data">[^<>]*</script>', "")
    :gsub("<script>(.-)</script>", function(found)
      lu.assertNil(script)
      script = found
      return ""
    end)
  lu.assertStrContains(page, view.policy(script))
  local open, ids, references = {}, {}, {}
  for slash, name, attributes, empty in body:gmatch "<(/?)(%a[%w:-]*)([^<>]-)(/?)>" do
    if slash == "/" then
      lu.assertEquals(table.remove(open), name)
    elseif empty == "" and not EMPTY[name] then
      open[#open + 1] = name
    end
    local rest = attributes:gsub("[%w:-]+%s*=%s*\"[^\"]*\"", ""):gsub("[%w:-]+%s*=%s*'[^']*'", "")
    lu.assertNil(rest:match "%S", name .. attributes)
    local id = (" " .. attributes):match "%sid=[\"']([^\"']*)"
    if id then
      lu.assertNil(ids[id], "id " .. id .. " occurs twice")
      ids[id] = true
    end
    local reference = attributes:match "href=[\"']([^\"']*)"
    if reference then references[#references + 1] = reference end
    lu.assertNil((" " .. attributes):match "%ssrc=")
  end
  lu.assertEquals(#open, 0, table.concat(open, " "))
  for _, reference in ipairs(references) do
    if reference:sub(1, 5) ~= "data:" and reference:sub(1, 2) ~= "./" then
      lu.assertEquals(reference:sub(1, 1), "#")
      lu.assertTrue(ids[reference:sub(2)] ~= nil, reference)
    end
  end
  lu.assertNil(body:find "<script")
  lu.assertNil(page:find "@import")
  lu.assertNil(page:find "url%(['\"]?http")
end

local function page(options)
  options = options or {}
  return vt.report { title = options.title or "Quench", subtitle = options.subtitle,
                     date = "2026-01-02" }
end

TestPage = {}

function TestPage.test_everything_on_one_page()
  local p = page { subtitle = "4,000 atoms" }
  p:section "Result":text "One.\n\nTwo & three."
  p:results { { name = "Tg", value = 651.2, error = 12.4, unit = "K", paper = "650 K",
                source = "Mendelev (2007)", note = "slower" },
              { name = "bonds", value = "many", paper = 5, unit = "-" } }
  p:section "Figures":figure { svg = DRAWING, caption = "First." }
  p:figure { svg = DRAWING, caption = "Second." }
  p:section "Parameters":parameters { { name = "seed", value = 1, help = "of the velocities" },
                                      { name = "rate", value = 1e13, unit = "K/s" },
                                      { name = "check", value = true } }
  p:section "Provenance":provenance { "program: vitrum", { "seed", 1 }, "no colon" }
  p:list { "a", "b" }:code "vitrum quench.lua seed=1\n"
  p:table { columns = { "T (K)", "state" }, rows = { { 300, "glass" }, { 2000 } },
            caption = "States." }
  local html = p:html()
  assert_valid(html)
  for _, piece in ipairs { "<title>Quench</title>", "<h1>Quench</h1>", "4,000 atoms",
                           "<p>One.</p>", "<p>Two &amp; three.</p>",
                           '<td class="number">651</td><td class="error">12</td>'
                             .. '<td class="unit">K</td>', "650 K",
                           "Mendelev (2007)", "slower", "<b>Figure 1.</b> First.",
                           "<b>Figure 2.</b> Second.", "10¹³ K/s", "yes", "no colon",
                           "<b>Table 3.</b> States.", "<li>a</li>", 'href="#section-2"',
                           "vitrum quench.lua seed=1</code>", "2026-01-02", vt.version } do
    lu.assertStrContains(html, piece)
  end
  lu.assertEquals(tostring(p), "report 'Quench': 4 sections, 2 figures, 3 tables")
end

function TestPage.test_the_smallest_page()
  local html = page():html()
  assert_valid(html)
  lu.assertNotStrContains(html, "<nav")
end

function TestPage.test_texts_are_shown_as_they_are()
  local evil = "</title></style><script>alert('x')</script>\" & \xFF \1 <b>"
  local p = page { title = evil, subtitle = evil }
  p:section(evil):text(evil):list { evil }:code(evil)
  p:table { columns = { evil }, rows = { { evil } }, caption = evil }
  p:results({ { name = evil, value = evil, unit = evil, paper = evil, source = evil,
                note = evil } }, evil)
  p:parameters { { name = evil, value = evil, unit = evil, help = evil } }
  p:provenance { evil .. ": " .. evil, { evil, evil } }
  p:figure { svg = DRAWING, caption = evil }
  local html = p:html()
  assert_valid(html)
  lu.assertNil(html:find "<b>\"")
  lu.assertStrContains(html, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; &amp; \xC3\xBF")
end

function TestPage.test_plots_become_figures()
  if not has_gnuplot then lu.skip "gnuplot is not installed" end
  local p = page()
  p:figure { plot = { { x = { 1, 2 }, y = { 3, 4 }, label = "a", style = "linespoints" },
                      { x = { 1, 2 }, y = { 4, 4 }, label = "b" } }, caption = "Lines." }
  p:figure { plot = { x = { 1, 2 }, y = { 3, 4 }, style = "points" } }
  p:figure { plot = { heatmap = { { 1, 2 }, { 3, 4 } } } }
  local html = p:html()
  assert_valid(html)
  lu.assertStrContains(html, 'id="figure-1-curve-2"')
  lu.assertStrContains(html, 'id="figure-2-curve-1"')
  lu.assertStrContains(html, "data:image/png;base64,")
  wrong(function() p:figure { plot = { x = { 1 }, y = { 1, 2 } } } end, "they must be equally many")
  lu.assertEquals(p:html(), html) -- a figure that failed leaves no trace
end

-- What the page keeps of figure k.
local function head_of(html, k)
  local count = 0
  for data in html:gmatch ' class="figure%-data">([^<>]*)</script>' do
    count = count + 1
    if count == k then return json.decode(data, "the figure") end
  end
end

-- The columns of a CSV text by name, as numbers.
local function columns_of(csv)
  local path = os.tmpname()
  do
    local file <close> = io.open(path, "w")
    file:write(csv)
  end
  local result = vt.csv.read(path)
  os.remove(path)
  return result
end

function TestPage.test_figures_keep_their_data()
  if not has_gnuplot then lu.skip "gnuplot is not installed" end
  local x, y, z = { 1, 2, 3.25 }, { 1 / 3, 0 / 0, -2e-9 }, { 1e300, 5, 67000.01 }
  local p = page()
  p:figure { plot = { { x = x, y = y, label = "a, <b>", error = 0.25 },
                      { x = x, y = z, label = "second", axis = 2 },
                      { x = { 7, 8 }, y = { 1, 2 }, style = "points" },
                      xlabel = "T (K)", ylabel = "V", y2label = "E" } }
  p:figure { plot = { heatmap = { { 1, 2, 3 }, { 4, 0 / 0, 6 } }, xlabel = "x", zlabel = "z" } }
  local html = p:html()
  assert_valid(html)
  local head = head_of(html, 1)
  local csv = columns_of(head.csv)
  local function column(name) return csv[name]:totable() end
  lu.assertEquals(column "T (K)", x)
  local first = column "V of a, <b>"
  lu.assertEquals({ first[1], first[3] }, { y[1], y[3] })
  lu.assertTrue(first[2] ~= first[2])
  lu.assertEquals(column "error of V of a, <b>", { 0.25, 0.25, 0.25 })
  lu.assertEquals(column "E of second", z)
  local other = column "T (K) of series 3"
  lu.assertEquals({ other[1], other[2] }, { 7, 8 })
  -- Columns by their places, from 0, for the script.
  lu.assertEquals({ head.series[1].x, head.series[2].x, head.series[2].axis }, { 0, 0, 2 })
  lu.assertEquals({ head.x.label, head.y2.label }, { "T (K)", "E" })
  -- The field lies inside the drawing, right of the labels and above those below.
  local left, right, top, bottom = table.unpack(head.area)
  lu.assertTrue(left > 20 and right > left + 300 and right < 640)
  lu.assertTrue(top > 0 and bottom > top + 200 and bottom < 380)
  local map = head_of(html, 2)
  lu.assertStrContains(map.csv, "\n1,1,2,3\n2,4,,6\n")
  lu.assertEquals(map.map, { 1, 2, 3 })
end

function TestPage.test_large_figures_are_thinned_and_say_so()
  if not has_gnuplot then lu.skip "gnuplot is not installed" end
  local p = page()
  p:figure { plot = { y = vt.array.normal(100000, { seed = 1 }), style = "lines" } }
  local csv = head_of(p:html(), 1).csv
  lu.assertStrMatches(csv, "# series 1: thinned for the page, %d+ of 100000 points\n.*")
  lu.assertTrue(#csv < 200000)
end

function TestPage.test_links_lead_to_files_beside_the_page_only()
  local p = page()
  p:figure { svg = DRAWING, data = "gr.csv" }
  p:files { { "a <b>.csv", "one & two" }, { "frames/x.png" }, { "javascript:alert(1)" } }
  local html = p:html()
  assert_valid(html)
  lu.assertStrContains(html, '<a href="./gr.csv">gr.csv</a>')
  lu.assertStrContains(html, '<a href="./a%20%3Cb%3E.csv">a &lt;b&gt;.csv</a>')
  lu.assertStrContains(html, '<a href="./javascript%3Aalert%281%29">')
  wrong(function() p:files { { "/etc/passwd" } } end, "must name a file in the folder of the page")
  wrong(function() p:files { { "../x" } } end, "must name a file in the folder of the page")
  wrong(function() p:files { "x" } end, "entry 1 must be { name, what it holds }")
  wrong(function() p:files {} end, "report files: give a list")
  wrong(function() p:figure { svg = DRAWING, data = "a/../../b" } end, "must name a file")
end

function TestPage.test_a_number_has_a_cell_of_its_own()
  local p = page()
  p:table { columns = { "T (K)", "E (eV)", "state" },
            rows = { { 300, { value = -4.41294, error = 0.0213 }, "glass" }, { 400, 5, "melt" } } }
  local html = p:html()
  assert_valid(html)
  lu.assertStrContains(html, '<th scope="col" class="error">error</th>')
  lu.assertStrContains(html, '<td class="number">−4.413</td><td class="error">0.021</td>'
    .. '<td>glass</td>')
  lu.assertStrContains(html, '<td class="number">5</td><td class="error"></td><td>melt</td>')
  lu.assertEquals({ text.pair(1.234e-7, 2.5e-9) }, { "1.234 × 10⁻⁷", "0.025 × 10⁻⁷" })
  lu.assertEquals({ text.pair(932.4, 12.3) }, { "932", "12" })
  lu.assertEquals({ text.pair(3, nil) }, { "3" })
end

function TestPage.test_saving()
  local path = os.tmpname()
  local p = page()
  wrong(function() p:save(path) end, "exists and was not written by this run")
  lu.assertEquals(p:save(path, { overwrite = true }), p)
  local file <close> = io.open(path)
  lu.assertEquals(file:read "a", p:html())
  p:save(path)
  os.remove(path)
  wrong(function() p:save(path .. ".missing/report.html") end, "No such file or directory")
  wrong(function() p:save(nil) end, "report save: the file name must be a string, not nil")
end

function TestPage.test_wrong_input()
  local p = page()
  wrong(function() vt.report {} end, "report: option 'title' is missing")
  wrong(function() vt.report { title = " " } end, "report: the title must be a text")
  wrong(function() vt.report { titel = "x" } end, "did you mean 'title'?")
  wrong(function() vt.report "x" end, "options must be a table")
  wrong(function() p:section(5) end, "report section: the title must be a text, not 5")
  wrong(function() p:text "" end, "report text: the text must be a text, not an empty one")
  wrong(function() p:list {} end, "not an empty table")
  wrong(function() p:table { columns = {}, rows = {} } end, "report table: columns is empty")
  wrong(function() p:table { columns = { "a" }, rows = { { 1, 2 } } } end,
        "row 1 has 2 values, but there are 1 columns")
  wrong(function() p:table { columns = { "a" }, rows = { 5 } } end, "row 1 must be a list, not 5")
  wrong(function() p:table { columns = { "a" }, rows = { { {} } } } end,
        "row 1, column 1 must be a text, a number or { value = , error = }")
  wrong(function() p:table { columns = { "a" } } end, "option 'rows' is missing")
  wrong(function() p:results { { name = "a" } } end, "entry 1: option 'value' is missing")
  wrong(function() p:results {} end, "give a list { { name = ..., value = ... }, ... }")
  wrong(function() p:results { { name = "a", value = 1, error = "x" } } end,
        "error must be a number, not 'x'")
  wrong(function() p:parameters { { value = 1 } } end, "entry 1: option 'name' is missing")
  wrong(function() p:provenance { 5 } end, "entry 1 must be a line \"key: value\" or a pair")
  wrong(function() p:figure { caption = "none" } end, "give plot or svg, one of them")
  wrong(function() p:figure { svg = "<p>" } end,
        "svg must be an SVG drawing, <svg ...>...</svg>, of shapes")
  wrong(function() p:figure { svg = "<svg ><script>1</script></svg>" } end,
        "line 1: <script> is not allowed")
  wrong(function() p:text(5) end, "test_report.lua:")
  assert_valid(p:html())
  lu.assertEquals(p.figures, 0)
end

TestNumbers = {}

function TestNumbers.test_numbers_for_people()
  local cases = { { 0.5, "0.5" }, { -4.93721, "−4.93721" }, { 1e13, "10¹³" }, { -1e13, "−10¹³" },
                  { 2.5e-9, "2.5 × 10⁻⁹" }, { 123456.0, "123456" },
                  { 1234567.0, "1.23457 × 10⁶" }, { math.huge, "∞" }, { -math.huge, "−∞" } }
  for _, case in ipairs(cases) do lu.assertEquals(text.number(case[1]), case[2]) end
  lu.assertEquals(text.number(0 / 0), "not a number")
  -- A count is shown in full, a round rate as a power.
  lu.assertEquals(text.number(40000000), "40000000")
  lu.assertEquals(text.number(1234567890), "1234567890")
  lu.assertEquals(text.number(10000000000000), "10¹³")
  lu.assertEquals(text.number(-3), "−3")
end

function TestNumbers.test_two_digits_of_the_error()
  local cases = {
    { 654.321, 12.345, "654 ± 12" }, { 654.321, 0.0996, "654.32 ± 0.10" },
    { 654.321, 123.4, "650 ± 120" }, { 7.12345, 0.0021, "7.1235 ± 0.0021" },
    { -0.5, 0.013, "−0.500 ± 0.013" }, { 0, 0.2, "0.00 ± 0.20" },
    { 1.234e-7, 2.5e-9, "(1.234 ± 0.025) × 10⁻⁷" },
    { 1.5e13, 2e11, "(1.500 ± 0.020) × 10¹³" }, { 3, 0, "3" }, { 3.25, 0 / 0, "3.25" },
  }
  for _, case in ipairs(cases) do
    lu.assertEquals(text.with_error(case[1], case[2]), case[3])
  end
  -- In a terminal.
  cases = { { 902.465, 140, "900 +- 140" }, { 1.234e-7, 2.5e-9, "(1.234 +- 0.025)e-7" },
            { -0.0, nil, "0" }, { -0.01, 0.9, "-0.01 +- 0.90" }, { -0.001, 0.9, "0.00 +- 0.90" },
            { -2.5, 0 / 0, "-2.5" }, { 12, nil, "12" }, { 2.5e-9, nil, "2.5e-09" } }
  for _, case in ipairs(cases) do
    lu.assertEquals(text.plain(case[1], case[2]), case[3])
  end
  lu.assertEquals({ text.count(1, "thread"), text.count(2, "thread") }, { "1 thread", "2 threads" })
end

function TestPage.test_captions_are_texts()
  local report = vt.report{ title = "T" }
  for _, caption in ipairs { {}, 3, "" } do
    lu.assertErrorMsgContains("report: the caption of a table must be a text, not ", function()
      report:results({ { name = "a", value = 1 } }, caption)
    end)
  end
end

os.exit(lu.LuaUnit.run())
