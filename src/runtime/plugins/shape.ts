/** A plug-in's default export held against what one is: its author learns which part of it is wrong. */

import { newAjv } from "../../catalog/ajv.js";
import type { Plugin } from "./api.js";
import { PluginError } from "./errors.js";

const text = { type: "string", minLength: 1, maxLength: 10_000 };
const id = { type: "string", pattern: "^[a-z][a-z0-9_]*$", maxLength: 64 };
const version = { type: "integer", minimum: 1, maximum: 1_000_000 };
const bound = { type: ["number", "null"] };
const list = (items: object) => ({ type: "array", items, maxItems: 1000 });

/** Functions are no JSON: they are looked for apart. */
const SCHEMA = {
  type: "object",
  required: ["name", "version"],
  additionalProperties: false,
  properties: {
    name: { type: "string", pattern: "^(?:@[A-Za-z0-9][A-Za-z0-9._-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*$", maxLength: 100 },
    version: { type: "string", minLength: 1, maxLength: 100 },
    metrics: list({
      type: "object",
      required: ["id", "doc", "tasks", "reads", "direction", "measure"],
      additionalProperties: false,
      properties: {
        id,
        version,
        doc: text,
        tasks: {
          type: "array",
          minItems: 1,
          uniqueItems: true,
          items: { enum: ["multiclass", "binary", "multilabel"] },
        },
        reads: { enum: ["classes", "probabilities"] },
        direction: { enum: ["max", "min"] },
        range: { type: "array", items: bound, minItems: 2, maxItems: 2 },
        threshold: { const: true },
        undefinedWhen: text,
        source: text,
        measure: {},
      },
    }),
    datasets: list({
      type: "object",
      required: ["id", "doc", "cases"],
      additionalProperties: false,
      properties: {
        id,
        version,
        doc: text,
        parameters: {
          type: "object",
          propertyNames: { pattern: "^[a-z][a-z0-9_]*$", not: { enum: ["path", "channels", "reject", "leakage"] } },
          additionalProperties: {
            type: "object",
            required: ["type", "description"],
            properties: {
              type: { enum: ["number", "integer", "string", "boolean", "array"] },
              description: text,
              unit: { enum: ["px", "fraction", "images", "count", "none"] },
            },
          },
        },
        required: list({ type: "string" }),
        cases: {},
      },
    }),
  },
} as const;

let compiled: ReturnType<typeof compile> | undefined;

function compile() {
  const ajv = newAjv({ strict: false });
  return { plugin: ajv.compile<Plugin>(SCHEMA), ajv };
}

/** @throws PluginError that names the part that is not as it should be */
export function checkPlugin(exported: unknown, from: string): Plugin {
  const wrong = (what: string, hint = "docs/plugins.md has the shape of one") => {
    throw new PluginError(`plug-in ${from}: ${what}`, hint);
  };
  if (exported === undefined) {
    return wrong(
      "it has no default export",
      "write `export default definePlugin({ … })`, with definePlugin of xferc/plugin",
    );
  }
  compiled ??= compile();
  const { plugin: isPlugin, ajv } = compiled;
  if (!isPlugin(exported)) {
    const [first] = isPlugin.errors ?? [];
    const place = named(first?.instancePath ?? "", exported);
    const stranger: unknown = first?.params.additionalProperty;
    const allowed: unknown = first?.params.allowedValues;
    const more =
      typeof stranger === "string" ? `: ${stranger}` : Array.isArray(allowed) ? `: ${allowed.join(", ")}` : "";
    return wrong(
      `${place === "" ? "its default export" : place} ${first?.message ?? "is not what it should be"}${more}`,
    );
  }
  for (const metric of exported.metrics ?? []) {
    if (typeof metric.measure !== "function") wrong(`metrics.${metric.id}.measure must be a function`);
  }
  for (const dataset of exported.datasets ?? []) {
    const { parameters = {}, required = [] } = dataset;
    if (typeof dataset.cases !== "function") wrong(`datasets.${dataset.id}.cases must be a function`);
    const unknown = required.find((name) => parameters[name] === undefined);
    if (unknown !== undefined) wrong(`datasets.${dataset.id}.required names ${unknown}, which is no parameter of it`);
    for (const [name, { description: _, unit: __, default: value, ...schema }] of Object.entries(parameters)) {
      try {
        const fits = ajv.compile(schema);
        if (value !== undefined && !fits(value))
          wrong(`datasets.${dataset.id}.parameters.${name}.default is not one of its values`);
      } catch (error) {
        if (error instanceof PluginError) throw error;
        wrong(`datasets.${dataset.id}.parameters.${name} is no JSON Schema: ${(error as Error).message}`);
      }
    }
  }
  return exported;
}

/** `/metrics/0/direction` → `metrics.cost.direction`. */
function named(path: string, plugin: unknown): string {
  let value = plugin;
  return path
    .split("/")
    .slice(1)
    .map((part) => {
      value = (value as { readonly [name: string]: unknown } | undefined)?.[part];
      const own = (value as { readonly id?: unknown } | undefined)?.id;
      return /^\d+$/.test(part) && typeof own === "string" ? own : part;
    })
    .join(".");
}
