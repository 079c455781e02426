/** The word nearest to a misspelt one. */

/** Longest word that is looked up; anything longer is no slip of the pen. */
const LONGEST = 24;

/** Damerau–Levenshtein distance with adjacent swaps (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const changed = (previous[column - 1] ?? 0) + (same ? 0 : 1);
      let best = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, changed);
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && swapped) best = Math.min(best, (before[column - 2] ?? 0) + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** One slip in a short word, two in a long one. */
export function closestWord(word: string, words: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let least = word.length > 5 ? 3 : 2;
  for (const candidate of words) {
    const steps = distance(lower, candidate);
    if (steps < least) {
      best = candidate;
      least = steps;
    }
  }
  return best;
}
