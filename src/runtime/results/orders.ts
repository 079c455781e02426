/** One order out of several: each model names its layers in its own, and names may be shared (`head`). */

/**
 * Every label once, so that each sequence keeps its order where that can be had; ties and contradictions go by first
 * appearance. Kahn's algorithm.
 */
export function mergeOrders(sequences: readonly (readonly string[])[]): readonly string[] {
  const labels = [...new Set(sequences.flat())];
  const after = new Map<string, Set<string>>(labels.map((label) => [label, new Set()]));
  const waiting = new Map<string, number>(labels.map((label) => [label, 0]));
  for (const sequence of sequences) {
    for (const [index, label] of sequence.entries()) {
      const next = sequence[index + 1];
      const followers = after.get(label);
      if (next !== undefined && next !== label && followers !== undefined && !followers.has(next)) {
        followers.add(next);
        waiting.set(next, (waiting.get(next) ?? 0) + 1);
      }
    }
  }
  const merged: string[] = [];
  const left = new Set(labels);
  let last: string | undefined;
  while (left.size > 0) {
    const label = nextLabel(left, waiting, last === undefined ? undefined : after.get(last));
    left.delete(label);
    merged.push(label);
    last = label;
    for (const follower of after.get(label) ?? []) {
      waiting.set(follower, (waiting.get(follower) ?? 0) - 1);
    }
  }
  return merged;
}

/** A follower of the last one, so that models do not interleave; else the first that waits for nobody; else the first. */
function nextLabel(
  left: ReadonlySet<string>,
  waiting: ReadonlyMap<string, number>,
  followers: ReadonlySet<string> | undefined,
): string {
  for (const follower of followers ?? []) {
    if (left.has(follower) && waiting.get(follower) === 0) {
      return follower;
    }
  }
  let first: string | undefined;
  for (const label of left) {
    if (waiting.get(label) === 0) {
      return label;
    }
    first ??= label;
  }
  return first ?? "";
}
