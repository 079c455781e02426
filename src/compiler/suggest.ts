/** "Did you mean …?" */

import { habit } from "./habits/index.js";

/** Edit distance with adjacent swaps counted once (optimal string alignment), or `limit + 1` as soon as it is beyond `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) {
    return limit + 1;
  }
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      }
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) {
      return limit + 1;
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? limit + 1;
}

/** The candidate a person most likely meant, if any is near enough: a third of its letters, at most three slips. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 64) {
    return undefined;
  }
  const limit = word.length < 3 ? 0 : Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  const lower = word.toLowerCase();
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of candidates) {
    if (isAnotherNumber(lower, candidate.toLowerCase())) {
      continue;
    }
    const slips = candidate === word ? least : distance(lower, candidate.toLowerCase(), limit);
    if (slips < least) {
      best = candidate;
      least = slips;
    }
  }
  return best;
}

/** `resnet20` is no slip for `resnet50`; `ci59` is one for `ci95`. */
function isAnotherNumber(word: string, candidate: string): boolean {
  const letters = (text: string) => text.replace(/\d/g, "");
  const digits = (text: string) => [...text.replace(/\D/g, "")].sort().join("");
  return letters(word) !== word && letters(word) === letters(candidate) && digits(word) !== digits(candidate);
}

/**
 * A hint: what a word of PyTorch's is here, else "did you mean `isic`?", else what there is: "there are `a`, `b` and `c`";
 * empty where there is nothing.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const all = [...new Set(candidates)];
  const known = habit(word, all);
  if (known !== undefined) {
    return known;
  }
  const best = nearest(word, all);
  if (best !== undefined) {
    return `did you mean \`${best}\`?`;
  }
  return all.length === 0 ? "" : `there ${all.length === 1 ? "is" : "are"} ${listed(all, 20)}`;
}

/** "a recipe", "an init". */
export function withArticle(word: string): string {
  return `${/^[aeiou]/i.test(word) ? "an" : "a"} ${word}`;
}

/** "`a`, `b` and 4 more"; never "and 1 more", which is no shorter. */
export function listed(names: readonly string[], most = 8): string {
  const quoted = names.map((name) => `\`${name}\``);
  if (names.length > most + 1) {
    return `${quoted.slice(0, most).join(", ")} and ${names.length - most} more`;
  }
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} and ${last}`;
}
