import { diagnostic } from "../messages.js";
import type { FigureSpec, LayerSpec } from "../outputs/types.js";
import type { Axis, Experiment } from "../study.js";
import type { LintRule, LintSubject } from "./rule.js";

const LEAST = 5;

/** A line through three points fits nearly anything. */
export const trendOfFewPoints: LintRule = {
  name: "trend-of-few-points",
  why: "A straight line through a handful of points nearly always fits, and a correlation over so few is anything between −1 and 1. `trend linear` draws it with the same confidence over three points as over thirty. The rule counts the points of a layer in one panel, as far as its axes tell.",
  references: [
    "Schönbrodt, Perugini (2013). At what sample size do correlations stabilize? Journal of Research in Personality 47.",
    "Kornblith, Shlens, Le (2019). Do better ImageNet models transfer better? CVPR.",
  ],
  check({ context, experiments, outputs }) {
    for (const figure of outputs.figures) {
      for (const layer of figure.layers) {
        const points = layer.trend === "linear" ? pointsOf(layer, figure, experiments, outputs) : undefined;
        if (points !== undefined && points < LEAST) {
          const parameters = { name: figure.name, points, least: LEAST };
          context.sink.report(diagnostic("trend-of-few-points", parameters, layer.location));
        }
      }
    }
  },
};

/** All combinations of the axes that are neither fixed by a slice nor panels. */
function pointsOf(
  { from }: LayerSpec,
  { facet }: FigureSpec,
  experiments: readonly Experiment[],
  { derives }: LintSubject["outputs"],
): number {
  const axes = new Map<string, number>();
  for (const { table, slice } of from) {
    const own: readonly Axis[] =
      experiments.find(({ name }) => name === table)?.axes ?? derives.find(({ name }) => name === table)?.axes ?? [];
    for (const { name, points } of own) {
      const kept = slice[name];
      const size = kept === undefined ? points.length : kept.points.length;
      axes.set(name, Math.max(axes.get(name) ?? 1, size));
    }
  }
  for (const { name } of facet) {
    axes.delete(name);
  }
  return [...axes.values()].reduce((product, size) => product * size, 1);
}
