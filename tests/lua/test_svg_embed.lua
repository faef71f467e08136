-- Drawings of anybody inside a page: what draws is kept, everything else is refused by its name.
local child = require "child"
local embed = require "vitrum.report.embed"
local lu = require "luaunit"
local vt = require "vitrum"

vt.quiet(true)

local has_gnuplot <const> = os.execute "command -v gnuplot >/dev/null"

TestEmbed = {}

local function refused(document, why)
  local drawing, problem = embed.inline(document, "f")
  lu.assertNil(drawing, document)
  if why then lu.assertStrContains(problem, why) end
end

local function kept(document, expected)
  local drawing, problem = embed.inline(document, "f")
  lu.assertEquals(drawing, expected or document, problem)
end

function TestEmbed.test_what_acts_is_refused()
  for document, why in pairs {
    ['<svg onload="alert(1)"></svg>'] = "the attribute onload of <svg> is not allowed",
    ['<svg OnLoad="alert(1)"></svg>'] = "OnLoad",
    ['<svg>\n<image href="x" onerror="alert(1)"/></svg>'] = "line 2: <image> refers to something",
    ['<svg><a href="javascript:alert(1)"><text>x</text></a></svg>'] = "<a> is not allowed",
    ['<svg><foreignObject><iframe src="javascript:alert(1)"></iframe></foreignObject></svg>'] =
      "<foreignObject> is not allowed",
    ["<svg></svg><img src=x onerror=alert(1)><svg></svg>"] = "something follows the drawing",
    ["<img src=x onerror=alert(1)><svg></svg>"] = "it must begin with <svg",
    ['<svg><set attributeName="onmouseover" to="alert(1)"/></svg>'] = "<set> is not allowed",
    ["<svg><animate/></svg>"] = "<animate> is not allowed",
    ["<svg><script>1</script></svg>"] = "<script> is not allowed",
    ["<svg><SCRIPT>1</SCRIPT></svg>"] = "<SCRIPT> is not allowed",
    ["<svg><svg:script>1</svg:script></svg>"] = "<svg:script> is not allowed",
    ["<svg><style>*{fill:red}</style></svg>"] = "<style> is not allowed",
    ["<svg><b></b></svg>"] = "<b> is not allowed",
    ["<svg><title><img src=x></title></svg>"] = "<img> is not allowed",
    ["<svg><filter><feImage/></filter></svg>"] = "<feImage> is not allowed",
  } do
    refused(document, why)
  end
end

function TestEmbed.test_what_is_fetched_is_refused()
  local outside <const> = "something outside of the drawing"
  for document, why in pairs {
    ['<svg><image href="http://a.b/x.png"/></svg>'] = outside,
    ['<svg><image href="data:image/svg+xml;base64,PHN2Zz4="/></svg>'] = outside,
    ['<svg><image href="data:text/html;base64,PHN2Zz4="/></svg>'] = outside,
    ['<svg><image href="#a"/></svg>'] = outside,
    ['<svg><use href="x.svg#a"/></svg>'] = outside,
    ['<svg><use xlink:href="//a.b/x.svg#a"/></svg>'] = outside,
    ['<svg><use href="data:image/png;base64,AA=="/></svg>'] = outside,
    ['<svg><rect fill="url(http://a.b/x#y)"/></svg>'] = outside,
    ['<svg><rect fill="URL( //a.b)"/></svg>'] = outside,
    ['<svg><rect fill="url(#a) url(b)"/></svg>'] = outside,
    ['<svg><rect style="fill:url(http://a.b)"/></svg>'] = outside,
    ['<svg><rect style="fill:u\\72l(http://a.b)"/></svg>'] = "the value of style is not allowed",
    ['<svg><rect style="fill:ur/**/l(x)"/></svg>'] = "the value of style is not allowed",
    ['<svg><rect style="background:red"/></svg>'] = "the style 'background:red' is not allowed",
    ['<svg><rect style="position:fixed"/></svg>'] = "the style 'position:fixed' is not allowed",
    ['<svg><rect style="@import x"/></svg>'] = "is not allowed",
    ['<svg><rect fill="java&#115;cript:alert(1)"/></svg>'] = "the value of fill is not allowed",
    ['<svg><image href="&#106;avascript:alert(1)"/></svg>'] = outside,
    ['<svg><rect src="x"/></svg>'] = "the attribute src of <rect>",
    ['<svg xmlns="http://www.w3.org/1999/xhtml"/>'] = "the name space of xmlns is not SVG's",
    ['<svg xmlns:h="http://www.w3.org/1999/xhtml"/>'] = "the attribute xmlns:h",
  } do
    refused(document, why)
  end
end

function TestEmbed.test_what_a_browser_may_read_in_another_way_is_refused()
  for document, why in pairs {
    ["<svg>&evil;</svg>"] = "the entity &evil; is not allowed",
    ["<svg>&#0;</svg>"] = "the entity &#0; is not allowed",
    ["<svg>&#xD800;</svg>"] = "is not allowed",
    ["<svg>& </svg>"] = "is not allowed",
    ['<!DOCTYPE svg [<!ENTITY x "<script/>">]><svg>&x;</svg>'] = "declarations of its own",
    ["<!DOCTYPE html><svg/>"] = "it must begin with <svg",
    ["<?xml-stylesheet href='x'?><svg/>"] = "it must begin with <svg",
    ["<svg><?php x ?></svg>"] = "<?> is not allowed",
    ["<svg><!ENTITY x></svg>"] = "<?> is not allowed",
    ["<svg><rect x=1/></svg>"] = "the value of x is not in quotes",
    ["<svg><rect x/></svg>"] = "the attribute x has no value",
    ['<svg><rect x="1" x="2"/></svg>'] = "the attribute x occurs twice",
    ['<svg><rect x="1"onload="2"/></svg>'] = "<rect> is broken",
    ['<svg><rect/onload="2"/></svg>'] = "<rect> is broken",
    ['<svg><rect x="1/></svg>'] = "the value of x does not end",
    ["<svg><g></svg>"] = "</svg> does not close <g>",
    ["<svg><g>"] = "<g> does not end",
    ["<svg></g></svg>"] = "</g> does not close <svg>",
    ["<svg><!-- x"] = "a comment does not end",
    ["<svg><![CDATA[ x"] = "<![CDATA[ does not end",
    ["<svg></svg>&"] = "something follows", [""] = "it must begin with <svg",
    ["<svg"] = "it must begin with <svg", ["<svgx/>"] = "it must begin with <svg",
    ['<svg><g id="a b"/></svg>'] = "an id is no name",
  } do
    refused(document, why)
  end
end

function TestEmbed.test_what_draws_is_kept()
  kept('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g stroke-width="2">'
    .. '<path d="M0,0h1"/><text x="1">K</text></g></svg>')
  kept([[<svg><defs><path id='dot' d='M0,0h1'/></defs><use xlink:href='#dot' /></svg>]],
       '<svg><defs><path id="f-dot" d="M0,0h1"/></defs><use xlink:href="#f-dot"/></svg>')
  kept('<svg><rect fill="url(#g)" style="fill:url(#g); opacity:.5;"/></svg>',
       '<svg><rect fill="url(#f-g)" style="fill:url(#f-g);opacity:.5"/></svg>')
  kept('<svg><image href="data:image/png;base64,iVBORw0K"/></svg>')
  -- texts are written anew, comments and prolog go
  kept("<svg>&lt;b&gt; &amp; &#x3b1;&#945;<![CDATA[<script>]]><!-- <x> --></svg>",
       "<svg>&lt;b&gt; &amp; αα&lt;script&gt;</svg>")
  kept('\xEF\xBB\xBF<?xml version="1.0"?>\n<!-- a -->'
    .. '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/'
    .. 'svg11.dtd">\n<svg>\n</svg>\n<!-- b -->\n', "<svg>\n</svg>")
  kept('<svg><rect class="page" x="1"/></svg>', '<svg><rect x="1"/></svg>')
  kept([[<svg aria-label='"a" &lt; b'/>]], '<svg aria-label="&quot;a&quot; &lt; b"/>')
end

function TestEmbed.test_our_own_figures_are_kept()
  if not has_gnuplot then lu.skip "gnuplot is not installed" end
  local x, y = { 1, 2, 3 }, { 3, 1, 2 }
  for _, plot in ipairs { { x, y, { label = "a < b & \"c\"", xlabel = "T_g (K)", dash = true } },
                          { x, y, { style = "points", error = 0.2, logy = true } },
                          { { x = y, style = "histogram", bins = 2 } },
                          { { heatmap = { { 1, 2 }, { 3, 4 } }, palette = "magma" } },
                          { x, y, { style = "filledcurves", lower = { 1, 0, 1 } } } } do
    local document = vt.plot.svg(table.unpack(plot))
    local drawing, problem = embed.inline(document, "f")
    lu.assertNotNil(drawing, problem)
    -- the same elements in the same order, and nothing is left to change
    local function names(s) return (s:gsub("^.-<svg", "<svg"):gsub("[^<]*<(/?%a+)[^<]*", "%1 ")) end
    lu.assertEquals(names(drawing), names(document))
    lu.assertEquals(drawing:gsub("f%-", ""), embed.inline(drawing, "f"):gsub("f%-", ""))
  end
end

-- gnuplot's own document, with its prolog, markers and filters.
function TestEmbed.test_a_document_of_gnuplot()
  if not has_gnuplot then lu.skip "gnuplot is not installed" end
  local folder = child.folder()
  local output, status = child.shell(folder, [[gnuplot -e "set terminal svg; set output 'a.svg'; \
    set multiplot; plot sin(x) with linespoints; plot cos(x) with points"]])
  local document = child.read(folder .. "/a.svg")
  child.remove(folder)
  lu.assertEquals(status, 0, output)
  local drawing, problem = embed.inline(document, "f")
  lu.assertNotNil(drawing, problem)
  lu.assertStrContains(drawing, '<g id="f-gnuplot_canvas">')
end

os.exit(lu.LuaUnit.run())
