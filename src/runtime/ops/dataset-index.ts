import type { Json } from "../../catalog/types.js";
import { counted } from "../../compiler/counted.js";
import { MemoDigests } from "../data/digests.js";
import { fileListJson, listingDigests } from "../data/file-list.js";
import { losses } from "../data/policy.js";
import { indexDataset } from "../data/prepare.js";
import { countPerClass, itemsOf } from "../data/splits.js";
import { type Problem, SPLITS } from "../data/types.js";
import { putJson } from "./inputs.js";
import { located, type OpImplementation } from "./types.js";

const inMemory = new MemoDigests();

/** Counts alone, for values are reported; which cases they are, the index says. */
function leftOut(lost: readonly Problem[]): {
  readonly leftOut: number;
  readonly leftOutBy: { [kind: string]: number };
} {
  const leftOutBy: { [kind: string]: number } = {};
  for (const kind of lost.map((each) => each.kind).sort()) leftOutBy[kind] = (leftOutBy[kind] ?? 0) + 1;
  return { leftOut: lost.length, leftOutBy };
}

export const datasetIndex: OpImplementation<"dataset.index"> = {
  op: "dataset.index",
  async run(node, context) {
    const root = located(node, context);
    const listing = listingDigests(context.digests ?? inMemory, root);
    const index = await indexDataset(node.params, root, listing, context.plugins);
    const counts: { [split: string]: Json } = {};
    const cases: { [split: string]: number } = {};
    for (const split of SPLITS) {
      const own = itemsOf(index.items, split);
      const perClass = countPerClass(own, index.classes.length);
      counts[split] = perClass;
      // images of several labels, or of none, are not as many as their labels
      if (perClass.reduce((sum, each) => sum + each, 0) !== own.length) cases[split] = own.length;
    }
    const pool = itemsOf(index.items, "unassigned").length;
    const lost = losses(index.problems);
    const left = lost.length;
    const without = left === 0 ? "" : `; ${counted(left, "case")} left out, which \`xferc data\` names`;
    return {
      // the files are for plans alone: what changed since; no node reads them
      outputs: { index: await putJson(context, index), files: await putJson(context, fileListJson(listing.files)) },
      value: {
        classes: index.classes,
        images: counts,
        ...(Object.keys(cases).length === 0 ? {} : { cases }),
        ...(pool === 0 ? {} : { pool }),
        ...(left === 0 ? {} : leftOut(lost)),
      },
      summary: `${counted(index.items.length, "image")} of ${counted(index.classes.length, "class", "classes")}${without}`,
    };
  },
};
