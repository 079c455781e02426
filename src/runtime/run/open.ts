/** From a path to a checked study, with everything later steps need: the host, what is known of data, the cache. */

import { type CompileResult, compile } from "../../compiler/compile.js";
import type { Lock, LockInput } from "../../compiler/plan/index.js";
import { cacheFolder, cacheLayers, createNodeHost, type FactsReader, type NodeHost } from "../host/index.js";
import { type DownloadProgress, type Hub, openHub } from "../hub/index.js";
import type { Plugins } from "../plugins/load.js";
import { type PluginsWish, projectPlugins } from "../plugins/project.js";
import { type LocalFacts, localFacts } from "./facts.js";
import { type FoundLock, findLock, type LockPlace } from "./lock-file.js";

export interface StudyOptions extends PluginsWish {
  readonly cwd: string;
  readonly environment: { readonly [name: string]: string | undefined };
  /** As the user named it. */
  readonly study: string;
  /** `NAME=DIR` of every `--data`. */
  readonly data: readonly string[];
  readonly cache?: string | undefined;
  /** Whether caches below it, as configured, are read as well; they are unless given. */
  readonly layers?: "read" | "unread" | undefined;
  readonly profile?: string | undefined;
  /** How mistakes in profiles that are not chosen count: who computes goes on without them. Default warnings. */
  readonly unchosen?: "errors" | "warnings" | undefined;
  /** `PATH=VALUE` of every `--set`. */
  readonly set: readonly string[];
  /** Experiments to keep; none keeps all. */
  readonly only: readonly string[];
  /** Whether weights a study names on a hub may be fetched; the configuration's to say unless given. */
  readonly network?: "allowed" | "refused" | undefined;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  /** Texts an editor holds, by absolute path, saved or not. */
  readonly opened?: ((path: string) => string | undefined) | undefined;
}

export interface OpenStudy {
  /** `NAME=DIR` of every `--data`. */
  readonly dataFlags: readonly string[];
  readonly place: LockPlace;
  /** What of the study was asked for. */
  readonly selection: LockInput["selection"];
  readonly host: NodeHost;
  /** The cache's folder; absolute. */
  readonly cache: string;
  /** Caches below it, only read; absolute. */
  readonly layers: readonly string[];
  readonly lock: FoundLock;
  readonly facts: LocalFacts;
  readonly hub: Hub;
  readonly plugins: Plugins;
  readonly compilation: CompileResult;
}

/** A study as a run folder has it: its files and its lock are those of the run. */
export interface RecordedStudy {
  readonly host: (base: NodeHost, facts: FactsReader) => NodeHost;
  readonly lock: Lock;
}

/** @throws UsageError where a flag or the configuration is wrong; what is wrong in the study is in its diagnostics. */
export async function openStudy(options: StudyOptions, recorded?: RecordedStudy): Promise<OpenStudy> {
  const { cwd, environment, study, profile } = options;
  let facts: LocalFacts | undefined;
  // Where the cache lies is the configuration's to say, and the host reads it; the facts are asked for later.
  const later: FactsReader = {
    dataset: async (spec, path) => present(facts).dataset(spec, path),
    weights: async (spec, path) => present(facts).weights(spec, path),
    predictions: async (spec, path) => present(facts).predictions(spec, path),
  };
  let known: Lock | undefined;
  // the commit of a file on a hub is the lock's to say, too
  const locked = (path: string) => known?.weights.find((each) => each.path === path)?.facts.revision;
  const base = createNodeHost({
    cwd,
    study,
    data: options.data,
    environment,
    facts: later,
    locked,
    opened: options.opened,
  });
  const plugins = await projectPlugins({ named: base.config.plugins, root: base.root }, options);
  const { catalog } = plugins;
  const own = catalog === undefined ? base : { ...base, catalog };
  const host = recorded === undefined ? own : recorded.host(own, later);
  const place: LockPlace = { cwd, study, root: host.root };
  const lock: FoundLock =
    recorded === undefined ? findLock(place) : { status: "read", lock: recorded.lock, path: study };
  known = lock.status === "read" ? lock.lock : undefined;
  const cache = cacheFolder(host, options.cache, environment);
  const layers = options.layers === "unread" ? [] : cacheLayers(host, cache, environment);
  const network = options.network ?? host.config.network;
  const hub = openHub({ environment, network, onProgress: options.onDownload });
  facts = localFacts({ cache, lock: known, hub, place, plugins });
  const changes = { set: options.set, only: options.only, unchosen: options.unchosen ?? "warnings" };
  const compilation = await compile(study, host, profile === undefined ? changes : { ...changes, profile });
  const selection = { profile: profile ?? null, set: options.set, only: options.only };
  return { dataFlags: options.data, place, selection, host, cache, layers, lock, facts, hub, plugins, compilation };
}

function present(facts: LocalFacts | undefined): LocalFacts {
  if (facts === undefined) throw new Error("internal error: facts were asked for before there was a cache");
  return facts;
}
