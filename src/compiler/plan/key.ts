/**
 * Node keys. A key is SHA-256 over canonical JSON of what can change the node's numbers, as a small Merkle tree:
 *
 *   key    = sha256({ op, version, params: { name: part }, inputs: [{ node, output, role }], signature: part })
 *   part   = the value itself where it is null, boolean, number or string; else { sha256: digest }
 *   digest = sha256(canonical JSON); of an init's manifest, of its summary by origin (summary.ts)
 *
 * Digests are remembered by object identity, so a manifest or model shared by a hundred thousand nodes is read once.
 * That is sound because plan data is never written after it is built.
 */

import * as crypto from "node:crypto";
import { canonicalJson } from "./canonical.js";
import type { InputRef, NodeKey, NumericSignature, OpName } from "./types.js";

export interface KeyedParts {
  readonly op: OpName;
  readonly version: number;
  readonly params: object;
  readonly inputs: readonly InputRef[];
  readonly signature: NumericSignature | null;
}

export function nodeKey(parts: KeyedParts): NodeKey {
  let inputs = "";
  for (const { node, output, role } of parts.inputs) {
    inputs += `${inputs === "" ? "" : ","}{"node":"${node}","output":"${output}","role":"${role}"}`;
  }
  const text = `{"inputs":[${inputs}],"op":"${parts.op}","params":${paramsText(parts.params)},"signature":${partText(parts.signature)},"version":${parts.version}}`;
  return sha256(text) as NodeKey;
}

/** Node 20.12 and later hash in one call, twice as fast for texts as short as keys'. */
const hashAtOnce: ((algorithm: string, data: string) => string) | undefined = crypto.hash;

export function sha256(text: string): string {
  return hashAtOnce ? hashAtOnce("sha256", text) : crypto.createHash("sha256").update(text).digest("hex");
}

const digests = new WeakMap<object, string>();

/** SHA-256 of an object's canonical JSON. The object must not change later. */
export function digestOf(value: object): string {
  let digest = digests.get(value);
  if (digest === undefined) {
    digest = sha256(canonicalJson(value));
    digests.set(value, digest);
  }
  return digest;
}

/** For what has a digest of its own kind: a manifest is digested by origin (summary.ts), not tensor by tensor. */
export function rememberDigest(value: object, digest: string): void {
  digests.set(value, digest);
}

const texts = new WeakMap<object, string>();

function paramsText(params: object): string {
  let text = texts.get(params);
  if (text === undefined) {
    text = writeParams(params);
    texts.set(params, text);
  }
  return text;
}

function writeParams(params: object): string {
  const members = params as { readonly [name: string]: unknown };
  let text = "";
  for (const name of Object.keys(params).sort()) {
    if (members[name] === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${partText(members[name])}`;
  }
  return `{${text}}`;
}

function partText(value: unknown): string {
  return isObject(value) ? `{"sha256":"${digestOf(value)}"}` : canonicalJson(value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
