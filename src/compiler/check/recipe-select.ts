/** `select best(target.metric, on: val) every 0.5 epochs`. */

import type { Expression, Setting } from "../../../grammar/syntax.js";
import { asDuration } from "../../catalog/duration.js";
import { entry } from "../../catalog/index.js";
import type { Duration, ParameterSchema } from "../../catalog/types.js";
import { choice, matchArguments } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import { type Environment, sourceText } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import type { SelectSpec, SplitName } from "../study.js";
import { metricOf } from "./metric.js";
import type { Read, SettingReader } from "./recipe-reader.js";
import { splitOf } from "./split.js";

const EVERY_EPOCH: Duration = { value: 1, unit: "epochs" };
const DURATION: ParameterSchema = { unit: "duration", description: "How long it trains." };

export function readSelect(reader: SettingReader): Read<SelectSpec> {
  const single = reader.single("select");
  if (single === "absent" || single === undefined) {
    return single && { value: { kind: "last", every: EVERY_EPOCH } };
  }
  const { use, value } = single;
  const environment = reader.environment(use);
  const every = everyOf(reader, use.setting, environment);
  if (value.kind === "call" && value.callee.kind === "name" && value.callee.text === "best") {
    const matched = matchSelection(reader.context, environment, value);
    const metric = matched?.metric && metricOf(reader.context, matched.metric, environment);
    const on =
      matched && (matched.on === undefined ? "val" : splitOf(reader.context, "the selection", matched.on, environment));
    return every && metric && on ? { value: { kind: "best", metric, on: on satisfies SplitName, every } } : undefined;
  }
  const chosen = choice(reader.context, environment, "selection", value, "selection");
  return chosen && every && { value: { kind: "last", every } };
}

function everyOf(reader: SettingReader, setting: Setting, environment: Environment): Duration | undefined {
  const clause = setting.clauses.find((each) => each.preposition === "every");
  const [first, second] = clause?.values ?? [];
  if (clause === undefined) {
    return EVERY_EPOCH;
  }
  if (first === undefined || second !== undefined) {
    report(reader.context, environment, clause.span, "one-value", { name: "every" });
    return undefined;
  }
  const result = convert(reader.context, environment, "every", DURATION, first);
  const every = isConversion(result) ? asDuration(result.json) : undefined;
  if (every !== undefined && (every.value <= 0 || every.unit === "checks")) {
    report(reader.context, environment, first.span, "bad-argument", {
      name: "every",
      wanted: "a duration above 0 in epochs, steps or images",
      got: `\`${sourceText(environment, first.span)}\``,
    });
    return undefined;
  }
  return every;
}

function matchSelection(context: Context, environment: Environment, call: Extract<Expression, { kind: "call" }>) {
  const best = entry("selection", "best");
  const matched = best && matchArguments(context, environment, best, call.args, call.span);
  return matched && { metric: matched.get("metric")?.value, on: matched.get("on")?.value };
}
