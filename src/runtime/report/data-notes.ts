/** Which data and weights a run read: how many images, how many left out, whom to credit, on which terms. */

import { datasetCitation, weightsCitation } from "../../catalog/datasets/citations.js";
import { isMembers, type Members } from "../../catalog/json.js";
import type { Json } from "../../catalog/types.js";
import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";
import { BUNDLED } from "../host/files.js";
import type { DatasetNote, WeightsNote } from "./data.js";
import type { ReportInput } from "./types.js";

function fieldsOf(value: Json | undefined): Members {
  return isMembers(value) ? value : {};
}

/** Per class, as the index counts them. */
function total(counts: Json | undefined): number {
  return Array.isArray(counts)
    ? counts.reduce<number>((sum, each) => sum + (typeof each === "number" ? each : 0), 0)
    : 0;
}

function countsOf(fields: Members): readonly (readonly [string, number])[] {
  return Object.entries(fields).flatMap(([kind, each]) => (typeof each === "number" ? [[kind, each] as const] : []));
}

/** Of indices made before these told how many images of several labels there are: what was prepared from them. */
function preparedOf(index: NodeKey, { plan, manifest }: ReportInput): { readonly [split: string]: number } {
  const found: { [split: string]: number } = {};
  for (const { op, key, inputs, params } of plan.nodes) {
    if (op !== "dataset.prepare" || !inputs.some(({ role, node }) => role === "index" && node === index)) continue;
    const { images } = fieldsOf(manifest(key)?.value);
    if (typeof images === "number") found[params.splitName] = images;
  }
  return found;
}

export function datasetNotes(input: ReportInput): readonly DatasetNote[] {
  const isBundled = input.isBundled ?? ((declaredIn: string) => declaredIn === BUNDLED);
  return input.plan.nodes.flatMap((node): DatasetNote[] => {
    if (node.op !== "dataset.index" || node.resource === undefined) {
      return [];
    }
    const { path, declaredIn, name } = node.resource;
    const { id } = node.params.adapter;
    const { classes, images, cases, pool, leftOut, leftOutBy } = fieldsOf(input.manifest(node.key)?.value);
    const known = { ...preparedOf(node.key, input), ...Object.fromEntries(countsOf(fieldsOf(cases))) };
    const counts = Object.entries(fieldsOf(images)).map(
      ([split, each]) => [split, known[split] ?? total(each)] as const,
    );
    return [
      {
        name,
        adapter: id,
        classes: Array.isArray(classes) ? classes.length : null,
        images: counts.filter(([, count]) => count > 0),
        ...(typeof pool === "number" ? { pool } : {}),
        leftOut: typeof leftOut === "number" ? leftOut : 0,
        ...(isMembers(leftOutBy) ? { leftOutBy: countsOf(leftOutBy) } : {}),
        ...datasetCitation(id, isBundled(declaredIn) ? BUNDLED : declaredIn, path),
      },
    ];
  });
}

export function weightsNotes({ plan }: ReportInput): readonly WeightsNote[] {
  return plan.nodes.flatMap((node: PlanNode): WeightsNote[] => {
    if (node.op !== "weights.import" || node.resource === undefined) {
      return [];
    }
    const { path, name } = node.resource;
    return [{ name, hub: path.startsWith("hf:") ? path.slice(3) : null, ...weightsCitation(path) }];
  });
}
