import type { NodeFor, ScoreParams } from "../../compiler/plan/types.js";
import { groupOfCase } from "../data/order.js";
import { attributeOf, type DatasetIndex } from "../data/types.js";
import { bootstrap, type Interval } from "../probes/bootstrap.js";
import { type CaseGroup, groupCases } from "../probes/groups.js";
import { chooseThreshold, type Predictions, predictionsOf } from "../probes/metric.js";
import { metricOfCases } from "../probes/resample.js";
import type { ProbeRow } from "../results/types.js";
import { readSafetensors } from "../state/safetensors.js";
import { inputBlob, manifestOf, readIndex } from "./inputs.js";
import { type OpContext, type OpImplementation, probeValue } from "./types.js";

type ScoreNode = NodeFor<"score">;

export const score: OpImplementation<"score"> = {
  op: "score",
  async run(node, context) {
    const { metric, task, groups, interval } = node.params;
    const predictions = await readPredictions(node, context, "predictions", taskOf(task));
    const threshold = await thresholdOf(node, context, taskOf(task));
    const cases = groups || interval?.by ? await readCases(node, context) : undefined;
    const warnings: string[] = [];
    const wanted = groups && cases ? subgroups(groups, cases, warnings) : [undefined];
    const compute = metricOfCases(metric, predictions, threshold);
    const rows = wanted.map((group): ProbeRow => {
      const members = group?.members ?? Array.from({ length: predictions.images }, (_, i) => i);
      const value = compute(members);
      const inner = group === undefined ? {} : { attribute: group.attribute, group: group.group };
      const around = interval && intervalOf(interval, members, cases, context, compute);
      return { inner, value, ...around };
    });
    if (rows.some(({ value }) => Number.isNaN(value))) {
      warnings.push(`${metric} has no value where only one class occurs`);
    }
    const first = rows[0]?.value ?? Number.NaN;
    const what = groups === undefined ? `${metric} ${first.toPrecision(4)}` : `${metric} of ${rows.length} groups`;
    return {
      outputs: {},
      value: probeValue(rows, warnings),
      summary: threshold === undefined ? what : `${what} at ${threshold.toPrecision(3)}`,
    };
  },
};

async function readPredictions(
  node: ScoreNode,
  context: OpContext,
  role: string,
  task: "multiclass" | "binary" | "multilabel",
): Promise<Predictions> {
  const blob = await context.blobs.get(inputBlob(node, context, role));
  const logits = readSafetensors(blob, "logits").get("logits");
  const labelsRef = manifestOf(context, role).outputs.labels;
  const labels = labelsRef && readSafetensors(await context.blobs.get(labelsRef), "labels").get("labels");
  if (!(logits?.data instanceof Float32Array) || !(labels?.data instanceof Int32Array)) {
    throw new Error("the predictions are not what `predict` writes");
  }
  return predictionsOf(logits.data, labels.data, logits.shape[1] ?? 1, task);
}

async function thresholdOf(
  node: ScoreNode,
  context: OpContext,
  task: "multiclass" | "binary" | "multilabel",
): Promise<number | undefined> {
  const { threshold } = node.params;
  switch (threshold?.kind) {
    case undefined:
      return undefined;
    case "value":
      return threshold.value;
    case "youden":
      return chooseThreshold(await readPredictions(node, context, "threshold", task));
    default:
      return threshold satisfies never;
  }
}

/** The index' cases in the order of the predictions. */
interface Cases {
  readonly index: DatasetIndex;
  readonly items: readonly DatasetIndex["items"][number][];
}

async function readCases(node: ScoreNode, context: OpContext): Promise<Cases> {
  const index = await readIndex(node, context);
  const byId = new Map(index.items.map((item) => [item.id, item]));
  const idsRef = manifestOf(context, "predictions").outputs.ids;
  if (idsRef === undefined) throw new Error("the predictions name no cases");
  const ids: readonly string[] = JSON.parse(new TextDecoder().decode(await context.blobs.get(idsRef)));
  const items = ids.map((id) => {
    const item = byId.get(id);
    if (item === undefined) throw new Error("a predicted case is not in the index; run again");
    return item;
  });
  return { index, items };
}

function subgroups(
  { by, minCases }: NonNullable<ScoreParams["groups"]>,
  { index, items }: Cases,
  warnings: string[],
): readonly CaseGroup[] {
  return by.flatMap((spec) => {
    const values = items.map((item) => attributeOf(index, item, spec.column));
    const found = groupCases(spec, values, minCases);
    warnings.push(...found.warnings);
    return found.groups;
  });
}

function intervalOf(
  { resamples, by, stream }: NonNullable<ScoreParams["interval"]>,
  members: readonly number[],
  cases: Cases | undefined,
  context: OpContext,
  compute: (members: readonly number[]) => number,
): Interval {
  context.signal.throwIfAborted();
  const units = new Map<string, number[]>();
  for (const place of members) {
    const item = cases?.items[place];
    const name =
      by === null || item === undefined || cases === undefined ? `${place}` : groupOfCase(item, cases.index, by);
    const unit = units.get(name);
    if (unit === undefined) units.set(name, [place]);
    else unit.push(place);
  }
  return bootstrap({ units: [...units.values()], resamples, stream }, compute);
}

function taskOf(task: string): "multiclass" | "binary" | "multilabel" {
  if (task === "multiclass" || task === "binary" || task === "multilabel") return task;
  throw new Error(`no task ${task}`);
}
