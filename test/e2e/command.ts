/** The built command in processes of its own, as a shell would start it. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../built.js";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard output has matched; rejects where the command ended before. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A folder that is a project of its own. */
export function project(files: { readonly [path: string]: string | Uint8Array }): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-e2e-")));
  put(folder, { "package.json": "{}", ...files });
  return folder;
}

export function put(folder: string, files: { readonly [path: string]: string | Uint8Array }): void {
  for (const [path, content] of Object.entries(files)) {
    const whole = join(folder, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
  }
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function read(folder: string, ...names: readonly string[]): string {
  return readFileSync(join(folder, ...names), "utf8");
}

export function start(cwd: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const main = join(root, "dist", "src", "cli", "main.js");
  const { NO_COLOR: _, FORCE_COLOR: __, XFERC_CACHE: ___, XFERC_DATA: ____, ...inherited } = process.env;
  const child = spawn(process.execPath, [main, ...words], {
    cwd,
    env: { ...inherited, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heard = { out: "", err: "" };
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    heard.out += chunk;
    for (const look of [...waiting]) look();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    heard.err += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, ...heard }));
  });
  return {
    child,
    ended,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(heard.out);
          if (match === null) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        void ended.then(() => reject(new Error(`ended without ${pattern}: ${heard.out}${heard.err}`)));
        look();
      }),
  };
}

/** @throws where a stack trace is shown: no user's mistake deserves one. */
export async function xferc(cwd: string, ...words: readonly string[]): Promise<Ended> {
  const ended = await start(cwd, words).ended;
  if (/^ {4}at /m.test(ended.err + ended.out)) throw new Error(`a stack trace: ${ended.err}${ended.out}`);
  return ended;
}

/** Worker processes of a run. */
export function childrenOf(pid: number | undefined): readonly number[] {
  const tasks = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(tasks)) throw new Error("this test finds worker processes below /proc");
  return readFileSync(tasks, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

/** Four small cells on a shared pretraining: some seconds on two cores. */
export const SMALL = `study small "Is <b>this</b> & <script>alert(1)</script> shown as text?" { seed 7; repeats 2 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
recipe long { optimizer adam(lr: 1e-3); batch 16 images; for 60 steps; select last }
recipe short { optimizer adam(lr: 1e-3); batch 16 images; for 30 steps; select best(target.metric, on: val) every 10 steps }
source before = pretrain(on: digits_few, using: long)
experiment main {
  vary init in [RI: random, WT: transfer]
  model mini; target digits_few; source before; train short
  measure test = score(target.metric)
  measure near = knn(selected, k: 5, bank: train)
}
table t from main { rows init; cell test }
figure f from main { line { x layer; y near; color init } }
`;
