/** Runs other programs: their output kept, their end a value, and an abort that takes them along. */

import { spawn } from "node:child_process";

export type Ran =
  | { readonly kind: "done"; readonly output: string }
  | { readonly kind: "failed"; readonly how: string; readonly output: string }
  /** There is no such program. */
  | { readonly kind: "missing" };

export interface RunOptions {
  readonly cwd?: string;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly signal: AbortSignal;
}

/** Of stdout and stderr together, as they came. */
const KEPT = 256 * 1024;

/** @throws what the signal was aborted with, once the program has ended. */
export async function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { signal } = options;
  signal.throwIfAborted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      output = (output + chunk).slice(-KEPT);
    });
  }
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  try {
    return await new Promise<Ran>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "EACCES") resolve({ kind: "missing" });
        else reject(error);
      });
      child.once("close", (code, ended) => {
        if (code === 0) resolve({ kind: "done", output });
        else resolve({ kind: "failed", how: ended ?? `exit code ${code}`, output });
      });
    });
  } finally {
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
  }
}

/** The last lines that say something. */
export function tail(output: string, lines: number): string {
  return output
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-lines)
    .join("\n");
}

/** A command as a user would type it. */
export function typed(command: string, args: readonly string[]): string {
  return [command, ...args]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
