-- The reference and the manual pages hold everything that is declared, and are well formed.
local child = require "child"
local help = require "vitrum.prompt.help"
local library = require "vitrum.prompt.library"
local lu = require "luaunit"
local manual = require "vitrum.prompt.manual"
local reference = require "vitrum.prompt.reference"
local session = require "vitrum.session"

TestReference = {}

local html <const> = reference.html()

local function unescape(text)
  return (text:gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&quot;", '"'):gsub("&#39;", "'")
    :gsub("&amp;", "&"))
end

-- Values of an attribute: those of id once each.
local function values_of(attribute)
  local seen = {}
  for value in html:gmatch(attribute .. '="([^"]*)"') do
    seen[unescape(value)] = (seen[unescape(value)] or 0) + 1
  end
  return seen
end

function TestReference.test_every_declared_function_is_in_it()
  local ids = values_of " id"
  for name, entry in pairs(session.docs) do
    lu.assertEquals(ids[name], 1, name)
    for _, option in ipairs(entry.options or {}) do
      lu.assertStrContains(html, ("<code>%s</code>"):format(option.name))
    end
  end
  for _, entry in ipairs(library.protocols()) do lu.assertEquals(ids[entry.file], 1) end
  for _, lesson in ipairs(library.lessons()) do lu.assertEquals(ids[lesson.file], 1) end
end

function TestReference.test_links_lead_somewhere()
  local ids, count = values_of " id", 0
  for target in pairs(values_of "href") do
    count = count + 1
    lu.assertEquals(target:sub(1, 1), "#", "only links inside the page: " .. target)
    lu.assertEquals(ids[target:sub(2)], 1, target)
  end
  lu.assertTrue(count > 300)
end

-- Self-contained: nothing is loaded from elsewhere, no path of the machine that made it is in it.
function TestReference.test_it_stands_alone()
  lu.assertNil(html:find "<script[^>]+src")
  lu.assertNil(html:find "<link")
  lu.assertNil(html:find "@import")
  lu.assertNil(html:find(os.getenv "VITRUM_SOURCE" or "/no/such/folder", 1, true))
  lu.assertTrue(#html < 2e6)
end

function TestReference.test_tags_are_closed()
  local open = {}
  local body = html:gsub("<script>.-</script>", ""):gsub("<style>.-</style>", "")
  for closing, tag in body:gmatch "<(/?)(%a[%w]*)[^>]*>" do
    if closing == "/" then
      lu.assertEquals(table.remove(open), tag)
    elseif tag ~= "meta" and tag ~= "input" then
      open[#open + 1] = tag
    end
  end
  lu.assertEquals(open, {})
end

TestManual = {}

function TestManual.test_everything_is_in_it()
  local text = manual.program():gsub("\\%-", "-"):gsub("\\e", "\\")
  for name in pairs(session.docs) do
    lu.assertStrContains(text, session.docs[name].signature:match("^[%w_.:]+"), false, false, name)
  end
  lu.assertStrContains(text, ".B -e stat")
  lu.assertStrContains(text, ".B --traceback")
  local protocols = manual.protocols():gsub("\\%-", "-")
  for _, entry in ipairs(library.protocols()) do
    lu.assertStrContains(protocols, ".SH " .. entry.name:upper())
  end
  lu.assertStrContains(protocols, "cooling_rate = 1e13 K/s")
  lu.assertStrContains(protocols, "extended XYZ, ...\n")
end

function TestManual.test_groff_finds_nothing_to_warn_of()
  local folder = child.folder()
  manual.write(folder)
  local output, status = child.shell(folder, "command -v groff >/dev/null || exit 77\n"
    .. "for page in vitrum.1 vitrum-protocols.1; do groff -man -ww -Tutf8 $page >/dev/null; done")
  child.remove(folder)
  lu.skipIf(status == 77, "groff is not here")
  lu.assertEquals(output, "")
  lu.assertEquals(status, 0)
end

function TestManual.test_odd_letters_are_no_commands()
  help.document("odd", { signature = "vt.odd() -> \\n", summary = ".SH is no heading. 'Tis \u{c5}.",
                         terms = "odd" })
  local text, page = manual.program(), reference.html()
  help.document("odd", nil)
  lu.assertStrContains(text, "\\&.SH is no heading")
  lu.assertStrContains(text, "\\en")
  lu.assertStrContains(page, "vt.odd() -&gt; \\n")
end

os.exit(lu.LuaUnit.run())
