/** A checkpoint's tensors under timm's names: what was wrapped around them taken off, families' own spellings replaced. */

import type { WeightsNames } from "../../compiler/weights-names.js";
import type { TensorData } from "../../program/types.js";
import { CONVENTIONS, type Convention, matches } from "./conventions/index.js";
import { CheckpointError, named, printable } from "./errors.js";
import { asTold, type Places } from "./names.js";
import type { Checkpoint, StoredTensor } from "./types.js";

export interface Weights {
  readonly file: string;
  /** By timm's name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What was done to the names and numbers, a sentence each. */
  readonly notes: readonly string[];
  /** Floating point as f32, integers as i32. @throws CheckpointError */
  read(): Promise<Map<string, TensorData>>;
  close(): Promise<void>;
}

/** What DataParallel, Lightning, torch.compile and others put before every name. */
const PREFIXES = ["module.", "model.", "backbone.", "_orig_mod."];
const MAX_NAME = 512;
/** As many as a lock holds. */
const MAX_DIMENSIONS = 8;

/** @param told what a study says of its names. @throws CheckpointError */
export function canonical(checkpoint: Checkpoint, told: WeightsNames = {}): Weights {
  const { file, tensors } = checkpoint;
  if (tensors.size === 0) throw new CheckpointError(file, "holds no tensors");
  checkNames([...tensors.keys()], file);
  const [deep] = [...tensors].find(([, { shape }]) => shape.length > MAX_DIMENSIONS) ?? [];
  if (deep !== undefined) throw new CheckpointError(file, `tensor ${deep} has more than ${MAX_DIMENSIONS} dimensions`);
  const notes = [...checkpoint.notes];
  let places: Places = new Map([...tensors.keys()].map((name) => [name, name]));
  places = asTold(usual(places, told, notes), told, notes, file);
  checkNames([...places.keys()], file);
  for (const convention of CONVENTIONS) {
    if (matches(convention, [...places.keys()])) places = followed(convention, places, notes, file);
  }
  addCounters(places, notes);
  const stored = [...places].map(([name, place]): [string, StoredTensor] => [
    name,
    (place === null ? undefined : tensors.get(place)) ?? COUNTER,
  ]);
  notes.push(...precisionNotes(stored));
  return {
    file,
    tensors: new Map(stored),
    notes,
    read: () => readPlaces(checkpoint, places),
    close: () => checkpoint.close(),
  };
}

const COUNTER: StoredTensor = { dtype: "I64", shape: [] };

function checkNames(names: readonly string[], file: string): void {
  const bad = names.find(
    (name) => name === "" || name.length > MAX_NAME || name === "__proto__" || name !== printable(name),
  );
  if (bad !== undefined)
    throw new CheckpointError(file, `a tensor is called ${JSON.stringify(bad.slice(0, MAX_NAME))}`);
}

/** What is usual is taken off, unless the prefix that is told has it. */
function usual(places: Places, { prefix }: WeightsNames, notes: string[]): Places {
  const begins = (names: Places) => prefix === undefined || [...names.keys()].some((name) => name.startsWith(prefix));
  if (prefix !== undefined && begins(places)) return places;
  const said: string[] = [];
  const rest = withoutPrefix(places, said);
  if (!begins(rest)) return places;
  notes.push(...said);
  return rest;
}

function withoutPrefix(places: Places, notes: string[]): Places {
  let taken = "";
  let current = places;
  for (;;) {
    const prefix = PREFIXES.find((each) => [...current.keys()].every((name) => name.startsWith(each)));
    if (prefix === undefined) break;
    current = new Map([...current].map(([name, place]) => [name.slice(prefix.length), place]));
    taken += prefix;
  }
  if (taken !== "") notes.push(`read without the \`${taken}\` before every name`);
  return current;
}

function followed(convention: Convention, places: Places, notes: string[], file: string): Places {
  const { title, drop = [], rename = [], refuse } = convention;
  const names = [...places.keys()];
  if (refuse !== undefined && names.some((name) => refuse.names.test(name))) {
    throw new CheckpointError(file, refuse.why, refuse.hint);
  }
  const kept: Places = new Map();
  const renamed: string[] = [];
  for (const [name, place] of places) {
    if (drop.some((each) => each.names.test(name))) continue;
    const called = rename.reduce((text, { from, to }) => text.replace(from, (_, ...groups) => to(...groups)), name);
    if (kept.has(called))
      throw new CheckpointError(file, `has both ${name} and another tensor for ${called} (${title})`);
    if (called !== name) renamed.push(name);
    kept.set(called, place);
  }
  for (const { names: pattern, why } of drop) {
    const dropped = names.filter((name) => pattern.test(name));
    if (dropped.length > 0) notes.push(`${title}: left out ${named(dropped)} (${why})`);
  }
  if (renamed.length > 0) notes.push(`${title}: renamed ${named(renamed)}`);
  return kept;
}

/** torch before 0.4.1 did not count batches; it starts such a count at 0, and so do we. */
function addCounters(places: Places, notes: string[]): void {
  const added: string[] = [];
  for (const name of [...places.keys()]) {
    if (!name.endsWith("running_mean")) continue;
    const counter = `${name.slice(0, -"running_mean".length)}num_batches_tracked`;
    if (places.has(counter)) continue;
    places.set(counter, null);
    added.push(counter);
  }
  if (added.length > 0) notes.push(`counts no batches; set to 0, as torch does: ${named(added)}`);
}

function precisionNotes(tensors: readonly [string, StoredTensor][]): readonly string[] {
  const count = (wanted: StoredTensor["dtype"]) => tensors.filter(([, { dtype }]) => dtype === wanted).length;
  const note = (dtype: StoredTensor["dtype"], what: string) => {
    const found = count(dtype);
    return found === 0 ? [] : [`${found} of ${tensors.length} tensors are ${dtype}: ${what}`];
  };
  return [
    ...note("F16", "widened to 32 bits exactly"),
    ...note("BF16", "widened to 32 bits exactly"),
    ...note("F64", "rounded to 32 bits"),
  ];
}

async function readPlaces(checkpoint: Checkpoint, places: Places): Promise<Map<string, TensorData>> {
  const read = await checkpoint.read([...places.values()].filter((place) => place !== null));
  const tensors = new Map<string, TensorData>();
  for (const [name, place] of places) {
    const tensor = place === null ? { shape: [], data: new Int32Array(1) } : read.get(place);
    if (tensor === undefined) throw new CheckpointError(checkpoint.file, `has no tensor ${place}`);
    tensors.set(name, tensor);
  }
  return tensors;
}
