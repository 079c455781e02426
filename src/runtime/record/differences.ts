/** How two runs' surroundings differ: programs, versions, data, the study's text and what of it was asked for. */

import { engineReason, type Lock } from "../../compiler/plan/index.js";
import type { RunHead, RunRecord } from "./read.js";

export interface Difference {
  /** `threads`, `train (operation)`, `data brain`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

export interface Surroundings {
  /** What may change a number: engine, operations, catalogue entries, data, weights. */
  readonly numeric: readonly Difference[];
  /** What does not: xferc's own version, Node, the platform. */
  readonly other: readonly Difference[];
}

/** Where a side does not know a thing, it differs in nothing. */
export interface Surrounded {
  readonly lock: Lock;
  readonly head: Pick<RunHead, "signature" | "node" | "platform">;
}

export function surroundingDifferences(before: Surrounded, after: Surrounded): Surroundings {
  const engine = engineReason(before.head.signature, after.head.signature);
  return {
    numeric: [
      ...(engine?.parts ?? []).map((part) => ({ what: part.part, before: part.before, after: part.after })),
      ...versionDifferences(before.lock.ops, after.lock.ops, (name) => `operation ${name}`),
      ...versionDifferences(before.lock.catalog, after.lock.catalog, (name) => name.replace(".", " ")),
      ...pluginDifferences(before.lock, after.lock),
      ...datasetDifferences(before.lock, after.lock),
      ...weightsDifferences(before.lock, after.lock),
    ],
    other: [
      ...different("xferc", before.lock.xferc, after.lock.xferc),
      ...different("Node", before.head.node, after.head.node),
      ...different("platform", before.head.platform, after.head.platform),
    ],
  };
}

function different(what: string, before: string | null, after: string | null): readonly Difference[] {
  return before === null || after === null || before === after ? [] : [{ what, before, after }];
}

type Versions = Lock["ops"];

/** Of what both have: an operation one version does not know computes nothing there. */
function versionDifferences(before: Versions, after: Versions, name: (id: string) => string): readonly Difference[] {
  return Object.keys(before)
    .filter((id) => after[id] !== undefined && after[id] !== before[id])
    .sort()
    .map((id) => ({ what: name(id), before: `version ${before[id]}`, after: `version ${after[id]}` }));
}

/** Of those the first had, also where the second has none of that name: nothing else has its code. */
function pluginDifferences({ plugins: before = [] }: Lock, { plugins: after = [] }: Lock): readonly Difference[] {
  const shown = (of: typeof before, wanted: string) => {
    const found = of.find(({ name }) => name === wanted);
    return found === undefined ? "none" : `${found.version} (${found.digest.slice(0, 8)})`;
  };
  return before.flatMap(({ name }) => different(`plug-in ${name}`, shown(before, name), shown(after, name)));
}

function datasetDifferences(before: Lock, after: Lock): readonly Difference[] {
  const known = new Map(before.datasets.map((dataset) => [dataset.name, dataset]));
  return after.datasets.flatMap((dataset) => {
    const was = known.get(dataset.name);
    if (was === undefined || was.facts.fingerprint === dataset.facts.fingerprint) return [];
    return [{ what: `data ${dataset.name}`, before: contentText(was.facts), after: contentText(dataset.facts) }];
  });
}

/** `1200 train, 300 val of 6 classes, 1a2b3c4d`. */
export function contentText({ fingerprint, classes, splits }: Lock["datasets"][number]["facts"]): string {
  const names = [...new Set(["train", "val", "test", ...Object.keys(splits)])];
  const counts = names.flatMap((name) => (splits[name] === undefined ? [] : [`${splits[name].images} ${name}`]));
  return `${counts.join(", ")} of ${classes.length} classes, ${fingerprint.slice(0, 8)}`;
}

function weightsDifferences(before: Lock, after: Lock): readonly Difference[] {
  const nameOf = ({ name, path }: Lock["weights"][number]) => (name === "" ? path : name);
  const known = new Map(before.weights.map((weights) => [nameOf(weights), weights.facts.digest]));
  return after.weights.flatMap((weights) => {
    const was = known.get(nameOf(weights));
    const { digest } = weights.facts;
    if (was === undefined || was === digest) return [];
    return [{ what: `weights ${nameOf(weights)}`, before: was.slice(0, 8), after: digest.slice(0, 8) }];
  });
}

/** The study's own text, and what of it was asked for. */
export function studyDifferences(before: RunRecord, after: RunRecord): readonly Difference[] {
  const known = new Map(before.files.map(({ path, text }) => [path, text]));
  const files = after.files.flatMap(({ path, text }): Difference[] => {
    const was = known.get(path);
    if (was === undefined) return [{ what: path, before: "not read", after: lineCount(text) }];
    return was === text ? [] : [{ what: path, before: lineCount(was), after: changedLines(was, text) }];
  });
  const names = new Set(after.files.map(({ path }) => path));
  const gone = before.files
    .filter(({ path }) => !names.has(path))
    .map(({ path, text }) => ({ what: path, before: lineCount(text), after: "not read" }));
  const shown = (list: readonly string[]) => (list.length === 0 ? "none" : list.join("; "));
  return [
    ...files,
    ...gone,
    ...different("profile", before.head.profile ?? "none", after.head.profile ?? "none"),
    ...overrideDifferences(before.head.overrides, after.head.overrides),
    ...different("only", shown(before.lock.selection?.only ?? []), shown(after.lock.selection?.only ?? [])),
  ];
}

/** Those of one side alone. */
function overrideDifferences(before: readonly string[], after: readonly string[]): readonly Difference[] {
  const only = (own: readonly string[], other: readonly string[]) => {
    const lone = own.filter((each) => !other.includes(each));
    return lone.length === 0 ? "none" : lone.join("; ");
  };
  return different("overrides", only(before, after), only(after, before));
}

function lineCount(text: string): string {
  const count = text.trimEnd().split("\n").length;
  return `${count} ${count === 1 ? "line" : "lines"}`;
}

/** How many lines of the second text the first does not have. */
function changedLines(before: string, after: string): string {
  const left = new Map<string, number>();
  for (const line of before.split("\n")) left.set(line, (left.get(line) ?? 0) + 1);
  let others = 0;
  for (const line of after.split("\n")) {
    const count = left.get(line) ?? 0;
    if (count === 0) others++;
    else left.set(line, count - 1);
  }
  return others === 0 ? `${lineCount(after)}, none new` : `${lineCount(after)}, ${others} new`;
}
