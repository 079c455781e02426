/**
 * Compiles the binding. It uses Node-API alone, so one compiler call with headers that npm brought is all it takes: no
 * make, no Python, no download of Node's own headers, and the result serves every later Node.
 */

import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UsageError } from "../../../host/errors.js";
import { packageRoot } from "../../../host/package.js";
import { MUTE_SOURCE } from "./mute-source.js";
import { howToInstall, type Platform } from "./platform.js";
import { type Ran, runProgram, tail } from "./process.js";
import { LIBRARY_FOLDER } from "./unpack.js";

/** Node 20 has 9; the binding needs 6. */
export const NAPI_VERSION = 8;
export const ADDON = "tfjs_binding.node";
export const MUTE_ADDON = "mute.node";

const BINDING_PACKAGE = "@tensorflow/tfjs-node-gpu";
const BINDING_VERSION = "4.22.0";

export interface BindingSources {
  /** Absolute. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly version: string;
}

/** @throws UsageError where the optional package was left out. */
export async function findBindingSources(from: string = import.meta.url): Promise<BindingSources> {
  let manifest: string;
  try {
    manifest = createRequire(from).resolve(`${BINDING_PACKAGE}/package.json`);
  } catch {
    throw missingSources();
  }
  const folder = join(dirname(manifest), "binding");
  if (!existsSync(folder)) throw missingSources();
  const parsed: unknown = JSON.parse(readFileSync(manifest, "utf8"));
  const version =
    typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "unknown";
  const names = (await readdir(folder)).filter((name) => /\.(?:cc|h)$/.test(name)).sort();
  return { folder, files: names.map((name) => join(folder, name)), version };
}

function missingSources(): UsageError {
  return new UsageError(
    `the optional package ${BINDING_PACKAGE}, whose sources the binding is built from, is not installed`,
    `npm install --no-save --ignore-scripts --prefix ${packageRoot} ${BINDING_PACKAGE}@${BINDING_VERSION}`,
  );
}

export interface Compiler {
  readonly command: string;
  /** What `CXX` has besides the command. */
  readonly args: readonly string[];
  /** First line of what it says of itself. */
  readonly version: string;
}

export interface CompileContext {
  readonly platform: Platform;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly signal: AbortSignal;
}

/** `CXX`, else the first of the usual names. @throws UsageError where there is none. */
export async function findCompiler({ platform, environment, signal }: CompileContext): Promise<Compiler> {
  const wish = environment.CXX?.trim().split(/\s+/);
  const candidates = wish === undefined || wish[0] === "" ? [["c++"], ["g++"], ["clang++"]] : [wish];
  for (const [command = "", ...args] of candidates) {
    const ran = await runProgram(command, [...args, "--version"], { environment, signal });
    if (ran.kind === "done") return { command, args, version: ran.output.split("\n")[0]?.trim() || command };
  }
  const tried = wish === undefined ? "none of c++, g++ and clang++ works" : `CXX=${environment.CXX} does not work`;
  throw new UsageError(`the binding needs a C++ compiler, and ${tried}`, howToInstall("compiler", platform.family));
}

export interface CompileRequest extends CompileContext {
  /** The installation in the making; absolute. */
  readonly folder: string;
  readonly sources: BindingSources;
  readonly compiler: Compiler;
  /** Relative to the folder. */
  readonly libraries: readonly string[];
  /** Absolute. */
  readonly includes: readonly string[];
  /** Gets the compiler's whole output when it fails. */
  readonly log: string;
}

/** Leaves both addons in the folder. @throws UsageError with the compiler's first complaint. */
export async function compile(request: CompileRequest): Promise<void> {
  const build = join(request.folder, "build");
  await mkdir(build, { recursive: true });
  const copies: string[] = [];
  for (const file of request.sources.files) {
    const copy = join(build, file.slice(request.sources.folder.length + 1));
    await copyFile(file, copy);
    if (copy.endsWith(".cc")) copies.push(copy);
  }
  const mute = join(build, "mute.cc");
  await writeFile(mute, MUTE_SOURCE);
  await compileOne(request, [
    ...copies,
    ...request.includes.flatMap((path) => ["-I", path]),
    ...request.libraries.map((path) => join(request.folder, path)),
    ...librarySearch(request.platform),
    ...["-o", join(request.folder, ADDON)],
  ]);
  await compileOne(request, [mute, "-o", join(request.folder, MUTE_ADDON)]);
}

/**
 * Where the addon finds TensorFlow's libraries: beside itself, wherever the folder is moved. On Linux the older kind of
 * search path, which also holds for what those libraries load later.
 */
function librarySearch({ family }: Platform): readonly string[] {
  return family === "darwin"
    ? [`-Wl,-rpath,@loader_path/${LIBRARY_FOLDER}`]
    : ["-Wl,--disable-new-dtags", `-Wl,-rpath,$ORIGIN/${LIBRARY_FOLDER}`];
}

async function compileOne(request: CompileRequest, args: readonly string[]): Promise<void> {
  const { compiler, platform, environment, signal } = request;
  const kind = platform.family === "darwin" ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"];
  const common = ["-std=c++17", "-O2", "-fPIC", "-w", `-DNAPI_VERSION=${NAPI_VERSION}`, "-I", nodeHeaders()];
  const ran = await runProgram(compiler.command, [...compiler.args, ...kind, ...common, ...args], {
    environment,
    signal,
  });
  if (ran.kind === "done") return;
  throw await complaint(request, ran);
}

async function complaint({ compiler, platform, log }: CompileRequest, ran: Ran): Promise<UsageError> {
  if (ran.kind !== "failed") {
    return new UsageError(`${compiler.command} is gone`, howToInstall("compiler", platform.family));
  }
  await writeFile(log, ran.output);
  const lines = ran.output.split("\n");
  const told =
    lines.find((line) => /\b(?:fatal )?error:|undefined reference|cannot find/.test(line)) ?? tail(ran.output, 1);
  const killed = ran.how.startsWith("SIG") ? " (for want of memory?)" : "";
  return new UsageError(
    `the binding does not compile: ${told.trim() || ran.how}${killed}`,
    `${compiler.version}: ${ran.how}; all it said is in ${log}. A missing standard header: ${howToInstall("compiler", platform.family)}`,
  );
}

/** Node-API's headers, from npm: the same for every Node. */
function nodeHeaders(): string {
  return join(dirname(createRequire(import.meta.url).resolve("node-api-headers/package.json")), "include");
}
