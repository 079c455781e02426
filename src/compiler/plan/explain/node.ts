/** Everything behind a node, and behind a cell. */

import type { Json } from "../../../catalog/types.js";
import type { Cell, CheckedStudy } from "../../study.js";
import { rootOf } from "../causes.js";
import type { PlanDiff } from "../diff.js";
import { Lines } from "../lines.js";
import { placeText, reasonText } from "../reason-text.js";
import { type ManifestGroup, shownParams, summarizeManifest } from "../summary.js";
import type { Adaptation, ManifestEntry, NodeKey, Plan, PlanNode, StreamSpec, TensorOrigin } from "../types.js";
import { shownValue } from "../words.js";
import type { CellExplanation, ExplainedInput, NodeExplanation, NodeWhy, TensorGroup } from "./types.js";

export interface ExplainContext {
  readonly study: CheckedStudy;
  readonly plan: Plan;
  readonly diff?: PlanDiff;
}

export function explainNode(context: ExplainContext, key: NodeKey): NodeExplanation | undefined {
  return explainer(context)(key);
}

export function explainCell(context: ExplainContext, cell: Cell): CellExplanation {
  const { plan } = context;
  const explain = explainer(context);
  const results = plan.results.filter((result) => result.cell === cell.id && !result.experiment.startsWith("derive:"));
  const roots = results.map(({ node }) => node);
  const train = plan.training.get(cell.id);
  if (train !== undefined) roots.push(train);
  return {
    kind: "cell",
    cell: cell.id,
    point: Object.fromEntries(Object.entries(cell.point).map(([axis, { value }]) => [axis, value])),
    repeat: cell.repeat,
    seed: cell.seed,
    model: cell.model.name,
    target: cell.target.name,
    source: cell.source?.name ?? null,
    init: cell.init.name,
    recipes: cell.train.map(({ name }) => name),
    results: results.map(({ point, measure, metric, estimator, node }) => ({
      measure,
      at: Object.fromEntries(Object.entries(point).filter(([axis]) => !(axis in cell.point))),
      metric,
      estimator,
      node,
    })),
    nodes: behind(plan, roots).flatMap((key) => explain(key) ?? []),
  };
}

/** Keys of everything the roots need, themselves included, inputs first. */
function behind(plan: Plan, roots: readonly NodeKey[]): readonly NodeKey[] {
  const needed = new Set(roots);
  for (const node of plan.nodes.toReversed()) {
    if (needed.has(node.key)) for (const input of node.inputs) needed.add(input.node);
  }
  return plan.nodes.filter(({ key }) => needed.has(key)).map(({ key }) => key);
}

function explainer({ study, plan, diff }: ExplainContext): (key: NodeKey) => NodeExplanation | undefined {
  const nodes = new Map(plan.nodes.map((node) => [node.key, node]));
  const users = usersOf(plan);
  const lines = new Lines(study.files);
  return (key) => {
    const node = nodes.get(key);
    if (!node) return undefined;
    const inputs = node.inputs.map((input): ExplainedInput => {
      const from = nodes.get(input.node);
      return { ...input, key: input.node, op: from?.op ?? "init", label: from?.label ?? input.node };
    });
    return {
      kind: "node",
      key,
      op: node.op,
      version: node.version,
      label: node.label,
      status: diff?.status.get(key),
      why: diff && whyOf(node, diff, nodes),
      estimate: node.estimate,
      provisional: node.provisional,
      signature: node.signature,
      inputs,
      usedBy: users.get(key) ?? [],
      params: paramsWithoutManifest(node),
      streams: streamsOf(node),
      notes: node.notes ?? [],
      tensors: node.op === "init" ? tensorGroups(node.params.manifest, inputs) : [],
      cells: node.cells,
      source: { path: node.location.path, line: lines.lineOf(node.location) },
    };
  };
}

function whyOf(node: PlanNode, { status }: PlanDiff, nodes: ReadonlyMap<NodeKey, PlanNode>): NodeWhy | undefined {
  if (status.get(node.key)?.status === "cached") return undefined;
  const root = rootOf(node, status, nodes);
  const place = placeText(root.reason, root.node.location.path);
  const text = `${reasonText(root.reason)}${place === "" ? "" : ` (${place})`}`;
  return { text, node: root.node.key, label: root.node.label };
}

function usersOf(plan: Plan): ReadonlyMap<NodeKey, NodeExplanation["usedBy"][number][]> {
  const users = new Map<NodeKey, NodeExplanation["usedBy"][number][]>();
  for (const { key, label, inputs } of plan.nodes) {
    for (const { node, role } of inputs) {
      const list = users.get(node) ?? [];
      list.push({ key, label, role });
      users.set(node, list);
    }
  }
  return users;
}

function paramsWithoutManifest(node: PlanNode): Json {
  const { manifest: _, ...params } = shownParams(node);
  return params;
}

/** Every stream a node draws from, but an init's, which are with its tensors. */
function streamsOf(node: PlanNode): readonly StreamSpec[] {
  switch (node.op) {
    case "dataset.index":
      return node.params.stream ? [node.params.stream] : [];
    case "train": {
      const { order, augment, dropout, mix } = node.params.streams;
      return [order, augment, ...(dropout ? [dropout] : []), ...(mix ? [mix] : [])];
    }
    default: {
      const { stream } = node.params as { readonly stream?: StreamSpec };
      return stream ? [stream] : [];
    }
  }
}

function tensorGroups(manifest: readonly ManifestEntry[], inputs: readonly ExplainedInput[]): readonly TensorGroup[] {
  const entries = new Map(manifest.map((entry) => [entry.tensor, entry]));
  return summarizeManifest(manifest).groups.map((group) => {
    const origin = entries.get(group.tensors[0] ?? "")?.origin;
    const stream = streamText(group);
    return {
      origin: origin ? originText(origin, inputs) : "",
      tensors: group.tensors,
      numbers: group.tensors.reduce((sum, name) => sum + product(entries.get(name)?.shape ?? []), 0),
      ...(stream === undefined ? {} : { stream }),
    };
  });
}

/** An input of an init: what its state is called. */
export type NamedInput = Pick<ExplainedInput, "label" | "output">;

/** Where a tensor is from, in words. */
export function originText(origin: TensorOrigin, inputs: readonly NamedInput[]): string {
  const state = (index: number) => {
    const input = inputs[index];
    return input ? `${input.label} (${input.output})` : `state ${index}`;
  };
  switch (origin.from) {
    case "state":
      return `copied from ${state(origin.state)}${adaptation(origin.adapt)}`;
    case "stats":
      return `sampled (${shownValue(origin.sampler as unknown as Json)}) from the statistics of ${state(origin.state)}${adaptation(origin.adapt)}`;
    case "random": {
      const drawn = origin.scheme.id === "family" ? "drawn by the family's own scheme" : `drawn by ${origin.scheme.id}`;
      return origin.stream.purpose === "head" ? `a fresh head, whatever the source's is: ${drawn}` : drawn;
    }
    case "constant":
      return `constant ${origin.value}`;
    default:
      return origin satisfies never;
  }
}

function adaptation(adapt: Adaptation | undefined): string {
  if (adapt === undefined) return "";
  if ("channels" in adapt) return `, adapted to ${adapt.channels} input channels`;
  if ("positions" in adapt)
    return `, resampled from ${square(adapt.positions.from)} to ${square(adapt.positions.to)} patches`;
  return `, resampled from a window of ${square(adapt.window.from)} to one of ${square(adapt.window.to)}`;
}

function square(side: number): string {
  return `${side}×${side}`;
}

/** `sample(seed 2022, repeat 1, about {tensor}, {source})`. */
function streamText({ origin }: ManifestGroup): string | undefined {
  if (typeof origin !== "object" || origin === null || !("stream" in origin)) return undefined;
  const stream = origin.stream as unknown as StreamSpec;
  return streamName(stream);
}

export function streamName({ seed, purpose, repeat, about }: StreamSpec): string {
  const subject = about.length > 0 ? `, about ${about.join(", ")}` : "";
  return `${purpose}(seed ${seed}, ${repeat === 0 ? "all repeats" : `repeat ${repeat}`}${subject})`;
}

export function product(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1);
}
