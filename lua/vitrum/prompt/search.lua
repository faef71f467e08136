-- Finding a page by what people call it: first the terms of the field that stand beside each
-- declaration, then every word of names, signatures, summaries, options, protocols and lessons.
local help = require "vitrum.prompt.help"
local library = require "vitrum.prompt.library"
local page = require "vitrum.prompt.page"
local session = require "vitrum.session"

local search = {}

-- ---------------------------------------------------------------- words ----

local BRITISH <const> = { colour = "color", neighbour = "neighbor", centre = "center",
                          behaviour = "behavior", metre = "meter" }
local IDLE <const> = {}
for word in ([[a an and are at by can do does for from have how i in is it make me my of on or show
  some that the there this to use want what where which with]]):gmatch "%a+" do
  IDLE[word] = true
end

-- One spelling for the forms of a word that differ in their ends only.
local function stem_of(word)
  for british, american in pairs(BRITISH) do word = word:gsub("^" .. british, american) end
  word = word:gsub("is(ation)", "iz%1"):gsub("ise$", "ize"):gsub("ising$", "izing")
  if #word > 4 and word:find "ies$" then return word:sub(1, -4) .. "y" end
  if #word > 3 and word:find "s$" and not word:find "[suix]s$" then word = word:sub(1, -2) end
  if #word > 6 and word:find "ing$" then return word:sub(1, -4) end
  if #word > 5 and word:find "[^e]ed$" then return word:sub(1, -3) end
  return word
end

-- The same words come again and again.
local MOST_STEMS <const> = 20000
local stems, stem_count = {}, 0
local function stem(word)
  local known = stems[word]
  if known then return known end
  if stem_count == MOST_STEMS then stems, stem_count = {}, 0 end
  known = stem_of(word)
  stems[word], stem_count = known, stem_count + 1
  return known
end

---A text as terms are compared: small letters, single spaces, no dashes, no plurals.
---@param text string
---@return string
function search.normal(text)
  text = text:lower():gsub("[-_%s\u{a0}]+", " "):gsub("^ ", ""):gsub(" $", "")
  return (text:gsub("[%w\x80-\xFF]+", stem))
end

-- The words of a text that mean something.
local function words(text)
  local list = {}
  for word in search.normal(text):gmatch "[%w\x80-\xFF]+" do
    if not IDLE[word] and #word > 1 then list[#list + 1] = word end
  end
  return list
end

-- ---------------------------------------------------------------- index ----

local NAME <const>, TERM <const>, OPTION <const>, HEADING <const> = 9, 6, 5, 5
local SENTENCE <const>, SUMMARY <const>, TEXT <const> = 3, 2, 1

local function new_item(kind, name, title)
  return { kind = kind, name = name, title = title, weights = {}, terms = {}, texts = {} }
end

local function add(item, text, weight)
  if not text then return end
  for _, word in ipairs(words(text)) do
    if (item.weights[word] or 0) < weight then item.weights[word] = weight end
  end
  item.texts[#item.texts + 1] = search.normal(text)
end

local function add_terms(item, list)
  for _, term in ipairs(list) do
    item.terms[search.normal(term)] = true
    add(item, term, TERM)
  end
end

local function entry_item(name, entry)
  local sentence, rest = page.first_sentence(entry.summary)
  local item = new_item("entry", name, sentence)
  -- What only scripts of protocols and arithmetic need comes behind what measures glasses.
  item.factor = (name:find "^protocol%.kit" or name:find "^Array:") and 0.6 or 1
  add(item, name:gsub("[.:]", " "), NAME)
  add_terms(item, help.terms(entry))
  add(item, sentence, SENTENCE)
  add(item, rest, SUMMARY)
  add(item, entry.signature, SUMMARY)
  add(item, entry.example, TEXT)
  for _, option in ipairs(entry.options or {}) do
    add(item, option.name, OPTION)
    add(item, option.help, SUMMARY)
    for _, choice in ipairs(option.choices or {}) do add(item, choice, SUMMARY) end
  end
  return item
end

local function protocol_item(entry)
  local p = entry.protocol
  local item = new_item("protocol", entry.file, p.summary:gsub("%.$", ""))
  item.factor = 1
  add(item, p.name, NAME)
  item.terms[search.normal(p.name)] = true
  add_terms(item, help.terms(p))
  add(item, p.summary, SENTENCE)
  add(item, p.description, SUMMARY)
  add(item, p.source, TEXT)
  for _, parameter in ipairs(p.parameters) do
    add(item, parameter.name, OPTION)
    add(item, parameter.help, TEXT)
  end
  return item
end

-- One item for each section; all of a lesson bear its name.
local function lesson_items(items, lesson)
  for _, section in ipairs(lesson.sections) do
    local title = lesson.title == section.title and lesson.title
      or ("%s, \"%s\""):format(lesson.title, section.title:gsub("^%d+%.%s*", ""))
    local item = new_item("lesson", lesson.file, title)
    item.factor = 1
    add(item, section.title, HEADING)
    add(item, section.text, TEXT)
    items[#items + 1] = item
  end
end

local entry_items = setmetatable({}, { __mode = "k" }) -- by declaration
local library_items

-- Everything that can be found; what is declared may have changed since the last time.
local function index()
  if not library_items then
    library_items = {}
    for _, entry in ipairs(library.protocols()) do
      library_items[#library_items + 1] = protocol_item(entry)
    end
    for _, lesson in ipairs(library.lessons()) do lesson_items(library_items, lesson) end
  end
  local items = table.move(library_items, 1, #library_items, 1, {})
  for name, entry in pairs(session.docs) do
    entry_items[entry] = entry_items[entry] or entry_item(name, entry)
    items[#items + 1] = entry_items[entry]
  end
  return items
end

-- ---------------------------------------------------------------- looking ----

-- Declared terms as they are compared; there are some hundred of them, asked for again and again.
local normal_terms = {}
local function normal_term(term)
  local known = normal_terms[term]
  if not known then
    known = search.normal(term)
    normal_terms[term] = known
  end
  return known
end

---Names that have this text among their terms, or are called so: of pages, or files of protocols.
---@param text string
---@return string[] names those first whose declaration names it first
function search.terms(text)
  local wanted, names, places = search.normal(text), {}, {}
  local function check(name, called, entry)
    local place = normal_term(called) == wanted and 0 or nil
    for k, term in ipairs(help.terms(entry)) do
      place = place or normal_term(term) == wanted and k or nil
    end
    if place then names[#names + 1], places[name] = name, place end
  end
  for name, entry in pairs(session.docs) do check(name, name:match "([%w_]+)$", entry) end
  for _, entry in ipairs(library.protocols()) do check(entry.file, entry.name, entry.protocol) end
  for _, lesson in ipairs(library.lessons()) do check(lesson.file, lesson.name, lesson) end
  table.sort(names, function(a, b)
    if places[a] ~= places[b] then return places[a] < places[b] end
    return a < b
  end)
  return names
end

-- The weight of a word in an item: of a word that begins with it, half.
local function weight_of(item, word)
  local exact = item.weights[word]
  if exact then return exact end
  local best = 0
  if #word < 4 then return best end
  for known, weight in pairs(item.weights) do
    local whole = known:sub(1, #word) == word or #known >= 4 and word:sub(1, #known) == known
    if whole and weight / 2 > best then best = weight / 2 end
  end
  return best
end

local function has_phrase(item, phrase)
  for _, text in ipairs(item.texts) do
    if (" " .. text .. " "):find(" " .. phrase .. " ", 1, true) then return true end
  end
  return false
end

-- True when all words of one of its terms are wanted.
local function has_term(item, wanted)
  local set = {}
  for _, word in ipairs(wanted) do set[word] = true end
  for term in pairs(item.terms) do
    local list = words(term)
    local all = #list > 0
    for _, word in ipairs(list) do all = all and set[word] end
    if all then return true end
  end
  return false
end

-- Score and number of words found, for every item with some.
local function rate(items, wanted)
  local rated, holders = {}, {}
  for k, word in ipairs(wanted) do
    holders[k] = 0
    for _, item in ipairs(items) do
      local weight = weight_of(item, word)
      if weight > 0 then
        holders[k] = holders[k] + 1
        rated[item] = rated[item] or {}
        rated[item][k] = weight
      end
    end
  end
  local list, phrase = {}, table.concat(wanted, " ")
  for item, weights in pairs(rated) do
    local found, score = 0, 0
    for k, weight in pairs(weights) do
      found = found + 1
      score = score + weight * math.log(1 + #items / holders[k])
    end
    if #wanted > 1 and has_phrase(item, phrase) then score = 1.5 * score end
    if has_term(item, wanted) then found, score = found + 1, 1.5 * score end
    list[#list + 1] = { item = item, found = found, score = score * item.factor }
  end
  return list
end

---@class vitrum.Found
---@field kind "entry"|"protocol"|"lesson"
---@field name string of the page, or of the file
---@field title string

---Pages, protocols and lessons in which the words stand, the best first: those with all words, or
---where there are none, with most of them.
---@param text string
---@param most integer? length of the list, 8 unless given
---@return vitrum.Found[]
function search.find(text, most)
  local wanted = words(text)
  if #wanted == 0 then return {} end
  local list = rate(index(), wanted)
  local needed = 0
  for _, entry in ipairs(list) do needed = math.max(needed, entry.found) end
  if needed < (#wanted + 1) // 2 then return {} end
  needed = math.min(needed, #wanted)
  table.sort(list, function(a, b)
    if a.found ~= b.found then return a.found > b.found end
    if a.score ~= b.score then return a.score > b.score end
    if a.item.name ~= b.item.name then return a.item.name < b.item.name end
    return a.item.title < b.item.title
  end)
  local found, seen = {}, {}
  for _, entry in ipairs(list) do
    local item = entry.item
    if entry.found < needed or #found == (most or 8) then break end
    if not seen[item.name] then
      seen[item.name] = true
      found[#found + 1] = { kind = item.kind, name = item.name, title = item.title }
    end
  end
  return found
end

-- ---------------------------------------------------------------- near ----

---The name or term that is nearest in spelling.
---@param topic string
---@return string?
function search.nearest(topic)
  local full, last = {}, {}
  for name, entry in pairs(session.docs) do
    full[#full + 1] = name
    local short = name:match "([%w_]+)$"
    last[short] = last[short] and short or name -- of several functions help lists all
    for _, term in ipairs(help.terms(entry)) do last[term] = term end
  end
  for name in pairs(help.types()) do full[#full + 1] = name end
  for _, entry in ipairs(library.protocols()) do
    last[entry.name] = entry.name
    for _, term in ipairs(help.terms(entry.protocol)) do last[term] = term end
  end
  for path, value in pairs(help.reachable()) do
    if type(value) == "table" and not path:find "%." then full[#full + 1] = path end
  end
  -- Functions before types of nearly the same name, and the beginning of a name is the surest hint.
  table.sort(full, function(a, b) return a > b end)
  for _, name in ipairs(full) do
    if #topic >= 2 and name:sub(1, #topic) == topic then return name end
  end
  local near = session.nearest(topic, full)
  if near then return near end
  local short = {}
  for word in pairs(last) do short[#short + 1] = word end
  table.sort(short)
  near = session.nearest(topic, short)
  if not near and topic:find "[.:]" then
    near = session.nearest(topic:match "([%w_]+)$" or topic, short)
  end
  return near and last[near]
end

return search
