import { affine } from "./affine.js";
import { blur } from "./blur.js";
import { grayscale, jitter } from "./color.js";
import { crop } from "./crop.js";
import { erase } from "./erase.js";
import { flip } from "./flip.js";
import { none } from "./none.js";
import { rotate } from "./rotate.js";

export const AUGMENTS = [crop, flip, rotate, affine, jitter, grayscale, blur, erase, none] as const;
