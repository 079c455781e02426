/** Reads a plan file back: the last run's, or any run's, to say what is another. It may be of another version of xferc. */

import { documentCheck } from "../../catalog/json-check.js";
import type { RecordedPlan } from "./diff/recorded.js";
import { PLAN_JSON_VERSION } from "./json.js";

export type PlanRead =
  | { readonly ok: true; readonly plan: RecordedPlan }
  | { readonly ok: false; readonly problem: string };

const text = { type: "string" } as const;
const open = (properties: { readonly [name: string]: object }) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});
const list = (items: object) => ({ type: "array", items });

const signature = open({
  engine: text,
  engineVersion: text,
  device: text,
  precision: text,
  threads: { type: "number" },
});

/** What a comparison reads. Everything else may be there or not: versions differ in it. */
export const RECORDED_SCHEMA = open({
  version: { const: PLAN_JSON_VERSION },
  study: text,
  signature,
  nodes: list(
    open({
      key: { type: "string", pattern: "^[0-9a-f]{64}$" },
      op: text,
      version: { type: "number" },
      label: text,
      params: { type: "object" },
      inputs: list(text),
      roles: list(open({ role: text, output: text })),
      signature: { anyOf: [signature, { type: "null" }] },
      cells: list(text),
      source: open({ path: text, line: { type: "number" } }),
    }),
  ),
  cells: list(
    open({
      id: text,
      experiment: text,
      point: { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } },
      repeat: { type: "number" },
      train: { anyOf: [text, { type: "null" }] },
    }),
  ),
});

const planCheck = documentCheck<RecordedPlan>("recorded-plan", RECORDED_SCHEMA);

export function readPlanJson(text: string): PlanRead {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: "it is not JSON" };
  }
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (typeof version === "number" && version > PLAN_JSON_VERSION) {
    return { ok: false, problem: `it is of format ${version}; this xferc reads format ${PLAN_JSON_VERSION}` };
  }
  const isPlan = planCheck();
  if (isPlan(value)) return { ok: true, plan: value };
  const [error] = isPlan.errors ?? [];
  return { ok: false, problem: `${error?.instancePath || "/"} ${error?.message ?? "is not a plan"}` };
}
