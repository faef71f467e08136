-- One self-contained page: what was asked, the figures, the numbers beside the paper's, the
-- parameters, where everything comes from. No script, no font, no image is loaded from elsewhere;
-- the one script that a page may hold is that of its figures and views, and the page tells the
-- browser so.
--
--     local page = vt.report{ title = "Quench of Cu64Zr36" }
--     page:section "Result"
--     page:figure{ plot = { x = T, y = V, xlabel = "T (K)" }, caption = "Volume on cooling." }
--     page:save "report.html"

local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local style = require "vitrum.report.style"
local svg_embed = require "vitrum.report.embed"
local text = require "vitrum.base.text"
local view = require "vitrum.picture.view"

local SCRIPT <const> = require "vitrum.data.figure.js"

local raise = options.raise
local escape = text.escape

local Report = {} -- methods
local REPORT <const> = { __name = "vitrum.Report", __index = Report }

REPORT.__tostring = function(self)
  return ("report '%s': %s, %s, %s"):format(self.title, text.count(#self.sections, "section"),
                                           text.count(self.figures, "figure"),
                                           text.count(self.tables, "table"))
end

local function check_text(value, what)
  if type(value) ~= "string" or not value:find "%S" then
    raise("%s must be a text, not %s", what,
          value == "" and "an empty one" or numbers.show(value))
  end
  return value
end

-- A list of at least one entry.
local function check_list(list, method, example)
  if type(list) ~= "table" or #list == 0 then
    raise("report %s: give a list %s, not %s", method, example,
          type(list) == "table" and "an empty table" or numbers.show(list))
  end
  return list
end

local function push(self, html)
  self.parts[#self.parts + 1] = html
  return self
end

-- ---------------------------------------------------------------- text ----

--- Begin a section.
---@param title string
function Report:section(title)
  check_text(title, "report section: the title")
  local id = "section-" .. #self.sections + 1
  self.sections[#self.sections + 1] = { id = id, title = title }
  return push(self, string.format('<h2 id="%s">%s</h2>', id, escape(title)))
end

--- Add text; an empty line begins a new paragraph.
---@param words string
function Report:text(words)
  check_text(words, "report text: the text")
  for paragraph in (text.clean(words) .. "\n\n"):gmatch "(.-)\n%s*\n" do
    if paragraph:find "%S" then push(self, "<p>" .. escape(paragraph) .. "</p>") end
  end
  return self
end

--- Add a list with points.
---@param items string[]
function Report:list(items)
  local rows = {}
  for k, item in ipairs(check_list(items, "list", 'of texts, { "...", ... }')) do
    rows[k] = "<li>" .. escape(check_text(item, "report list: item " .. k)) .. "</li>"
  end
  return push(self, '<ul class="items">\n' .. table.concat(rows, "\n") .. "\n</ul>")
end

--- Add a program or file as it stands.
---@param source string
function Report:code(source)
  check_text(source, "report code: the text")
  return push(self, "<pre><code>" .. escape((source:gsub("%s+$", ""))) .. "</code></pre>")
end

-- ---------------------------------------------------------------- tables ----

local function cell_text(value, what)
  if value == nil then return "" end
  if type(value) == "number" then return escape(text.number(value)) end
  if type(value) == "boolean" then return value and "yes" or "no" end
  if type(value) == "string" then return escape(value) end
  raise("%s must be a text, a number or { value = , error = }, not %s", what, numbers.show(value))
end

-- A value and its error for two cells. Spreadsheets read them so: a number alone in a cell.
local function two_cells(value, what)
  if type(value) == "table" and type(value.value) == "number" and type(value.error) == "number" then
    local number, deviation = text.pair(value.value, value.error)
    return escape(number), escape(deviation or "")
  end
  return cell_text(value, what), ""
end

local HEADED <const> = { number = true, error = true, unit = true } -- classes of heads too

-- columns: { { title, class }, ... }; rows: lists of escaped cells; the first cell heads its row.
local function push_table(self, columns, rows, caption, class)
  local out = {}
  local function add(format, ...) out[#out + 1] = format:format(...) end
  local function attribute(name) return name and ' class="' .. name .. '"' or "" end
  add('<div class="scroll%s">\n<table%s>', class == "results" and " wide" or "", attribute(class))
  if caption ~= nil then
    check_text(caption, "report: the caption of a table")
    self.tables = self.tables + 1
    add("<caption><b>Table %d.</b> %s</caption>", self.tables, escape(caption))
  end
  local heads = {}
  for j, column in ipairs(columns) do
    heads[j] = column[1] and ('<th scope="col"%s>%s</th>'):format(
      attribute(HEADED[column[2]] and column[2] or nil), escape(column[1]))
  end
  if #heads > 0 then add("<thead><tr>%s</tr></thead>", table.concat(heads)) end
  add "<tbody>"
  for _, row in ipairs(rows) do
    local cells = {}
    for j, column in ipairs(columns) do
      local tag = j == 1 and "th" or "td"
      cells[j] = ("<%s%s%s>%s</%s>"):format(tag, j == 1 and ' scope="row"' or "",
                                            attribute(column[2]), row[j], tag)
    end
    add("<tr>%s</tr>", table.concat(cells))
  end
  add "</tbody></table></div>"
  return push(self, table.concat(out, "\n"))
end

local TABLE_OPTIONS <const> = {
  { name = "columns", kind = "table", required = true, help = "names with units" },
  { name = "rows", kind = "table", required = true,
    help = "lists of texts, numbers or { value = , error = }" },
  { name = "caption", kind = "string", help = "what the table shows" },
}

--- Add a table.
---@param given table
function Report:table(given)
  local o = options.check("report table", TABLE_OPTIONS, given)
  local columns, rows, places, with_error = {}, {}, {}, {}
  if #o.columns == 0 then raise "report table: columns is empty" end
  for _, row in ipairs(o.rows) do
    for j, value in pairs(type(row) == "table" and row or {}) do
      if type(value) == "table" and value.error ~= nil then with_error[j] = true end
    end
  end
  for j, name in ipairs(o.columns) do
    places[j] = #columns + 1
    columns[#columns + 1] = { check_text(name, "report table: column " .. j), "number" }
    if with_error[j] then columns[#columns + 1] = { "error", "error" } end
  end
  for i, row in ipairs(o.rows) do
    if type(row) ~= "table" then
      raise("report table: row %d must be a list, not %s", i, numbers.show(row))
    end
    local count = rawlen(row)
    if count > #o.columns then
      raise("report table: row %d has %d values, but there are %d columns", i, count, #o.columns)
    end
    rows[i] = {}
    for j in ipairs(o.columns) do
      local at, what = places[j], ("report table: row %d, column %d"):format(i, j)
      -- A column is set flush right when all it holds is numbers.
      if type(row[j]) == "string" or type(row[j]) == "boolean" then columns[at][2] = nil end
      local value, deviation = two_cells(row[j], what)
      rows[i][at] = value
      if with_error[j] then rows[i][at + 1] = deviation end
    end
  end
  return push_table(self, columns, rows, o.caption, "numbers")
end

local RESULT_OPTIONS <const> = {
  { name = "name", kind = "string", required = true, help = "\"Tg from the volume\"" },
  { name = "value", kind = "value", required = true, help = "number or text" },
  { name = "error", kind = "value", help = "standard error in the same unit" },
  { name = "unit", kind = "string", help = "\"K\"" },
  { name = "paper", kind = "value", help = "what the literature says, text or number, same unit" },
  { name = "source", kind = "string", help = "where it says so" },
  { name = "note", kind = "string", help = "what to keep in mind" },
}

-- Columns that a table of results has where an entry fills them.
local RESULT_COLUMNS <const> = {
  { "paper", "Literature", "value" }, { "source", "Source", "soft" }, { "note", "Note", "soft" },
}

local function with_unit(value, unit)
  return unit and unit ~= "-" and value ~= "" and value .. " " .. escape(unit) or value
end

--- Add the table of results, the numbers beside the paper's.
---@param results table[] { name=, value=, error=, unit=, paper=, source=, note= }
---@param caption string?
function Report:results(results, caption)
  check_list(results, "results", "{ { name = ..., value = ... }, ... }")
  local checked, cells, errors, units = {}, {}, false, false
  for i, given in ipairs(results) do
    local where = "report results: entry " .. i
    local o = options.check(where, RESULT_OPTIONS, given)
    local value = o.value
    if type(value) == "number" and o.error ~= nil then
      if type(o.error) ~= "number" then
        raise("%s: error must be a number, not %s", where, numbers.show(o.error))
      end
      value = { value = value, error = o.error }
    end
    checked[i], cells[i] = o, { two_cells(value, where .. ": value") }
    errors = errors or cells[i][2] ~= ""
    units = units or o.unit ~= nil and o.unit ~= "-"
  end
  -- Value, error and unit in cells of their own, as spreadsheets want them.
  local rows, columns = {}, { { "Quantity" }, { "This run", "number" } }
  if errors then columns[#columns + 1] = { "error", "error" } end
  if units then columns[#columns + 1] = { "unit", "unit" } end
  for i, o in ipairs(checked) do
    rows[i] = { escape(o.name), cells[i][1] }
    if errors then rows[i][3] = cells[i][2] end
    if units then rows[i][#rows[i] + 1] = o.unit and o.unit ~= "-" and escape(o.unit) or "" end
  end
  for _, column in ipairs(RESULT_COLUMNS) do
    local key, used = column[1], false
    for _, o in ipairs(checked) do used = used or o[key] ~= nil end
    if used then
      columns[#columns + 1] = { column[2], column[3] }
      for i, o in ipairs(checked) do
        local cell = cell_text(o[key], ("report results: entry %d: %s"):format(i, key))
        rows[i][#columns] = cell
      end
    end
  end
  return push_table(self, columns, rows, caption or "Results.", "results")
end

local PARAMETER_OPTIONS <const> = {
  { name = "name", kind = "string", required = true, help = "of the parameter" },
  { name = "value", kind = "value", help = "text, number or true/false" },
  { name = "unit", kind = "string", help = "\"K\"" },
  { name = "help", kind = "string", help = "what it means" },
}

--- Add the table of parameters.
---@param list table[] { name=, value=, unit=, help= }
---@param caption string?
function Report:parameters(list, caption)
  check_list(list, "parameters", "{ { name = ..., value = ... }, ... }")
  local rows = {}
  for i, given in ipairs(list) do
    local where = "report parameters: entry " .. i
    local o = options.check(where, PARAMETER_OPTIONS, given)
    rows[i] = { escape(o.name), with_unit(cell_text(o.value, where .. ": value"), o.unit),
                escape(o.help or "") }
  end
  return push_table(self, { { "Parameter" }, { "Value" }, { "Meaning", "soft" } }, rows,
                    caption or "Parameters.")
end

--- Add where everything comes from.
---@param facts (string|string[])[] lines "key: value" or pairs { key, value }
function Report:provenance(facts)
  check_list(facts, "provenance", 'of lines "key: value" or pairs { key, value }')
  local rows = {}
  for i, fact in ipairs(facts) do
    local key, value
    if type(fact) == "table" then
      key, value = fact[1], fact[2]
    elseif type(fact) == "string" then
      key, value = fact:match "^(.-):%s*(.*)$"
      if not key then key, value = "", fact end
    end
    if type(key) ~= "string" or value == nil then
      raise("report provenance: entry %d must be a line \"key: value\" or a pair { key, value }", i)
    end
    rows[i] = { escape(key), cell_text(value, "report provenance: entry " .. i) }
  end
  return push_table(self, { { nil }, { nil, "long" } }, rows, nil, "provenance")
end

-- ---------------------------------------------------------------- figures ----

local FIGURE_OPTIONS <const> = {
  { name = "plot", kind = "table", help = "the table that vt.plot takes" },
  { name = "svg", kind = "string",
    help = "or a drawing as SVG text, as vt.plot.svg gives it: shapes, text and pictures in it, no "
      .. "scripts, styles, links or anything from outside" },
  { name = "caption", kind = "string", help = "what the figure shows" },
  { name = "data", kind = "string",
    help = "name of the file beside the page that holds the data: the figure has a link to it" },
}

-- A link to a file beside the page: its name is never read as an address of another kind.
local function link(name, what)
  check_text(name, what)
  if name:find "%c" or name:find "^/" or name:find "^%.%./" or name:find "/%.%./" then
    raise("%s must name a file in the folder of the page, not %s", what, numbers.show(name))
  end
  local address = name:gsub("[^%w/._~-]", function(c) return ("%%%02X"):format(c:byte()) end)
  return ('<a href="./%s">%s</a>'):format(address, escape(name))
end

--- Add a list of files beside the page, as links.
---@param list string[][] { name, what it holds }, ...
function Report:files(list)
  local rows = {}
  for i, entry in ipairs(check_list(list, "files", "{ { name, what it holds }, ... }")) do
    if type(entry) ~= "table" or entry[2] ~= nil and type(entry[2]) ~= "string" then
      raise("report files: entry %d must be { name, what it holds }, not %s", i,
        numbers.show(entry))
    end
    rows[i] = { link(entry[1], ("report files: entry %d: the name"):format(i)),
                escape(entry[2] or "") }
  end
  return push_table(self, { { "File" }, { "Content", "soft" } }, rows, nil, "files")
end

--- Add a figure.
---@param given table
function Report:figure(given)
  local o = options.check("report figure", FIGURE_OPTIONS, given)
  if (o.plot == nil) == (o.svg == nil) then raise "report figure: give plot or svg, one of them" end
  local id = "figure-" .. self.figures + 1
  local data = o.data and link(o.data, "report figure: data") or ""
  local embedded, problem, head
  if o.plot then
    embedded, head = require("vitrum.plot")._inline(o.plot, id)
  else
    embedded, problem = svg_embed.inline(o.svg, id)
  end
  if not embedded then
    raise("report figure: svg must be an SVG drawing, <svg ...>...</svg>, of shapes, text and "
      .. "pictures that it holds itself; %s", problem)
  end
  self.figures = self.figures + 1
  local caption = string.format("<figcaption><b>Figure %d.</b> %s</figcaption>", self.figures,
                                escape(o.caption or ""))
  local kept = head and '<script type="application/json" class="figure-data">'
    .. view.encode(head) .. "</script>\n" or ""
  -- The script fills the tools; without it the link to the data is there.
  return push(self, ('<figure class="figure" id="%s">\n<div class="scroll '
    .. 'figure-stage%s">%s</div>\n%s\n<div class="figure-tools">%s</div>\n%s</figure>'):format(id,
    head and " figure-curves" or "", embedded, caption, data, kept))
end

--- Add an interactive view of atoms.
---@param source any Atoms, or frames as vt.view takes them; or what view.make made of them
---@param given table?
function Report:view(source, given)
  local o = options.check("report view", view.PAGE_OPTIONS, given)
  local number = self.figures + 1
  local caption = o.caption and check_text(o.caption, "report view: the caption") or ""
  local made = view.is_made(source) and source or view.make("report view", source, o)
  self.figures, self.views = number, true
  return push(self, view.figure(made, "view-" .. number,
    ("<figcaption><b>Figure %d.</b> %s</figcaption>\n"):format(number, escape(caption))))
end

-- ---------------------------------------------------------------- the page ----

local PAGE <const> = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
$policy
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="vitrum $version">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<main>
<header>
<h1>$title</h1>
$subtitle<p class="meta">$date</p>
</header>
$contents$parts
<footer>Made by vitrum $version.</footer>
</main>
$script</body>
</html>
]]

--- The page as text.
---@return string
function Report:html()
  local contents = {}
  for k, section in ipairs(self.sections) do
    contents[k] = ('<li><a href="#%s">%s</a></li>\n'):format(section.id, escape(section.title))
  end
  local scripts = {}
  if self.figures + self.tables > 0 then scripts[1] = SCRIPT end
  if self.views then scripts[#scripts + 1] = view.SCRIPT end
  local script = #scripts > 0 and table.concat(scripts, "\n") or nil
  local words = {
    version = escape(require("vitrum").version), title = escape(self.title),
    style = self.views and style .. view.STYLE or style,
    policy = view.policy(script),
    script = script and "<script>" .. script .. "</script>\n" or "",
    subtitle = self.subtitle and '<p class="subtitle">' .. escape(self.subtitle) .. "</p>\n" or "",
    date = escape(self.date), parts = table.concat(self.parts, "\n"),
    -- A short page needs no table of contents.
    contents = #contents >= 4 and '<nav aria-label="Sections"><ul>\n' .. table.concat(contents)
      .. "</ul></nav>\n" or "",
  }
  return (PAGE:gsub("%$(%l+)", words))
end

local SAVE_OPTIONS <const> = {
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}

--- Write the page.
---@param path string
---@param given { overwrite: boolean? }?
function Report:save(path, given)
  local o = options.check("report save", SAVE_OPTIONS, given)
  files.write(path, self:html(), { where = "report save", overwrite = o.overwrite })
  return self
end

-- ---------------------------------------------------------------- documentation ----

local REPORT_OPTIONS <const> = {
  { name = "title", kind = "string", required = true, help = "of the page" },
  { name = "subtitle", kind = "string", help = "one sentence below it" },
  { name = "date", kind = "string", help = "by default today, universal time" },
}

local function report(given)
  local o = options.check("report", REPORT_OPTIONS, given)
  check_text(o.title, "report: the title")
  return setmetatable({ title = o.title, subtitle = o.subtitle,
                        date = o.date or os.date "!%Y-%m-%d", parts = {}, sections = {},
                        figures = 0, tables = 0 }, REPORT)
end

help.register_type("Report", REPORT)
help.document("report", {
  terms = "html page; document; write-up",
  see = "protocol; study",
  signature = "vt.report{ title =, subtitle =, date = } -> Report",
  summary = "A page of text, figures and tables that becomes one self-contained HTML file, for "
    .. "screens light and dark and for print. Everything given as text is shown as it is.",
  options = REPORT_OPTIONS,
  example = 'local page = vt.report{ title = "Quench of Cu64Zr36" }\n'
    .. 'page:section "Volume"\n'
    .. 'page:figure{ plot = { x = T, y = V, xlabel = "T (K)" }, caption = "On cooling." }\n'
    .. 'page:save "report.html"',
})
local METHODS <const> = {
  { "section", "page:section(title) -> page", "Begin a section.", nil, 'page:section "Result"' },
  { "text", "page:text(text) -> page", "Add text; an empty line begins a new paragraph.", nil,
    'page:text "The melt was held at 2000 K for 20 ps."' },
  { "list", "page:list(items) -> page", "Add a list of texts with points.", nil,
    'page:list{ "melt", "quench", "relax" }' },
  { "code", "page:code(text) -> page", "Add a program or a file as it stands.", nil,
    'page:code "vitrum quench.lua seed=2"' },
  { "table", "page:table{ columns =, rows =, caption = } -> page",
    "Add a table; columns that hold numbers alone are set flush right. Rows copied from the page "
      .. "paste into a spreadsheet.", TABLE_OPTIONS,
    'page:table{ columns = { "T (K)", "V (\xC3\x85\xC2\xB3)" }, rows = { { 300, 15.1 } } }' },
  { "results", "page:results(list, [caption]) -> page",
    "Add the numbers of this run beside those of the literature. Each entry takes:",
    RESULT_OPTIONS,
    'page:results{ { name = "Tg", value = 651, error = 12, unit = "K", paper = "650 K" } }' },
  { "parameters", "page:parameters(list, [caption]) -> page",
    "Add the table of parameters. Each entry takes:", PARAMETER_OPTIONS,
    'page:parameters{ { name = "seed", value = 1, help = "of the velocities" } }' },
  { "provenance", "page:provenance(list) -> page",
    "Add where everything comes from: lines \"key: value\" or pairs { key, value }.", nil,
    'page:provenance{ "program: vitrum " .. vt.version, { "seed", 1 } }' },
  { "figure", "page:figure{ plot = | svg =, caption = } -> page",
    "Add a figure: the table that vt.plot takes, or SVG text. In the browser it shows values under "
      .. "the pointer and can be saved as SVG, PNG and CSV.", FIGURE_OPTIONS,
    'page:figure{ plot = { x = r, y = g, xlabel = "r" }, caption = "g(r).",\n'
      .. '  data = "gr.csv" }' },
  { "files", "page:files(list) -> page",
    "Add a list of files that lie beside the page, as links, each with what it holds.", nil,
    'page:files{ { "gr.csv", "pair distributions" }, { "glass.data", "the glass" } }' },
  { "view", "page:view(atoms, [options]) -> page",
    "Add an interactive picture of atoms or of the frames of a trajectory: see vt.view.",
    view.PAGE_OPTIONS, 'page:view(glass, { color = "five_fold", caption = "The glass." })',
    "visualize; 3D; interactive picture; view in a report", "view; Report:picture" },
  { "html", "page:html() -> text", "The page as HTML text.", nil, "print(#page:html())" },
  { "save", "page:save(path, [options]) -> page", "Write the page to a file.", SAVE_OPTIONS,
    'page:save "report.html"' },
}
for _, method in ipairs(METHODS) do
  help.document("Report:" .. method[1], { signature = method[2], summary = method[3],
                                          options = method[4], example = method[5],
                                          terms = method[6], see = method[7] })
end

require("vitrum").report = report

return report
