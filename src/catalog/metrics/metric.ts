import type { MetricEntry, Task } from "../types.js";

export const ONE_CLASS: readonly Task[] = ["multiclass", "binary"];
export const CALLED: readonly Task[] = ["binary", "multilabel"];
export const ANY: readonly Task[] = ["multiclass", "binary", "multilabel"];

type Given = Pick<MetricEntry, "id" | "doc" | "tasks" | "reads" | "undefinedWhen" | "source">;
type More = Partial<Pick<MetricEntry, "version" | "direction" | "range" | "aliases" | "ofPositive" | "threshold">>;

export function metric({ id, doc, tasks, reads, undefinedWhen, source, ...more }: Given & More): MetricEntry {
  return {
    kind: "metric",
    id,
    version: 1,
    doc,
    parameters: {},
    tasks,
    reads,
    undefinedWhen,
    source,
    direction: "max",
    range: [0, 1],
    ...more,
  };
}
