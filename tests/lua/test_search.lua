-- Words of the field lead to the page that they belong to; every word beside a declaration is of
-- use, and every page named there exists.
local child = require "child"
local help = require "vitrum.prompt.help"
local library = require "vitrum.prompt.library"
local lu = require "luaunit"
local page = require "vitrum.prompt.page"
local search = require "vitrum.prompt.search"
local session = require "vitrum.session"
local vt = require "vitrum"

local MOST <const> = 6 -- pages that one term may lead to: more are no answer

-- What `help(topic)` prints.
local function shown(topic)
  local lines, real = {}, print
  _G.print = function(line) lines[#lines + 1] = line end
  local ok, message = pcall(vt.help, topic)
  _G.print = real
  assert(ok, message)
  return table.concat(lines, "\n")
end

-- What people who come from LAMMPS, OVITO, ASE, freud or pyscal ask for, and the page it must lead
-- to, by itself or in a short list.
local QUESTIONS <const> = {
  ["structure.rdf"] = { "g(r)", "G(R)", "rdf", "radial distribution function", "pair correlation",
    "pair distribution function", "radial-distribution functions", "coordination number" },
  ["structure.structure_factor"] = { "structure factor", "S(q)", "static structure factor",
    "x-ray diffraction", "neutron scattering", "diffraction" },
  ["structure.motion"] = { "msd", "MSD", "mean squared displacement", "mean-square displacement",
    "diffusion", "intermediate scattering function", "non-gaussian parameter", "compute msd" },
  ["Motion:diffusion"] = { "diffusion coefficient", "diffusivity", "self diffusion" },
  ["Motion:relaxation_time"] = { "relaxation time", "alpha relaxation", "viscosity" },
  ["structure.velocity_autocorrelation"] = { "vacf", "velocity autocorrelation", "phonons",
    "vibrational density of states" },
  ["structure.deformation"] = { "von mises", "von Mises strain", "non-affine", "nonaffine",
    "non-affine displacement", "D2min", "atomic strain", "shear strain", "local strain",
    "falk langer" },
  ["structure.voronoi"] = { "icosahedra", "icosahedron", "voronoi index", "voronoi tessellation",
    "five-fold symmetry", "short range order", "voro++" },
  ["structure.clusters"] = { "medium-range order", "MRO", "network of icosahedra" },
  ["structure.bond_order"] = { "steinhardt", "q6", "bond-orientational order", "common neighbor",
    "common neighbour analysis", "CNA", "crystallinity", "order parameter" },
  ["Profile:band"] = { "shear band", "strain localization", "shear band width" },
  ["structure.packing"] = { "soft spots", "GUM", "gradient atomic packing" },
  ["structure.free_volume"] = { "free volume", "excess volume" },
  ["atoms.read"] = { "ovito", "ase", "lammps data", "POSCAR", "vasp", "extended xyz", "data file",
    "read file", "lammps", "xyz" },
  ["atoms.frames"] = { "trajectory", "trajectories", "dump", "lammps dump" },
  ["Atoms:save"] = { "write file", "export", "ovito" },
  ["atoms.random"] = { "random packing", "make a glass", "create atoms", "initial configuration" },
  ["atoms.fcc"] = { "crystal", "crystal lattice", "face-centered cubic", "single crystals" },
  ["Atoms:replicate"] = { "supercell", "repeat" },
  ["Atoms:strain"] = { "affine strain", "change_box", "deform", "apply a strain" },
  ["Atoms:set_box"] = { "periodic boundary conditions", "free surface", "vacuum" },
  ["Atoms:stress"] = { "stress tensor", "virial", "virial stress" },
  ["Atoms:pressure"] = { "pressure", "hydrostatic pressure" },
  ["Atoms:atom_stresses"] = { "stress per atom", "atomic stress" },
  ["Atoms:atom_energies"] = { "energy per atom", "site energy" },
  ["Atoms:hessian"] = { "hessian", "normal modes", "dynamical matrix", "force constants",
    "boson peak" },
  ["Atoms:born"] = { "elastic constants", "shear modulus", "bulk modulus", "elastic moduli",
    "young's modulus" },
  ["mechanics.elastic"] = { "elastic constants", "stiffness", "shear modulus", "young",
    "bulk modulus", "poisson", "poisson's ratio", "voigt reuss hill", "elasticity" },
  ["Elastic:around"] = { "local elastic constants", "elastic heterogeneity" },
  ["mechanics.stress_strain"] = { "yield stress", "flow stress", "proof stress" },
  ["Atoms:picture"] = { "render", "image", "picture", "screenshot", "ovito", "visualize",
    "visualisation", "tachyon", "3d", "ambient occlusion" },
  view = { "visualize", "3D", "ovito", "render", "movie of atoms", "viewer", "rotate" },
  ["Report:view"] = { "3d", "interactive picture" },
  ["Report:picture"] = { "picture", "picture in a report" },
  ["Atoms:thermalize"] = { "initial velocities", "maxwell-boltzmann" },
  ["Atoms:substitute"] = { "doping", "solid solution" },
  ["Atoms:select"] = { "select atoms", "subset" },
  ["Atoms:unwrapped"] = { "unwrap", "unwrapped coordinates" },
  md = { "molecular dynamics", "npt", "NVT", "langevin", "thermostat", "barostat", "nose hoover",
    "timestep", "strain rate", "tensile test", "ensemble" },
  ["MD:run"] = { "cooling rate", "annealing", "heating", "heating rate", "equilibration",
    "how do I anneal a glass" },
  ["MD:samples"] = { "stress-strain curve", "thermo" },
  md_restore = { "restart", "checkpoint", "restart file" },
  minimize = { "energy minimization", "energy minimisation", "relaxation", "relax",
    "inherent structure", "inherent structures", "fire", "conjugate gradient", "box relaxation" },
  ["potential.eam"] = { "embedded atom", "eam/alloy", "finnis-sinclair", "interatomic potential",
    "setfl", "force field" },
  ["potential.lj"] = { "lennard-jones", "lennard jones" },
  ["potential.kim"] = { "openkim", "meam", "tersoff", "stillinger-weber" },
  ["potential.kob_andersen"] = { "kob-andersen", "binary lennard-jones" },
  ["stz.lattice"] = { "kmc", "kinetic monte carlo", "shear transformation zone", "STZ",
    "elastoplastic model" },
  ["Lattice:measures"] = { "yield stress", "yield strength", "ductility", "toughness" },
  ["Lattice:tension"] = { "tensile test", "uniaxial tension" },
  ["Lattice:avalanches"] = { "avalanche", "serrated flow" },
  ["fit.glass_transition"] = { "glass transition temperature", "Tg" },
  ["fit.line"] = { "linear fit", "linear regression" },
  ["statistics.block_error"] = { "error bar", "error bars", "block averaging" },
  plot = { "graph", "figure", "chart" },
  ["plot.movie"] = { "movie", "animation", "gif" },
  ["csv.read"] = { "spreadsheet", "excel" },
  study = { "replicas", "independent samples", "average over samples" },
  ["study.sweep"] = { "parameter sweep" },
  units = { "units", "sign convention", "conversion factors", "boltzmann constant" },
  threads = { "openmp", "number of cores" },
  ["scripts/quench.lua"] = { "glass transition", "cooling rate", "melt-quench", "vitrification" },
  ["fit.fictive_temperature"] = { "T_f" },
  ["scripts/fictive-temperature.lua"] = { "fictive temperature" },
  ["scripts/rejuvenation.lua"] = { "rejuvenation" },
  ["scripts/cryogenic-cycling.lua"] = { "cryogenic", "thermal cycling", "aging" },
  ["scripts/tension.lua"] = { "tensile test", "compression test", "shear band", "flow stress" },
  ["tutorials/06-your-own-protocol.md"] = { "your own protocol", "lesson 6" },
}

TestSearch = {}

function TestSearch.test_words_of_the_field_lead_to_their_page()
  local asked = 0
  for name, questions in pairs(QUESTIONS) do
    local found = library.find(name)
    local lines = name:find "/" and library.lines(found) or page.lines(name)
    for _, question in ipairs(questions) do
      asked = asked + 1
      local text = shown(question)
      local listed = text:find("\n  " .. name, 1, true) ~= nil
      lu.assertTrue(listed or text == table.concat(lines, "\n"),
        ("help %q does not lead to %s:\n%s"):format(question, name, text:sub(1, 600)))
    end
  end
  lu.assertTrue(asked > 120)
end

function TestSearch.test_a_tensile_test_is_first_one_of_atoms()
  local names = search.terms "tensile test"
  lu.assertEquals(table.move(names, 1, 4, 1, {}), { "MD:run", "scripts/tension.lua",
    "tutorials/03-pulling-a-glass.md", "Lattice:tension" })
  lu.assertStrContains(shown "tensile test", "Lesson 3: pulling a glass")
  lu.assertNil(shown("lesson 3"):find "<!--")
end

function TestSearch.test_every_term_leads_to_a_short_list_with_its_page()
  local function check(name, entry)
    for _, term in ipairs(help.terms(entry)) do
      lu.assertNotEquals(term, "", name)
      local names = search.terms(term)
      lu.assertTrue(#names <= MOST, ("'%s' leads to %d pages"):format(term, #names))
      lu.assertTableContains(names, name)
    end
  end
  for name, entry in pairs(session.docs) do check(name, entry) end
  for _, entry in ipairs(library.protocols()) do check(entry.file, entry.protocol) end
end

function TestSearch.test_pages_to_go_on_with_exist()
  local count = 0
  for name, entry in pairs(session.docs) do
    for _, target in ipairs(help.see(entry)) do
      count = count + 1
      lu.assertTrue(page.exists(target) or library.find(target) ~= nil,
        ("%s: see '%s', which is nowhere"):format(name, target))
      lu.assertNotEquals(target, name)
    end
  end
  lu.assertTrue(count > 50)
end

-- A type or group that an entry of another sort shares its name with must not hide a term: what
-- `help` shows for a name is the page of that name.
function TestSearch.test_names_come_before_words()
  for name in pairs(session.docs) do
    lu.assertEquals(shown(name), table.concat(page.lines(name), "\n"), name)
  end
end

function TestSearch.test_the_order_is_that_of_weight()
  local found = search.find "peak of the structure factor"
  lu.assertEquals(found[1].name, "structure.structure_factor")
  found = search.find "place of the highest value of the total"
  lu.assertEquals(found[1].name, "StructureFactor:peak")
  found = search.find "fast cooling quench glass transition temperature"
  lu.assertEquals(found[1].name, "scripts/quench.lua")
  lu.assertEquals(search.find "", {})
  lu.assertEquals(search.find "the of a", {})
  lu.assertEquals(search.find "qqqqqq", {})
end

function TestSearch.test_lessons_are_found_by_their_sections()
  local found = search.find "nobody knows where the atoms of a melt are"
  lu.assertEquals(found[1].name, "tutorials/01-first-glass.md")
  lu.assertStrContains(found[1].title, "Lesson 1")
  lu.assertStrContains(shown "lesson 1", "# Lesson 1: a first glass")
  lu.assertStrContains(shown "lessons", "tutorials/02-structure.md")
  lu.assertStrContains(shown "protocols", "scripts/quench.lua")
end

function TestSearch.test_every_script_is_found()
  local count = 0
  for _, entry in ipairs(library.protocols()) do
    count = count + 1
    lu.assertStrContains(shown(entry.name), entry.protocol.summary)
    lu.assertStrContains(shown(entry.file), "usage: vitrum ")
  end
  lu.assertTrue(count >= 8)
end

-- An installed program finds scripts and lessons beside it, wherever the tree was moved.
function TestSearch.test_installed_files_are_named_by_their_path()
  local folder = child.folder()
  child.shell(folder, 'mkdir -p bin share/vitrum/scripts share/doc/vitrum/tutorials\n'
    .. 'cp "$VITRUM" bin/vitrum\n'
    .. 'touch share/vitrum/scripts/quench.lua share/doc/vitrum/tutorials/01-first-glass.md')
  local output, status = child.shell(folder,
    [[cd / && ]] .. folder .. [[/bin/vitrum -e 'help "quench"; help "lesson 1"']])
  child.remove(folder)
  lu.assertEquals(status, 0, output)
  lu.assertStrContains(output, folder .. "/share/vitrum/scripts/quench.lua")
  lu.assertStrContains(output, folder .. "/share/doc/vitrum/tutorials/01-first-glass.md")
end

TestPage = {}

function TestPage.test_use_comes_first_and_caveats_last()
  local text = table.concat(page.lines "structure.voronoi", "\n")
  local signature = text:find("vt.structure.voronoi(", 1, true)
  local example, options = text:find("\nExample\n", 1, true), text:find("\nOptions\n", 1, true)
  local more, see = text:find("\nMore\n", 1, true), text:find("\nSee also ", 1, true)
  lu.assertTrue(signature < example and example < options and options < more and more < see)
end

function TestPage.test_the_first_sentence_ends_where_it_ends()
  local sentence, rest = page.first_sentence "Moves atoms (Phys. Rev. B 1, 2 (1995)). More of it."
  lu.assertEquals({ sentence, rest }, { "Moves atoms (Phys. Rev. B 1, 2 (1995))", "More of it." })
  lu.assertEquals({ page.first_sentence "After Li et al. 2020, roughly. Then." },
    { "After Li et al. 2020, roughly", "Then." })
  lu.assertEquals({ page.first_sentence "One only." }, { "One only", "" })
  lu.assertEquals({ page.first_sentence(nil) }, { "", "" })
end

-- Nothing that is typed may break the terminal or take long.
function TestPage.test_odd_topics()
  lu.assertStrContains(shown "", "Topics")
  lu.assertStrContains(shown "  ", "Topics")
  lu.assertStrContains(shown "vt", "Topics")
  local long = shown(("x"):rep(100000))
  lu.assertTrue(#long < 300)
  lu.assertStrContains(long, "help() lists the topics")
  lu.assertNil(shown("\27[31mred\7 \0 end"):find "[\27\7%z]")
  lu.assertStrContains(shown(("(%."):rep(50)), "No help on")
  lu.assertStrContains(shown "\xff\xfe", "No help on")
  lu.assertStrContains(shown "[[", "No help on")
end

os.exit(lu.LuaUnit.run())
