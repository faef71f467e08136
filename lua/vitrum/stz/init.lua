-- vt.stz: loading a lattice of shear transformation zones, sampling it, looking at it. The engine
-- is in C (see vt.stz.lattice); here are tests as a machine does them, with files, checkpoints and
-- pictures.

local help = require "vitrum.prompt.help"
local job = require "vitrum.job"
local json = require "vitrum.base.json"
local landscape = require "vitrum.stz.landscape"
local logs = require "vitrum.job.log"
local movie = require "vitrum.plot.movie"
local numbers = require "vitrum.base.numbers"
local options = require "vitrum.base.options"
local plot = require "vitrum.plot"
local read_note = require "vitrum.stz.note"
local rows = require "vitrum.base.rows"
local session = require "vitrum.session"
local system = require "vitrum.system"
local vt = require "vitrum"

local raise = options.raise

---@class vitrum.Lattice
local Lattice = session.types()["Lattice"].methods

local SAMPLES <const> = 200 -- samples of a test when `every` is not given
local CHUNK <const> = 0.1 -- wall time between looks at progress and files [s]
local RATE <const> = 1e-4 -- of tests, when none is given [1/s]
local EXTREME <const> = 0.7 -- von Mises strain of an extreme site (Wang et al., section 3.2.1)

-- ---------------------------------------------------------------- samples ----

-- Columns of the samples: name, unit, value from a state.
local COLUMNS <const> = {
  { "strain", "-" }, { "stress", "GPa" }, { "plastic", "-" }, { "time", "s" },
  { "transformations", "-" }, { "thermal_steps", "-" }, { "athermal_steps", "-" },
  { "elastic_steps", "-" }, { "avalanches", "-" }, { "largest_avalanche", "-" },
  { "work", "GJ/m^3" }, { "dissipated", "GJ/m^3" },
}

-- The test that a lattice is in: what to reach, what to write, the samples so far. What comes next
-- follows from the samples and the lattice alone, so an interrupt between two lines loses nothing.
local tests = setmetatable({}, { __mode = "k" })
local driven = setmetatable({}, { __mode = "k" }) -- lattices inside a test just now
local restored = setmetatable({}, { __mode = "k" }) -- lattice to checkpoint, until it goes on

-- After vt.stz.restore the test is in the note.
local function test_of(lattice)
  local test = tests[lattice]
  if test == nil and lattice.note and lattice.note ~= "" then
    test = read_note(lattice.note, #COLUMNS)
    tests[lattice] = test
  end
  return test
end

local function refuse_inside(lattice, method)
  job.check_self(lattice, "Lattice", method, "lattice")
  if driven[lattice] then
    raise("Lattice:%s: not inside a test: this was called by its sample function. Return false "
          .. "there to end the test, and call Lattice:%s after it", method, method)
  end
end

local save_lattice <const> = Lattice.save

local function check_name(where, path)
  if type(path) ~= "string" then
    raise("%s: the file name must be a string, not %s", where, numbers.show(path))
  end
end

local function picture_name(test, k)
  return ("%s/%s-%04d.png"):format(test.pictures, test.field, k)
end

local function make_movie(test)
  local names, strain, stress = {}, {}, {}
  for k, row in ipairs(test.rows) do
    names[k], strain[k], stress[k] = picture_name(test, k), row[1], row[2] -- as COLUMNS has them
  end
  movie.make(names, { file = test.movie, overwrite = test.overwrite,
                      curve = { x = strain, y = stress, xlabel = "strain",
                                ylabel = "stress (GPa)" } })
end

-- The state with the plastic strain of this test alone.
local function state_of(lattice, test)
  local state = lattice:state()
  state.plastic = state.plastic - (test.origin or 0)
  return state
end

local function row_of(state)
  local row = {}
  for k, column in ipairs(COLUMNS) do row[k] = state[column[1]] + 0.0 end
  return row
end

local function line_of(row) return rows.line({ table.unpack(row) }, #row) end

local function is_last(test, state)
  local last, row = test.rows[#test.rows], row_of(state)
  for k, value in ipairs(row) do
    if last == nil or last[k] ~= value then return false end
  end
  return true
end

-- The picture first: where it cannot be drawn, the sample is taken again by lat:resume().
local function take_sample(lattice, test, state)
  if test.pictures then
    lattice:plot(test.field, { file = picture_name(test, #test.rows + 1), overwrite = true,
                               scale = 1, zrange = test.zrange })
  end
  test.rows[#test.rows + 1] = row_of(state)
end

-- The first multiple of `every` above the strain of the last sample. Products decide: a quotient
-- may round to the sample that was just taken.
local function next_sample(test)
  local strain = test.rows[#test.rows][1]
  local count = strain // test.every
  if count * test.every > strain then count = count - 1 end
  repeat count = count + 1 until count * test.every > strain
  return count * test.every
end

-- ---------------------------------------------------------------- the engine ----

-- Share of a test that is done, for the progress bar.
local function done_of(test, state)
  local share = test.strain and state.strain / test.strain or 0
  return math.max(share, test.plastic and state.plastic / test.plastic or 0)
end

local advance_lattice <const> = Lattice.advance

-- On for a moment, not beyond the next sample; whether the end is reached.
local function advance(lattice, test, pause)
  local plastic = test.plastic and test.plastic + (test.origin or 0)
  if not plastic or plastic >= 0 then
    return advance_lattice(lattice, { strain = test.strain, plastic = plastic, pause = pause,
                                      seconds = CHUNK })
  end
  -- Pulled before and now pressed, the lattice has a negative plastic strain, which is no goal of
  -- advance: look after each step with all that it sets off.
  local start = vt.clock()
  repeat
    if advance_lattice(lattice, { strain = test.strain, pause = pause, steps = 1 }) then
      return true
    end
    advance_lattice(lattice, { strain = 0 })
    local state = lattice:state()
    if state.plastic >= plastic then return true end
  until state.strain >= pause or vt.clock() - start > CHUNK
  return false
end

-- A sample of a test as its function gets it: the state where it is the present one.
local function sample_of(lattice, test, n)
  local state = state_of(lattice, test)
  if n == #test.rows and is_last(test, state) then return state end
  local sample = {}
  for k, column in ipairs(COLUMNS) do sample[column[1]] = test.rows[n][k] end
  return sample
end

---@return vitrum.Engine
local function engine_of(lattice, where, test)
  local engine = { name = "lat", where = where, state = test, restore = "vt.stz.restore",
                   columns = COLUMNS, total = 100, rate = { rate_unit = "%/s" },
                   usual = { "strain", "stress", "plastic", "transformations", "time" } }
  function engine.done() return 100 * done_of(test, state_of(lattice, test)) end
  function engine.ended() return test.reached end
  function engine.count() return #test.rows end
  function engine.sample(n) return sample_of(lattice, test, n) end
  function engine.line(n) return line_of(test.rows[n]) end
  function engine.current() return line_of(row_of(state_of(lattice, test))) end
  function engine.stop() test.reached = true end
  function engine.save(path, overwrite)
    save_lattice(lattice, path, { overwrite = overwrite, note = json.encode(engine.state, "note") })
  end
  function engine.advance()
    if #test.rows == 0 then return take_sample(lattice, test, state_of(lattice, test)) end
    local pause = next_sample(test)
    local reached = advance(lattice, test, pause)
    local state = state_of(lattice, test)
    -- The last one may be there already, when its sample function failed.
    if state.strain >= pause or reached and not is_last(test, state) then
      take_sample(lattice, test, state)
    end
    test.reached = test.reached or reached
  end
  function engine.drive(f)
    local guard <close> = setmetatable({}, { -- luacheck: ignore guard
      __close = function() driven[lattice] = nil end,
    })
    driven[lattice] = true
    f()
  end
  function engine.finish()
    if test.movie then make_movie(test) end
  end
  function engine.reached()
    local state, goals = state_of(lattice, test), {}
    for _, name in ipairs { "strain", "plastic" } do
      local goal = test[name]
      if goal then goals[#goals + 1] = ("%s %.4g of %g"):format(name, state[name], goal) end
    end
    return table.concat(goals, ", ")
  end
  function engine.plan()
    return { ("%d x %d sites at %g K, strain rate %g 1/s; to %s"):format(lattice.n, lattice.rows,
      lattice.temperature, lattice.strain_rate, engine.reached()) }
  end
  return engine
end

-- ---------------------------------------------------------------- tests ----

local FILES <const> = { "csv", "checkpoint", "pictures", "movie" }

local OWN_OPTIONS <const> = {
  options.like("Lattice:set_load", "strain_rate", { default = RATE }),
  options.like("Lattice:advance", "strain", { kind = "positive" }),
  options.like("Lattice:advance", "plastic", { kind = "positive",
    help = "plastic part of it to reach, from the start of the test; with `strain`, whichever "
      .. "comes first" }),
  { name = "every", kind = "positive", unit = "-",
    help = "loading parameter between samples, at least a hundredth of lat.strain_step; when not "
      .. "given 1/200 of `strain` or of four times `plastic`, of the smaller" },
  { name = "pictures", kind = "file", help = "folder for a picture (PNG) at each sample" },
  { name = "movie", kind = "file",
    help = "file (.gif; .mp4 where ffmpeg is) that the pictures make at the end, with the curve of "
      .. "stress against strain below them" },
  { name = "field", kind = "string", default = "von_mises", help = "what the pictures show" },
  { name = "zrange", kind = "table", help = "{ lowest, highest } of the colors of all pictures" },
}
local HELP <const> = {
  sample = "called with each sample, as lat:state() gives it but with the plastic strain of this "
    .. "test; false ends the test",
  checkpoint = "file that vt.stz.restore goes on from; written at the start, now and then, at the "
    .. "end, and after an error, Ctrl-C or SIGTERM",
}
local TEST_OPTIONS <const> = job.options(OWN_OPTIONS, HELP)
local RESUME_OPTIONS <const> = job.options({ OWN_OPTIONS[5], OWN_OPTIONS[6] }, HELP, true)

local function check_files(where, o)
  if o.movie then
    if not o.pictures then
      raise("%s: a movie is made of pictures; give a folder for them with pictures = \"frames\"",
            where)
    end
    movie.check(o.movie, o.overwrite, where)
  end
  job.check_files(where, o, { "csv", "checkpoint", "movie" })
  if o.pictures then
    local ok, message = system.make_folder(o.pictures)
    if not ok then raise("%s: %s", where, message) end
    job.check_files(where, { csv = o.pictures .. "/picture", overwrite = true }, { "csv" })
  end
end

local function check_zrange(where, zrange)
  local low, high = zrange[1], zrange[2]
  local function is_number(x) return math.type(x) and x - x == 0 end
  if #zrange ~= 2 or not (is_number(low) and is_number(high) and low < high) then
    raise("%s: zrange must be { lowest, highest }, two numbers in rising order, got { %s, %s }",
          where, numbers.show(low), numbers.show(high))
  end
end

-- Everything that can be refused is refused before lattice and files are touched.
local function new_test(lattice, where, o)
  if not o.strain and not o.plastic then raise("%s: how far? give strain or plastic", where) end
  local least = lattice.strain_step / 100
  local target = math.min(o.strain or math.huge, o.plastic and 4 * o.plastic or math.huge)
  if o.every and o.every < least then
    raise("%s: option 'every' must be at least a hundredth of the strain step (%g), got %g; a "
          .. "sample is taken after a step", where, least, o.every)
  end
  if o.zrange then check_zrange(where, o.zrange) end
  lattice:field(o.field)
  local test = { rows = {}, every = o.every or math.max(target / SAMPLES, least) }
  for _, name in ipairs { "strain", "plastic", "csv", "checkpoint", "checkpoint_every", "pictures",
                          "movie", "field", "zrange", "provenance", "overwrite" } do
    test[name] = o[name] or nil
  end
  local engine = engine_of(lattice, where, test)
  logs.check(engine, o)
  check_files(where, test)
  return test, engine
end

local set_load <const> = Lattice.set_load

local function start_test(lattice, method, load, given)
  refuse_inside(lattice, method)
  local where = "Lattice:" .. method
  local o = options.check(where, TEST_OPTIONS, given)
  local test, engine = new_test(lattice, where, o)
  load.strain_rate = o.strain_rate
  set_load(lattice, load)
  test.origin = lattice:state().plastic + 0.0 -- under this load: a press counts what a pull did
  tests[lattice] = test
  job.keep(engine, o.overwrite)
  job.drive(engine, o)
  return lattice
end

---Under another load an unfinished test cannot go on; its samples stay.
---@param given table
---@return vitrum.Lattice
function Lattice.set_load(self, given)
  refuse_inside(self, "set_load")
  if type(given) ~= "table" then
    raise("Lattice:set_load: options must be a table { key = value, ... }, got a %s", type(given))
  end
  set_load(self, given)
  local test = test_of(self)
  if test and not test.finished then test.replaced = true end
  return self
end

---@param given table
---@return boolean
function Lattice.advance(self, given)
  refuse_inside(self, "advance")
  return advance_lattice(self, given)
end

---A checkpoint of a lattice in a test holds the test.
---@param path string
---@param given table?
---@return vitrum.Lattice
function Lattice.save(self, path, given)
  check_name("Lattice:save", path)
  local test = type(self) == "userdata" and test_of(self)
  local o = given
  if test and (given == nil or type(given) == "table") then
    o = {}
    for key, value in pairs(given or {}) do o[key] = value end
    if o.note == nil then
      o.note = json.encode(test, "note")
    elseif not test.finished and not test.replaced then
      raise("Lattice:save: in the middle of a test the note holds the test; leave note out, or "
            .. "finish the test with lat:resume() first")
    end
  end
  return save_lattice(self, path, o)
end

---Uniaxial tension along x, the other mean stresses zero.
---@param given table
---@return vitrum.Lattice
function Lattice.tension(self, given)
  return start_test(self, "tension", { strain = { xx = 1 }, stress = { yy = 0, xy = 0 } }, given)
end

---Uniaxial compression along x; strain and stress are counted positive.
---@param given table
---@return vitrum.Lattice
function Lattice.compression(self, given)
  return start_test(self, "compression", { strain = { xx = -1 }, stress = { yy = 0, xy = 0 } },
              given)
end

---Simple shear: strain is gamma = 2 eps_xy, stress sigma_xy.
---@param given table
---@return vitrum.Lattice
function Lattice.shear(self, given)
  return start_test(self, "shear", { strain = { xy = 0.5 } }, given)
end

---Pure shear: strain is gamma = eps_xx - eps_yy, stress (sigma_xx - sigma_yy)/2.
---@param given table
---@return vitrum.Lattice
function Lattice.pure_shear(self, given)
  return start_test(self, "pure_shear", { strain = { xx = 0.5, yy = -0.5 } }, given)
end

local STEP_OPTIONS <const> = {
  options.like("Lattice:set_load", "strain_rate", { default = RATE,
    help = "of tension, where the lattice is under no load yet" }),
}

---One step of the event loop.
---@param given table?
---@return table # as lat:last()
function Lattice.step(self, given)
  refuse_inside(self, "step")
  local o = options.check("Lattice:step", STEP_OPTIONS, given)
  if self.strain_rate and given and given.strain_rate then
    raise("Lattice:step: the lattice is under a load already, at %g/s; leave strain_rate out, or "
      .. "set another load with lat:set_load", self.strain_rate)
  elseif not self.strain_rate then
    self:set_load{ strain_rate = o.strain_rate, strain = { xx = 1 }, stress = { yy = 0, xy = 0 } }
  end
  self:advance{ steps = 1 }
  return self:last()
end

-- Of a finished test the files that are asked for are written.
local function write_finished(lattice, test, o)
  if o.pictures or o.movie then
    raise "Lattice:resume: this test is finished; pictures are taken while it runs"
  end
  local asked = { csv = o.csv or nil, checkpoint = o.checkpoint or nil, overwrite = o.overwrite }
  check_files("Lattice:resume", asked)
  local engine, copy = engine_of(lattice, "Lattice:resume", test), {}
  for key, value in pairs(test) do copy[key] = value end
  copy.csv, copy.checkpoint = asked.csv, asked.checkpoint
  engine.state = copy
  job.keep(engine, o.overwrite)
end

---Go on with a test that was cut short.
---@param given table?
---@return vitrum.Lattice
function Lattice.resume(self, given)
  refuse_inside(self, "resume")
  local o = options.check("Lattice:resume", RESUME_OPTIONS, given)
  local test = test_of(self)
  if not test then
    raise "Lattice:resume: this lattice is in no test; start one with lat:tension"
  end
  if test.replaced then
    raise "Lattice:resume: the load was changed with lat:set_load since the test; start a new test"
  end
  if test.finished then
    write_finished(self, test, o)
    return self
  end
  local engine = engine_of(self, "Lattice:resume", test)
  logs.check(engine, o)
  local paths = job.claim(engine, o, restored[self], FILES)
  if not paths.pictures then paths.movie = nil end
  check_files("Lattice:resume", { csv = o.csv and paths.csv, movie = o.movie and paths.movie,
                                  checkpoint = o.checkpoint and paths.checkpoint,
                                  pictures = paths.pictures, overwrite = o.overwrite })
  for _, name in ipairs(FILES) do test[name] = paths[name] end
  for _, name in ipairs { "provenance", "checkpoint_every" } do
    if o[name] ~= nil then test[name] = o[name] end
  end
  restored[self] = nil
  test.overwrite, o.overwrite = true, true -- its files are the test's own
  job.drive(engine, o)
  return self
end

---Samples of the present or last test, an array for each column.
---@return table<string, vitrum.Array>
function Lattice.samples(self)
  job.check_self(self, "Lattice", "samples", "lattice")
  local test, result = test_of(self), {}
  for k, column in ipairs(COLUMNS) do
    local values = {}
    for n, row in ipairs(test and test.rows or {}) do values[n] = row[k] end
    result[column[1]] = vt.array(values)
  end
  return result
end

-- ---------------------------------------------------------------- measures ----

---Measures of strength and ductility at this instant.
---@return table
function Lattice.measures(self)
  job.check_self(self, "Lattice", "measures", "lattice")
  local state = self:state()
  local mises, generation = self:field "von_mises", self:field "generation"
  local function shift_by(name) return 1 - (-self:field(name)):exp() end
  local shift, now = shift_by "permanent", shift_by "softening"
  local transformed = generation:gt(0)
  local count = transformed:sum()
  return {
    yield_stress = state.peak_stress, yield_strain = state.peak_strain, plastic = state.plastic,
    localization = mises:std(), extreme_sites = mises:gt(EXTREME):sum(), transformed = count,
    extreme_sites_tensor = mises:gt(EXTREME / math.sqrt(2)):sum(),
    shift_cap = 1 - math.exp(-self.eta_max), shift_mean = shift:mean(),
    shift_transformed = count > 0 and (shift * transformed):sum() / count or 0.0,
    shift_now = now:mean(), shift_events = state.shift,
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
  job.check_self(self, "Lattice", "density", "lattice")
  local o = options.check("Lattice:density", DENSITY_OPTIONS, given)
  if o.bins > BINS_MAX then
    raise("Lattice:density: bins must be at most %d, got %d", BINS_MAX, o.bins)
  end
  local values = self:field("von_mises"):reshape(self.n * self.rows):totable()
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
local QUANTITIES <const> = { von_mises = "von_mises", barrier = "activation" }
local SIGNED <const> = { eigen_1 = true, eigen_3 = true }

---Draw a field: in the terminal, or to a file.
---@param name string a field of lat:field, or stress_xx ... strain_xy
---@param given table? options of vt.plot.heatmap
---@return string? the file's name
function Lattice.plot(self, name, given)
  job.check_self(self, "Lattice", "plot", "lattice")
  if type(name) ~= "string" then
    raise("Lattice:plot: give the name of a field, such as \"von_mises\", not %s",
          numbers.show(name))
  end
  local tensor, component = name:match "^(st%a+)_([xy]+)$"
  local values = (tensor == "stress" or tensor == "strain") and self[tensor][component]
  if not values then
    values = self:field(name)
  end
  local o = { zlabel = LABELS[name], xlabel = "x (sites)", ylabel = "y (sites)", equal = true,
              quantity = QUANTITIES[name],
              palette = (tensor or SIGNED[name]) and "blue-red" or nil }
  given = options.given("Lattice:plot", given)
  if given.file and not (given.width or given.height) then
    o.width, o.height = 560, 480
  end
  options.put("Lattice:plot", o, given)
  return plot.heatmap(values, o)
end

-- ---------------------------------------------------------------- the module ----

local stz = vt.stz
local make <const> = stz.lattice

stz.landscape = landscape.read

local restore <const> = stz.restore

stz.restore = function(path)
  check_name("stz.restore", path)
  local lattice = restore(path)
  restored[lattice] = path
  return lattice
end

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
local TERMS <const> = {
  tension = "uniaxial tension; stress-strain curve; tensile test",
  compression = "compression test; uniaxial compression; stress-strain curve",
  shear = "shear test; simple shear",
}
for name, summary in pairs(TESTS) do
  help.document("Lattice:" .. name, {
    signature = ("lat:%s{ options } -> lat"):format(name),
    summary = summary .. " The strain and its plastic part count from where the lattice is. "
      .. "Samples do not change the course of events. After Ctrl-C or an error in `sample` "
      .. "lat:resume() goes on. All options and files are checked before anything is written.",
    options = TEST_OPTIONS,
    terms = TERMS[name],
    see = "Lattice:measures; Lattice:samples; Lattice:plot",
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
      .. "short; every sample is taken once. After vt.stz.restore csv and checkpoint are taken up "
      .. "when they lie beside the checkpoint, the csv with all its samples; else name them again, "
      .. "as pictures and movie. Of a finished test csv and checkpoint are written where they are "
      .. "named here; else nothing happens.", RESUME_OPTIONS,
    'vt.stz.restore("shear.checkpoint"):resume()' },
  { "samples", "lat:samples() -> table of arrays",
    "Samples of the present or last test: strain and its plastic part from the start of the "
      .. "test, stress [GPa], and, of the whole life of the lattice, time [s], transformations, "
      .. "thermal_steps, athermal_steps, elastic_steps, avalanches, largest_avalanche, work, "
      .. "dissipated [GJ/m^3].", nil,
    "local s = lat:samples(); vt.plot(s.strain, s.stress)" },
  { "measures", "lat:measures() -> table",
    "Strength and ductility: yield_stress [GPa], the peak, and yield_strain; plastic, since the "
      .. "lattice was made, unlike that of the samples; localization, the "
      .. "standard deviation of the von Mises strain over the sites; extreme_sites, those above "
      .. "0.7, and extreme_sites_tensor, by the norm of the strain tensor, which is the root of 2 "
      .. "larger; transformed sites; the relative shift of the barriers by permanent softening in "
      .. "three measures: shift_cap = 1 - exp(-eta_max), shift_mean over all sites, "
      .. "shift_transformed over transformed ones; and with the temporary part: shift_now over all "
      .. "sites, shift_events over all events, each with the softening right before it.", nil,
    "print(lat:measures().localization)",
    "yield stress; yield strength; yield point; ductility; strength; toughness" },
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
                                           options = method[4], example = method[5],
                                           terms = method[6] })
end

return stz
