import { attendedDistance } from "./attended-distance.js";
import { capacity } from "./capacity.js";
import { cca } from "./cca.js";
import { cka } from "./cka.js";
import { curveArea } from "./curve-area.js";
import { emd, fid, kid } from "./image-distance.js";
import { knn } from "./knn.js";
import { l2 } from "./l2.js";
import { linearProbe } from "./linear-probe.js";
import { robustness } from "./robustness.js";
import { score } from "./score.js";
import { stepsTo } from "./steps-to.js";
import { leep, logme } from "./transferability.js";

export const PROBES = [
  score,
  cka,
  cca,
  knn,
  linearProbe,
  l2,
  robustness,
  attendedDistance,
  fid,
  kid,
  emd,
  logme,
  leep,
  stepsTo,
  curveArea,
  capacity,
] as const;

/** Probes with a node of their own, `probe.ID`. */
export type NodeProbeId = Extract<
  (typeof PROBES)[number],
  { readonly reads: { readonly kind: "inputs" }; readonly id: string }
>["id"];
