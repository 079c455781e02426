/** Subgroups of cases: by what a column says, or by bands of a number. */

import type { GroupingSpec } from "../../compiler/study.js";
import type { AttributeValue } from "../data/types.js";

export interface CaseGroup {
  readonly attribute: string;
  readonly group: string;
  /** Places among the predictions. */
  readonly members: readonly number[];
}

export interface Grouped {
  readonly groups: readonly CaseGroup[];
  /** What is in no group, and why: said beside the numbers. */
  readonly warnings: readonly string[];
}

/** @param values of the column, a case each; null where the data say nothing */
export function groupCases(spec: GroupingSpec, values: readonly AttributeValue[], minCases: number): Grouped {
  const { column } = spec;
  const members = new Map<string, number[]>();
  for (const name of bandNames(spec)) members.set(name, []);
  let [missing, outside] = [0, 0];
  values.forEach((value, i) => {
    const name = value === null ? undefined : groupOf(spec, value);
    if (value === null) missing += 1;
    else if (name === undefined) outside += 1;
    else members.set(name, [...(members.get(name) ?? []), i]);
  });
  const named = [...members].map(([group, places]) => ({ attribute: column, group, members: places }));
  if (spec.edges === undefined) named.sort((a, b) => byName(a.group, b.group));
  const small = named.filter(({ members: { length } }) => length > 0 && length < minCases);
  const cases = (count: number) => `${count} ${count === 1 ? "case" : "cases"}`;
  return {
    groups: named.filter(({ members: { length } }) => length >= Math.max(1, minCases)),
    warnings: [
      ...small.map(({ group, members: { length } }) => `${column} ${group}: ${cases(length)}, fewer than ${minCases}`),
      ...(missing > 0 ? [`${column}: ${cases(missing)} without a value`] : []),
      ...(outside > 0 ? [`${column}: ${cases(outside)} outside the bands`] : []),
    ],
  };
}

function bandNames({ edges = [] }: GroupingSpec): readonly string[] {
  return edges.slice(0, -1).map((from, i) => `[${from}, ${edges[i + 1]}${i === edges.length - 2 ? "]" : ")"}`);
}

function groupOf(spec: GroupingSpec, value: number | string): string | undefined {
  const { edges } = spec;
  if (edges === undefined) return String(value);
  const number = Number(value);
  const last = edges.length - 1;
  const band = number === edges[last] ? last - 1 : edges.findLastIndex((edge) => number >= edge);
  return bandNames(spec)[band];
}

/** Numbers by size, words by letter. */
function byName(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}
