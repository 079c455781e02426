import { grayscale, jitter } from "./color.js";
import { crop } from "./crop.js";
import { flip } from "./flip.js";
import { none } from "./none.js";

export const AUGMENTS = [crop, flip, jitter, grayscale, none] as const;
