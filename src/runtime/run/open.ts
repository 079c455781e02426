/** From a path to a checked study, with everything later steps need: the host, what is known of data, the cache. */

import { type CompileResult, compile } from "../../compiler/compile.js";
import { cacheFolder, cacheLayers, createNodeHost, type FactsReader, type NodeHost } from "../host/index.js";
import { type DownloadProgress, type Hub, openHub } from "../hub/index.js";
import { type LocalFacts, localFacts } from "./facts.js";
import { type FoundLock, findLock, type LockPlace } from "./lock-file.js";

export interface StudyOptions {
  readonly cwd: string;
  readonly environment: { readonly [name: string]: string | undefined };
  /** As the user named it. */
  readonly study: string;
  /** `NAME=DIR` of every `--data`. */
  readonly data: readonly string[];
  readonly cache?: string | undefined;
  readonly profile?: string | undefined;
  /** `PATH=VALUE` of every `--set`. */
  readonly set: readonly string[];
  /** Experiments to keep; none keeps all. */
  readonly only: readonly string[];
  /** Whether weights a study names on a hub may be fetched; the configuration's to say unless given. */
  readonly network?: "allowed" | "refused" | undefined;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
}

export interface OpenStudy {
  /** `NAME=DIR` of every `--data`. */
  readonly dataFlags: readonly string[];
  readonly place: LockPlace;
  readonly host: NodeHost;
  /** The cache's folder; absolute. */
  readonly cache: string;
  /** Caches below it, only read; absolute. */
  readonly layers: readonly string[];
  readonly lock: FoundLock;
  readonly facts: LocalFacts;
  readonly hub: Hub;
  readonly compilation: CompileResult;
}

/** @throws UsageError where a flag or the configuration is wrong; what is wrong in the study is in its diagnostics. */
export async function openStudy(options: StudyOptions): Promise<OpenStudy> {
  const { cwd, environment, study, profile } = options;
  const place: LockPlace = { cwd, study };
  const lock = findLock(place);
  let facts: LocalFacts | undefined;
  // Where the cache lies is the configuration's to say, and the host reads it; the facts are asked for later.
  const later: FactsReader = {
    dataset: async (spec, path) => present(facts).dataset(spec, path),
    weights: async (spec, path) => present(facts).weights(spec, path),
  };
  const known = lock.status === "read" ? lock.lock : undefined;
  const locked = (path: string) => known?.weights.find((each) => each.path === path)?.facts.revision;
  const host = createNodeHost({ cwd, study, data: options.data, environment, facts: later, locked });
  const cache = cacheFolder(host, options.cache, environment);
  const layers = cacheLayers(host, cache, environment);
  const network = options.network ?? host.config.network;
  const hub = openHub({ environment, network, onProgress: options.onDownload });
  facts = localFacts({ cache, lock: known, hub });
  const changes = { set: options.set, only: options.only };
  const compilation = await compile(study, host, profile === undefined ? changes : { ...changes, profile });
  return { dataFlags: options.data, place, host, cache, layers, lock, facts, hub, compilation };
}

function present(facts: LocalFacts | undefined): LocalFacts {
  if (facts === undefined) throw new Error("internal error: facts were asked for before there was a cache");
  return facts;
}
