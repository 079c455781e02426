/** A mark's numbers: channels joined by the axes they share. */

import type { Channel, ChannelName } from "../../../compiler/outputs/types.js";
import type { ResultSet } from "../../results/dataset.js";
import { evaluateQuantity } from "../../results/evaluate.js";
import type { PointValue } from "../../results/series.js";

type Labels = { readonly [axis: string]: string };

export interface JoinedPoint {
  readonly at: Labels;
  readonly values: { readonly [channel in ChannelName]?: PointValue };
}

/** Channels that hold numbers, joined by the axes they share. */
export function joinChannels(channels: readonly Channel[], results: ResultSet): readonly JoinedPoint[] {
  let points: readonly JoinedPoint[] = [{ at: {}, values: {} }];
  let axes: readonly string[] = [];
  const series = channels.flatMap(({ channel, value }) =>
    value.kind === "quantity" ? [{ channel, series: evaluateQuantity(value.quantity, results) }] : [],
  );
  // the widest first, so that constants and axes broadcast into it
  series.sort((first, second) => second.series.axes.length - first.series.axes.length);
  for (const { channel, series: next } of series) {
    const shared = axes.filter((axis) => next.axes.includes(axis));
    const key = (at: Labels): string => JSON.stringify(shared.map((axis) => at[axis] ?? null));
    const index = new Map<string, (typeof next.points)[number][]>();
    for (const point of next.points) {
      const bucket = index.get(key(point.at));
      if (bucket === undefined) {
        index.set(key(point.at), [point]);
      } else {
        bucket.push(point);
      }
    }
    points = points.flatMap(({ at, values }) =>
      (index.get(key(at)) ?? []).map((point) => ({
        at: { ...at, ...point.at },
        values: { ...values, [channel]: point.value },
      })),
    );
    axes = [...new Set([...axes, ...next.axes])];
  }
  return points;
}
