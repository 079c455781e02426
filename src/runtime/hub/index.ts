/** A hub as a study uses it: where its files are kept, and whether they may be fetched. */

import { type HubFile, parseHubName } from "../../compiler/hub.js";
import type { Cached } from "./cache.js";
import { findInCache, hubCacheFolder } from "./cache.js";
import type { Downloading, DownloadProgress } from "./download.js";
import { HubError } from "./errors.js";

export type { DownloadProgress } from "./download.js";
export { HubError } from "./errors.js";

export interface HubOptions {
  readonly environment: { readonly [name: string]: string | undefined };
  /** What the command line or the configuration says. */
  readonly network: "allowed" | "refused";
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

export interface Hub {
  readonly network: "allowed" | "refused";
  find(hub: HubFile, locked?: string): Cached | undefined;
  /** At the locked commit where there is one. @throws HubError */
  fetch(hub: HubFile, locked?: string): Promise<Cached>;
}

const ENDPOINT = "https://huggingface.co";

export function openHub({ environment, network, onProgress = () => undefined }: HubOptions): Hub {
  const cache = hubCacheFolder(environment);
  const how: Downloading = {
    cache,
    endpoint: (environment.HF_ENDPOINT || ENDPOINT).replace(/\/+$/, ""),
    token: environment.HF_TOKEN?.trim() || undefined,
    timeoutMs: 30_000,
    pauseMs: 1000,
    onProgress,
  };
  return {
    network,
    find: (hub, locked) => findInCache(cache, hub, locked),
    async fetch(hub, locked) {
      if (isOffline(environment)) throw new HubError("HF_HUB_OFFLINE forbids downloads", "unset it");
      if (!/^https?:\/\/[^/]/.test(how.endpoint)) {
        throw new HubError(`HF_ENDPOINT ${how.endpoint} is no address`, "write https://HOST");
      }
      const { download } = await import("./download.js");
      return download(locked === undefined ? hub : { ...hub, revision: locked }, how);
    },
  };
}

function isOffline({ HF_HUB_OFFLINE: text = "" }: HubOptions["environment"]): boolean {
  return ["1", "true", "yes", "on"].includes(text.toLowerCase());
}

/** The hub file a path names; undefined where it is a path on the disk. */
export function hubFileOf(path: string): HubFile | undefined {
  const parsed = parseHubName(path);
  return parsed.kind === "hub" ? parsed.hub : undefined;
}
