/** A small program whose numbers are known: run before a device is trusted with any other. */

import type * as Ort from "onnxruntime-node";
import { Builder } from "../../../program/builder.js";
import { interpret, widen } from "../../../program/interpreter/index.js";
import { sizeOf } from "../../../program/shape.js";
import type { Program, TensorData } from "../../../program/types.js";
import type { Machine } from "./lower/context.js";
import { lowerProgram } from "./lower/index.js";
import { graphNames } from "./lower/names.js";
import { type OrtModule, tensorOver } from "./state.js";

/** Devices differ in the last digits of exponentials and roots; a wrong kernel or half precision is far beyond this. */
const TOLERANCE = 1e-4;

/** What models are made of: convolution, normalization, attention's products and softmax, pooling, and its gradient. */
export function sample(): Program {
  const b = new Builder("self-check");
  const x = b.feed("x", [2, 4, 12, 12]);
  const filter = b.feed("filter", [8, 4, 3, 3]);
  const [scale, shift, weights] = [b.feed("scale", [8]), b.feed("shift", [8]), b.feed("weights", [8, 36])];
  const maps = b.conv2d(x, filter, { padding: 1 });
  const { y } = b.batchNorm(maps, scale, shift, 1e-5);
  const pooled = b.maxPool(b.relu(y), { window: 2 });
  const tokens = b.reshape(pooled, [2, 8, 36]);
  const attended = b.matmul(b.softmax(b.matmul(tokens, tokens, { transposeB: true, alpha: 1 / 6 })), tokens);
  const hidden = b.gelu(b.matmul(attended, weights, { transposeB: true }));
  b.fetch("hidden", hidden);
  b.fetch("norm", b.sqrt(b.sum(b.square(hidden))));
  const dy = b.feed("dy", [2, 8, 12, 12]);
  const attributes = { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const;
  b.fetch("slope", b.conv2dFilterGrad(dy, x, { ...attributes, filterShape: filter.shape }));
  return b.build();
}

/** @returns what differs from the interpreter's numbers; undefined where nothing does */
export async function selfCheck(
  ort: OrtModule,
  machine: Machine,
  options: Ort.InferenceSession.SessionOptions,
): Promise<string | undefined> {
  const program = sample();
  const feeds = program.feeds.map(({ name, value }, index): [string, TensorData] => {
    const data = Float32Array.from({ length: sizeOf(value.shape) }, (_, i) => ((i * 37 + index * 11) % 64) / 64 - 0.5);
    return [name, { shape: value.shape, data }];
  });
  const { fetches } = interpret(program, new Map(), new Map(feeds.map(([name, data]) => [name, widen(data)])));
  const { model } = lowerProgram(program, { machine });
  const session = await ort.InferenceSession.create(model, { ...options, intraOpNumThreads: 1, logSeverityLevel: 4 });
  try {
    const given = feeds.map(
      ([name, { shape, data }]) => [graphNames.feed(name), tensorOver(ort, data, shape)] as const,
    );
    const outputs = await session.run(Object.fromEntries(given));
    for (const [name, { data }] of fetches) {
      const found = outputs[graphNames.fetch(name)]?.data as Float32Array | undefined;
      const wrong = data.findIndex((value, i) => !(Math.abs(value - (found?.[i] ?? Number.NaN)) < TOLERANCE));
      if (wrong >= 0) return `${name}[${wrong}] is ${found?.[wrong]} where ${data[wrong]} is right`;
    }
    return undefined;
  } finally {
    await session.release();
  }
}
