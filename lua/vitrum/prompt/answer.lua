-- What help says to a topic: the page of a name, or the pages that words of the field lead to.
local help = require "vitrum.prompt.help"
local library = require "vitrum.prompt.library"
local overview = require "vitrum.prompt.overview"
local page = require "vitrum.prompt.page"
local pager = require "vitrum.prompt.pager"
local search = require "vitrum.prompt.search"
local session = require "vitrum.session"

local answer = {}

local LONGEST <const> = 80 -- bytes of a topic that messages repeat

-- "vt.atoms.read", "glass:save", "atoms:save": the name that is meant, or those that "save" ends.
local function resolve(topic)
  local name = topic:gsub("^%s*vt%.", ""):gsub("^%s+", ""):gsub("[%s(){}]+$", "")
  if page.exists(name) then return name end
  local wanted, last = name:lower(), name:match "^[%w_.:]*$" and name:match "([%w_]+)$"
  local exact = help.names(function(known) return known:lower() == wanted end)
  if #exact == 1 then return exact[1] end
  if not last then return nil, {} end
  return nil, help.names(function(known) return known:match "([%w_]+)$" == last end)
end

-- A topic as messages repeat it.
local function shown(topic)
  topic = session.plain(topic):gsub("%s+", " ")
  if #topic > LONGEST then
    topic = topic:sub(1, LONGEST):gsub("[\xC2-\xF4][\x80-\xBF]*$", "") .. "..."
  end
  return topic
end

-- Lines for a page, or for a file of a protocol or lesson.
local function lines_of(name)
  local found = name:find "/" and library.find(name)
  return found and library.lines(found) or page.lines(name)
end

-- A list of what was found, with a line each.
local function list_of(heading, found)
  local lines, rows = {}, {}
  page.wrap(lines, heading, "")
  for k, entry in ipairs(found) do
    rows[k] = { entry.name, entry.title }
  end
  page.rows(lines, rows, true)
  page.wrap(lines, ('help "%s" shows the first.'):format(found[1].name), "")
  return lines
end

local function with_titles(names)
  local found = {}
  for k, name in ipairs(names) do
    local file = name:find "/" and library.find(name)
    local summary = file and (file.title or file.protocol.summary)
      or (session.docs[name] or {}).summary
    found[k] = { name = name, title = (page.first_sentence(summary)) }
  end
  return found
end

local function all_of_library()
  local lines, rows = { page.bold "Protocols" .. '  (help "quench" shows one)' }, {}
  for k, entry in ipairs(library.protocols()) do
    rows[k] = { entry.file, entry.protocol.summary:gsub("%.$", "") }
  end
  page.rows(lines, rows, true)
  lines[#lines + 1] = page.bold "Lessons" .. '  (help "lesson 1" shows one)'
  rows = {}
  for k, lesson in ipairs(library.lessons()) do rows[k] = { lesson.file, lesson.title } end
  page.rows(lines, rows, true)
  page.wrap(lines, ("They lie in %s and %s."):format(
    library.path("scripts/quench.lua"):match "^(.*)/" or "scripts",
    library.path("tutorials/01-first-glass.md"):match "^(.*)/" or "tutorials"), "")
  return lines
end

-- What words of the field lead to, when they are no name.
local function lines_of_words(topic)
  local found = search.find(topic)
  local near = search.nearest(topic)
  if near and search.normal(near) == search.normal(topic) then near = nil end
  if #found == 0 then
    return { near and ("No help on '%s'; did you mean help \"%s\"?"):format(shown(topic), near)
      or ("No help on '%s'; help() lists the topics."):format(shown(topic)) }
  end
  local heading = near and not topic:find "%s"
    and ("No help on '%s'; did you mean help \"%s\"? These pages speak of it:"):format(
      shown(topic), near)
    or ("Pages that speak of '%s':"):format(shown(topic))
  return list_of(heading, found)
end

---Lines for a topic.
---@param topic string
---@return string[]
function answer.topic(topic)
  if not topic:find "%S" or topic:find "^%s*vt%s*$" then return overview.lines() end
  if #topic > 1000 then
    return { ("No help on '%s'; help() lists the topics."):format(shown(topic)) }
  end
  local plain = search.normal(topic)
  if plain == "protocol" and topic:find "s%s*$" or plain == "lesson" or plain == "tutorial"
    or plain == "script" then
    return all_of_library()
  end
  local name, matches = resolve(topic)
  if name then return lines_of(name) end
  local file = library.find(topic)
  if file then return library.lines(file) end
  local terms = search.terms(topic)
  if #terms == 0 then terms = matches end
  if #terms == 1 then return lines_of(terms[1]) end
  if #terms > 1 then
    local of_names = #terms <= #matches
    return list_of((of_names and "'%s' is the name of several functions:" or "'%s' leads to:")
      :format(shown(topic)), with_titles(terms))
  end
  return lines_of_words(topic)
end

---Show what is known of a value; nothing at all shows the topics.
---@param ... any a name, words of the field, a function, an object
function answer.show(...)
  local what = ...
  if select("#", ...) == 0 or rawequal(what, require "vitrum") then
    return pager.show(overview.lines())
  end
  if type(what) == "string" then return pager.show(answer.topic(what)) end
  local name = help.name_of(what)
  local lines = name and page.lines(name)
  if lines then return pager.show(lines) end
  if what == nil then
    print "help(nil): that name has no value; help() lists the topics."
  elseif type(what) == "function" then
    print "That function is not vitrum's; help() lists the topics."
  else
    print(("A value of type %s: %s"):format(type(what), session.plain(tostring(what))))
  end
end

return answer
