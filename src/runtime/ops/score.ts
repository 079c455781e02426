import { numberOf, type Undefined } from "../../analysis/metrics/measured.js";
import { type BootstrapOptions, bootstrap } from "../../analysis/statistics/bootstrap.js";
import type { Task } from "../../catalog/types.js";
import type { NodeFor, ScoreParams } from "../../compiler/plan/types.js";
import { CLASS_COLUMN, type GroupingSpec } from "../../compiler/study.js";
import { groupOfCase } from "../data/order.js";
import { attributeOf, type DatasetIndex } from "../data/types.js";
import { type ClassGroup, classGroups, oneAgainstRest } from "../probes/class-groups.js";
import { type CaseGroup, groupCases } from "../probes/groups.js";
import { measure, metricOf, type PluginMetrics, type Predictions, remarkOn, rowsOf } from "../probes/metric.js";
import { type ChosenThresholds, chooseThresholds } from "../probes/threshold.js";
import { Stream } from "../random/stream.js";
import type { ProbeRow } from "../results/types.js";
import { manifestOf, readIndex } from "./inputs.js";
import { readPredictions, taskOf } from "./predictions.js";
import { type OpContext, type OpImplementation, probeValue } from "./types.js";

type ScoreNode = NodeFor<"score">;
type Thresholds = Pick<ChosenThresholds, "kind" | "at"> | Undefined | undefined;

export const score: OpImplementation<"score"> = {
  op: "score",
  async run(node, context) {
    const { metric, task, groups, interval } = node.params;
    const predictions = await readPredictions(node, context, "predictions", taskOf(task));
    const thresholds = await thresholdsOf(node, context, taskOf(task));
    const cases = groups || interval?.by ? await readCases(node, context) : undefined;
    const warnings = new Set<string>();
    const wanted = groups && cases ? subgroups(groups, cases, predictions, warnings) : [undefined];
    const rows = wanted.map((group): ProbeRow => {
      context.signal.throwIfAborted();
      const inner = group === undefined ? {} : { attribute: group.attribute, group: group.group };
      const row = rowOf(
        { metric, plugins: context.plugins },
        group === undefined ? predictions : partOf(predictions, group),
        group === undefined ? thresholds : thresholdOf(thresholds, group),
        interval && resampling(interval, cases, group),
      );
      for (const warning of row.warnings) {
        warnings.add(group === undefined ? warning : `${group.attribute} ${group.group}: ${warning}`);
      }
      return { inner, ...row.value };
    });
    const [first] = rows;
    const value = first?.reason ?? (first?.value ?? Number.NaN).toPrecision(4);
    const what = groups === undefined ? `${metric} ${value}` : `${metric} of ${rows.length} groups`;
    const at = thresholds?.kind === "thresholds" ? thresholds.at.map((each) => each.toPrecision(3)).join(", ") : "";
    return {
      outputs: {},
      value: probeValue(rows, [...warnings]),
      summary: at === "" ? what : `${what} at ${at}`,
    };
  },
};

type Resampling = Pick<NonNullable<ScoreParams["interval"]>, "resamples" | "method" | "stream"> & {
  readonly groups: readonly string[] | undefined;
};

/** The number, its interval where one is wanted, and what is to be said of them. */
function rowOf(
  { metric, plugins }: { readonly metric: string; readonly plugins: PluginMetrics | undefined },
  predictions: Predictions,
  thresholds: Thresholds,
  resampling: Resampling | undefined,
): { readonly value: Omit<ProbeRow, "inner">; readonly warnings: readonly string[] } {
  if (thresholds?.kind === "undefined") {
    const reason = `there is no threshold: ${thresholds.reason}`;
    return { value: { value: Number.NaN, reason }, warnings: [`${metric} has no value: ${reason}`] };
  }
  const measured = measure(metric, predictions, thresholds?.at, plugins);
  const remark = remarkOn(metric, measured);
  const said = remark === undefined ? [] : [remark];
  if (measured.kind === "undefined") return { value: { value: Number.NaN, reason: measured.reason }, warnings: said };
  const value = { value: numberOf(measured) };
  if (resampling === undefined) return { value, warnings: said };
  const { resamples, method = "percentile", stream, groups } = resampling;
  const options: BootstrapOptions = { resamples, method, ...(groups === undefined ? {} : { groups }) };
  const found = bootstrap(metricOf(metric, predictions, thresholds?.at, plugins), new Stream(stream), options);
  if (found.kind === "undefined") {
    const none = `${metric} has no interval: ${found.reason}`;
    return { value: { ...value, low: Number.NaN, high: Number.NaN }, warnings: [...said, none] };
  }
  const { low, high, withoutValue, partial } = found;
  const missing = withoutValue === 0 ? [] : [`${withoutValue} of ${resamples} resamples have no value of ${metric}`];
  const fewer = partial === 0 ? [] : [`${partial} of ${resamples} resamples have ${metric} of fewer classes or labels`];
  return { value: { ...value, low, high }, warnings: [...said, ...missing, ...fewer] };
}

async function thresholdsOf(node: ScoreNode, context: OpContext, task: Task): Promise<Thresholds> {
  const { threshold } = node.params;
  switch (threshold?.kind) {
    case undefined:
      return undefined;
    case "value":
      return { kind: "thresholds", at: [threshold.value] };
    case "youden":
    case "sensitivity":
    case "specificity":
      return chooseThresholds(threshold, await readPredictions(node, context, "threshold", task));
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
  predictions: Predictions,
  warnings: Set<string>,
): readonly (CaseGroup | ClassGroup)[] {
  return by.flatMap((spec): readonly (CaseGroup | ClassGroup)[] => {
    if (isOfClasses(spec, index)) {
      const found = classGroups(predictions, index.classes, minCases);
      for (const warning of found.warnings) warnings.add(warning);
      return found.groups;
    }
    const values = items.map((item) => attributeOf(index, item, spec.column));
    const found = groupCases(spec, values, minCases);
    for (const warning of found.warnings) warnings.add(warning);
    return found.groups;
  });
}

/** A column of that name is itself. */
function isOfClasses({ column, edges }: GroupingSpec, { columns }: DatasetIndex): boolean {
  return column === CLASS_COLUMN && edges === undefined && !columns.some(({ name }) => name === column);
}

function partOf(predictions: Predictions, group: CaseGroup | ClassGroup): Predictions {
  return "class" in group ? oneAgainstRest(predictions, group) : rowsOf(predictions, group.members);
}

/** Of one label its own, where each label has one. */
function thresholdOf(thresholds: Thresholds, group: CaseGroup | ClassGroup): Thresholds {
  if (thresholds?.kind !== "thresholds" || !("class" in group)) return thresholds;
  const own = thresholds.at[group.class] ?? thresholds.at[0];
  return own === undefined ? thresholds : { ...thresholds, at: [own] };
}

/** What is drawn: cases, or what the column says of them. */
function resampling(
  { by, ...drawn }: NonNullable<ScoreParams["interval"]>,
  cases: Cases | undefined,
  group: CaseGroup | undefined,
): Resampling {
  if (by === null || cases === undefined) return { ...drawn, groups: undefined };
  const names = cases.items.map((item) => groupOfCase(item, cases.index, by));
  return { ...drawn, groups: group === undefined ? names : group.members.map((i) => names[i] as string) };
}
