/** Which of several engines computes a study: the one that will have it done first, as far as anyone can tell. */

import { duration } from "../ui/format.js";

export interface Option {
  /** `onnx 1.30.0 cpu`. */
  readonly title: string;
  /** What its cache leaves to compute, in seconds of one worker; by its own rates where it was measured. */
  readonly seconds: number;
  readonly workers: number;
  /** Of that, nodes. */
  readonly nodes: number;
  /** Its rates for this study's models were measured on this machine. */
  readonly measured: boolean;
}

export interface Choice {
  readonly index: number;
  /** Why this one; undefined where there was no other. */
  readonly why: string | undefined;
}

/** Measurements of a machine that does other things as well differ by this much from one day to the next. */
const NOISE = 0.9;

/**
 * Options come in order of preference. A later one is taken where it has clearly less left to do: because it is faster by
 * what was measured here, or because its results are in the cache already, which other engines cannot use. One that was
 * never measured is taken at the speed of the fastest that was, so that it gets its chance and is measured by it.
 *
 * @param engines how many there are; options that were not looked at, since one has nothing left to do, are missing
 */
export function chooseEngine(options: readonly Option[], engines = options.length): Choice {
  const [first] = options;
  if (first === undefined) throw new Error("internal error: no engine to choose from");
  if (engines === 1) return { index: 0, why: undefined };
  let [index, best] = [0, first];
  for (const [at, option] of options.entries()) {
    if (wall(option) < NOISE * wall(best)) [index, best] = [at, option];
  }
  return { index, why: reasonFor(best, options) };
}

const wall = ({ seconds, workers }: Option): number => seconds / Math.max(1, workers);

function reasonFor(best: Option, options: readonly Option[]): string {
  const others = options.filter((option) => option !== best);
  if (best.nodes === 0) return "all its results are in the cache";
  const against = others.reduce((a, b) => (wall(b) < wall(a) ? b : a));
  if (best !== options[0]) {
    const why = best.measured && against.measured ? "measured here as the fastest" : "has the least left to compute";
    return `${why}: about ${duration(wall(best))} against ${duration(wall(against))} on ${against.title}`;
  }
  if (best.measured && against.measured) {
    return `about ${duration(wall(best))} against ${duration(wall(against))} on ${against.title}, as measured here`;
  }
  const unmeasured = best.measured ? against : best;
  return `preferred to ${others.map(({ title }) => title).join(", ")}; ${unmeasured.title} was not measured here yet (\`xferc bench step\` does)`;
}
