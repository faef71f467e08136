-- Quasistatic shear in LAMMPS (change_box and minimize) and in vitrum, the same protocol on the
-- same glass in turn, one thread each. Results: quasistatic.md.
--
--     build/vitrum tests/bench/quasistatic_lammps.lua GLASS POTENTIAL [strain] [rounds] [fmax]
--
-- GLASS is a structure of Cu and Zr near a minimum, POTENTIAL ZrCuAl2011.eam.alloy. Both start from
-- the same minimum to fmax. Vitrum also brackets every event to 1e-6, which LAMMPS does not.

local vt = require "vitrum"

local file, potential = arg[1], arg[2]
local strain, rounds = tonumber(arg[3] or 0.005), tonumber(arg[4] or 3)
local fmax = tonumber(arg[5] or 1e-3)
if not potential then
  print "usage: vitrum tests/bench/quasistatic_lammps.lua GLASS POTENTIAL [strain] [rounds] [fmax]"
  os.exit(2)
end
local STEP <const> = 1e-4
local folder = os.getenv "TMPDIR" or "/tmp"
local data, input, minima = folder .. "/quasistatic.data", folder .. "/quasistatic.in",
  folder .. "/quasistatic.minima"

-- Simple shear by a tilt of the box, atoms with it, and its default minimizer, conjugate gradients,
-- to a largest force on an atom of fmax. Stress is that of the forces: a file may have velocities.
local INPUT <const> = [[
units metal
atom_modify map array
read_data %s
change_box all triclinic
pair_style eam/alloy
pair_coeff * * %s Cu Zr
neighbor 1.0 bin
neigh_modify every 1 delay 0 check yes
min_style cg
min_modify norm max dmax 0.1
thermo 0
compute virial all pressure NULL virial
thermo_style custom step pe c_virial[4] fmax
variable gamma equal %.17g*ly
variable energy equal pe
variable shear equal -c_virial[4]/10000
variable largest equal fmax
minimize 0 %g 100000 1000000
timer full
label loop
variable k loop %d
change_box all xy delta ${gamma} remap units box
minimize 0 %g 100000 1000000
print "$k ${energy} ${shear} ${largest}" append %s screen no
next k
jump SELF loop
print "done"
]]

local function in_lammps()
  os.remove(minima)
  local steps = math.floor(strain / STEP + 0.5)
  local text = INPUT:format(data, potential, STEP, fmax, steps, fmax, minima)
  local out <close> = assert(io.open(input, "w"))
  out:write(text)
  out:close()
  local start = vt.clock()
  local pipe = io.popen(("OMP_NUM_THREADS=1 lmp -sf opt -in %s -log none 2>&1"):format(input))
  local output = pipe:read "a"
  pipe:close()
  local seconds = vt.clock() - start
  if not output:find "\ndone" then error(output:sub(-2000), 0) end
  local rows, evaluations, worst = {}, 0, 0
  for line in io.lines(minima) do
    local row = {}
    for word in line:gmatch "%S+" do row[#row + 1] = tonumber(word) end
    rows[#rows + 1] = row
    worst = math.max(worst, row[4])
  end
  for count in output:gmatch "Iterations, force evaluations = %d+ (%d+)" do
    evaluations = evaluations + tonumber(count)
  end
  return { seconds = seconds, evaluations = evaluations, rows = rows, worst = worst }
end

local function in_vitrum()
  local glass = vt.atoms.read(data, { species = { "Cu", "Zr" } })
  glass.potential = vt.potential.eam(potential)
  local start = vt.clock()
  local pull = vt.mechanics.quasistatic(glass, { strain = { xy = strain }, step = STEP,
                                                 fmax = fmax })
  local events = #pull.events
  return { seconds = vt.clock() - start, evaluations = pull.evaluations:sum(), pull = pull,
           worst = pull.fmax:max(), events = events }
end

vt.threads(1)
local glass = vt.atoms.read(file, { species = { "Cu", "Zr" } })
glass.potential = vt.potential.eam(potential)
local minimum = vt.minimize(glass, { fmax = fmax })
glass:save(data, { overwrite = true })
print(("%s: %d atoms, minimum to %.2g eV/A, shear to %g in steps of %g"):format(file, #glass,
  minimum.fmax, strain, STEP))
local ratios = {}
for k = 1, rounds do
  local l, v = in_lammps(), in_vitrum()
  local last = l.rows[#l.rows]
  ratios[k] = l.seconds / v.seconds
  local function show(name, run, energy, stress)
    print(("%s %7.1f s, %6d evaluations, largest force %.2g eV/A; at the end %.4f eV, %.4f GPa")
      :format(name, run.seconds, run.evaluations, run.worst, energy, stress))
  end
  local n = #v.pull.strain
  show("LAMMPS", l, last[2], last[3])
  show("vitrum", v, v.pull.energy[n], v.pull.stress.xy[n])
  print(("ratio %.1f, %d events"):format(ratios[k], v.events))
end
print(("median ratio %.1f"):format(vt.array(ratios):median()))
for _, name in ipairs{ data, input, minima } do os.remove(name) end
