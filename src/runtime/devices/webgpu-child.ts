/**
 * Tries WebGPU in a process of its own: a broken driver may take the process with it, and asking for the limits leaves
 * the device unusable.
 */

import { Builder } from "../../program/builder.js";
import { complaintOf } from "../engine/errors.js";
import { importRuntime } from "../engine/onnx/index.js";
import { type Machine, plainMachine } from "../engine/onnx/lower/context.js";
import { lowerProgram } from "../engine/onnx/lower/index.js";
import { graphNames } from "../engine/onnx/lower/names.js";
import { providerOptions } from "../engine/onnx/provider.js";
import { selfCheck } from "../engine/onnx/self-check.js";
import type { OrtModule } from "../engine/onnx/state.js";
import { ABSURD_SHAPE, type WebGpuTrial } from "./webgpu-trial.js";

const MACHINE: Machine = { ...plainMachine, device: "webgpu" };

async function attempt(): Promise<WebGpuTrial> {
  const ort = await importRuntime();
  // it says then which GPUs the system has
  ort.env.logLevel = "verbose";
  try {
    const difference = await selfCheck(ort, MACHINE, providerOptions("webgpu"));
    if (difference !== undefined) return { status: "refused", message: `it computes wrong numbers (${difference})` };
  } catch (error) {
    return { status: "refused", message: complaintOf(error) };
  }
  return { status: "works", words: await askTooMuch(ort) };
}

async function askTooMuch(ort: OrtModule): Promise<string> {
  const b = new Builder("limits");
  b.fetch("y", b.sum(b.broadcastTo(b.feed("x", [1]), ABSURD_SHAPE), { axes: [0] }));
  const { model } = lowerProgram(b.build(), { machine: MACHINE });
  try {
    const session = await ort.InferenceSession.create(model, { ...providerOptions("webgpu"), logSeverityLevel: 4 });
    await session.run({ [graphNames.feed("x")]: new ort.Tensor("float32", [0], [1]) });
    return "";
  } catch (error) {
    return complaintOf(error);
  }
}

const trial = await attempt();
process.send?.(trial, () => process.exit(0));
