/**
 * Documents held against our JSON Schemas (2020-12): by functions that the build made of them with ajv, since making one
 * takes longer than reading the document; where there was no build, ajv makes it when it is first asked for.
 */

import type { Options, ValidateFunction } from "ajv/dist/2020.js";
import { newAjv } from "./ajv.js";
import { MADE } from "./made-checks.js";

/** Nothing is filled in, and the first thing that is wrong ends it. */
export const DOCUMENT: Options = { strictTypes: false, allowUnionTypes: true };

/** @param name as `scripts/checks.mjs` lists it, with where the schema is */
export function documentCheck<T>(name: string, schema: object): () => ValidateFunction<T> {
  let check: ValidateFunction<T> | undefined;
  return () => {
    check ??= (MADE[name] as ValidateFunction<T> | undefined) ?? newAjv(DOCUMENT).compile<T>(schema);
    return check;
  };
}
