-- What help() without a topic shows: everything that there is, a line each.
local help = require "vitrum.prompt.help"
local page = require "vitrum.prompt.page"
local session = require "vitrum.session"

local overview = {}

-- One line for each group of names; a group without a line here still shows its functions.
local GROUPS = {
  { "atoms", "read, build, select, change and measure atoms" },
  { "potential", "Lennard-Jones mixtures, embedded-atom potentials, models of OpenKIM" },
  { "md", "molecular dynamics: ensembles, ramps, deformation, samples, checkpoints" },
  { "minimize", "relax to the inherent structure, with or without the box" },
  { "art", "searches for saddles and the events that they found" },
  { "mechanics", "elastic constants and moduli" },
  { "modes", "soft modes, participation, density of states, amplitudes" },
  { "structure", "pair distributions, strain, Voronoi cells, clusters, bond order" },
  { "descriptor", "the surroundings of atoms in numbers to learn from" },
  { "learn", "support vector machines, cross-validation, models in files" },
  { "array", "numbers in bulk: arithmetic, reductions, slices, linear algebra" },
  { "fit", "lines, polynomials and other curves through data" },
  { "statistics", "means, errors, blocks, bootstrap" },
  { "plot", "figures in the terminal and in files" },
  { "protocol", "scripts with parameters, checkpoints and a report" },
  { "study", "cases and seeds side by side in processes, means, errors, trends" },
  { "report", "one page of figures and numbers" },
  { "units", "constants and conversion factors" },
}

---Groups of names and what each is for, those that there are, in the order in which they are shown.
---@return string[][] list of { name, line }
function overview.groups()
  local vt = require "vitrum"
  local list, listed, others, heads = {}, {}, {}, {}
  for _, group in ipairs(GROUPS) do
    if vt[group[1]] ~= nil then list[#list + 1] = group end
    listed[group[1]] = true
  end
  -- Groups that have no line above are described by their functions.
  for name in pairs(session.docs) do
    local head, member = name:match "^(%l[%w_]*)%.([%w_]+)$"
    if head and not listed[head] then
      if not others[head] then heads[#heads + 1] = head end
      others[head] = others[head] or {}
      table.insert(others[head], member)
    end
  end
  table.sort(heads)
  for _, head in ipairs(heads) do
    table.sort(others[head])
    list[#list + 1] = { head, table.concat(others[head], ", ") }
  end
  return list
end

---Functions that stand in no group.
---@return string[]
function overview.functions()
  local grouped = {}
  for _, group in ipairs(overview.groups()) do grouped[group[1]] = true end
  return help.names(function(name)
    return name:find "^%l[%w_]*$" and not grouped[name] and name ~= "prompt"
  end)
end

---Names of all types of objects.
---@return string[] sorted
function overview.types()
  local list = {}
  for name in pairs(help.types()) do list[#list + 1] = name end
  table.sort(list)
  return list
end

---The page.
---@return string[] lines
function overview.lines()
  local lines = {}
  page.wrap(lines, ("vitrum %s, a laboratory for metallic glasses. The module is vt."):format(
    require("vitrum").version), "")
  page.wrap(lines, "Units: angstrom, eV, ps, K, atomic mass; stress in GPa, positive in tension "
    .. '(help "units").', "")
  page.wrap(lines, 'Looking for something? help "msd", help "tensile test", help "cooling rate": '
    .. "any words of the field will do.", "")
  lines[#lines + 1] = ""
  lines[#lines + 1] = page.bold "Topics" .. '  (help "atoms" shows one)'
  page.rows(lines, overview.groups())
  local functions = overview.functions()
  if #functions > 0 then
    lines[#lines + 1] = page.bold "Functions"
    page.names(lines, functions)
  end
  lines[#lines + 1] = page.bold "Objects" .. '  (help "Atoms" lists the methods, glass:help() too)'
  page.wrap(lines, table.concat(overview.types(), ", "), "  ")
  lines[#lines + 1] = page.bold "Protocols and lessons"
    .. '  (help "quench", help "lesson 1"; help "protocols" lists all)'
  lines[#lines + 1] = page.bold "At the prompt" .. '  (help "prompt")'
  page.wrap(lines, "An expression prints its value; Tab completes names, methods, options, files; "
    .. "Ctrl-C stops a run or clears the line; Ctrl-D leaves. `local x` lasts for the session.",
    "  ")
  return lines
end

return overview
