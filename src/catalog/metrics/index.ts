import { averagePrecision } from "./average-precision.js";
import { balancedAccuracy } from "./balanced-accuracy.js";
import { brier } from "./brier.js";
import { ece } from "./ece.js";
import { f1 } from "./f1.js";
import { kappa } from "./kappa.js";
import { logLoss } from "./log-loss.js";
import { macroF1 } from "./macro-f1.js";
import { macroPrecision } from "./macro-precision.js";
import { macroRecall } from "./macro-recall.js";
import { npv } from "./npv.js";
import { ppv } from "./ppv.js";
import { quadraticKappa } from "./quadratic-kappa.js";
import { rocAuc } from "./roc-auc.js";
import { rocAucOvo } from "./roc-auc-ovo.js";
import { sensitivity } from "./sensitivity.js";
import { specificity } from "./specificity.js";
import { top1 } from "./top1.js";

export const METRICS = [
  top1,
  balancedAccuracy,
  macroRecall,
  macroPrecision,
  macroF1,
  kappa,
  quadraticKappa,
  rocAuc,
  rocAucOvo,
  averagePrecision,
  logLoss,
  brier,
  ece,
  sensitivity,
  specificity,
  ppv,
  npv,
  f1,
] as const;
