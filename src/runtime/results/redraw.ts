/** A series as if other repeats, folds or points had been run: those drawn with replacement, each as one of its own. */

import { type ReplicateId, replicateId, replicateOf } from "./replicates.js";
import type { Observation, PointValue, Series, SeriesPoint } from "./series.js";

/** Axis by axis the points drawn; `repeat` and `fold` may be among them. */
export type Drawn = ReadonlyMap<string, readonly string[]>;

const AGAIN = "\u0000";

/** The label a drawn point had. */
export function ownLabel(label: string): string {
  const at = label.indexOf(AGAIN);
  return at < 0 ? label : label.slice(0, at);
}

export function redrawn(series: Series, drawn: Drawn): Series {
  let points = series.points;
  for (const [axis, labels] of drawn) {
    if (axis === "repeat" || axis === "fold") {
      points = points.map(({ at, value }) => ({ at, value: replicatesDrawn(value, axis, labels) }));
    } else if (series.axes.includes(axis)) {
      points = pointsDrawn(points, axis, labels);
    }
  }
  return { axes: series.axes, points };
}

/** What one draw takes twice are two observations, but for those that do not depend on what is drawn. */
function again(value: PointValue, k: number, shared: ReadonlySet<string>): PointValue {
  const renamed = (identity: string): string => (shared.has(identity) ? identity : `${identity}@${k}`);
  if (value.kind === "pooled") {
    return { ...value, identity: renamed(value.identity) };
  }
  const observations = new Map<ReplicateId, Observation>();
  for (const [id, observation] of value.observations) {
    observations.set(id, { ...observation, identity: renamed(observation.identity) });
  }
  return { kind: "each", observations };
}

/** Identities seen at several points of an axis (a baseline under every source): drawing points draws none of them anew. */
function sharedAlong(points: readonly SeriesPoint[], axis: string): ReadonlySet<string> {
  const first = new Map<string, string>();
  const shared = new Set<string>();
  for (const { at, value } of points) {
    const label = at[axis] ?? "";
    const seen = value.kind === "pooled" ? [value] : value.observations.values();
    for (const { identity } of seen) {
      if ((first.get(identity) ?? label) !== label) shared.add(identity);
      else first.set(identity, label);
    }
  }
  return shared;
}

function pointsDrawn(points: readonly SeriesPoint[], axis: string, labels: readonly string[]): readonly SeriesPoint[] {
  const shared = sharedAlong(points, axis);
  const byLabel = new Map<string, SeriesPoint[]>();
  for (const point of points) {
    const label = point.at[axis] ?? "";
    byLabel.set(label, [...(byLabel.get(label) ?? []), point]);
  }
  return labels.flatMap((label, k) =>
    (byLabel.get(label) ?? []).map(({ at, value }) => ({
      at: { ...at, [axis]: `${label}${AGAIN}${k}` },
      value: again(value, k, shared),
    })),
  );
}

function replicatesDrawn(value: PointValue, axis: "repeat" | "fold", labels: readonly string[]): PointValue {
  if (value.kind === "pooled") return value;
  const observations = new Map<ReplicateId, Observation>();
  labels.forEach((label, k) => {
    for (const [id, observation] of value.observations) {
      const replicate = replicateOf(id);
      if (replicate[axis] === label) {
        const identity = `${observation.identity}@${k}`;
        observations.set(replicateId({ ...replicate, [axis]: String(k + 1) }), { ...observation, identity });
      }
    }
  });
  return { kind: "each", observations };
}
