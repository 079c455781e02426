/**
 * The real command and its workers, broken at changes they make to any file: cache, run folder, journal, report. Whatever
 * happened, the same command run again gives the bytes of an unbroken run. A sample of all changes, and all of them with
 * XFERC_FAULTS=all (about half an hour).
 */

import { existsSync, mkdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyCache } from "../../src/runtime/cache/verify.js";
import { nodeFileSystem } from "../../src/runtime/store/index.js";
import { ensureBuilt } from "../built.js";
import { type Ended, project, read, remove, start, xferc } from "../e2e/command.js";
import { UNMINDED } from "../support/unminded.js";

const STUDY = `study pictures { seed 1; repeats 1 }
dataset mine from image_folder("./pictures") { metric top1 }
model mini = resnet(blocks: [1], widths: [2], stem: small, size: 8 px)
init RI = random
recipe short { optimizer sgd(lr: 0.1); batch 2 images; for 2 steps; select last }
experiment main { model mini; target mine; init RI; train short; measure test = score(target.metric) }
table t from main { cell test }
`;

const folder = project({ "study.xfer": STUDY, "xfer.config.json": UNMINDED });
/** Where no fault happens. */
const counted = project({});
const counts = new Map<string, number>();
const words = (name: string) => [
  ...["run", "study.xfer", "--engine", "reference", "--jobs", "1", "--ui", "plain"],
  ...["--cache", `cache-${name}`, "--out", name],
];
const ROLES = ["command", "worker"] as const;

interface Break {
  readonly role: (typeof ROLES)[number];
  readonly at: number;
  readonly kind: string;
}

function broken(name: string, { role, at, kind }: Break): Promise<Ended> {
  return start(folder, words(name), {
    NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, "disk.mjs")).href}`,
    FAULT_BELOW: folder,
    FAULT_ROLE: role,
    FAULT_AT: String(at),
    FAULT_KIND: kind,
    FAULT_COUNT: join(counted, name),
  }).ended;
}

beforeAll(async () => {
  await ensureBuilt();
  for (const [index, path] of ["train", "val", "test"].flatMap((split) => [`${split}/a`, `${split}/b`]).entries()) {
    mkdirSync(join(folder, "pictures", path), { recursive: true });
    for (let image = 0; image < 3; image++) {
      const shade = index * 40 + image * 9;
      const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: shade, g: shade, b: 9 } } });
      await picture.png().toFile(join(folder, "pictures", path, `${image}.png`));
    }
  }
  expect(await broken("whole", { role: "command", at: 0, kind: "kill" })).toMatchObject({ code: 0, err: "" });
  for (const [, role = "", count] of read(counted, "whole").matchAll(/^(\w+) (\d+)$/gm))
    counts.set(role, Number(count));
}, 180_000);
afterAll(() => {
  remove(folder);
  remove(counted);
});

const all = process.env.XFERC_FAULTS === "all";

/** In each role, changes spread over the whole run; each kind of fault takes others. */
function sample(index: number, kind: string, each: number): readonly Break[] {
  return ROLES.flatMap((role) => {
    const count = counts.get(role) ?? 0;
    const many = all ? count : each;
    return Array.from({ length: many }, (_, i) => ({
      role,
      kind,
      at: all ? i + 1 : 1 + Math.floor(((i + (2 * index + 1) / 8) / many) * count),
    }));
  });
}

async function breakAndMend(one: Break): Promise<void> {
  const what = `${one.kind}-${one.role}-${one.at}`;
  const first = await broken(what, one);
  const said = first.out + first.err;
  expect(said, what).not.toMatch(/^ {4}at |internal error/m);
  // Killed, done all the same, or told in a sentence.
  if (first.signal === null && first.code !== 0)
    expect(said, what).toMatch(/full|denied|permission|input\/output|failed|could not/);
  const journal = join(folder, what, "events.ndjson");
  // As after some seconds; before, another run might still be writing there.
  if (existsSync(journal)) utimesSync(journal, 1, 1);
  if (first.code !== 0) expect(await xferc(folder, ...words(what)), what).toMatchObject({ code: 0, signal: null });
  for (const file of ["results.csv", "summary.csv", "tables/t.csv"]) {
    expect(readFileSync(join(folder, what, file), "utf8"), `${what}: ${file}`).toBe(read(folder, "whole", file));
  }
  const cache = join(folder, `cache-${what}`);
  const { damaged } = await verifyCache({ cache, files: nodeFileSystem, isBelow: async () => false });
  expect(damaged, what).toEqual([]);
  for (const name of [what, `cache-${what}`]) remove(join(folder, name));
}

/** Two at once: for as many cores. */
async function inPairs(breaks: readonly Break[]): Promise<void> {
  const open = [...breaks];
  const lane = async () => {
    for (let one = open.shift(); one !== undefined; one = open.shift()) await breakAndMend(one);
  };
  await Promise.all([lane(), lane()]);
}

describe("a run", { timeout: all ? 3_600_000 : 300_000 }, () => {
  it.each([
    ["killed before a change", "kill", 2],
    ["killed in the middle of a write", "half", 1],
    ["on a disk that is full from some change on", "ENOSPC+", 1],
    ["that meets an input/output error", "EIO", 1],
  ])("%s is mended by the same command, byte for byte", async (_, kind, each) => {
    const index = ["kill", "half", "ENOSPC+", "EIO"].indexOf(kind);
    await inPairs(sample(index, kind, each));
  });
});
