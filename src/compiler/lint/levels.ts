/** How serious a project takes what the compiler warns of: `lint` in `xfer.config.json`. Errors are not to be turned off. */

import type { Diagnostic } from "../diagnostics.js";
import { MESSAGES, type MessageName } from "../messages.js";

export const LINT_LEVELS = ["off", "info", "warning", "error"] as const;
export type LintLevel = (typeof LINT_LEVELS)[number];
/** By rule; a rule that is not named has the level of its message. */
export type LintLevels = { readonly [rule: string]: LintLevel };

/** The linter's rules, and whatever else is no error: what a project may give a level to. */
export function configurable(): readonly MessageName[] {
  const all = Object.keys(MESSAGES) as readonly MessageName[];
  return all.filter((name) => MESSAGES[name].severity !== "error");
}

/** Those that can be silenced in place, too: all but what is said of the ignores themselves. */
export function silenceable(): readonly MessageName[] {
  return configurable().filter((name) => !MESSAGES[name].code.startsWith("XF099"));
}

export function atLevels(diagnostics: readonly Diagnostic[], levels: LintLevels): readonly Diagnostic[] {
  return diagnostics.flatMap((each) => {
    const level = each.severity === "error" || !Object.hasOwn(levels, each.name) ? undefined : levels[each.name];
    if (level === undefined) {
      return [each];
    }
    return level === "off" ? [] : [{ ...each, severity: level }];
  });
}
