-- The style sheet of reports: one column for reading, quiet tables, light and dark, print.
return [[
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1f252d; --soft: #5d6875;
  --rule: #d8dde3; --tint: #f4f6f8; --accent: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15191e; --ink: #dfe4ea; --soft: #98a3b0; --rule: #343b44; --tint: #1c2128;
    --accent: #5aaee6; }
  svg [stroke="#0072b2"] { stroke: #5aaee6; }
  svg [fill="#0072b2"] { fill: #5aaee6; }
  svg [color="#0072b2"] { color: #5aaee6; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 Charter, "Bitstream Charter", "Source Serif 4", Georgia, serif; }
main { max-width: 46rem; margin: 0 auto; padding: 3.5rem 1.25rem 4rem; }
h1, h2, figcaption, caption, table, nav, .meta, footer { font-family: system-ui, "Segoe UI",
  Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0 0 0.4rem; }
.subtitle { font-size: 1.2rem; line-height: 1.45; color: var(--soft); margin: 0 0 0.8rem; }
.meta { font-size: 0.85rem; color: var(--soft); margin: 0; }
header { border-bottom: 1px solid var(--rule); padding-bottom: 1.4rem; margin-bottom: 1.8rem; }
nav { font-size: 0.88rem; margin: 0 0 2rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0;
  padding: 0; }
a { color: var(--accent); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
h2 { font-size: 1.25rem; line-height: 1.3; letter-spacing: -0.005em; margin: 2.8rem 0 0.8rem; }
p { margin: 0 0 1rem; }
ul.items { margin: 0 0 1rem; padding-left: 1.3rem; }
pre { font: 0.85rem/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  background: var(--tint); border-radius: 6px; padding: 0.8rem 1rem; margin: 0 0 1.2rem;
  overflow-x: auto; }
figure { margin: 1.6rem 0 2rem; }
figure svg { display: block; width: 100%; height: auto; }
.figure-stage { position: relative; margin: 0; }
.figure-stage svg { outline-offset: 2px; touch-action: pan-x pan-y; }
.figure-mark { fill: none; stroke: var(--ink); stroke-width: 1.5; pointer-events: none; }
.figure-tip { position: absolute; pointer-events: none; white-space: pre; z-index: 1;
  font: 0.8rem/1.4 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; background: var(--paper); color: var(--ink);
  border: 1px solid var(--rule); border-radius: 4px; padding: 0.25rem 0.5rem;
  box-shadow: 0 1px 6px rgba(0, 0, 0, 0.15); }
.figure-tools { display: flex; gap: 0.4rem; align-items: baseline; margin-top: 0.4rem;
  font: 0.78rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.figure-tools:empty { display: none; }
.figure-tools button { font: inherit; color: var(--soft); background: none; cursor: pointer;
  border: 1px solid var(--rule); border-radius: 4px; padding: 0.05rem 0.5rem; }
.figure-tools button:hover { color: var(--ink); border-color: var(--soft); }
.figure-tools a { margin-right: 0.4rem; }
figcaption, caption { font-size: 0.88rem; line-height: 1.5; color: var(--soft); }
figcaption { margin-top: 0.6rem; }
caption { caption-side: top; text-align: left; padding: 0 0 0.5rem; }
figcaption b, caption b { color: var(--ink); font-weight: 600; }
.scroll { overflow-x: auto; margin: 1.4rem 0 2rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; line-height: 1.45;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 0.42rem 1rem 0.42rem 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-weight: 600; border-bottom: 1.5px solid var(--ink); }
tbody tr { border-bottom: 1px solid var(--rule); }
tbody th { font-weight: 400; min-width: 8.5rem; }
.number { text-align: right; }
.number, .value, .error, .unit { white-space: nowrap; }
td.error:not(:empty)::before { content: "± "; }
table .error, table .unit { padding-left: 0; }
table.results th.number, table.results td.number, table.results .error { padding-right: 0.45rem; }
thead th.error, thead th.unit { font-weight: 400; color: var(--soft); }
table.numbers { width: auto; }
table.numbers th { min-width: 0; }
table.numbers th, table.numbers td { padding-right: 2.2rem; }
table.numbers th:last-child, table.numbers td:last-child { padding-right: 0; }
td.soft { color: var(--soft); }
td.long { font: 0.8rem/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  overflow-wrap: anywhere; }
.provenance th { width: 30%; color: var(--soft); }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule);
  font-size: 0.8rem; color: var(--soft); }
@media (min-width: 64rem) { .wide { margin-right: -8rem; } }
@media (max-width: 40rem) {
  main { padding: 2rem 1rem 3rem; }
  h1 { font-size: 1.6rem; }
  .figure-curves svg { min-width: 33rem; }
  td.soft:last-child { min-width: 12rem; }
}
@media print {
  :root { --paper: #ffffff; --ink: #000000; --soft: #444444; --rule: #bbbbbb; --tint: #f4f6f8;
    --accent: #000000; }
  @page { margin: 20mm; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  figure, table, pre { break-inside: avoid; }
  figure svg { min-width: 0 !important; max-width: 15cm; margin: 0 auto; }
  .figure-tools, .figure-tip, .figure-mark { display: none; }
  .scroll { overflow: visible; }
  .wide { margin-right: 0; }
  h2 { break-after: avoid; }
}
]]
