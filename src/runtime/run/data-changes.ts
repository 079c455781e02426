/** `data changed` with numbers: how many files of a data set are new, gone or others than in the run before. */

import { basename, join } from "node:path";
import { isFile } from "../../compiler/plan/diff/match.js";
import type { Plan, PlanDiff } from "../../compiler/plan/index.js";
import type { FileChanges, NodeStatus } from "../../compiler/plan/reason.js";
import type { NodeFor, NodeKey, PlanNode } from "../../compiler/plan/types.js";
import type { CheckedStudy } from "../../compiler/study.js";
import type { Demand } from "../coordinator/demand.js";
import { adapterOf } from "../data/adapters/index.js";
import { MEMO, MemoDigests } from "../data/digests.js";
import { type FileList, fileChanges, listingDigests, readFileList } from "../data/file-list.js";
import { type DiskStore, openStore } from "../store/index.js";
import type { OpenStudy } from "./open.js";

export interface Subject {
  readonly open: OpenStudy;
  readonly study: CheckedStudy;
  readonly plan: Plan;
  readonly demand: Demand;
}

/** Reads of both sides only where data changed; without the files of then the reason stays without counts. */
export async function withFileChanges(diff: PlanDiff, { open, plan }: Subject): Promise<PlanDiff> {
  const changed = plan.nodes.filter((node) => isDataChange(diff.status.get(node.key)));
  if (changed.length === 0) return diff;
  const store = openStore(open.cache, undefined, open.layers);
  const status = new Map(diff.status);
  for (const node of changed) {
    const found = status.get(node.key);
    if (found?.status === "cached" || found?.reason.kind !== "data") continue;
    const files = await changesOf(node, diff.counterparts.get(node.key), store, open);
    if (files) status.set(node.key, { ...found, reason: { ...found.reason, files } });
  }
  return { ...diff, status };
}

/** For what leaves this machine or stays in a run's folder: file names may be patients'. */
export function withoutFileNames(diff: PlanDiff): PlanDiff {
  const status = new Map<NodeKey, NodeStatus>();
  for (const [key, found] of diff.status) status.set(key, nameless(found));
  return { ...diff, status };
}

function nameless(found: NodeStatus): NodeStatus {
  if (found.status === "cached" || found.reason.kind !== "data" || !found.reason.files) return found;
  const { added, removed, changed } = found.reason.files;
  return { ...found, reason: { ...found.reason, files: { added, removed, changed } } };
}

function isDataChange(status: NodeStatus | undefined): boolean {
  return status !== undefined && status.status !== "cached" && status.reason.kind === "data";
}

async function changesOf(
  node: PlanNode,
  before: NodeKey | undefined,
  store: DiskStore,
  open: Subject["open"],
): Promise<FileChanges | undefined> {
  if (isFile(node.op)) {
    const names = node.resource === undefined ? {} : { names: [basename(node.resource.path)] };
    return { added: 0, removed: 0, changed: 1, ...names };
  }
  if (node.op !== "dataset.index" || before === undefined) return undefined;
  try {
    const [then, now] = [await filesThen(before, store), await filesNow(node, open)];
    return then && now && fileChanges(then, now);
  } catch {
    // damaged in the cache, or not on this machine: the reason says less, and the run will say the rest
    return undefined;
  }
}

async function filesThen(index: NodeKey, store: DiskStore): Promise<FileList | undefined> {
  const ref = (await store.lookup(index))?.outputs.files;
  return ref && readFileList(new TextDecoder().decode(await store.get(ref)));
}

async function filesNow(
  { params, resource }: NodeFor<"dataset.index">,
  { host, cache, plugins }: Subject["open"],
): Promise<FileList | undefined> {
  if (resource === undefined) return undefined;
  const root = host.locate(resource);
  const digests = listingDigests(new MemoDigests(join(cache, MEMO)), root);
  await adapterOf(params.adapter, plugins).index({ root, adapter: params.adapter, digests, plugins });
  return digests.files;
}
