/** Finds out how wide onnxruntime's blocked convolutions are here: it does not say, and a wrong width gives wrong numbers. */

import { Builder } from "../../../program/builder.js";
import { sizeOf } from "../../../program/shape.js";
import type { Program } from "../../../program/types.js";
import { type Machine, plainMachine } from "./lower/context.js";
import { lowerProgram } from "./lower/index.js";
import { graphNames } from "./lower/names.js";
import { type OrtModule, tensorOver } from "./state.js";

/** Vector registers of 512 bits, and of 256 or 128. */
const CANDIDATES = [16, 8] as const;
const TOLERANCE = 1e-4;

let known: Promise<Machine> | undefined;

/** The same answer for the life of the process; some milliseconds the first time. */
export function probeMachine(ort: OrtModule): Promise<Machine> {
  known ??= probe(ort);
  return known;
}

async function probe(ort: OrtModule): Promise<Machine> {
  const plain = await convolved(ort, plainMachine);
  for (const block of CANDIDATES) {
    try {
      const result = await convolved(ort, { ...plainMachine, block });
      if (plain.every((value, i) => Math.abs(value - (result[i] ?? Number.NaN)) < TOLERANCE))
        return { ...plainMachine, block };
    } catch {
      // onnxruntime refuses the operator on this processor
    }
  }
  return plainMachine;
}

/** More than one block of channels in and out, so that no wrong order comes out right. */
function sample(): Program {
  const b = new Builder("sample");
  b.fetch("y", b.conv2d(b.feed("x", [1, 32, 4, 4]), b.feed("filter", [32, 32, 3, 3]), { padding: 1 }));
  return b.build();
}

async function convolved(ort: OrtModule, machine: Machine): Promise<Float32Array> {
  const program = sample();
  const { model } = lowerProgram(program, { machine });
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  try {
    const feeds = program.feeds.map(({ name, value }) => {
      const data = Float32Array.from({ length: sizeOf(value.shape) }, (_, i) => Math.sin(i * i) / 8);
      return [graphNames.feed(name), tensorOver(ort, data, value.shape)] as const;
    });
    const outputs = await session.run(Object.fromEntries(feeds));
    return outputs[graphNames.fetch("y")]?.data as Float32Array;
  } finally {
    await session.release();
  }
}
