/** The compiler's host on Node: study files, imports, and what is known of data. */

import { dirname, join, resolve } from "node:path";
import type { CompilerHost, DatasetFacts, Fact, PredictionsFacts, WeightsFacts } from "../../compiler/host.js";
import { parseHubName } from "../../compiler/hub.js";
import type { DatasetSpec, FeaturesSpec, PredictionsSpec, WeightsSpec } from "../../compiler/study.js";
import { expectedPlace, findInCache, hubCacheFolder } from "../hub/cache.js";
import { type Config, findProjectRoot, readConfig } from "./config.js";
import { type DataRoots, type Declared, environmentRoots, isBelow, locate, parseDataFlags } from "./data-roots.js";
import { absolutePath, readStudyFile, resolveStudyImport } from "./files.js";

export { CONFIG_NAME, CONFIG_SCHEMA, type Config } from "./config.js";
export { UsageError } from "./errors.js";
export { absolutePath, displayPath, MAX_STUDY_BYTES, readStudyFile } from "./files.js";
export { bundledStudy, packageRoot, packageVersion } from "./package.js";

/** Looks at data itself, or at what a lock remembers of it. `path` is absolute. */
export interface FactsReader {
  dataset(spec: DatasetSpec, path: string): Promise<Fact<DatasetFacts>>;
  weights(spec: WeightsSpec, path: string): Promise<Fact<WeightsFacts>>;
  /** Unknown where absent. */
  predictions?(spec: PredictionsSpec | FeaturesSpec, path: string): Promise<Fact<PredictionsFacts>>;
}

export interface NodeHostOptions {
  readonly cwd: string;
  /** The study, as the user named it. */
  readonly study: string;
  /** `NAME=DIR` of every `--data`. */
  readonly data: readonly string[];
  readonly environment: { readonly [name: string]: string | undefined };
  readonly facts: FactsReader;
  /** The commit that a study's lock names for a path on a hub. */
  readonly locked?: (path: string) => string | undefined;
  /** Texts an editor holds, by absolute path; they count for more than what is on the disk. */
  readonly opened?: ((path: string) => string | undefined) | undefined;
}

export interface NodeHost extends CompilerHost {
  readonly cwd: string;
  /** The project's folder; absolute. */
  readonly root: string;
  readonly config: Config;
  /** Where a dataset's files lie on this machine; absolute. */
  locate(declared: { readonly name?: string; readonly path: string; readonly declaredIn: string }): string;
  /** Where a checkpoint lies on this machine, or would; absolute. */
  locateWeights(declared: { readonly path: string; readonly declaredIn: string }): string;
}

const UNASKED: Fact<PredictionsFacts> = { status: "unknown", reason: "nobody looked at it" };

/** @throws UsageError where a flag or the configuration is wrong. */
export function createNodeHost(options: NodeHostOptions): NodeHost {
  const { cwd, environment, facts } = options;
  const folder = dirname(resolve(cwd, options.study));
  const root = findProjectRoot(folder, isBelow(folder, cwd) ? cwd : folder);
  const config = readConfig(root);
  const roots: DataRoots = {
    named: parseDataFlags(options.data, cwd),
    environment: environmentRoots(environment.XFERC_DATA, cwd),
    config,
  };
  const place = (declared: { name?: string; path: string; declaredIn: string }): string => {
    const { name, path } = declared;
    const whole: Declared = { name, path, folder: dirname(absolutePath(declared.declaredIn, cwd)) };
    return locate(whole, roots);
  };
  const hubCache = hubCacheFolder(environment);
  const locateWeights = ({ path, declaredIn }: { readonly path: string; readonly declaredIn: string }): string => {
    const parsed = parseHubName(path);
    if (parsed.kind !== "hub") return place({ path, declaredIn });
    return findInCache(hubCache, parsed.hub, options.locked?.(path))?.path ?? expectedPlace(hubCache, parsed.hub);
  };
  return {
    cwd,
    root,
    config,
    lint: config.lint,
    locate: place,
    locateWeights,
    read: async (path) => {
      const file = absolutePath(path, cwd);
      const text = options.opened?.(file);
      return text === undefined ? await readStudyFile(file) : { ok: true, text };
    },
    resolveImport: (from, specifier) =>
      resolveStudyImport(from, specifier, { cwd, roots: [root, ...config.importRoots] }),
    dataset: (spec) => facts.dataset(spec, place(spec)),
    weights: (spec) => facts.weights(spec, locateWeights(spec)),
    predictions: async (spec) => (await facts.predictions?.(spec, place(spec))) ?? UNASKED,
  };
}

/** `--cache`, then `XFERC_CACHE`, then the configuration, then `.xfer/cache` in the project. */
export function cacheFolder(
  host: Pick<NodeHost, "cwd" | "root" | "config">,
  flag: string | undefined,
  environment: NodeHostOptions["environment"],
): string {
  const wish = flag ?? (environment.XFERC_CACHE || undefined);
  if (wish !== undefined) return resolve(host.cwd, wish);
  return host.config.cache.folder ?? join(host.root, ".xfer", "cache");
}

/** The caches below it: `XFERC_CACHE_LAYERS`, then the configuration's. */
export function cacheLayers(
  host: Pick<NodeHost, "cwd" | "config">,
  cache: string,
  environment: NodeHostOptions["environment"],
): string[] {
  const layers = [...environmentRoots(environment.XFERC_CACHE_LAYERS, host.cwd), ...host.config.cache.layers];
  return [...new Set(layers)].filter((layer) => layer !== cache);
}
