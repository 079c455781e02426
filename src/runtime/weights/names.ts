/** A checkpoint's tensors as the study says they are called: the ones behind a prefix, without some parts, renamed. */

import { nearest } from "../../compiler/suggest.js";
import {
  isInPart,
  parsePart,
  parseRenaming,
  type Renaming,
  renamed,
  type WeightsNames,
} from "../../compiler/weights-names.js";
import { CheckpointError, named } from "./errors.js";

/** Where a tensor is in the file; null is a counter that torch would start at 0. */
export type Places = Map<string, string | null>;

/** What is left, by its new names; what was done is noted. @throws CheckpointError where something told is of no tensor */
export function asTold(places: Places, told: WeightsNames, notes: string[], file: string): Places {
  const behind = told.prefix === undefined ? places : behindPrefix(places, told.prefix, notes, file);
  const kept = without(behind, told.drop ?? [], notes, file);
  return withNames(kept, told.rename ?? [], notes, file);
}

function behindPrefix(places: Places, prefix: string, notes: string[], file: string): Places {
  const [kept, others]: [Places, string[]] = [new Map(), []];
  for (const [name, place] of places) {
    if (name.startsWith(prefix) && name.length > prefix.length) kept.set(name.slice(prefix.length), place);
    else others.push(name);
  }
  if (kept.size === 0) {
    const there = prefixesOf([...places.keys()]);
    const near = nearest(prefix, there);
    const known = there.length === 0 ? others : there.map((each) => `\`${each}\``);
    throw new CheckpointError(
      file,
      `no tensor of it begins with \`${prefix}\`; ${there.length === 0 ? "its tensors are" : "names begin with"} ${named(known)}`,
      near === undefined ? "write what stands before the names that are meant" : `did you mean \`prefix: "${near}"\`?`,
    );
  }
  notes.push(`read without the \`${prefix}\` before ${kept.size} of ${places.size} names`);
  if (others.length > 0) notes.push(`left out, not behind \`${prefix}\`: ${named(others)}`);
  return kept;
}

/** Of one, two and three segments, those before more than one name; the longer ones first. */
function prefixesOf(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const segments = name.split(".");
    for (let length = 1; length <= Math.min(3, segments.length - 1); length++) {
      const prefix = `${segments.slice(0, length).join(".")}.`;
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  // what all names of a shorter one have is the prefix that is meant
  const all = [...counts].filter(([, count]) => count > 1);
  const longest = all.filter(
    ([prefix, count]) => !all.some(([other, many]) => other !== prefix && other.startsWith(prefix) && many === count),
  );
  return longest.sort(([, a], [, b]) => b - a).map(([prefix]) => prefix);
}

function without(places: Places, drop: readonly string[], notes: string[], file: string): Places {
  let kept = places;
  for (const text of drop) {
    const part = parsePart(text);
    if ("problem" in part) throw new CheckpointError(file, `\`drop: ${text}\`: ${part.problem}`);
    const [left, gone]: [Places, string[]] = [new Map(), []];
    for (const [name, place] of kept) {
      if (isInPart(name, part)) gone.push(name);
      else left.set(name, place);
    }
    if (gone.length === 0) throw ofNothing(`\`drop: "${text}"\``, text, kept, file);
    notes.push(`left out, as told: ${named(gone)}`);
    kept = left;
  }
  if (kept.size === 0) throw new CheckpointError(file, "`drop:` leaves no tensor of it", "drop less");
  return kept;
}

function withNames(places: Places, rename: readonly string[], notes: string[], file: string): Places {
  const rules = rename.map((text): readonly [string, Renaming] => {
    const parsed = parseRenaming(text);
    if ("problem" in parsed) throw new CheckpointError(file, `\`rename: ${text}\`: ${parsed.problem}`);
    return [text, parsed];
  });
  if (rules.length === 0) return places;
  const used = new Set<string>();
  const [called, changed]: [Places, string[]] = [new Map(), []];
  for (const [name, place] of places) {
    let now = name;
    for (const [text, rule] of rules) {
      const found = renamed(name, rule);
      if (found === undefined) continue;
      used.add(text);
      now = found;
      break;
    }
    if (called.has(now)) {
      throw new CheckpointError(file, `two of its tensors would be called ${now}: ${name} is one`, "`drop:` the other");
    }
    if (now !== name) changed.push(`${name} → ${now}`);
    called.set(now, place);
  }
  for (const [text, { from }] of rules) {
    if (used.has(text)) continue;
    throw ofNothing(`\`rename: "${text}"\``, from.join("."), places, file);
  }
  notes.push(`renamed, as told: ${named(changed)}`);
  return called;
}

/** @param part that no tensor lies in */
function ofNothing(what: string, part: string, places: Places, file: string): CheckpointError {
  const there = partsBeside(part.split("."), [...places.keys()]);
  const near = nearest(part, there) ?? nearest(part.split(".").slice(0, there[0]?.split(".").length).join("."), there);
  return new CheckpointError(
    file,
    `${what} is of no tensor; there is ${named(there)}`,
    near === undefined
      ? "name one of its parts, as they are behind the prefix, or take it out"
      : `did you mean \`${near}\`?`,
  );
}

/** What there is where the part leaves the names: of `layer4.9.conv1` the blocks of `layer4`. */
function partsBeside(part: readonly string[], names: readonly string[]): readonly string[] {
  let [length, inside] = [0, names];
  for (;;) {
    const deeper = inside.filter(
      (name) => isInPart(name, part.slice(0, length + 1)) && name.split(".").length > length + 1,
    );
    if (deeper.length === 0 || length + 1 >= part.length) break;
    inside = deeper;
    length++;
  }
  return [
    ...new Set(
      inside.map((name) =>
        name
          .split(".")
          .slice(0, length + 1)
          .join("."),
      ),
    ),
  ];
}
