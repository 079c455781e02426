/**
 * Checkpoints of a training: all that the rest of it depends on. Draws are counted from the step's number, schedules and
 * selection follow from the checks so far, so what is kept is the session's state, the history and the states chosen.
 */

import type { ValidateFunction } from "ajv";
import { newAjv } from "../../catalog/ajv.js";
import { canonicalJson } from "../../compiler/plan/canonical.js";
import type { NumericSignature } from "../../compiler/plan/types.js";
import { type NamedTensors, readSafetensors, writeSafetensors } from "../state/safetensors.js";
import { DamagedBlobError, StoreError } from "../store/errors.js";
import type { PartialWork, Snapshot } from "../store/partial.js";
import type { BlobRef } from "../store/types.js";
import type { HistoryState } from "./history.js";
import type { SkipState } from "./skips.js";

export interface Checkpoint {
  /** Steps taken. */
  readonly step: number;
  readonly of: number;
  /** What it took to come this far, over all attempts. */
  readonly seconds: number;
  /** Of the model. */
  readonly weights: NamedTensors;
  /** Of the optimizer and of loss scaling. */
  readonly rest: NamedTensors;
  readonly history: HistoryState;
  readonly skips: SkipState;
  /** The last loss that was a number. */
  readonly lastLoss: StepLoss | undefined;
  /** The check after `step`, where it is under way: the logits of the first images. */
  readonly check: PartialCheck | undefined;
  /** State of the best check so far; which one that is follows from the history. */
  readonly best: NamedTensors | undefined;
  readonly kept: ReadonlyMap<number, NamedTensors>;
}

export interface StepLoss {
  readonly step: number;
  readonly loss: number;
}

export interface PartialCheck {
  /** Images evaluated. */
  readonly done: number;
  /** [images, classes]; those of the images evaluated count. */
  readonly logits: Float32Array;
}

/** The part of a checkpoint that is JSON. Numbers may be what JSON has no word for, and are written as text then. */
interface Body {
  readonly format: 1;
  readonly signature: string;
  readonly step: number;
  readonly of: number;
  readonly seconds: number;
  readonly weights: BlobRef;
  readonly rest: BlobRef;
  readonly history: HistoryState;
  readonly skips: SkipState;
  readonly lastLoss: StepLoss | null;
  readonly check: { readonly done: number; readonly logits: BlobRef } | null;
  readonly best: BlobRef | null;
  readonly kept: readonly { readonly step: number; readonly state: BlobRef }[];
}

const FORMAT = 1;

export interface CheckpointsOptions {
  readonly work: PartialWork;
  readonly signature: NumericSignature;
  /** Told where a checkpoint cannot be used. */
  readonly onDamage: (message: string) => void;
}

export class Checkpoints {
  /** States that lie there already: a best state is written once, not with every checkpoint. */
  readonly #written = new WeakMap<NamedTensors, BlobRef>();
  readonly #options: CheckpointsOptions;
  readonly #signature: string;
  #last: { readonly step: number; readonly weights: BlobRef } | undefined;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#signature = canonicalJson(options.signature);
  }

  /** The newest that is whole and of this training and engine; those that are not are taken away. */
  async latest(): Promise<Checkpoint | undefined> {
    const { work, onDamage } = this.#options;
    for (const snapshot of await work.snapshots()) {
      try {
        const checkpoint = await this.#read(snapshot);
        if (checkpoint !== undefined) return checkpoint;
      } catch (error) {
        if (error instanceof StoreError) throw error;
        onDamage(`the checkpoint at step ${snapshot.at} is ${damageOf(error)}; it is not used`);
      }
      await work.drop(snapshot);
    }
    return undefined;
  }

  async write(checkpoint: Checkpoint): Promise<void> {
    const { work } = this.#options;
    const { check, best } = checkpoint;
    const logits = check && new Map([["logits", { shape: [check.logits.length], data: check.logits }]]);
    const kept: { step: number; state: BlobRef }[] = [];
    for (const [step, state] of checkpoint.kept) kept.push({ step, state: await this.#put(state) });
    const body: Body = {
      format: FORMAT,
      signature: this.#signature,
      step: checkpoint.step,
      of: checkpoint.of,
      seconds: checkpoint.seconds,
      weights: await this.#put(checkpoint.weights),
      rest: await this.#put(checkpoint.rest),
      history: checkpoint.history,
      skips: checkpoint.skips,
      lastLoss: checkpoint.lastLoss ?? null,
      check: check && logits ? { done: check.done, logits: await this.#put(logits) } : null,
      best: best === undefined ? null : await this.#put(best),
      kept,
    };
    await work.commit(checkpoint.step, JSON.parse(JSON.stringify(body, spelled)), refsOf(body));
    this.#last = { step: checkpoint.step, weights: body.weights };
  }

  /** Step and place (below the cache) of the last one's weights: safetensors under the model's own names. */
  lastWeights(): { readonly step: number; readonly place: string } | undefined {
    const last = this.#last;
    return last && { step: last.step, place: this.#options.work.place(last.weights) };
  }

  async #read(snapshot: Snapshot): Promise<Checkpoint | undefined> {
    const parsed = JSON.parse(JSON.stringify(await this.#options.work.read(snapshot)), unspelled) as unknown;
    // Another format or another engine: of no use, and no damage either.
    if (!isBody(parsed) || parsed.signature !== this.#signature || parsed.step !== snapshot.at) return undefined;
    const { weights, rest, lastLoss, check, best, kept, ...same } = parsed;
    const states = new Map<number, NamedTensors>();
    for (const { step, state } of kept) states.set(step, await this.#get(state));
    const read = { weights: await this.#get(weights), rest: await this.#get(rest) };
    this.#last = { step: same.step, weights };
    return {
      ...same,
      ...read,
      lastLoss: lastLoss ?? undefined,
      check: check === null ? undefined : { done: check.done, logits: logitsOf(await this.#get(check.logits)) },
      best: best === null ? undefined : await this.#get(best),
      kept: states,
    };
  }

  async #put(state: NamedTensors): Promise<BlobRef> {
    const ref = this.#written.get(state) ?? (await this.#options.work.put(writeSafetensors(state)));
    this.#written.set(state, ref);
    return ref;
  }

  async #get(ref: BlobRef): Promise<NamedTensors> {
    const state = readSafetensors(await this.#options.work.get(ref), "a checkpoint");
    this.#written.set(state, ref);
    return state;
  }
}

function refsOf({ weights, rest, check, best, kept }: Body): readonly BlobRef[] {
  const chosen = [best, check?.logits].flatMap((ref) => ref ?? []);
  return [weights, rest, ...chosen, ...kept.map(({ state }) => state)];
}

function logitsOf(tensors: NamedTensors): Float32Array {
  const data = tensors.get("logits")?.data;
  if (!(data instanceof Float32Array)) throw new Error("its logits are missing");
  return data;
}

function damageOf(error: unknown): string {
  if (error instanceof DamagedBlobError) return error.damage;
  return `unreadable (${error instanceof Error ? error.message : String(error)})`;
}

const UNSPELLED: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);

function spelled(_: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? "-0" : String(value);
}

function unspelled(_: string, value: unknown): unknown {
  return UNSPELLED.get(value) ?? value;
}

const count = { type: "integer", minimum: 0 };
const numbers = { type: "array", items: { type: "number" } };
const blob = {
  type: "object",
  required: ["digest", "bytes"],
  properties: { digest: { type: "string", pattern: "^[0-9a-f]{64}$" }, bytes: count },
};
const record = (properties: { readonly [name: string]: object }) => ({
  type: "object",
  required: Object.keys(properties),
  properties,
});
const schema = record({
  format: { const: FORMAT },
  signature: { type: "string" },
  step: count,
  of: count,
  seconds: { type: "number", minimum: 0 },
  weights: blob,
  rest: blob,
  history: record({
    steps: numbers,
    losses: numbers,
    rates: numbers,
    checks: { type: "array", items: record({ step: count, value: {} }) },
  }),
  skips: record({ total: count, inARow: count }),
  lastLoss: { anyOf: [{ type: "null" }, record({ step: count, loss: { type: "number" } })] },
  check: { anyOf: [{ type: "null" }, record({ done: count, logits: blob })] },
  best: { anyOf: [{ type: "null" }, blob] },
  kept: { type: "array", items: record({ step: count, state: blob }) },
});

let validate: ValidateFunction<Body> | undefined;

function isBody(value: unknown): value is Body {
  validate ??= newAjv({ strictNumbers: false }).compile<Body>(schema);
  return validate(value);
}
