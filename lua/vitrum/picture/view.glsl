// The shaders of view.js, one after the other: each begins behind a line that names it.

//// spheres
// A point for each atom. place is 0 to 1 along each edge of what is shown, look its color and its
// radius; e is seen from the eye, which looks along -z. [angstrom]
precision highp float;
in vec4 place, look;
uniform mat4 eye;
uniform vec4 lens;        // magnification and shift along x and y
uniform vec2 depths, fog; // of clip space; distance of the middle and half of the diagonal
uniform vec3 paper;
uniform float pixels, largest;
flat out vec4 tint;
flat out vec2 ball;

void main() {
  vec4 e = eye * vec4(place.xyz, 1.0);
  ball = vec2(e.z, look.a * largest);
  gl_Position = vec4(lens.x * e.x - lens.z * e.z, lens.y * e.y - lens.w * e.z,
                     depths.x * e.z + depths.y, -e.z);
  gl_PointSize = max(ball.y * lens.y * pixels / -e.z, 1.0);
  float far = 0.42 * smoothstep(-0.75, 1.0, (-e.z - fog.x) / fog.y);
  tint = vec4(mix(look.rgb, paper, far), 1.0 - far);
}

//// shade
// A lit ball in each point. FRONT gives every pixel its own depth, so that balls meet in circles;
// without it they lie behind each other as discs, which is quicker.
precision highp float;
flat in vec4 tint;
flat in vec2 ball;
uniform vec2 depths;
out vec4 shown;

void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float q = dot(p, p);
  if (q > 1.0) discard;
  float h = sqrt(1.0 - q);
  float light = (0.78 - 0.22 * p.x - 0.34 * p.y + 0.22 * h) * (0.55 + 0.45 * min(h * 2.6, 1.0));
  float gloss = 1.2 * max(0.9 * h - 0.3 * p.x - 0.45 * p.y - 0.85, 0.0);
  shown = vec4(tint.rgb * mix(1.0, light, tint.a) + gloss * tint.a, 1.0);
#ifdef FRONT
  gl_FragDepth = 0.5 - 0.5 * (depths.x + depths.y / (ball.x + h * ball.y));
#endif
}

//// lines
// The edges of the box as ribbons, wide pixels to each side.
precision highp float;
in vec3 start, end;
in vec2 corner;
uniform mat4 eye;
uniform vec4 lens;
uniform vec2 depths, size;
uniform float wide;

vec4 seen(vec3 p) {
  vec4 e = eye * vec4(p, 1.0);
  return vec4(lens.x * e.x - lens.z * e.z, lens.y * e.y - lens.w * e.z,
              depths.x * e.z + depths.y, -e.z);
}

void main() {
  vec4 a = seen(start), b = seen(end);
  vec2 along = normalize((b.xy / b.w - a.xy / a.w) * size + vec2(1e-6, 0.0));
  vec4 p = corner.x < 0.5 ? a : b;
  gl_Position = p + vec4(vec2(-along.y, along.x) * corner.y * wide / size * p.w, 0.0, 0.0);
}

//// ink
precision mediump float;
uniform vec3 ink;
out vec4 shown;
void main() { shown = vec4(ink, 1.0); }
