-- Learning from features of atoms: one line for each function.

local committee = require "vitrum.learn.committee"
local confusion = require "vitrum.learn.confusion"
local flexibility = require "vitrum.learn.flexibility"
local guard = require "vitrum.learn.guard"
local inspect = require "vitrum.learn.inspect"
local model = require "vitrum.learn.model"
local n2p2 = require "vitrum.learn.n2p2"
local network = require "vitrum.learn.network"
local samples = require "vitrum.learn.samples"
local svmlight = require "vitrum.learn.svmlight"
local validation = require "vitrum.learn.validation"

local learn = { svr = model.svr, svc = model.svc, load = model.load,
                network = network.network, committee = committee.committee, guard = guard.guard,
                inspect = inspect.inspect, read_n2p2 = n2p2.convert,
                flexibility = flexibility.learn, model = flexibility.model,
                split = samples.split, folds = samples.folds,
                score = confusion.score, confusion = confusion.confusion,
                read_svmlight = svmlight.read, write_svmlight = svmlight.write,
                cross_validation = validation.cross_validation }

require("vitrum").learn = learn

return learn
