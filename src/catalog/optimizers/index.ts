import { adam, adamw } from "./adam.js";
import { sgd } from "./sgd.js";

export const OPTIMIZERS = [adam, adamw, sgd] as const;
