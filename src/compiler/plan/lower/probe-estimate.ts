/** What a probe's node will cost, by what its catalogue entry says of passes and arithmetic. */

import type { ProbeEntry } from "../../../catalog/types.js";
import { evaluationBatch, featuresMemory, valueBytes } from "../../../models/memory.js";
import { partPasses } from "../../../models/part-passes.js";
import { estimateForward, type ForwardWork } from "../estimate.js";
import { remembered } from "../memo.js";
import type { Estimate } from "../types.js";
import type { Context } from "./context.js";
import { type LoweredModel, measuredBy } from "./models.js";

export interface PassWork {
  readonly probe: ProbeEntry;
  readonly states: number;
  /** By role: how many images the probe looks at. */
  readonly images: { readonly [role: string]: number };
  /** What its parts are, of a probe that runs the model part by part. */
  readonly by?: "layers" | "units";
}

export function estimateProbe(context: Context, model: LoweredModel, work: PassWork): Estimate {
  const { probe, states, images, by = "layers" } = work;
  const counts = Object.values(images);
  return remembered(model.estimates, `${probe.id} ${states} ${by} ${counts.join(" ")}`, () => {
    // the activations in front of a part are made once for all
    const rounds = probe.cost.passes * (probe.cost.each === "part" ? partPasses(model.spec, by) : states);
    return forward(context, model, {
      images: rounds * sum(counts),
      ...arithmeticOf(probe, model, images),
    });
  });
}

type Arithmetic = Pick<ForwardWork, "extraFlops" | "extraMemory" | "outputBytes">;

function arithmeticOf(probe: ProbeEntry, model: LoweredModel, images: PassWork["images"]): Arithmetic {
  const layers = model.layers.length;
  const pooled = sum(model.info.layers.map(({ shape }) => (shape.at(-1) ?? 1) + (shape[0] ?? 1)));
  const counts = Object.values(images);
  const all = sum(counts);
  const { cost } = probe;
  switch (cost.arithmetic) {
    case "gram": {
      const gram = (counts[0] ?? 0) ** 2;
      if (probe.inner.length === 0) {
        return {
          extraFlops: 6 * gram * embeddingWidth(model),
          extraMemory: 4 * all * embeddingWidth(model),
          outputBytes: 16,
        };
      }
      const width = sum(model.info.layers.map(({ shape }) => shape.reduce((product, size) => product * size, 1)));
      return {
        extraFlops: 4 * gram * width + 2 * gram * layers ** 2,
        extraMemory: 2 * 4 * gram * layers,
        outputBytes: 16 * layers ** 2,
      };
    }
    case "neighbours": {
      const [bank = 0, query = 0] = counts;
      return { extraFlops: 2 * bank * query * pooled, extraMemory: 4 * all * pooled, outputBytes: 16 * layers };
    }
    case "regression":
      return {
        extraFlops: 2 * FITTING_STEPS * (counts[0] ?? 0) * pooled * model.spec.classes,
        extraMemory: 4 * all * pooled,
        outputBytes: 16 * layers,
      };
    case "canonical": {
      const widths = model.info.layers.map(({ shape }) =>
        shape.length > 1 ? Math.max(1, Math.min(...shape)) : (shape[0] ?? 1),
      );
      const [images = 0] = counts;
      const cubes = sum(widths.map((width) => 20 * Math.min(width, images) ** 2 * Math.max(width, images)));
      const width = sum(widths);
      return {
        extraFlops: 2 * cubes + 2 * images * width ** 2,
        extraMemory: 2 * 12 * images * width,
        outputBytes: 16 * layers ** 2,
      };
    }
    case "moments": {
      const width = embeddingWidth(model);
      return { extraFlops: all * width ** 2 + 40 * width ** 3, extraMemory: 6 * 8 * width ** 2, outputBytes: 16 };
    }
    case undefined:
      return { extraFlops: 0, extraMemory: cost.each === "part" ? activations(model) : 0, outputBytes: 16 * layers };
    default:
      return cost.arithmetic satisfies never;
  }
}

/** Of a batch at all layers, as fetched and as fed: what a probe that runs a model layer by layer holds. */
function activations({ info, spec }: LoweredModel): number {
  const width = sum(info.layers.map(({ shape }) => shape.reduce((product, size) => product * size, 1)));
  return 2 * 4 * evaluationBatch(spec) * width;
}

/** What the head reads. */
function embeddingWidth({ info }: LoweredModel): number {
  const head = info.tensors.find(({ place, shape }) => place.kind === "head" && shape.length === 2);
  return head?.shape[1] ?? 1;
}

/** Evaluations of a regression's loss and gradient, about. */
const FITTING_STEPS = 100;

export function forward(
  context: Context,
  model: LoweredModel,
  work: Pick<ForwardWork, "images" | "extraFlops" | "extraMemory" | "outputBytes">,
): Estimate {
  return estimateForward(
    { ...measuredBy(model), ...work, valueBytes: valueBytes(featuresMemory(model.spec)) },
    context.rates,
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
