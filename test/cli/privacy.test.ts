/**
 * What a run leaves goes to other people: of paths outside the project, machines, users and patients there is no word in
 * it, wherever the study, its data and its cache lie, and whatever fails. The study's own text is its author's.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { studyPath } from "../../src/runtime/run/portable.js";
import { ensureBuilt } from "../built.js";
import { newProject, xfercWith } from "./harness.js";
import { writeImages } from "./images.js";

const base = newProject({});
const place = (...names: string[]) => join(base, ...names);
const project = place("praxis-mueller", "projekt");
/** No study, lock or message has any of these for a good reason, nor a digest or a time by chance. */
const TELLING = [
  "praxis-mueller",
  "projekt",
  "archiv-sued",
  "hans-cache",
  "labor-ost",
  "mustermann",
  "Jane",
  "MRN0042",
  "ausgabe",
];

const STUDY = `study quiet { seed 1; repeats 1 }
import "../../labor-ost/models.xfer"
dataset named from image_folder("${place("archiv-sued", "named")}") { metric top1 }
dataset near from image_folder("../../archiv-sued/near") { metric top1 }
dataset torn from image_folder("./torn") { metric top1 }
init RI = random
recipe short { optimizer sgd(lr: 0.1); batch 2 images; for 2 steps; select last }
experiment main {
  vary target in [named, near, torn]
  model mini; init RI; train short
  measure test = score(target.metric)
}
table t from main { rows target; cell test }
`;
const MODELS = "model mini = resnet(blocks: [1], widths: [4], stem: small, size: 8 px)\n";
const env = { XFERC_CACHE: place("hans-cache") };
const out = place("ausgabe");

beforeAll(async () => {
  await ensureBuilt();
  for (const folder of [project, place("labor-ost")]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(project, "quiet.xfer"), STUDY);
  writeFileSync(join(project, "xfer.config.json"), JSON.stringify({ importRoots: ["../../labor-ost"] }));
  writeFileSync(place("labor-ost", "models.xfer"), MODELS);
  const patient = (image: number) => `mustermann, Jane ${image} MRN0042`;
  for (const folder of ["archiv-sued/named", "archiv-sued/near", "archiv-sued/torn"]) {
    await writeImages(place(folder), patient);
  }
  // one that cannot be read: its name is in the message on the screen, and nowhere else
  writeFileSync(place("archiv-sued", "torn", "test", "a", `${patient(0)}.png`), "no picture");
  // from another folder, by an absolute path, with flags that name places
  const words = ["run", join(project, "quiet.xfer"), "--out", out, "--data", `torn=${place("archiv-sued", "torn")}`];
  const { code, out: shown } = await xfercWith(env, "/", ...words, "--ui", "plain");
  expect(code).toBe(3);
  expect(shown).toContain("test/a/mustermann, Jane 0 MRN0042.png is damaged");
}, 180_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

function everything(folder: string): readonly { readonly name: string; readonly text: string }[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => ({ name, text: readFileSync(join(folder, name), "latin1") }));
}

/** The machine's own names, where they are words of their own: `root` is one of any text about trees. */
const names = [hostname(), userInfo().username].filter((name) => name.length > 4);

describe("a run folder made from telling places", () => {
  it("has no word of them but in the study's own text", () => {
    const files = everything(out).filter(({ name }) => !name.endsWith(".xfer"));
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "events.ndjson",
        "plan.json",
        "study.lock.json",
        "ro-crate-metadata.json",
        "results.csv",
      ]),
    );
    for (const { name, text } of files) {
      for (const word of [...TELLING, ...names]) expect(text.includes(word), `${word} in ${name}`).toBe(false);
    }
  });

  it("nor in the names of its files", () => {
    const paths = everything(out).map(({ name }) => name);
    for (const word of TELLING) expect(paths.filter((path) => path.includes(word))).toEqual([]);
    expect(paths).toContainEqual(expect.stringMatching(/^study\/outside\/[0-9a-f]{8}_models\.xfer$/));
  });

  it("nor has the lock beside the study", () => {
    const lock = readFileSync(join(project, "study.lock.json"), "utf8");
    for (const word of TELLING) expect(lock.includes(word), word).toBe(false);
    const { datasets } = JSON.parse(lock);
    expect(datasets.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^outside:[0-9a-f]{8}$/), "./torn"]),
    );
  });

  it("still says enough to plan without the data, and to be reproduced", async () => {
    const elsewhere = ["near", "named", "torn"].flatMap((name) => ["--data", `${name}=/nowhere`]);
    const plan = await xfercWith(env, project, "plan", "quiet.xfer", "--format", "json", ...elsewhere);
    expect(JSON.parse(plan.out).summary.provisional).toBe(0);
    const words = [
      "reproduce",
      out,
      "--data",
      `torn=${place("archiv-sued", "torn")}`,
      "--ui",
      "plain",
      "--out",
      "again",
    ];
    const { code, out: shown } = await xfercWith(env, project, ...words);
    expect(shown).toMatch(/3 of 3 numbers are the same, bit for bit \(1 of them failed then and now\)/);
    expect(code).toBe(0);
    const made = everything(join(project, "again")).filter(({ name }) => !name.endsWith(".xfer"));
    for (const { name, text } of made) {
      for (const word of TELLING) expect(text.includes(word), `${word} in ${name}`).toBe(false);
    }
  });
});

it("a study's file is named by its place in the project, one outside of it by its own name and a mark", () => {
  const at = { cwd: "/home/ann/project", root: "/home/ann/project" };
  expect(studyPath("studies/main.xfer", at)).toBe("studies/main.xfer");
  expect(studyPath("/home/ann/project/main.xfer", at)).toBe("main.xfer");
  expect(studyPath("xfer:bundled", at)).toBe("xfer-bundled/bundled.xfer");
  expect(studyPath("../shared/ann/models.xfer", at)).toMatch(/^outside\/[0-9a-f]{8}_models\.xfer$/);
  expect(studyPath("../other/models.xfer", at)).not.toBe(studyPath("../shared/ann/models.xfer", at));
});
