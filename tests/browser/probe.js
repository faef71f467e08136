// What tests and benchmarks share: it stands behind a page's own script.
const views = () => window.vitrumViews;
const pause = ms => new Promise(done => setTimeout(done, ms));
const frame = () => new Promise(done => requestAnimationFrame(done));
// The first view, once it is drawn as well as it will be.
async function settled(k = 0) {
  for (let was = -1; ;) {
    await pause(250);
    const view = views()[k];
    if (view && view.drawn === was && !view.moving && !view.rough) return view;
    was = view ? view.drawn : -1;
  }
}
// Mean colors over a grid of parts of a picture, upon white.
function grid(source, columns = 16, rows = 12) {
  const small = document.createElement("canvas"), pen = small.getContext("2d");
  small.width = columns * 8;
  small.height = rows * 8;
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, small.width, small.height);
  pen.drawImage(source, 0, 0, small.width, small.height);
  const out = [];
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const data = pen.getImageData(8 * c, 8 * r, 8, 8).data;
      for (let j = 0; j < 3; j++) {
        let sum = 0;
        for (let k = j; k < data.length; k += 4) sum += data[k];
        out.push(sum / 64);
      }
    }
  return out;
}
const apart = (a, b) => a.reduce((sum, x, k) => sum + Math.abs(x - b[k]), 0) / a.length;
const say = (name, value) => console.log("SAY " + name + " " + JSON.stringify(value));
const pointer = (view, name, x, y, more = {}) => {
  const b = view.canvas.getBoundingClientRect();
  view.canvas.dispatchEvent(new PointerEvent(name, { clientX: b.left + x, clientY: b.top + y,
    bubbles: true, pointerId: 1, button: 0, buttons: name === "pointermove" ? 0 : 1, ...more }));
};
// What is drawn on a picture, without the paper around it, the legend and what is in its corner.
function content(source) {
  const whole = document.createElement("canvas"), pen = whole.getContext("2d"), part = whole.cloneNode();
  const w = whole.width = source.naturalWidth || source.width, h = whole.height = source.naturalHeight || source.height;
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, w, h);
  pen.drawImage(source, 0, 0);
  pen.fillRect(0, h - 80, 80, 80);
  if (source.naturalWidth) pen.fillRect(0.8 * w, 0, w, h); // the legend
  const data = pen.getImageData(0, 0, w, h).data;
  let [left, right, top, bottom] = [w, 0, h, 0];
  for (let k = 0; k < w * h; k++)
    if (Math.min(data[4 * k], data[4 * k + 1], data[4 * k + 2]) < 200) {
      left = Math.min(left, k % w); right = Math.max(right, k % w);
      top = Math.min(top, Math.floor(k / w)); bottom = Math.max(bottom, Math.floor(k / w));
    }
  part.width = right - left + 1;
  part.height = bottom - top + 1;
  part.getContext("2d").drawImage(whole, -left, -top);
  return part;
}
