import { expect, it } from "vitest";
import { statistics } from "../../../src/analysis/index.js";
import type { NodeKey, Plan, ResultBinding } from "../../../src/compiler/plan/types.js";
import type { CellId } from "../../../src/compiler/study.js";
import { collectRows } from "../../../src/runtime/results/collect.js";
import type { Outline } from "../../../src/runtime/results/outline.js";

const SOURCES = ["near", "far"];
const P = new Map([
  ["WT near", 0.01],
  ["WT far", 0.04],
  ["RI", 0.03],
]);

/** p of a test over cases, at two sources; what has no source is one node. */
function plan(): Plan {
  const results = ["WT", "RI"].flatMap((init) =>
    SOURCES.map(
      (source): ResultBinding => ({
        experiment: "derive:p",
        point: { source, init },
        repeat: null,
        seed: 1,
        measure: "p",
        metric: "p",
        estimator: "mcnemar holm",
        node: (init === "RI" ? "RI" : `${init} ${source}`) as NodeKey,
        cell: `${init} ${source}` as CellId,
        adjust: "holm",
      }),
    ),
  );
  return { nodes: [], results, training: new Map(), sharing: { requested: 0, nodes: 0, savedSeconds: 0 } };
}
const axis = (name: string, labels: readonly string[]) => ({
  name,
  role: "free" as const,
  points: labels.map((label) => ({ label, value: label })),
});
const OUTLINE: Outline = {
  tables: [
    {
      name: "derive:p",
      axes: [axis("source", SOURCES), axis("init", ["WT", "RI"])],
      columns: [{ name: "p", metric: "p", estimator: "", inner: [], aliases: {}, grid: null }],
    },
  ],
  derives: [],
};

it("a test over cases that stands at several points is adjusted for as one", () => {
  const rows = collectRows(OUTLINE, plan(), (node) => ({
    status: "ok",
    result: { rows: [{ inner: {}, value: P.get(node) ?? Number.NaN }], warnings: [] },
  }));
  const [near, far, neither] = statistics.adjust([...P.values()], "holm");
  expect(rows.map(({ axes, value }) => [axes.source, axes.init, value])).toEqual([
    ["near", "WT", near],
    ["near", "RI", neither],
    ["far", "WT", far],
    ["far", "RI", neither],
  ]);
});
