/** Experiments that train nothing: what is measured of data sets, and of states from elsewhere. */

import type { DeclaredSymbol } from "../bind/scope.js";
import { anyModel } from "../check/predictions.js";
import { slotsMissing } from "../check/slots-missing.js";
import type { Location } from "../diagnostics.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, local } from "../evaluate/environment.js";
import type { InitValue } from "../evaluate/values.js";
import { type ModelChoice, untrained } from "../study.js";
import type { Filled } from "./cells.js";
import { isOutside, type ProbeTemplate, readsOwnTraining } from "./probe-templates.js";

export class Untrained {
  readonly #init: InitValue;
  #told = false;
  #standIn: ModelChoice | undefined;

  constructor(
    private readonly context: Context,
    private readonly symbol: DeclaredSymbol,
    private readonly environment: Environment,
    private readonly location: Location,
  ) {
    this.#init = { kind: "init", name: "none", rules: [], fixed: untrained(location), location };
  }

  /** Seen through the cell's model, or the network a measure names; `wrong` where there is neither, which is reported. */
  at(
    environment: Environment,
    template: readonly ProbeTemplate[],
  ): Pick<Filled, "model" | "init" | "source"> | "unknown" | "wrong" {
    const model = local(environment, "model");
    const source = local(environment, "source");
    if (model?.kind === "unknown" || source?.kind === "unknown") {
      return "unknown";
    }
    const own = model?.kind === "model" ? model.model : undefined;
    const missing = [
      ...(own === undefined && template.some((each) => each.fixed.model === undefined && !isOutside(each))
        ? (["model"] as const)
        : []),
      ...(template.some(readsOwnTraining) ? (["init", "train"] as const) : []),
    ];
    const named = template.find(({ fixed }) => fixed.model !== undefined)?.fixed.model;
    const seen = own ?? named ?? this.#anyModel(template);
    if (missing.length > 0 || seen === undefined) {
      if (!this.#told) {
        slotsMissing(this.context, this.symbol, this.environment, missing);
      }
      this.#told = true;
      return "wrong";
    }
    // which state a source gives is asked of a model, and the experiment may have none
    return { model: seen, init: this.#init, source: own && source?.kind === "source" ? source : undefined };
  }

  #anyModel(template: readonly ProbeTemplate[]): ModelChoice | undefined {
    if (template.some(isOutside)) {
      this.#standIn ??= anyModel(this.location);
    }
    return this.#standIn;
  }
}
