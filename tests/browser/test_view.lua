-- The view in a browser: it draws, turns, tells of the atom under the pointer, colors, cuts, hides
-- and plays, looks as the picture of the same atoms does, and gives way to it without WebGL.
local lu = require "luaunit"
local vt = require "vitrum"
local chromium = require "chromium"

if not chromium.found() then
  print "no browser was found (apt-get install chromium): views are not looked at"
  os.exit(0)
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

local look <const> = chromium.look

local function glass(n, seed)
  return vt.atoms.random { composition = { Cu = 64, Zr = 36 }, n = n, seed = seed or 1 }
end

local function page_of(source, given)
  local path = os.tmpname()
  os.remove(path)
  path = path .. ".html"
  given.file, given.open = path, false
  vt.view(source, given)
  local page = read(path)
  os.remove(path)
  return page
end

-- The id of the atom that the middle of the opening view shows, by arithmetic of its own: the eye is
-- on the line through the middle of the box, where a sphere's front is nearest.
local function in_the_middle(atoms, radii)
  local eye = { 0.62, -1, 0.42 }
  local long = math.sqrt(eye[1] ^ 2 + eye[2] ^ 2 + eye[3] ^ 2)
  local box, positions, symbols = atoms:box(), atoms:positions(), atoms:symbols()
  local best, front = nil, -math.huge
  for i = 1, #atoms do
    local along, square = 0, 0
    for k = 1, 3 do
      local d = positions[i][k] - box.lengths[k] / 2 - box.origin[k]
      along, square = along + d * eye[k] / long, square + d * d
    end
    local left = radii[symbols[i]] ^ 2 - (square - along ^ 2)
    if left > 0 and along + math.sqrt(left) > front then
      best, front = i, along + math.sqrt(left)
    end
  end
  return best
end

TestView = {}

function TestView.test_hands_and_tools()
  local atoms = glass(400):wrap()
  local z = atoms:positions():column(3)
  local radii = { Cu = 1.28, Zr = 1.6 }
  local page = page_of({ atoms, atoms:copy():rattle { amplitude = 2, seed = 3 }:wrap() },
    { color = { height = z, depth = -z }, radii = radii })
  local said = look(page, [[
    const view = await settled();
    const still = document.querySelector(".view-still");
    const first = grid(view.canvas);
    if (still) say("like", [apart(grid(content(view.canvas)), grid(content(still))),
                            apart(grid(content(view.canvas)), grid(content(still)).reverse())]);
    const middle = [view.width / 2, view.height / 2];
    pointer(view, "pointermove", ...middle);
    await pause(300);
    say("tip", view.tip.innerText);
    pointer(view, "pointerdown", ...middle);
    for (let k = 1; k <= 10; k++) pointer(view, "pointermove", middle[0] + 12 * k, middle[1] + 3 * k);
    pointer(view, "pointerup", middle[0] + 120, middle[1]);
    await settled();
    say("turned", apart(first, grid(view.canvas)));
    const key = name => view.canvas.dispatchEvent(new KeyboardEvent("keydown", { key: name }));
    key("ArrowLeft"); key("+"); key("+");
    await settled();
    say("zoomed", view.zoom);
    key("r");
    await settled();
    say("reset", apart(first, grid(view.canvas)));
    const step = async (name, act) => {
      act();
      await frame(); await frame(); await frame();
      say(name, [view.order.length, apart(first, grid(view.canvas))]);
    };
    const tick = k => view.root.querySelectorAll("input[type=checkbox]")[k].click();
    say("shell", view.order.length);
    await step("hidden", () => tick(0));
    await step("shown", () => tick(0));
    const cut = view.root.querySelectorAll(".view-cut input")[5];
    cut.value = 0.5; cut.dispatchEvent(new Event("input"));
    await frame(); await frame(); await frame();
    say("cut", Math.max(...[...view.order].map(i => view.places[0][3 * i + 2] / 65535)));
    cut.value = 1; cut.dispatchEvent(new Event("input"));
    const select = view.root.querySelector("select");
    await step("colored", () => { select.value = "1"; select.dispatchEvent(new Event("change")); });
    await step("species", () => { select.value = "-1"; select.dispatchEvent(new Event("change")); });
    say("legend", view.legend.innerText);
    select.value = "0"; select.dispatchEvent(new Event("change"));
    await step("frame", () => view.show(1));
    view.play(true); await pause(450); view.play(false);
    say("played", view.frame);
  ]])
  local middle = in_the_middle(atoms, radii)
  lu.assertStrContains(said.tip, ("%s, atom %d\n"):format(atoms:symbols()[middle], middle))
  lu.assertStrContains(said.tip, ("x y z: %.2f  %.2f  %.2f"):format(table.unpack(
    atoms:positions()[middle]:totable())))
  if said.like then -- and not like the same picture upside down
    lu.assertTrue(said.like[1] < 30 and said.like[1] < 0.6 * said.like[2],
      ("%g, %g"):format(table.unpack(said.like)))
  end
  lu.assertTrue(said.turned > 4, said.turned)
  lu.assertAlmostEquals(said.zoomed, 1.15 ^ 2, 1e-9)
  lu.assertTrue(said.reset < 0.5, said.reset)
  lu.assertEquals(said.hidden[1], atoms:counts().Zr)
  lu.assertEquals(said.shown[1], said.shell)
  lu.assertTrue(said.cut <= 0.5 and said.cut > 0.4, said.cut)
  lu.assertTrue(said.colored[2] > 1, said.colored[2])
  lu.assertTrue(said.species[2] > 1, said.species[2])
  lu.assertEquals(said.legend, "")
  lu.assertTrue(said.frame[2] > 1, said.frame[2])
  lu.assertTrue(said.played >= 0)
end

function TestView.test_arrows()
  local atoms = glass(60):wrap()
  local d = vt.array.zeros(60, 3)
  d[5], d[6] = { 1, 0, 1 }, { -1, 1, 0 }
  local said = look(page_of(atoms, { arrows = d, still = false }), [[
    const view = await settled();
    const red = () => {
      const data = view.pen.getImageData(0, 0, view.canvas.width, view.canvas.height).data;
      let count = 0;
      for (let k = 0; k < data.length; k += 4)
        if (data[k] > 180 && data[k + 1] < 60 && data[k + 2] < 60 && data[k + 3] > 200) count++;
      return count;
    };
    const step = async (name, act) => { act(); await settled(); say(name, [red(), view.arrows.length / 240]); };
    await step("all", () => {});
    await step("off", () => view.root.querySelectorAll("input[type=checkbox]")[2].click());
    const cut = view.root.querySelectorAll(".view-cut input")[5];
    await step("cut", () => { cut.value = 0; cut.dispatchEvent(new Event("input")); });
  ]])
  lu.assertTrue(said.all[1] > 50)
  lu.assertEquals(said.all[2], 2)
  lu.assertEquals(said.off[1], 0)
  lu.assertEquals(said.cut[2], 0)
end

function TestView.test_without_webgl_a_picture_and_a_line_that_says_so()
  local said = look(page_of(glass(100), {}), [[
    await pause(500);
    say("note", document.querySelector(".view-note").innerText);
    const still = document.querySelector(".view-still");
    say("still", still ? getComputedStyle(still).visibility : "none");
  ]], { webgl = false })
  lu.assertStrContains(said.note, "no WebGL")
  lu.assertTrue(said.still == "visible" or said.still == "none")
end

function TestView.test_many_views_on_one_page_share_a_context()
  local page = vt.report { title = "Views" }
  for k = 1, 20 do page:view(glass(60, k), { still = false }) end
  local said = look(page:html(), [[
    const wanted = document.querySelectorAll(".view").length;
    for (const root of document.querySelectorAll(".view")) { root.scrollIntoView(); await pause(60); }
    for (let k = 0; k < 100 && (views().length < wanted || !views().every(v => v.drawn)); k++) await pause(100);
    say("drawn", views().filter(v => v.drawn > 0).length);
    const bare = v => grid(v.canvas).every(x => x > 254);
    say("bare", views().filter(bare).length);
  ]])
  lu.assertEquals(said, { drawn = 20, bare = 0 })
end

function TestView.test_names_are_shown_and_not_run()
  local name = "</script><img src=x onerror=\"console.error('run')\"><!-- ' & \\"
  local said = look(page_of(glass(50), { name = name, color = { [name] = vt.array.range(1, 50) } }), [[
    const view = await settled();
    say("title", document.title);
    say("legend", view.legend.querySelector("span").textContent);
  ]])
  lu.assertEquals(said, { title = name, legend = name })
end

function TestView.test_the_page_as_it_is_written()
  -- With its own policy: nothing of the page itself is refused.
  local page = page_of(glass(50), {})
  local path = os.tmpname() .. ".html"
  write(path, page)
  local out = io.popen(("timeout 60 %s --headless=new --no-sandbox --disable-gpu "
    .. "--virtual-time-budget=2000 --enable-logging=stderr --dump-dom 'file://%s' 2>&1"):format(
    chromium.found(), path))
  local text = out:read "a"
  out:close()
  os.remove(path)
  lu.assertStrContains(text, "<body")
  lu.assertNil(text:match "Refused[^\n]*")
end

os.exit(lu.LuaUnit.run())
