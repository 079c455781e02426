/** What `npm start` and `npm test` do first, on a fresh clone as on an old one: install, and build what has changed. */

import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const OLDEST_NODE = [20, 9];

export async function prepare() {
  checkNode();
  await install();
  await build();
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  console.error(
    `xferc needs Node ${OLDEST_NODE.join(".")} or newer; this is ${process.versions.node}. See https://nodejs.org`,
  );
  process.exit(2);
}

async function install() {
  // npm writes this file last, so it is there exactly when an installation was finished.
  const installed = modified(join(root, "node_modules", ".package-lock.json"));
  if (installed !== undefined && installed >= (modified(join(root, "package-lock.json")) ?? 0)) return;
  console.error("installing packages (npm ci) …");
  await mustRun(npm(), ["ci", "--no-audit", "--no-fund"]);
  // A lock file checked out later than it was written would look newer than what npm just installed from it.
  const stamp = join(root, "node_modules", ".package-lock.json");
  if (existsSync(stamp)) utimesSync(stamp, new Date(), new Date());
}

async function build() {
  const stamp = join(root, "dist", ".built");
  const built = modified(stamp);
  const sources = ["grammar", "src", "scripts/bundle.mjs", "package.json", "tsconfig.json", "tsconfig.build.json"];
  const newest = Math.max(...sources.map((name) => newestIn(join(root, name))));
  if (built !== undefined && built >= newest) return;
  console.error("building …");
  await mustRun(process.execPath, [tool("typescript"), "-p", "tsconfig.build.json"]);
  await mustRun(process.execPath, ["scripts/bundle.mjs"]);
  writeFileSync(stamp, "");
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : undefined;
}

/** A folder counts too: a file that was removed changes it. */
function newestIn(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  let newest = found.mtimeMs;
  for (const name of readdirSync(path)) newest = Math.max(newest, newestIn(join(path, name)));
  return newest;
}

const TOOLS = { typescript: "bin/tsc", "@biomejs/biome": "bin/biome", vitest: "vitest.mjs" };

/** A development tool's script, to be run by this very Node. */
export function tool(name) {
  return join(root, "node_modules", name, TOOLS[name]);
}

function npm() {
  // Set by npm itself; without it someone runs this script by hand.
  return process.env.npm_execpath ?? "npm";
}

/** Runs a command in the project's folder; gives its exit code. */
export function run(command, args) {
  const script = /\.[cm]?js$/.test(command);
  const child = spawn(script ? process.execPath : command, script ? [command, ...args] : args, {
    cwd: root,
    stdio: "inherit",
    shell: !script && command !== process.execPath && process.platform === "win32",
  });
  // Ctrl-C reaches the child as well; it decides when to end.
  const wait = () => undefined;
  process.on("SIGINT", wait);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("exit", (code, signal) => {
      process.off("SIGINT", wait);
      done(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}

export async function mustRun(command, args) {
  const code = await run(command, args);
  if (code === 0) return;
  console.error(`${command} ${args.join(" ")} ended with exit code ${code}`);
  process.exit(code);
}
