/** Reads a plan file back: the last run's, to say what changed since. */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { PlanJson } from "./json.js";
import { PLAN_SCHEMA } from "./plan.schema.js";

export type PlanRead =
  | { readonly ok: true; readonly plan: PlanJson }
  | { readonly ok: false; readonly problem: string };

let validate: ValidateFunction<PlanJson> | undefined;

export function readPlanJson(text: string): PlanRead {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: "it is not JSON" };
  }
  validate ??= new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    meta: false,
    validateSchema: false,
  }).compile<PlanJson>(PLAN_SCHEMA);
  if (validate(value)) return { ok: true, plan: value };
  const [error] = validate.errors ?? [];
  return { ok: false, problem: `${error?.instancePath || "/"} ${error?.message ?? "is not a plan"}` };
}
