import { correctedT } from "./corrected-t.js";
import { delong } from "./delong.js";
import { mcnemar } from "./mcnemar.js";
import { pairedT } from "./paired-t.js";
import { signFlip } from "./sign-flip.js";
import { wilcoxon } from "./wilcoxon.js";

export const TESTS = [pairedT, correctedT, wilcoxon, signFlip, mcnemar, delong] as const;

/** How p values are adjusted for how many tests a derive makes, and other spellings. */
export const ADJUSTMENTS = ["holm", "benjamini_hochberg", "bonferroni", "none"] as const;
export type AdjustmentName = (typeof ADJUSTMENTS)[number];
export const ADJUSTMENT_ALIASES: { readonly [spelling: string]: AdjustmentName } = { bh: "benjamini_hochberg" };
