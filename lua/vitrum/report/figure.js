// What a report does beyond showing: values of figures under the pointer, figures to take away as
// SVG, PNG and CSV, rows of tables that a spreadsheet reads. Everything shown is text, never HTML.
"use strict";
(() => {
const SVG = "http://www.w3.org/2000/svg", NEAR = 40; // px of the drawing

function element(name, properties, parent) {
  const made = Object.assign(document.createElement(name), properties);
  if (parent) parent.append(made);
  return made;
}

function save(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const size = svg => {
  const box = svg.viewBox.baseVal;
  return box && box.width > 0 ? [box.width, box.height] : [svg.clientWidth, svg.clientHeight];
};

// The drawing as a document of its own: dark ink on white, whatever the page has.
function documentOf(svg) {
  const copy = svg.cloneNode(true), ground = document.createElementNS(SVG, "rect");
  const [width, height] = size(svg);
  for (const mark of copy.querySelectorAll(".figure-mark")) mark.remove();
  const looks = { width, height, color: "#333333", xmlns: SVG };
  for (const name in looks) copy.setAttribute(name, looks[name]);
  for (const name of ["tabindex", "class"]) copy.removeAttribute(name);
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", "#ffffff"]])
    ground.setAttribute(name, value);
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}

function saveAsPng(svg, name) {
  const image = new Image(), canvas = element("canvas"), [width, height] = size(svg);
  image.onload = () => {
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(blob => save(name, blob), "image/png");
  };
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(documentOf(svg));
}

// ---------------------------------------------------------------- values ----

// Columns of numbers; an empty cell is NaN. Lines of comments and the head have none.
function columnsOf(csv) {
  const lines = csv.split("\n").filter(line => line !== "" && line[0] !== "#").slice(1);
  const rows = lines.map(line => line.split(",").map(cell => cell === "" ? NaN : Number(cell)));
  return rows.length ? rows[0].map((_, k) => rows.map(row => row[k])) : [];
}

const shown = value => String(Number(value.toPrecision(6))).replace(/^-/, "\u2212");

// From values of an axis to px between two edges, and back.
function scale(axis, from, to) {
  const way = axis.log ? Math.log10 : x => x, low = way(axis.first), high = way(axis.last);
  return x => from + (way(x) - low) / (high - low) * (to - from);
}

// Points of a figure of curves: where they lie and what to say of them.
function pointsOf(head, columns) {
  const [left, right, top, bottom] = head.area, points = [];
  const across = scale(head.x, left, right);
  for (const series of head.series) {
    const axis = series.axis === 2 ? head.y2 : head.y, up = scale(axis, bottom, top);
    const x = columns[series.x], y = columns[series.y];
    const error = series.error === undefined ? null : columns[series.error];
    for (let k = 0; k < x.length; k++) {
      const at = [across(x[k]), up(y[k])];
      if (!(at[0] >= left - 1 && at[0] <= right + 1 && at[1] >= top - 1 && at[1] <= bottom + 1))
        continue;
      const lines = series.label ? [series.label] : [];
      lines.push(`${head.x.label || "x"}: ${shown(x[k])}`);
      lines.push(`${axis.label || "y"}: ${shown(y[k])}`
        + (error && error[k] > 0 ? ` \u00b1 ${shown(error[k])}` : ""));
      points.push({ at, lines });
    }
  }
  return points;
}

// The nearest of the points; none where all are far.
function nearest(points, x, y) {
  let best = null, least = NEAR * NEAR;
  for (const point of points) {
    const away = (point.at[0] - x) ** 2 + (point.at[1] - y) ** 2;
    if (away < least) [best, least] = [point, away];
  }
  return best;
}

// The cell of a map under a place; column 0 of the table has the ordinates.
function cell(head, columns, x, y) {
  const [left, right, top, bottom] = head.area;
  const m = columns.length - 1, n = columns[0].length;
  const j = Math.floor((x - left) / (right - left) * m);
  const i = Math.floor((bottom - y) / (bottom - top) * n);
  if (i < 0 || j < 0 || i >= n || j >= m) return null;
  const value = columns[j + 1][i];
  const lines = [`${head.x.label || "x"}: ${shown(head.map[j])}`,
                 `${head.y.label || "y"}: ${shown(columns[0][i])}`,
                 `${head.z.label || "value"}: ${isNaN(value) ? "none" : shown(value)}`];
  return { at: [left + (j + 0.5) / m * (right - left), bottom - (i + 0.5) / n * (bottom - top)],
           lines };
}

function follow(figure, svg, head) {
  const columns = columnsOf(head.csv), points = head.map ? [] : pointsOf(head, columns);
  const tip = element("div", { className: "figure-tip", hidden: true }, svg.parentNode);
  const mark = document.createElementNS(SVG, "circle");
  let now = -1;
  mark.setAttribute("class", "figure-mark");
  mark.setAttribute("r", 5);
  const show = point => {
    tip.hidden = !point;
    if (!point) return mark.remove();
    mark.setAttribute("cx", point.at[0]);
    mark.setAttribute("cy", point.at[1]);
    svg.append(mark);
    tip.textContent = point.lines.join("\n");
    const stage = svg.parentNode, per = svg.clientWidth / size(svg)[0];
    const x = point.at[0] * per, y = point.at[1] * per;
    const room = stage.scrollLeft + stage.clientWidth - tip.offsetWidth - 4;
    tip.style.left = `${Math.max(stage.scrollLeft, x + 14 > room ? x - 14 - tip.offsetWidth : x + 14)}px`;
    tip.style.top = `${Math.max(0, y - 14 - tip.offsetHeight)}px`;
  };
  const look = event => {
    const box = svg.getBoundingClientRect(), per = size(svg)[0] / box.width;
    const x = (event.clientX - box.left) * per, y = (event.clientY - box.top) * per;
    const point = head.map ? cell(head, columns, x, y) : nearest(points, x, y);
    now = points.indexOf(point);
    show(point);
  };
  svg.addEventListener("pointermove", look);
  svg.addEventListener("pointerdown", look);
  svg.addEventListener("pointerleave", () => show(null));
  svg.addEventListener("blur", () => show(null));
  if (points.length) svg.setAttribute("tabindex", 0);
  svg.addEventListener("keydown", event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !points.length) return;
    event.preventDefault();
    now = Math.max(0, Math.min(points.length - 1, now + step));
    show(points[now]);
  });
}

for (const figure of document.querySelectorAll("figure.figure")) {
  const svg = figure.querySelector("svg"), data = figure.querySelector("script.figure-data");
  const head = data && JSON.parse(data.textContent), tools = figure.querySelector(".figure-tools");
  const add = (kind, act) => element("button", { type: "button", textContent: kind, onclick: act,
    title: `Download the figure as ${kind}` }, tools);
  if (!svg) continue;
  add("SVG", () => save(`${figure.id}.svg`, new Blob([documentOf(svg)], { type: "image/svg+xml" })));
  add("PNG", () => saveAsPng(svg, `${figure.id}.png`));
  if (!head) continue;
  add("CSV", () => save(`${figure.id}.csv`, new Blob([head.csv], { type: "text/csv" })));
  follow(figure, svg, head);
}

// ---------------------------------------------------------------- tables ----

// A cell as a spreadsheet reads it: signs and powers of numbers in plain characters.
function plain(cell) {
  const text = cell.textContent.trim();
  const parts = text.match(/^([\u2212-]?)([\d.]*)(?:(?: \u00d7 )?10([\u207b\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+))?$/);
  if (!parts || text === "" || !(parts[2] || parts[3])) return text;
  const power = (parts[3] || "").replace(/./g, c => "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b".indexOf(c).toString().replace("10", "-"));
  return (parts[1] ? "-" : "") + (parts[2] || "1") + (power && `e${power}`);
}

document.addEventListener("copy", event => {
  const selection = getSelection(), range = selection.rangeCount && selection.getRangeAt(0);
  if (!range) return;
  const inside = range.commonAncestorContainer, around = inside.closest ? inside : inside.parentNode;
  const table = around.closest("table, .scroll");
  if (!table || around.closest("td, th")) return;
  const rows = [...table.querySelectorAll("tr")].filter(row => range.intersectsNode(row));
  const text = rows.map(row => [...row.cells].filter(cell => range.intersectsNode(cell))
    .map(plain).join("\t")).join("\n");
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});
})();
