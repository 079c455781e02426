/** The `where` lines of an experiment: which points they leave in, and whether each has anything to do. */

import type { WhereStatement } from "../../../grammar/syntax.js";
import type { Context } from "../evaluate/context.js";
import type { Environment } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected, report } from "../evaluate/report.js";

interface Condition {
  readonly statement: WhereStatement;
  /** It left a point in. */
  holds: boolean;
  /** It left a point out. */
  fails: boolean;
  /** It left out a point that those above it leave in. */
  excludes: boolean;
  /** Once it had no answer: then nothing is said of it. */
  open: boolean;
}

export class Conditions {
  readonly #conditions: readonly Condition[];
  #asked = false;

  constructor(
    readonly context: Context,
    readonly statements: readonly WhereStatement[],
    readonly environment: Environment,
  ) {
    this.#conditions = statements.map((statement) => ({
      statement,
      holds: false,
      fails: false,
      excludes: false,
      open: false,
    }));
  }

  /** Whether the point stays; all are asked, for each is judged. */
  keep(environment: Environment): boolean {
    this.#asked = true;
    let kept = true;
    for (const each of this.#conditions) {
      const { condition } = each.statement;
      const value = evaluate(this.context, condition, environment);
      if (value.kind !== "boolean") {
        each.open = true;
        if (value.kind !== "unknown") expected(this.context, environment, condition, value, "a condition");
        continue;
      }
      each.holds ||= value.value;
      each.fails ||= !value.value;
      each.excludes ||= kept && !value.value;
      kept &&= value.value;
    }
    return kept;
  }

  /** What no point meets; true where that was said. */
  reportNever(): boolean {
    const never = this.#conditions.filter(({ holds, open }) => this.#asked && !holds && !open);
    for (const { statement } of never) {
      report(this.context, this.environment, statement.condition.span, "where-never-holds", {});
    }
    return never.length > 0;
  }

  /** What leaves nothing out of the study as it is written; in one that is cut down to be tried it may well. */
  reportIdle(): void {
    if (!this.#asked || this.context.replacements.any) {
      return;
    }
    for (const { statement, holds, fails, excludes, open } of this.#conditions) {
      if (holds && !excludes && !open) {
        const by = fails ? "what it would leave out, those above leave out" : "every point meets it";
        report(this.context, this.environment, statement.condition.span, "where-excludes-nothing", { by });
      }
    }
  }
}
