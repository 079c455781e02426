/**
 * Times every form in which the onnx engine can write a filter gradient, for extents of the standard networks; the
 * rules of src/runtime/engine/onnx/lower/shape-rules.ts are read off its output. `*` marks what the rules choose.
 *
 *   npx tsc -p bench && node dist/bench/shapes.js [--threads N] [--runs N]
 */

import { parseArgs } from "node:util";
import { sizeOf } from "../src/program/shape.js";
import { Graph } from "../src/runtime/engine/onnx/graph.js";
import { importRuntime } from "../src/runtime/engine/onnx/index.js";
import { LoweringContext, plainMachine } from "../src/runtime/engine/onnx/lower/context.js";
import { filterGradient } from "../src/runtime/engine/onnx/lower/filter-gradient.js";
import { type ConvGeometry, convGeometry } from "../src/runtime/engine/onnx/lower/geometry.js";
import { type FilterGradientForm, filterGradientForm } from "../src/runtime/engine/onnx/lower/shape-rules.js";
import { tensorOver } from "../src/runtime/engine/onnx/state.js";

const { values: flags } = parseArgs({
  options: { threads: { type: "string", default: "1" }, runs: { type: "string", default: "30" } },
});
const ort = await importRuntime();

/** batch, channels, size, filters, kernel, stride */
type Extents = readonly [number, number, number, number, number, number];
const table: readonly Extents[] = [
  [32, 1, 28, 16, 3, 1],
  [32, 16, 28, 16, 3, 1],
  [32, 16, 32, 16, 3, 1],
  [32, 32, 14, 32, 3, 1],
  [32, 32, 16, 32, 3, 1],
  [32, 64, 7, 64, 3, 1],
  [32, 64, 8, 64, 3, 1],
  [32, 16, 28, 32, 3, 2],
  [32, 16, 32, 32, 3, 2],
  [32, 32, 14, 64, 3, 2],
  [32, 32, 16, 64, 3, 2],
  [32, 16, 32, 32, 1, 2],
  [8, 64, 56, 64, 3, 1],
  [8, 128, 28, 128, 3, 1],
  [8, 256, 14, 256, 3, 1],
  [8, 512, 7, 512, 3, 1],
  [8, 128, 56, 128, 3, 2],
  [8, 256, 28, 256, 3, 2],
  [8, 512, 14, 512, 3, 2],
  [8, 64, 56, 256, 1, 1],
  [8, 512, 28, 128, 1, 1],
  [8, 1024, 14, 256, 1, 1],
  [8, 2048, 7, 512, 1, 1],
  [8, 3, 224, 64, 7, 2],
];

function geometryOf([batch, channels, size, filters, kernel, stride]: Extents): ConvGeometry {
  const edge = (kernel - 1) / 2;
  const out = Math.floor((size + 2 * edge - kernel) / stride) + 1;
  return convGeometry([batch, channels, size, size], [filters, channels, kernel, kernel], [batch, filters, out, out], {
    stride: [stride, stride],
    padding: [edge, edge, edge, edge],
    groups: 1,
  });
}

function formsFor([, , size, , kernel, stride]: Extents): readonly FilterGradientForm[] {
  const both = (form: "pointwise" | "shifted" | "columns"): FilterGradientForm[] => [
    { form, major: "image" },
    { form, major: "channel" },
  ];
  if (kernel === 1) return [...both("pointwise"), ...both("columns")];
  if (kernel !== 3) return both("columns");
  if (stride === 1) return [...both("shifted"), ...both("columns")];
  return size % 2 === 0 ? [{ form: "folded" }, ...both("columns")] : both("columns");
}

async function open(geometry: ConvGeometry, form: FilterGradientForm) {
  const { batch, channels, height, width, filters, outHeight, outWidth } = geometry;
  const graph = new Graph();
  const context = new LoweringContext(graph, {
    name: "w",
    feeds: [],
    state: [],
    operations: [],
    fetches: [],
    updates: [],
  });
  const dy = graph.input("dy", [batch, filters, outHeight, outWidth], "f32");
  const x = graph.input("x", [batch, channels, height, width], "f32");
  graph.output("dw", filterGradient(context, dy, x, geometry, form));
  const session = await ort.InferenceSession.create(graph.encode("w"), {
    intraOpNumThreads: Number(flags.threads),
    enableMemPattern: false,
    logSeverityLevel: 3,
  });
  const feeds = Object.fromEntries(
    [dy, x].map(({ name, shape }) => {
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i));
      return [name, tensorOver(ort, data, shape)] as const;
    }),
  );
  return { form, best: Number.POSITIVE_INFINITY, run: () => session.run(feeds), close: () => session.release() };
}

for (const extents of table) {
  const geometry = geometryOf(extents);
  const candidates = await Promise.all(formsFor(extents).map((form) => open(geometry, form)));
  for (let run = 0; run < Number(flags.runs); run++) {
    for (const candidate of candidates) {
      const start = performance.now();
      await candidate.run();
      candidate.best = Math.min(candidate.best, performance.now() - start);
    }
  }
  const chosen = JSON.stringify(filterGradientForm(geometry, plainMachine));
  const cells = candidates.map(({ form, best }) => {
    const name = form.form === "folded" ? "folded" : `${form.form}/${form.major}`;
    return `${name}${JSON.stringify(form) === chosen ? "*" : ""} ${best.toFixed(2)}`;
  });
  const [batch, channels, size, filters, kernel, stride] = extents;
  console.log(`${batch}×${channels}→${filters} ${size}² ${kernel}×${kernel}/${stride}: ${cells.join("  ")} ms`);
  for (const candidate of candidates) await candidate.close();
}
