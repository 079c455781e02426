/** What of a data set's views is in keys: no names, the streams they draw from, and nothing that changes no case. */

import { entry } from "../../catalog/index.js";
import { dealsClasses } from "../conditions.js";
import type { CaseCondition, DatasetSpec, EvaluationSplit, SubsetSpec, TrainingSplit, ViewSpec } from "../study.js";
import type { StreamSpec, TransformParams, ViewParams } from "./types.js";

/** Views that choose cases, in order. Subsets of everything are none. */
export function viewParams(views: readonly ViewSpec[] = [], seed: number): readonly ViewParams[] {
  return views.flatMap((view): readonly ViewParams[] => {
    switch (view.kind) {
      case "transform":
        return [];
      case "where":
        return [dealsClasses(view.condition) ? { ...view, condition: seededCondition(view.condition, seed) } : view];
      case "folds": {
        const { folds, fold, by = null } = view;
        return [{ kind: "folds", folds, fold, by, stream: { seed, purpose: "split", repeat: 0, about: ["folds"] } }];
      }
      case "subset":
        return everything(view) ? [] : [subsetParams(view, seed)];
      default:
        return view satisfies never;
    }
  });
}

function seededCondition(condition: CaseCondition, seed: number): CaseCondition {
  switch (condition.kind) {
    case "part-of-classes":
      return { ...condition, seed };
    case "in":
    case "compare":
      return condition;
    case "not":
      return { ...condition, condition: seededCondition(condition.condition, seed) };
    case "and":
    case "or":
      return {
        ...condition,
        left: seededCondition(condition.left, seed),
        right: seededCondition(condition.right, seed),
      };
    default:
      return condition satisfies never;
  }
}

function everything({ amount }: SubsetSpec): boolean {
  return amount.kind === "share" && amount.value >= 1;
}

function subsetParams(view: SubsetSpec, seed: number): ViewParams {
  const { amount, stratify, by = null, nested, val, repeat } = view;
  const about = nested ? [] : [amount.kind, amount.value];
  const stream = (of: number): StreamSpec => ({ seed, purpose: "subset", repeat: of, about });
  return { kind: "subset", amount, stratify, by, stream: stream(repeat), val: val === "cut" ? stream(0) : null };
}

/** Of the fractions of a split. */
export function splitStream(seed: number): StreamSpec {
  return { seed, purpose: "split", repeat: 0, about: [] };
}

/** What is done to images, in order; what does nothing is left out. */
export function transformsOf(views: readonly ViewSpec[] = [], seed: number): readonly TransformParams[] {
  return views.flatMap((view): readonly TransformParams[] => {
    if (view.kind !== "transform") return [];
    const { transform } = view;
    const found = entry("transform", transform.id);
    const neutral = Object.entries(found?.neutral ?? {});
    if (neutral.length > 0 && neutral.every(([name, value]) => transform.params[name] === value)) return [];
    const stream: StreamSpec = { seed, purpose: "transform", repeat: 0, about: [transform.id] };
    return [found?.draws === undefined ? transform : { ...transform, stream }];
  });
}

/** Without what does not touch this split: a test split is the same under every subset of the training images. */
export function viewsOfSplit(
  views: readonly ViewParams[],
  split: EvaluationSplit | TrainingSplit,
): readonly ViewParams[] {
  let end = views.length;
  for (let last = views[end - 1]; last !== undefined && sparesSplit(last, split); last = views[end - 1]) end -= 1;
  return views.slice(0, end);
}

function sparesSplit(view: ViewParams, split: EvaluationSplit | TrainingSplit): boolean {
  if (view.kind !== "subset" || split === "train" || split === "train_val" || split === "all") return false;
  return split === "test" || view.val === null;
}

/** Normalization does not change with the size of the data: it is of what the subsets at the end are subsets of. */
export function viewsForStatistics(views: readonly ViewParams[]): readonly ViewParams[] {
  let end = views.length;
  while (views[end - 1]?.kind === "subset") end -= 1;
  return views.slice(0, end);
}

/** The data set with the seed in it, where how many cases it has depends on that: by groups, folds, subsets. */
export function seeded(spec: DatasetSpec, seed: number): DatasetSpec {
  if (spec.seed === seed || !dependsOnSeed(spec)) return spec;
  let bySeed = known.get(spec);
  if (bySeed === undefined) {
    bySeed = new Map();
    known.set(spec, bySeed);
  }
  let own = bySeed.get(seed);
  if (own === undefined) {
    own = { ...spec, seed };
    bySeed.set(seed, own);
  }
  return own;
}

const known = new WeakMap<DatasetSpec, Map<number, DatasetSpec>>();

function dependsOnSeed({ split, views = [] }: DatasetSpec): boolean {
  const chooses = views.some(({ kind }) => kind !== "transform");
  if (split.kind === "fractions" && (split.by !== undefined || chooses)) return true;
  return views.some(
    (view) =>
      view.kind === "folds" || view.kind === "subset" || (view.kind === "where" && dealsClasses(view.condition)),
  );
}
