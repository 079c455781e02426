/** A plug-in's probe on states and on images as they stream by: what it gives is held to what it said it gives. */

import type { ProbeRow } from "../results/types.js";
import type { NoNumber, PluginProbe, ProbeAbout, ProbeReader } from "./api.js";
import { type Hook, hookError } from "./errors.js";

export interface BroughtProbe {
  readonly probe: PluginProbe;
  hook(name: string): Hook;
}

/** What sees the images of one state. */
export function gatherer({ probe, hook }: BroughtProbe, about: ProbeAbout): ProbeReader {
  const where = hook("gather");
  let given: unknown;
  try {
    given = probe.gather?.(about);
  } catch (error) {
    throw hookError(where, error);
  }
  if (typeof given === "object" && given !== null && "see" in given && typeof given.see === "function") {
    return given as ProbeReader;
  }
  throw hookError(where, "it gave no object with a function see(image)");
}

export function seeing({ hook }: BroughtProbe, reader: ProbeReader): ProbeReader["see"] {
  const where = hook("see");
  return (image) => {
    try {
      reader.see(image);
    } catch (error) {
      throw hookError(where, error);
    }
  };
}

/** @param given one a state */
export function numbersOf(brought: BroughtProbe, about: ProbeAbout, given: readonly unknown[]): readonly ProbeRow[] {
  const { probe, hook } = brought;
  const where = hook("measure");
  let numbers: unknown;
  try {
    numbers = probe.measure(about, given[0], given[1]);
  } catch (error) {
    throw hookError(where, error);
  }
  if (numbers instanceof Promise) throw hookError(where, "it gave a promise; what it needs is gathered before");
  if (probe.byLayer !== true) return named(probe, numbers, {}, where);
  const byLayer = membersOf(
    numbers,
    about.layers.map(({ name }) => name),
    "layer",
    where,
  );
  return about.layers.flatMap(({ name }) => named(probe, byLayer[name], { layer: name }, where));
}

function named({ numbers }: PluginProbe, given: unknown, inner: ProbeRow["inner"], where: Hook): readonly ProbeRow[] {
  if (numbers === undefined) return [row(given, inner, where)];
  const names = Object.keys(numbers);
  // that there is nothing to say of a layer is one sentence for all its numbers
  const all = isNone(given) ? Object.fromEntries(names.map((name) => [name, given])) : given;
  const found = membersOf(all, names, "number", where);
  return names.map((name) => row(found[name], { ...inner, number: name }, where));
}

/** All of these names and no other. */
function membersOf(
  given: unknown,
  names: readonly string[],
  what: string,
  where: Hook,
): { readonly [name: string]: unknown } {
  const members = given instanceof Map ? Object.fromEntries(given) : given;
  if (typeof members !== "object" || members === null) {
    throw hookError(where, `it gave ${shown(members)}, not a number a ${what}: { ${names[0] ?? what}: … }`);
  }
  const missing = names.find((name) => !(name in members));
  if (missing !== undefined) throw hookError(where, `it gave nothing for the ${what} ${missing}`);
  const stranger = Object.keys(members).find((name) => !names.includes(name));
  if (stranger === undefined) return members as { readonly [name: string]: unknown };
  throw hookError(where, `it gave ${stranger}, which is no ${what} of it; there is ${names.join(", ")}`);
}

function row(given: unknown, inner: ProbeRow["inner"], where: Hook): ProbeRow {
  if (isNone(given)) return { inner, value: Number.NaN, reason: given.undefined };
  if (typeof given === "number" && Number.isFinite(given)) return { inner, value: given };
  const of = Object.values(inner).join(" ");
  throw hookError(
    where,
    `it gave ${shown(given)}${of === "" ? "" : ` for ${of}`}; a probe gives finite numbers, or { undefined: "why there is none" }`,
  );
}

function isNone(given: unknown): given is NoNumber {
  return typeof given === "object" && given !== null && "undefined" in given && typeof given.undefined === "string";
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
