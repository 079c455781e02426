/** What is known of conditions on cases before any data are looked at: it follows from the conditions themselves. */

import type { Choice } from "../../catalog/types.js";
import { columnsOf, dealsClasses, holds } from "../conditions.js";
import type { CaseCondition } from "../study.js";

/** Classes the declaration lists, where it does: a case has no other. */
export function declaredClasses({ params }: Choice): readonly string[] | undefined {
  const { classes } = params;
  return Array.isArray(classes) && classes.every((each) => typeof each === "string") ? classes : undefined;
}

/** Beyond it nothing is said. */
const MOST_CASES = 10_000;

/** Whether no case can meet all of them, whatever values its columns have. */
export function neverHolds(conditions: readonly CaseCondition[], classes?: readonly string[]): boolean {
  return conditions.length > 0 && cases(conditions, classes)?.every((one) => !meets(conditions, one)) === true;
}

/** Whether every case of the classes that are declared meets it, which asks for nothing but the class. */
export function alwaysHolds(condition: CaseCondition, classes: readonly string[] | undefined): boolean {
  if (classes === undefined || dealsClasses(condition)) return false;
  const only = columnsOf(condition).every((column) => column === "class");
  return only && classes.every((name) => holds(condition, () => name) === true);
}

type Case = ReadonlyMap<string, string | number>;

function meets(conditions: readonly CaseCondition[], one: Case): boolean {
  return conditions.every((condition) => holds(condition, (column) => one.get(column)) === true);
}

/** One case of each kind the conditions can tell apart; undefined where there are too many, or classes are dealt at random. */
function cases(
  conditions: readonly CaseCondition[],
  classes: readonly string[] | undefined,
): readonly Case[] | undefined {
  if (conditions.some(dealsClasses)) return undefined;
  let all: Case[] = [new Map()];
  for (const column of new Set(conditions.flatMap(columnsOf))) {
    const values = column === "class" && classes !== undefined ? classes : telling(conditions, column);
    if (all.length * (values.length + 1) > MOST_CASES) return undefined;
    // a case may have no value there
    all = all.flatMap((one) => [one, ...values.map((value) => new Map([...one, [column, value]]))]);
  }
  return all;
}

/** The values that are named, numbers between and beyond them, and a word that is none of them. */
function telling(conditions: readonly CaseCondition[], column: string): readonly (string | number)[] {
  const named = conditions.flatMap((condition) => valuesOf(condition, column));
  const numbers = [...new Set(named.map(Number).filter(Number.isFinite))].sort((a, b) => a - b);
  const between = numbers.map((value, i) => (value + (numbers[i + 1] ?? value + 2)) / 2);
  const [least] = numbers;
  return [...new Set([...named, ...numbers, ...between, ...(least === undefined ? [] : [least - 1]), "\u0000"])];
}

function valuesOf(condition: CaseCondition, column: string): readonly (string | number)[] {
  switch (condition.kind) {
    case "in":
      return condition.column === column ? condition.values : [];
    case "compare":
      return condition.column === column ? [condition.value] : [];
    case "part-of-classes":
      return [];
    case "not":
      return valuesOf(condition.condition, column);
    case "and":
    case "or":
      return [...valuesOf(condition.left, column), ...valuesOf(condition.right, column)];
    default:
      return condition satisfies never;
  }
}
