/** Runs a small program and waits for it only so long: a broken driver can leave one that even a kill does not end. */

import { spawn } from "node:child_process";

export type Answer =
  | { readonly status: "answered"; readonly code: number; readonly out: string; readonly err: string }
  | { readonly status: "absent" }
  | { readonly status: "hung" };

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly environment: NodeJS.ProcessEnv;
}

export type Ask = (program: string, words: readonly string[]) => Promise<Answer>;

/** More than this is no answer to anything asked here. */
const MAX_OUTPUT = 1 << 20;

export function ask(program: string, words: readonly string[], options: CommandOptions): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn(program, [...words], { env: options.environment, stdio: ["ignore", "pipe", "pipe"] });
    const [out, err] = [collect(child.stdout), collect(child.stderr)];
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      child.unref();
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ status: "hung" });
    }, options.timeoutMs);
    child.once("error", () => {
      clearTimeout(timer);
      resolve({ status: "absent" });
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ status: "answered", code: code ?? 1, out: out(), err: err() });
    });
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    if (text.length < MAX_OUTPUT) text += chunk;
  });
  return () => text;
}
