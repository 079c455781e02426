/** Which cache a command without a study is about: the one a study in this folder would use. */

import { cacheFolder, cacheLayers, createNodeHost, type NodeHost, UsageError } from "../host/index.js";
import { exists, nodeFileSystem } from "../store/filesystem.js";
import { readFormat } from "../store/format.js";

export interface CachePlace {
  readonly cache: string;
  readonly layers: readonly string[];
  readonly host: NodeHost;
}

export interface CachePlaceOptions {
  readonly cwd: string;
  readonly environment: { readonly [name: string]: string | undefined };
  /** `--cache`, as given. */
  readonly cache: string | undefined;
}

/** @throws UsageError where there is no cache; StoreError where it is a newer xferc's. */
export async function findCache({ cwd, environment, cache: wish }: CachePlaceOptions): Promise<CachePlace> {
  const unknown = async () => ({ status: "unknown", reason: "not asked" }) as const;
  const facts = { dataset: unknown, weights: unknown };
  const host = createNodeHost({ cwd, study: "study.xfer", data: [], environment, facts });
  const cache = cacheFolder(host, wish, environment);
  if (!(await exists(nodeFileSystem, cache))) {
    throw new UsageError(`there is no cache at ${cache}`, "name another one with --cache DIR or XFERC_CACHE");
  }
  await readFormat(cache, nodeFileSystem);
  return { cache, layers: cacheLayers(host, cache, environment), host };
}
