/** `stop early(patience: 10 checks)`: whether a training ends before its budget is used up. */

import type { Expression } from "../../../grammar/syntax.js";
import type { Choice, Duration } from "../../catalog/types.js";
import { choice } from "../evaluate/arguments.js";
import { sourceText } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import type { SelectSpec } from "../study.js";
import type { Read, SettingReader } from "./recipe-reader.js";

/** Nothing within where it never ends early, written or not. @param select whose checks are watched */
export function readStop(reader: SettingReader, select: SelectSpec | undefined): Read<Choice | undefined> {
  const single = reader.single("stop");
  if (single === "absent" || single === undefined) return single && { value: undefined };
  const environment = reader.environment(single.use);
  if (single.value.kind === "number") {
    const what = `\`${sourceText(environment, single.value.span)}\``;
    const hint = "write `stop early(patience: 10 checks)`, or `stop never`.";
    report(reader.context, environment, single.value.span, "not-here", { what, wanted: "how it stops" }, { hint });
    return undefined;
  }
  const chosen = choice(reader.context, environment, "stop", single.value, "stop");
  if (chosen === undefined) return undefined;
  if (chosen.id === "never") return { value: undefined };
  if (select?.kind === "best" && select.on === "test") {
    report(reader.context, environment, single.value.span, "stop-on-test", { metric: select.metric });
    return undefined;
  }
  const { value, unit } = chosen.params.patience as unknown as Duration;
  if (unit === "checks" && Number.isInteger(value) && value >= 1) return { value: chosen };
  const { span } = patienceIn(single.value);
  if (unit === "checks") {
    const got = `\`${sourceText(environment, span)}\``;
    const wanted = "a whole number of checks, 1 at least";
    report(reader.context, environment, span, "bad-argument", { name: "patience", wanted, got });
  } else {
    const wanted = "a number of checks like `10 checks`";
    report(reader.context, environment, span, "wrong-unit", { name: "patience", got: unit, wanted });
  }
  return undefined;
}

/** The argument's own value, where it is written. */
function patienceIn(value: Expression): Expression {
  const named = value.kind === "call" ? value.args.find(({ name }) => name?.text === "patience") : undefined;
  return named?.value ?? value;
}
