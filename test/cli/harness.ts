/** Runs a command line in this process, with streams and folders of its own. */

import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { runCommandLine } from "../../src/cli/program.js";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with a package.json, so that it is a project of its own. */
export function newProject(files: { readonly [path: string]: string | Uint8Array }): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-cli-")));
  for (const [path, content] of Object.entries({ "package.json": "{}", ...files })) {
    const whole = join(folder, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
  }
  return folder;
}

export function xferc(cwd: string, ...words: readonly string[]): Promise<Outcome> {
  return xfercWith({}, cwd, ...words);
}

export async function xfercWith(env: NodeJS.ProcessEnv, cwd: string, ...words: readonly string[]): Promise<Outcome> {
  const out = new PassThrough();
  const err = new PassThrough();
  const gathered = { out: "", err: "" };
  out.on("data", (chunk) => {
    gathered.out += chunk;
  });
  err.on("data", (chunk) => {
    gathered.err += chunk;
  });
  const stream = (one: PassThrough) => one as unknown as NodeJS.WriteStream;
  const io = { cwd, env, out: stream(out), err: stream(err), input: process.stdin };
  const code = await runCommandLine(words, io);
  return { code, ...gathered };
}

export const TINY = `study tiny { seed 1; repeats 1 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
init RI = random
recipe short { optimizer sgd(lr: 0.1); batch 32 images; for 2 steps; select last }
experiment main {
  model mini; target digits_few; init RI; train short
  measure test = score(target.metric)
}
table t from main { cell test }
profile shorter { short.for = 1 steps }
`;
