import type { ModelChoice, PartRule } from "./study.js";

/** The model whose tensors of the source an init takes, where it says so with `from:`; the checker lets one init say one. */
export function parentOf(rules: readonly PartRule[]): ModelChoice | undefined {
  for (const { source } of rules) {
    if ((source.kind === "transfer" || source.kind === "stats") && source.from !== undefined) {
      return source.from;
    }
  }
  return undefined;
}
