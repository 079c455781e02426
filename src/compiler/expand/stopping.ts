/** The measure that says how long the trainings of an experiment took, where a recipe of it says `stop`. */

import type { ExperimentShape } from "../check/experiment.js";
import type { Location } from "../diagnostics.js";
import type { Context } from "../evaluate/context.js";
import type { Environment } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { type Axis, type Cell, type MeasureSignature, TRAINED_MEASURE, TRAINED_NUMBERS } from "../study.js";

export interface Stopping {
  readonly cells: readonly Cell[];
  readonly shape: ExperimentShape;
  readonly location: Location;
}

/** None where nothing says `stop`, be it `never`. A measure of the same name is reported. */
export function trainedSignatures(
  context: Context,
  environment: Environment,
  { cells, shape, location }: Stopping,
): readonly MeasureSignature[] {
  const chains = [...new Set(cells.map(({ train }) => train))];
  if (!chains.some((stages) => stages.some(({ stopAt }) => stopAt !== undefined))) return [];
  const taken = shape.measures.find(({ name }) => name.text === TRAINED_MEASURE);
  if (taken !== undefined) {
    const hint = "`stop` says how long it trained under this name; give yours another.";
    report(context, environment, taken.name.span, "named-twice", { name: TRAINED_MEASURE, how: "measured", hint });
  }
  const longest = Math.max(...chains.map(({ length }) => length));
  const axis = (name: string, values: readonly (string | number)[]): Axis => ({
    name,
    role: "free",
    points: values.map((value) => ({ label: String(value), value })),
    location,
  });
  const stages = Array.from({ length: longest }, (_, stage) => stage + 1);
  const inner = [...(longest > 1 ? [axis("stage", stages)] : []), axis("number", TRAINED_NUMBERS)];
  return [{ name: TRAINED_MEASURE, probe: "stop", metric: "value", estimator: "early", inner, location }];
}
