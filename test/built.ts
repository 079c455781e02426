/** For tests that start real processes: they run what was built. `npm test` builds first; alone, a test builds itself. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");

/** Builds `dist` where sources are newer; one process at a time. */
export async function ensureBuilt(): Promise<void> {
  const lock = join(root, "node_modules", ".xferc-building");
  for (let tries = 0; tries < 600; tries++) {
    if (isBuilt()) return;
    try {
      mkdirSync(lock);
    } catch {
      await new Promise((done) => setTimeout(done, 100));
      continue;
    }
    try {
      if (!isBuilt()) build();
      return;
    } finally {
      rmdirSync(lock);
    }
  }
  throw new Error(`another process has been building for a minute; remove ${lock} if none is`);
}

function build(): void {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  // It writes what it compiles whatever the types say; checking them is a step of its own.
  const { error } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root, stdio: "pipe" });
  if (error !== undefined) throw error;
  const bundled = spawnSync(process.execPath, [join(root, "scripts", "bundle.mjs")], { cwd: root, encoding: "utf8" });
  if (bundled.status !== 0) throw bundled.error ?? new Error(`scripts/bundle.mjs: ${bundled.stderr}`);
  writeFileSync(join(dist, ".built"), "");
}

function isBuilt(): boolean {
  const stamp = join(dist, ".built");
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  return ["grammar", "src", "scripts/bundle.mjs"].every((name) => newestIn(join(root, name)) <= built);
}

function newestIn(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
