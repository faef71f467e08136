-- The reference: everything that is declared, as one HTML page with its own search that needs
-- nothing from elsewhere. `cmake --install` makes it by
--     vitrum -e 'require("vitrum.prompt.reference").write "reference.html"'
local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local library = require "vitrum.prompt.library"
local overview = require "vitrum.prompt.overview"
local page = require "vitrum.prompt.page"
local session = require "vitrum.session"
local style = require "vitrum.report.style"
local texts = require "vitrum.base.text"
local units = require "vitrum.prompt.units"

local STYLE <const> = style .. require "vitrum.data.reference.css"
local SCRIPT <const> = require "vitrum.data.reference.js"

local reference = {}

local escape = texts.escape

-- Words between backquotes are code.
local function prose(text)
  return (escape(text):gsub("`([^`]+)`", "<code>%1</code>"))
end

local function push_options(out, list)
  out[#out + 1] = '<div class="scroll"><table><thead><tr><th>option</th><th>value</th>'
    .. "<th>what it is</th></tr></thead><tbody>"
  for _, option in ipairs(list) do
    out[#out + 1] = ("<tr><td><code>%s</code></td><td>%s</td><td>%s</td></tr>"):format(
      escape(option.name), escape(page.facts(option)), prose(option.help or ""))
  end
  out[#out + 1] = "</tbody></table></div>"
end

-- The link to a page; that of a type or a group leads to its section.
local function link_to(name)
  local found = name:find "/" and library.find(name) or not page.exists(name) and library.find(name)
  local id = found and found.file or session.docs[name] and name or "section-" .. name
  return ('<a href="#%s"><code>%s</code></a>'):format(escape(id), escape(name))
end

local function open_article(out, id, title, terms)
  out[#out + 1] = ('<article id="%s" data-title="%s"%s>'):format(escape(id), escape(title),
    terms and (' data-terms="%s"'):format(escape(terms)) or "")
end

local function push_units(out)
  out[#out + 1] = '<div class="scroll"><table><thead><tr><th>quantity</th><th>unit</th>'
    .. "<th>conversion</th></tr></thead><tbody>"
  for _, row in ipairs(units.rows()) do
    out[#out + 1] = ("<tr><td>%s</td><td>%s</td><td>%s</td></tr>"):format(escape(row[1]),
      escape(row[2]), escape(row[3]))
  end
  out[#out + 1] = "</tbody></table></div>"
end

local function push_entry(out, name)
  local entry = session.docs[name]
  local sentence, rest = page.first_sentence(entry.summary)
  open_article(out, name, sentence, entry.terms)
  out[#out + 1] = ('<h3><a href="#%s">%s</a></h3>'):format(escape(name), escape(entry.signature))
  out[#out + 1] = ("<p>%s.</p>"):format(prose(sentence))
  if entry.example then out[#out + 1] = ("<pre>%s</pre>"):format(escape(entry.example)) end
  if entry.options and #entry.options > 0 then push_options(out, entry.options) end
  if name == "units" then push_units(out) end
  if rest ~= "" then out[#out + 1] = ("<p>%s</p>"):format(prose(rest)) end
  local links = {}
  for k, target in ipairs(page.see(name)) do links[k] = link_to(target) end
  if #links > 0 then
    out[#out + 1] = ('<p class="see">See also %s.</p>'):format(table.concat(links, ", "))
  end
  out[#out + 1] = "</article>"
end

-- Sections { id, title, line, names }: groups, single functions, types, the prompt.
local function sections()
  local list, taken = {}, {}
  local function add(id, title, line, names)
    local own = {}
    for _, name in ipairs(names) do
      if not taken[name] then
        own[#own + 1], taken[name] = name, true
      end
    end
    list[#list + 1] = { id = "section-" .. id, title = title, line = line, names = own }
  end
  for _, group in ipairs(overview.groups()) do
    local name = group[1]
    local names = help.members(name .. ".")
    if session.docs[name] then table.insert(names, 1, name) end
    add(name, "vt." .. name, group[2], names)
  end
  add("functions", "Single functions", "of the module itself", overview.functions())
  for _, name in ipairs(overview.types()) do
    local names = help.members(name .. ".")
    local methods = help.members(name .. ":")
    table.move(methods, 1, #methods, #names + 1, names)
    if session.docs[name] then table.insert(names, 1, name) end
    if #names > 0 then
      local makers = page.makers(name)
      add(name, name, #makers > 0 and "made by " .. table.concat(makers, ", ") or "", names)
    end
  end
  add("rest", "The prompt", "", help.names(function(name) return not taken[name] end))
  return list
end

local function push_protocols(out)
  out[#out + 1] = '<h2 id="section-protocols">Protocols</h2><p>Programs that state their '
    .. "parameters once: <code>vitrum scripts/quench.lua cooling_rate=1e12 out=slow</code>.</p>"
  for _, entry in ipairs(library.protocols()) do
    local p = entry.protocol
    open_article(out, entry.file, p.summary, (p.terms or "") .. ";" .. p.name)
    out[#out + 1] = ("<h3>%s</h3><p>%s</p><pre>%s</pre></article>"):format(escape(entry.file),
      escape(p.summary), escape(p:usage(88)))
  end
end

-- A lesson as paragraphs and code, which is all the markup that lessons need to be found and read.
local function push_lessons(out)
  out[#out + 1] = '<h2 id="section-lessons">Lessons</h2>'
  for _, lesson in ipairs(library.lessons()) do
    open_article(out, lesson.file, lesson.title)
    out[#out + 1] = ("<h3>%s</h3>"):format(escape(lesson.title))
    for _, section in ipairs(lesson.sections) do
      if section.title ~= lesson.title then
        out[#out + 1] = ("<p><b>%s</b></p>"):format(prose(section.title))
      end
      local code
      for block in (section.text .. "\n\n"):gsub("```%w*\n(.-)```", function(body)
        return "\1" .. body:gsub("\n\n", "\n\2\n") .. "\n\n"
      end):gmatch "(.-)\n\n+" do
        code = block:match "^%s*\1(.*)"
        if code then
          out[#out + 1] = ("<pre>%s</pre>"):format(escape((code:gsub("\2", ""):gsub("\n+$", ""))))
        elseif block:find "%S" then
          local text = prose(block):gsub("%[([^%]]+)%]%b()", "%1")
          out[#out + 1] = "<p>" .. text .. "</p>"
        end
      end
    end
    out[#out + 1] = "</article>"
  end
end

---The page as HTML text.
---@return string
function reference.html()
  local version = require("vitrum").version
  local list, out = sections(), {}
  out[1] = ('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    .. '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    .. "<title>vitrum %s: reference</title>\n<style>%s</style>\n</head>\n<body>\n"):format(
      escape(version), STYLE)
  out[#out + 1] = '<aside><input id="search" type="search" placeholder="Search: msd, tensile test '
    .. '(/)" aria-label="Search"><ul id="found" aria-live="polite"></ul>'
    .. '<details id="menu" open><summary>Contents</summary><ul>'
  for _, section in ipairs(list) do
    out[#out + 1] = ('<li><a href="#%s">%s</a></li>'):format(escape(section.id),
      escape(section.title))
  end
  out[#out + 1] = '<li><a href="#section-protocols">Protocols</a></li>'
    .. '<li><a href="#section-lessons">Lessons</a></li></ul></details></aside>'
  out[#out + 1] = ("<main><header><h1>vitrum %s</h1><p class=\"subtitle\">Reference of the module "
    .. "vt, made from the declarations that <code>help</code> shows. Lengths are in angstrom, "
    .. "energies in eV, times in ps, temperatures in K, stresses in GPa and positive in tension."
    .. "</p></header>"):format(escape(version))
  for _, section in ipairs(list) do
    out[#out + 1] = ('<h2 id="%s">%s</h2>'):format(escape(section.id), escape(section.title))
    if section.line ~= "" then out[#out + 1] = ('<p class="soft">%s</p>'):format(
      escape(section.line)) end
    for _, name in ipairs(section.names) do push_entry(out, name) end
  end
  push_protocols(out)
  push_lessons(out)
  out[#out + 1] = ("</main>\n<script>%s</script>\n</body>\n</html>"):format(SCRIPT)
  return table.concat(out, "\n") .. "\n"
end

---Write the page.
---@param path string
function reference.write(path)
  files.write(path, reference.html(), { overwrite = true, where = "reference" })
end

return reference
