/** Where native engines lie on this machine, and which of them serve this Node. Outside any project and node_modules. */

import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type EngineManifest, MANIFEST_NAME, parseManifest } from "./manifest.js";

export type Environment = { readonly [name: string]: string | undefined };

/** A finished installation of the native library and its binding. */
export interface Installation {
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
  readonly manifest: EngineManifest;
}

/** An installation's folder and why it does not serve here; null where it does. */
export interface Found {
  readonly id: string;
  readonly folder: string;
  readonly manifest: EngineManifest | undefined;
  readonly problem: string | null;
}

/** `XFERC_ENGINES`, else the place this system gives to a user's application data. Absolute. */
export function enginesFolder(
  environment: Environment,
  system: { readonly platform: NodeJS.Platform; readonly home: string } = {
    platform: process.platform,
    home: homedir(),
  },
): string {
  const wish = environment.XFERC_ENGINES;
  if (wish) return resolve(wish);
  const { platform, home } = system;
  if (platform === "win32") return join(environment.LOCALAPPDATA || join(home, "AppData", "Local"), "xferc", "engines");
  if (platform === "darwin") return join(home, "Library", "Application Support", "xferc", "engines");
  return join(environment.XDG_DATA_HOME || join(home, ".local", "share"), "xferc", "engines");
}

export function tensorflowFolder(environment: Environment): string {
  return join(enginesFolder(environment), "tensorflow");
}

/** The best installation that serves this Node: with CUDA where an NVIDIA driver is, then the newest TensorFlow. */
export async function findTensorflow(
  environment: Environment,
  prefer: "cpu" | "cuda" = hasNvidiaDriver() ? "cuda" : "cpu",
): Promise<Installation | undefined> {
  const usable = (await listInstallations(environment)).flatMap(({ id, folder, manifest, problem }) =>
    manifest === undefined || problem !== null ? [] : [{ id, folder, manifest }],
  );
  return usable.sort((a, b) => compare(a.manifest, b.manifest, prefer))[0];
}

/** Every folder that has a manifest, sorted by name. What is still being installed has none. */
export async function listInstallations(environment: Environment): Promise<readonly Found[]> {
  const root = tensorflowFolder(environment);
  const names = await readdir(root).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const found = await Promise.all(
    names
      .filter((name) => !name.startsWith("."))
      .sort()
      .map((name) => lookAt(name, join(root, name))),
  );
  return found.filter((one) => one !== undefined);
}

async function lookAt(id: string, folder: string): Promise<Found | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, MANIFEST_NAME), "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const parsed = parseManifest(text);
  if (!parsed.ok) return { id, folder, manifest: undefined, problem: parsed.problem };
  return { id, folder, manifest: parsed.manifest, problem: await problemOf(folder, parsed.manifest) };
}

/** Only what can be seen without loading gigabytes: platform, Node-API, and that every file is there in its size. */
async function problemOf(folder: string, manifest: EngineManifest): Promise<string | null> {
  const here = `${process.platform}-${process.arch}`;
  if (manifest.platform !== here) return `it was built for ${manifest.platform}; this is ${here}`;
  const napi = Number(process.versions.napi);
  if (!(napi >= manifest.napi)) return `it needs Node-API ${manifest.napi}; Node ${process.versions.node} has ${napi}`;
  for (const [path, { bytes }] of Object.entries(manifest.files)) {
    const size = await stat(join(folder, path)).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) return `${path} is missing`;
    if (size !== bytes) return `${path} has ${size} bytes instead of ${bytes}`;
  }
  return null;
}

function compare(a: EngineManifest, b: EngineManifest, prefer: "cpu" | "cuda"): number {
  const wanted = prefer === "cuda";
  if (a.cuda !== b.cuda) return a.cuda === wanted ? -1 : 1;
  const newer = b.tensorflow.localeCompare(a.tensorflow, "en", { numeric: true });
  return newer === 0 ? b.installedAt.localeCompare(a.installedAt) : newer;
}

/** A driver leaves one of these; under WSL the host's driver is reached through /dev/dxg. */
const DRIVER_SIGNS = ["/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg"];

function hasNvidiaDriver(): boolean {
  return DRIVER_SIGNS.some((path) => existsSync(path));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
