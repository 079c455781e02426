/**
 * What a short command takes from its start to its end, by the clock and of processor, in turn with Node doing nothing
 * at all. Aims: `check` of a small study < 300 ms, `--help` and the like near Node's own. With the folder of another
 * checkout that is built, its commands take their turns, too.
 *
 *     npm run build && npx tsc -p bench && node dist/bench/startup.js [ROUNDS] [OTHER]
 */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./median.js";

const [rounds = "9", other] = process.argv.slice(2);
const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "xferc-bench-"));
/** Tells what the process took of processor, in milliseconds, on a stream of its own. */
const hook = join(folder, "hook.cjs");
writeFileSync(
  hook,
  `process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  require("node:fs").writeSync(3, String((user + system) / 1000));
});`,
);

const small = join(folder, "small.xfer");
writeFileSync(
  small,
  `study small { seed 1; repeats 2 }
import "xfer:bundled"
recipe short { optimizer adam(lr: 1e-3); batch 32 images; for 30 steps; select last }
experiment main {
  model resnet18; target digits_few; init random(kaiming); train short
  measure test = score(target.metric)
}
table t from main { cell test }
`,
);

interface Case {
  readonly words: readonly string[];
  /** What an editor asks first. */
  readonly asked?: "initialize";
}

const CASES: { readonly [name: string]: Case } = {
  "check of eight lines": { words: ["check", small] },
  "check of 70 lines": { words: ["check", "studies/quickstart.xfer"] },
  "check of a wrong study": { words: ["check", "test/compiler/bad/other-tools.xfer"] },
  fmt: { words: ["fmt", "--check", "studies/quickstart.xfer"] },
  "plan, nothing cached": { words: ["plan", "studies/quickstart.xfer", "--cache", join(folder, "cache")] },
  "--version": { words: ["--version"] },
  "--help": { words: ["--help"] },
  "check --help": { words: ["check", "--help"] },
  "completion of a word": { words: ["complete", "--", "check", "stud"] },
  "lsp, to its first answer and its end": { words: ["lsp"], asked: "initialize" },
};

interface Took {
  readonly wall: number;
  readonly processor: number;
}

function frame(message: object): string {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function started(words: readonly string[], asked?: "initialize"): Promise<Took> {
  const start = performance.now();
  const child = spawn(process.execPath, ["--require", hook, ...words], {
    cwd: root,
    stdio: ["pipe", "pipe", "ignore", "pipe"],
  });
  let processor = 0;
  child.stdio[3]?.on("data", (text) => {
    processor = Number(text);
  });
  if (asked !== undefined) {
    const params = { processId: process.pid, rootUri: null, capabilities: {} };
    child.stdin?.write(frame({ id: 1, method: asked, params }));
    child.stdout?.once("data", () => {
      child.stdin?.write(frame({ id: 2, method: "shutdown" }) + frame({ method: "exit" }));
    });
  }
  child.stdout?.resume();
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve({ wall: performance.now() - start, processor }));
  });
}

const sides = [
  ["", root],
  ...(other === undefined ? [] : [["there: ", other]]),
] as const satisfies readonly (readonly string[])[];
const all = new Map<string, Took[]>([["node -e 0", []]]);
try {
  for (let round = -1; round < Number(rounds); round++) {
    const keep = (name: string, took: Took): void => {
      const seen = all.get(name) ?? [];
      // the first fills what files and compiled code are kept in
      if (round >= 0) seen.push(took);
      all.set(name, seen);
    };
    keep("node -e 0", await started(["-e", "0"]));
    for (const [name, { words, asked }] of Object.entries(CASES)) {
      for (const [side = "", at = ""] of sides) {
        keep(`${side}${name}`, await started([join(at, "dist/src/cli/main.js"), ...words], asked));
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`Node ${process.versions.node}, medians of ${rounds}, ms`);
for (const [name, seen] of all) {
  const wall = seen.map((each) => each.wall);
  const processor = seen.map((each) => each.processor);
  const range = `${Math.min(...wall).toFixed(0)} to ${Math.max(...wall).toFixed(0)}`;
  console.log(
    `${name.padEnd(44)} ${median(wall).toFixed(0).padStart(5)} by the clock (${range}), ${median(processor).toFixed(0)} of processor`,
  );
}
console.log(`load ${loadavg()[0]?.toFixed(1)}`);
