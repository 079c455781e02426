import type { Json } from "../../../catalog/types.js";
import { HISTORY_PROBES } from "../../probes/history.js";
import { checksOf } from "../../train/history.js";
import { inputBlob } from "../inputs.js";
import { chosenIndex } from "../tune-state.js";
import { type OpImplementation, probeValue } from "../types.js";

export const probeHistory: OpImplementation<"probe.history"> = {
  op: "probe.history",
  async run(node, context) {
    const { measure, options, batch } = node.params;
    const compute = HISTORY_PROBES[measure];
    if (compute === undefined) {
      throw new Error(`no measure ${measure} of a history; there is ${Object.keys(HISTORY_PROBES).join(", ")}`);
    }
    const bytes = await context.blobs.get(inputBlob(node, context, "train"));
    const history: Json = JSON.parse(new TextDecoder().decode(bytes));
    const { metric, checks, stopped } = checksOf(history);
    const each = typeof batch === "object" ? batch[await chosenIndex(node, context)] : batch;
    const found = compute(
      {
        metric,
        checks,
        ...(stopped === undefined ? {} : { stopped }),
        ...(each === undefined ? {} : { batch: each }),
        ...(context.plugins === undefined ? {} : { plugins: context.plugins }),
      },
      options.params,
    );
    const { note, ...row } = found;
    const { value, reason } = row;
    const warnings = [reason, note].filter((each) => each !== undefined);
    const summary = `${measure} ${reason ?? value}`;
    return { outputs: {}, value: probeValue([{ inner: {}, ...row }], warnings), summary };
  },
};
