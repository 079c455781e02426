import type { Statement } from "../../../grammar/syntax.js";
import { isSlot } from "../check/experiment.js";
import { locate } from "../evaluate/environment.js";
import { namesIn } from "../evaluate/mentions.js";
import { diagnostic } from "../messages.js";
import type { LintRule } from "./rule.js";

/** A free axis that no line reads repeats the same cells under other names. */
export const unusedAxis: LintRule = {
  name: "unused-axis",
  why: "An axis that no line reads makes the same cells again under other names. Where they are averaged, one observation counts several times. The rule looks at free axes that neither a slot nor a measure nor a condition reads.",
  references: [
    "Hurlbert (1984). Pseudoreplication and the design of ecological field experiments. Ecological Monographs 54.",
  ],
  check({ context, root }) {
    for (const symbol of root.own.values()) {
      if (symbol.kind !== "experiment") {
        continue;
      }
      const statements = symbol.declaration.body?.statements ?? [];
      for (const { name, span } of freeAxes(statements)) {
        const read = statements.some((statement) => reads(statement, name));
        if (!read) {
          const location = locate({ scope: root, locals: undefined }, span);
          context.sink.report(diagnostic("unused-axis", { axis: name }, location));
        }
      }
    }
  },
};

function freeAxes(statements: readonly Statement[]) {
  return statements.flatMap((statement) =>
    statement.kind !== "vary"
      ? []
      : statement.axes.flatMap((axis) => {
          if (axis.kind === "tuple-axis") {
            return axis.slots
              .filter((slot) => !isSlot(slot.text) && slot.text !== "labels")
              .map((slot) => ({ name: slot.text, span: slot.span }));
          }
          const [name] = axis.path.segments;
          return name === undefined || isSlot(name.text) || name.text === "labels"
            ? []
            : [{ name: name.text, span: name.span }];
        }),
  );
}

/** Axis names are no plain names of the tree, so a `vary` line counts only by its values. */
function reads(statement: Statement, name: string): boolean {
  return namesIn(statement).has(name);
}
