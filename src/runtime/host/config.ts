/** `xfer.config.json`: where data and caches lie on this machine. Nothing in it enters a key. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { Ajv } from "ajv";
import { UsageError } from "./errors.js";

export interface Config {
  /** Folder the file lies in; its relative paths start there. */
  readonly folder: string;
  /** Folder or file of a declared dataset, by its name; absolute. */
  readonly data: { readonly [dataset: string]: string };
  /** Folders that hold datasets under their names or declared paths; absolute. */
  readonly dataRoots: readonly string[];
  readonly cache: string | undefined;
  /** Folders outside the project that imports may reach; absolute. */
  readonly importRoots: readonly string[];
  /** Whether what a study names on a hub may be downloaded. */
  readonly network: "allowed" | "refused";
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
    cache: { description: "The cache's folder.", type: "string", minLength: 1 },
    importRoots: {
      description: "Folders outside the project that imports may reach.",
      type: "array",
      items: { type: "string", minLength: 1 },
    },
    network: {
      description: "Whether weights that a study names on a hub may be downloaded, as with --allow-download.",
      type: "boolean",
    },
  },
} as const;

interface ConfigFile {
  readonly data?: { readonly [dataset: string]: string };
  readonly dataRoots?: readonly string[];
  readonly cache?: string;
  readonly importRoots?: readonly string[];
  readonly network?: boolean;
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
  if (!existsSync(path)) {
    return { folder, data: {}, dataRoots: [], cache: undefined, importRoots: [], network: "refused" };
  }
  const file = parseConfig(path);
  const from = (relative: string) => (isAbsolute(relative) ? relative : resolve(folder, relative));
  return {
    folder,
    data: Object.fromEntries(Object.entries(file.data ?? {}).map(([name, relative]) => [name, from(relative)])),
    dataRoots: (file.dataRoots ?? []).map(from),
    cache: file.cache === undefined ? undefined : from(file.cache),
    importRoots: (file.importRoots ?? []).map(from),
    network: file.network === true ? "allowed" : "refused",
  };
}

function parseConfig(path: string): ConfigFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const isConfig = new Ajv({ meta: false, validateSchema: false }).compile<ConfigFile>(CONFIG_SCHEMA);
  if (isConfig(parsed)) return parsed;
  const first = isConfig.errors?.[0];
  const place = first?.instancePath === "" || first === undefined ? "" : ` at ${first.instancePath.slice(1)}`;
  const unknown = first?.keyword === "additionalProperties" ? `: "${String(first.params.additionalProperty)}"` : "";
  throw new UsageError(
    `${path}${place} ${first?.message ?? "is not what it should be"}${unknown}`,
    `it may have ${Object.keys(CONFIG_SCHEMA.properties).join(", ")}`,
  );
}
