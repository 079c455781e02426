import { affine } from "./affine.js";
import { blur } from "./blur.js";
import { grayscale, jitter } from "./color.js";
import { crop } from "./crop.js";
import { flip } from "./flip.js";
import { none } from "./none.js";
import { rotate } from "./rotate.js";

export const AUGMENTS = [crop, flip, rotate, affine, jitter, grayscale, blur, none] as const;
