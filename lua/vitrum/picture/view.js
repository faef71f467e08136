// Interactive views of atoms: every <figure class="view"> of the page. One WebGL context draws for
// all of them into a canvas that nobody sees, and each picture is copied into the view's own: a
// browser allows some 16 contexts on a page, and a report may hold more views.
"use strict";
(() => {
const SPHERES = `#version 300 es
precision highp float;
in vec3 place; in float kind, look, value;
uniform mat4 eye; uniform vec4 lens; uniform vec2 depths; uniform vec3 from, to, edges, paper;
uniform float pixels, grow, floorOpen, byValue; uniform vec2 fog;
uniform vec4 kinds[32]; uniform sampler2D colors;
flat out vec4 tint; flat out vec2 ball;
void main() {
  vec4 e = eye * vec4(place, 1.0);
  vec4 k = kinds[int(kind)];
  if (k.a <= 0.0 || any(lessThan(place, from)) || any(greaterThan(place, to))) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0); gl_PointSize = 1.0; return;
  }
  float r = k.a * grow;
  gl_Position = vec4(lens.x * e.x - lens.z * e.z, lens.y * e.y - lens.w * e.z,
                     depths.x * e.z + depths.y, -e.z);
  gl_PointSize = max(r * lens.y * pixels / -e.z, 1.0);
  // A cut lays open what lies next to it.
  vec3 cut = mix(vec3(9e9), (place - from) * edges, greaterThan(from, vec3(0.0)));
  cut = min(cut, mix(vec3(9e9), (to - place) * edges, lessThan(to, vec3(1.0))));
  float open = max(mod(look, 32.0) / 31.0, floorOpen);
  open = max(open, 0.5 - min(min(cut.x, cut.y), cut.z) / 7.0);
  vec3 color = byValue < 0.5 ? k.rgb : texelFetch(colors, ivec2(int(value), 0), 0).rgb;
  float fade = 0.45 * smoothstep(-0.8, 1.0, (-e.z - fog.x) / fog.y);
  tint = vec4(mix(color * mix(0.42, 1.0, smoothstep(0.0, 0.5, open)), paper, fade), 1.0 - fade);
  ball = vec2(e.z, r);
}`;
const SHADE = `#version 300 es
precision highp float;
flat in vec4 tint; flat in vec2 ball; uniform vec2 depths; out vec4 shown;
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float q = dot(p, p);
  if (q > 1.0) discard;
  float h = sqrt(1.0 - q);
  float light = 0.66 - 0.2 * p.x - 0.3 * p.y + 0.2 * h;
  float gloss = max(0.93 * h - 0.3 * p.x - 0.45 * p.y - 0.85, 0.0);
  light *= 0.55 + 0.45 * min(h * 2.6, 1.0);
  shown = vec4(tint.rgb * mix(1.0, light * 1.16, tint.a) + gloss * 1.1 * tint.a, 1.0);
  FRONT
}`;
const FRONT = "float z = ball.x + h * ball.y; gl_FragDepth = 0.5 - 0.5 * (depths.x + depths.y / z);";
const EDGES = `#version 300 es
precision highp float;
in vec3 start, end; in vec2 corner;
uniform mat4 eye; uniform vec4 lens; uniform vec2 depths, size; uniform float wide;
vec4 clip(vec3 p) {
  vec4 e = eye * vec4(p, 1.0);
  return vec4(lens.x * e.x - lens.z * e.z, lens.y * e.y - lens.w * e.z,
              depths.x * e.z + depths.y, -e.z);
}
void main() {
  vec4 a = clip(start), b = clip(end);
  vec2 along = normalize((b.xy / b.w - a.xy / a.w) * size + vec2(1e-6, 0.0));
  vec4 p = corner.x < 0.5 ? a : b;
  gl_Position = p + vec4(vec2(-along.y, along.x) * corner.y * wide / size * p.w, 0.0, 0.0);
}`;
const INK = `#version 300 es
precision mediump float; uniform vec3 ink; out vec4 shown; void main() { shown = vec4(ink, 1.0); }`;

// ---------------------------------------------------------------- the context ----
let gl = null, sheet = null, programs = null, age = 0;
const views = [];

function program(vertex, fragment) {
  const p = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const s = gl.createShader(kind);
    gl.shaderSource(s, text);
    gl.compileShader(s);
    gl.attachShader(p, s);
  }
  ["place", "kind", "look", "value"].forEach((name, k) => gl.bindAttribLocation(p, k, name));
  ["start", "end", "corner"].forEach((name, k) => gl.bindAttribLocation(p, k, name));
  gl.linkProgram(p);
  if (!gl.getProgramParameter(p, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(gl.getProgramInfoLog(p));
  const at = {};
  for (let k = gl.getProgramParameter(p, gl.ACTIVE_UNIFORMS) - 1; k >= 0; k--) {
    const name = gl.getActiveUniform(p, k).name.replace("[0]", "");
    at[name] = gl.getUniformLocation(p, name);
  }
  return { p, at };
}

function openContext() {
  if (gl) return true;
  sheet = document.createElement("canvas");
  gl = sheet.getContext("webgl2", { antialias: false, alpha: true, powerPreference: "low-power" });
  if (!gl) return false;
  const setUp = () => {
    age++;
    programs = { fast: program(SPHERES, SHADE.replace("FRONT", "")),
                 fine: program(SPHERES, SHADE.replace("FRONT", FRONT)),
                 edges: program(EDGES, INK) };
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
  };
  sheet.addEventListener("webglcontextlost", event => event.preventDefault());
  sheet.addEventListener("webglcontextrestored", () => { setUp(); views.forEach(v => v.wake()); });
  setUp();
  return true;
}

// ---------------------------------------------------------------- small things ----
const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]; // rows
const times = (a, b) => a.map((_, k) => {
  const row = k - k % 3, column = k % 3;
  return a[row] * b[column] + a[row + 1] * b[3 + column] + a[row + 2] * b[6 + column];
});
const about = (axis, angle) => {
  const m = IDENTITY.slice(), i = (axis + 1) % 3, j = (axis + 2) % 3;
  m[4 * i] = m[4 * j] = Math.cos(angle);
  m[3 * j + i] = Math.sin(angle);
  m[3 * i + j] = -m[3 * j + i];
  return m;
};
const element = (name, properties, ...inside) => {
  const e = Object.assign(document.createElement(name), properties);
  e.append(...inside);
  return e;
};
const rgb = text => [1, 3, 5].map(k => parseInt(text.slice(k, k + 2), 16) / 255);
const number = x => String(+x.toPrecision(4)).replace("-", "\u2212");
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

// ---------------------------------------------------------------- a view ----
const OPENING = 0.21; // tangent of half the angle of view
// While it moves: the share of a pixel's edge and of the atoms that are drawn, by level.
const LEVELS = [[1, 1], [0.75, 1], [0.5, 1], [0.5, 0.5], [0.5, 0.25], [0.4, 0.12]];
const SLOW = 65, QUICK = 22; // ms for a frame: then a lower level, or a higher one

class View {
  constructor(root) {
    this.root = root;
    this.head = JSON.parse(root.querySelector(".view-head").textContent);
    this.stage = root.querySelector(".view-stage");
    this.note = root.querySelector(".view-note");
    this.whole = root.classList.contains("view-whole"); // has the page to itself
    if (!openContext()) {
      this.note.textContent = "The view needs WebGL, which this browser does not offer.";
      return;
    }
    const h = this.head, n = h.count, bytes = decode(root.querySelector(".view-data").textContent);
    let at = 0;
    const take = size => bytes.subarray(at, at += size);
    this.places = h.frames.map(() => { const b = take(6 * n); return new Uint16Array(b.buffer, b.byteOffset, 3 * n); });
    this.kinds = take(n);
    this.looks = take(n);
    this.values = h.quantities.map(() => take(n));
    this.ids = at < bytes.length ? readIds(bytes.subarray(at), n) : null;
    Object.assign(this, { frame: 0, color: h.color, hidden: h.species.map(() => false), box: true,
      from: [0, 0, 0], to: [1, 1, 1], level: 0, moving: false, age: 0, dirty: {}, pointers: new Map() });
    this.canvas = element("canvas", { className: "view-canvas", tabIndex: 0 });
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", h.title + ". Arrow keys turn, plus and minus zoom, r resets.");
    this.tip = element("div", { className: "view-tip", hidden: true });
    this.ring = element("div", { className: "view-ring", hidden: true });
    this.stage.append(this.canvas, this.ring, this.tip);
    this.pen = this.canvas.getContext("2d");
    this.reset();
    this.makeTools();
    this.listen();
    new ResizeObserver(() => this.wake()).observe(this.stage);
  }

  reset() {
    const h = this.head.rotation;
    Object.assign(this, { turned: h.slice(), zoom: 1, pan: [0, 0] });
    this.wake();
  }

  turn(x, y) { this.turned = times(times(about(0, y), about(1, x)), this.turned); this.move(); }

  // What changes with every frame of a turn: draw as much as can be drawn in time.
  move() { this.moving = true; this.wake(); }

  wake() {
    if (this.waiting || !this.pen) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (!gl.isContextLost()) this.draw();
    });
  }

  // ---- which atoms, in which order ----
  // By block and by the side from which alone they can be seen. What is buried is left out unless
  // something was cut or hidden; then only what lies deep behind a cut is.
  sort() {
    const n = this.head.count, place = this.places[this.frame], looks = this.looks;
    const whole = !this.hidden.includes(true), edges = this.edges();
    const cut = this.from.some(s => s > 0) || this.to.some(s => s < 1);
    const low = this.from.map(s => s * 65535), high = this.to.map(s => s * 65535);
    const deep = edges.map(e => 65535 * 7 / e); // of what a cut lays open, 7 angstrom
    const cutLow = this.from.map((s, k) => s > 0 ? low[k] + deep[k] : -1);
    const cutHigh = this.to.map((s, k) => s < 1 ? high[k] - deep[k] : 65536);
    const B = this.blocks = clamp(Math.round(Math.cbrt(n / 100)), 1, 8), shift = 65536 / B;
    const group = new Uint16Array(n), sizes = new Uint32Array(7 * B ** 3 + 1), NONE = 65535;
    for (let i = 0; i < n; i++) {
      const x = place[3 * i], y = place[3 * i + 1], z = place[3 * i + 2], look = looks[i];
      group[i] = NONE;
      if (this.hidden[this.kinds[i]] || x < low[0] || x > high[0] || y < low[1] || y > high[1] ||
          z < low[2] || z > high[2]) continue;
      let side = whole ? look >> 5 : 0;
      if (whole && cut && (x < cutLow[0] || x > cutHigh[0] || y < cutLow[1] || y > cutHigh[1] ||
                           z < cutLow[2] || z > cutHigh[2])) side = 0;
      else if (whole && (look & 31) === 0) continue;
      const block = ((z / shift | 0) * B + (y / shift | 0)) * B + (x / shift | 0);
      group[i] = block * 7 + side;
      sizes[group[i] + 1]++;
    }
    for (let g = 1; g < sizes.length; g++) sizes[g] += sizes[g - 1];
    const order = new Uint32Array(sizes[sizes.length - 1]), next = sizes.slice();
    // In an order without pattern, so that any first part of a group is a fair sample of it.
    let step = Math.max(1, Math.round(n * 0.618));
    const common = (a, b) => b ? common(b, a % b) : a;
    while (common(n, step) > 1) step++;
    for (let k = 0, i = 0; k < n; k++, i = (i + step) % n)
      if (group[i] !== NONE) order[next[group[i]]++] = i;
    this.order = order;
    this.groups = [];
    for (let g = 0; g + 1 < sizes.length; g++) {
      if (sizes[g + 1] === sizes[g]) continue;
      const block = Math.floor(g / 7);
      this.groups.push({ side: g % 7, first: sizes[g], count: sizes[g + 1] - sizes[g],
        center: [block % B, Math.floor(block / B) % B, Math.floor(block / B / B)].map(b => (b + 0.5) / B) });
    }
  }

  // ---- geometry ----
  cell() { return this.head.frames[this.frame]; }
  edges() {
    const c = this.cell();
    return [0, 1, 2].map(k => Math.hypot(...c.vectors[k]) * (c.high[k] - c.low[k]));
  }

  // The map from places (0 to 1 along each axis) to the eye, as columns, and the lens.
  look() {
    const c = this.cell(), first = this.head.frames[0], R = this.turned;
    const span = [0, 1, 2].map(k => c.vectors[k].map(x => x * (c.high[k] - c.low[k])));
    const corner = [0, 1, 2].map(j => [0, 1, 2].reduce((s, k) => s + c.vectors[k][j] * (c.low[k] - 0.5), 0));
    let size = 0; // half of the longest diagonal of the first frame
    for (const [s, t] of [[1, 1], [1, -1], [-1, 1], [-1, -1]])
      size = Math.max(size, Math.hypot(...[0, 1, 2].map(j => [1, s, t].reduce((sum, sign, k) =>
        sum + sign * first.vectors[k][j] * (first.high[k] - first.low[k]), 0))) / 2);
    const away = size / OPENING * 1.08, rotate = v =>
      [0, 3, 6].map(r => R[r] * v[0] + R[r + 1] * v[1] + R[r + 2] * v[2]);
    const m = new Float32Array(16);
    span.forEach((v, k) => m.set(rotate(v), 4 * k));
    m.set(rotate(corner), 12);
    m[14] -= away;
    m[15] = 1;
    const wide = this.width / this.height, f = this.zoom / OPENING * Math.min(1, wide);
    const near = away - 1.3 * size, far = away + 1.3 * size;
    return { eye: m, lens: [f / wide, f, this.pan[0], this.pan[1]], away, size,
             depths: [-(far + near) / (far - near), -2 * far * near / (far - near)] };
  }

  // ---- drawing ----
  upload() {
    if (this.age !== age) {
      this.age = age;
      this.buffers = ["place", "kind", "look", "value", "order", "edges"].reduce((all, name) =>
        Object.assign(all, { [name]: gl.createBuffer() }), {});
      this.palette = gl.createTexture();
      const lines = [];
      for (let a = 0; a < 8; a++)
        for (let k = 0; k < 3; k++) {
          if (a >> k & 1) continue;
          const p = [a & 1, a >> 1 & 1, a >> 2 & 1], q = p.slice();
          q[k] = 1;
          for (const [t, s] of [[0, -1], [0, 1], [1, -1], [1, -1], [0, 1], [1, 1]]) lines.push([p, q, t, s]);
        }
      this.lines = lines;
      this.dirty = { place: true, kind: true, color: true, order: true };
    }
    const B = this.buffers, fill = (name, data, target = gl.ARRAY_BUFFER) => {
      gl.bindBuffer(target, B[name]);
      gl.bufferData(target, data, gl.STATIC_DRAW);
    };
    const d = this.dirty, c = this.cell();
    if (d.place) {
      fill("place", this.places[this.frame]);
      const inside = p => p.map((s, k) => (s - c.low[k]) / (c.high[k] - c.low[k]));
      fill("edges", new Float32Array(this.lines.flatMap(([p, q, t, s]) => [...inside(p), ...inside(q), t, s])));
    }
    if (d.kind) { fill("kind", this.kinds); fill("look", this.looks); }
    if (d.color && this.color >= 0) {
      const colors = this.head.quantities[this.color].colors.map(rgb), texels = new Uint8Array(4 * 256);
      for (let k = 0; k < 256; k++) {
        const t = k / 254 * (colors.length - 1), i = Math.min(Math.floor(t), colors.length - 2);
        for (let j = 0; j < 3; j++)
          texels[4 * k + j] = k === 255 ? 150 : 255 * (colors[i][j] + (t - i) * (colors[i + 1][j] - colors[i][j]));
      }
      gl.bindTexture(gl.TEXTURE_2D, this.palette);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      fill("value", this.values[this.color]);
    }
    if (d.place || d.order) { this.sort(); fill("order", this.order, gl.ELEMENT_ARRAY_BUFFER); }
    this.dirty = {};
  }

  draw() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2), began = performance.now();
    this.width = Math.max(this.stage.clientWidth, 1);
    this.height = Math.max(this.stage.clientHeight, 1);
    const W = Math.round(this.width * ratio), H = Math.round(this.height * ratio);
    if (this.canvas.width !== W || this.canvas.height !== H) Object.assign(this.canvas, { width: W, height: H });
    const fine = !this.moving, [scale, share] = fine ? [this.rough ? 1 : Math.min(2, 2560 / W), 1] : LEVELS[this.level];
    const w = Math.max(1, Math.round(W * scale)), hh = Math.max(1, Math.round(H * scale));
    if (sheet.width !== w || sheet.height !== hh) Object.assign(sheet, { width: w, height: hh });
    this.upload();
    const eye = this.eye = this.look(), style = getComputedStyle(this.root), B = this.buffers;
    const paper = rgb(style.getPropertyValue("--view-paper").trim()), ink = rgb(style.getPropertyValue("--view-line").trim());
    gl.viewport(0, 0, w, hh);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    const pen = programs[fine && !this.rough ? "fine" : "fast"], at = pen.at;
    gl.useProgram(pen.p);
    gl.uniformMatrix4fv(at.eye, false, eye.eye);
    gl.uniform4fv(at.lens, eye.lens);
    gl.uniform2fv(at.depths, eye.depths);
    gl.uniform3fv(at.from, this.from);
    gl.uniform3fv(at.to, this.to);
    gl.uniform3fv(at.edges, this.edges());
    gl.uniform3fv(at.paper, paper);
    gl.uniform1f(at.pixels, hh);
    gl.uniform2f(at.fog, eye.away, eye.size);
    gl.uniform1f(at.grow, Math.min(share ** -0.5, 2));
    gl.uniform1f(at.floorOpen, this.hidden.includes(true) ? 0.3 : 0);
    gl.uniform1f(at.byValue, this.color < 0 ? 0 : 1);
    gl.uniform4fv(at.kinds, this.head.species.flatMap((s, k) => [...rgb(s.color), this.hidden[k] ? 0 : s.radius]));
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    const attribute = (k, name, size, type, normal, stride = 0, offset = 0) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, B[name]);
      gl.enableVertexAttribArray(k);
      gl.vertexAttribPointer(k, size, type, normal, stride, offset);
    };
    attribute(0, "place", 3, gl.UNSIGNED_SHORT, true);
    attribute(1, "kind", 1, gl.UNSIGNED_BYTE, false);
    attribute(2, "look", 1, gl.UNSIGNED_BYTE, false);
    if (this.color < 0) gl.disableVertexAttribArray(3);
    else attribute(3, "value", 1, gl.UNSIGNED_BYTE, false);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, B.order);
    for (const g of this.visible(eye))
      gl.drawElements(gl.POINTS, Math.ceil(g.count * share), gl.UNSIGNED_INT, 4 * g.first);
    if (this.box) {
      const lines = programs.edges;
      gl.useProgram(lines.p);
      gl.uniformMatrix4fv(lines.at.eye, false, eye.eye);
      gl.uniform4fv(lines.at.lens, eye.lens);
      gl.uniform2fv(lines.at.depths, eye.depths);
      gl.uniform2f(lines.at.size, w, hh);
      gl.uniform1f(lines.at.wide, 1.3 * ratio * scale);
      gl.uniform3fv(lines.at.ink, ink);
      for (const [k, size, offset] of [[0, 3, 0], [1, 3, 12], [2, 2, 24]]) attribute(k, "edges", size, gl.FLOAT, false, 32, offset);
      gl.disableVertexAttribArray(3);
      gl.drawArrays(gl.TRIANGLES, 0, this.lines.length);
    }
    this.pen.clearRect(0, 0, W, H);
    this.pen.imageSmoothingQuality = "high";
    this.pen.drawImage(sheet, 0, 0, w, hh, 0, 0, W, H);
    this.axes(ratio, style.color);
    this.drawn = (this.drawn || 0) + 1;
    this.root.classList.add("view-live");
    this.pace(performance.now() - began, began);
  }

  // The groups that can be seen, the nearest first: what they hide is then hardly drawn.
  visible(eye) {
    const m = eye.eye, R = this.turned;
    const shown = this.groups.filter(g => {
      if (g.side === 0) return true;
      const axis = (g.side - 1) >> 1, sign = g.side % 2 ? 1 : -1;
      return sign * R[6 + axis] > -0.35 - OPENING;
    });
    for (const g of shown)
      g.depth = m[2] * g.center[0] + m[6] * g.center[1] + m[10] * g.center[2];
    return shown.sort((a, b) => b.depth - a.depth);
  }

  // Choose how much is drawn while it moves, and draw all of it once it stands still.
  pace(cost, now) {
    clearTimeout(this.rest);
    if (this.moving) {
      const passed = Math.max(cost, now - (this.before || -1e9) < 400 ? now - this.before : 0);
      this.mean = this.mean ? 0.6 * this.mean + 0.4 * passed : passed;
      if (this.mean > SLOW && this.level < LEVELS.length - 1) { this.level++; this.mean = 0; }
      else if (this.mean && this.mean < QUICK && this.level > 0) { this.level--; this.mean = 0; }
      this.before = now;
      this.rest = setTimeout(() => { this.moving = false; this.rough = this.level > 3; this.wake(); }, 150);
    } else if (this.rough) {
      // All atoms first, and smooth edges only where that took little.
      this.rough = false;
      if (cost < 250) this.rest = setTimeout(() => this.wake(), 60);
    }
  }

  axes(ratio, color) {
    const pen = this.pen, c = this.cell(), R = this.turned, long = 26 * ratio;
    const x = 40 * ratio, y = this.canvas.height - 40 * ratio;
    pen.font = `${12 * ratio}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 1.6 * ratio;
    pen.strokeStyle = pen.fillStyle = color;
    this.head.axes.forEach((name, k) => {
      const v = c.vectors[k], length = Math.hypot(...v);
      const dx = (R[0] * v[0] + R[1] * v[1] + R[2] * v[2]) / length * long;
      const dy = -(R[3] * v[0] + R[4] * v[1] + R[5] * v[2]) / length * long;
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(x + dx, y + dy);
      pen.stroke();
      pen.fillText(name, x + dx * 1.36, y + dy * 1.36);
    });
  }


  // ---- the atom under the pointer ----
  pick(x, y) {
    const { eye: m, lens } = this.eye, place = this.places[this.frame], h = this.head;
    const px = 2 * x / this.width - 1, py = 1 - 2 * y / this.height;
    let best = null;
    for (const g of this.visible(this.eye))
      for (let k = g.first; k < g.first + g.count; k++) {
        const i = this.order[k];
        const a = place[3 * i] / 65535, b = place[3 * i + 1] / 65535, c = place[3 * i + 2] / 65535;
        const z = m[2] * a + m[6] * b + m[10] * c + m[14], r = h.species[this.kinds[i]].radius;
        if (best && z + r < best.front) continue;
        const dx = px - lens[2] + lens[0] * (m[0] * a + m[4] * b + m[8] * c + m[12]) / z;
        const dy = py - lens[3] + lens[1] * (m[1] * a + m[5] * b + m[9] * c + m[13]) / z;
        const ball = r * lens[1] / -z, q = (dx * dx * (lens[1] / lens[0]) ** 2 + dy * dy) / (ball * ball);
        if (q > 1) continue;
        const front = z + r * Math.sqrt(1 - q);
        if (!best || front > best.front)
          best = { atom: i, front, x: (1 + px - dx) * this.width / 2, y: (1 - py + dy) * this.height / 2,
                   size: ball * this.height / 2 };
      }
    return best;
  }

  // What is known of atom i, as lines of text.
  tell(i) {
    const c = this.cell(), h = this.head, place = this.places[this.frame];
    const s = [0, 1, 2].map(k => c.low[k] + place[3 * i + k] / 65535 * (c.high[k] - c.low[k]));
    const r = [0, 1, 2].map(j => c.origin[j] + s[0] * c.vectors[0][j] + s[1] * c.vectors[1][j] + s[2] * c.vectors[2][j]);
    return [`${h.species[this.kinds[i]].name}, atom ${this.ids ? this.ids[i] : i + 1}`,
            `x y z: ${r.map(x => x.toFixed(2)).join("  ")} \u00c5`].concat(h.quantities.map((q, k) => {
      const step = this.values[k][i], value = q.low + step / 254 * (q.high - q.low);
      return `${q.title}: ` + (step === 255 ? "none" : step === 0 ? "\u2264 " + number(q.low) :
        step === 254 ? "\u2265 " + number(q.high) : String(+value.toPrecision(3)).replace("-", "\u2212"));
    }));
  }

  point(x, y) {
    const found = this.eye && !this.moving ? this.pick(x, y) : null;
    this.tip.hidden = this.ring.hidden = !found;
    this.pointed = found ? found.atom : null;
    if (!found) return;
    this.tip.replaceChildren(...this.tell(found.atom).map(line => element("div", { textContent: line })));
    this.tip.style.left = clamp(found.x + 14, 0, this.width - this.tip.offsetWidth) + "px";
    this.tip.style.top = clamp(found.y + 14, 0, this.height - this.tip.offsetHeight) + "px";
    Object.assign(this.ring.style, { left: found.x - found.size + "px", top: found.y - found.size + "px",
      width: 2 * found.size + "px", height: 2 * found.size + "px" });
  }

  // ---- hands ----
  listen() {
    const c = this.canvas, P = this.pointers;
    const at = event => { const b = c.getBoundingClientRect(); return [event.clientX - b.left, event.clientY - b.top]; };
    c.addEventListener("pointerdown", event => {
      if (event.button === 2) return;
      P.set(event.pointerId, at(event));
      if (event.isTrusted) c.setPointerCapture(event.pointerId);
      c.focus({ preventScroll: true });
      this.point(-1, -1);
    });
    c.addEventListener("pointermove", event => {
      const now = at(event), was = P.get(event.pointerId);
      if (!was) { this.hover = now; if (!this.asked) this.asked = requestAnimationFrame(() => { this.asked = 0; this.point(...this.hover); }); return; }
      const dx = now[0] - was[0], dy = now[1] - was[1];
      const others = [...P].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
      P.set(event.pointerId, now);
      if (others.length) {
        const apart = p => Math.hypot(p[0] - others[0][0], p[1] - others[0][1]);
        this.magnify(apart(now) / Math.max(apart(was), 1));
        this.shift(dx / 2, dy / 2);
      } else if (event.shiftKey || event.buttons === 4) this.shift(dx, dy);
      else this.turn(dx * 0.008, dy * 0.008);
    });
    for (const name of ["pointerup", "pointercancel"])
      c.addEventListener(name, event => {
        if (P.delete(event.pointerId) && event.pointerType === "touch") this.tapped(at(event));
      });
    c.addEventListener("pointerleave", () => { this.hover = [-1, -1]; this.point(-1, -1); });
    c.addEventListener("wheel", event => {
      // In a report the wheel scrolls the page until the picture was clicked.
      if (!this.whole && document.activeElement !== c && !event.ctrlKey) return;
      event.preventDefault();
      this.magnify(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)));
    }, { passive: false });
    const keys = { ArrowLeft: () => this.turn(-0.12, 0), ArrowRight: () => this.turn(0.12, 0),
      ArrowUp: () => this.turn(0, -0.12), ArrowDown: () => this.turn(0, 0.12), "+": () => this.magnify(1.15),
      "=": () => this.magnify(1.15), "-": () => this.magnify(1 / 1.15), r: () => this.reset(),
      " ": () => this.head.frames.length > 1 && this.play(!this.playing) };
    c.addEventListener("keydown", event => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.point(-1, -1);
      keys[event.key]();
    });
  }

  tapped(place) { if (!this.moving) this.point(...place); }
  magnify(factor) { this.zoom = clamp(this.zoom * factor, 0.3, 40); this.point(-1, -1); this.move(); }
  shift(x, y) { this.pan[0] += 2 * x / this.width; this.pan[1] -= 2 * y / this.height; this.move(); }

  // ---- tools ----
  makeTools() {
    const h = this.head, tools = this.root.querySelector(".view-tools"), change = what => {
      this.dirty[what] = true;
      this.point(-1, -1);
      this.wake();
    };
    const box = (text, checked, act) => {
      const input = element("input", { type: "checkbox", checked, onchange: () => act(input.checked) });
      return element("label", {}, input, text);
    };
    this.legend = element("div", { className: "view-legend" });
    const show = k => {
      const q = h.quantities[this.color = k];
      this.legend.replaceChildren();
      if (q) {
        const bar = element("div", { className: "view-bar" });
        bar.style.background = `linear-gradient(to right, ${q.colors.join()})`;
        this.legend.append(element("span", { textContent: q.title }), bar, element("div", { className: "view-ends" },
          element("span", { textContent: number(q.low) }), element("span", { textContent: number(q.high) })));
      }
      change("color");
    };
    this.stage.append(this.legend);
    if (h.quantities.length) {
      const select = element("select", { onchange: () => show(+select.value) }, ...h.quantities.map((q, k) =>
        element("option", { value: k, textContent: q.title })), element("option", { value: -1, textContent: "species" }));
      select.value = h.color;
      tools.append(element("label", {}, "Color ", select));
    }
    h.species.forEach((s, k) => {
      const dot = element("span", { className: "view-dot" });
      dot.style.background = s.color;
      const label = box("", true, on => { this.hidden[k] = !on; change("order"); });
      label.append(dot, s.name);
      tools.append(label);
    });
    tools.append(box("box", true, on => { this.box = on; change("box"); }),
                 element("button", { type: "button", textContent: "Reset", onclick: () => this.reset() }));
    const rows = h.axes.map((axis, k) => {
      const value = element("output"), ends = ["from", "to"].map(end => {
        const input = element("input", { type: "range", min: 0, max: 1, step: 0.005, value: this[end][k], oninput: () => {
          this[end][k] = +input.value;
          tellRange();
          change("order");
        } });
        input.setAttribute("aria-label", `${axis} ${end}`);
        return input;
      });
      const tellRange = () => {
        const c = this.cell(), long = Math.hypot(...c.vectors[k]), zero = h.upright ? c.origin[k] : 0;
        value.textContent = ["from", "to"].map(end => (zero +
          (c.low[k] + this[end][k] * (c.high[k] - c.low[k])) * long).toFixed(1)).join(" to ") + " \u00c5";
      };
      tellRange();
      return element("div", { className: "view-cut" }, element("b", { textContent: axis }), ...ends, value);
    });
    tools.append(element("details", {}, element("summary", { textContent: "Slice" }), ...rows));
    if (h.frames.length > 1) {
      const name = element("output"), slider = element("input", { type: "range", min: 0, max: h.frames.length - 1,
        value: 0, oninput: () => this.show(+slider.value) });
      const button = element("button", { type: "button", textContent: "Play", onclick: () => this.play(!this.playing) });
      slider.setAttribute("aria-label", "frame");
      Object.assign(this, { slider, button, frameName: name });
      tools.append(element("div", { className: "view-film" }, button, slider, name));
      this.show(0);
    }
    tools.append(element("p", { className: "view-hint",
      textContent: "Drag to turn, with Shift to move; scroll or pinch to zoom; point at an atom for its values." }));
    show(h.color);
  }

  show(frame) {
    this.frame = frame;
    this.slider.value = frame;
    this.frameName.textContent = this.cell().name;
    this.dirty.place = true;
    this.point(-1, -1);
    this.wake();
  }

  play(on) {
    this.playing = on;
    this.button.textContent = on ? "Pause" : "Play";
    clearInterval(this.film);
    if (on) this.film = setInterval(() => this.show((this.frame + 1) % this.head.frames.length), 100);
  }
}

const open = root => {
  try {
    const view = new View(root);
    if (view.pen) views.push(view);
  } catch (problem) {
    root.querySelector(".view-note").textContent = "The view could not be drawn: " + problem.message;
  }
};
const watcher = new IntersectionObserver(entries => entries.forEach(entry => {
  if (!entry.isIntersecting) return;
  watcher.unobserve(entry.target);
  open(entry.target);
}), { rootMargin: "300px" });
document.querySelectorAll(".view").forEach(root => watcher.observe(root));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => views.forEach(v => v.wake()));
window.vitrumViews = views;
})();
