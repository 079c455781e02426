/** What reduces or chooses replicates: repeats, folds, or both. */

import type { Reduction, Slice } from "../../compiler/outputs/types.js";
import { replicateId, replicateOf, valuesByFold } from "./replicates.js";
import {
  distinct,
  fixed,
  leftOut,
  type Observation,
  type PointValue,
  type ReplicateId,
  reduceValues,
  unreachedIn,
} from "./series.js";

/** The mean, … of the repeats; identical observations count once. */
export function overReplicates(by: Reduction, value: PointValue): PointValue {
  if (value.kind === "pooled") {
    return value;
  }
  const present = [...value.observations].filter(([, observation]) => Number.isFinite(observation.value));
  return {
    kind: "pooled",
    replicates: new Map(present.map(([replicate, observation]) => [replicate, observation.identity])),
    at: (replicates) => {
      const kept = present.filter(([replicate]) => replicates === "any" || replicates.has(replicate));
      // repeats of a fold are one observation of it
      const byFold = valuesByFold(new Map(kept));
      const groups = byFold === undefined ? undefined : [...byFold.values()];
      return groups === undefined
        ? reduceValues(by, valuesOf(kept.map(([, observation]) => observation)))
        : reduceValues(
            by,
            groups.map((members) => reduceValues("mean", valuesOf(members))),
          );
    },
    identity: `${by}(${present.map(([, observation]) => observation.identity).join(",")})`,
    ...(by === "mean" ? {} : { rough: true }),
    ...leftOut(unreachedIn(value)),
  };
}

function valuesOf(observations: readonly Observation[]): readonly number[] {
  return distinct(observations).map((each) => each.value);
}

/** Over the repeats of each fold, or the folds of each repeat: what is left are replicates still. */
export function overSome(by: Reduction, over: "repeat" | "fold", value: PointValue): PointValue {
  if (value.kind === "pooled") {
    return value;
  }
  const groups = new Map<ReplicateId, Observation[]>();
  for (const [id, observation] of value.observations) {
    const replicate = replicateOf(id);
    const left = replicateId(
      over === "repeat" ? { fold: replicate.fold, repeat: undefined } : { ...replicate, fold: undefined },
    );
    const members = groups.get(left);
    if (members === undefined) {
      groups.set(left, [observation]);
    } else {
      members.push(observation);
    }
  }
  const observations = new Map<ReplicateId, Observation>();
  for (const [id, members] of groups) {
    const present = members.filter((member) => Number.isFinite(member.value));
    const unreached = distinct(members).reduce((sum, member) => sum + (member.unreached ?? 0), 0);
    observations.set(id, {
      value: reduceValues(by, valuesOf(present)),
      identity: `${by}(${present.map(({ identity }) => identity).join(",")})`,
      ...(unreached === 0 ? {} : { unreached }),
    });
  }
  return { kind: "each", observations };
}

/** `[repeat: 1]`, `[fold: 2]`: one of them is one number, unless the other still varies. */
export function chosenReplicates(
  value: PointValue,
  slice: Slice,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): PointValue {
  const { repeat, fold } = slice;
  if (value.kind === "pooled" || (repeat === undefined && fold === undefined)) {
    return value;
  }
  const kept = [...value.observations].filter(([id]) => {
    const replicate = replicateOf(id);
    // a pair is of two repeats: both are to be among those that are kept
    if (replicate.other !== undefined && wanted.get("repeat")?.has(replicate.other) === false) return false;
    const meets = (name: "repeat" | "fold"): boolean =>
      wanted.get(name) === undefined || wanted.get(name)?.has(replicate[name] ?? "") === true;
    return meets("repeat") && meets("fold");
  });
  const folded = kept.some(([id]) => replicateOf(id).fold !== undefined);
  const open = repeat?.keep !== false || (folded && fold?.keep !== false);
  if (open) {
    return { kind: "each", observations: new Map(kept) };
  }
  const only = kept[0]?.[1];
  if (only === undefined) return fixed(Number.NaN, "");
  return {
    ...fixed(only.value, only.identity),
    ...leftOut(unreachedIn({ kind: "each", observations: new Map(kept) })),
  };
}
