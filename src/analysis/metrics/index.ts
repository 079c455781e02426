export {
  accuracy,
  balancedAccuracy,
  kappa,
  macroF1,
  macroPrecision,
  macroRecall,
  quadraticKappa,
} from "./confusion.js";
export { averagePrecision, logLoss, type RocAucOptions, rocAuc } from "./ranking.js";
export { sensitivity, specificity, youden } from "./threshold.js";
export type { Labels, Matrix } from "./types.js";
