/** Where a command writes and what it knows of its surroundings. */

import { colorFor } from "../runtime/ui/color.js";

export interface Io {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly input: NodeJS.ReadStream;
}

export function processIo(): Io {
  const { cwd, env, stdout: out, stderr: err } = process;
  return {
    cwd: cwd(),
    env,
    out,
    err,
    // opened only by who reads it
    get input() {
      return process.stdin;
    },
  };
}

const CLEAR_LINE = "\r\u001b[K";
/** Terminals whose last line is one of `whileBusy`, which goes before anything else is written. */
const busy = new WeakSet<NodeJS.WriteStream>();

export function showBusy(io: Io, line: string): void {
  busy.add(io.err);
  io.err.write(`${CLEAR_LINE}${line}`);
}

export function clearBusy(io: Io): void {
  if (busy.delete(io.err)) io.err.write(CLEAR_LINE);
}

export function print(io: Io, text: string): void {
  clearBusy(io);
  io.out.write(text.endsWith("\n") ? text : `${text}\n`);
}

export function complain(io: Io, text: string): void {
  clearBusy(io);
  io.err.write(text.endsWith("\n") ? text : `${text}\n`);
}

export function colorOf(io: Io, stream: NodeJS.WriteStream): "color" | "plain" {
  return colorFor(stream, io.env);
}

/** What a command leaves to the shell. */
export const EXIT = {
  success: 0,
  /** The study has errors, or `--check` found changes. */
  study: 1,
  usage: 2,
  /** Some cells failed at run time; the others finished. */
  cells: 3,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
