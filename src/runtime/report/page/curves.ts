/** Training curves as small drawings: the loss in grey, what training is judged by in colour. */

import type { History } from "../data.js";
import { numberText, scaleFor } from "../numbers.js";
import { type Html, html } from "./html.js";

type Point = readonly [number, number];
interface Curve {
  readonly name: string;
  readonly kind: "loss" | "score";
  readonly points: readonly Point[];
}

/** Not worth a curve: they say how, not how well. */
const HIDDEN = /^(?:lr|rate|learning_?rate|norm|grad|seconds|images|epoch)/i;

function curvesOf(history: History): readonly Curve[] {
  return history.curves
    .filter(({ name }) => !HIDDEN.test(name))
    .map(({ name, points }) => ({ name, kind: /loss/i.test(name) ? "loss" : "score", points }));
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Each curve in its own vertical range: the shapes are what is looked at. */
function path(points: readonly Point[], box: Box, steps: readonly [number, number]): string {
  const values = points.map(([, value]) => value);
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const [from, to] = steps;
  return points
    .map(([step, value], index) => {
      const x = box.left + ((step - from) / (to - from || 1)) * box.width;
      const y = box.top + (1 - (value - least) / (greatest - least || 1)) * box.height;
      return `${index === 0 ? "M" : "L"}${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join("");
}

function stepRange(curves: readonly Curve[]): readonly [number, number] {
  const steps = curves.flatMap(({ points }) => points.map(([step]) => step));
  return [Math.min(...steps), Math.max(...steps)];
}

function paths(curves: readonly Curve[], box: Box): Html {
  const steps = stepRange(curves);
  return html`${curves.map(({ kind, points }) => html`<path class="${kind}" d="${path(points, box, steps)}"/>`)}`;
}

export function sparkline(history: History): Html | null {
  const curves = curvesOf(history);
  if (curves.length === 0) {
    return null;
  }
  const box: Box = { left: 2, top: 3, width: 116, height: 23 };
  return html`<svg class="spark" viewBox="0 0 120 29" preserveAspectRatio="none" aria-hidden="true">${paths(curves, box)}</svg>`;
}

export function curveChart(history: History): Html | null {
  const curves = curvesOf(history);
  if (curves.length === 0) {
    return null;
  }
  const [from, to] = stepRange(curves);
  const box: Box = { left: 4, top: 6, width: 312, height: 84 };
  const legend = curves.map(({ name, kind, points }) => {
    const values = points.map(([, value]) => value);
    const last = values.at(-1) ?? Number.NaN;
    const scale = scaleFor(values);
    const start = points.length > 1 ? html`${numberText(values[0] ?? Number.NaN, scale)} → ` : null;
    return html`<span class="${kind}">${name}: ${start}${numberText(last, scale)}</span> `;
  });
  const alt = `Training curves from step ${from} to ${to}: ${curves.map((curve) => curve.name).join(", ")}`;
  return html`<svg class="curve" viewBox="0 0 320 108" role="img" aria-label="${alt}"><path class="axis" d="M4,94H316"/>${paths(curves, box)}<text x="4" y="105">step ${from}</text><text x="316" y="105" text-anchor="end">step ${to}</text></svg><p class="legend">${legend}</p>`;
}
