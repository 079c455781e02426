/** The page's looks: system fonts, light and dark, narrow and printed. */

import { DARK_DRAWINGS } from "../figures/dark.js";
import { PRINT } from "./print.js";

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ground: #f5f6f8; --ink: #1d2733; --muted: #5b6673; --rule: #dde2e8; --accent: #0b5c8f;
  --good: #1a7f4b; --warn: #9a5b00; --bad: #b3261e; --soft: #eef2f6; --mark: #fff6db;
  --transferred: #0072b2; --statistics: #e69f00; --random: #8a94a0; --constant: #c3cad2;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #171c22; --ground: #0f1317; --ink: #e3e8ee; --muted: #9aa6b2; --rule: #2c343d; --accent: #7cc0ee;
    --good: #58c48b; --warn: #e5b258; --bad: #ff8a80; --soft: #1f262e; --mark: #3a3317;
    --transferred: #56a8d8; --statistics: #e6ab30; --random: #77828e; --constant: #4a545f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
.page { max-width: 70rem; margin: 0 auto; padding: 0 1.5rem 4rem; }
header { padding: 2.5rem 0 1rem; }
.kicker { color: var(--muted); font-size: .85rem; letter-spacing: .02em; margin: 0 0 .4rem; }
h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.2rem); line-height: 1.2; margin: 0 0 .8rem; text-wrap: balance; }
h2 { font-size: 1.3rem; margin: 3rem 0 1rem; padding-top: .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0; max-width: 62ch; }
a { color: var(--accent); }
.key { overflow-wrap: anywhere; }
code, .key, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .86em; }
.facts { display: flex; flex-wrap: wrap; gap: .35rem 1.4rem; color: var(--muted); font-size: .92rem; margin: 0; padding: 0; list-style: none; }
.facts b { color: var(--ink); font-weight: 600; }
.status { display: inline-block; padding: .1rem .6rem; border-radius: 1rem; font-size: .88rem; font-weight: 600; border: 1px solid currentColor; }
.status.complete, .status.done { color: var(--good); } .status.partial, .status.pending { color: var(--warn); }
.status.interrupted, .status.failed { color: var(--bad); }
.banner { border-left: 4px solid var(--warn); background: var(--mark); padding: .7rem 1rem; margin: 1rem 0; border-radius: 0 .4rem .4rem 0; }
.banner.bad { border-color: var(--bad); }
.banner p { margin: 0; max-width: none; }
.watermarked::after {
  content: attr(data-watermark); position: fixed; inset: 0; display: grid; place-items: center; pointer-events: none;
  font-size: clamp(1.4rem, 4vw, 3rem); font-weight: 700; color: var(--bad); opacity: .07; transform: rotate(-24deg); text-align: center; z-index: 5;
}
nav { position: sticky; top: 0; z-index: 4; background: color-mix(in srgb, var(--ground) 92%, transparent); backdrop-filter: blur(6px); border-bottom: 1px solid var(--rule); margin: 1rem -1.5rem 0; padding: .5rem 1.5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0; padding: 0; list-style: none; font-size: .92rem; }
nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
section { scroll-margin-top: 3.5rem; }
.card { background: var(--paper); border: 1px solid var(--rule); border-radius: .6rem; padding: 1.1rem 1.3rem; margin: 1rem 0; min-width: 0; }
.card > h3:first-child { margin-top: 0; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1rem; align-items: start; }
.tables .card { margin: 0; } .tables .wide { grid-column: 1 / -1; }
.note { color: var(--muted); font-size: .88rem; max-width: 75ch; }
.files { color: var(--muted); font-size: .82rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; }
table.result { border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); }
table.result thead tr:last-child th { border-bottom: 1px solid var(--ink); }
th.group { text-align: center; padding-left: 1.4rem; padding-right: 0; } th.group span { display: block; border-bottom: 1px solid var(--rule); }
table.result tr.group td, table.result tr.group th { border-top: 1px solid var(--rule); }
th { font-weight: 600; text-align: left; }
th, td { padding: .32rem .9rem .32rem 0; vertical-align: baseline; white-space: nowrap; }
th.number, td.number { text-align: right; padding: .32rem 0 .32rem 1.4rem; }
th.axis { font-weight: 500; color: var(--muted); font-size: .86rem; }
tbody th { font-weight: 500; }
td .sd { color: var(--muted); } td.best { font-weight: 700; } td.best .sd { color: inherit; }
td .n { color: var(--muted); font-size: .85em; } td.failed { color: var(--bad); } td.absent { color: var(--muted); }
figure { margin: 0; }
figure .drawing { overflow-x: auto; }
figure svg { display: block; width: min(var(--natural), max(100%, calc(var(--natural) * .72))); height: auto; margin: 0 auto; }
@media (min-width: 60rem) { figure svg { width: min(calc(var(--natural) * 1.2), 100%); } }
figcaption { margin-top: .7rem; font-size: .92rem; max-width: 75ch; }
figcaption b { font-weight: 600; }
.warnings { list-style: none; padding: 0; margin: 0; }
.warnings li { padding: .6rem 0; border-bottom: 1px solid var(--rule); } .warnings li:last-child { border-bottom: 0; }
.warnings .code { color: var(--warn); font-weight: 600; margin-right: .4rem; } .warnings .place { color: var(--muted); font-size: .88rem; }
.filters { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: 0 0 .8rem; }
.filters[hidden] { display: none; }
input, select { font: inherit; font-size: .92rem; color: inherit; background: var(--paper); border: 1px solid var(--rule); border-radius: .4rem; padding: .35rem .6rem; min-width: 0; }
.filters input { flex: 1 1 14rem; }
.filters output { color: var(--muted); font-size: .88rem; }
.trial { border-top: 1px solid var(--rule); content-visibility: auto; contain-intrinsic-size: auto 2.9rem; }
.trial[hidden] { display: none; }
.trial summary { display: grid; grid-template-columns: minmax(0, 1fr) 10rem 7.5rem 4.5rem; gap: .2rem 1rem; align-items: center; padding: .5rem .2rem; cursor: pointer; list-style: none; }
.trial summary::-webkit-details-marker { display: none; }
.trial summary:hover { background: var(--soft); }
.trial .name { min-width: 0; font-size: .93rem; }
.trial .name::before { content: "▸"; color: var(--muted); display: inline-block; width: 1rem; } .trial[open] .name::before { content: "▾"; }
.chip { display: inline-block; background: var(--soft); border-radius: .3rem; padding: 0 .4rem; margin: .1rem .25rem .1rem 0; font-size: .86rem; white-space: nowrap; }
.chip i { font-style: normal; color: var(--muted); margin-right: .25rem; }
.trial .value { font-variant-numeric: tabular-nums; font-size: .9rem; text-align: right; }
.trial .value i { font-style: normal; color: var(--muted); }
.trial .time { color: var(--muted); font-size: .86rem; text-align: right; white-space: nowrap; }
.spark { display: block; width: 7.5rem; height: 1.8rem; }
.spark .loss, .curve .loss { fill: none; stroke: var(--muted); stroke-width: 1.2; } .spark .score, .curve .score { fill: none; stroke: var(--accent); stroke-width: 1.6; }
.inside { padding: .3rem .2rem 1.2rem 1.2rem; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.2rem 2.5rem; }
.inside h4 { font-size: .82rem; text-transform: uppercase; letter-spacing: .05em; color: var(--muted); margin: 0 0 .35rem; font-weight: 600; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; margin: 0; font-size: .92rem; }
dl + h3 { margin-top: 1.6rem; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
.origins { display: flex; height: .8rem; border-radius: .2rem; overflow: hidden; margin: .3rem 0 .5rem; }
.origins span { min-width: 2px; } .swatch { font-size: .88rem; }
.part { display: inline-block; font-size: .8rem; margin: .1rem .5rem .1rem 0; white-space: nowrap; }
.part::before, .swatch::before { content: ""; display: inline-block; width: .6rem; height: .6rem; border-radius: .15rem; margin-right: .3rem; background: var(--origin); }
.transferred { --origin: var(--transferred); } .statistics { --origin: var(--statistics); } .random { --origin: var(--random); } .constant { --origin: var(--constant); }
.mixed { --origin: linear-gradient(135deg, var(--transferred) 50%, var(--statistics) 50%); }
.origins span { background: var(--origin); }
.cut { mask-image: linear-gradient(to right, #000 calc(100% - 2.5rem), transparent); }
.tall { max-height: 26rem; overflow-y: auto; }
.tip { position: fixed; z-index: 6; max-width: 22rem; padding: .3rem .6rem; border-radius: .35rem; background: var(--ink); color: var(--paper); font-size: .82rem; pointer-events: none; font-variant-numeric: tabular-nums; }
.tip[hidden] { display: none; }
button { font: inherit; font-size: .92rem; color: var(--accent); background: none; border: 1px solid var(--rule); border-radius: .4rem; padding: .35rem .9rem; margin-top: .8rem; cursor: pointer; } button[hidden] { display: none; }
.n { color: var(--muted); font-weight: 400; font-size: .88em; }
.curve { width: 100%; max-width: 22rem; height: auto; display: block; } .curve text { fill: var(--muted); font-size: 9px; } .curve .axis { stroke: var(--rule); fill: none; }
.legend { font-size: .82rem; color: var(--muted); } .legend .score { color: var(--accent); }
details.more > summary { cursor: pointer; font-weight: 600; padding: .3rem 0; }
pre { background: var(--soft); border-radius: .4rem; padding: .9rem 1rem; overflow-x: auto; line-height: 1.45; margin: .6rem 0; tab-size: 2; }
pre .c { color: var(--muted); } pre .k { color: var(--accent); font-weight: 600; } pre .s { color: var(--good); } pre .u { color: var(--warn); }
table.nodes td, table.nodes th { padding: .2rem 1.2rem .2rem 0; font-size: .86rem; border-bottom: 1px solid var(--rule); }
td.prose { white-space: normal; min-width: 11rem; }
footer { color: var(--muted); font-size: .85rem; margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: 1rem; }
@media screen and (prefers-color-scheme: dark) {
${DARK_DRAWINGS}
}
@media (max-width: 42rem) {
  .page { padding: 0 .9rem 3rem; } nav { margin: 1rem -.9rem 0; padding: .5rem .9rem; } header { padding-top: 1.4rem; } h2 { margin-top: 2.2rem; }
  .card { padding: .9rem; }
  .trial summary { grid-template-columns: minmax(0, 1fr) auto; } .trial .spark-slot { display: none; } .trial .time { display: none; } .trial .name { font-size: .88rem; }
  table.stack, .stack tbody, .stack tr, .stack th, .stack td { display: block; } .stack thead { display: none; }
  .stack tr { padding: .5rem 0; border-bottom: 1px solid var(--rule); } .stack tr:last-child { border-bottom: 0; }
  table.stack th, table.stack td { border: 0; padding: .1rem 0; text-align: left; min-width: 0; white-space: normal; } .stack tbody th { font-weight: 600; }
  .stack td[data-head]::before { content: attr(data-head) ": "; color: var(--muted); } .stack td[data-none] { display: none; }
  table { font-size: .86rem; } th, td { padding-right: .6rem; } th.number, td.number { padding-left: .7rem; }
  .inside { padding-left: .6rem; } .filters input { flex-basis: 100%; } dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: .5rem; }
  figure svg { width: min(var(--natural), max(100%, calc(var(--natural) * .82))); }
}
${PRINT}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
`;
