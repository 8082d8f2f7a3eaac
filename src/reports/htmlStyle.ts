import { markup } from './markup.js';
import type { Markup } from './markup.js';

/** Colours of arms, which can be told apart by people who see few colours (Okabe and Ito 2008), for both grounds. */
const SERIES_COLOURS = [
  ['#0072b2', '#56b4e9'],
  ['#b35900', '#e69f00'],
  ['#00785a', '#2fbf93'],
  ['#a3487c', '#e28fbd'],
  ['#5c5c5c', '#b8b8b8'],
  ['#8a6d00', '#f0e442'],
] as const;

/** Classes of lines and dots: `series-0` and so on. */
export const SERIES_CLASSES = SERIES_COLOURS.length;

const SERIES_STYLE = markup`:root { ${seriesVariables(0)} }
@media (prefers-color-scheme: dark) { :root { ${seriesVariables(1)} } }
${SERIES_COLOURS.map(
  (
    _,
    index,
  ) => markup`.series-${index} { stroke: var(--series-${index}); } circle.series-${index} { fill: var(--series-${index}); }
`,
)}`;

function seriesVariables(ground: 0 | 1): readonly Markup[] {
  return SERIES_COLOURS.map((colours, index) => markup`--series-${index}: ${colours[ground]}; `);
}

/** The look of a report: the reader's own fonts, light or dark as the reader's system is, and fit to be printed. */
export const HTML_STYLE = markup`<style>
:root {
  color-scheme: light dark;
  --text: #1f2328; --faint: #57606a; --ground: #ffffff; --card: #f6f8fa; --edge: #d0d7de;
  --error: #b42318; --warning: #8a5300; --info: #0a58ca; --line: #0a58ca; --area: #0a58ca33; --band: #d9770630;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --faint: #9da7b3; --ground: #0d1117; --card: #161b22; --edge: #3d444d;
    --error: #ff7b72; --warning: #e3b341; --info: #79c0ff; --line: #79c0ff; --area: #79c0ff40; --band: #e3b34130;
  }
}
body {
  margin: 0 auto; max-width: 52rem; padding: 1.5rem;
  font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); overflow-wrap: anywhere;
}
h1 { font-size: 1.25rem; } h2 { font-size: 1.5rem; margin-bottom: 0; } h3 { font-size: 1.1rem; margin: 0; }
h4 { font-size: 1rem; margin: 1rem 0 0.25rem; }
ul, ol { margin: 0; padding-left: 1.4rem; }
article { background: var(--card); border: 1px solid var(--edge); border-left: 0.3rem solid var(--info);
  border-radius: 6px; padding: 1rem; margin: 1rem 0; }
article.error { border-left-color: var(--error); } article.warning { border-left-color: var(--warning); }
.facts, figcaption, footer, caption, .tick { color: var(--faint); font-size: 0.875rem; }
.facts { margin: 0.25rem 0; }
.severity { font-weight: 600; } .error > h3 > .severity, .severity.error { color: var(--error); }
.severity.warning { color: var(--warning); } .severity.info { color: var(--info); }
.chain { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; list-style: none; padding: 0; }
.chain li + li::before { content: "→ "; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; } caption { text-align: left; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.6rem 0.2rem 0; border-bottom: 1px solid var(--edge); font-weight: normal; }
thead th { color: var(--faint); font-size: 0.875rem; }
dl { display: grid; grid-template-columns: minmax(8rem, 1fr) 2fr; gap: 0.1rem 1rem; }
dt { color: var(--faint); } dd { margin: 0; }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; display: block; }
.tick { fill: var(--faint); font-size: 12px; } .grid { stroke: var(--edge); } .band { fill: var(--band); }
.area { fill: var(--area); stroke: none; } .line { fill: none; stroke: var(--line); stroke-width: 1.5; }
.cross { stroke: var(--error); stroke-width: 1.5; }
${SERIES_STYLE}
.sweep { fill: none; stroke-width: 2; } .legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; }
.legend svg { display: inline-block; width: 36px; height: 12px; margin-right: 0.5rem; }
summary { cursor: pointer; margin-top: 0.75rem; } summary:focus-visible { outline: 2px solid var(--info); }
footer { margin-top: 2rem; border-top: 1px solid var(--edge); padding-top: 0.5rem; }
@media print { details > * { display: block; } article { break-inside: avoid; } }
</style>`;
