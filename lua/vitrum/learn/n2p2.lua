-- Data of n2p2 and RuNNer (input.data) as extended XYZ, which everything else here reads:
--
--     begin
--     comment anything
--     lattice 10.2 0 0                    three of them, or none without periodicity
--     atom x y z Cu 0.0 0.0 fx fy fz      position, element, charge, unused, force
--     energy -12.5                        of all atoms
--     charge 0.0
--     end
--
-- The file does not say its units: whoever has it must.

local files = require "vitrum.base.files"
local help = require "vitrum.prompt.help"
local options = require "vitrum.base.options"

local n2p2 = {}

local BOHR <const>, HARTREE <const> = 0.529177210903, 27.211386245988 -- A, eV; CODATA 2018
local LENGTHS <const> = { bohr = BOHR, A = 1 }
local ENERGIES <const> = { hartree = HARTREE, eV = 1 }

n2p2.OPTIONS = {
  { name = "length_unit", kind = "choice", choices = { "bohr", "A" }, required = true,
    help = "of positions and lattice; most files that come with n2p2 are in bohr" },
  { name = "energy_unit", kind = "choice", choices = { "hartree", "eV" }, required = true,
    help = "of energies; forces are in this over the unit of length" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace a file that this run did not write" },
}

-- The numbers in words[from] and the ones behind it, each times its factor.
local function numbers_of(words, from, count, factor, refuse)
  local list = {}
  for k = 1, count do
    local value = tonumber(words[from + k - 1])
    if not value or value ~= value or math.abs(value) == math.huge then
      refuse("'%s' must be a number", tostring(words[from + k - 1] or "the end of the line"))
    end
    list[k] = value * factor
  end
  return list
end

local function is_symbol(word) return word and word:find "^%u%l?$" ~= nil end

local function joined(list) return ("%.17g %.17g %.17g"):format(table.unpack(list, 1, 3)) end

-- A frame as the lines of extended XYZ.
local function add(lines, frame, refuse)
  if not frame.energy then refuse "the frame that ends here has no energy" end
  if #frame.atoms == 0 then refuse "the frame that ends here has no atoms" end
  if #frame.lattice ~= 0 and #frame.lattice ~= 3 then
    refuse("the frame that ends here has %d lines 'lattice', not three or none", #frame.lattice)
  end
  lines[#lines + 1] = tostring(#frame.atoms)
  local head = ("Properties=species:S:1:pos:R:3:forces:R:3 energy=%.17g"):format(frame.energy)
  if #frame.lattice == 3 then
    local edges = {}
    for k = 1, 3 do edges[k] = joined(frame.lattice[k]) end
    head = ("Lattice=\"%s\" %s pbc=\"T T T\""):format(table.concat(edges, " "), head)
  else
    head = head .. " pbc=\"F F F\""
  end
  local comment = frame.comment and frame.comment:gsub("[\"\\%c]", " "):match "^%s*(.-)%s*$"
  if comment and comment ~= "" then head = ("%s config_type=\"%s\""):format(head, comment) end
  lines[#lines + 1] = head
  table.move(frame.atoms, 1, #frame.atoms, #lines + 1, lines)
end

---Write the frames of a file of n2p2 as extended XYZ.
---@param path string input.data
---@param target string the file to write
---@param given table
---@return integer frames
function n2p2.convert(path, target, given)
  local where = "learn.read_n2p2"
  options.argument(where, "the file to read", "string", path)
  options.argument(where, "the file to write", "string", target)
  local o = options.check(where, n2p2.OPTIONS, given)
  local length, energy = LENGTHS[o.length_unit], ENERGIES[o.energy_unit]
  local file <close>, message = files.open(path)
  if not file then options.refuse("%s: %s", where, message) end
  local lines, frame, number, frames = {}, nil, 0, 0
  local function refuse(format, ...)
    options.refuse("%s: %s:%d: %s", where, path, number, format:format(...))
  end
  for line in file:lines() do
    number = number + 1
    local words = {}
    for word in line:gmatch "%S+" do words[#words + 1] = word end
    local key = words[1]
    if key == nil then goto continue end
    if key == "begin" then
      if frame then refuse "'begin' before the 'end' of the frame before" end
      frame = { atoms = {}, lattice = {} }
    elseif not frame then
      refuse("expected 'begin', found '%s': this is no input.data of n2p2", key:sub(1, 40))
    elseif key == "comment" then
      frame.comment = line:match "^%s*comment%s+(.*)$"
    elseif key == "lattice" then
      table.insert(frame.lattice, numbers_of(words, 2, 3, length, refuse))
    elseif key == "atom" then
      if #words ~= 10 then
        refuse("'atom' takes position, element, charge, an unused number and force (10 words), "
          .. "found %d", #words)
      end
      if not is_symbol(words[5]) then refuse("'%s' is no element", words[5]) end
      table.insert(frame.atoms, ("%s %s %s"):format(words[5],
        joined(numbers_of(words, 2, 3, length, refuse)),
        joined(numbers_of(words, 8, 3, energy / length, refuse))))
    elseif key == "energy" then
      if frame.energy then refuse "'energy' is there twice" end
      frame.energy = numbers_of(words, 2, 1, energy, refuse)[1]
    elseif key == "end" then
      add(lines, frame, refuse)
      frame, frames = nil, frames + 1
    elseif key ~= "charge" then
      refuse("unknown word '%s'; there are begin, comment, lattice, atom, energy, charge, end",
        key:sub(1, 40))
    end
    ::continue::
  end
  if frame then refuse "the file ends within a frame: it has been cut short" end
  if frames == 0 then refuse "there are no frames" end
  files.write(target, table.concat(lines, "\n") .. "\n", { where = where, overwrite = o.overwrite })
  return frames
end

help.document("learn.read_n2p2", {
  terms = "n2p2; RuNNer; input.data; import training data; unit conversion; Hartree; bohr",
  see = "learn.network; learn.inspect",
  signature = "vt.learn.read_n2p2(path, target, options) -> number of frames",
  summary = "Writes the frames of a file of n2p2 or RuNNer (input.data) as extended XYZ in eV and "
    .. "angstrom, for vt.learn.network. Forces keep their sign: both are forces, not gradients. "
    .. "Comments become config_type. Such files have no stress, and do not say their units.",
  options = n2p2.OPTIONS,
  example = 'vt.learn.read_n2p2("input.data", "train.xyz", { length_unit = "bohr",\n'
    .. '  energy_unit = "hartree" })',
})

return n2p2
