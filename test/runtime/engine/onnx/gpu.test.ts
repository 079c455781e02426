/**
 * Graphs shaped for a GPU: on the cpu, whose provider takes them too, and on WebGPU where an adapter is (a software one
 * will do). CUDA's graphs are tested by their numbers on the cpu; its provider needs the hardware.
 */

import { describe, expect, it } from "vitest";
import { buildEvaluate, buildStep } from "../../../../src/models/programs.js";
import { Builder } from "../../../../src/program/builder.js";
import { stepScalars } from "../../../../src/program/training/optimizer.js";
import type { Program } from "../../../../src/program/types.js";
import { failureKind } from "../../../../src/runtime/engine/failures.js";
import { importRuntime, openOnnxEngine } from "../../../../src/runtime/engine/onnx/index.js";
import { type Machine, plainMachine } from "../../../../src/runtime/engine/onnx/lower/context.js";
import { lowerProgram } from "../../../../src/runtime/engine/onnx/lower/index.js";
import { graphNames } from "../../../../src/runtime/engine/onnx/lower/names.js";
import { providerOptions } from "../../../../src/runtime/engine/onnx/provider.js";
import { sample, selfCheck } from "../../../../src/runtime/engine/onnx/self-check.js";
import { tensorOver } from "../../../../src/runtime/engine/onnx/state.js";
import { openReferenceEngine } from "../../../../src/runtime/engine/reference/index.js";
import type { Engine } from "../../../../src/runtime/engine/types.js";
import { opCases } from "../../../program/cases.js";
import { expectClose } from "../../../support/compare.js";
import { goldenTrainingState, modelGoldens } from "../../../support/goldens.js";
import { expectInterpreted, type Run, type Tensors } from "../../../support/interpreted.js";

const ort = await importRuntime();

/** A working engine, or why there is none. */
async function webgpu(): Promise<{ readonly engine: Engine } | { readonly lacks: string }> {
  try {
    return { engine: await openOnnxEngine({ device: "webgpu", threads: 1 }) };
  } catch (error) {
    return { lacks: error instanceof Error ? error.message : String(error) };
  }
}
const adapter = await webgpu();
const lacking = "lacks" in adapter ? ` (skipped: ${adapter.lacks})` : "";
if (lacking !== "") console.log(`engine onnx on webgpu is not tested${lacking}`);

/** A program's graph for `machine` on the cpu's provider. */
async function runOnCpu(machine: Machine, program: Program, feeds: Tensors): Promise<Tensors> {
  const { model, feeds: read } = lowerProgram(program, { machine });
  const session = await ort.InferenceSession.create(model, { ...providerOptions("cpu"), logSeverityLevel: 4 });
  const given = Object.entries(feeds).filter(([name]) => read.has(name));
  const outputs = await session.run(
    Object.fromEntries(given.map(([name, { shape, data }]) => [graphNames.feed(name), tensorOver(ort, data, shape)])),
  );
  await session.release();
  return Object.fromEntries(
    program.fetches.map(({ name, value }) => {
      const data = outputs[graphNames.fetch(name)]?.data as Float32Array | Int32Array;
      return [name, { shape: value.shape, data }];
    }),
  );
}

async function runOnAdapter(program: Program, feeds: Tensors): Promise<Tensors> {
  if ("lacks" in adapter) throw new Error(adapter.lacks);
  const session = await adapter.engine.open({ programs: { program } });
  const outputs = await session.run("program", feeds);
  await session.close();
  return outputs;
}

const onCpu = (device: Machine["device"]): Run => {
  const machine: Machine = { ...plainMachine, device };
  return (program, feeds) => runOnCpu(machine, program, feeds);
};

/** Windows that overlap, leave pixels uncovered, reach into the padding on one side. */
const pools = [
  { size: [8, 8], window: 2, stride: 2, padding: [0, 0, 0, 0] },
  { size: [9, 7], window: 3, stride: 2, padding: [1, 1, 1, 1] },
  { size: [10, 11], window: 3, stride: 4, padding: [0, 1, 1, 0] },
  { size: [5, 5], window: 3, stride: 1, padding: [1, 1, 1, 1] },
] as const;

function poolProgram({ size, window, stride, padding }: (typeof pools)[number]): Program {
  const b = new Builder("pool");
  const x = b.feed("x", [2, 3, ...size]);
  const attributes = { window: [window, window], stride: [stride, stride], padding } as const;
  const [y] = b.op("maxPool", attributes, [x]);
  if (y === undefined) throw new Error("a pooling has an output");
  const dy = b.feed("dy", y.shape);
  b.fetch("y", y);
  for (const [i, value] of b.op("maxPoolGrad", attributes, [dy, x, y]).entries()) b.fetch(`max${i}`, value);
  const average = { ...attributes, countPadding: false, inputShape: x.shape };
  for (const [i, value] of b.op("avgPoolGrad", average, [dy]).entries()) b.fetch(`average${i}`, value);
  return b.build();
}

/** y = x * w of so many channels in and out. */
function convProgram(channels: number, filters: number): Program {
  const b = new Builder(`${channels} to ${filters} channels`);
  const [x, w] = [b.feed("x", [2, channels, 9, 9]), b.feed("w", [filters, channels, 3, 3])];
  b.fetch("y", b.conv2d(x, w, { stride: 1, padding: 1 }));
  return b.build();
}

const places: readonly (readonly [string, Run, number, string])[] = [
  ["a graph for cuda, on the cpu", onCpu("cuda"), 3e-6, ""],
  ["a graph for webgpu, on the cpu", onCpu("webgpu"), 3e-6, ""],
  // a GPU's own exponentials and roots are good to some more units in the last place
  [`webgpu${lacking}`, runOnAdapter, 3e-5, lacking],
];

describe.each(places)("%s", (_, run, tolerance, lacks) => {
  describe.skipIf(lacks !== "")("every op", () => {
    it.each(opCases.map((opCase) => [opCase.name, opCase] as const))(
      "has PyTorch's value and gradient: %s",
      async (_, opCase) => {
        const outputs = await run(opCase.program, opCase.feeds);
        for (const [name, expected] of opCase.expected) expectClose(outputs[name], expected, tolerance, name);
      },
    );
    it.each(pools.map((pool) => [JSON.stringify(pool), pool] as const))(
      "has the interpreter's gradient of pooling %s",
      (_, pool) => expectInterpreted(run, poolProgram(pool), tolerance),
    );
    it.each([6, 9, 10, 12, 15, 18])("has the interpreter's convolution of %i channels", async (channels) => {
      for (const filters of [4, 6, 8]) await expectInterpreted(run, convProgram(channels, filters), tolerance);
    });
    it("has the interpreter's numbers of the program a device is checked by", () =>
      expectInterpreted(run, sample(), 1e-4));
  });
});

const quick = modelGoldens.flatMap((golden) =>
  golden.cost === "quick" && golden.train !== null ? [[golden.name, golden, golden.train] as const] : [],
);

describe.skipIf(lacking !== "")(`a model on webgpu${lacking}`, () => {
  it.each(quick)("%s takes the interpreter's step, twice the same, and evaluates", async (_, golden, recipe) => {
    if ("lacks" in adapter) return;
    const { spec, batch } = golden;
    const programs = { step: buildStep({ model: spec, batch, ...recipe }), evaluate: buildEvaluate(spec, batch) };
    const take = async (engine: Engine) => {
      const session = await engine.open({ programs });
      await session.load(goldenTrainingState(spec, recipe.optimizer));
      const feeds = { x: golden.images, y: recipe.labels, ...stepScalars(recipe.optimizer, 1, recipe.lr) };
      const step = await session.run("step", feeds);
      const { logits } = await session.run("evaluate", { x: golden.images });
      const state = await session.read();
      await session.close();
      return { step, logits, state };
    };
    const [ours, again] = [await take(adapter.engine), await take(adapter.engine)];
    expect(again).toEqual(ours);
    const exact = await take(openReferenceEngine());
    expect(ours.step.loss?.data[0]).toBeCloseTo(exact.step.loss?.data[0] ?? Number.NaN, 5);
    for (const [name, tensor] of exact.state) {
      // Adam's first step is lr·sign(g): where a gradient is rounding error alone, so is its sign
      const tolerance = name.startsWith("adam.") || name.includes("running") ? 1e-5 : 2.1 * recipe.lr;
      expectClose(ours.state.get(name), tensor, tolerance, name);
    }
  });
});

describe("a device's check", () => {
  it("finds nothing where the numbers are right", async () => {
    expect(await selfCheck(ort, { ...plainMachine, device: "webgpu" }, providerOptions("cpu"))).toBeUndefined();
  });

  it("names the number that is wrong", async () => {
    // blocks of a width no processor has: a graph that computes something else
    const wrong = { ...plainMachine, block: 4 };
    const found = await selfCheck(ort, wrong, providerOptions("cpu")).catch((error: unknown) => String(error));
    expect(found).toMatch(/\w+\[\d+\] is .* where .* is right|Error/);
  });
});

describe("an adapter's limits", () => {
  const limits = { bindingBytes: 2 ** 27, bindings: 8 };
  const wide = (rows: number): Program => {
    const b = new Builder("wide");
    b.fetch("y", b.sum(b.exp(b.broadcastTo(b.feed("x", [1]), [rows, 2 ** 20])), { axes: [0, 1] }));
    return b.build();
  };

  it("refuse a program with a larger operation when it is opened", async () => {
    const engine = await openOnnxEngine({ device: "cpu", threads: 1, limits });
    // 4 pieces in and 4 out; one row more makes 5 and 5
    await (await engine.open({ programs: { wide: wide(128) } })).close();
    const refused = engine.open({ programs: { wide: wide(129) } });
    await expect(refused).rejects.toThrow(
      /program `wide` has a tensor of 541 MB, too large for this WebGPU adapter, whose shaders hold 8 pieces of 134 MB/,
    );
    expect(failureKind(await refused.catch((error: unknown) => error))).toBe("memory");
  });
});
