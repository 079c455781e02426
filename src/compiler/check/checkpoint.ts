/** `checkpoint every 500 steps`, `checkpoint every 2 minutes`: how much a kill may cost. It changes no number and no key. */

import type { Expression } from "../../../grammar/syntax.js";
import { isDurationUnit } from "../../catalog/duration.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { report } from "../evaluate/report.js";
import type { SettingUse } from "../evaluate/values.js";
import type { CheckpointInterval } from "../study.js";
import { clauseOf, withoutBody } from "./settings.js";

const SECONDS: { readonly [unit: string]: number } = { seconds: 1, minutes: 60, hours: 3600 };
const WANTED = "`every` and a time or a number of steps, like `every 500 steps` or `every 2 minutes`";

/** Undefined where it is wrong. */
export function readCheckpoint(
  context: Context,
  { setting }: SettingUse,
  environment: Environment,
): CheckpointInterval | undefined {
  withoutBody(context, setting, environment);
  const every = clauseOf(context, setting, environment, ["every"]);
  const [value, second] = every?.values ?? [];
  if (value === undefined || second !== undefined || setting.args.length > 0) {
    const wrong = setting.args[0] ?? second ?? setting;
    return wanted(context, environment, wrong.span);
  }
  return intervalOf(context, value, environment);
}

function intervalOf(context: Context, value: Expression, environment: Environment): CheckpointInterval | undefined {
  const found = evaluate(context, value, environment);
  if (found.kind === "unknown") return undefined;
  if (found.kind !== "number" || !(found.value > 0) || !Number.isFinite(found.value)) {
    return wanted(context, environment, value.span);
  }
  const { value: amount, unit } = found;
  const seconds = unit === undefined ? undefined : SECONDS[unit];
  if (seconds !== undefined) return { value: amount * seconds, unit: "seconds" };
  if (isDurationUnit(unit) && unit !== "checks") return { value: amount, unit };
  return wanted(context, environment, value.span);
}

function wanted(context: Context, environment: Environment, span: Expression["span"]): undefined {
  const got = `\`${sourceText(environment, span)}\``;
  report(context, environment, span, "bad-argument", { name: "checkpoint", wanted: WANTED, got });
  return undefined;
}
