/** Words people bring from PyTorch, timm, Keras and scikit-learn, and what stands here in their place. */

import { SETTINGS } from "./settings.js";
import { VALUES } from "./values.js";

export const HABITS = [...SETTINGS, ...VALUES].map((each) => ({ ...each, words: new Set(each.words.split(" ")) }));

/** A module of a network by its name: `layer1`, `blocks.0`. */
const MODULE = /^(layers?|blocks?|conv|bn|fc|norm|stem|patch_embed|attn|mlp|features|stages?)_?\d*$/;

/** What to write for such a word where one of `candidates` is what it means; undefined where it is no such word. */
export function habit(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.includes(word)) {
    return undefined;
  }
  const plain = word.toLowerCase();
  const bare = plain.replaceAll("_", "");
  const found = HABITS.find(({ here, words }) => candidates.includes(here) && (words.has(plain) || words.has(bare)));
  if (found !== undefined) {
    return found.says;
  }
  return candidates.includes("units") && candidates.includes("backbone") && MODULE.test(plain)
    ? `tensors are named in quotes, \`"${word}.**"\`; units by their number, \`units[1..2]\`.`
    : undefined;
}
