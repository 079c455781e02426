/** Wheels through pip, which knows the user's index, proxy, certificates and credentials. */

import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { howToInstall, type Platform } from "./platform.js";
import { type Ran, runProgram, tail, typed } from "./process.js";
import type { Report } from "./report.js";

export interface PipOptions {
  /** Wheels are put here, and taken from here where they are already. */
  readonly folder: string;
  readonly platform: Platform;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly signal: AbortSignal;
  readonly report: Report;
}

export type Downloaded =
  | { readonly ok: true; readonly files: readonly string[] }
  | { readonly ok: false; readonly tried: readonly Attempt[] };

export interface Attempt {
  /** As a user would type it. */
  readonly command: string;
  readonly problem: string;
}

/** Pythons TensorFlow is built for. Which one does not matter: nothing of Python is used but the wheel. */
const PYTHONS = ["3.12", "3.11"];

/** Downloads the wheels of all requirements: for this machine's Python, else for one that TensorFlow supports. */
export async function downloadWithPip(requirements: readonly string[], options: PipOptions): Promise<Downloaded> {
  const { platform } = options;
  const python = await findPython(options);
  if (typeof python !== "string") return { ok: false, tried: [python] };
  const tried: Attempt[] = [];
  for (const version of [undefined, ...PYTHONS]) {
    const args = pipArguments(requirements, options.folder, version === undefined ? undefined : { version, platform });
    const ran = await watched(python, args, options);
    if (ran.kind === "done") return { ok: true, files: await savedFiles(ran.output, options.folder, requirements) };
    tried.push({ command: typed(python, args), problem: complaintOf(ran) });
    if (!isAboutPython(ran)) break;
  }
  return { ok: false, tried };
}

/** The command for a machine that has a network, whatever its Python and system. */
export function pipCommand(requirements: readonly string[], platform: Platform): string {
  return typed("python3", pipArguments(requirements, ".", { version: PYTHONS[0] ?? "3.12", platform }));
}

function pipArguments(
  requirements: readonly string[],
  folder: string,
  target: { readonly version: string; readonly platform: Platform } | undefined,
): readonly string[] {
  const forOther =
    target === undefined
      ? []
      : [
          ...["--implementation", "cp", "--python-version", target.version],
          ...["--abi", `cp${target.version.replace(".", "")}`, "--abi", "none"],
          ...target.platform.tags.flatMap((tag) => ["--platform", tag]),
        ];
  return [
    ...["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--progress-bar", "off"],
    ...forOther,
    ...["--dest", folder],
    ...requirements,
  ];
}

async function findPython(options: PipOptions): Promise<string | Attempt> {
  let withoutPip: Attempt | undefined;
  for (const python of ["python3", "python"]) {
    const ran = await runProgram(python, ["-m", "pip", "--version"], options);
    if (ran.kind === "done") return python;
    if (ran.kind === "failed") {
      withoutPip ??= {
        command: `${python} -m pip --version`,
        problem: `${python} has no pip (${tail(ran.output, 1)}); ${howToInstall("pip", options.platform.family)}`,
      };
    }
  }
  return (
    withoutPip ?? {
      command: "python3 -m pip --version",
      problem: `there is no Python here; ${howToInstall("pip", options.platform.family)}`,
    }
  );
}

/** Runs pip with a temporary folder of ours, whose growth is the progress; a small /tmp is no matter either. */
async function watched(python: string, args: readonly string[], options: PipOptions): Promise<Ran> {
  const temporary = join(options.folder, "pip-tmp");
  await mkdir(temporary, { recursive: true });
  const timer = setInterval(() => {
    sizeBelow(temporary).then(
      (size) => options.report.progress(size, undefined),
      () => undefined,
    );
  }, 500);
  try {
    return await runProgram(python, args, {
      environment: { ...options.environment, TMPDIR: temporary, PIP_NO_INPUT: "1", PIP_DISABLE_PIP_VERSION_CHECK: "1" },
      signal: options.signal,
    });
  } finally {
    clearInterval(timer);
    await rm(temporary, { recursive: true, force: true });
  }
}

async function sizeBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath ?? entry.path, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** pip names every wheel it saved or found saved; wheels of other versions may lie beside them. */
async function savedFiles(output: string, folder: string, requirements: readonly string[]): Promise<readonly string[]> {
  const named = [...output.matchAll(/^\s*(?:Saved|File was already downloaded) (.+\.whl)\s*$/gm)].map((match) =>
    join(folder, basename(match[1] ?? "")),
  );
  if (named.length >= requirements.length) return named;
  const wanted = requirements.map((one) => (/^[\w.-]+/.exec(one)?.[0] ?? one).toLowerCase().replaceAll(/[-_.]+/g, "_"));
  const present = (await readdir(folder)).filter(
    (name) => name.endsWith(".whl") && wanted.includes(name.split("-")[0]?.toLowerCase() ?? ""),
  );
  return present.map((name) => resolve(folder, name));
}

function isAboutPython(ran: Ran): boolean {
  return (
    ran.kind === "failed" &&
    /No matching distribution|is not a supported wheel|requires a different Python/i.test(ran.output)
  );
}

/** pip's own error lines; it tells them last, after its warnings. */
function complaintOf(ran: Ran): string {
  if (ran.kind !== "failed") return "it is not there";
  const lines = ran.output.split(/\r?\n/);
  const errors = lines.filter((line) => line.startsWith("ERROR:")).map((line) => line.slice("ERROR:".length).trim());
  const unreachable =
    /Failed to establish a new connection|NameResolutionError|ConnectTimeout|ProxyError|SSLError/.exec(ran.output);
  const network = unreachable === null ? [] : ["the package index cannot be reached"];
  const said = [...network, ...(errors.length > 0 ? errors.slice(-1) : [tail(ran.output, 1)])];
  return said.join("; ") || `pip ended with ${ran.how}`;
}
