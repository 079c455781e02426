/** `optimizer adam(lr: 1e-3)` and `schedule warmup(…) then cosine`. */

import type { Expression } from "../../../grammar/syntax.js";
import { entry, validate } from "../../catalog/index.js";
import type { Choice, Json } from "../../catalog/types.js";
import { choice } from "../evaluate/arguments.js";
import { convert, isConversion, wantedBy } from "../evaluate/convert.js";
import { sourceText } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import type { Read, SettingReader } from "./recipe-reader.js";

export function readOptimizer(reader: SettingReader): Read<Choice | undefined> {
  const single = reader.single("optimizer");
  if (single === "absent" || single === undefined) {
    return single && { value: undefined };
  }
  const chosen = choice(reader.context, reader.environment(single.use), "optimizer", single.value, "optimizer");
  return chosen && withParameters(reader, chosen);
}

/** `--set finetune.lr=1e-3`. */
function withParameters(reader: SettingReader, chosen: Choice): Read<Choice> {
  const found = entry("optimizer", chosen.id);
  let { params } = chosen;
  for (const [name, { expression, environment }] of reader.draft.parameters) {
    const schema = found?.parameters[name];
    if (schema === undefined) {
      report(reader.context, environment, expression.span, "unknown-argument", { callee: chosen.id, name });
      return undefined;
    }
    const result = convert(reader.context, environment, name, schema, expression);
    if (!isConversion(result)) {
      return undefined;
    }
    params = { ...params, [name]: result.json };
    if (found !== undefined && !validate(found, params).ok) {
      const got = `\`${sourceText(environment, expression.span)}\``;
      report(reader.context, environment, expression.span, "bad-argument", { name, wanted: wantedBy(schema), got });
      return undefined;
    }
  }
  return { value: { ...chosen, params } };
}

/** Phases in sequence; a constant rate is not said. */
export function readSchedule(reader: SettingReader): Read<readonly Choice[]> {
  const single = reader.single("schedule");
  if (single === "absent" || single === undefined) {
    return single && { value: [] };
  }
  const environment = reader.environment(single.use);
  const phases = inSequence(single.value);
  const chosen: Choice[] = [];
  for (const [index, phase] of phases.entries()) {
    const found = choice(reader.context, environment, "schedule", phase, "schedule");
    if (found === undefined) {
      return undefined;
    }
    if (index < phases.length - 1 && found.id !== "warmup") {
      report(reader.context, environment, phase.span, "schedule-order", { phase: found.id });
      return undefined;
    }
    if (found.id === "plateau" && (found.params.patience as { readonly unit?: Json } | undefined)?.unit !== "checks") {
      report(reader.context, environment, phase.span, "wrong-unit", {
        name: "patience",
        got: "time",
        wanted: "a number of checks like `3 checks`",
      });
      return undefined;
    }
    chosen.push(found);
  }
  return { value: chosen.filter((each) => each.id !== "constant") };
}

function inSequence(expression: Expression): readonly Expression[] {
  const phases: Expression[] = [];
  let rest = expression;
  while (rest.kind === "then") {
    phases.unshift(rest.second);
    rest = rest.first;
  }
  return [rest, ...phases];
}
