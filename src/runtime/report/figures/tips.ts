/** What a mark says to someone who points at it: its place, its numbers, how many repeats are behind them. */

import type { FigureSpec, LayerSpec } from "../../../compiler/outputs/types.js";
import { summarizePoint } from "../../results/series.js";
import { meanAndSpread, scaleFor } from "../numbers.js";
import { reachedText } from "../tables/words.js";
import type { JoinedPoint } from "./join.js";

/** `model: vit_s, n: 2; test: 0.812 ± 0.011 (n = 5)`. */
export function tipText(figure: FigureSpec, layer: LayerSpec, { at, values }: JoinedPoint): string {
  const axes = new Map<string, string>();
  const numbers: string[] = [];
  for (const axis of [...figure.facet, ...layer.detail]) {
    const label = at[axis.name];
    if (label !== undefined) {
      axes.set(axis.name, label);
    }
  }
  for (const { channel, label, value } of layer.channels) {
    if (value.kind === "category") {
      axes.set(value.axis.name, at[value.axis.name] ?? "");
      continue;
    }
    const own = at[label];
    const summary = values[channel] === undefined ? undefined : summarizePoint(values[channel]);
    if (own !== undefined) {
      axes.set(label, own);
    } else if (summary !== undefined && Number.isFinite(summary.mean)) {
      const own = summary.pooled || summary.n < 1 ? undefined : `n = ${summary.n}`;
      const said = reachedText(summary) ?? own;
      const behind = said === undefined ? "" : ` (${said})`;
      numbers.push(`${label}: ${meanAndSpread(summary.mean, summary.sd, scaleFor([summary.mean]))}${behind}`);
    }
  }
  const places = [...axes].map(([name, label]) => `${name}: ${label}`).join(", ");
  return [places, ...numbers].filter((part) => part !== "").join("; ");
}
