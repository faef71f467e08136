std = "lua54"
max_line_length = 100
codes = true
exclude_files = { "build" }
files["tests/lua"] = { globals = { "help" } }
files["tutorials"] = { globals = { "help" } }
