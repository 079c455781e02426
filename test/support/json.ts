/** Checked reading of the JSON goldens beside the tests. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function readJson(...path: string[]): Json {
  return JSON.parse(readFileSync(join(import.meta.dirname, "..", ...path), "utf8")) as Json;
}

export function asObject(value: Json | undefined): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error(`expected an object, found ${JSON.stringify(value)}`);
}

export function asArray(value: Json | undefined): Json[] {
  if (Array.isArray(value)) return value;
  throw new Error(`expected a list, found ${JSON.stringify(value)}`);
}

export function asString(value: Json | undefined): string {
  if (typeof value === "string") return value;
  throw new Error(`expected a string, found ${JSON.stringify(value)}`);
}

export function asNumber(value: Json | undefined): number {
  if (typeof value === "number") return value;
  throw new Error(`expected a number, found ${JSON.stringify(value)}`);
}

export function asNumbers(value: Json | undefined): number[] {
  return asArray(value).map(asNumber);
}
