/**
 * Checking a study of 5,000 lines in process: parsing, then binding, checking and expanding, then outputs and lints.
 * Once cold, in a process that has compiled nothing before, then warm. Aim: < 200 ms warm.
 *
 *     npx tsc -p bench && node dist/bench/check.js [LINES] [ROUNDS]
 *
 * The study is two hundred blocks or so, each a recipe, an init, an experiment, two derives, a table and three figures.
 */

import { readFileSync } from "node:fs";
import { parse } from "../grammar/parse.js";
import { compile } from "../src/compiler/compile.js";
import type { CompilerHost } from "../src/compiler/host.js";
import { median } from "./median.js";
import { block, HEADER } from "./studies.js";

function studyOf(lines: number): string {
  let text = HEADER;
  const count = (of: string): number => of.split("\n").length - 1;
  const [header, each] = [count(HEADER), count(block(1))];
  for (let index = 1; header + index * each <= lines; index++) text += block(index);
  return text;
}

const [lines = 5000, rounds = 15] = process.argv.slice(2).map(Number);
const files = new Map([
  ["large.xfer", studyOf(lines)],
  ["xfer:bundled", readFileSync(new URL("../../studies/bundled.xfer", import.meta.url), "utf8")],
]);

const now = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** When the driver first asked for a data set's facts: everything is expanded then, no output is checked yet. */
let asked: number | undefined;
const host: CompilerHost = {
  async read(path) {
    const text = files.get(path);
    return text === undefined ? { ok: false, problem: "missing" } : { ok: true, text };
  },
  resolveImport: (_, specifier) => ({ path: specifier }),
  async dataset() {
    asked ??= now();
    return { status: "unknown", reason: "no data here" };
  },
  weights: async () => ({ status: "unknown", reason: "no data here" }),
};

const text = files.get("large.xfer") ?? "";
type Phases = readonly [parse: number, expand: number, outputs: number, whole: number, wall: number];

/** Processor milliseconds by phase; the last is the wall clock's. */
async function round(): Promise<Phases> {
  asked = undefined;
  const start = now();
  parse(text);
  const parsed = now() - start;
  const wall = performance.now();
  const from = now();
  const { study, diagnostics } = await compile("large.xfer", host);
  const to = now();
  const ended = performance.now();
  if (study === undefined || asked === undefined) {
    throw new Error(`the study does not check: ${diagnostics.map(({ message }) => message).join("\n")}`);
  }
  return [parsed, asked - from - parsed, to - asked, to - from, ended - wall];
}

const shown = (label: string, [parsed, expanded, outputs, whole, wall]: Phases): string =>
  `${label} parse ${parsed.toFixed(0)}, bind+check+expand ${expanded.toFixed(0)}, outputs+lint ${outputs.toFixed(0)}; ` +
  `check in all ${whole.toFixed(0)} ms of processor, ${wall.toFixed(0)} ms by the clock`;

const cold = await compileCold();
console.log(`${text.split("\n").length - 1} lines, ${text.length} characters`);
console.log(`cold: check in all ${cold[0].toFixed(0)} ms of processor, ${cold[1].toFixed(0)} ms by the clock`);
const seen: Phases[] = [];
for (let index = 0; index < rounds; index++) seen.push(await round());
const column = (index: number): number => median(seen.map((phases) => phases[index] ?? 0));
console.log(shown(`warm, medians of ${rounds}:`, [column(0), column(1), column(2), column(3), column(4)]));

async function compileCold(): Promise<readonly [processor: number, wall: number]> {
  const [from, wall] = [now(), performance.now()];
  await compile("large.xfer", host);
  return [now() - from, performance.now() - wall];
}
