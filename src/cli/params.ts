import type { Json } from "../catalog/types.js";
import { UsageError } from "../runtime/host/errors.js";

/** `--params`. @throws UsageError where it is no JSON object */
export function parseParams(text: string | undefined): { readonly [name: string]: Json } {
  if (text === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new UsageError(`--params ${text} is not JSON`, `write an object: --params '{"depth": 4}'`);
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
    return parsed as { [name: string]: Json };
  throw new UsageError(`--params ${text} is not a JSON object`, `write --params '{"depth": 4}'`);
}
