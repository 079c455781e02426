/** Curves out of what a training left behind: lists of records with a `step` and numbers beside it. */

import { isMembers, type Members } from "../../catalog/json.js";
import type { Json } from "../../catalog/types.js";
import type { History } from "./data.js";

type Point = readonly [number, number];

/** Every k-th, and always the last. */
function thinned(points: readonly Point[], most: number): readonly Point[] {
  const stride = Math.ceil(points.length / most);
  return stride <= 1 ? points : points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}

function addRecords(curves: Map<string, Point[]>, records: readonly Json[]): void {
  for (const record of records) {
    if (!isMembers(record) || typeof record.step !== "number") {
      continue;
    }
    for (const [name, value] of Object.entries(record)) {
      if (name !== "step" && name !== "epoch" && typeof value === "number" && Number.isFinite(value)) {
        const points = curves.get(name) ?? [];
        curves.set(name, points);
        points.push([record.step, value]);
      }
    }
  }
}

/** Columns side by side: `{ step: [10, 20], loss: [2.1, 1.9] }`. */
function addColumns(curves: Map<string, Point[]>, columns: Members): void {
  const steps = columns.step;
  if (!Array.isArray(steps)) {
    return;
  }
  for (const [name, values] of Object.entries(columns)) {
    if (name === "step" || !Array.isArray(values)) {
      continue;
    }
    const points = values.flatMap((value, index): Point[] => {
      const step: unknown = steps[index];
      return typeof step === "number" && typeof value === "number" && Number.isFinite(value) ? [[step, value]] : [];
    });
    curves.set(name, points);
  }
}

/** What a sparkline can show. */
const MOST_POINTS = 80;

/** Of a training node's value, thinned to about `most` points a curve; undefined where it holds no curve. */
export function readHistory(value: Json, most = MOST_POINTS): History | undefined {
  const curves = readCurves(value);
  return curves.length === 0
    ? undefined
    : { curves: curves.map(({ name, points }) => ({ name, points: thinned(points, most) })) };
}

/** Of a training node's value, every point of them. */
export function readCurves(value: Json): History["curves"] {
  const history = isMembers(value) && value.history !== undefined ? value.history : value;
  const curves = new Map<string, Point[]>();
  if (Array.isArray(history)) {
    addRecords(curves, history);
  } else if (isMembers(history)) {
    addColumns(curves, history);
    for (const part of Object.values(history)) {
      if (Array.isArray(part)) {
        addRecords(curves, part);
      } else if (isMembers(part)) {
        addColumns(curves, part);
      }
    }
  }
  return [...curves].flatMap(([name, points]) => (points.length > 0 ? [{ name, points }] : []));
}
