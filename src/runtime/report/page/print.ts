/** The page on paper: nothing is cut at its edge, nothing that only works on a screen is there. */

export const PRINT = `@page { margin: 16mm 15mm; }
@media print {
  :root { --paper: #fff; --ground: #fff; --ink: #000; --muted: #444; --rule: #bbb; --soft: #f3f3f3; --accent: #0b5c8f; }
  html { font-size: 9.5pt; } body { font-size: 1rem; line-height: 1.4; } nav, .filters, button, .tip { display: none; }
  .page { max-width: none; padding: 0; } header { padding-top: 0; } h2 { margin-top: 1.6rem; } p, .note, figcaption { max-width: none; }
  .card { border: 0; padding: 0; margin: .6rem 0; } .tables { display: block; } .tables .card { margin: 0 0 1.2rem; }
  h2, h3, h2 + p, details.more > summary { break-after: avoid; } p, tr, figure, .trial, .warnings li { break-inside: avoid; } thead { display: table-header-group; }
  .tables .card { break-inside: avoid; }
  .cut { mask-image: none; }
  .scroll, figure .drawing, .tall { overflow: visible; max-height: none; }
  table.result { font-size: 8.5pt; max-width: 100%; }
  table.result th, table.result td { white-space: normal; overflow-wrap: break-word; padding-right: .4rem; }
  table.result th.number, table.result td.number { padding-left: .5rem; padding-right: 0; overflow-wrap: normal; }
  figure svg { width: min(var(--natural), 100%); max-height: 22cm; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; font-size: 8pt; }
  .trial { content-visibility: visible; } .trial summary { padding: .2rem 0; } .trial:not([open]) .name::before { content: ""; width: 0; }
}`;
