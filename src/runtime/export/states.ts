/** States of a run as safetensors files that timm loads with `strict=True`. */

import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { NodeKey } from "../../compiler/plan/types.js";
import { loraParams, withoutAdapters } from "../../models/adapter.js";
import { bottleneckParams } from "../../models/bottleneck.js";
import { ModelError } from "../../models/parameters.js";
import { traceModel } from "../../models/trace.js";
import { UsageError } from "../host/errors.js";
import { packageVersion } from "../host/package.js";
import { type NamedTensors, readSafetensors, writeSafetensors } from "../state/safetensors.js";
import type { Store } from "../store/types.js";
import { strictState } from "../weights/strict.js";
import { type AdapterForm, alone, merged } from "./adapters.js";
import { fileName } from "./names.js";
import { type FoundState, RunStates, readRunPlan } from "./run.js";
import { chooseStates, type Moment } from "./selector.js";
import { timmModel } from "./timm.js";

export interface StatesRequest {
  /** The run's folder; absolute, and as the user named it. */
  readonly run: string;
  readonly shown: string;
  readonly store: Pick<Store, "lookup" | "get">;
  readonly selectors: readonly string[];
  /** Of models that have adapters. */
  readonly adapters: AdapterForm;
  /** Absolute. */
  readonly out: string;
}

export interface ExportedState {
  readonly cell: string;
  readonly state: Moment;
  readonly file: string;
  readonly key: NodeKey;
  readonly sha256: string;
}

export interface ExportedStates {
  readonly files: readonly ExportedState[];
  /** `main[init: RI]#2 selected`: not computed, or no longer in the cache. */
  readonly missing: readonly string[];
}

/** Beside the files: which is of which cell. */
const INDEX = "states.json";

/** @throws UsageError, StoreError */
export async function exportStates(request: StatesRequest): Promise<ExportedStates> {
  const plan = readRunPlan(request.run, request.shown);
  const chosen = chooseStates(plan.cells, request.selectors);
  const states = new RunStates(plan, request.store);
  const taken = new Set([INDEX]);
  const files: ExportedState[] = [];
  const missing: string[] = [];
  for (const choice of chosen) {
    const found = await states.find(choice);
    const { cell, moment } = choice;
    if (found === undefined) {
      missing.push(`${cell.id} ${moment}`);
      continue;
    }
    const { adapters } = request;
    const bytes = stateFile(found, await request.store.get(found.blob), { study: plan.study, adapters });
    const what = adapters === "alone" ? `${moment}.adapter` : moment;
    const file = `${fileName(cell.id, what, taken)}.safetensors`;
    write(join(request.out, file), bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    files.push({ cell: cell.id, state: moment, file, key: found.key, sha256 });
  }
  if (files.length > 0) write(join(request.out, INDEX), `${JSON.stringify({ states: files }, null, 2)}\n`);
  return { files, missing };
}

/** A reader sees a file whole or not at all. */
function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

export interface FileOptions {
  readonly study: string;
  readonly adapters: AdapterForm;
}

/**
 * The model's tensors, buffers and counters included, and what is needed to use them; nothing else of the run. Adapters are
 * merged, or they and the head are all there is.
 * @throws UsageError where adapters are wanted and there are none
 */
function stateFile(state: FoundState, blob: Uint8Array, { study, adapters }: FileOptions): Uint8Array {
  const file = `the state of ${state.cell.id}`;
  const info = tensorsOf(state);
  const whole = strictState(info, { file, tensors: readSafetensors(blob, file), notes: [] });
  const [lora, bottleneck] = [loraParams(state.model), bottleneckParams(state.model)];
  if (adapters === "alone" && lora === undefined && bottleneck === undefined) {
    throw new UsageError(
      `the model of ${state.cell.id} has no adapter`,
      "leave --adapters out, or name cells that have one with --states",
    );
  }
  const isMerged = adapters === "merged" && lora !== undefined;
  const metadata = {
    ...metadataOf(state, study),
    ...(lora && { "xferc.adapter": JSON.stringify({ kind: "lora", ...lora, ...(isMerged && { merged: true }) }) }),
    // has no like among the model's own tensors: its four stay beside the layer's
    ...(bottleneck && { "xferc.bottleneck": JSON.stringify(bottleneck) }),
  };
  if (adapters === "alone") return written(alone(whole, info), metadata);
  return written(isMerged ? merged(whole, lora) : whole, metadata);
}

function written(tensors: NamedTensors, metadata: { readonly [name: string]: string }): Uint8Array {
  return writeSafetensors(tensors, { integers: "I64", metadata });
}

function tensorsOf({ model, cell }: FoundState) {
  try {
    return traceModel(model).tensors;
  } catch (error) {
    if (error instanceof ModelError) throw new UsageError(`the model of ${cell.id} cannot be built: ${error.message}`);
    throw error;
  }
}

/** Of the model without adapters: that is what others can make, where no bottleneck stays. */
function metadataOf(state: FoundState, study: string) {
  const { cell, moment, key, normalization, classes } = state;
  const model = withoutAdapters(state.model);
  const timm = bottleneckParams(state.model) ? undefined : timmModel(model);
  const texts: { readonly [name: string]: string | undefined } = {
    format: "pt",
    architecture: timm?.architecture,
    model_args: timm && Object.keys(timm.args).length > 0 ? JSON.stringify(timm.args) : undefined,
    num_classes: String(model.classes),
    in_chans: String(model.channels),
    img_size: String(model.size),
    mean: normalization && JSON.stringify(normalization.mean),
    std: normalization && JSON.stringify(normalization.std),
    class_names: classes.length > 0 ? JSON.stringify(classes) : undefined,
    "xferc.version": packageVersion(),
    "xferc.study": study,
    "xferc.cell": cell.id,
    "xferc.state": moment,
    "xferc.key": key,
    "xferc.model": JSON.stringify({ family: model.family, params: model.params }),
  };
  const given = Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given);
}
