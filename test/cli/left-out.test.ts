/** Cases that cannot be used are counted in what a run leaves, and never named; nor is a patient, or an image. */

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { UNMINDED } from "../support/unminded.js";
import { newProject, xfercWith } from "./harness.js";

const STUDY = `study clinic { seed 1; repeats 1 }
dataset scans from image_csv("./scans", image: "file", label: "finding", group: "patient", reject: skip(max: 20%)) {
  metric top1
  split train: 50%, val: 25%, test: 25% by patient
}
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 8 px)
init RI = random
recipe short { optimizer sgd(lr: 0.1); batch 4 images; for 2 steps; select last }
experiment main {
  model mini; target scans; init RI; train short
  measure test = score(top1)
  measure near = knn(selected, k: 3, bank: train)
  measure kept = cka(initial, selected)
}
table t from main { cell test }
figure f from main { heatmap { x layer; y layer2; color kept } }
`;
const project = newProject({ "xfer.config.json": UNMINDED, "clinic.xfer": STUDY, "scans/cases.csv": "" });
const env = { XFERC_CACHE: join(project, "cache") };
/** Of patients, and of their images. */
const TELLING = ["PAT-77", "erika_mustermann", "scan_of_"];

beforeAll(async () => {
  await ensureBuilt();
  const rows = ["file,finding,patient"];
  for (let patient = 0; patient < 20; patient++) {
    const name = `scan_of_erika_mustermann_${patient}.png`;
    rows.push(`${name},${patient % 2 === 0 ? "no" : "yes"},PAT-77${patient}`);
    const pixels = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 7 + patient * 13 + (patient % 2) * 90) % 256));
    const image = sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } });
    writeFileSync(join(project, "scans", name), patient === 3 ? "no picture" : await image.png().toBuffer());
  }
  writeFileSync(join(project, "scans", "cases.csv"), rows.join("\n"));
  const { code, err } = await xfercWith(env, project, "run", "clinic.xfer", "--out", "out", "--ui", "plain");
  expect([code, err]).toEqual([0, ""]);
}, 240_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

function everything(folder: string): readonly { readonly name: string; readonly text: string }[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => ({ name, text: readFileSync(join(folder, name), "latin1") }));
}
const read = (name: string) => readFileSync(join(project, "out", name), "utf8");

describe("a run on patients' images", () => {
  it("counts what was left out, in the report and in its data", () => {
    const data = JSON.parse(read("report/data.json").split("\n")[0] ?? "");
    expect(data.datasets).toMatchObject([
      { name: "scans", adapter: "image_csv", leftOut: 1, leftOutBy: [["damaged", 1]] },
    ]);
    const images = data.datasets[0].images as [string, number][];
    expect(images.reduce((sum, [, count]) => sum + count, 0)).toBe(19);
    expect(read("report/index.html")).toContain('1 <span class="n">1 damaged</span>');
    expect(read("report/index.html")).toContain("Cases that could not be used were left out of scans");
  });

  it("names no image and no patient, packed or not", () => {
    const files = everything(join(project, "out"));
    const packed = /id="packed">([^<]*)</.exec(read("report/index.html"))?.[1];
    const all =
      packed === undefined
        ? files
        : [...files, { name: "packed", text: gunzipSync(Buffer.from(packed, "base64")).toString() }];
    for (const { name, text } of all) {
      for (const word of TELLING) expect(text.includes(word), `${word} in ${name}`).toBe(false);
    }
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["events.ndjson", "results.parquet", "ro-crate-metadata.json", "report/index.html"]),
    );
    expect(files.filter(({ name }) => /\.(png|jpe?g|dcm)$/.test(name))).toEqual([]);
  });

  it("names what was left out where it is asked to, in its report and a file beside it", async () => {
    const { code } = await xfercWith(
      env,
      project,
      "run",
      "clinic.xfer",
      "--out",
      "named",
      "--include-samples",
      "--ui",
      "plain",
    );
    expect(code).toBe(0);
    const files = everything(join(project, "named"));
    const naming = files.filter(({ text }) => TELLING.some((word) => text.includes(word))).map(({ name }) => name);
    expect(naming.sort()).toEqual(["report/index.html", "samples/left-out.csv"]);
    // made again, the report has names where they are asked for again
    const page = () => readFileSync(join(project, "named", "report/index.html"), "utf8");
    expect((await xfercWith(env, project, "report", "named")).code).toBe(0);
    expect(page()).not.toContain("erika_mustermann");
    expect((await xfercWith(env, project, "report", "named", "--include-samples")).code).toBe(0);
    expect(page()).toContain("scan_of_erika_mustermann_3.png");
    const never = await xfercWith(env, project, "report", "out", "--include-samples");
    expect([never.code, never.err]).toEqual([2, expect.stringContaining("`xferc run --include-samples` writes it")]);
    const [head, ...rows] = readFileSync(join(project, "named", "samples/left-out.csv"), "utf8")
      .trim()
      .split("\n");
    expect(head).toBe("dataset,case,place,kind,reason");
    expect(rows).toEqual([expect.stringMatching(/^scans,.*scan_of_erika_mustermann_3\.png,.*,damaged,/)]);
  });

  it.each(["csv", "parquet", "mlflow", "wandb", "tensorboard"])("nor does what is exported as %s", async (format) => {
    const { code } = await xfercWith(env, project, "export", "out", "--out", `as-${format}`, "--format", format);
    expect(code).toBe(0);
    const files = everything(join(project, `as-${format}`));
    expect(files.length).toBeGreaterThan(0);
    for (const { name, text } of files) {
      for (const word of TELLING) expect(`${name} ${text}`.includes(word), `${word} in ${name}`).toBe(false);
    }
  });

  it("says in the crate whom its data are to be credited to", () => {
    const graph = JSON.parse(read("ro-crate-metadata.json"))["@graph"] as { "@id": string; creditText?: string }[];
    expect(graph.find((each) => each["@id"] === "#dataset-scans")).toMatchObject({
      creditText: "not known to xferc",
      license: "whoever gave the files says on which",
    });
  });
});
