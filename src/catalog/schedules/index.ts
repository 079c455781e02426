import { constant } from "./constant.js";
import { cosine } from "./cosine.js";
import { plateau } from "./plateau.js";
import { warmup } from "./warmup.js";

export const SCHEDULES = [constant, warmup, plateau, cosine] as const;
