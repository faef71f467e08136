std = "lua54"
max_line_length = 100
codes = true
exclude_files = { "build", "lua/vitrum.meta.lua" } -- the latter is made by the program
files["tests/browser"] = { ignore = { "11[123]/Test.*", "631" } }
files["tests/lua"] = { globals = { "help" }, ignore = { "11[123]/Test.*" } } -- LuaUnit's classes
files["tutorials"] = { globals = { "help" } }
