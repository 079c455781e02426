/**
 * Times every form in which the onnx engine can write a filter gradient, for extents of the standard networks; the
 * rules of src/runtime/engine/onnx/lower/shape-rules.ts are read off its output. `*` marks what the rules choose.
 *
 *   npx tsc -p bench && node dist/bench/shapes.js [--threads N] [--runs N] [ROW…]
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

const { values: flags, positionals } = parseArgs({
  options: { threads: { type: "string", default: "1" }, runs: { type: "string", default: "30" } },
  allowPositionals: true,
});
const only = positionals.map(Number);
const ort = await importRuntime();

/** batch, channels, size, filters, kernel (one number for both sides), stride; padding that keeps the size by default */
type Kernel = number | readonly [number, number];
type Extents = readonly [number, number, number, number, Kernel, number, ("same" | "valid")?];
const sides = (kernel: Kernel): readonly [number, number] => (typeof kernel === "number" ? [kernel, kernel] : kernel);
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
  [8, 3, 224, 32, 3, 2, "valid"],
  [8, 32, 111, 32, 3, 1, "valid"],
  [8, 32, 109, 64, 3, 1],
  [8, 80, 54, 192, 3, 1, "valid"],
  [8, 48, 25, 64, 5, 1],
  [8, 64, 25, 96, 3, 1],
  [8, 288, 25, 384, 3, 2, "valid"],
  [8, 128, 12, 128, [1, 7], 1],
  [8, 128, 12, 192, [7, 1], 1],
  [8, 192, 12, 192, [1, 7], 1],
  [8, 192, 12, 192, [7, 1], 1],
  [8, 192, 17, 192, [1, 7], 1],
  [8, 192, 17, 192, [7, 1], 1],
  [8, 384, 5, 384, [1, 3], 1],
  [8, 384, 5, 384, [3, 1], 1],
  [8, 384, 8, 384, [3, 1], 1],
  [8, 448, 5, 384, 3, 1],
];

function geometryOf([batch, channels, size, filters, kernel, stride, padding = "same"]: Extents): ConvGeometry {
  const [height, width] = sides(kernel);
  const [y, x] = padding === "same" ? [(height - 1) / 2, (width - 1) / 2] : [0, 0];
  const [rows, columns] = [
    Math.floor((size + 2 * y - height) / stride) + 1,
    Math.floor((size + 2 * x - width) / stride) + 1,
  ];
  return convGeometry(
    [batch, channels, size, size],
    [filters, channels, height, width],
    [batch, filters, rows, columns],
    {
      stride: [stride, stride],
      padding: [y, x, y, x],
      groups: 1,
    },
  );
}

function formsFor([, , size, , kernel, stride, padding = "same"]: Extents): readonly FilterGradientForm[] {
  const both = (form: "pointwise" | "shifted" | "columns"): FilterGradientForm[] => [
    { form, major: "image" },
    { form, major: "channel" },
  ];
  if (kernel === 1) return [...both("pointwise"), ...both("columns")];
  if (stride === 1) return [...both("shifted"), ...both("columns")];
  const folds = kernel === 3 && padding === "same" && size % 2 === 0;
  return folds ? [{ form: "folded" }, ...both("columns")] : both("columns");
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

for (const extents of only.length > 0
  ? only.flatMap((row) => [table[row]]).filter((row) => row !== undefined)
  : table) {
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
  console.log(`${batch}×${channels}→${filters} ${size}² ${sides(kernel).join("×")}/${stride}: ${cells.join("  ")} ms`);
  for (const candidate of candidates) await candidate.close();
}
