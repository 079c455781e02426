import type { ProbeEntry } from "../types.js";
import { BY_HISTORY, OF_CHECKS } from "./shared.js";

export const curveArea = {
  kind: "probe",
  id: "curve_area",
  version: 1,
  doc: "The mean height of the curve of checks: the area under it by trapezoids from the first check to the last, divided by the steps between them. High where a training is good early. Read off the history of training.",
  parameters: OF_CHECKS,
  ...BY_HISTORY,
  estimator: [],
} as const satisfies ProbeEntry;
