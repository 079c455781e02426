/** A metric must be one the target's task can have. */

import type { Catalog } from "../../../catalog/index.js";
import type { Diagnostic, Location } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { LoweredDataset } from "../lower/datasets.js";

export function checkMetricTask(
  catalog: Catalog,
  metric: string,
  dataset: LoweredDataset,
  location: Location,
): Diagnostic | undefined {
  const task = dataset.facts?.task;
  const declared = catalog.entry("metric", metric);
  if (!task || !declared || declared.tasks.includes(task)) return undefined;
  const choices = catalog.entries("metric").filter(({ tasks }) => tasks.includes(task));
  return diagnostic(
    "metric-task-mismatch",
    {
      dataset: dataset.spec.name,
      metric,
      task,
      metricTasks: declared.tasks.join(" and "),
      choices: choices.map(({ id }) => `\`${id}\``).join(", "),
    },
    location,
    { related: [{ location: dataset.spec.location, message: `\`${dataset.spec.name}\` is declared here` }] },
  );
}
