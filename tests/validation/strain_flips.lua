-- Deformation across the flips of a LAMMPS run: a crystal is sheared along xy and yz until LAMMPS
-- has flipped the box, and the shear that vitrum finds is compared with the one imposed.
--
--     build/vitrum tests/validation/strain_flips.lua FOLDER
--
-- 2026-11-21, LAMMPS 29 Sep 2021 (Debian): one flip on the way to xy = 1; F_xy and F_yz right to
-- 3e-16 in all 21 frames with image counts in the dump. Without image counts F_xy is right up to
-- 0.4, and from the flip on smaller by 1: the crystal slips on few planes, and a slip by a whole
-- repeat of the box leaves no trace.

local vt = require "vitrum"

local folder = arg[1] or error "usage: strain_flips.lua FOLDER"
local INPUT <const> = [[
units metal
atom_style atomic
lattice fcc 3.615
region box prism 0 5 0 5 0 5 0 0 0
create_box 1 box
create_atoms 1 box
mass 1 63.5
pair_style lj/cut 6
pair_coeff 1 1 0.4 2.3
velocity all create 300 1 loop geom
fix 1 all nve/limit 0.02
fix 2 all deform 1 xy erate 0.5 yz erate 0.2 remap x flip yes
dump 1 all custom 100 flip.dump id type x y z ix iy iz
run 2000
]]

vt.write_file(folder .. "/in.shear", INPUT)
assert(os.execute(("cd '%s' && lmp -in in.shear > lmp.txt"):format(folder)))
local worst = 0
for d, _, info in vt.structure.deformations(nil, folder .. "/flip.dump",
                                            { species = { "Cu" }, cutoff = 3.2 }) do
  local time = 0.001 * info.timestep
  local off = math.max(math.abs(d.affine[1][2] - 0.5 * time), math.abs(d.affine[2][3] - 0.2 * time))
  print(("xy %.3f  F_xy %.6f  F_yz %.6f  mean D2min %.4g A^2"):format(0.5 * time, d.affine[1][2],
    d.affine[2][3], d.d2min:mean()))
  worst = math.max(worst, off)
end
print(("largest difference %.2g"):format(worst))
os.exit(worst < 1e-9)
