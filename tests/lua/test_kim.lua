-- Models of OpenKIM: found by name, right in energy, forces and virial, restored from checkpoints,
-- and what is said when something is wrong. Needs the Debian packages libkim-api2 and
-- openkim-models; without them only the messages are tested.
local lu = require "luaunit"
local vt = require "vitrum"
local child = require "child"
local complete = require "vitrum.prompt.complete"

local SILICON <const> = "SW_StillingerWeber_1985_Si"

local present, absence = pcall(vt.potential.kim, SILICON)
if not present then
  print("models of OpenKIM are not tested: " .. tostring(absence))
end

--- The error that f raises with the arguments given.
local function message(f, ...)
  local ok, err = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(err)
end

--- Diamond: two fcc lattices, with `cells` cubes of edge `a` along each axis.
local function diamond(a, cells, symbol)
  local atoms = vt.atoms.fcc{ species = symbol or "Si", a = a, cells = cells }
  return atoms:append(atoms:copy():displace{ a / 4, a / 4, a / 4 })
end

--- Rattled and strained, so that every component of force and stress is at work.
local function disturbed(atoms, model)
  atoms.potential = vt.potential.kim(model)
  return atoms:rattle{ amplitude = 0.1, seed = 5 }:strain{ xx = 0.01, yz = 0.03, xy = -0.02 }
end

local function silicon(model) return disturbed(diamond(5.43, 2), model or SILICON) end

--- 24 atoms in a box that is thinner than the cutoffs.
local function thin(symbol, a, other)
  local atoms = vt.atoms.fcc{ species = symbol, a = a, cells = { 1, 2, 3 } }
  if other then atoms:substitute{ from = symbol, to = other, fraction = 0.4, seed = 1 } end
  return atoms
end

TestKim = {}

function TestKim.setUp()
  if not present then lu.skip "models of OpenKIM are not installed" end
end

function TestKim.test_properties()
  local p = vt.potential.kim(SILICON)
  lu.assertEquals({ p.name, p.file }, { "kim", "SW_StillingerWeber_1985_Si__MO_405512056662_005" })
  lu.assertEquals(p.species, { { symbol = "Si", mass = 28.085 } })
  lu.assertAlmostEquals(p.cutoff, 1.8 * 2.0951, 1e-6) -- a sigma of the paper
  lu.assertStrContains(p.citation, "Stillinger, Frank H. and Weber, Thomas A., Physical Review B "
    .. "31, 5262-5271 (1985), doi:10.1103/PhysRevB.31.5262")
  lu.assertStrContains(tostring(p), "Potential: kim for Si, cutoff 3.771 A, SW_")
  for _, name in ipairs{ p.file, "MO_405512056662", "MO_405512056662_005",
    "SW_StillingerWeber_1985_Si__MO_405512056662" } do
    lu.assertEquals(vt.potential.kim(name).sha256, p.sha256)
  end
  lu.assertEquals(vt.potential.kim{ model = SILICON }.file, p.file)
end

function TestKim.test_cohesive_energy()
  -- The model's own description: 4.3364 eV in diamond.
  local atoms = diamond(5.43095, 2)
  atoms.potential = vt.potential.kim(SILICON)
  lu.assertAlmostEquals(atoms:energy() / #atoms, -4.3364, 5e-5)
  lu.assertAlmostEquals(atoms:forces():abs():max(), 0, 1e-12)
  lu.assertAlmostEquals(atoms:atom_energies():sum(), atoms:energy(), 1e-9)
end

-- Energy [eV], first component of the first force [eV/A] and pressure along x [bar] by LAMMPS
-- 29 Sep 2021 with pair_style kim, of the same atoms. More: kim_lammps.lua in tests/validation.
local BY_LAMMPS <const> = {
  [SILICON] = { -259.51578369011, -1.08939080792789, 9250.55087765983 },
  Tersoff_LAMMPS_Tersoff_1988T3_Si = { -280.397972518569, -1.0673054709579, 8173.19536611384 },
  MEAM_LAMMPS_Wagner_2007_Cu = { -81.5011332112462, -3.38643471612792, -72717.9016951036 },
  SNAP_ZuoChenLi_2019_Cu = { -96.1231597485407, -1.27001495259145, -52268.7554196227 },
  EAM_Dynamo_MendelevKramerOtt_2009_CuZr =
    { -91.9484202426495, -3.34385649789026, 567321.449579791 },
  EMT_Asap_MetalGlass_PaduraruKenoufiBailey_2007_CuZr =
    { -98.406471617691, -2.30586992190427, 428438.708355889 },
  ex_model_Ar_SLJ_MultiCutoff = -- two lists of neighbors, one with those of images
    { -0.0591195899338543, -0.00171167357987376, 4.2628329014828 },
}

function TestKim.test_numbers_of_lammps()
  for model, expected in pairs(BY_LAMMPS) do
    local species = vt.potential.kim(model).species
    local first = species[1].symbol
    local atoms
    if first == "Si" then
      atoms = silicon(model)
    elseif first == "Ar" then
      atoms = disturbed(thin("Ar", 5.3), model)
    else
      atoms = disturbed(thin(first, 3.7, species[2] and (first == "Cu" and "Zr" or "Cu")), model)
    end
    lu.assertAlmostEquals(atoms:energy() / expected[1], 1, 1e-11, model)
    lu.assertAlmostEquals(atoms:forces()[1][1] / expected[2], 1, 1e-10, model)
    -- LAMMPS's bar A^3 per eV is 1.6021765e6.
    local bar = -1e4 * atoms:stress{ kinetic = false }.xx * 1.6021765 / 1.602176634
    lu.assertAlmostEquals(bar / expected[3], 1, 1e-8, model)
  end
end

-- The second model asks for the neighbors of images, too.
function TestKim.test_forces_and_stress_are_slopes_of_the_energy()
  for _, model in ipairs{ SILICON, "Tersoff_LAMMPS_Tersoff_1988T3_Si" } do
    local atoms = silicon(model)
    local f, x, h = atoms:forces(), atoms:positions(), 1e-4
    for _, i in ipairs{ 1, 30, 64 } do
      for k = 1, 3 do
        local at = x[i][k]
        x[i][k] = at + h
        local up = atoms:energy()
        x[i][k] = at - h
        local slope = (up - atoms:energy()) / (2 * h)
        x[i][k] = at
        lu.assertAlmostEquals(f[i][k], -slope, 2e-6)
      end
    end
    local stress = atoms:stress{ kinetic = false }
    for _, name in ipairs{ "xx", "yy", "zz", "yz", "xz", "xy" } do
      local up = atoms:copy():strain{ [name] = 1e-5 }:energy()
      local slope = (up - atoms:copy():strain{ [name] = -1e-5 }:energy()) / 2e-5
      -- `strain` moves a shear by one component, as the stress is defined.
      lu.assertAlmostEquals(stress[name], slope / atoms:volume() * 160.2176634, 2e-3, name)
    end
  end
end

function TestKim.test_dynamics_and_resume_to_the_bit()
  local folder = child.folder()
  for _, model in ipairs{ SILICON, "Tersoff_LAMMPS_Tersoff_1988T3_Si" } do
    local atoms = silicon(model)
    atoms:thermalize{ temperature = 600, seed = 1 }
    local md = vt.md(atoms, { timestep = 0.001 })
    md:run{ steps = 70 }
    local path = folder .. "/run.ckpt"
    md:save(path, { overwrite = true })
    local again, other = vt.md_restore(path)
    md:run{ steps = 80 }
    other:run{ steps = 80 }
    lu.assertEquals(again.potential.file, atoms.potential.file)
    lu.assertTrue((again:positions() - atoms:positions()):abs():max() == 0)
    lu.assertTrue((again:forces() - atoms:forces()):abs():max() == 0)
  end
  child.remove(folder)
end

function TestKim.test_energy_is_conserved_with_any_number_of_threads()
  local ends = {}
  for _, threads in ipairs{ 1, 3 } do
    vt.threads(threads)
    local atoms = silicon()
    atoms:thermalize{ temperature = 600, seed = 1 }
    local before = atoms:energy() + atoms:kinetic_energy()
    vt.md(atoms, { timestep = 0.00025 }):run{ steps = 400 } -- the error goes with its square
    lu.assertAlmostEquals(atoms:energy() + atoms:kinetic_energy(), before, 1.5e-3)
    ends[#ends + 1] = atoms:positions():copy()
  end
  vt.threads(1)
  lu.assertTrue((ends[1] - ends[2]):abs():max() == 0)
end

function TestKim.test_minimization()
  local atoms = silicon()
  local result = vt.minimize(atoms, { fmax = 1e-6, pressure = 0, box = "triclinic" })
  lu.assertTrue(result.converged)
  lu.assertAlmostEquals(result.energy / #atoms, -4.3364, 1e-4)
end

function TestKim.test_installed_models()
  local all = vt.potential.kim_models()
  local alloys = vt.potential.kim_models("Cu", "Zr")
  lu.assertTrue(#all >= 400 and #alloys >= 5 and #alloys < 40)
  for _, m in ipairs(alloys) do
    lu.assertStrContains(table.concat(m.species, " "), "Cu")
    lu.assertTrue(m.title ~= "")
  end
  lu.assertEquals(vt.potential.kim_models("Xx"), {})
  local names, append = complete.complete('vt.potential.kim "', "SW_Still", true)
  lu.assertEquals(names, { SILICON })
  lu.assertEquals(append, "")
end

function TestKim.test_messages()
  local wrong = message(vt.potential.kim, "SW_StillingerWeber_1985_Ge")
  lu.assertStrContains(wrong, "no OpenKIM model 'SW_StillingerWeber_1985_Ge' is installed; did you "
    .. "mean SW_StillingerWeber_1985_Si?")
  lu.assertStrContains(message(vt.potential.kim, "mendelev cuzr"), "MendelevKramerOtt_2009_CuZr")
  lu.assertStrContains(message(vt.potential.kim, "sw si"), "SW_StillingerWeber_1985_Si")
  lu.assertStrContains(message(vt.potential.kim, "qqq"), 'help "kim" lists the')
  lu.assertStrContains(message(vt.potential.kim, "Sim_LAMMPS_MEAM_Lenosky_2017_W"),
    "is a simulator model: commands for one program")
  lu.assertStrContains(message(vt.potential.kim, ""), "no OpenKIM model ''")
  local atoms = silicon()
  lu.assertStrContains(message(vt.md, atoms, { precision = "mixed" }), "md: the potential kim "
    .. "SW_StillingerWeber_1985_Si__MO_405512056662_005 is computed in double precision only")
  lu.assertStrContains(message(vt.potential.kim_models, "Cu", 3),
    'argument 2 must be a symbol such as "Cu", got 3')
  local copper = vt.atoms.fcc{ species = "Cu", a = 3.6, cells = 2 }
  lu.assertStrContains(message(function() copper.potential = atoms.potential end), "lacks Cu")
  atoms.potential = vt.potential.kim "EDIP_JustoBazantKaxiras_1998_Si"
  lu.assertStrContains(message(atoms.atom_energies, atoms),
    "EDIP_JustoBazantKaxiras_1998_Si__MO_958932894036_002 does not give the energy of each atom")
  lu.assertStrContains(message(atoms.atom_stresses, atoms), "does not give the stress of each atom")
  -- It claims to give energies of atoms, and leaves them at zero.
  atoms.potential = vt.potential.kim "ThreeBodyCluster_KP_KaxirasPandey_1988_Si"
  lu.assertStrContains(message(atoms.atom_energies, atoms), "do not add up to that of all")
  lu.assertTrue(atoms:energy() < 0)
  -- A model that fails says why.
  copper.potential = vt.potential.kim "EAM_Dynamo_Foiles_1985_Cu"
  local near = copper:positions()
  for k = 1, 3 do near[2][k] = near[1][k] + 0.2 end
  lu.assertStrContains(message(copper.energy, copper), "the OpenKIM model "
    .. "EAM_Dynamo_Foiles_1985_Cu__MO_831121933939_000 failed to compute: Particle has density "
    .. "value outside of embedding function interpolation domain")
  near[2][1] = near[1][1] + 1.8
  lu.assertTrue(copper:energy() < 0)
  local x = silicon()
  local r = x:positions()
  for k = 1, 3 do r[2][k] = r[1][k] end
  lu.assertStrContains(message(x.energy, x), "apart, one on top of the other")
  lu.assertStrContains(message(x.energy, x), "apart, one on top of the other")
end

TestKimArguments = {}

function TestKimArguments.test_arguments()
  lu.assertStrContains(message(vt.potential.kim), "option 'model' is missing")
  lu.assertStrContains(message(vt.potential.kim, { model = 3 }), "must be a name, got 3")
  lu.assertStrContains(message(vt.potential.kim, { modl = "x" }), "did you mean 'model'?")
  lu.assertStrContains(message(vt.potential.kim, "x", 2), "one too many")
end

os.exit(lu.LuaUnit.run(), true)
