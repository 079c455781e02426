/** A plug-in's default export held against what one is: its author learns which part of it is wrong. */

import { newAjv } from "../../catalog/ajv.js";
import type { ParameterSchema } from "../../catalog/types.js";
import type { Plugin, PluginModel } from "./api.js";
import { PluginError } from "./errors.js";
import { DROP_NAMES, SCHEMA } from "./schema.js";

let compiled: ReturnType<typeof compile> | undefined;

function compile() {
  const ajv = newAjv({ strict: false });
  return { plugin: ajv.compile<Plugin>(SCHEMA), ajv };
}

/** @throws PluginError that names the part that is not as it should be */
export function checkPlugin(exported: unknown, from: string): Plugin {
  const wrong = (what: string, hint = "docs/plugins.md has the shape of one"): never => {
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
  const isFunction = (value: unknown, place: string) => {
    if (typeof value !== "function") wrong(`${place} must be a function`);
  };
  for (const { id, measure } of exported.metrics ?? []) isFunction(measure, `metrics.${id}.measure`);
  for (const { id, cases, ...dataset } of exported.datasets ?? []) {
    isFunction(cases, `datasets.${id}.cases`);
    checkParameters(dataset, `datasets.${id}`, ajv, wrong);
  }
  for (const { id, build, units, layers, ...model } of exported.models ?? []) {
    isFunction(build, `models.${id}.build`);
    isFunction(units, `models.${id}.units`);
    isFunction(layers, `models.${id}.layers`);
    checkParameters(model, `models.${id}`, ajv, wrong);
    checkWidths(model, `models.${id}`, wrong);
    for (const [name, schema] of Object.entries(model.parameters ?? {})) {
      if (schema.default === undefined && !(model.required ?? []).includes(name)) {
        wrong(`models.${id}.parameters.${name} has no default and is not among required; a network has no gaps`);
      }
      const isRate = DROP_NAMES.some((rate) => rate === name);
      if (isRate && (schema.type !== "number" || schema.default !== 0)) {
        wrong(`models.${id}.parameters.${name} is a rate of dropping: a number with the default 0, in training alone`);
      }
    }
  }
  for (const { id, reads, gather, measure, layers, byLayer, ...probe } of exported.probes ?? []) {
    isFunction(measure, `probes.${id}.measure`);
    if (reads !== "tensors") isFunction(gather, `probes.${id}.gather, which sees the images,`);
    else if (gather !== undefined) wrong(`probes.${id} reads tensors, of which gather sees nothing; leave it out`);
    const seesLayers = reads === "tensors" || reads.includes("flat") || reads.includes("pooled");
    if (!seesLayers && (layers !== undefined || byLayer !== undefined)) {
      wrong(`probes.${id} reads no layer: with layers or byLayer it reads "pooled", "flat" or "tensors"`);
    }
    checkParameters(probe, `probes.${id}`, ajv, wrong);
  }
  return exported;
}

interface Parameters {
  readonly parameters?: { readonly [name: string]: ParameterSchema };
  readonly required?: readonly string[];
}

function checkParameters(
  { parameters = {}, required = [] }: Parameters,
  place: string,
  ajv: ReturnType<typeof newAjv>,
  wrong: (what: string) => never,
): void {
  const unknown = required.find((name) => parameters[name] === undefined);
  if (unknown !== undefined) wrong(`${place}.required names ${unknown}, which is no parameter of it`);
  for (const [name, { description: _, unit: __, default: value, ...schema }] of Object.entries(parameters)) {
    try {
      const fits = ajv.compile(schema);
      if (value !== undefined && !fits(value)) wrong(`${place}.parameters.${name}.default is not one of its values`);
    } catch (error) {
      if (error instanceof PluginError) throw error;
      wrong(`${place}.parameters.${name} is no JSON Schema: ${(error as Error).message}`);
    }
  }
}

/** What `width 50%` multiplies are whole numbers, each of a part that has a name. */
function checkWidths(
  { parameters = {}, widths }: Pick<PluginModel, "parameters" | "widths">,
  place: string,
  wrong: (what: string) => never,
): void {
  if (widths === undefined) return;
  const { parameter, parts } = widths;
  const schema = parameters[parameter];
  if (schema === undefined) wrong(`${place}.widths.parameter names ${parameter}, which is no parameter of it`);
  const isList = schema.type === "array" && schema.items?.type === "integer";
  if (!isList && schema.type !== "integer") {
    wrong(`${place}.widths.parameter names ${parameter}, which is neither a whole number nor a list of them`);
  }
  if (isList && typeof parts === "string" && !parts.includes("{n}")) {
    wrong(`${place}.widths.parts calls all parts ${parts}: write {n} where their number stands, or list their names`);
  }
  const most = typeof parts === "string" ? undefined : parts.length;
  if (isList && most !== undefined && (schema.maxItems === undefined || schema.maxItems > most)) {
    wrong(
      `${place}.widths.parts names ${most} parts; give ${parameter} maxItems ${most}, or write one pattern with {n}`,
    );
  }
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
