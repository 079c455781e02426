export { normalQuantile, portableLog } from "../../analysis/statistics/normal-quantile.js";
