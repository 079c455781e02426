import { cka } from "./cka.js";
import { knn } from "./knn.js";
import { l2 } from "./l2.js";
import { score } from "./score.js";
import { stepsTo } from "./steps-to.js";

export const PROBES = [score, cka, knn, l2, stepsTo] as const;

/** Probes with a node of their own, `probe.ID`. */
export type NodeProbeId = Extract<
  (typeof PROBES)[number],
  { readonly reads: { readonly kind: "inputs" }; readonly id: string }
>["id"];
