/** JSON files that vouch for themselves: the digest of what follows stands at their beginning. */

import { sha256 } from "./layer.js";

const SEAL = /^\{"digest":"([0-9a-f]{64})",/;

/** @param text a JSON object that is not empty, printed by `JSON.stringify` */
export function seal(text: string): string {
  return `{"digest":"${sha256(text)}",${text.slice(1)}`;
}

export type Unsealed =
  | { readonly status: "whole"; readonly text: string }
  | { readonly status: "altered" }
  /** It has no digest: another program's, or an older version's. */
  | { readonly status: "unsealed" };

export function unseal(text: string): Unsealed {
  const found = SEAL.exec(text);
  if (found === null) return { status: "unsealed" };
  const body = `{${text.slice(found[0].length)}`;
  return sha256(body) === found[1] ? { status: "whole", text: body } : { status: "altered" };
}
