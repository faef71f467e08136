// Interactive views of atoms: every <figure class="view"> of the page. One WebGL context draws for
// all of them into a canvas that nobody sees, and each picture is copied into the view's own: a
// browser allows some 16 contexts on a page, and a report may hold more views.
"use strict";
(() => {
const SHADERS = `@SHADERS`; // view.glsl

// ---- the context ----
let gl = null, sheet = null, programs = null, age = 0;
const views = [];

function program(vertex, fragment, define = "") {
  const p = gl.createProgram(), at = {};
  for (const [kind, name] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind), text = SHADERS.split(`//// ${name}\n`)[1].split("////")[0];
    gl.shaderSource(shader, `#version 300 es\n${define}\n${text}`);
    gl.compileShader(shader);
    gl.attachShader(p, shader);
  }
  for (const names of [["place", "look"], ["start", "end", "corner"]])
    names.forEach((name, k) => gl.bindAttribLocation(p, k, name));
  gl.linkProgram(p);
  if (!gl.getProgramParameter(p, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(gl.getProgramInfoLog(p));
  for (let k = gl.getProgramParameter(p, gl.ACTIVE_UNIFORMS) - 1; k >= 0; k--) {
    const name = gl.getActiveUniform(p, k).name.replace("[0]", "");
    at[name] = gl.getUniformLocation(p, name);
  }
  return { p, at };
}

function use({ p, at }, values) {
  gl.useProgram(p);
  for (const name in values) {
    const v = values[name];
    if (!at[name]) continue;
    if (name === "eye") gl.uniformMatrix4fv(at[name], false, v);
    else if (v.length) gl[`uniform${v.length}fv`](at[name], v);
    else gl.uniform1f(at[name], v);
  }
}

function openContext() {
  if (gl) return true;
  sheet = document.createElement("canvas");
  gl = sheet.getContext("webgl2", { antialias: false, powerPreference: "low-power" });
  if (!gl) return false;
  const setUp = () => {
    age++;
    programs = { fast: program("spheres", "shade"), lines: program("lines", "ink"),
                 fine: program("spheres", "shade", "#define FRONT") };
    gl.enable(gl.DEPTH_TEST);
  };
  sheet.addEventListener("webglcontextlost", event => event.preventDefault());
  sheet.addEventListener("webglcontextrestored", () => { setUp(); views.forEach(v => v.wake()); });
  setUp();
  return true;
}

// ---------------------------------------------------------------- small things ----
const XYZ = [0, 1, 2];
const times = (a, b) => a.map((_, k) => XYZ.reduce((sum, j) => sum + a[k - k % 3 + j] * b[3 * j + k % 3], 0));
const about = (axis, angle) => { // the rows of a rotation
  const m = [1, 0, 0, 0, 1, 0, 0, 0, 1], i = (axis + 1) % 3, j = (axis + 2) % 3;
  m[4 * i] = m[4 * j] = Math.cos(angle);
  m[3 * i + j] = -(m[3 * j + i] = Math.sin(angle));
  return m;
};
const make = (name, properties, ...inside) => {
  const e = Object.assign(document.createElement(name), properties);
  e.append(...inside);
  return e;
};
const rgb = text => [1, 3, 5].map(k => parseInt(text.slice(k, k + 2), 16) / 255);
const number = (x, digits = 4) => String(+x.toPrecision(digits)).replace("-", "\u2212");
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

function decode(text) {
  const raw = atob(text.trim()), bytes = new Uint8Array(raw.length);
  for (let k = 0; k < raw.length; k++) bytes[k] = raw.charCodeAt(k);
  return bytes;
}

function readIds(bytes, n) {
  const ids = new Array(n);
  for (let k = 0, at = 0, id = 0; k < n; k++) {
    let code = 0, factor = 1, byte;
    do { byte = bytes[at++]; code += (byte & 127) * factor; factor *= 128; } while (byte > 127);
    ids[k] = id += code % 2 ? -(code + 1) / 2 : code / 2;
  }
  return ids;
}

// Lines, each as two triangles: where it begins and ends, at which end, on which side.
const SIDES = [[0, -1], [0, 1], [1, -1], [1, -1], [0, 1], [1, 1]];
const ribbons = lines => new Float32Array(lines.flatMap(line => SIDES.flatMap(side => [...line, ...side])));
function edges({ low, high }) { // of a box
  const corner = a => XYZ.map(k => (a >> k & 1 ? high : low)[k]);
  return [..."01234567"].flatMap(a => XYZ.filter(k => !(a >> k & 1)).map(k => [...corner(a), ...corner(a | 1 << k)]));
}

// ---------------------------------------------------------------- a view ----
const OPENING = 0.21; // tangent of half the angle of view
const NO_VALUE = [0.71, 0.71, 0.71], ARROW = [0.84, 0.1, 0.1];
const DEEP = 7; // angstrom: what lies deeper behind a cut is hidden
// While it moves: the share of a pixel's edge and of the atoms that are drawn, by level.
const LEVELS = [[1, 1], [0.7, 1], [0.6, 0.6], [0.5, 0.35], [0.5, 0.2], [0.4, 0.1]];
const SLOW = 65, QUICK = 22; // ms for a frame: then a lower level, or a higher one

class View {
  constructor(root) {
    const part = name => root.querySelector(".view-" + name);
    this.root = root;
    this.whole = root.classList.contains("view-whole"); // has the page to itself
    this.stage = part("stage");
    if (!openContext()) throw new Error("this browser offers no WebGL" +
      (part("still") ? ", and a picture stands in its place" : ""));
    const h = this.head = JSON.parse(part("head").textContent), n = h.count;
    const bytes = decode(part("data").textContent);
    let at = 0;
    const take = size => bytes.subarray(at, at += size);
    this.places = h.frames.map(() => new Uint16Array(bytes.buffer, 6 * n * at++, 3 * n));
    at *= 6 * n;
    this.kinds = take(n);
    this.largest = Math.max(...h.species.map(s => s.radius));
    this.looks = take(n);
    this.values = h.quantities.map(() => take(n));
    this.ids = at < bytes.length ? readIds(bytes.subarray(at), n) : null;
    Object.assign(this, { frame: 0, color: h.color, hidden: h.species.map(() => false), box: true,
      pointing: true, arrows: h.arrows, from: [0, 0, 0], to: [1, 1, 1], level: 0, dirty: {}, pointers: new Map() });
    this.canvas = make("canvas", { className: "view-canvas", tabIndex: 0, role: "application",
      ariaLabel: h.title + ". Arrow keys turn, plus and minus zoom, r resets." });
    [this.tip, this.ring, this.legend] = ["tip", "ring", "legend"].map(name =>
      make("div", { className: "view-" + name, hidden: name !== "legend" }));
    this.stage.append(this.canvas, this.ring, this.legend, this.tip);
    this.pen = this.canvas.getContext("2d");
    this.makeTools(part("tools"));
    this.listen();
    this.reset();
    new ResizeObserver(() => this.wake()).observe(this.stage);
  }

  get cell() { return this.head.frames[this.frame]; }
  get lengths() { return this.cell.edges.map(e => Math.hypot(...e)); }
  reset() { Object.assign(this, { turned: this.head.rotation.slice(), zoom: 1, pan: [0, 0] }); this.change(); }
  turn(x, y) { this.turned = times(times(about(0, y), about(1, x)), this.turned); this.move(); }
  magnify(factor) { this.zoom = clamp(this.zoom * factor, 0.3, 40); this.move(); }
  shift(x, y) { this.pan[0] += 2 * x / this.width; this.pan[1] -= 2 * y / this.height; this.move(); }
  move() { this.moving = true; this.change(); } // draw as much as can be drawn in time
  change(what) { this.dirty[what] = true; this.point(); this.wake(); }

  wake() {
    if (!this.waiting) requestAnimationFrame(() => {
      this.waiting = false;
      if (!gl.isContextLost()) this.draw();
    });
    this.waiting = true;
  }

  // ---- which atoms, in which order ----
  // By the side from which alone they can be seen. What is buried is left out unless something was
  // hidden; where something was cut, so is what lies deep behind the cut.
  sort() {
    const n = this.head.count, place = this.places[this.frame], looks = this.looks, NONE = 7;
    const whole = !this.hidden.includes(true), deep = this.lengths.map(e => 65535 * DEEP / e);
    const low = this.from.map(s => s * 65535), high = this.to.map(s => s * 65535);
    const inner = low.map((s, k) => s > 0 ? s + deep[k] : -1);
    const outer = high.map((s, k) => s < 65535 ? s - deep[k] : 65536);
    const group = new Uint8Array(n), next = new Uint32Array(9);
    for (let i = 0; i < n; i++) {
      const x = place[3 * i], y = place[3 * i + 1], z = place[3 * i + 2];
      const bare = !whole || x < inner[0] || x > outer[0] || y < inner[1] || y > outer[1] ||
                   z < inner[2] || z > outer[2];
      const out = this.hidden[this.kinds[i]] || x < low[0] || x > high[0] || y < low[1] ||
                  y > high[1] || z < low[2] || z > high[2] || !bare && (looks[i] & 31) === 0;
      next[1 + (group[i] = out ? NONE : bare ? 0 : looks[i] >> 5)]++;
    }
    for (let g = 1; g < next.length; g++) next[g] += next[g - 1];
    this.groups = [...next.subarray(0, 7)].map((first, side) => ({ side, first, count: next[side + 1] - first }));
    this.order = new Uint32Array(next[NONE]);
    // In an order without pattern, so that the first part of a group is a fair sample of it.
    const common = (a, b) => b ? common(b, a % b) : a;
    let step = Math.ceil(n * 0.618);
    while (common(n, step) > 1) step++;
    for (let k = 0, i = 0; k < n; k++, i = (i + step) % n)
      if (group[i] !== NONE) this.order[next[group[i]]++] = i;
  }

  // The groups that can be seen.
  visible() {
    return this.groups.filter(({ side, count }) => count && (side === 0 ||
      (side % 2 ? 1 : -1) * this.turned[6 + (side - 1 >> 1)] > -0.35 - OPENING));
  }

  // ---- drawing ----
  // The map from places (0 to 1 along each edge) to the eye, as columns, and the lens.
  look() {
    const R = this.turned, { edges } = this.cell, { size } = this.head, away = 1.04 * size / OPENING;
    const columns = [...edges, XYZ.map(k => -0.5 * (edges[0][k] + edges[1][k] + edges[2][k]))];
    this.eye = new Float32Array(16);
    columns.forEach((v, c) => XYZ.forEach(r =>
      this.eye[4 * c + r] = R[3 * r] * v[0] + R[3 * r + 1] * v[1] + R[3 * r + 2] * v[2]));
    this.eye[14] -= away;
    this.eye[15] = 1;
    const wide = this.width / this.height, f = this.zoom / OPENING * Math.min(1, wide);
    const near = away - 1.3 * size, far = away + 1.3 * size;
    this.lens = [f / wide, f, ...this.pan];
    return { eye: this.eye, lens: this.lens, fog: [away, size],
             depths: [-(far + near) / (far - near), -2 * far * near / (far - near)] };
  }

  // Colors of the 256 values that a byte can have, or of species: red, green, blue from 0 to 255.
  colors() {
    const q = this.head.quantities[this.color];
    if (!q) return this.head.species.map(s => rgb(s.color));
    const stops = q.colors.map(rgb), last = stops.length - 1;
    return Array.from({ length: 256 }, (_, byte) => {
      if (byte === 255) return NO_VALUE;
      const at = byte / 254 * last, k = Math.min(Math.floor(at), last - 1);
      return stops[k].map((x, j) => x + (at - k) * (stops[k + 1][j] - x));
    });
  }

  // The atoms that are drawn, in their order, 12 bytes each: place, color in the light that reaches
  // the atom, radius. What can be done here once need not be done for every frame.
  pack() {
    const { order, kinds, looks, from, to, lengths } = this, place = this.places[this.frame];
    const wide = new Uint16Array(6 * order.length), bytes = new Uint8Array(wide.buffer);
    const colors = this.colors(), what = this.color < 0 ? kinds : this.values[this.color];
    const radii = this.head.species.map(s => 255 * s.radius / this.largest);
    const least = this.hidden.includes(true) ? 0.25 : 0, cuts = XYZ.filter(k => from[k] > 0 || to[k] < 1);
    order.forEach((i, k) => {
      let open = Math.max((looks[i] & 31) / 31, least);
      for (const j of cuts) { // a cut lays open what lies within 4 angstrom of it
        const s = place[3 * i + j] / 65535;
        const far = Math.min(from[j] > 0 ? s - from[j] : 1, to[j] < 1 ? to[j] - s : 1) * lengths[j];
        open = Math.max(open, 0.36 - 0.09 * far);
      }
      const t = Math.min(open / 0.4, 1), light = 255 * (0.4 + 0.6 * t * t * (3 - 2 * t)), color = colors[what[i]];
      for (const j of XYZ) { wide[6 * k + j] = place[3 * i + j]; bytes[12 * k + 8 + j] = light * color[j]; }
      bytes[12 * k + 11] = radii[kinds[i]];
    });
    return wide;
  }

  upload() {
    const d = this.dirty, first = this.age !== age;
    if (first) Object.assign(this, { age, buffers: { atoms: gl.createBuffer(), lines: gl.createBuffer(), arrows: gl.createBuffer() } });
    const fill = (name, data) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    };
    if (first || d.place) fill("lines", this.lines = ribbons(edges(this.cell.box)));
    if (this.arrows && (first || d.place || d.order)) // a cut takes away those, of five lines, of its atoms
      fill("arrows", this.arrows = ribbons(this.frame ? [] : this.head.arrows.filter((_, n, all) =>
        XYZ.every(k => all[n - n % 5][k] >= this.from[k] && all[n - n % 5][k] <= this.to[k]))));
    if (first || d.place || d.order) this.sort();
    if (first || d.place || d.order || d.color) fill("atoms", this.pack());
    this.dirty = {};
  }

  draw() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2), began = performance.now();
    this.width = Math.max(this.stage.clientWidth, 1);
    this.height = Math.max(this.stage.clientHeight, 1);
    const W = Math.round(this.width * ratio), H = Math.round(this.height * ratio);
    const resize = (c, width, height) => (c.width !== width || c.height !== height) && Object.assign(c, { width, height });
    const quick = this.moving || this.rough;
    const [scale, share] = this.moving ? LEVELS[this.level] : [quick ? 1 : clamp(2560 / W, 1, 2), 1];
    const w = Math.max(1, Math.round(W * scale)), tall = Math.max(1, Math.round(H * scale));
    resize(this.canvas, W, H);
    resize(sheet, w, tall);
    this.upload();
    const seen = this.look(), style = getComputedStyle(this.root);
    const hue = name => rgb(style.getPropertyValue("--view-" + name).trim());
    gl.viewport(0, 0, w, tall);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    const read = (name, type, stride, ...parts) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.disableVertexAttribArray(2);
      parts.forEach(([size, offset, kind], k) => {
        gl.enableVertexAttribArray(k);
        gl.vertexAttribPointer(k, size, kind || type, true, stride, offset);
      });
    };
    read("atoms", gl.UNSIGNED_SHORT, 12, [4, 0], [4, 8, gl.UNSIGNED_BYTE]);
    use(quick ? programs.fast : programs.fine,
      { ...seen, paper: hue("paper"), pixels: tall, largest: this.largest * Math.min(share ** -0.5, 2) });
    for (const g of this.visible()) gl.drawArrays(gl.POINTS, g.first, Math.ceil(g.count * share));
    const rule = (name, thick, ink) => {
      read(name, gl.FLOAT, 32, [3, 0], [3, 12], [2, 24]);
      use(programs.lines, { ...seen, size: [w, tall], wide: thick * ratio * scale, ink });
      gl.drawArrays(gl.TRIANGLES, 0, this[name].length / 8);
    };
    if (this.box) rule("lines", 1.2, hue("line"));
    if (this.arrows && this.pointing) { // over all, since most of an arrow is inside of its atom
      gl.clear(gl.DEPTH_BUFFER_BIT);
      rule("arrows", 1.6, ARROW);
    }
    this.pen.clearRect(0, 0, W, H);
    this.pen.imageSmoothingQuality = "high";
    this.pen.drawImage(sheet, 0, 0, W, H);
    this.drawAxes(ratio, style.color);
    this.drawn = (this.drawn || 0) + 1;
    this.root.classList.add("view-live");
    this.pace(performance.now() - began, began);
  }

  // Choose how much is drawn while it moves, and draw all of it once it stands still: all atoms
  // first, and smooth edges only where that took little.
  pace(cost, now) {
    const again = (delay, state) => { this.rest = setTimeout(() => { Object.assign(this, state); this.wake(); }, delay); };
    clearTimeout(this.rest);
    if (this.moving) {
      const passed = Math.max(cost, now - this.before < 400 ? now - this.before : 0);
      this.mean = this.mean ? 0.6 * this.mean + 0.4 * passed : passed;
      const step = this.mean > SLOW ? 1 : this.mean < QUICK ? -1 : 0;
      if (LEVELS[this.level + step] && step) { this.level += step; this.mean = 0; }
      this.before = now;
      again(150, { moving: false, rough: this.level > 1 });
    } else if (this.rough && cost < 250) again(60, { rough: false });
  }

  drawAxes(ratio, ink) {
    const pen = this.pen, R = this.turned, x = 40 * ratio, y = this.canvas.height - 40 * ratio;
    Object.assign(pen, { font: `${12 * ratio}px system-ui, sans-serif`, textAlign: "center", textBaseline: "middle",
      lineWidth: 1.6 * ratio, strokeStyle: ink, fillStyle: ink });
    this.cell.edges.forEach((v, k) => {
      const long = 26 * ratio / Math.hypot(...v);
      const [dx, dy] = [0, 3].map(r => (R[r] * v[0] + R[r + 1] * v[1] + R[r + 2] * v[2]) * long);
      pen.stroke(new Path2D(`M${x},${y}l${dx},${-dy}`));
      pen.fillText(this.head.axes[k], x + dx * 1.36, y - dy * 1.36);
    });
  }

  // ---- the atom under the pointer ----
  pick(x, y) {
    const { eye: m, lens } = this, place = this.places[this.frame], { species } = this.head;
    const px = 2 * x / this.width - 1 - lens[2], py = 1 - 2 * y / this.height - lens[3], S = 65535;
    let best = null;
    for (const g of this.visible())
      for (let k = g.first; k < g.first + g.count; k++) {
        const i = this.order[k], a = place[3 * i] / S, b = place[3 * i + 1] / S, c = place[3 * i + 2] / S;
        const z = m[2] * a + m[6] * b + m[10] * c + m[14], r = species[this.kinds[i]].radius;
        if (best && z + r < best.front) continue;
        const dx = px / lens[0] * -z - (m[0] * a + m[4] * b + m[8] * c + m[12]);
        const dy = py / lens[1] * -z - (m[1] * a + m[5] * b + m[9] * c + m[13]);
        const left = r * r - dx * dx - dy * dy, front = z + Math.sqrt(left);
        if (left < 0 || best && front < best.front) continue;
        const wide = this.width / 2 * lens[0] / -z, high = this.height / 2 * lens[1] / -z;
        best = { atom: i, front, x: x - dx * wide, y: y + dy * high, size: r * high };
      }
    return best;
  }

  // What is known of atom i, as lines of text.
  tell(i) {
    const { origin, edges } = this.cell, h = this.head, s = [...this.places[this.frame].subarray(3 * i, 3 * i + 3)].map(x => x / 65535);
    const r = XYZ.map(k => origin[k] + s[0] * edges[0][k] + s[1] * edges[1][k] + s[2] * edges[2][k]);
    return [`${h.species[this.kinds[i]].name}, atom ${this.ids ? this.ids[i] : i + 1}`,
            `x y z: ${r.map(x => x.toFixed(2)).join("  ")} \u00c5`, ...h.quantities.map((q, k) => {
      const byte = this.values[k][i], value = q.low + byte / 254 * (q.high - q.low);
      const sign = byte === 0 ? "\u2264 " : byte === 254 ? "\u2265 " : "";
      return `${q.title}: ${byte === 255 ? "none" : sign + number(value, sign ? 4 : 3)}`;
    })];
  }

  // Show the atom at a place of the picture; without one, none.
  point(x, y) {
    const found = x >= 0 && this.eye && !this.moving ? this.pick(x, y) : null;
    this.tip.hidden = this.ring.hidden = !found;
    if (!found) return;
    this.tip.replaceChildren(...this.tell(found.atom).map(textContent => make("div", { textContent })));
    const place = (e, left, top) => Object.assign(e.style, { left: left + "px", top: top + "px" });
    place(this.tip, clamp(found.x + 14, 0, this.width - this.tip.offsetWidth),
          clamp(found.y + 14, 0, this.height - this.tip.offsetHeight));
    place(this.ring, found.x - found.size, found.y - found.size);
    this.ring.style.width = this.ring.style.height = 2 * found.size + "px";
  }

  // ---- hands ----
  listen() {
    const c = this.canvas, P = this.pointers, on = (name, act, how) => c.addEventListener(name, act, how);
    const at = event => [event.offsetX, event.offsetY];
    on("pointerdown", event => {
      if (event.button === 2) return;
      P.set(event.pointerId, at(event));
      if (event.isTrusted) c.setPointerCapture(event.pointerId);
      c.focus({ preventScroll: true });
      this.point();
    });
    on("pointermove", event => {
      const now = at(event), was = P.get(event.pointerId), other = [...P].find(([id]) => id !== event.pointerId);
      if (!was) { // picked once for a frame at most
        if (!this.over) requestAnimationFrame(() => { this.point(...this.over); this.over = null; });
        this.over = now;
        return;
      }
      const dx = now[0] - was[0], dy = now[1] - was[1];
      P.set(event.pointerId, now);
      if (other) { // two fingers
        const apart = p => Math.hypot(p[0] - other[1][0], p[1] - other[1][1]);
        this.magnify(apart(now) / Math.max(apart(was), 1));
        this.shift(dx / 2, dy / 2);
      } else if (event.shiftKey || event.buttons === 4) this.shift(dx, dy);
      else if (dx || dy) this.turn(dx * 0.008, dy * 0.008);
    });
    on("pointerup", event => P.delete(event.pointerId) && this.point(...at(event)));
    on("pointercancel", event => P.delete(event.pointerId));
    on("pointerleave", () => { this.over = this.over && [-1, -1]; this.point(); });
    on("wheel", event => {
      // In a report the wheel scrolls the page until the picture was clicked.
      if (!this.whole && document.activeElement !== c && !event.ctrlKey) return;
      event.preventDefault();
      this.magnify(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)));
    }, { passive: false });
    const keys = { ArrowLeft: () => this.turn(-0.12, 0), ArrowRight: () => this.turn(0.12, 0),
      ArrowUp: () => this.turn(0, -0.12), ArrowDown: () => this.turn(0, 0.12), r: () => this.reset(),
      "+": () => this.magnify(1.15), "=": () => this.magnify(1.15), "-": () => this.magnify(1 / 1.15),
      " ": () => this.slider && this.play(!this.film) };
    on("keydown", event => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  // ---- tools ----
  makeTools(tools) {
    const h = this.head, button = (textContent, onclick) => make("button", { type: "button", textContent, onclick });
    const tick = (act, ...inside) => {
      const input = make("input", { type: "checkbox", checked: true, onchange: () => act(input.checked) });
      return make("label", {}, input, ...inside);
    };
    const range = (ariaLabel, more) => make("input", { type: "range", ariaLabel, ...more });
    if (h.quantities.length) {
      const select = make("select", { onchange: () => this.paint(+select.value) }, ...h.quantities.map((q, value) =>
        make("option", { value, textContent: q.title })), make("option", { value: -1, textContent: "species" }));
      select.value = h.color;
      tools.append(make("label", {}, "Color ", select));
    }
    h.species.forEach((s, k) => {
      const dot = make("span", { className: "view-dot" });
      dot.style.background = s.color;
      tools.append(tick(on => { this.hidden[k] = !on; this.change("order"); }, dot, s.name));
    });
    if (this.arrows) tools.append(tick(on => { this.pointing = on; this.change(); }, "arrows"));
    tools.append(tick(on => { this.box = on; this.change(); }, "box"), button("Reset", () => this.reset()));
    tools.append(make("details", {}, make("summary", { textContent: "Slice" }), ...h.axes.map((axis, k) => {
      const said = make("output"), say = () => {
        const start = h.upright ? this.cell.origin[k] : 0;
        said.textContent = [this.from, this.to].map(end => (start + end[k] * this.lengths[k]).toFixed(1)).join(" to ") + " \u00c5";
      };
      const ends = ["from", "to"].map(end => range(`${axis} ${end}`, { min: 0, max: 1, step: 0.005, value: this[end][k],
        oninput: event => { this[end][k] = +event.target.value; say(); this.change("order"); } }));
      say();
      return make("div", { className: "view-cut" }, make("b", { textContent: axis }), ...ends, said);
    })));
    if (h.frames.length > 1) {
      this.slider = range("frame", { min: 0, max: h.frames.length - 1, value: 0, oninput: () => this.show(+this.slider.value) });
      this.player = button("Play", () => this.play(!this.film));
      this.frameName = make("output", { textContent: this.cell.name });
      tools.append(make("div", { className: "view-film" }, this.player, this.slider, this.frameName));
    }
    tools.append(make("p", { className: "view-hint", textContent:
      "Drag to turn, with Shift to move; scroll or pinch to zoom; point at an atom for its values." }));
    this.paint(h.color);
  }

  // Color by a quantity, or by species: -1.
  paint(k) {
    const q = this.head.quantities[this.color = k], text = textContent => make("span", { textContent });
    const bar = make("div", { className: "view-bar" });
    if (q) bar.style.background = `linear-gradient(to right, ${q.colors.join()})`;
    this.legend.replaceChildren(...(q ? [text(q.title), bar,
      make("div", { className: "view-ends" }, text(number(q.low)), text(number(q.high)))] : []));
    this.change("color");
  }

  show(frame) {
    this.frame = this.slider.value = frame;
    this.frameName.textContent = this.cell.name;
    this.change("place");
  }

  play(on) {
    clearInterval(this.film);
    this.film = on && setInterval(() => this.show((this.frame + 1) % this.head.frames.length), 100);
    this.player.textContent = on ? "Pause" : "Play";
  }
}
const watcher = new IntersectionObserver(entries => entries.forEach(({ isIntersecting, target }) => {
  if (!isIntersecting) return;
  watcher.unobserve(target);
  try {
    views.push(new View(target));
  } catch (problem) {
    target.querySelector(".view-note").textContent = `The view cannot be shown: ${problem.message}.`;
  }
}), { rootMargin: "300px" });
document.querySelectorAll(".view").forEach(root => watcher.observe(root));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => views.forEach(v => v.wake()));
window.vitrumViews = views;
})();
