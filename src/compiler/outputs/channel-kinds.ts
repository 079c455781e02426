/** What the channels of a figure can show: a number where a mark measures, an axis where it has places, one of them a scale. */

import type { Expression, Setting } from "../../../grammar/syntax.js";
import { MARKS as MARK_ENTRIES } from "../../catalog/marks/index.js";
import type { Names, Scope } from "./scope.js";
import type { Settings } from "./settings.js";
import { CHANNELS, type Channel, type ChannelName, type FigureSpec, type LayerSpec, type MarkName } from "./types.js";

interface Read {
  readonly channel: Channel;
  readonly value: Expression;
}

/** Whether every channel of a mark shows what it can show there. */
export function channelsFit(names: Names, scope: Scope, mark: MarkName, channels: readonly Read[]): boolean {
  const entry = MARK_ENTRIES.find(({ id }) => id === mark);
  const wrong = channels.find(({ channel }) => {
    const wanted: readonly string[] = (isAxis(channel) ? entry?.numbers : entry?.axes) ?? [];
    return !isOpen(channel) && wanted.includes(channel.channel);
  });
  if (wrong === undefined) {
    return true;
  }
  const { channel, value } = wrong;
  const [wanted, got] = isAxis(channel) ? ["a number", "an axis of names"] : ["an axis", "a number"];
  const hint = hintFor(mark, channel.channel);
  names.report(scope, value, "channel-wants", {
    channel: channel.channel,
    mark,
    wanted,
    got,
    what: channel.label,
    hint,
  });
  return false;
}

function hintFor(mark: MarkName, channel: ChannelName): string {
  switch (mark) {
    case "heatmap":
      return channel === "color"
        ? "`color` of a heatmap is a measure: `color reuse`."
        : "`point { x a; y b; color c }` shows numbers against numbers.";
    case "bar":
      return channel === "x"
        ? "bars stand at the points of an axis; `point` and `line` have a number on `x`."
        : "bars stand upright: the axis on `x`, the number on `y`.";
    default:
      return "put the axis on `x`, and the number on `y`; `point` takes an axis on either.";
  }
}

function isAxis({ value }: Channel): boolean {
  return value.kind === "category";
}

/** An axis whose points were not worked out, for something else is wrong, may be one of numbers. */
function isOpen({ value }: Channel): boolean {
  return value.kind === "category" && value.axis.points.length === 0 && value.axis.role !== "layer";
}

export interface LaidOut {
  readonly spec: LayerSpec;
  readonly at: Setting;
}

/** All marks of a figure share the scale of a channel: numbers, or the points of axes. */
export function scalesAgree(names: Names, path: string, layers: readonly LaidOut[]): boolean {
  for (const name of CHANNELS) {
    const drawn = layers.flatMap(({ spec, at }) =>
      spec.channels.flatMap((channel) =>
        channel.channel === name && !isOpen(channel) ? [{ channel, at, mark: spec.mark }] : [],
      ),
    );
    const [first] = drawn;
    const other = drawn.find(({ channel }) => first !== undefined && isAxis(channel) !== isAxis(first.channel));
    if (first !== undefined && other !== undefined) {
      const kind = (channel: Channel): string => (isAxis(channel) ? "the points of an axis" : "a number");
      names.report({ path }, other.at, "channel-mixed", {
        channel: name,
        ...{ first: first.mark, firstKind: kind(first.channel) },
        ...{ second: other.mark, secondKind: kind(other.channel) },
      });
      return false;
    }
  }
  return true;
}

/** Scales are of numbers that some mark shows; bars begin at zero, and logarithms have none. */
export function scalesFit(
  names: Names,
  path: string,
  settings: Settings,
  scales: FigureSpec["scales"],
  layers: readonly LayerSpec[],
): boolean {
  let fit = true;
  for (const setting of settings.all(["scale"])) {
    for (const argument of setting.args) {
      const name = argument.name?.text ?? "";
      if (!Object.hasOwn(scales, name)) continue;
      const drawn = layers.flatMap(({ channels }) => channels.filter(({ channel }) => channel === name));
      const [first] = drawn;
      if (first === undefined) {
        names.report({ path }, argument, "scale-of-nothing", { channel: name });
      } else if (isAxis(first) && !isOpen(first)) {
        names.report({ path }, argument, "scale-of-names", { channel: name, axis: first.label });
      } else if (name === "y" && scales.y === "log" && layers.some(({ mark }) => mark === "bar")) {
        names.report({ path }, argument, "bars-of-logarithms", {});
      } else {
        continue;
      }
      fit = false;
    }
  }
  return fit;
}

/** A line is fitted to numbers on both sides. */
export function trendFits(names: Names, path: string, { spec, at }: LaidOut): boolean {
  const along = spec.channels.find(
    (each) => (each.channel === "x" || each.channel === "y") && isAxis(each) && !isOpen(each),
  );
  if (spec.trend === "none" || spec.mark !== "point" || along === undefined) {
    return true;
  }
  names.report({ path }, at, "trend-of-names", { channel: along.channel, axis: along.label });
  return false;
}
