-- The manual pages vitrum(1) and vitrum-protocols(1), made from the same declarations as help.
-- `cmake --install` makes them by
--     vitrum -e 'require("vitrum.prompt.manual").write "."'
local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local library = require "vitrum.prompt.library"
local overview = require "vitrum.prompt.overview"
local page = require "vitrum.prompt.page"
local parameters = require "vitrum.protocol.parameters"
local session = require "vitrum.session"

local manual = {}

-- Text for roff: nothing in it is a command, and other letters than those of ASCII go by number.
local function plain(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("[\xC2-\xF4][\x80-\xBF]*", function(letter)
    return ("\\[u%04X]"):format(utf8.codepoint(letter))
  end)
  return (text:gsub("^[.']", "\\&%0"):gsub("\n([.'])", "\n\\&%1"))
end

local function push(out, format, ...) out[#out + 1] = format:format(...) end

local function section(out, title) push(out, ".SH %s", plain(title:upper())) end

local function paragraph(out, text) push(out, ".PP\n%s", plain(text)) end

local function item(out, name, text) push(out, ".TP\n.B %s\n%s", plain(name), plain(text)) end

local function example(out, text) push(out, ".PP\n.nf\n.RS 4\n%s\n.RE\n.fi", plain(text)) end

local function title(out, name, line)
  push(out, '.TH %s 1 "" "vitrum %s" "vitrum"', plain(name:upper()), require("vitrum").version)
  section(out, "Name")
  push(out, "%s \\- %s", plain(name), plain(line))
end

-- The options of the command line from the text of --help.
local function push_options(out)
  section(out, "Options")
  for name, text in session.usage:gmatch "\n  (%-%S[^\n]-)  +([^\n]+)" do item(out, name, text) end
end

local ENVIRONMENT <const> = {
  { "VITRUM_THREADS", "number of threads of the kernels; results never depend on it" },
  { "VITRUM_SIMD", "instruction set of the kernels: reference, baseline, avx2 or avx512" },
  { "VITRUM_POTENTIALS", "folders in which potential files are sought, with colons between" },
  { "PAGER", "shows pages of help that are longer than the terminal; less or more unless set" },
  { "NO_COLOR", "when set, nothing is printed in color" },
  { "XDG_STATE_HOME", "the history of the prompt is in vitrum/history below it; ~/.local/state "
    .. "unless set" },
}

---The page vitrum(1) as roff.
---@return string
function manual.program()
  local out = {}
  title(out, "vitrum", "a laboratory for metallic glasses")
  section(out, "Synopsis")
  push(out, ".B vitrum\n[options] [script [key=value ...]]")
  section(out, "Description")
  paragraph(out, "Builds an alloy, melts and quenches it, deforms it, finds its energy minimum, "
    .. "measures its structure and strain, plots and writes reports. Lua 5.4 drives it: at a "
    .. "prompt without a script, else from the script; the module is the global vt. A script that "
    .. "returns a protocol takes its parameters as key=value, see vitrum-protocols(1).")
  paragraph(out, 'At the prompt, help() shows what there is, help "md" a page, help "tensile test" '
    .. "the pages that words of the field lead to; Tab completes names, options and files.")
  push_options(out)
  section(out, "Units")
  paragraph(out, "Angstrom, eV, ps, K, atomic mass unit; stress in GPa, positive in tension; "
    .. "rates of cooling in K/s.")
  section(out, "Topics")
  for _, group in ipairs(overview.groups()) do item(out, "vt." .. group[1], group[2]) end
  section(out, "Functions and methods")
  for _, name in ipairs(help.names(function() return true end)) do
    item(out, session.docs[name].signature:match "^[^\n]*",
      (page.first_sentence(session.docs[name].summary)) .. ".")
  end
  section(out, "Environment")
  for _, row in ipairs(ENVIRONMENT) do item(out, row[1], row[2]) end
  section(out, "Exit status")
  paragraph(out, "0; 1 after an error; 2 where the arguments of a protocol are wrong; 130 after "
    .. "Ctrl-C, 143 after SIGTERM.")
  section(out, "Example")
  example(out, session.docs.md.example)
  section(out, "See also")
  push(out, ".BR vitrum\\-protocols (1)")
  return table.concat(out, "\n") .. "\n"
end

local function push_parameters(out, list, framework)
  for _, parameter in ipairs(list) do
    if (parameter.framework or false) == framework then
      local default = parameter.default ~= nil
        and " = " .. parameters.text(parameter, parameter.default) or ""
      local choices = parameter.choices
        and " One of " .. table.concat(parameter.choices, ", ") .. "."
      local text = (parameter.help or "") .. "."
      text = text:gsub("%.%.$", ".") .. (choices or "") -- what ends in a full stop needs no other
      item(out, parameter.name .. default, text)
    end
  end
end

---The page vitrum-protocols(1) as roff.
---@return string
function manual.protocols()
  local out = {}
  title(out, "vitrum-protocols", "long computations with checkpoints and a report")
  section(out, "Synopsis")
  push(out, ".B vitrum\n.I scripts/name.lua\n[key=value ...]")
  section(out, "Description")
  paragraph(out, "A protocol states its parameters once and gets from that its command line, "
    .. "checks before any work, checkpoints to resume from, a log, tables and a report, all in one "
    .. "folder. A run that was killed goes on when the same command is given again, and ends with "
    .. "the same numbers. --help shows all that follows here for one of them.")
  local list = library.protocols()
  for _, entry in ipairs(list) do
    local p = entry.protocol
    section(out, p.name)
    paragraph(out, p.summary)
    if p.description then paragraph(out, p.description) end
    if p.source then paragraph(out, "Source: " .. p.source) end
    if p.times then paragraph(out, "Time: " .. p.times) end
    push_parameters(out, p.parameters, false)
    if p.example then example(out, ("vitrum %s %s"):format(entry.file, p.example)) end
  end
  section(out, "Parameters of every protocol")
  if list[1] then push_parameters(out, list[1].protocol.parameters, true) end
  section(out, "See also")
  push(out, ".BR vitrum (1)")
  return table.concat(out, "\n") .. "\n"
end

---Write both pages.
---@param folder string
function manual.write(folder)
  for name, text in pairs { ["vitrum.1"] = manual.program(),
                            ["vitrum-protocols.1"] = manual.protocols() } do
    files.write(folder .. "/" .. name, text, { overwrite = true, where = "manual" })
  end
end

return manual
