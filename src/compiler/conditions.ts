/** `where` on a case: true, false, or unknown where the case has no value. */

import { ordered } from "./ordering.js";
import type { CaseCondition } from "./study.js";

/** A case's value in a column, if it has one. */
export type ValueOf = (column: string) => string | number | undefined;

export function holds(condition: CaseCondition, lookup: ValueOf): boolean | undefined {
  switch (condition.kind) {
    case "in": {
      const value = lookup(condition.column);
      return value === undefined ? undefined : condition.values.some((each) => same(each, value));
    }
    case "part-of-classes":
      throw new Error("which classes they are was not worked out");
    case "compare": {
      const value = Number(lookup(condition.column) ?? Number.NaN);
      return Number.isNaN(value) ? undefined : ordered(condition.operator, value, condition.value);
    }
    case "not": {
      const inner = holds(condition.condition, lookup);
      return inner === undefined ? undefined : !inner;
    }
    case "and":
    case "or": {
      const decisive = condition.kind === "or";
      const sides = [holds(condition.left, lookup), holds(condition.right, lookup)];
      if (sides.includes(decisive)) return decisive;
      return sides.includes(undefined) ? undefined : !decisive;
    }
    default:
      return condition satisfies never;
  }
}

/** A column of numbers may have been written as text, and the other way round. */
function same(written: string | number, value: string | number): boolean {
  return written === value || String(written) === String(value);
}

/** Columns a condition asks for. */
export function columnsOf(condition: CaseCondition): readonly string[] {
  switch (condition.kind) {
    case "part-of-classes":
      return ["class"];
    case "in":
    case "compare":
      return [condition.column];
    case "not":
      return columnsOf(condition.condition);
    case "and":
    case "or":
      return [...new Set([...columnsOf(condition.left), ...columnsOf(condition.right)])];
    default:
      return condition satisfies never;
  }
}

/** Whether it deals classes at random, so that which they are depends on the seed. */
export function dealsClasses(condition: CaseCondition): boolean {
  switch (condition.kind) {
    case "part-of-classes":
      return true;
    case "in":
    case "compare":
      return false;
    case "not":
      return dealsClasses(condition.condition);
    case "and":
    case "or":
      return dealsClasses(condition.left) || dealsClasses(condition.right);
    default:
      return condition satisfies never;
  }
}
