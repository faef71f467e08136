-- What LAMMPS is told: the model, the ensemble, the strain of the box, in its own commands and
-- units (metal). What it has no command for is refused by name, before anything is started.

local core = require "vitrum.lammps_core"
local options = require "vitrum.base.options"

local raise = options.raise

local input = {}

local CHAIN_STEPS <const> = 3 -- vitrum's default; LAMMPS divides its chain otherwise
local SKIN <const> = 2 -- of neighbor lists [A]

-- All digits: what is read back is the same number.
local function number(value) return ("%.17g"):format(value) end

-- A word of the input: file names may have blanks.
local function quoted(where, path)
  if path:find '[\n"]' or path:find "[$&]" then
    raise("%s: LAMMPS cannot read a file whose name has quotes, $ or &: %s", where, path)
  end
  return '"' .. path .. '"'
end

-- ---------------------------------------------------------------- the model ----

local function eam_setfl(model, where)
  return { "pair_style " .. model.name, ("pair_coeff * * %s %s"):format(quoted(where, model.path),
                                          table.concat(model.species, " ")) }
end

local function eam_funcfl(model, where)
  local lines, files, of = { "pair_style eam" }, {}, {}
  for path in model.path:gmatch "[^\n]+" do files[#files + 1] = path end
  for k, symbol in ipairs(model.known) do of[symbol] = files[k] end
  for k, symbol in ipairs(model.species) do
    lines[#lines + 1] = ("pair_coeff %d %d %s"):format(k, k, quoted(where, of[symbol] or ""))
  end
  return lines
end

local LJ_STYLES <const> = { cut = "lj/cut", shifted = "lj/cut",
                            ["force-shifted"] = "lj/smooth/linear" }

local function lennard_jones(model)
  local lj, of = model.lj, {}
  for k, symbol in ipairs(model.known) do of[symbol] = k end
  local lines = { ("pair_style %s %s"):format(LJ_STYLES[lj.truncation], number(model.cutoff)) }
  if lj.truncation == "shifted" then lines[2] = "pair_modify shift yes" end
  for i = 1, #model.species do
    for j = i, #model.species do
      local pair = lj[of[model.species[i]]][of[model.species[j]]]
      lines[#lines + 1] = ("pair_coeff %d %d %s %s %s"):format(i, j, number(pair[1]),
        number(pair[2]), number(pair[3]))
    end
  end
  return lines
end

local function kim(model)
  return { "pair_style kim " .. model.file, "pair_coeff * * " .. table.concat(model.species, " ") }
end

local MODELS <const> = { ["eam/alloy"] = eam_setfl, ["eam/fs"] = eam_setfl, eam = eam_funcfl,
                         lj = lennard_jones, kim = kim }

---The commands for the potential of some atoms; raises where LAMMPS has none.
---@param atoms vitrum.Atoms
---@param where string
---@return string[] lines
---@return table model as the core tells it
function input.model(atoms, where)
  local model = core.model(atoms)
  local write = MODELS[model.name]
  if model.taper > 0 then
    raise("%s: LAMMPS cannot taper the functions of %s (taper = %g A); use it without taper, or "
      .. "leave out the engine", where, model.file, model.taper)
  elseif not write then
    raise("%s: LAMMPS has no potential of the kind '%s'; it runs eam, eam/alloy, eam/fs, lj and "
      .. "models of OpenKIM", where, model.name)
  end
  return write(model, where), model
end

---The first commands: atoms from the file `data`, their model, what is printed.
---@param atoms vitrum.Atoms
---@param where string
---@param data string
---@param skin number?
---@return string[]
function input.start(atoms, where, data, skin)
  local model, facts = input.model(atoms, where)
  local bounds = {}
  -- As wide as our box, and wider where atoms leave it.
  for k = 1, 3 do bounds[k] = facts.periodic[k] and "p" or "m" end
  local lines = { "units metal", "atom_style atomic", "boundary " .. table.concat(bounds, " "),
                  "box tilt large", "read_data " .. quoted(where, data) }
  table.move(model, 1, #model, #lines + 1, lines)
  -- A potential's file has masses, too, which would come in place of those of the atoms.
  for k, mass in ipairs(facts.masses) do
    lines[#lines + 1] = ("mass %d %s"):format(k, number(mass))
  end
  for _, line in ipairs {
    ("neighbor %s bin"):format(number(skin or SKIN)),
    "neigh_modify every 1 delay 0 check yes",
    "thermo 0",
    "thermo_style custom step pe ke econserve pxx pyy pzz pxy pxz pyz",
    "thermo_modify norm no lost error",
  } do lines[#lines + 1] = line end
  return lines
end

-- What the core reads, in its order.
local KEYWORDS <const> = { "pe", "pxx", "pyy", "pzz", "pxy", "pxz", "pyz", "c_thermo_temp[1]",
                           "c_thermo_temp[2]", "c_thermo_temp[3]", "c_thermo_temp[4]",
                           "c_thermo_temp[5]", "c_thermo_temp[6]", "econserve", "xlo", "ylo",
                           "zlo", "lx", "ly", "lz", "xy", "xz", "yz" }
local STATE <const> = "vitrum at"

-- Opens the file for each line, so that nothing waits in a buffer.
local function say(text, answers)
  return ('print "%s" file "%s" screen no'):format(text, answers)
end

---The command that says a text.
---@param text string
---@param answers string named pipe
---@return string
input.say = say

---The command that tells the present state.
---@param answers string named pipe
---@return string
function input.report(answers)
  local parts = { "$(step)" }
  for _, name in ipairs(KEYWORDS) do parts[#parts + 1] = ("$(%s:%%.17g)"):format(name) end
  return say(STATE .. " " .. table.concat(parts, " "), answers)
end

---The numbers of the last state in what LAMMPS said, nil when there is none.
---@param text string
---@return number[]?
function input.state(text)
  local line = ("\n" .. text):match(".*\n" .. STATE .. " ([^\n]+)\n")
  local numbers = {}
  for word in (line or ""):gmatch "%S+" do numbers[#numbers + 1] = tonumber(word) or 0 / 0 end
  return #numbers == #KEYWORDS + 1 and numbers or nil
end

---The command that hands the atoms over in the file `path`.
---@param path string
---@return string
function input.atoms(path)
  return ('write_dump all custom "%s" id x y z vx vy vz ix iy iz'):format(path)
end

-- ---------------------------------------------------------------- dynamics ----

-- The edge that a shear of the box is measured by, of yz, xz and xy.
local HEIGHTS <const> = { yz = 3, xz = 3, xy = 2 }
local AXES <const> = { xx = "x", yy = "y", zz = "z", yz = "yz", xz = "xz", xy = "xy" }

---Raise for what LAMMPS cannot do in a plan.
---@param course table of the core
---@param where string
function input.check(course, where)
  local deforms = false
  for _, component in ipairs(course.components) do
    deforms = deforms or component.deforms
    local height = HEIGHTS[component.name]
    local edge = height and course.components[height]
    if component.deforms and edge and (edge.moves or edge.deforms) then
      raise("%s: LAMMPS shears %s by the height that the box has at the start of a run, so %s must "
        .. "stay fixed meanwhile; leave out the engine, or hold %s", where, component.name,
        edge.name, edge.name)
    end
  end
  if deforms and course.thermostat == "none" then
    raise("%s: LAMMPS's fix deform takes the atoms along without the work on their velocities, "
      .. "which only a thermostat makes good; use ensemble = 'nvt' or 'npt', or leave out the "
      .. "engine", where)
  end
  if course.thermostat == "nose-hoover" and course.chain_steps ~= CHAIN_STEPS then
    raise("%s: LAMMPS has no Suzuki-Yoshida sub-steps, so option 'chain_steps' has no meaning for "
      .. "the engine; leave it out", where)
  end
end

-- "x 0 0 2 y 0 0 2 couple xy": what of the box follows which pressure.
local function box_terms(course)
  local terms, coupled = {}, {}
  local damping = number(course.pressure_damping)
  for k, component in ipairs(course.components) do
    if component.moves then
      local target = ("%s %s %s"):format(number(component.from), number(component.to), damping)
      terms[#terms + 1] = AXES[component.name] .. " " .. target
      if k <= 3 then coupled[#coupled + 1] = AXES[component.name] end
    end
  end
  if #terms == 0 then return nil end
  if course.coupled and #coupled > 1 then terms[#terms + 1] = "couple " .. table.concat(coupled) end
  return table.concat(terms, " ") .. " flip no"
end

-- The commands that hold temperature and pressure.
local function ensemble(course)
  local box, heat = box_terms(course), ("%s %s %s"):format(number(course.from), number(course.to),
    number(course.temperature_damping))
  if course.thermostat == "nose-hoover" then
    return { ("fix vitrum all %s temp %s tchain %d%s"):format(box and "npt" or "nvt", heat,
      course.chain, box and " " .. box or "") }
  end
  local lines = { "fix vitrum all " .. (box and "nph " .. box or "nve") }
  if course.thermostat == "langevin" then
    lines[2] = ("fix vitrum_bath all langevin %s %d zero yes tally yes"):format(heat, course.seed)
  end
  return lines
end

-- The command that strains the box.
local function deformation(course)
  local terms = {}
  for _, component in ipairs(course.components) do
    if component.deforms then
      local how = component.edge_rate and not course.true_strain
        and "vel " .. number(component.edge_rate)
        or (component.edge_rate and "trate " or "erate ") .. number(component.rate)
      terms[#terms + 1] = AXES[component.name] .. " " .. how
    end
  end
  if #terms == 0 then return {} end
  return { "fix vitrum_strain all deform 1 " .. table.concat(terms, " ") .. " remap x flip no" }
end

---The commands for a plan, up to the state before its first step.
---@param course table
---@return string[]
function input.dynamics(course)
  local lines = { "timestep " .. number(course.timestep),
                  ("reset_timestep %d"):format(course.first) }
  for _, part in ipairs { ensemble(course), deformation(course) } do
    table.move(part, 1, #part, #lines + 1, lines)
  end
  lines[#lines + 1] = ("run 0 post no start %d stop %d"):format(course.first, course.last)
  return lines
end

---The command that goes on to a step.
---@param course table
---@param step integer
---@return string
function input.go_on(course, step)
  return ("run %d upto pre no post no start %d stop %d"):format(step, course.first, course.last)
end

return input
