/**
 * The Hugging Face cache on this disk, as its own client lays it out, so that files are shared with Python:
 * `models--OWNER--NAME/refs/REVISION` holds a commit, `snapshots/COMMIT/FILE` is a link to `blobs/ETAG`.
 */

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { HubFile } from "../../compiler/hub.js";

/** Weights under their usual names, the likeliest first; an index stands for the parts it lists. */
export const USUAL_FILES = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
] as const;

type Environment = { readonly [name: string]: string | undefined };

/** `HF_HUB_CACHE`, then `HF_HOME/hub`, then where the hub's client keeps it by default. */
export function hubCacheFolder(environment: Environment): string {
  const own = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE;
  if (own) return expanded(own, environment);
  const home = environment.HF_HOME;
  if (home) return join(expanded(home, environment), "hub");
  const base = environment.XDG_CACHE_HOME || join(homeOf(environment), ".cache");
  return join(base, "huggingface", "hub");
}

function expanded(path: string, environment: Environment): string {
  return path === "~" || path.startsWith("~/") ? join(homeOf(environment), path.slice(1)) : path;
}

function homeOf(environment: Environment): string {
  return environment.HOME || environment.USERPROFILE || homedir();
}

export function repositoryFolder(cache: string, { owner, name }: HubFile): string {
  return join(cache, `models--${owner}--${name}`);
}

const COMMIT = /^[0-9a-f]{40}$/;

export function isCommit(text: string): boolean {
  return COMMIT.test(text);
}

export function snapshotFile(repository: string, commit: string, file: string): string {
  return join(repository, "snapshots", commit, ...file.split("/"));
}

export interface Cached {
  /** Where the file lies. */
  readonly path: string;
  readonly commit: string;
}

/**
 * The file of the revision as this cache knows it; failing that, of the commit that was locked.
 * @param locked a commit that a study's lock names
 */
export function findInCache(cache: string, hub: HubFile, locked?: string): Cached | undefined {
  const repository = repositoryFolder(cache, hub);
  const known = isCommit(hub.revision) ? hub.revision : commitOf(repository, hub.revision);
  const files = hub.file === undefined ? USUAL_FILES : [hub.file];
  for (const commit of [known, locked]) {
    if (commit === undefined || !isCommit(commit)) continue;
    const file = files.find((each) => isWhole(snapshotFile(repository, commit, each)));
    if (file !== undefined) return { path: snapshotFile(repository, commit, file), commit };
  }
  return undefined;
}

/** A link to a blob that was deleted is no file; an index without its parts is not the weights. */
function isWhole(path: string): boolean {
  if (!existsSync(path)) return false;
  if (!path.endsWith(".index.json")) return true;
  return partsOf(path).every((part) => existsSync(join(path, "..", part)));
}

/** The parts an index lists, by name; none where it is no index. Used for what is there, never to read from. */
function partsOf(index: string): readonly string[] {
  try {
    const { weight_map: map } = JSON.parse(readFileSync(index, "utf8")) as { readonly weight_map?: object };
    const parts = Object.values(map ?? {}).filter((part) => typeof part === "string");
    return [...new Set(parts)];
  } catch {
    return [];
  }
}

function commitOf(repository: string, revision: string): string | undefined {
  try {
    return readFileSync(join(repository, "refs", ...revision.split("/")), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Where the file would lie, for those who look for it: the link itself once it is known which commit it is of. */
export function expectedPlace(cache: string, hub: HubFile): string {
  return snapshotFile(repositoryFolder(cache, hub), hub.revision.replaceAll("/", "-"), hub.file ?? USUAL_FILES[0]);
}
