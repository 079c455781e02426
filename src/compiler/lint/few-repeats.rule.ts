import { diagnostic } from "../messages.js";
import type { LintRule } from "./index.js";

const LEAST = { ci95: 3, sd: 2, sem: 2, none: 0 } as const;

/** A spread over one repeat is none, and an interval over two is wider than any difference. */
export const fewRepeats: LintRule = {
  name: "few-repeats",
  check({ context, header, outputs }) {
    const repeats = header?.repeats ?? 1;
    for (const figure of outputs.figures) {
      for (const layer of figure.layers) {
        const least = LEAST[layer.band];
        if (repeats < least) {
          const counted = `${repeats} repeat${repeats === 1 ? "" : "s"}`;
          context.sink.report(diagnostic("few-repeats", { band: layer.band, repeats: counted, least }, layer.location));
        }
      }
    }
  },
};
