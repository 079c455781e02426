import { diagnostic } from "../messages.js";
import type { LintRule } from "./rule.js";

/** Two points make a slope; three in the order of a list make a trend that is none. */
const LEAST = 3;

/** Points joined in the order someone happened to write them. */
export const lineOverNames: LintRule = {
  name: "line-over-names",
  why: "Readers take a line for a trend along the axis: something that rises or falls. Over names (models, targets, inits) it depends on the order they were listed in, and another order shows another trend. The rule looks at `line` with an axis of three names or more on `x`; layers and numbers have an order of their own, and two points make a slope that reads alike either way.",
  references: [
    "Zacks, Tversky (1999). Bars and lines: a study of graphic communication. Memory & Cognition 27.",
    "Cleveland, McGill (1984). Graphical perception. Journal of the American Statistical Association 79.",
  ],
  check({ context, outputs }) {
    for (const { name, layers } of outputs.figures) {
      for (const { mark, channels, location } of layers) {
        const x = channels.find(({ channel }) => channel === "x");
        if (mark !== "line" || x?.type !== "nominal" || x.value.kind !== "category") continue;
        const { axis } = x.value;
        if (axis.points.length >= LEAST) {
          context.sink.report(diagnostic("line-over-names", { name, axis: axis.name }, location));
        }
      }
    }
  },
};
