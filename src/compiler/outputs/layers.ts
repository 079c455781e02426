/** One mark of a figure: its channels, what they read, and whether every axis is seen. */

import type { Expression, Setting } from "../../../grammar/syntax.js";
import { MARKS as MARK_ENTRIES } from "../../catalog/marks/index.js";
import type { Axis } from "../study.js";
import { isNumeric, unionAxes } from "./axes.js";
import { channelsFit } from "./channel-kinds.js";
import { operands } from "./operands.js";
import { allPlaced } from "./placement.js";
import { readQuantity } from "./quantities.js";
import { axisNamed, numericAxis } from "./references.js";
import { locationOf, type Names, type Scope, tableRef } from "./scope.js";
import { oneWord, onlyValue, readSettings, type Settings } from "./settings.js";
import { expressionText } from "./text.js";
import { type Typed, wayOf } from "./typed.js";
import {
  type Band,
  CHANNELS,
  type Channel,
  type ChannelName,
  type LayerSpec,
  MARKS,
  type MarkName,
  type Quantity,
} from "./types.js";

export interface CheckedLayer {
  readonly spec: LayerSpec;
  readonly measured: readonly { readonly channel: ChannelName; readonly metric: string; readonly estimator: string }[];
  readonly at: Setting;
}

const BANDS: readonly Band[] = ["ci95", "sd", "sem", "none"];

interface ReadChannel {
  readonly channel: Channel;
  readonly typed: Typed | undefined;
  readonly at: Setting;
  readonly value: Expression;
}

function isMark(name: string): name is MarkName {
  return MARKS.some((mark) => mark === name);
}

export function readLayer(
  names: Names,
  scope: Scope,
  setting: Setting,
  facet: readonly Axis[],
  figureTrend: LayerSpec["trend"],
): CheckedLayer | undefined {
  const mark = setting.name.text;
  if (!isMark(mark)) {
    return undefined;
  }
  const entry = MARK_ENTRIES.find((each) => each.id === mark);
  const settings = readSettings(names, scope, `\`${mark}\``, setting.body, {
    once: [
      ...(entry?.channels ?? CHANNELS),
      ...(entry?.band === true ? ["band"] : []),
      ...(mark === "point" ? ["trend"] : []),
    ],
    many: [],
  });
  const channels = settings.all(CHANNELS).map((each) => readChannel(names, scope, mark, each));
  const known = channels.flatMap((channel) => (channel === undefined ? [] : [channel]));
  const missing = (entry?.needs ?? []).filter((name) => settings.one(name) === undefined);
  if (missing.length > 0 && settings.complete) {
    names.report(scope, setting.name, "mark-without-channel", { mark, channels: missing.join(" and ") });
  }
  if (known.length !== channels.length || missing.length > 0 || !settings.complete) {
    return undefined;
  }
  if (!channelsFit(names, scope, mark, known) || !everyAxisSeen(names, scope, mark, known, facet)) {
    return undefined;
  }
  const band = readBand(names, scope, settings, known) ?? defaultBand(mark, known);
  const ownTrend = settings.one("trend");
  const trend = (ownTrend && oneWord(names, scope, ownTrend, ["linear", "none"] as const)) ?? figureTrend;
  const spec: LayerSpec = {
    mark,
    from: scope.from.map(tableRef),
    channels: known.map((each) => named(each.channel, known)),
    detail: mark === "point" ? detailAxes(known, facet) : [],
    band,
    trend,
    location: locationOf(scope, setting.name),
  };
  return { spec, measured: known.flatMap(measuredOf), at: setting };
}

/** An axis of layers is of what the numbers drawn over it say. */
function named(channel: Channel, channels: readonly ReadChannel[]): Channel {
  if (channel.value.kind !== "category") {
    return channel;
  }
  const { of: _, ...axis } = channel.value.axis;
  const measured = channels.flatMap(({ typed }) => typed?.axes.filter((each) => each.name === axis.name) ?? []);
  const [first, ...others] = new Set(measured.map((each) => each.of));
  const of = others.length === 0 ? first : undefined;
  return { ...channel, value: { kind: "category", axis: { ...axis, ...(of === undefined ? {} : { of }) } } };
}

function measuredOf({ channel, typed }: ReadChannel): CheckedLayer["measured"] {
  return typed?.metric === undefined || typed.estimator === undefined
    ? []
    : [{ channel: channel.channel, metric: typed.metric, estimator: wayOf(typed) ?? "" }];
}

/** An axis named alone is drawn as its points; as a number where it is one and the channel has a scale for it. */
function readChannel(names: Names, scope: Scope, mark: MarkName, setting: Setting): ReadChannel | undefined {
  const channel = CHANNELS.find((each) => each === setting.name.text);
  const value = onlyValue(names, scope, setting);
  if (channel === undefined || value === undefined) {
    return undefined;
  }
  const label = expressionText(value);
  const isColumn = scope.columns.some((table) => table.signature.columns.some((column) => column.name === label));
  const axis = value.kind === "name" && !isColumn ? axisNamed(scope, value.text) : undefined;
  if (axis !== undefined) {
    return axisChannel(names, scope, mark, channel, axis, setting, value);
  }
  const typed = readQuantity(names, scope, value);
  if (typed === undefined) {
    return undefined;
  }
  if (channel === "dash") {
    names.report(scope, value, "dash-wants-axis", { what: label });
    return undefined;
  }
  return { channel: { channel, label, type: "quantitative", value: quantityValue(typed) }, typed, at: setting, value };
}

function quantityValue(typed: Typed): Channel["value"] {
  return {
    kind: "quantity",
    quantity: typed.quantity,
    ...(typed.metric === undefined ? {} : { metric: typed.metric }),
    ...(typed.estimator === undefined || typed.estimator === "" ? {} : { estimator: typed.estimator }),
  };
}

function axisChannel(
  names: Names,
  scope: Scope,
  mark: MarkName,
  channel: ChannelName,
  axis: Axis,
  at: Setting,
  value: Expression,
): ReadChannel | undefined {
  const continuous =
    channel === "size" || ((channel === "x" || channel === "y") && mark !== "bar" && mark !== "heatmap");
  const number = continuous ? numericAxis(axis) : undefined;
  const label = axis.name;
  if (number !== undefined) {
    return {
      channel: { channel, label, type: "quantitative", value: quantityValue(number) },
      typed: number,
      at,
      value,
    };
  }
  if (channel === "size") {
    names.report(scope, value, "axis-not-number", { axis: axis.name });
    return undefined;
  }
  const type = isNumeric(axis) || axis.role === "layer" ? "ordinal" : "nominal";
  return { channel: { channel, label, type, value: { kind: "category", axis } }, typed: undefined, at, value };
}

// ── which axes are seen ──────────────────────────────────────────────────────────────────────────────────────────

/** Axes read as themselves; `n / model.units` reads `n`, and only a property of `model`. */
function bareAxes(quantity: Quantity): readonly string[] {
  return quantity.kind === "axis" && quantity.property === undefined
    ? [quantity.axis]
    : operands(quantity).flatMap(bareAxes);
}

function seenAxes(channels: readonly ReadChannel[], facet: readonly Axis[]): readonly string[] {
  const read = channels.flatMap(({ channel }) =>
    channel.value.kind === "category" ? [channel.value.axis.name] : bareAxes(channel.value.quantity),
  );
  return [...read, ...facet.map((axis) => axis.name)];
}

function everyAxisSeen(
  names: Names,
  scope: Scope,
  mark: MarkName,
  channels: readonly ReadChannel[],
  facet: readonly Axis[],
): boolean {
  if (mark === "point") {
    return true;
  }
  const seen = seenAxes(channels, facet);
  const open = channels.find(({ typed }) =>
    typed?.axes.some((axis) => !seen.includes(axis.name) && axis.points.length !== 1),
  );
  if (open?.typed === undefined) {
    return true;
  }
  const name = open.channel.channel;
  const free = mark === "line" && !channels.some(({ channel }) => channel.channel === "color");
  return allPlaced(names, scope, open.at, open.typed.axes, seen, {
    what: `${name} ${open.channel.label}`,
    inner: open.channel.label,
    add: (axis) => (free ? `color ${axis}` : `facet ${[...facet.map((each) => each.name), axis].join(", ")}`),
    from: scope.from,
  });
}

/** A point is drawn for every point of the axes nothing else shows. */
function detailAxes(channels: readonly ReadChannel[], facet: readonly Axis[]): readonly Axis[] {
  const seen = seenAxes(channels, facet);
  return unionAxes(...channels.map(({ typed }) => typed?.axes ?? [])).filter((axis) => !seen.includes(axis.name));
}

// ── bands ────────────────────────────────────────────────────────────────────────────────────────────────────────

function measuredChannel(channels: readonly ReadChannel[]): ReadChannel | undefined {
  return channels.find(({ channel }) => channel.channel === "y");
}

function readBand(names: Names, scope: Scope, settings: Settings, channels: readonly ReadChannel[]): Band | undefined {
  const setting = settings.one("band");
  const band = setting && oneWord(names, scope, setting, BANDS);
  const y = measuredChannel(channels);
  if (setting !== undefined && band !== undefined && band !== "none" && y?.typed?.perRepeat !== true) {
    names.report(scope, setting, "band-without-repeats", { band, what: y?.channel.label ?? "y" });
    return "none";
  }
  return band;
}

/** Mean ± sd, as in tables; not where many lines would hide each other's. */
function defaultBand(mark: MarkName, channels: readonly ReadChannel[]): Band {
  const alone = !channels.some(({ channel }) => channel.channel === "color" || channel.channel === "dash");
  const shows = mark === "bar" || (mark === "line" && alone);
  return shows && measuredChannel(channels)?.typed?.perRepeat === true ? "sd" : "none";
}
