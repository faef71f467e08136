"""vitrum and ASE read each other's files.

    python3 tests/validation/io_ase.py build/vitrum

Needs python3-ase. vitrum writes a tilted CuZr cell with velocities, forces, energy, stress, an extra
column and info entries as extended XYZ, dump, data and POSCAR; ASE reads them; ASE writes them anew;
vitrum reads those. Ends with a failure when a difference exceeds its limit.

Recorded 2026-11-21 with ASE 3.22.1 (Debian 12): all within the limits. From vitrum to ASE energy,
stress, forces and positions of extended XYZ and POSCAR differ by 0, distances through dump and data
(whose cell is rotated) by 6e-15 A, the kinetic energy by 4e-15 eV. ASE itself writes positions of
extended XYZ to 8 decimals: 5e-9 A on the way back.
"""

import os
import subprocess
import sys
import tempfile

import ase.io
import numpy as np

WRITE = """
local vt = require "vitrum"
local a = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = { 3, 3, 3 } }
a:substitute{ from = "Cu", to = "Zr", fraction = 0.4, seed = 1 }
a:rattle{ amplitude = 0.1, seed = 3 }
a:set_box({ a = { 11, 1, 0.5 }, b = { -1, 12, 1 }, c = { 1, -2, 10 } }, { remap = true })
a:thermalize{ temperature = 500, seed = 5 }
a.potential = vt.potential.lj{ species = { "Cu", "Zr" }, truncation = "cut",
    epsilon = { { 0.4, 0.3 }, { 0.3, 0.4 } }, sigma = { { 2.3, 2.4 }, { 2.4, 2.3 } }, cutoff = 5 }
local column = {}
for i = 1, #a do column[i] = i / 7 end
a:save("v.extxyz", { forces = true, columns = { PotentialEnergy = column },
    info = { label = 'say "x"', n = 3, on = true, v = { 1, 2.5 } } })
a:save("v.dump", { forces = true }):save("POSCAR"):save("v.data")
local e, s = a:energy(), a:stress()
print(("%.17g %.17g %.17g %.17g"):format(e, s.xx / vt.units.GPa, s.yz / vt.units.GPa,
    a:kinetic_energy()))
for _, f in ipairs(a:forces():totable()) do print(("%.17g %.17g %.17g"):format(f[1], f[2], f[3])) end
"""

READ = """
local vt = require "vitrum"
local v, vinfo = vt.atoms.read "v.extxyz"
local function worst(a)
    assert(#a == #v)
    local x, y, d = a:positions():totable(), v:positions():totable(), 0
    for i = 1, #a do
        for k = 1, 3 do d = math.max(d, math.abs(x[i][k] - y[i][k])) end
    end
    return d
end
local frames = 0
for a, info in vt.atoms.frames "ase.extxyz" do
    frames = frames + 1
    assert(worst(a) < 1e-8 and table.concat(a:symbols()) == table.concat(v:symbols()))
    assert(math.abs(info.energy - vinfo.energy) < 1e-9)
    assert(math.abs(info.stress.xy - vinfo.stress.xy) < 1e-9)
    assert(info.label == 'say "x"' and info.n == 3 and info.on == true and info.v:get(2) == 2.5)
    assert(math.abs(a:kinetic_energy() - v:kinetic_energy()) < 1e-6)
    assert(math.abs(info.columns.PotentialEnergy:get(108) - 108 / 7) < 1e-8)
end
assert(frames == 2)
assert(worst((vt.atoms.read "ase.vasp")) < 1e-12)
local data = vt.atoms.read("ase.data", { species = { "Cu", "Zr" } })
assert(math.abs(data:volume() - v:volume()) < 1e-9)
-- ASE rounds its own constants of CODATA 2014.
assert(math.abs(data:kinetic_energy() / v:kinetic_energy() - 1) < 1e-7)
assert(#vt.atoms.read "ase.xyz" == 108)
"""


def run(program, script):
    with open("script.lua", "w", encoding="utf-8") as file:
        file.write(script)
    done = subprocess.run([program, "script.lua"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return done.stdout.split()


def close(what, difference, limit):
    print(f"{what:40s} {difference:9.2e}  (limit {limit:.0e})")
    if not difference <= limit:
        sys.exit(f"{what}: {difference} exceeds {limit}")


def main():
    program = os.path.abspath(sys.argv[1])
    os.chdir(tempfile.mkdtemp())
    numbers = np.array([float(word) for word in run(program, WRITE)])
    energy, xx, yz, kinetic = numbers[:4]
    forces = numbers[4:].reshape(-1, 3)
    a = ase.io.read("v.extxyz")
    close("extxyz: energy [eV]", abs(a.get_potential_energy() - energy), 1e-12)
    close("extxyz: stress [eV/A^3]", max(abs(a.get_stress()[[0, 3]] - [xx, yz])), 1e-15)
    close("extxyz: forces [eV/A]", np.abs(a.get_forces() - forces).max(), 1e-12)
    close("extxyz: kinetic energy [eV]", abs(a.get_kinetic_energy() - kinetic), 1e-12)
    assert a.info["label"] == 'say "x"' and a.info["n"] == 3 and a.info["on"]
    close("extxyz: column", np.abs(a.arrays["PotentialEnergy"] - np.arange(1, 109) / 7).max(), 1e-15)
    symbols = a.get_chemical_symbols()
    order = np.argsort([symbol != "Cu" for symbol in symbols], kind="stable")
    p = ase.io.read("POSCAR")
    close("POSCAR: positions [A]", np.abs(p.positions - a.positions[order]).max(), 1e-15)
    assert p.get_chemical_symbols() == [symbols[i] for i in order]
    distances = a.get_all_distances(mic=True)
    d = ase.io.read("v.dump", format="lammps-dump-text")
    close("dump: distances [A]", np.abs(d.get_all_distances(mic=True) - distances).max(), 1e-13)
    assert d.get_chemical_symbols() == symbols
    data = ase.io.read("v.data", format="lammps-data", style="atomic", Z_of_type={1: 29, 2: 40})
    close("data: distances [A]", np.abs(data.get_all_distances(mic=True) - distances).max(), 1e-13)
    close("data: kinetic energy [eV]", abs(data.get_kinetic_energy() - kinetic), 1e-6)
    ase.io.write("ase.extxyz", [a, a])
    ase.io.write("ase.vasp", a, format="vasp", direct=True, vasp5=True)
    ase.io.write("ase.data", a, format="lammps-data", velocities=True, specorder=["Cu", "Zr"])
    ase.io.write("ase.xyz", a, format="xyz")
    run(program, READ)
    print("vitrum reads what ASE writes")


main()
