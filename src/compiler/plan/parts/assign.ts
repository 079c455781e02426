/** Rules → which rule each tensor follows. First match wins. Depends on model and rules alone, so it is done once a pair. */

import type { ModelInfo } from "../../../models/types.js";
import type { PartRule } from "../../study.js";
import { remembered } from "../memo.js";
import { type SelectionScope, select } from "./select.js";

export interface Assignment {
  /** Index of the rule each tensor follows, in the model's order; -1 where none names it. */
  readonly rule: Int16Array;
  /** By rule: tensors its selectors name (less `except`), and of these the ones no earlier rule took. */
  readonly named: readonly number[];
  readonly taken: readonly number[];
  /** By rule: the first few it names, for people. */
  readonly first: readonly (readonly string[])[];
}

/** What a message names before it counts. */
export const NAMED_FIRST = 3;

const cache = new WeakMap<ModelInfo, WeakMap<readonly PartRule[], Map<SelectionScope, Assignment>>>();

export function assignRules(rules: readonly PartRule[], model: ModelInfo, scope: SelectionScope): Assignment {
  const byRules = remembered(cache, model, () => new WeakMap());
  const byScope = remembered(byRules, rules, () => new Map());
  return remembered(byScope, scope, () => assign(rules, model, scope));
}

function assign(rules: readonly PartRule[], model: ModelInfo, scope: SelectionScope): Assignment {
  const rule = new Int16Array(model.tensors.length).fill(-1);
  const named: number[] = [];
  const taken: number[] = [];
  const first: string[][] = [];
  rules.forEach(({ parts, except }, index) => {
    const wanted = parts.map((selector) => select(selector, model, scope));
    // what is excluded is excluded even where it is the head
    const excluded = except.map((selector) => select(selector, model, "compose"));
    let namedHere = 0;
    let takenHere = 0;
    const firstHere: string[] = [];
    for (let i = 0; i < rule.length; i++) {
      if (!wanted.some((set) => set[i]) || excluded.some((set) => set[i])) continue;
      namedHere++;
      const tensor = model.tensors[i];
      if (tensor !== undefined && firstHere.length < NAMED_FIRST) firstHere.push(tensor.name);
      if (rule[i] !== -1) continue;
      rule[i] = index;
      takenHere++;
    }
    named.push(namedHere);
    taken.push(takenHere);
    first.push(firstHere);
  });
  return { rule, named, taken, first };
}
