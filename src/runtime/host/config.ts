/** `xfer.config.json`: where data and caches lie here, plug-ins, how strict the linter is. Plug-ins alone enter keys. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { documentCheck } from "../../catalog/json-check.js";
import { configurable, LINT_LEVELS, type LintLevels } from "../../compiler/lint/levels.js";
import { MESSAGES } from "../../compiler/messages.js";
import { nearest } from "../../compiler/suggest.js";
import { UsageError } from "./errors.js";
import { SLURM_SCHEMA, type SlurmConfig } from "./slurm-config.js";

export interface Config {
  /** Folder the file lies in; its relative paths start there. */
  readonly folder: string;
  /** Folder or file of a declared dataset, by its name; absolute. */
  readonly data: { readonly [dataset: string]: string };
  /** Folders that hold datasets under their names or declared paths; absolute. */
  readonly dataRoots: readonly string[];
  readonly cache: CacheConfig;
  /** Folders outside the project that imports may reach; absolute. */
  readonly importRoots: readonly string[];
  /** Whether what a study names on a hub may be downloaded. */
  readonly network: "allowed" | "refused";
  readonly slurm: SlurmConfig;
  /** Files of the project (`./x.js`) or packages, in the order they are loaded. */
  readonly plugins: readonly string[];
  /** How serious the project takes what is no error. */
  readonly lint: LintLevels;
}

export interface CacheConfig {
  /** Absolute. */
  readonly folder: string | undefined;
  /** Caches that are read where this one has nothing, the nearest first; never written to; absolute. */
  readonly layers: readonly string[];
  /** What the cache may grow to. */
  readonly maxBytes: number | undefined;
  /** How long a run that shows no sign of life keeps what it was computing from others. */
  readonly leaseSeconds: number;
}

export const CONFIG_NAME = "xfer.config.json";

export const CONFIG_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "xfer.config.json",
  type: "object",
  additionalProperties: false,
  properties: {
    $schema: { type: "string" },
    data: {
      description: "Folder or file of a declared dataset, by its name.",
      type: "object",
      additionalProperties: { type: "string", minLength: 1 },
    },
    dataRoots: {
      description: "Folders that hold datasets, under their names or under the paths their declarations give.",
      type: "array",
      items: { type: "string", minLength: 1 },
    },
    cache: {
      description: "The cache's folder, or an object that says more.",
      type: ["string", "object"],
      minLength: 1,
      additionalProperties: false,
      properties: {
        folder: { description: "The cache's folder.", type: "string", minLength: 1 },
        layers: {
          description: "Caches that are read where this one has nothing, and never written to; the nearest first.",
          type: "array",
          items: { type: "string", minLength: 1 },
        },
        maxBytes: {
          description: "What the cache may grow to; a run that would not fit is refused.",
          type: "number",
          exclusiveMinimum: 0,
        },
        leaseSeconds: {
          description: "How long a run that shows no sign of life keeps its nodes from other runs on the same cache.",
          type: "number",
          minimum: 1,
          maximum: 3600,
        },
      },
    },
    importRoots: {
      description: "Folders outside the project that imports may reach.",
      type: "array",
      items: { type: "string", minLength: 1 },
    },
    network: {
      description: "Whether weights that a study names on a hub may be downloaded, as with --allow-download.",
      type: "boolean",
    },
    plugins: {
      description:
        "Modules that bring metrics and data set adapters: files of the project (./xfer/metrics.js) or packages in its node_modules.",
      type: "array",
      items: { type: "string", minLength: 1 },
      maxItems: 100,
      uniqueItems: true,
    },
    slurm: SLURM_SCHEMA,
    lint: {
      description: "How serious the project takes what the linter says, by rule: off, info, warning or error.",
      type: "object",
      additionalProperties: false,
      properties: Object.fromEntries(
        configurable().map((rule) => [rule, { description: ruleText(rule), enum: LINT_LEVELS }]),
      ),
    },
  },
} as const;

function ruleText(rule: ReturnType<typeof configurable>[number]): string {
  const { code, message, severity } = MESSAGES[rule];
  return `${code}: ${message.replaceAll(/\{[A-Za-z]+\}/g, "…")} (${severity})`;
}

interface CacheEntry {
  readonly folder?: string;
  readonly layers?: readonly string[];
  readonly maxBytes?: number;
  readonly leaseSeconds?: number;
}

interface ConfigFile {
  readonly data?: { readonly [dataset: string]: string };
  readonly dataRoots?: readonly string[];
  readonly cache?: string | CacheEntry;
  readonly importRoots?: readonly string[];
  readonly network?: boolean;
  readonly slurm?: SlurmConfig;
  readonly plugins?: readonly string[];
  readonly lint?: LintLevels;
}

/** The nearest folder upwards with `xfer.config.json` or `package.json`, else `otherwise`. */
export function findProjectRoot(from: string, otherwise: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, CONFIG_NAME)) || existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) return otherwise;
  }
}

/** @throws UsageError that names the file, the place in it and what it may be. */
export function readConfig(folder: string): Config {
  const path = join(folder, CONFIG_NAME);
  const file = existsSync(path) ? parseConfig(path) : {};
  const from = (relative: string) => (isAbsolute(relative) ? relative : resolve(folder, relative));
  return {
    folder,
    data: Object.fromEntries(Object.entries(file.data ?? {}).map(([name, relative]) => [name, from(relative)])),
    dataRoots: (file.dataRoots ?? []).map(from),
    cache: cacheConfig(typeof file.cache === "string" ? { folder: file.cache } : (file.cache ?? {}), from),
    importRoots: (file.importRoots ?? []).map(from),
    network: file.network === true ? "allowed" : "refused",
    slurm: file.slurm ?? {},
    plugins: file.plugins ?? [],
    lint: file.lint ?? {},
  };
}

const LEASE_SECONDS = 30;

function cacheConfig(entry: CacheEntry, from: (relative: string) => string): CacheConfig {
  const { folder, layers = [], maxBytes, leaseSeconds = LEASE_SECONDS } = entry;
  return { folder: folder === undefined ? undefined : from(folder), layers: layers.map(from), maxBytes, leaseSeconds };
}

const configCheck = documentCheck<ConfigFile>("config", CONFIG_SCHEMA);

function parseConfig(path: string): ConfigFile {
  let parsed: unknown;
  try {
    // editors of Windows put a byte order mark before it
    parsed = JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new UsageError(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const isConfig = configCheck();
  if (isConfig(parsed)) return parsed;
  const first = isConfig.errors?.[0];
  const place = first?.instancePath.slice(1) ?? "";
  const name = first?.keyword === "additionalProperties" ? String(first.params.additionalProperty) : undefined;
  const unknown = name === undefined ? "" : `: "${name}"`;
  throw new UsageError(
    `${path}${place === "" ? "" : ` at ${place}`} ${first?.message ?? "is not what it should be"}${unknown}`,
    hintAt(place, name),
  );
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
}

/** What may stand at a place of the file; what an unknown name there was most likely meant to be. */
function hintAt(place: string, unknown: string | undefined): string {
  let schema: Schema = CONFIG_SCHEMA;
  for (const name of place === "" ? [] : place.split("/")) {
    const others = typeof schema.additionalProperties === "object" ? schema.additionalProperties : schema.items;
    const inside = schema.properties?.[name] ?? others;
    if (inside === undefined) break;
    schema = inside;
  }
  const known = Object.keys(schema.properties ?? {});
  const meant = unknown === undefined ? undefined : nearest(unknown, known);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  if (schema.enum !== undefined) return `it may be ${schema.enum.join(" or ")}`;
  if (schema.properties === undefined && schema.description !== undefined) return schema.description;
  return known.length === 0 ? "docs/schemas has what each place takes" : `it may have ${known.join(", ")}`;
}
