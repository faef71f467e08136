-- Make the glass that treatments and tests start from: melt, quench, replicate, anneal above the
-- glass transition, so that the copies forget each other, quench again; as a slab on request.

local vt = require "vitrum"
local kit = vt.protocol.kit

-- The copies get velocities of their own: with the same ones they would stay equal, since nothing
-- in the dynamics breaks the symmetry. They are those of the annealing temperature.
local function copies(p, glass)
  local count = p.replicate
  local large = glass:replicate(count[1], count[2], count[3])
  return large:thermalize{ temperature = p.anneal, seed = p.seed + 1 }
end

-- The small glass: quenched here, or the one in the file.
local function small_glass(p, out)
  if p.glass then return function() return kit.read(p) end end
  local md = out:md(p, { name = "melt", ensemble = "npt", temperature = p.high, csv = "melt.csv",
                         start = function() return kit.packing(p, p.high) end })
  md:run("melting", kit.hold(p.high, p.melt_time))
  md:run("quenching", kit.ramp(p.high, p.room, p.cooling_rate))
  out:stage("small glass", function() out:save(md.atoms, "small.data") end)
  return function() return md.atoms:copy() end
end

local function copies_of(p) return p.replicate[1] * p.replicate[2] * p.replicate[3] end

-- The slab relaxes with its surfaces; the barostat holds the two other axes.
local function relax_slab(p, out, glass)
  local stress = { xx = 0, yy = 0, zz = 0 }
  stress[p.slab .. p.slab] = nil
  local md = out:md(p, { name = "slab", ensemble = "npt", temperature = p.room, stress = stress,
                         csv = "slab.csv", size = copies_of(p),
                         start = function() return kit.slab(glass, p.slab, p.vacuum) end })
  md:run("relaxing the slab", kit.hold(p.room, p.relax))
  out:stage("slab", function() out:save(md.atoms, "slab.data") end)
end

return vt.protocol{
  name = "as-cast",
  summary = "Melt, quench, replicate, anneal and quench again: the as-cast glass.",
  terms = "as-cast glass; sample preparation; large glass; replication; slab; free surface; "
    .. "making a glass",
  source = "Li, Yu, Branicio, Sha: Effects of rejuvenation modes on the microstructures and "
    .. "mechanical properties of metallic glasses, section 2.",
  description = "Give glass= to start from a glass that exists instead of a melt.",
  times = "laptop: 3.7 ns of 13,500 atoms; with replicate=2,4,1 slab=x the second half is 8 times "
    .. "that.",
  params = {
    kit.melt,
    kit.glass{ glass = { optional = true, help = "start from this glass, not from a melt" },
               potential = false },
    kit.temperature("high", 2000, "temperature of the melt"),
    kit.time("melt_time", 100, "equilibration of the melt"),
    kit.rate("cooling_rate", 1e12, "of both quenches"),
    { "replicate", "1,1,1", kind = "numbers", above = 0,
      help = "copies along x, y and z: 4,8,1 in the paper" },
    kit.temperature("anneal", 800, "above the glass transition, where the copies become different"),
    kit.time("anneal_time", 1000, "at that temperature"),
    { "slab", "none", choices = { "none", "x", "y", "z" },
      help = "axis of free surfaces; slab.data besides glass.data, which has none" },
    { "vacuum", 20, unit = "A", range = "distance", above = 0, help = "beside the slab" },
    kit.treatment,
    kit.dynamics{ temperature = false, pressure = false },
  },
  presets = {
    paper = { potential = "ZrCuAl2011.eam.alloy", atoms = 13500, melt_time = 2000,
              replicate = "4,8,1", slab = "x" },
    laptop = { potential = "ZrCuAl2011.eam.alloy", atoms = 13500, anneal_time = 200 },
    test = { atoms = 400, cooling_rate = 1e14, melt_time = 1, anneal_time = 1, relax = 1,
             minima = 2, sample_every = 0.1 },
  },
  files = { { "small.data", "the glass of the first quench" },
            { "glass.data", "the as-cast glass, periodic" },
            { "inherent.data", "the energy minimum below it" },
            { "slab.data", "with free surfaces, on request" },
            { "melt.csv, glass.csv, slab.csv", "samples of the dynamics" } },
  example = "preset=laptop glass=quench/glass.data replicate=2,4,1 slab=x",

  check = function(p, glass)
    kit.check_glass(p, glass)
    if not (p.room < p.anneal and p.anneal < p.high) then
      kit.fail("anneal (%g K) must be between room (%g K) and high (%g K)", p.anneal, p.room,
               p.high)
    end
    local reach = kit.potential(p).cutoff
    if p.slab ~= "none" and p.vacuum < reach then -- before hours of other work
      kit.fail("vacuum (%g A) must be at least the cutoff of the potential (%g A), or the surfaces "
        .. "feel each other", p.vacuum, reach)
    end
    for k = 1, math.max(3, #p.replicate) do
      if #p.replicate ~= 3 or math.tointeger(p.replicate[k]) == nil then
        kit.fail "replicate must be three whole numbers, the copies along x, y and z: 4,8,1"
      end
    end
  end,

  plan = function(p)
    local function swing(from, to) return (from - to) / (p.cooling_rate * 1e-12) end
    local copied = copies_of(p)
    return { { "melt and quench", p.glass and 0 or p.melt_time + swing(p.high, p.room) },
             { "annealing", p.anneal_time, size = copied },
             { "quench", swing(p.anneal, p.room), size = copied },
             { "relaxing", p.relax * (p.slab ~= "none" and 2 or 1), size = copied } }
  end,

  run = function(p, out)
    local start = small_glass(p, out)
    local md = out:md(p, { name = "glass", ensemble = "npt", temperature = p.anneal,
                           csv = "glass.csv", size = copies_of(p),
                           start = function() return copies(p, start()) end })
    md:run("annealing", kit.hold(p.anneal, p.anneal_time))
    local cooling = md:run("cooling", kit.ramp(p.anneal, p.room, p.cooling_rate))
    local state = kit.relaxed(p, out, md, "as-cast")
    local r = out:stage("structure", function()
      local inherent = kit.inherent(md.atoms, { box = "axes", pressure = 0 })
      out:save(md.atoms, "glass.data")
      out:save(inherent, "inherent.data")
      return { density = md.atoms:density(),
               icosahedra = vt.structure.packing(inherent).icosahedra }
    end)
    if p.slab ~= "none" then relax_slab(p, out, md.atoms) end
    out:value("atoms", state.atoms)
    out:value("energy at room temperature", state.warm, "eV/atom", { error = state.warm_error })
    out:value("energy of inherent structures", state.energy, "eV/atom",
              { error = state.energy_error })
    out:value("density", r.density, "g/cm³")
    out:value("full icosahedra", 100 * r.icosahedra, "%")
    r.state, r.cooling = state, cooling
    return r
  end,

  report = function(page, r, p, out)
    page:section "The second quench"
    page:figure{ plot = { x = r.cooling.target_temperature, y = r.cooling.volume / r.state.atoms,
                          xlabel = "temperature (K)", ylabel = "volume (Å³/atom)" },
                 caption = ("Cooling at %g K/s after %g ps at %g K."):format(p.cooling_rate,
                   p.anneal_time, p.anneal), data = "glass.csv" }
    page:section "The glass"
    kit.view_figure(page, out, p.slab == "none" and "inherent.data" or "slab.data", {
      color = "five_fold", caption = p.slab == "none" and "The inherent structure of the glass."
        or ("The slab; its free surfaces are across %s."):format(p.slab) })
  end,
}
