/** `xferc cache ls` and `du`: what is there, how large, and who made it. */

import type { NodeKey, OpName } from "../../compiler/plan/types.js";
import type { BlobRef } from "../store/types.js";
import type { Scan } from "./scan.js";

export interface Result {
  readonly key: NodeKey;
  readonly op: OpName;
  /** Of the node, in the study that made it first; null for results of older versions. */
  readonly label: string | null;
  readonly study: string | null;
  /** Of its manifest and its outputs; an output that several results share counts for each of them. */
  readonly bytes: number;
  /** What it took to compute. */
  readonly seconds: number;
  readonly createdAt: string;
  readonly ageSeconds: number;
  readonly by: { readonly engine: string | null; readonly xferc: string; readonly host: string };
}

/** The newest last. @param now by the clock that stamps files there */
export function resultsOf({ actions }: Scan, now: number): readonly Result[] {
  return actions
    .flatMap((action): Result[] => {
      const { manifest } = action;
      if (manifest === undefined) return [];
      const { engine, xferc, host, study } = manifest.by;
      return [
        {
          key: action.key,
          op: manifest.op,
          label: manifest.label ?? null,
          study: study ?? null,
          bytes: action.bytes + Object.values(manifest.outputs).reduce((sum, { bytes }) => sum + bytes, 0),
          seconds: manifest.seconds,
          createdAt: manifest.createdAt,
          ageSeconds: Math.max(0, Math.round((now - action.modifiedMs) / 1000)),
          by: { engine, xferc, host },
        },
      ];
    })
    .sort((a, b) => b.ageSeconds - a.ageSeconds || (a.key < b.key ? -1 : 1));
}

export interface Share {
  readonly name: string;
  readonly results: number;
  /** Blobs count once, for the first result that has them. */
  readonly bytes: number;
  readonly seconds: number;
}

export interface Usage {
  readonly bytes: number;
  readonly ops: readonly Share[];
  readonly studies: readonly Share[];
  /** Blobs that no result has: being written, or left by runs that were killed. */
  readonly loose: number;
  readonly partial: number;
  readonly quarantine: number;
  readonly drafts: number;
  readonly notes: number;
  readonly foreign: number;
}

export function usageOf(scan: Scan): Usage {
  const sizes = new Map(scan.blobs.map(({ digest, bytes }) => [digest, bytes]));
  const ops = new Map<string, Share>();
  const studies = new Map<string, Share>();
  for (const { manifest, bytes } of scan.actions) {
    if (manifest === undefined) continue;
    const own = bytes + takeBlobs(Object.values(manifest.outputs), sizes);
    for (const [shares, name] of [
      [ops, manifest.op],
      [studies, manifest.by.study ?? "unknown"],
    ] as const) {
      const before = shares.get(name) ?? { name, results: 0, bytes: 0, seconds: 0 };
      const { results, seconds } = before;
      shares.set(name, { name, results: results + 1, bytes: before.bytes + own, seconds: seconds + manifest.seconds });
    }
  }
  const sum = (files: readonly { readonly bytes: number }[]) => files.reduce((total, { bytes }) => total + bytes, 0);
  const kinds = {
    partial: sum(scan.partial),
    quarantine: sum(scan.quarantine),
    drafts: sum(scan.drafts),
    notes: sum(scan.notes),
    foreign: sum(scan.foreign),
  };
  const rest = Object.values(kinds).reduce((total, bytes) => total + bytes, 0);
  return {
    bytes: sum(scan.actions) + sum(scan.blobs) + rest,
    ops: bySize(ops),
    studies: bySize(studies),
    loose: [...sizes.values()].reduce((total, bytes) => total + bytes, 0),
    ...kinds,
  };
}

/** Takes the blobs out of `sizes`. */
function takeBlobs(refs: readonly BlobRef[], sizes: Map<string, number>): number {
  let bytes = 0;
  for (const { digest } of refs) {
    bytes += sizes.get(digest) ?? 0;
    sizes.delete(digest);
  }
  return bytes;
}

function bySize(shares: ReadonlyMap<string, Share>): readonly Share[] {
  return [...shares.values()].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}
