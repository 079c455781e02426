import { diagnostic } from "../messages.js";
import type { Cell, Experiment, TuneGroup } from "../study.js";
import type { LintRule } from "./rule.js";

/** One learning rate for those that are compared is the best of some of them: a choice for each is the fair one. */
export const rateTunedForOne: LintRule = {
  name: "rate-tuned-for-one",
  why: "Random and transferred states, and models among themselves, have their best learning rates at different places. Where a `tune` chooses one rate for all of them, the winner is whom that rate suits, and with another grid it may be another. The rule looks at `tune` statements of a learning rate whose `per` leaves out an axis over which the init or the model varies.",
  references: [
    "Dodge, Gururangan, Card, Schwartz, Smith (2019). Show your work: improved reporting of experimental results. EMNLP.",
    "Sivaprasad, Mai, Vogels, Jaggi, Fleuret (2020). Optimizer benchmarking needs to account for hyperparameter tuning. ICML.",
  ],
  check({ context, experiments }) {
    for (const group of experiments.flatMap(groupsOf)) {
      const rate = group.paths.find(({ path }) => path.endsWith(".lr"));
      const shared = rate && sharedAxis(group.cells);
      if (shared !== undefined) {
        const per = [...Object.keys(group.at).filter((axis) => axis !== "fold"), shared.axis].join(", ");
        context.sink.report(
          diagnostic("rate-tuned-for-one", { rate: rate?.path ?? "", per, ...shared }, group.location),
        );
      }
    }
  },
};

/** One a `tune` statement: its other groups leave out the same axes. */
function groupsOf({ cells }: Experiment): readonly TuneGroup[] {
  const groups = new Map<number, TuneGroup>();
  for (const { tuned } of cells) {
    if (tuned !== undefined && !groups.has(tuned.group.location.span.start)) {
      groups.set(tuned.group.location.span.start, tuned.group);
    }
  }
  return [...groups.values()];
}

/** An axis along which alone another init or model is reached, among cells that choose together. */
function sharedAxis(cells: readonly Cell[]): { readonly axis: string; readonly points: string } | undefined {
  const [first] = cells;
  for (const axis of Object.keys(first?.point ?? {})) {
    const rows = new Map<string, Cell[]>();
    for (const cell of cells) {
      const others = Object.entries(cell.point).filter(([name]) => name !== axis);
      const row = others.map(([, { label }]) => label).join("\u0000");
      rows.set(row, [...(rows.get(row) ?? []), cell]);
    }
    for (const row of rows.values()) {
      if (new Set(row.map(({ init, model }) => `${init.name}\u0000${model.name}`)).size > 1) {
        const labels = new Set(row.map(({ point }) => `\`${point[axis]?.label}\``));
        return { axis, points: [...labels].join(", ") };
      }
    }
  }
  return undefined;
}
