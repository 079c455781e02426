/** `loss`, `mix` and `average`: what a step lowers, of which images, and what of the weights is kept. */

import type { Choice } from "../../catalog/types.js";
import { choice } from "../evaluate/arguments.js";
import { report } from "../evaluate/report.js";
import type { RecipeSpec } from "../study.js";
import type { SettingReader } from "./recipe-reader.js";
import { clauseOf, withoutBody } from "./settings.js";

/** What is lowered, of which images, and whose states are kept. Plain cross-entropy is not said. */
export function readLosses(reader: SettingReader): Pick<RecipeSpec, "loss" | "mix" | "average"> | undefined {
  const [loss, mix, average] = [listed(reader, "loss"), listed(reader, "mix"), listed(reader, "average")];
  if (!loss || !mix || !average) return undefined;
  const [chosen] = loss;
  const plain =
    chosen?.id === "cross_entropy" &&
    chosen.params.label_smoothing === 0 &&
    chosen.params.class_weights === "none" &&
    chosen.params.positive_weights === undefined;
  const use = reader.draft.settings.get("mix");
  if (use !== undefined && chosen?.id === "focal" && mix.length > 0) {
    report(reader.context, use.environment, use.setting.span, "mix-focal", {});
    return undefined;
  }
  const twice = mix.find(({ id }, index) => mix.findIndex((each) => each.id === id) < index);
  if (use !== undefined && twice !== undefined) {
    report(reader.context, use.environment, use.setting.span, "mix-twice", { name: twice.id });
    return undefined;
  }
  const [kept] = average;
  return {
    ...(chosen === undefined || plain ? {} : { loss: chosen }),
    ...(mix.length === 0 ? {} : { mix }),
    ...(kept === undefined ? {} : { average: kept }),
  };
}

/** Choices of a kind; more than one only of mixes. */
function listed(reader: SettingReader, kind: "loss" | "mix" | "average"): readonly Choice[] | undefined {
  const use = reader.draft.settings.get(kind);
  if (use === undefined) return [];
  const { setting } = use;
  withoutBody(reader.context, setting, use.environment);
  clauseOf(reader.context, setting, use.environment, []);
  const [first, second] = setting.args;
  if (first === undefined || (second !== undefined && kind !== "mix")) {
    report(reader.context, use.environment, (second ?? setting).span, "one-value", { name: kind });
    return undefined;
  }
  const environment = reader.environment(use);
  const found = setting.args.map(({ value }) => choice(reader.context, environment, kind, value, kind));
  const whole = found.filter((each) => each !== undefined);
  return whole.length === found.length ? whole : undefined;
}
