-- vt.engine: programs that move atoms in place of vitrum's own loops. There is one, LAMMPS, which
-- runs on as many ranks as MPI gives it; nothing is linked with it, it is the user's own program.

local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"
local system = require "vitrum.system"

local raise = options.raise

local engines = {}

---@class vitrum.Lammps
---@field ranks integer
---@field program string
---@field launcher string
---@field oversubscribe boolean
---@field arguments string
local Lammps = {}
local LAMMPS <const> = { __name = "vitrum.Lammps", __index = Lammps, methods = Lammps }

LAMMPS.__tostring = function(self)
  return ("Lammps: %s on %d rank%s"):format(self.program, self.ranks, self.ranks > 1 and "s" or "")
end

LAMMPS.__newindex = function(_, key)
  raise("fields of Lammps cannot be set ('%s'); make another with vt.engine.lammps", tostring(key))
end

local PROGRAM <const> = "VITRUM_LAMMPS" -- variable of the environment that names it

local OPTIONS <const> = {
  { name = "ranks", kind = "count", default = 1,
    help = "processes among which LAMMPS divides the box; one is started without MPI" },
  { name = "program", kind = "string",
    help = "the LAMMPS program, sought on PATH; what VITRUM_LAMMPS in the environment names when "
      .. "not given, or else lmp" },
  { name = "launcher", kind = "string", default = "mpirun",
    help = "what starts several ranks, with its own arguments; -n and their number follow: "
      .. "\"srun --exclusive\"" },
  { name = "oversubscribe", kind = "boolean", default = false,
    help = "let mpirun (Open MPI) start more ranks than there are cores: to try things out" },
  { name = "arguments", kind = "string", default = "",
    help = "more of LAMMPS's command line, as \"-sf opt\"" },
}
local MOST_RANKS <const> = 1000000

local function words_of(text)
  local words = {}
  for word in text:gmatch "%S+" do words[#words + 1] = word end
  return words
end

-- Whether a program of that name can be found as a shell finds it.
local function is_there(name)
  if name:find "/" then return system.kind(name) == "file" end
  for folder in (os.getenv "PATH" or ""):gmatch "[^:]+" do
    if system.kind(folder .. "/" .. name) == "file" then return true end
  end
  return false
end

---LAMMPS as an engine.
---@param given table?
---@return vitrum.Lammps
function engines.lammps(given)
  local o = options.check("engine.lammps", OPTIONS, given)
  if o.ranks > MOST_RANKS then
    raise("engine.lammps: %d ranks are more than any machine has", o.ranks)
  end
  for _, name in ipairs { "program", "launcher" } do
    if o[name] and not o[name]:find "%S" then raise("engine.lammps: option '%s' is empty", name) end
  end
  o.program = o.program or os.getenv(PROGRAM) or "lmp"
  return setmetatable(o, LAMMPS)
end

---The words of the command that starts LAMMPS. Raises where a program is missing.
---@param engine vitrum.Lammps
---@param where string the function, for messages
---@return string[]
function engines.command(engine, where)
  local words = {}
  if not is_there(engine.program) then
    raise("%s: there is no LAMMPS called '%s' here; install it (Debian: apt-get install lammps), "
      .. "or name yours: vt.engine.lammps{ program = \"...\" }, or VITRUM_LAMMPS in the "
      .. "environment", where, engine.program)
  end
  if engine.ranks > 1 then
    words = words_of(engine.launcher)
    if not is_there(words[1]) then
      raise("%s: %d ranks are started by '%s', which is not here; install an MPI (Debian: apt-get "
        .. "install openmpi-bin), name what starts programs on this cluster, "
        .. "vt.engine.lammps{ launcher = \"srun\" }, or use ranks = 1", where, engine.ranks,
        words[1])
    end
    if engine.oversubscribe then words[#words + 1] = "--oversubscribe" end
    table.move({ "-n", tostring(engine.ranks) }, 1, 2, #words + 1, words)
  end
  words[#words + 1] = engine.program
  local own = words_of(engine.arguments)
  table.move(own, 1, #own, #words + 1, words)
  return table.move({ "-log", "none", "-nocite" }, 1, 3, #words + 1, words)
end

---Raise unless a value is an engine; nil for none.
---@param where string
---@param value any
---@return vitrum.Lammps?
function engines.check(where, value)
  if value == nil or value == false or options.is(value, "Lammps") then return value or nil end
  raise("%s: option 'engine' must be what vt.engine.lammps{ ranks = 4 } gives, got %s", where,
    require("vitrum.base.numbers").show(value))
end

---The engine of a protocol that was told engine=lammps; raises before any work where it cannot run.
---@param ranks integer
---@return vitrum.Lammps
function engines.for_protocol(ranks)
  local engine = engines.lammps{ ranks = ranks }
  engines.command(engine, "engine=lammps")
  return engine
end

local usual -- of the protocol that runs

---The engine that the running protocol was told to use; nil for this program itself. With a value,
---sets it.
---@param engine vitrum.Lammps|false|nil false: none
---@return vitrum.Lammps?
function engines.usual(engine)
  if engine ~= nil then usual = engine or nil end
  return usual
end

require("vitrum").engine = { lammps = engines.lammps }

help.register_type("Lammps", LAMMPS)
help.document("engine.lammps", {
  terms = "MPI; mpirun; parallel; cluster; ranks; Slurm; supercomputer; distributed; large systems",
  see = "md; minimize",
  signature = "vt.engine.lammps{ options } -> Lammps",
  summary = "LAMMPS as what moves the atoms, under MPI: for option engine of vt.md. The "
    .. "user's own program is started for each run and ends with it. Samples, files, "
    .. "checkpoints and Ctrl-C are as always; energies are vitrum's to 1e-10. "
    .. "Potentials: eam, eam/alloy, eam/fs without taper, Lennard-Jones, models of OpenKIM. "
    .. "Thermostat and barostat are LAMMPS's of the same names and start anew with each run; "
    .. "`conserved` counts what they exchange, but no work of strain and ramps. Trajectories do "
    .. "not repeat to the bit.",
  options = OPTIONS,
  example = "local engine = vt.engine.lammps{ ranks = 4 }\n"
    .. "local md = vt.md(glass, { ensemble = \"npt\", temperature = 300, engine = engine })",
})

return engines
