/** Runs operations on an in-memory store, one node after another, as a worker would. */

import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { NodeFor, NodeKey, OpName, OpParams, PlanNode } from "../../../src/compiler/plan/types.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { MemoDigests } from "../../../src/runtime/data/digests.js";
import { datasetFacts } from "../../../src/runtime/data/index.js";
import type { Engine } from "../../../src/runtime/engine/types.js";
import { runOps } from "../../../src/runtime/ops/index.js";
import type { OpContext } from "../../../src/runtime/ops/types.js";
import { readSafetensors } from "../../../src/runtime/state/safetensors.js";
import type { BlobRef, BlobStore, Manifest } from "../../../src/runtime/store/types.js";

export const DATA = resolve(import.meta.dirname, "../../../studies/data");

export class MemoryBlobs implements BlobStore {
  readonly #blobs = new Map<string, Uint8Array>();
  async put(data: Uint8Array): Promise<BlobRef> {
    const digest = createHash("sha256").update(data).digest("hex");
    this.#blobs.set(digest, Uint8Array.from(data));
    return { digest, bytes: data.length };
  }
  async get(ref: BlobRef): Promise<Uint8Array> {
    const blob = this.#blobs.get(ref.digest);
    if (blob === undefined) throw new Error(`no blob ${ref.digest}`);
    return blob;
  }
}

/** An output of a node that has run. */
export interface Ref {
  readonly manifest: Manifest;
  readonly output: string;
}
export interface Planned {
  readonly node: PlanNode;
  readonly inputs: ReadonlyMap<string, Manifest>;
  readonly resource: string | undefined;
}

export class Bench {
  readonly blobs = new MemoryBlobs();
  readonly progress: { done: number; total: number; values?: object }[] = [];
  constructor(
    readonly engine: Engine,
    readonly plugins?: OpContext["plugins"],
  ) {}

  plan<K extends OpName>(op: K, params: OpParams[K], inputs: { [role: string]: Ref } = {}, resource?: string): Planned {
    const refs = Object.entries(inputs).map(([role, { manifest, output }]) => ({ role, node: manifest.key, output }));
    const key = createHash("sha256")
      .update(JSON.stringify([op, params, refs]))
      .digest("hex") as NodeKey;
    const people = {
      label: op,
      cells: [],
      location: { path: "t.xfer", span: { start: 0, end: 0 } },
      provisional: false,
    };
    const estimate = { seconds: 0, bytes: 0, memory: 0, deviceMemory: 0, flops: 0, basis: "default" as const };
    const node = { key, op, version: 1, params, inputs: refs, signature: null, ...people, estimate };
    const manifests = Object.entries(inputs).map(([role, { manifest }]) => [role, manifest] as const);
    return { node: node as unknown as NodeFor<K> as PlanNode, inputs: new Map(manifests), resource };
  }

  async run(...planned: Planned[]): Promise<readonly Manifest[]> {
    const calls = planned.map(({ node, inputs, resource }) => ({ node, context: this.context(inputs, resource) }));
    const results = await runOps(calls);
    return planned.map(({ node }) => {
      const result = results.get(node.key);
      if (result === undefined) throw new Error(`no result of ${node.op}`);
      const about = {
        seconds: 0,
        peakBytes: 0,
        createdAt: "",
        by: { xferc: "0", host: "h", engine: null },
        recipe: null,
      };
      return { format: 1, key: node.key, op: node.op, outputs: result.outputs, value: result.value, ...about };
    });
  }

  async one<K extends OpName>(
    op: K,
    params: OpParams[K],
    inputs: { [role: string]: Ref } = {},
    resource?: string,
  ): Promise<Manifest> {
    const [manifest] = await this.run(this.plan(op, params, inputs, resource));
    if (manifest === undefined) throw new Error("nothing ran");
    return manifest;
  }

  context(inputs: ReadonlyMap<string, Manifest>, resource: string | undefined, signal = new AbortController().signal) {
    const progress: OpContext["progress"] = (done, total, values) => {
      this.progress.push({ done, total, ...(values === undefined ? {} : { values }) });
    };
    const plugins = this.plugins === undefined ? {} : { plugins: this.plugins };
    return { blobs: this.blobs, inputs, engine: this.engine, resource, progress, signal, ...plugins };
  }

  /** A bundled data set, indexed and prepared. */
  async data(name: string, size: number): Promise<{ readonly train: Ref; readonly val: Ref; readonly test: Ref }> {
    const adapter = { id: "idx", version: 1, params: {} };
    const split = { kind: "official" } as const;
    const root = resolve(DATA, name);
    const fact = await datasetFacts({ name, adapter, split }, root, new MemoDigests());
    if (fact.status !== "known") throw new Error(`${name}: ${JSON.stringify(fact)}`);
    const { fingerprint } = fact.facts;
    const index = await this.one("dataset.index", { adapter, fingerprint, split, stream: null }, {}, root);
    const prepare = async (splitName: "train" | "val" | "test"): Promise<Ref> => {
      const inputs = { index: { manifest: index, output: "index" } };
      return {
        manifest: await this.one("dataset.prepare", { splitName, size, channels: 1 }, inputs, root),
        output: "images",
      };
    };
    return { train: await prepare("train"), val: await prepare("val"), test: await prepare("test") };
  }

  async state(ref: Ref) {
    const blob = ref.manifest.outputs[ref.output];
    if (blob === undefined) throw new Error(`no output ${ref.output}`);
    return readSafetensors(await this.blobs.get(blob), ref.output);
  }
}

export const tinyResnet = (classes: number): ModelSpec => ({
  family: "resnet",
  version: 1,
  params: { blocks: [1, 1], widths: [4, 8], stem: "small" },
  classes,
  channels: 1,
  size: 12,
});
export const tinyVit = (classes: number): ModelSpec => ({
  family: "vit",
  version: 1,
  params: { dim: 8, depth: 2, heads: 2, patch: 4 },
  classes,
  channels: 1,
  size: 12,
});
export const rowsOf = (manifest: Manifest) =>
  (manifest.value as unknown as { rows: { inner: { [axis: string]: string }; value: number }[] }).rows;
