-- vt.stz: loading a lattice of shear transformation zones, sampling it, looking at it. The engine
-- is in C (see vt.stz.lattice); here are tests as a machine does them, with files, checkpoints and
-- pictures.

local csv = require "vitrum.csv"
local help = require "vitrum.help"
local json = require "vitrum.json"
local landscape = require "vitrum.landscape"
local movie = require "vitrum.movie"
local numbers = require "vitrum.numbers"
local options = require "vitrum.options"
local plot = require "vitrum.plot"
local session = require "vitrum.session"
local system = require "vitrum.system"
local vt = require "vitrum"

local raise = options.raise

---@class vitrum.Lattice
local Lattice = session.types()["Lattice"].methods

local SAMPLES <const> = 200 -- samples of a test when `every` is not given
local CHUNK <const> = 0.1 -- wall time between looks at progress and files [s]
local EXTREME <const> = 0.7 -- von Mises strain of an extreme site (Wang et al., section 3.2.1)

-- ---------------------------------------------------------------- samples ----

-- Columns of the samples: name, unit, value from a state.
local COLUMNS <const> = {
  { "strain", "-" }, { "stress", "GPa" }, { "plastic", "-" }, { "time", "s" },
  { "transformations", "-" }, { "thermal_steps", "-" }, { "athermal_steps", "-" },
  { "elastic_steps", "-" }, { "avalanches", "-" }, { "largest_avalanche", "-" },
  { "work", "GJ/m^3" }, { "dissipated", "GJ/m^3" },
}

-- The test that a lattice is in: what to reach, what to write, the samples so far.
local jobs = setmetatable({}, { __mode = "k" })

-- After vt.stz.restore the job is in the note.
local function job_of(lattice)
  local job = jobs[lattice]
  if job == nil and lattice.note and lattice.note ~= "" then
    local ok, found = pcall(json.decode, lattice.note, "note")
    if ok and type(found) == "table" and type(found.rows) == "table" then
      job = found
      jobs[lattice] = job
    end
  end
  return job
end

local function names_of()
  local names = {}
  for k, column in ipairs(COLUMNS) do names[k] = ("%s [%s]"):format(column[1], column[2]) end
  return names
end

local function write_csv(job)
  local file <close> = csv.create(job.csv, names_of(), job.provenance, { overwrite = true })
  for _, row in ipairs(job.rows) do file:row(table.unpack(row)) end
end

local function save(lattice, job)
  lattice:save(job.checkpoint, { overwrite = job.overwrite, note = json.encode(job, "note") })
end

local function picture_name(job, k)
  return ("%s/%s-%04d.png"):format(job.pictures, job.field, k)
end

local function make_movie(job)
  local names = {}
  for k = 1, #job.rows do names[k] = picture_name(job, k) end
  movie.make(names, { file = job.movie, overwrite = job.overwrite })
end

local function take_sample(lattice, job, sample)
  local state, row = lattice:state(), {}
  for k, column in ipairs(COLUMNS) do row[k] = state[column[1]] + 0.0 end
  job.rows[#job.rows + 1] = row
  if job.pictures then
    lattice:plot(job.field, { file = picture_name(job, #job.rows), overwrite = true, scale = 1,
                              zrange = job.zrange })
  end
  return not (sample and sample(state) == false)
end

-- ---------------------------------------------------------------- the loop ----

-- Share of a test that is done, for the progress bar.
local function done_of(job, state)
  local share = job.strain and state.strain / job.strain or 0
  return math.max(share, job.plastic and state.plastic / job.plastic or 0)
end

local function drive(lattice, job, sample)
  local bar <close> = vt.progress("stz", 100, { rate_unit = "%/s" })
  local saved, going = vt.clock(), true
  if #job.rows == 0 then going = take_sample(lattice, job, sample) end
  while going and not job.finished do
    local reached = lattice:advance{ strain = job.strain, plastic = job.plastic,
                                     pause = job.next, seconds = CHUNK }
    local state = lattice:state()
    bar:update(100 * done_of(job, state))
    if reached or state.strain >= job.next then
      going = take_sample(lattice, job, sample)
      -- By counting: a quotient may round to the sample that was just taken.
      while job.next <= state.strain do
        job.count = job.count + 1
        job.next = job.count * job.every
      end
    end
    job.finished = reached
    if job.checkpoint and vt.clock() - saved >= job.checkpoint_every then
      save(lattice, job)
      if job.csv then write_csv(job) end
      saved = vt.clock()
    end
  end
  job.finished = true -- also where the sample function ended it
  if job.csv then write_csv(job) end
  if job.checkpoint then save(lattice, job) end
  if job.movie then make_movie(job) end
  return lattice
end

local TEST_OPTIONS <const> = {
  { name = "strain_rate", kind = "positive", unit = "1/s", default = 1e-4,
    help = "of the loading parameter" },
  { name = "strain", kind = "positive", unit = "-", help = "loading parameter to reach" },
  { name = "plastic", kind = "positive", unit = "-",
    help = "plastic part of it to reach; with `strain`, whichever comes first" },
  { name = "every", kind = "positive", unit = "-",
    help = "loading parameter between samples; 1/200 of the test when not given" },
  { name = "sample", kind = "function",
    help = "called with each sample, as lat:state() gives it; false ends the test" },
  { name = "csv", kind = "string", help = "file for the samples" },
  { name = "checkpoint", kind = "string",
    help = "file that vt.stz.restore goes on from; written now and then and at the end" },
  { name = "checkpoint_every", kind = "positive", unit = "s", default = 60,
    help = "wall time between two checkpoints" },
  { name = "pictures", kind = "string", help = "folder for a picture (PNG) at each sample" },
  { name = "movie", kind = "string",
    help = "file (.gif) that the pictures make at the end, through gnuplot" },
  { name = "field", kind = "string", default = "von_mises", help = "what the pictures show" },
  { name = "zrange", kind = "table", help = "{ lowest, highest } of the colors of all pictures" },
  { name = "overwrite", kind = "boolean", default = false,
    help = "replace files that this process did not write" },
  { name = "provenance", kind = "string", help = "comment lines for the csv" },
}

-- Everything that can be refused is refused before the lattice is touched.
local function new_job(where, o)
  if not o.strain and not o.plastic then raise("%s: how far? give strain or plastic", where) end
  local target = o.strain or 4 * o.plastic
  local job = { rows = {}, every = o.every or target / SAMPLES, overwrite = o.overwrite }
  for _, name in ipairs { "strain", "plastic", "csv", "checkpoint", "checkpoint_every", "pictures",
                          "movie", "field", "zrange", "provenance" } do
    job[name] = o[name]
  end
  job.count, job.next = 1, job.every
  if job.csv then
    -- An empty table now, so that a file in the way is found before hours of work.
    csv.create(job.csv, names_of(), job.provenance, { overwrite = o.overwrite }):close()
  end
  if job.movie then
    if not job.pictures then
      raise("%s: a movie is made of pictures; give a folder for them with pictures = \"frames\"",
            where)
    end
    movie.check(job.movie, o.overwrite, where)
  end
  if job.pictures then
    local ok, message = system.make_folder(job.pictures)
    if not ok then raise("%s: %s", where, message) end
  end
  return job
end

local function test(lattice, where, load, given)
  local o = options.check(where, TEST_OPTIONS, given)
  if o.field then lattice:field(o.field) end
  local job = new_job(where, o)
  if job.checkpoint then save(lattice, job) end
  load.strain_rate = o.strain_rate
  lattice:set_load(load)
  jobs[lattice] = job
  return drive(lattice, job, o.sample)
end

---Uniaxial tension along x, the other mean stresses zero.
---@param given table
---@return vitrum.Lattice
function Lattice.tension(self, given)
  return test(self, "Lattice:tension", { strain = { xx = 1 }, stress = { yy = 0, xy = 0 } }, given)
end

---Uniaxial compression along x; strain and stress are counted positive.
---@param given table
---@return vitrum.Lattice
function Lattice.compression(self, given)
  return test(self, "Lattice:compression", { strain = { xx = -1 }, stress = { yy = 0, xy = 0 } },
              given)
end

---Simple shear: strain is gamma = 2 eps_xy, stress sigma_xy.
---@param given table
---@return vitrum.Lattice
function Lattice.shear(self, given)
  return test(self, "Lattice:shear", { strain = { xy = 0.5 } }, given)
end

---Pure shear: strain is gamma = eps_xx - eps_yy, stress (sigma_xx - sigma_yy)/2.
---@param given table
---@return vitrum.Lattice
function Lattice.pure_shear(self, given)
  return test(self, "Lattice:pure_shear", { strain = { xx = 0.5, yy = -0.5 } }, given)
end

local STEP_OPTIONS <const> = {
  { name = "strain_rate", kind = "positive", unit = "1/s", default = 1e-4,
    help = "of tension, where the lattice is under no load yet" },
}

---One step of the event loop.
---@param given table?
---@return table # as lat:last()
function Lattice.step(self, given)
  local o = options.check("Lattice:step", STEP_OPTIONS, given)
  if not self.strain_rate then
    self:set_load{ strain_rate = o.strain_rate, strain = { xx = 1 }, stress = { yy = 0, xy = 0 } }
  end
  self:advance{ steps = 1 }
  return self:last()
end

local RESUME_OPTIONS <const> = {
  { name = "sample", kind = "function", help = "called with each sample; false ends the test" },
}

---Go on with a test that was cut short.
---@param given table?
---@return vitrum.Lattice
function Lattice.resume(self, given)
  local o = options.check("Lattice:resume", RESUME_OPTIONS, given)
  local job = job_of(self)
  if not job then raise "Lattice:resume: this lattice is in no test; start one with lat:tension" end
  if job.finished then return self end
  job.overwrite = true -- its files are the test's own
  return drive(self, job, o.sample)
end

---Samples of the present or last test, an array for each column.
---@return table<string, vitrum.Array>
function Lattice.samples(self)
  local job, result = job_of(self), {}
  for k, column in ipairs(COLUMNS) do
    local values = {}
    for n, row in ipairs(job and job.rows or {}) do values[n] = row[k] end
    result[column[1]] = vt.array(values)
  end
  return result
end

-- ---------------------------------------------------------------- measures ----

---Measures of strength and ductility at this instant.
---@return table
function Lattice.measures(self)
  local state = self:state()
  local mises, generation = self:field "von_mises", self:field "generation"
  local permanent = self:field "permanent"
  local shift = 1 - (-permanent):exp()
  local transformed = generation:gt(0)
  local count = transformed:sum()
  return {
    yield_stress = state.peak_stress, yield_strain = state.peak_strain, plastic = state.plastic,
    localization = mises:std(), extreme_sites = mises:gt(EXTREME):sum(), transformed = count,
    shift_cap = 1 - math.exp(-self.eta_max), shift_mean = shift:mean(),
    shift_transformed = count > 0 and (shift * transformed):sum() / count or 0.0,
  }
end

local BINS_MAX <const> = 100000

local DENSITY_OPTIONS <const> = {
  { name = "bins", kind = "count", default = 50, help = "number of bins" },
  { name = "max", kind = "positive", unit = "-", help = "largest strain, sites above it are left "
    .. "out; that of the field when not given" },
}

---Probability density of the local von Mises strain.
---@param given table?
---@return table # strain: centers of the bins, density, their integral is 1
function Lattice.density(self, given)
  local o = options.check("Lattice:density", DENSITY_OPTIONS, given)
  if o.bins > BINS_MAX then
    raise("Lattice:density: bins must be at most %d, got %d", BINS_MAX, o.bins)
  end
  local values = self:field("von_mises"):reshape(self.n * self.n):totable()
  local largest = o.max or math.max(self:field("von_mises"):max(), 1e-9)
  local width, counts = largest / o.bins, {}
  for k = 1, o.bins do counts[k] = 0 end
  for _, value in ipairs(values) do
    if value <= largest then
      local k = math.min(value // width + 1, o.bins) // 1
      counts[k | 0] = counts[k | 0] + 1
    end
  end
  local strain, density = {}, {}
  for k = 1, o.bins do
    strain[k], density[k] = (k - 0.5) * width, counts[k] / (#values * width)
  end
  return { strain = vt.array(strain), density = vt.array(density) }
end

-- ---------------------------------------------------------------- pictures ----

local LABELS <const> = {
  von_mises = "von Mises strain", eigen_1 = "eigenstrain xx", eigen_3 = "eigenstrain xy",
  generation = "transformations", softening = "softening", permanent = "permanent softening",
  barrier = "lowest barrier (eV)", stress_xx = "stress xx (GPa)", stress_yy = "stress yy (GPa)",
  stress_xy = "stress xy (GPa)", strain_xx = "strain xx", strain_yy = "strain yy",
  strain_xy = "strain xy",
}
local SIGNED <const> = { eigen_1 = true, eigen_3 = true }

---Draw a field: in the terminal, or to a file.
---@param name string a field of lat:field, or stress_xx ... strain_xy
---@param given table? options of vt.plot.heatmap
---@return string? the file's name
function Lattice.plot(self, name, given)
  if type(name) ~= "string" then
    raise("Lattice:plot: give the name of a field, such as \"von_mises\", not %s",
          numbers.show(name))
  end
  local tensor, component = name:match "^(st%a+)_([xy][xy])$"
  local values
  if tensor == "stress" or tensor == "strain" then
    values = self[tensor][component] or self[tensor].xy
  else
    values = self:field(name)
  end
  local o = { zlabel = LABELS[name], xlabel = "x (sites)", ylabel = "y (sites)", equal = true,
              palette = (tensor or SIGNED[name]) and "blue-red" or "viridis" }
  if given ~= nil and type(given) ~= "table" then
    raise("Lattice:plot: options must be a table { key = value, ... }, got a %s", type(given))
  end
  if not (given and (given.width or given.height)) and given and given.file then
    o.width, o.height = 560, 480
  end
  for key, value in pairs(given or {}) do o[key] = value end
  return plot.heatmap(values, o)
end

-- ---------------------------------------------------------------- the module ----

local stz = vt.stz
local make <const> = stz.lattice

stz.landscape = landscape.read

-- The landscape goes first, what is given beside it has the last word.
stz.lattice = function(given)
  if type(given) ~= "table" or given.landscape == nil then return make(given) end
  return make(landscape.merge(given))
end

local TESTS <const> = {
  tension = "Uniaxial tension along x: strain eps_xx, stress sigma_xx; the other mean stresses are "
    .. "held at zero.",
  compression = "Uniaxial compression along x: strain -eps_xx, stress -sigma_xx.",
  shear = "Simple shear: strain gamma = 2 eps_xy, stress sigma_xy; the normal mean strains stay.",
  pure_shear = "Pure shear: strain gamma = eps_xx - eps_yy, stress (sigma_xx - sigma_yy)/2.",
}
for name, summary in pairs(TESTS) do
  help.document("Lattice:" .. name, {
    signature = ("lat:%s{ options } -> lat"):format(name),
    summary = summary .. " The strain counts from where the lattice is. Samples do not change the "
      .. "course of events. After Ctrl-C or an error in `sample` lat:resume() goes on.",
    options = TEST_OPTIONS,
    example = ("lat:%s{ strain_rate = 1e-4, strain = 0.05, csv = \"curve.csv\" }\n"):format(name)
      .. "local s = lat:samples(); vt.plot(s.strain, s.stress)",
  })
end
local METHODS <const> = {
  { "step", "lat:step() -> table",
    "One step of the event loop: an elastic one, a thermal event, or all athermal ones at once. "
      .. "Gives what lat:last() gives.", STEP_OPTIONS, "print(lat:step().kind)" },
  { "resume", "lat:resume{ sample = } -> lat",
    "Finishes a test that Ctrl-C, an error or the end of the program (see vt.stz.restore) cut "
      .. "short. Nothing happens when it is finished.", RESUME_OPTIONS,
    'vt.stz.restore("shear.checkpoint"):resume()' },
  { "samples", "lat:samples() -> table of arrays",
    "Samples of the present or last test: strain, stress [GPa], plastic, time [s], "
      .. "transformations, thermal_steps, athermal_steps, elastic_steps, avalanches, "
      .. "largest_avalanche, work, dissipated [GJ/m^3].", nil,
    "local s = lat:samples(); vt.plot(s.strain, s.stress)" },
  { "measures", "lat:measures() -> table",
    "Strength and ductility: yield_stress, the peak [GPa], yield_strain; localization, the "
      .. "standard deviation of the von Mises strain over the sites; extreme_sites, those above "
      .. "0.7; "
      .. "transformed sites; the relative shift of the barriers by permanent softening in three "
      .. "measures: shift_cap = 1 - exp(-eta_max), shift_mean over all sites, shift_transformed "
      .. "over transformed ones.", nil, "print(lat:measures().localization)" },
  { "density", "lat:density{ bins =, max = } -> { strain, density }",
    "Probability density of the local von Mises strain.", DENSITY_OPTIONS,
    "local d = lat:density(); vt.plot(d.strain, d.density, { logy = true })" },
  { "plot", "lat:plot(name, [options]) -> file",
    "Draws a field as a heat map: those of lat:field, or stress_xx, stress_yy, stress_xy, "
      .. "strain_xx, strain_yy, strain_xy. Options are those of vt.plot.heatmap.", nil,
    'lat:plot("von_mises", { file = "band.png" })' },
}
for _, method in ipairs(METHODS) do
  help.document("Lattice:" .. method[1], { signature = method[2], summary = method[3],
                                           options = method[4], example = method[5] })
end

return stz
