/** What lowering saw of init rules and sources, gathered over all cells: the checks in check/ judge it at the end. */

import type { TensorInfo } from "../../../models/types.js";
import type { Location } from "../../diagnostics.js";
import type { PartRule } from "../../study.js";
import { type Assignment, NAMED_FIRST } from "../parts/assign.js";
import type { SupplyProblem } from "../parts/manifest.js";
import type { LoweredModel } from "./models.js";

const placeOf = ({ path, span }: Location): string => `${path}:${span.start}:${span.end}`;

export interface RuleTally {
  readonly init: string;
  readonly rule: PartRule;
  readonly models: Map<string, RuleOnModel>;
}

/** Over all points of a rule: the most tensors it named, and the most it got. */
interface RuleOnModel {
  readonly named: number;
  readonly taken: number;
  readonly total: number;
  /** A few of those it named, or of the model's where it named none. */
  readonly some: readonly string[];
}

/** A range of units or layers that goes beyond a model. */
export interface RangeTally {
  readonly init: string;
  readonly rule: PartRule;
  readonly part: string;
  readonly kind: "units" | "layers";
  readonly model: string;
  readonly count: number;
}

/** A rule is its place in the text: WT_ST(1) and WT_ST(2) are two points of one rule. */
export class RuleUse {
  readonly tallies = new Map<string, RuleTally>();
  readonly outOfRange = new Map<string, RangeTally>();

  see(init: string, rules: readonly PartRule[], assignment: Assignment, model: LoweredModel): void {
    this.#checkRange(init, rules, model);
    rules.forEach((rule, index) => {
      const place = placeOf(rule.location);
      let tally = this.tallies.get(place);
      if (!tally) {
        tally = { init, rule, models: new Map() };
        this.tallies.set(place, tally);
      }
      const { tensors } = model.info;
      const nothing = { named: 0, taken: 0, some: tensors.slice(0, NAMED_FIRST).map(({ name }) => name) };
      const { named, taken, some } = tally.models.get(model.name) ?? nothing;
      const more = (assignment.named[index] ?? 0) > named;
      tally.models.set(model.name, {
        named: Math.max(named, assignment.named[index] ?? 0),
        taken: Math.max(taken, assignment.taken[index] ?? 0),
        total: tensors.length,
        some: more ? (assignment.first[index] ?? some) : some,
      });
    });
  }

  /** Silently shortened ranges would hide a mistake. */
  #checkRange(init: string, rules: readonly PartRule[], { name, info }: LoweredModel): void {
    for (const rule of rules) {
      for (const part of [...rule.parts, ...rule.except]) {
        if (part.kind !== "units" && part.kind !== "layers") continue;
        const { kind, from, to } = part;
        const count = info[kind].length;
        if (to < from || (to <= count && from >= 1)) continue;
        const text = `${kind}[${from === to ? from : `${from}..${to}`}]`;
        const tally: RangeTally = { init, rule, part: text, kind, model: name, count };
        const place = `${placeOf(rule.location)} ${name}`;
        if (!this.outOfRange.has(place)) this.outOfRange.set(place, tally);
      }
    }
  }
}

interface SeenModel {
  readonly total: number;
  readonly tensors: readonly TensorInfo[];
  readonly problems: Map<string, SupplyProblem>;
}

export interface SupplyTally {
  readonly init: string;
  readonly location: Location;
  /** By model name. */
  readonly models: Map<string, SeenModel>;
}

export class SupplyUse {
  readonly tallies = new Map<string, SupplyTally>();

  see(init: string, location: Location, problems: readonly SupplyProblem[], model: LoweredModel): void {
    if (problems.length === 0) return;
    const place = placeOf(location);
    let tally = this.tallies.get(place);
    if (!tally) {
      tally = { init, location, models: new Map() };
      this.tallies.set(place, tally);
    }
    let seen = tally.models.get(model.name);
    if (!seen) {
      const { tensors } = model.info;
      seen = { total: tensors.length, tensors, problems: new Map() };
      tally.models.set(model.name, seen);
    }
    for (const problem of problems) {
      seen.problems.set(`${problem.kind} ${"tensor" in problem ? problem.tensor : ""}`, problem);
    }
  }
}
