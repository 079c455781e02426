/** In which precision a step computes, and the loss scaling that float16 needs. */

import type { Choice } from "../../catalog/types.js";
import type { Builder } from "../builder.js";
import { ProgramError } from "../names.js";
import type { HalfType, TensorData, Value } from "../types.js";

export type Precision =
  | { readonly kind: "f32" }
  | { readonly kind: "mixed"; readonly half: HalfType; readonly scaling: ScalingOptions | undefined };

/** torch.amp.GradScaler's, whose factors of growth and backoff, 2 and ½, are fixed here. */
export interface ScalingOptions {
  readonly initialScale: number;
  /** Steps without overflow after which the scale doubles. */
  readonly growthInterval: number;
}

function numberIn({ id, params }: Choice, name: string, fallback: number): number {
  const value = params[name] ?? fallback;
  if (typeof value !== "number") throw new ProgramError(`precision ${id}: \`${name}\` must be a number`);
  return value;
}

/** Reads a catalogue choice (`f32`, `bf16`, `fp16`); none is `f32`. */
export function precisionOf(choice: Choice | undefined): Precision {
  switch (choice?.id) {
    case undefined:
    case "f32":
      return { kind: "f32" };
    case "bf16":
      return { kind: "mixed", half: "bf16", scaling: undefined };
    case "fp16": {
      const scaling = {
        initialScale: numberIn(choice, "initial_scale", 65536),
        growthInterval: numberIn(choice, "growth_interval", 2000),
      };
      return { kind: "mixed", half: "f16", scaling };
    }
    default:
      throw new ProgramError(`no precision \`${choice?.id}\`; there is f32, bf16, fp16`);
  }
}

const SCALE = "amp.loss_scale";
const GOOD_STEPS = "amp.good_steps";
const SKIPPED = "amp.skipped";
/** Doubling ends below infinity. */
const LARGEST_SCALE = 2 ** 127;

/** The state of loss scaling before the first step; nothing where there is no scaling. */
export function precisionState(choice: Choice | undefined): ReadonlyMap<string, TensorData> {
  const precision = precisionOf(choice);
  if (precision.kind === "f32" || precision.scaling === undefined) return new Map();
  const scalar = (value: number): TensorData => ({ shape: [], data: Float32Array.of(value) });
  return new Map([
    [SCALE, scalar(precision.scaling.initialScale)],
    [GOOD_STEPS, scalar(0)],
    [SKIPPED, scalar(0)],
  ]);
}

/** For precisions that need it. */
export function lossScaling(b: Builder, precision: Precision): LossScaling | undefined {
  return precision.kind === "f32" || precision.scaling === undefined
    ? undefined
    : new LossScaling(b, precision.scaling);
}

/**
 * Dynamic loss scaling inside the program. The loss is multiplied by a scale before it is differentiated, so that small
 * gradients survive float16; a step whose gradients are not finite leaves all other state as it was and halves the scale,
 * and `growthInterval` steps that are finite double it.
 */
export class LossScaling {
  readonly #builder: Builder;
  readonly #options: ScalingOptions;
  readonly #scale: Value;

  constructor(builder: Builder, options: ScalingOptions) {
    this.#builder = builder;
    this.#options = options;
    this.#scale = builder.state(SCALE, []);
  }

  /** What is differentiated. */
  scaled(loss: Value): Value {
    return this.#builder.mul(loss, this.#scale);
  }

  /** What the scaled gradients are multiplied by. */
  inverse(): Value {
    return this.#builder.reciprocal(this.#scale);
  }

  /**
   * Makes every update so far one of finite steps only, and moves the scale on. Fetches `skipped`, the steps skipped so
   * far, and `lossScale`, that of the next step.
   * @param squares sum of the squares of all scaled gradients; a sum beyond float32 counts as not finite
   */
  finish(squares: Value): void {
    const b = this.#builder;
    const { growthInterval } = this.#options;
    const [one, scale] = [b.scalar(1), this.#scale];
    const [good, skipped] = [b.state(GOOD_STEPS, []), b.state(SKIPPED, [])];
    // neither infinity nor NaN is below infinity
    const taken = b.greater(b.scalar(Number.POSITIVE_INFINITY), squares);
    b.guardUpdates(taken);
    const counted = b.mul(b.add(good, one), taken);
    const due = b.equal(counted, b.scalar(growthInterval));
    const doubled = b.minimum(b.scale(scale, 2), b.scalar(LARGEST_SCALE));
    const next = b.select(taken, b.select(due, doubled, scale), b.scale(scale, 0.5));
    const total = b.add(skipped, b.sub(one, taken));
    b.update(SCALE, next);
    b.update(GOOD_STEPS, b.mul(counted, b.sub(one, due)));
    b.update(SKIPPED, total);
    b.fetch("lossScale", next);
    b.fetch("skipped", total);
  }
}
