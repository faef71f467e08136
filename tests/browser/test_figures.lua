-- Reports in a browser: values under the pointer, figures to save, rows that a spreadsheet reads, no
-- page wider than its window.
local lu = require "luaunit"
local vt = require "vitrum"
local chromium = require "chromium"

if not chromium.found() then
  print "no browser was found (apt-get install chromium): figures are not looked at"
  os.exit(0)
end
if not os.execute "command -v gnuplot >/dev/null 2>&1" then
  print "SKIP: gnuplot is not installed (apt-get install gnuplot-nox)"
  os.exit(0)
end

local function report()
  local page = vt.report { title = "Quench", date = "2026-01-02" }
  page:results { { name = "Tg", value = 932.4, error = 12.3, unit = "K", paper = "650 K" },
                 { name = "energy", value = -4.41294e-7, unit = "eV", note = "a note on it" } }
  page:figure { plot = { { x = { 0, 1, 2 }, y = { 10, 20, 40 }, label = "<b>a</b>", error = 3 },
                         xlabel = "T (K)", ylabel = "V" }, data = "gr.csv" }
  page:figure { plot = { heatmap = { { 1, 2 }, { 3, 4.5 } }, zlabel = "stress (GPa)" } }
  return page:html()
end

local POINT <const> = [[
const figures = [...document.querySelectorAll("figure.figure")];
const tip = k => figures[k].querySelector(".figure-tip");
const point = (k, x, y) => {
  const svg = figures[k].querySelector("svg"), head = JSON.parse(
    figures[k].querySelector(".figure-data").textContent), [l, r, t, b] = head.area;
  const box = svg.getBoundingClientRect(), per = box.width / svg.viewBox.baseVal.width;
  svg.dispatchEvent(new PointerEvent("pointermove", { bubbles: true,
    clientX: box.left + per * (l + x * (r - l)), clientY: box.top + per * (b - y * (b - t)) }));
};
]]

TestFigures = {}

function TestFigures.test_values_stand_under_the_pointer()
  local said = chromium.look(report(), POINT .. [[
say("hidden", tip(0).hidden);
point(0, 0.5, 0.45);
say("curve", tip(0).textContent);
say("elements", tip(0).children.length);
point(1, 0.75, 0.9);
say("map", tip(1).textContent);
point(1, 1.2, 0.9);
say("outside", tip(1).hidden);
]])
  lu.assertTrue(said.hidden)
  lu.assertEquals(said.curve, "<b>a</b>\nT (K): 1\nV: 20 ± 3")
  lu.assertEquals(said.elements, 0) -- shown, never read as HTML
  lu.assertEquals(said.map, "x: 2\ny: 2\nstress (GPa): 4.5")
  lu.assertTrue(said.outside)
end

function TestFigures.test_figures_can_be_saved()
  local said = chromium.look(report(), POINT .. [[
const blobs = [], names = [], create = URL.createObjectURL;
URL.createObjectURL = blob => { blobs.push(blob); return create.call(URL, blob); };
HTMLAnchorElement.prototype.click = function () { names.push(this.download); };
for (const button of figures[0].querySelectorAll("button")) button.click();
while (blobs.length < 3) await pause(50);
const of = type => blobs.find(blob => blob.type === type);
say("names", names.sort());
say("csv", await of("text/csv").text());
const svg = new DOMParser().parseFromString(await of("image/svg+xml").text(), "image/svg+xml");
say("svg", svg.documentElement.nodeName + svg.documentElement.getAttribute("width"));
const png = await createImageBitmap(of("image/png"));
say("png", [png.width, png.height]);
]])
  lu.assertEquals(said.names, { "figure-1.csv", "figure-1.png", "figure-1.svg" })
  lu.assertEquals(said.csv, "T (K),V of <b>a</b>,error of V of <b>a</b>\n0,10,3\n1,20,3\n2,40,3\n")
  lu.assertEquals(said.svg, "svg640")
  lu.assertEquals(said.png, { 1280, 800 })
end

function TestFigures.test_copied_rows_have_numbers_in_cells()
  local said = chromium.look(report(), [[
const range = document.createRange(), data = new DataTransfer();
range.selectNode(document.querySelector("table"));
getSelection().removeAllRanges();
getSelection().addRange(range);
document.dispatchEvent(new ClipboardEvent("copy", { clipboardData: data, bubbles: true,
  cancelable: true }));
say("text", data.getData("text/plain"));
]])
  lu.assertEquals(said.text, "Quantity\tThis run\terror\tunit\tLiterature\tNote\n"
    .. "Tg\t932\t12\tK\t650 K\t\nenergy\t-4.41294e-7\t\teV\t\ta note on it")
end

function TestFigures.test_the_page_is_no_wider_than_its_window()
  for _, width in ipairs { 1200, 500 } do
    local said = chromium.look(report(), [[
say("over", document.documentElement.scrollWidth - document.documentElement.clientWidth);
]], { width = width, height = 900 })
    lu.assertEquals(said.over, 0)
  end
end

os.exit(lu.LuaUnit.run())
