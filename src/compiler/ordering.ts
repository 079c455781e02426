/** Comparisons of numbers, as a study writes them. */

export type Ordering = "<" | "<=" | ">" | ">=";

export function ordered(operator: Ordering, left: number, right: number): boolean {
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    default:
      return operator satisfies never;
  }
}
