/** Memory of the programs a model is run by, for estimates: each is built once and measured by liveness. */

import { flopsOf } from "../program/cost.js";
import { ShapeError } from "../program/infer/index.js";
import { type MemoryProfile, memoryOf } from "../program/memory.js";
import { ProgramError } from "../program/names.js";
import { ModelError } from "./parameters.js";
import { buildAllFeatures, buildStep, type StepOptions } from "./programs.js";
import { traceModel } from "./trace.js";
import type { ModelSpec } from "./types.js";

const known = new Map<string, MemoryProfile>();
/** An editor session may try many sizes; the memory starts afresh beyond this many. */
const MOST_KNOWN = 1024;

function remembered(key: unknown, measure: () => MemoryProfile): MemoryProfile {
  const text = JSON.stringify(key);
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  const profile = buildable(measure);
  known.set(text, profile);
  return profile;
}

/** A program that cannot be built needs no memory; building it to run it says why. */
function buildable(measure: () => MemoryProfile): MemoryProfile {
  try {
    return measure();
  } catch (error) {
    if (error instanceof ProgramError || error instanceof ModelError || error instanceof ShapeError) return NOTHING;
    throw error;
  }
}
const NOTHING: MemoryProfile = { state: 0, feeds: 0, working: 0, largest: 0 };

/** Images of an evaluation batch: of the model alone, so that the same state gives the same bits wherever it is evaluated. */
export function evaluationBatch(model: ModelSpec): number {
  return model.size <= 64 ? 64 : 16;
}

export function stepMemory(options: StepOptions): MemoryProfile {
  return remembered(["step", options], () => memoryOf(buildStep(options)));
}

const shares = new Map<string, number>();

/** How much of the arithmetic of a step that trains all of the model a step of some of it does: above 0, at most 1. */
export function stepShare(options: StepOptions): number {
  const key = JSON.stringify(options);
  const found = shares.get(key);
  if (found !== undefined) return found;
  if (shares.size >= MOST_KNOWN) shares.clear();
  const { frozen: _, ...whole } = options;
  const [some, all] = [stepFlops({ ...options, batch: 2 }), stepFlops({ ...whole, batch: 2 })];
  const share = all > 0 ? Math.min(1, some / all) : 1;
  shares.set(key, share);
  return share;
}

function stepFlops(options: StepOptions): number {
  try {
    return flopsOf(buildStep(options).operations);
  } catch (error) {
    if (error instanceof ProgramError || error instanceof ModelError || error instanceof ShapeError) return 0;
    throw error;
  }
}

/** Of the program that gives all layers at once, as probes run it. */
export function featuresMemory(model: ModelSpec): MemoryProfile {
  return remembered(["features", model], () =>
    memoryOf(buildAllFeatures(model, evaluationBatch(model), traceModel(model))),
  );
}

/** Bytes of a program's values at their peak. */
export const valueBytes = ({ state, feeds, working }: MemoryProfile): number => state + feeds + working;

/**
 * What an engine takes for each byte that liveness counts: workspace, layouts of its own, an allocator's rounding, state
 * written beside the state that is read. Measured with `xferc bench step` (docs/devices.md): onnxruntime 1.7 to 2.3,
 * TensorFlow 1.1 to 1.2; the interpreter computes in float64.
 */
export function memoryFactor(engine: string): number {
  switch (engine) {
    case "tensorflow":
      return 1.3;
    case "reference":
      return 3;
    default:
      return 2.2;
  }
}
