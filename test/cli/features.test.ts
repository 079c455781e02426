/** Features computed elsewhere, from a file to numbers of probes beside a model of the study's own. */

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import Papa from "papaparse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { knn, logme } from "../../src/analysis/index.js";
import { writeSafetensors } from "../../src/runtime/state/safetensors.js";
import { ensureBuilt } from "../built.js";
import { npy, zip } from "../runtime/data/trees.js";
import { uniform } from "../support/numbers.js";
import { newProject, xferc } from "./harness.js";

const HEAD = `import "xfer:bundled"
model mini  = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
model other = resnet(blocks: [1], widths: [6], stem: small, size: 28 px)
recipe short { optimizer sgd(lr: 0.1); batch 32 images; for 4 steps; select last }
`;
const STUDY = `study outside { seed 1; repeats 1 }
${HEAD}experiment files {
  vary from_ in [csv: features("./theirs.csv"), parquet: features("./theirs.parquet"), npz: features("./theirs.npz", array: "block.11"), tensors: features("./theirs.safetensors")]
  target digits_few
  measure near  = knn(from_, k: 5, metric: top1)
  measure line  = linear_probe(from_, l2: 0.01)
  measure logme = logme(from_, on: test)
  measure self  = cka(from_, features("./theirs.csv"), images: 64)
}
experiment ours {
  vary model in [mini, other]
  target digits_few; init random; train short
  measure beside = cka(features("./theirs.csv"), selected, images: 64)
  measure shared = cca(selected, features("./theirs.csv"), images: 64)
  measure theirs = knn(features("./theirs.csv"), k: 5)
}
derive alone = logme(features("./theirs.csv"), on: test)
table t from files { rows from_, layer; cell near }
`;
const project = newProject({ "study.xfer": STUDY });
const put = (name: string, content: string | Uint8Array) => writeFileSync(join(project, name), content);
const ENGINE = ["--engine", "onnx", "--device", "cpu"] as const;
const run = (...more: readonly string[]) => xferc(project, "run", "study.xfer", "--ui", "plain", ...ENGINE, ...more);

interface Case {
  readonly id: string;
  readonly split: string;
  readonly label: string;
}
let cases: readonly Case[] = [];
const WIDTH = 12;
/** A row a case: what tells its class, and noise. */
let rows: readonly Float32Array[] = [];
/** Layer × layer tables have files of their own. */
const rowsIn = (folder: string) =>
  ["results.csv", "results.cka.csv", "results.cca.csv"].flatMap((name) => {
    const text = readFileSync(join(project, folder, name), "utf8");
    return Papa.parse<{ readonly [column: string]: string }>(text, { header: true, skipEmptyLines: true }).data;
  });
const of = (split: string) => {
  const chosen = cases.flatMap((each, i) =>
    each.split === split ? [{ label: Number(each.label), row: rows[i] }] : [],
  );
  const data = Float32Array.from(chosen.flatMap(({ row }) => [...(row ?? [])]));
  return { features: { data, shape: [chosen.length, WIDTH] }, labels: chosen.map(({ label }) => label) };
};
const flat = (all: readonly Float32Array[]) => Float32Array.from(all.flatMap((row) => [...row]));
const csv = (all: readonly Float32Array[], of = cases, more = "") =>
  `id,${Array.from({ length: WIDTH }, (_, i) => `f${i}`).join(",")}\n${of.map(({ id }, i) => [id, ...(all[i] ?? [])].join(",")).join("\n")}\n${more}`;
/** NumPy's texts: characters of four bytes, as many as the longest has. */
const texts = (ids: readonly string[]) => {
  const most = Math.max(...ids.map(({ length }) => length));
  const points = Uint32Array.from(ids.flatMap((id) => Array.from({ length: most }, (_, i) => id.codePointAt(i) ?? 0)));
  return npy(Buffer.from(points.buffer), `<U${most}`, [ids.length]);
};

beforeAll(async () => {
  await ensureBuilt();
  put(
    "own.xfer",
    `study own { seed 1; repeats 1 }\n${HEAD}experiment e { model mini; target digits_few; init random; train short; measure t = score(top1) }\n`,
  );
  expect((await xferc(project, "data", "own.xfer", "digits_few", "--ids", "ids.csv")).code).toBe(0);
  cases = Papa.parse<Case>(readFileSync(join(project, "ids.csv"), "utf8"), { header: true, skipEmptyLines: true }).data;
  rows = cases.map(({ id, label }) => {
    const noise = uniform(`features of ${id}`, [WIDTH], -2, 2).data;
    return Float32Array.from(noise, (value, i) => value + (i === Number(label) ? 2 : 0));
  });
  const ids = cases.map(({ id }) => id);
  put("theirs.csv", csv(rows));
  const column = (i: number) => ({ name: `f${i}`, type: "FLOAT" as const, data: rows.map((row) => row[i] ?? 0) });
  const columnData = [
    { name: "id", type: "STRING" as const, data: ids },
    ...Array.from({ length: WIDTH }, (_, i) => column(i)),
  ];
  put("theirs.parquet", new Uint8Array(parquetWriteBuffer({ columnData })));
  const numbers = Buffer.from(flat(rows).buffer);
  put("theirs.npz", zip({ "ids.npy": texts(ids), "block.11.npy": npy(numbers, "<f4", [ids.length, WIDTH]) }, true));
  const tensors = new Map([["features", { shape: [ids.length, WIDTH], data: flat(rows) }]]);
  put("theirs.safetensors", writeSafetensors(tensors, { metadata: { ids: JSON.stringify(ids) } }));
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("features from elsewhere", { timeout: 240_000 }, () => {
  it("are what probes read, the same from every kind of file, as the library computes them", async () => {
    const { code, out, err } = await run("--out", "first");
    expect({ code, err: code === 0 ? "" : out + err }).toEqual({ code: 0, err: "" });
    const found = rowsIn("first");
    const values = (measure: string) => {
      const own = found.filter((row) => row.experiment === "files" && row.measure === measure);
      expect(own.map(({ from_ }) => from_).sort()).toEqual(["csv", "npz", "parquet", "tensors"]);
      expect(new Set(own.map(({ value }) => value)).size).toBe(1);
      return Number(own[0]?.value);
    };
    const [bank, query] = [of("train"), of("test")];
    const labels = Int32Array.from(bank.labels);
    const { predicted } = knn(bank.features, labels, query.features, { k: 5, temperature: 0.1, classes: 10 });
    const right = query.labels.filter((label, i) => predicted[i] === label).length / query.labels.length;
    expect(right).toBeGreaterThan(0.3);
    expect(values("near")).toBeCloseTo(right, 12);
    expect(values("line")).toBeGreaterThan(0.4);
    const targets = Float64Array.from(
      query.labels.flatMap((label) => Array.from({ length: 10 }, (_, i) => Number(i === label))),
    );
    expect(values("logme")).toBeCloseTo(logme(query.features, { data: targets, shape: [query.labels.length, 10] }), 9);
    expect(values("self")).toBeCloseTo(1, 9);
    expect(Number(found.find(({ experiment }) => experiment === "derive:alone")?.value)).toBe(values("logme"));
    expect(
      new Set(found.filter(({ measure }) => measure === "near").map(({ from_, layer }) => `${from_} ${layer}`)),
    ).toEqual(new Set(["csv features", "parquet features", "npz block.11", "tensors features"]));
    expect(readFileSync(join(project, "first", "tables", "t.md"), "utf8")).toContain("block.11");
  });

  it("stand beside a state of ours, layer by layer, and are of none of our models", () => {
    const found = rowsIn("first").filter(({ experiment }) => experiment === "ours");
    const beside = found.filter(({ measure, model }) => measure === "beside" && model === "mini");
    expect(beside.length).toBeGreaterThan(1);
    expect(new Set(beside.map(({ layer }) => layer))).toEqual(new Set(["features"]));
    expect(beside.every(({ value }) => Number(value) > -1 && Number(value) <= 1)).toBe(true);
    const shared = found.filter(({ measure, model }) => measure === "shared" && model === "mini");
    expect(shared.map(({ layer }) => layer)).toEqual(beside.map(({ layer2 }) => layer2));
    expect(new Set(shared.map(({ layer2 }) => layer2))).toEqual(new Set(["features"]));
    // one node, whichever the model of the cell
    expect(new Set(found.filter(({ measure }) => measure === "theirs").map(({ node }) => node)).size).toBe(1);
  });

  it("are keyed by their file, and keep their numbers where it is not", async () => {
    const plan = async () => (await xferc(project, "plan", "study.xfer", ...ENGINE)).out;
    expect(await plan()).toContain("Nothing to run");
    const before = readFileSync(join(project, "theirs.csv"), "utf8");
    renameSync(join(project, "theirs.csv"), join(project, "away.csv"));
    expect(await plan()).toContain("Nothing to run");
    const lock = JSON.parse(readFileSync(join(project, "study.lock.json"), "utf8"));
    expect(
      lock.predictions.map(({ path, facts }: { path: string; facts: object }) => ({ path, ...facts })),
    ).toContainEqual(
      expect.objectContaining({ path: "./theirs.csv", form: "features", images: cases.length, width: WIDTH }),
    );
    put("theirs.csv", csv(rows.map((row, i) => (i === 0 ? row.map((value) => value + 1) : row))));
    expect(await plan()).toContain("theirs.csv changed");
    put("theirs.csv", before);
    expect(await plan()).toContain("Nothing to run");
    const journal = readFileSync(join(project, "first", "events.ndjson"), "utf8");
    for (const { id } of cases.slice(0, 20)) expect(journal).not.toContain(`"${id}"`);
  });

  const one = (state: string, more = "") =>
    `study one { seed 1; repeats 1 }\n${HEAD}experiment e { target digits_few; measure near = knn(${state}, k: 5${more}) }\n`;

  it.each<[string, () => string, string]>([
    [
      "rows of one split",
      () =>
        csv(
          rows.filter((_, i) => cases[i]?.split === "test"),
          cases.filter(({ split }) => split === "test"),
        ),
      "images that are read have no row of features; give a row for every image of the split",
    ],
    ["rows of images that are none", () => csv(rows, cases, `nobody,${"0,".repeat(WIDTH - 1)}0\n`), "1 row of "],
  ])("are refused where they are %s, when they are put beside the images", async (_, text, told) => {
    put("bad.csv", text());
    put("one.xfer", one('features("./bad.csv")'));
    const { code, out } = await xferc(project, "run", "one.xfer", "--ui", "plain", ...ENGINE, "--out", "bad");
    expect(code).toBe(3);
    expect(out).toContain(told);
    rmSync(join(project, "bad"), { recursive: true });
  });

  it.each<[string, string, () => string | Uint8Array, string]>([
    ["csv", "", () => csv(rows).replace(/\n[^,]+,/, "\n,"), "row 1 has no id"],
    ["csv", "", () => csv(rows).replace(/\n([^,]+),[^,]+,/, "\n$1,Inf,"), "row 1 of `f0` is `Inf`, which is no number"],
    ["csv", "", () => "id\n1\n", "it has no feature"],
    ["npz", "", () => zip({ "features.npy": npy(Buffer.alloc(8), "<f4", [1, 2]) }, true), "has no array ids"],
    [
      "npz",
      "",
      () => zip({ "ids.npy": texts(["a"]), "x.npy": npy(Buffer.alloc(8), "<f4", [1, 2]) }, true),
      "has no array features",
    ],
    [
      "npz",
      "",
      () => zip({ "ids.npy": texts(["a", "b"]), "features.npy": npy(Buffer.alloc(8), "<f4", [1, 2]) }, true),
      "`features` has 1 rows and `ids` 2",
    ],
    [
      "npz",
      "",
      () => zip({ "ids.npy": texts(["a"]), "features.npy": npy(Buffer.alloc(8), "<f4", [1, 2, 1]) }, true),
      "which is not [images, features]",
    ],
    [
      "npz",
      "",
      () =>
        zip(
          {
            "ids.npy": npy(Buffer.from("cos\nsystem\n."), "|O", [1]),
            "features.npy": npy(Buffer.alloc(8), "<f4", [1, 2]),
          },
          true,
        ),
      "holds no plain numbers",
    ],
    [
      "npz",
      "",
      () =>
        zip(
          {
            "ids.npy": texts(["a"]),
            "features.npy": npy(Buffer.from(Float32Array.of(1, Number.NaN).buffer), "<f4", [1, 2]),
          },
          true,
        ),
      "row 1 has NaN as feature 2",
    ],
    [
      "safetensors",
      "",
      () => writeSafetensors(new Map([["features", { shape: [1, 1], data: Float32Array.of(1) }]])),
      "its metadata have no `ids`",
    ],
    [
      "safetensors",
      ', array: "x"',
      () =>
        writeSafetensors(new Map([["y", { shape: [1, 1], data: Float32Array.of(1) }]]), { metadata: { ids: '["a"]' } }),
      "it has no tensor `x`",
    ],
    ["safetensors", "", () => Buffer.from("nothing"), "safetensors"],
  ])("are refused before anything runs: %s%s %#", async (extension, more, content, told) => {
    put(`bad.${extension}`, content());
    put("one.xfer", one(`features("./bad.${extension}"${more})`));
    const { code, out } = await xferc(project, "check", "one.xfer");
    expect(code).toBe(1);
    expect(out).toContain("the features `./bad.");
    expect(out).toContain(told);
  });
});
