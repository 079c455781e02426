/** What NODE-or-CELL names: a key or its beginning, a cell's id, a model's name. */

import type { Cell, CheckedStudy, ModelChoice } from "../../study.js";
import type { NodeKey, Plan } from "../types.js";

export type Found =
  | { readonly kind: "node"; readonly key: NodeKey }
  | { readonly kind: "cell"; readonly cell: Cell }
  /** A cell of the study with that model, whose target gives it classes and channels. */
  | { readonly kind: "model"; readonly model: ModelChoice; readonly cell: Cell }
  | { readonly kind: "several"; readonly choices: readonly string[] }
  | { readonly kind: "nothing" };

const SHORTEST_KEY = 6;
const MOST_CHOICES = 10;

export function findInPlan(study: CheckedStudy, plan: Plan, name: string): Found {
  const cells = study.experiments.flatMap((experiment) => experiment.cells);
  const wanted = squeezed(name);
  const cell = cells.find(({ id }) => squeezed(id) === wanted);
  if (cell) return { kind: "cell", cell };
  if (name.length >= SHORTEST_KEY && /^[0-9a-f]+$/.test(name)) {
    const keys = plan.nodes.filter(({ key }) => key.startsWith(name)).map(({ key, label }) => ({ key, label }));
    const [first] = keys;
    if (first && keys.length === 1) return { kind: "node", key: first.key };
    if (first)
      return { kind: "several", choices: keys.slice(0, MOST_CHOICES).map(({ key, label }) => `${key}  ${label}`) };
  }
  const withModel = cells.find(({ model }) => model.name === name);
  if (withModel) return { kind: "model", model: withModel.model, cell: withModel };
  const similar = similarTo(cells, wanted);
  const [only] = similar;
  // a cell without its repeat is the first one's
  if (only && similar.every(({ id }) => withoutRepeat(id) === withoutRepeat(only.id)))
    return { kind: "cell", cell: only };
  if (similar.length > 0) return { kind: "several", choices: similar.slice(0, MOST_CHOICES).map(({ id }) => id) };
  return { kind: "nothing" };
}

/** Cells whose name begins so, or that have the points given: `main[init:WT]` leaves the other axes open. */
function similarTo(cells: readonly Cell[], wanted: string): readonly Cell[] {
  const begin = wanted.replace(/\]?#?\d*$/, "");
  const beginning = cells.filter(({ id }) => squeezed(id).startsWith(begin));
  const [, experiment, inside, repeat] = /^([^[\]#]+)\[([^[\]]*)\](?:#(\d+))?$/.exec(wanted) ?? [];
  if (beginning.length > 0 || inside === undefined) return beginning;
  const points = inside.split(",").map((point) => point.split(":"));
  return cells.filter(
    (cell) =>
      cell.experiment === experiment &&
      (repeat === undefined || cell.repeat === Number(repeat)) &&
      points.every(([axis = "", label]) => {
        const point = cell.point[axis];
        return point !== undefined && squeezed(point.label) === label;
      }),
  );
}

function withoutRepeat(id: string): string {
  return id.replace(/#\d+$/, "");
}

/** People type cells without the blanks. */
function squeezed(text: string): string {
  return text.replaceAll(/\s/g, "");
}
