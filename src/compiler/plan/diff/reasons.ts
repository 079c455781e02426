/** Why a node is another than the one whose place it takes. */

import type { Json } from "../../../catalog/types.js";
import { canonicalJson } from "../canonical.js";
import type { EngineChange, ParameterChange, Reason } from "../reason.js";
import type { NodeKey, NumericSignature, OpName } from "../types.js";
import { shownValue, signatureWords, studyWords } from "../words.js";
import { type Difference, differences, manifestDifferences, member } from "./changes.js";
import { isFile } from "./match.js";
import type { Places } from "./places.js";
import type { RecordedNode } from "./recorded.js";

/** How a node that has the key of a node of the run before ended there, where it did not finish. */
export type Unfinished =
  | { readonly kind: "failed"; readonly message: string }
  /** It was never reached; why it was to run. */
  | { readonly kind: "pending"; readonly reason: Reason };

export interface ReasonInput {
  readonly node: (key: NodeKey) => RecordedNode | undefined;
  /** Keys of the run before. */
  readonly known: { has(key: string): boolean };
  readonly matched: ReadonlyMap<NodeKey, RecordedNode>;
  readonly places: Places;
  /** Whether the node runs. */
  readonly runs: (key: NodeKey) => boolean;
  readonly unfinished: ReadonlyMap<string, Unfinished>;
  /** Whether the cache had it and found it damaged. */
  readonly isDamaged: (key: NodeKey) => boolean;
}

export class Reasons {
  readonly #found = new Map<NodeKey, Reason>();

  constructor(private readonly input: ReasonInput) {}

  of(key: NodeKey): Reason {
    let reason = this.#found.get(key);
    if (!reason) {
      reason = this.#find(key);
      this.#found.set(key, reason);
    }
    return reason;
  }

  #find(key: NodeKey): Reason {
    const { known, matched, node } = this.input;
    const own = node(key);
    if (!own) return { kind: "new" };
    if (known.has(key)) return this.#again(own);
    const before = matched.get(key);
    if (!before) return { kind: "new" };
    return this.#changed(own, before) ?? this.#upstream(own, before) ?? { kind: "new" };
  }

  /** The same node as before, and the cache does not have it. */
  #again(node: RecordedNode): Reason {
    const { unfinished, isDamaged } = this.input;
    const how = unfinished.get(node.key);
    if (how?.kind === "failed") return { kind: "failed", message: how.message };
    if (how === undefined) return { kind: "lost", how: isDamaged(node.key) ? "damaged" : "removed" };
    const cause = node.inputs.find((key) => this.input.runs(key) && this.#isSetback(key));
    return cause === undefined ? how.reason : this.#follow(cause);
  }

  #isSetback(key: NodeKey): boolean {
    const reason = this.of(key);
    const root = reason.kind === "upstream" ? this.of(reason.node) : reason;
    return root.kind === "failed" || root.kind === "lost";
  }

  /** A change in the node itself. */
  #changed(node: RecordedNode, before: RecordedNode): Reason | undefined {
    if (before.version !== node.version) {
      return { kind: "version", op: node.op as OpName, before: before.version, after: node.version };
    }
    const changes = parameterDifferences(before, node);
    const parameters = changes.filter((change) => !isVersion(change, node) && !isPlugin(change));
    const [first] = parameters;
    if (first && isContent(node, first)) {
      return { kind: "data", dataset: node.reads ?? node.label.replace(/^(index|import) /, "") };
    }
    if (first) return this.#parameter(node, parameters);
    const plugin = changes.find(isPlugin);
    if (plugin) return pluginReason(plugin, before, node);
    const [code] = changes;
    if (code) {
      const [was, is] = [Number(code.before), Number(code.after)];
      return { kind: "code", entry: entryOf(code.path, node.params), before: was, after: is };
    }
    return engineReason(before.signature, node.signature);
  }

  #parameter(node: RecordedNode, changes: readonly Difference[]): Reason {
    const said = new Map<string, ParameterChange>();
    for (const { path, before, after } of changes) {
      const words = studyWords(path, node.params);
      const change = { path: words, before: shownValue(before), after: shownValue(after) };
      const name = `${words} ${change.before} ${change.after}`;
      if (!said.has(name)) said.set(name, { ...change, ...this.input.places.of(node, path) });
    }
    const [first, ...also] = said.values();
    if (!first) return { kind: "new" };
    return { kind: "parameter", ...first, ...(also.length > 0 ? { also } : {}) };
  }

  /** The first input that is another than before: followed to where the change began, or named where it is another's. */
  #upstream(node: RecordedNode, before: RecordedNode): Reason | undefined {
    const inputs = new Set(before.inputs);
    const changed = node.inputs.flatMap((key, index) => (inputs.has(key) ? [] : [{ key, index }]));
    const runs = changed.find(({ key }) => this.input.runs(key));
    if (runs) return this.#follow(runs.key);
    const [other] = changed;
    // another split of a data set that was there already
    if (!other || node.op === "dataset.prepare") return undefined;
    const role = node.roles[other.index]?.role ?? "";
    const was = before.inputs[before.roles.findIndex((each) => each.role === role)];
    const change = { path: inputWords(role), before: this.#shown(was), after: this.#shown(other.key) };
    return { kind: "parameter", ...change, ...this.input.places.of(node, `input.${role}`) };
  }

  #shown(key: NodeKey | undefined): string {
    if (key === undefined) return "none";
    return this.input.node(key)?.label.replace(/^(?:prepare|train|import) (.*?)(?: at \d+ px)?$/, "$1") ?? key;
  }

  #follow(key: NodeKey): Reason {
    const cause = this.of(key);
    return { kind: "upstream", node: cause.kind === "upstream" ? cause.node : key };
  }
}

/** What a node reads, as people call it. */
function inputWords(role: string): string {
  if (role === "train") return "training data";
  if (role === "val") return "validation data";
  return role.startsWith("state") ? "source" : role;
}

function parameterDifferences(before: RecordedNode, after: RecordedNode): readonly Difference[] {
  // whether there is a draw at all follows from the split
  if (after.op === "dataset.index")
    return differences(before.params, after.params).filter(({ path }) => path !== "stream");
  if (after.op !== "init") return differences(before.params, after.params);
  const [was, is] = [parted(before.params), parted(after.params)];
  return [...differences(was.rest, is.rest), ...manifestDifferences(was.manifest, is.manifest)];
}

function parted(params: Json): { readonly manifest: Json; readonly rest: Json } {
  const { manifest = null, ...rest } = params as { readonly [name: string]: Json };
  return { manifest, rest };
}

/** What lies at the place, where the rest is as it was. */
function isContent({ op }: RecordedNode, { path }: Difference): boolean {
  return (op === "dataset.index" && path === "fingerprint") || (isFile(op) && path === "digest");
}

/** A catalogue entry's own version; `versions.top1`, too. */
function isVersion({ path, before, after }: Difference, { params }: RecordedNode): boolean {
  if (typeof before !== "number" || typeof after !== "number") return false;
  return path.startsWith("versions.") || (/(^|\.)version$/.test(path) && entryOf(path, params) !== "");
}

/** Within what a key holds of a plug-in: `adapter.plugin.digest`, `plugins.cost.version`. */
const PLUGIN = /(?:^|\.)(?:plugin|plugins(?:\.[^.]+)?)(?=\.|$)/;

function isPlugin({ path }: Difference): boolean {
  return PLUGIN.test(path);
}

function pluginReason({ path }: Difference, before: RecordedNode, after: RecordedNode): Reason {
  const found = PLUGIN.exec(path);
  const place = path.slice(0, (found?.index ?? 0) + (found?.[0].length ?? 0));
  const [was, is] = [before, after].map(({ params }) => at(params, place));
  const name = member(is, "name") ?? member(was, "name");
  return {
    kind: "plugin",
    plugin: typeof name === "string" ? name : place,
    before: shownPlugin(was),
    after: shownPlugin(is),
  };
}

function at(params: Json, path: string): Json | undefined {
  return path.split(".").reduce<Json | undefined>((value, name) => member(value, name), params);
}

function shownPlugin(plugin: Json | undefined): string {
  const [version, digest] = [member(plugin, "version"), member(plugin, "digest")];
  return plugin === undefined ? "none" : `${version} (${`${digest}`.slice(0, 8)})`;
}

/** Which catalogue entry a version in the parameters is of: `recipe.optimizer.version` → `adam`. */
function entryOf(path: string, params: Json): string {
  const segments = path.split(".");
  if (segments[0] === "versions") return segments.slice(1).join(".");
  let value: Json | undefined = params;
  // paths leave `params` out: what lies within an entry's parameters is not at this place
  for (const segment of segments.slice(0, -1))
    value = member(value, segment) ?? member(member(value, "params"), segment);
  const id = member(value, "id") ?? member(value, "family");
  return typeof id === "string" ? id : (segments.at(-2) ?? "");
}

export function engineReason(
  before: NumericSignature | null,
  after: NumericSignature | null,
): Extract<Reason, { kind: "engine" }> | undefined {
  if (!before || !after || canonicalJson(before) === canonicalJson(after)) return undefined;
  return {
    kind: "engine",
    before: signatureWords(before),
    after: signatureWords(after),
    parts: engineParts(before, after),
  };
}

/** A training may take its batch in pieces. */
function piecesText({ microBatch }: NumericSignature): string {
  return microBatch === undefined ? "whole" : `of ${microBatch} images at once`;
}

function engineParts(before: NumericSignature, after: NumericSignature): readonly EngineChange[] {
  const parts: EngineChange[] = [];
  const name = ({ engine, engineVersion }: NumericSignature) => `${engine} ${engineVersion}`;
  const part = (what: EngineChange["part"], was: string | number, is: string | number) => {
    if (was !== is) parts.push({ part: what, before: `${was}`, after: `${is}` });
  };
  if (before.engine === after.engine) part("version", name(before), name(after));
  else part("engine", name(before), name(after));
  part("device", before.device, after.device);
  part("precision", before.precision, after.precision);
  part("threads", before.threads, after.threads);
  part("pieces", piecesText(before), piecesText(after));
  return parts;
}
