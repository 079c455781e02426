/** Loads the plug-ins of a project. Only its configuration names them: a study never makes code run. */

import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type Catalog, type PluginEntries, withPlugins } from "../../catalog/index.js";
import type { Choice, PluginRef } from "../../catalog/types.js";
import { bringFamily } from "../../models/families.js";
import type { DatasetAdapter } from "../data/types.js";
import type { PluginMetrics } from "../probes/metric.js";
import { pluginAdapter } from "./dataset.js";
import { checkCollisions, entriesOf, type Loaded } from "./entries.js";
import { type Hook, hookError, notOfPlan, PluginError } from "./errors.js";
import { pluginMetric } from "./metric.js";
import { pluginFamily } from "./model.js";
import { type PluginPlace, type PluginSpec, placePlugin, RUN_TYPESCRIPT } from "./place.js";
import type { BroughtProbe } from "./probe.js";
import { checkPlugin } from "./shape.js";
import { isCode, type Sources, sourcesOf } from "./sources.js";

export type { PluginSpec } from "./place.js";

export interface Plugins extends PluginMetrics {
  readonly specs: readonly PluginSpec[];
  /** What each brings, in order. */
  readonly entries: readonly PluginEntries[];
  /** Absent where there is no plug-in. */
  readonly catalog?: Catalog;
  /** @throws PluginError where the plug-in is not loaded, or is another than the plan means */
  adapter(choice: Choice): DatasetAdapter;
  /** @throws PluginError as `adapter` does */
  probe(id: string, ref: PluginRef): BroughtProbe;
}

/** @param root the project's folder @throws PluginError */
export async function loadPlugins(names: readonly string[], root: string): Promise<Plugins> {
  const loaded: Loaded[] = [];
  for (const name of names) loaded.push(await loadOne(placePlugin(name, root)));
  return pluginsOf(loaded);
}

/** In a worker: what the plan was made with, and nothing else. @throws PluginError */
export async function loadSpecs(specs: readonly PluginSpec[]): Promise<Plugins> {
  const loaded: Loaded[] = [];
  for (const due of specs) {
    const one = await loadOne(due);
    if (one.spec.ref.digest !== due.ref.digest || one.spec.ref.version !== due.ref.version) {
      throw new PluginError(
        `plug-in ${due.ref.name} (${due.from}) changed after the study was planned`,
        "run it again",
      );
    }
    loaded.push(one);
  }
  return pluginsOf(loaded);
}

/** Node keeps what it has imported: which code this process holds, by module. */
const held = new Map<string, string>();

async function loadOne({ from, file, base }: PluginPlace): Promise<Loaded> {
  const sources = sourcesOf(file, base, from);
  const { digest } = sources;
  const before = held.get(file);
  if (before !== undefined && before !== digest && !isReadAnew(file, sources)) {
    throw new PluginError(
      `plug-in ${from} changed after this process loaded it`,
      "start the process again: Node keeps the modules that it has imported",
    );
  }
  held.set(file, digest);
  const url = pathToFileURL(file);
  // changed code is another module, also in a process that goes on
  url.searchParams.set("digest", digest.slice(0, 16));
  let exported: unknown;
  try {
    exported = ((await import(url.href)) as { readonly default?: unknown }).default;
  } catch (error) {
    throw importError(from, error);
  }
  const plugin = checkPlugin(exported, from);
  // what was imported is what was digested
  if (sourcesOf(file, base, from).digest !== digest) {
    throw new PluginError(`plug-in ${from} changed while it was loaded`, "run it again");
  }
  return { spec: { from, file, base, ref: { name: plugin.name, version: plugin.version, digest } }, plugin };
}

export function pluginsWereLoaded(): boolean {
  return held.size > 0;
}

/** One module and no other: under another address it is evaluated again. */
function isReadAnew(file: string, { files }: Sources): boolean {
  const isHeldWhole = createRequire(import.meta.url).cache[realpathSync(file)] !== undefined;
  return !isHeldWhole && files.filter(isCode).length === 1;
}

function importError(from: string, error: unknown): PluginError {
  const told = hookError({ plugin: from, from, hook: "its module" }, error);
  const message = told.message.replace(
    `plug-in ${from} (${from}) failed in its module`,
    `plug-in ${from} does not load`,
  );
  const hint = remedyOf(error) ?? told.hint;
  const shown = new PluginError(message.replace(/\?digest=[0-9a-f]+/g, ""), hint);
  if (told.stack !== undefined) shown.stack = told.stack;
  return shown;
}

/** What is to be done about it, where Node's own words do not say. */
function remedyOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  switch ("code" in error ? error.code : undefined) {
    case "ERR_MODULE_NOT_FOUND":
      if (error.message.includes("Cannot find package 'xferc'")) {
        return "npm install xferc in the project; or export the plain object: definePlugin only gives it back";
      }
      return /imported from .*\.[mc]?ts$/.test(error.message)
        ? "in TypeScript that Node runs as it is, imports name files as they are: `./costs.ts`"
        : undefined;
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return "Node only leaves types out: do without enums, namespaces and parameter properties, or compile it to JavaScript";
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return "Node runs no TypeScript of packages: build it, and let its package.json name the JavaScript";
    case "ERR_UNKNOWN_FILE_EXTENSION":
      return /"\.[mc]?ts"/.test(error.message) ? RUN_TYPESCRIPT : undefined;
    default:
      return undefined;
  }
}

function pluginsOf(loaded: readonly Loaded[]): Plugins {
  checkCollisions(loaded);
  const metrics = new Map<string, ReturnType<PluginMetrics["metric"]>>();
  const adapters = new Map<string, { readonly ref: PluginRef; readonly adapter: DatasetAdapter }>();
  const probes = new Map<string, { readonly ref: PluginRef; readonly brought: BroughtProbe }>();
  for (const { spec, plugin } of loaded) {
    const hook = (name: string): Hook => ({ plugin: plugin.name, from: spec.from, hook: name });
    for (const metric of plugin.metrics ?? []) {
      const of = pluginMetric(metric, hook(`metrics.${metric.id}.measure`));
      metrics.set(metric.id, { of, direction: metric.direction });
    }
    for (const dataset of plugin.datasets ?? []) {
      const adapter = pluginAdapter(dataset, hook(`datasets.${dataset.id}.cases`));
      adapters.set(dataset.id, { ref: spec.ref, adapter });
    }
    for (const model of plugin.models ?? []) {
      const family = pluginFamily(model, (name) => hook(`models.${model.id}.${name}`));
      bringFamily(spec.ref, model.id, { kind: "family", family });
    }
    for (const probe of plugin.probes ?? []) {
      probes.set(probe.id, { ref: spec.ref, brought: { probe, hook: (name) => hook(`probes.${probe.id}.${name}`) } });
    }
  }
  const entries = loaded.map(entriesOf);
  return {
    specs: loaded.map(({ spec }) => spec),
    entries,
    ...(loaded.length === 0 ? {} : { catalog: withPlugins(entries) }),
    metric: (id) => metrics.get(id),
    adapter({ id, plugin }) {
      const found = adapters.get(id);
      if (found !== undefined && found.ref.digest === plugin?.digest) return found.adapter;
      throw notOfPlan(id, plugin);
    },
    probe(id, { name, digest }) {
      const found = probes.get(id);
      if (found !== undefined && found.ref.digest === digest) return found.brought;
      throw notOfPlan(id, { name });
    },
  };
}
