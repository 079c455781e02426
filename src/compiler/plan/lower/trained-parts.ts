/** What a recipe's `freeze` and `trainable` mean of one model: the names of the tensors it leaves as they are. */

import type { ModelInfo } from "../../../models/types.js";
import type { PartSet, RecipeSpec, Selector } from "../../study.js";
import { remembered } from "../memo.js";
import { select, type TensorSet } from "../parts/select.js";
import type { Context } from "./context.js";
import type { LoweredModel } from "./models.js";

export type FrozenMemo = Map<RecipeSpec, Map<ModelInfo, readonly string[]>>;

/** In the model's order; empty where everything is trained. What is wrong with it is told when all cells are known. */
export function frozenOf(context: Context, recipe: RecipeSpec, model: LoweredModel): readonly string[] {
  const { freeze, trainable } = recipe;
  if (freeze === undefined && trainable === undefined) return NONE;
  const byModel = remembered(context.training.frozen, recipe, () => new Map());
  return remembered(byModel, model.info, () => {
    const { info } = model;
    const frozen = frozenSet(recipe, info);
    if (freeze) context.trained.see(recipe, freeze, "freeze", count(namedBy(freeze, info)), model);
    if (trainable) context.trained.see(recipe, trainable, "trainable", count(namedBy(trainable, info)), model);
    context.trained.seeFrozen(recipe, frozen, model);
    return info.tensors.flatMap(({ name }, index) => (frozen[index] ? [name] : []));
  });
}
const NONE: readonly string[] = [];

/**
 * What `freeze` names; and, where there is a `trainable`, what that does not name. `rest` is what the other one of the
 * two does not name.
 */
function frozenSet({ freeze, trainable }: RecipeSpec, info: ModelInfo): TensorSet {
  const [named, wanted] = [freeze && withoutRest(freeze, info), trainable && withoutRest(trainable, info)];
  const frozen = freeze && hasRest(freeze) ? without(info, freeze, wanted) : named;
  const trained = trainable && hasRest(trainable) ? without(info, trainable, named) : wanted;
  return Uint8Array.from(info.tensors, (_, index) => (frozen?.[index] || (trained && !trained[index]) ? 1 : 0));
}

const isRest = (part: Selector): boolean => part.kind === "rest";
const hasRest = ({ parts }: PartSet): boolean => parts.some(isRest);

/** Without `rest`. */
function withoutRest({ parts, except }: PartSet, info: ModelInfo): TensorSet {
  return chosen(
    parts.filter((part) => !isRest(part)),
    except,
    info,
  );
}

function namedBy({ parts, except }: PartSet, info: ModelInfo): TensorSet {
  return chosen(parts, except, info);
}

/** Everything but what the other statement names, and what is excepted. */
function without(info: ModelInfo, { except }: PartSet, other: TensorSet | undefined): TensorSet {
  const all = chosen([{ kind: "rest" }], except, info);
  return all.map((flag, index) => (flag && !other?.[index] ? 1 : 0));
}

function chosen(parts: readonly Selector[], except: readonly Selector[], info: ModelInfo): TensorSet {
  const wanted = parts.map((part) => select(part, info, "compose"));
  const excluded = except.map((part) => select(part, info, "compose"));
  return Uint8Array.from(info.tensors, (_, index) =>
    wanted.some((set) => set[index]) && !excluded.some((set) => set[index]) ? 1 : 0,
  );
}

const count = (set: TensorSet): number => set.reduce((sum, flag) => sum + flag, 0);
