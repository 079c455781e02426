/** Data as people have them, in every way in which they can be bad: `xferc data` names each, and a run stops in time. */

import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { jpeg, png, stack, writeHdf5 } from "../runtime/data/trees.js";
import { newProject, xferc, xfercWith } from "./harness.js";

let project: string;
beforeEach(() => {
  project = newProject({});
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function put(path: string, data: Uint8Array | string): void {
  mkdirSync(dirname(join(project, "d", path)), { recursive: true });
  writeFileSync(join(project, "d", path), data);
}

/** Four images a split and class, no two alike. */
async function folderOf(image: (seed: number) => Promise<Uint8Array> = png): Promise<void> {
  let seed = 0;
  for (const split of ["train", "test"]) {
    for (const label of ["a", "b"]) for (let i = 0; i < 4; i++) put(`${split}/${label}/${i}.png`, await image(seed++));
  }
}

async function tableOf(...more: readonly string[]): Promise<void> {
  const rows = ["file,y,split"];
  for (let i = 0; i < 8; i++) {
    put(`${i}.png`, await png(i));
    rows.push(`${i}.png,${i % 2},${i < 4 ? "train" : "test"}`);
  }
  put("t.csv", `${[...rows, ...more].join("\n")}\n`);
}

const FOLDER = 'image_folder("./d")';
const TABLE = 'image_csv("./d", image: "file", label: "y", split: "split")';
const STUDY = (source: string) => `study bad { seed 1; repeats 1 }
dataset d from ${source} { metric top1 }
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 8 px)
init RI = random
recipe short { optimizer sgd(lr: 0.1); batch 2 images; for 2 steps; select last }
experiment main { model mini; target d; init RI; train short
  measure test = score(target.metric) }
table t from main { cell test }
`;

interface Told {
  readonly kind: string;
  readonly path: string;
  readonly reason: string;
  readonly remedy: string;
}

/** What `xferc data` prints as text, and as JSON; it leaves the same to the shell both times and complains of nothing. */
async function told(source: string) {
  writeFileSync(join(project, "bad.xfer"), STUDY(source));
  const text = await xferc(project, "data", "bad.xfer");
  const json = await xferc(project, "data", "bad.xfer", "--format", "json");
  expect([text.err, json.err, json.code]).toEqual(["", "", text.code]);
  expect(text.out).not.toMatch(/\n {4}at .*:\d+:\d+/);
  const [dataset] = JSON.parse(json.out).datasets;
  const { rejected = [], damaged = [] } = dataset;
  return { code: text.code, text: text.out, dataset, problems: [...rejected, ...damaged] as readonly Told[] };
}

const NOBODY = 65534;

/** Root reads everything, so root becomes someone else who owns the project. */
async function asNoRoot<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  for (const name of ["", ...(readdirSync(project, { recursive: true }) as string[])])
    chownSync(join(project, name), NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe("`xferc data` names", () => {
  /** One problem, named in both forms with what is wrong and what to do. */
  async function one(source: string, wanted: Told, code: 0 | 1): Promise<void> {
    const found = await told(source);
    expect(found.problems).toEqual([expect.objectContaining(wanted)]);
    expect(found.text).toContain(`    ${wanted.path} ${wanted.reason} (${wanted.remedy})`);
    expect(found.code).toBe(code);
    if (code === 1) expect(found.text).toContain("not used as it is: 1 of its ");
  }

  it("a truncated image", async () => {
    await folderOf();
    put("test/a/1.png", (await png(77)).subarray(0, 90));
    const { problems, text, code } = await told(FOLDER);
    expect(problems).toMatchObject([{ kind: "damaged", path: "test/a/1.png" }]);
    expect(text).toMatch(/ {4}test\/a\/1\.png is damaged or is no image.* \(.+\)/);
    expect(text).toContain("1 case cannot be used; a run stops there");
    expect(code).toBe(1);
  });

  it("an image of no bytes", async () => {
    await folderOf();
    put("train/b/2.png", "");
    const wanted = { kind: "empty", path: "train/b/2.png", reason: "is empty, 0 bytes", remedy: "fetch it again" };
    await one(FOLDER, wanted, 1);
  });

  it("a wrong extension, and reads the image all the same", async () => {
    await folderOf();
    put("train/b/2.png", await jpeg(50));
    const wanted = {
      kind: "wrong-extension",
      path: "train/b/2.png",
      reason: "is a JPEG file by its content; it is read as that",
      remedy: "rename it, so that nobody is misled",
    };
    await one(FOLDER, wanted, 0);
  });

  it("a row without a file", async () => {
    await tableOf("gone.png,1,train");
    const { problems, text, code } = await told(TABLE);
    expect(problems).toMatchObject([{ kind: "missing-file", path: "t.csv:10" }]);
    expect(text).toContain("    t.csv:10 its file gone.png is not there (fetch it, or take its row out)");
    expect(code).toBe(1);
  });

  it("a file without a row, which stops nothing", async () => {
    await tableOf();
    put("stray.png", await png(40));
    const wanted = {
      kind: "no-row",
      path: "stray.png",
      reason: "is in no row of the table",
      remedy: "nothing need be done",
    };
    await one(TABLE, wanted, 0);
  });

  it("an unknown label", async () => {
    await writeHdf5(join(project, "d", "a.h5"), {
      x: { data: stack(4, 6, 1), shape: [4, 6, 6] },
      y: { data: Float64Array.of(0, 1, -3, 1), shape: [4] },
    });
    const { problems, text, code } = await told('hdf5("./d")');
    expect(problems).toMatchObject([{ kind: "unknown-label", reason: "is -3, which is no class" }]);
    expect(text).toContain(`${problems[0]?.path} is -3, which is no class (${problems[0]?.remedy})`);
    expect(code).toBe(1);
  });

  it.each([
    ["a label that is NaN", "extra.png,NaN,train"],
    ["a label that is blank", "extra.png,,train"],
  ])("%s", async (_, row) => {
    await tableOf(row);
    put("extra.png", await png(41));
    const { problems, text, code } = await told(TABLE);
    expect(problems).toMatchObject([{ kind: "missing-label", path: "t.csv:10" }]);
    expect(text).toContain(`    t.csv:10 ${problems[0]?.reason} (${problems[0]?.remedy})`);
    expect(code).toBe(1);
  });

  it("an id that is there twice", async () => {
    await tableOf("3.png,0,train");
    const { problems, text, code } = await told(TABLE);
    expect(problems.map(({ kind }) => kind)).toContain("duplicate-id");
    expect(text).toMatch(/t\.csv:\d+ names 3\.png a second time \(.+\)/);
    expect(code).toBe(1);
  });

  it("grey images among coloured ones", async () => {
    await folderOf();
    put("test/a/1.png", await png(60, 1));
    const { dataset, text, code } = await told(FOLDER);
    expect(dataset).toMatchObject({ decodedChannels: { 1: 1, 3: 15 }, unlike: ["test/a/1.png"] });
    expect(text).toContain("mixed    1 grey, 15 in colour: all are prepared with 3 channels (`with grayscale()` makes");
    expect(text).toContain("    test/a/1.png is not like most");
    expect(code).toBe(0);
  });

  it("arrays of images and labels that do not go together", async () => {
    await writeHdf5(join(project, "d", "a.h5"), {
      x: { data: stack(4, 6, 1), shape: [4, 6, 6] },
      y: { data: Float64Array.of(0, 1, 0), shape: [3] },
    });
    const { dataset, text, code } = await told('hdf5("./d")');
    expect(dataset.problem).toMatch(/^x of a\.h5 has 4 images but y of a\.h5 3 labels; .+/);
    expect(text).toContain(dataset.problem);
    expect(code).toBe(1);
  });

  it("an image of a hundred megapixels, which it does not decode", async () => {
    await folderOf();
    const create = { width: 10_001, height: 10_000, channels: 3 as const, background: "#000" };
    const bomb = sharp({ create, limitInputPixels: false });
    put("train/a/0.png", await bomb.png({ compressionLevel: 9 }).toBuffer());
    const { problems, text, code } = await told(FOLDER);
    expect(problems).toMatchObject([{ kind: "too-large", path: "train/a/0.png" }]);
    expect(text).toMatch(/ {4}train\/a\/0\.png has more than \d+ pixels \(make it smaller or take it out\)/);
    expect(code).toBe(1);
  });

  it.each(["../outside.png", "/etc/hostname", "a/../../outside.png"])("a path out of the folder: %s", async (path) => {
    writeFileSync(join(project, "outside.png"), await png(3));
    await tableOf(`${path},1,train`);
    const { problems, text, code } = await told(TABLE);
    expect(problems).toMatchObject([{ kind: "outside", path: "t.csv:10" }]);
    expect(text).toMatch(/ {4}t\.csv:10 .*leads out of the data set's folder \(.+\)/);
    expect(code).toBe(1);
  });

  it("a file that may not be read", async () => {
    await folderOf();
    await told(FOLDER); // all modules are loaded: someone who is not root may not read them
    put("train/a/4.png", await png(99));
    chmodSync(join(project, "d", "train/a/4.png"), 0);
    const { problems, text, code } = await asNoRoot(() => told(FOLDER));
    expect(problems).toMatchObject([{ kind: "unreadable", path: "train/a/4.png" }]);
    expect(text).toContain("    train/a/4.png cannot be read (check its permissions)");
    expect(code).toBe(1);
  });

  it("everything at once, counting what may be let go", async () => {
    await tableOf("gone.png,1,train", "0.png,0,train", "nan.png,NaN,test", "../x.png,0,test", "torn.png,1,test");
    put("nan.png", await png(42));
    put("torn.png", (await png(43)).subarray(0, 60));
    const strict = await told(TABLE);
    expect(strict.text).toContain("5 cases cannot be used; a run stops there");
    const skipping = await told(TABLE.replace(/\)$/, ", reject: skip(max: 50%))"));
    expect(skipping.text).toContain("5 cases left out");
    expect(skipping.problems.map(({ path }) => path).sort()).toEqual(strict.problems.map(({ path }) => path).sort());
    expect([strict.code, skipping.code]).toEqual([1, 0]);
  });
});

describe("a run", () => {
  let env: NodeJS.ProcessEnv;
  beforeAll(ensureBuilt, 180_000);
  beforeEach(async () => {
    env = { XFERC_CACHE: join(project, "cache") };
    await folderOf();
    put("test/a/1.png", (await png(77)).subarray(0, 90));
  });

  const run = async (source: string) => {
    writeFileSync(join(project, "bad.xfer"), STUDY(source));
    const outcome = await xfercWith(env, project, "run", "bad.xfer", "--out", "out", "--ui", "plain");
    const journal = readFileSync(join(project, "out", "events.ndjson"), "utf8");
    const events = journal
      .trim()
      .split("\n")
      .map((line): { type: string; op?: string } => JSON.parse(line));
    const started = events.filter(({ type }) => type === "node.started").map(({ op }) => op);
    return { ...outcome, journal, started };
  };

  it("with a truncated test image stops before it trains, and names it on the screen alone", async () => {
    const { code, out, journal, started } = await run(FOLDER);
    expect(code).toBe(3);
    expect(out).toMatch(/1\.png is damaged or is no image/);
    expect(out).toContain("test/a/1.png");
    expect(out).toContain("reject: skip(max: 1%)");
    expect(started).toContain("dataset.prepare");
    expect(started).not.toContain("train");
    for (const name of readdirSync(join(project, "out"), { recursive: true }) as string[]) {
      const path = join(project, "out", name);
      if (!existsSync(path) || !/\.(ndjson|json|csv|html)$/.test(name)) continue;
      expect(readFileSync(path, "utf8").includes("1.png"), name).toBe(false);
    }
    expect(journal).toContain('"node.skipped"');
  }, 120_000);

  it("of a state that is only to be looked at on such images stops before it trains, too", async () => {
    const source = FOLDER.replace("./d", "./fine");
    for (const name of ["train/a", "train/b", "test/a", "test/b"]) {
      for (let i = 0; i < 4; i++)
        put(`../fine/${name}/${i}.png`, await png(i * 7 + name.length * 31 + name.charCodeAt(6)));
    }
    writeFileSync(
      join(project, "bad.xfer"),
      STUDY(source)
        .replace("init RI", `dataset outside from ${FOLDER} { metric top1 }\ninit RI`)
        .replace("measure test", "measure far = score(target.metric, on: outside.test)\n  measure test"),
    );
    const { code, out } = await xfercWith(env, project, "run", "bad.xfer", "--out", "out", "--ui", "plain");
    expect(code).toBe(3);
    expect(out).toMatch(/1\.png is damaged or is no image/);
    const events = readFileSync(join(project, "out", "events.ndjson"), "utf8");
    expect(events).toMatch(/"node.started"[^\n]*"dataset.prepare"/);
    expect(events).not.toMatch(/"node.started"[^\n]*"train"/);
  }, 120_000);

  it("that may let it go goes on without", async () => {
    const { code, started } = await run(FOLDER.replace(/\)$/, ", reject: skip(max: 10%))"));
    expect(code).toBe(0);
    expect(started).toContain("train");
  }, 120_000);
});
