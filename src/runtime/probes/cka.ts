/** CKA of every layer of one state with every layer of another, over one sample of images. */

import { CkaAverage, type CkaEstimator, centreGram, ckaBatches } from "../../analysis/cka.js";
import { type Gram, gramInner, gramOf } from "../../analysis/gram.js";
import type { StreamSpec } from "../../compiler/plan/types.js";
import type { ModelInfo } from "../../models/types.js";
import type { Engine } from "../engine/types.js";
import { type ItemHash, Stream } from "../random/stream.js";
import type { ProbeRow } from "../results/types.js";
import type { Reader } from "./features.js";
import { accumulateGram, emptyGram, FeatureTable } from "./gram.js";

/** Features kept at a time; what does not fit is read in another pass. */
const FEATURE_BYTES = 512 * 2 ** 20;

export interface CkaSettings {
  readonly estimator: CkaEstimator;
  readonly batch: number;
}

export function estimatorOf(name: string): CkaEstimator {
  if (name === "unbiased" || name === "hsic_mean" || name === "batch_mean" || name === "biased") return name;
  throw new Error(`no CKA estimator ${name}; there is unbiased, hsic_mean, batch_mean, biased`);
}

/** Positions of the sample, ascending: the first `count` in the order of a hash of image ids, all where there are fewer. */
export function sampleImages(hashes: readonly ItemHash[], count: number, stream: StreamSpec): readonly number[] {
  return [...new Stream(stream).order(hashes).subarray(0, count)].sort((a, b) => a - b);
}

/** Centred Gram matrices of one state: a layer, then a batch. */
export type StateGrams = ReadonlyMap<string, readonly Gram[]>;

interface Part {
  readonly layer: string;
  readonly from: number;
  readonly to: number;
}

/** Gathers one state's Gram matrices over as many passes as memory asks for. */
export class GramCollector {
  readonly #grams = new Map<string, Gram[]>();
  readonly #rounds: readonly (readonly Part[])[];
  readonly #rows: ReadonlyMap<number, number>;
  readonly #ranges: readonly (readonly [number, number])[];

  constructor(
    readonly engine: Engine,
    readonly layers: ModelInfo["layers"],
    readonly sample: readonly number[],
    readonly settings: CkaSettings,
  ) {
    this.#rounds = roundsOf(layers, sample.length);
    this.#rows = new Map(sample.map((image, row) => [image, row]));
    this.#ranges = ckaBatches(sample.length, settings);
    for (const { name } of layers)
      this.#grams.set(
        name,
        this.#ranges.map(([from, to]) => emptyGram(to - from)),
      );
  }

  /** How many passes it needs. */
  get rounds(): number {
    return this.#rounds.length;
  }

  reader(round: number): { readonly reader: Reader; readonly finish: () => Promise<void> } {
    const tables = (this.#rounds[round] ?? []).map(
      ({ layer, from, to }) => new FeatureTable(this.sample.length, layer, from, to),
    );
    return {
      reader: {
        images: new Set(this.sample),
        flat: [...new Set(tables.map(({ layer }) => layer))],
        pooled: [],
        take: (batch) => {
          for (const table of tables) table.take(batch, (image) => this.#rows.get(image));
        },
      },
      finish: async () => {
        for (const table of tables) await this.#add(table);
      },
    };
  }

  /** After the last round; the uncentred matrices are gone with it. */
  centred(): StateGrams {
    return new Map(
      [...this.#grams].map(([layer, grams]) => [layer, grams.map((gram) => centreGram(gram, this.settings.estimator))]),
    );
  }

  async #add(table: FeatureTable): Promise<void> {
    const grams = this.#grams.get(table.layer) ?? [];
    for (const [i, [from, to]] of this.#ranges.entries()) {
      const gram = grams[i];
      if (gram === undefined) continue;
      if (to - from === table.samples) {
        await accumulateGram(this.engine, gram, table);
        continue;
      }
      const data = table.data.subarray(from * table.width, to * table.width);
      const part = gramOf({ data, rows: to - from, columns: table.width });
      for (let at = 0; at < part.upper.length; at++) {
        gram.upper[at] = (gram.upper[at] as number) + (part.upper[at] as number);
      }
    }
  }
}

function roundsOf(layers: ModelInfo["layers"], samples: number): readonly (readonly Part[])[] {
  const room = Math.max(1, Math.floor(FEATURE_BYTES / 4 / Math.max(1, samples)));
  const rounds: Part[][] = [];
  let left = 0;
  for (const { name, shape } of layers) {
    const width = shape.reduce((product, extent) => product * extent, 1);
    for (let from = 0; from < width; ) {
      if (left === 0 || rounds.length === 0) {
        rounds.push([]);
        left = room;
      }
      const to = Math.min(width, from + left);
      rounds.at(-1)?.push({ layer: name, from, to });
      left -= to - from;
      from = to;
    }
  }
  return rounds;
}

/** Layers whose features are the same for all images: they align with nothing, and their CKA is given as 0. */
export function deadAlignments(grams: StateGrams, state: string): readonly string[] {
  const dead = [...grams]
    .filter(([, list]) => list.every((gram) => gramInner(gram, gram) === 0))
    .map(([layer]) => layer);
  return dead.length === 0
    ? []
    : [`features of the ${state} state are the same for all images in ${dead.join(", ")}: their CKA is given as 0`];
}

/** Every layer of `a` (axis `layer`) with every layer of `b` (axis `layer2`). */
export function ckaRows(a: StateGrams, b: StateGrams, estimator: CkaEstimator): readonly ProbeRow[] {
  const ownA = selfInner(a);
  const ownB = selfInner(b);
  return [...a].flatMap(([layer, gramsA]) =>
    [...b].map(([layer2, gramsB]) => {
      const average = new CkaAverage(estimator);
      gramsA.forEach((gram, i) => {
        const other = gramsB[i];
        if (other !== undefined) average.add(gram, other, ownA.get(layer)?.[i], ownB.get(layer2)?.[i]);
      });
      return { inner: { layer, layer2 }, value: average.value() };
    }),
  );
}

function selfInner(grams: StateGrams): ReadonlyMap<string, readonly number[]> {
  return new Map([...grams].map(([layer, list]) => [layer, list.map((gram) => gramInner(gram, gram))]));
}
