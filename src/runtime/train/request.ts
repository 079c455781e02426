/** What a stage of training is given. */

import type { OpParams } from "../../compiler/plan/types.js";
import type { CheckpointInterval } from "../../compiler/study.js";
import type { ModelInfo } from "../../models/types.js";
import { type ImageSet, normalizationOf } from "../data/images.js";
import type { Engine } from "../engine/types.js";
import type { PluginMetrics } from "../probes/metric.js";
import type { NamedTensors } from "../state/safetensors.js";
import type { PartialWork } from "../store/partial.js";
import type { BatchSource } from "./batches.js";
import type { Clock } from "./pace.js";

export interface StageRequest {
  readonly params: OpParams["train"];
  readonly info: ModelInfo;
  readonly engine: Engine;
  readonly initial: NamedTensors;
  readonly train: ImageSet;
  readonly val: ImageSet | undefined;
  readonly signal: AbortSignal;
  /** Metrics beside the built-in ones. */
  readonly plugins?: PluginMetrics | undefined;
  /** Images taken at once, where that is fewer than a batch. */
  readonly microBatch?: number | undefined;
  /** Of its steps those it takes, where that is known beforehand; schedules are laid out over all of them. */
  readonly share?: number | undefined;
  readonly onProgress: (step: number, total: number, values: { readonly [name: string]: number }) => void;
  /** Where checkpoints go; without it there are none, and a kill costs all of the training. */
  readonly checkpoints?: CheckpointOptions | undefined;
}

export interface CheckpointOptions {
  readonly work: PartialWork;
  readonly every: CheckpointInterval;
  readonly onNote: (note: StageNote) => void;
  /** For tests. */
  readonly now?: Clock;
}

/** What whoever watches a training may want to know beside its progress. */
export type StageNote =
  | { readonly kind: "resumed"; readonly step: number; readonly of: number }
  | { readonly kind: "checkpoint"; readonly step: number; readonly of: number; readonly seconds: number }
  /** It was asked to stop, and this step is kept. */
  | { readonly kind: "stopped"; readonly step: number; readonly of: number }
  | { readonly kind: "warning"; readonly message: string };

export function sourceOf({ params }: StageRequest, images: ImageSet): BatchSource {
  const { model, task, normalize } = params;
  return { images, model, task, normalization: normalizationOf(normalize, images.info) };
}
