/** The catalogue's words as Markdown. */

import type { SettingEntry } from "../../catalog/settings/index.js";
import type { Json, ParameterSchema } from "../../catalog/types.js";
import { wantedBy } from "../../compiler/evaluate/convert.js";
import type { Callable, CallableParameter } from "./callables.js";

export function fenced(code: string): string {
  return `\`\`\`xfer\n${code}\n\`\`\``;
}

function signatureOf({ id, parameters }: Callable): string {
  return parameters.length === 0 ? id : `${id}(${parameters.map(parameterLabel).join(", ")})`;
}

export function parameterLabel({ name, schema, required }: CallableParameter): string {
  const standard = schema?.default;
  return `${name}: ${standard === undefined ? (required ? "…" : "?") : jsonText(standard, schema)}`;
}

/** As one would write it in a study. */
export function jsonText(value: Json, schema?: Pick<ParameterSchema, "unit">): string {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number")
    return `${value}${schema?.unit === "px" ? " px" : schema?.unit === "images" ? " images" : ""}`;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map((each: Json) => jsonText(each, schema)).join(", ")}]`;
  const { value: amount, unit } = value as { readonly value?: Json; readonly unit?: Json };
  return amount !== undefined && typeof unit === "string" ? `${jsonText(amount)} ${unit}` : JSON.stringify(value);
}

export function parameterDoc({ name, description, schema, required }: CallableParameter): string {
  const wanted = schema?.type === undefined && schema?.anyOf === undefined ? "" : `: ${wantedBy(schema)}`;
  const standard = schema?.default;
  const without =
    standard === undefined ? (required ? " Required." : "") : ` Default \`${jsonText(standard, schema)}\`.`;
  const aliases = Object.entries(schema?.aliases ?? {}).map(([from, to]) => ` \`${from}\` is \`${to}\`.`);
  return `\`${name}\`${wanted}. ${capital(description)}${without}${aliases.join("")}`;
}

export function callableDoc(callable: Callable): string {
  const { entry, doc, parameters } = callable;
  const also = entry?.aliases ? `, also ${entry.aliases.join(", ")}` : "";
  const whose = entry?.plugin === undefined ? "" : `, of plug-in ${entry.plugin.name} ${entry.plugin.version}`;
  const kind = entry === undefined ? "" : `*${entry.kind}${also}${whose}*\n\n`;
  const list = parameters.map((each) => `- ${parameterDoc(each)}`).join("\n");
  return [fenced(signatureOf(callable)), `${kind}${doc}`, list].filter((each) => each !== "").join("\n\n");
}

export function settingDoc({ name, doc }: SettingEntry, block: string): string {
  return `**\`${name}\`** *in ${/^[aeiou]/.test(block) ? "an" : "a"} ${block}*\n\n${doc}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
