/** An action cache (node key → manifest) over a content-addressed blob store. */

import type { Json } from "../../catalog/types.js";
import type { NodeKey, OpName } from "../../compiler/plan/types.js";

export interface BlobRef {
  /** SHA-256, hex. */
  readonly digest: string;
  readonly bytes: number;
}

/** What a node left behind. Published once; the first writer wins. */
export interface Manifest {
  readonly format: 1;
  readonly key: NodeKey;
  readonly op: OpName;
  readonly outputs: { readonly [name: string]: BlobRef };
  /** Small results inline: a score, a history, a probe's rows. */
  readonly value: Json;
  readonly seconds: number;
  readonly peakBytes: number;
  readonly createdAt: string;
  readonly by: {
    readonly xferc: string;
    /** An alias: a hash of the host's name. */
    readonly host: string;
    readonly engine: string | null;
    readonly study?: string;
    readonly run?: string;
  };
  /** The node's, in the study that made it first. */
  readonly label?: string;
  /** Params and inputs as keyed, so a later plan can say what changed. */
  readonly recipe: Json;
}

export interface BlobStore {
  put(data: Uint8Array): Promise<BlobRef>;
  /** Verified against its digest; a torn or corrupted blob is quarantined and an error says so. */
  get(ref: BlobRef): Promise<Uint8Array>;
  /** Where a blob lies, for whoever reads parts of it and verifies them; absent where blobs are no files. */
  pathOf?(ref: BlobRef): Promise<string>;
}

export interface Store extends BlobStore {
  lookup(key: NodeKey): Promise<Manifest | undefined>;
  /** Of many nodes, what there is. */
  lookupAll(keys: readonly NodeKey[]): Promise<ReadonlyMap<NodeKey, Manifest>>;
  /** The given object itself where it came first, else what the first writer left. */
  publish(manifest: Manifest): Promise<Manifest>;
}
