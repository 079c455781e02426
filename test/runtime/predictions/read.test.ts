/** Files of predictions: the same table in every format, and what is wrong with one told by rows, never by ids. */

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { predictionsFacts } from "../../../src/runtime/predictions/facts.js";
import { PredictionsError, readGiven } from "../../../src/runtime/predictions/read.js";
import { ensureBuilt } from "../../built.js";
import fc from "../../support/properties.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-predictions-")));
beforeAll(() => ensureBuilt(), 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const read = (text: string, name = "a.csv", scores: "probabilities" | "logits" = "probabilities") =>
  readGiven(put(name, text), { scores });
const refusal = (text: string, name?: string) =>
  read(text, name).then(
    () => "",
    (error: unknown) => {
      if (!(error instanceof PredictionsError)) throw error;
      return `${error.message} | ${error.hint}`;
    },
  );

describe("a table of predictions", () => {
  it("is the same from CSV, from TSV and from Parquet, whatever the order of its columns", {
    timeout: 120_000,
  }, async () => {
    const score = fc.integer({ min: 0, max: 1000 }).map((x) => x / 1000);
    const rows = fc.uniqueArray(
      fc.tuple(fc.string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" }), score, score),
      {
        selector: ([id]) => id.trim(),
        minLength: 1,
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (drawn) => {
        // a cell's quotes and spaces are the format's affair
        const table = drawn.map(([id, a, b], i) => [`${i}/${id.replaceAll(/[^\w/.-]/g, "")}`, a, b] as const);
        const csv = table.map(([id, a, b]) => `${id},${a},${b}`).join("\n");
        const tsv = table.map(([id, a, b]) => `${b}\t${id}\t${a}`).join("\r\n");
        const parquet = parquetWriteBuffer({
          columnData: [
            { name: "cat", type: "DOUBLE", data: table.map(([, a]) => a) },
            { name: "dog", type: "DOUBLE", data: table.map(([, , b]) => b) },
            { name: "id", type: "STRING", data: table.map(([id]) => id) },
          ],
        });
        const byId = async (path: string) => {
          const { ids, given } = await readGiven(path, { scores: "probabilities" });
          if (given.form !== "scores") throw new Error("these are scores");
          const { classes, values } = given;
          return ids.map((id, i) => [
            id,
            values[i * 2 + classes.indexOf("cat")],
            values[i * 2 + classes.indexOf("dog")],
          ]);
        };
        expect(await byId(put("a.csv", `id,cat,dog\n${csv}\n`))).toEqual(table);
        expect(await byId(put("a.tsv", `\uFEFFdog\tid\tcat\r\n${tsv}`))).toEqual(table);
        expect(await byId(put("a.parquet", new Uint8Array(parquet)))).toEqual(table);
      }),
      { numRuns: 10 },
    );
  });

  it("may have numbers for ids and labels", async () => {
    const integers = parquetWriteBuffer({
      columnData: [
        { name: "id", type: "INT64", data: [7n, 8n] },
        { name: "label", type: "INT32", data: [1, 0] },
      ],
    });
    expect(await readGiven(put("n.parquet", new Uint8Array(integers)), { scores: "probabilities" })).toMatchObject({
      ids: ["7", "8"],
      given: { form: "labels", labels: ["1", "0"] },
    });
  });

  it("is told by its digest, and what it is of", async () => {
    const text = "id,label\nx,cat\ny,dog\nz,cat\n";
    const { digest } = await read(text);
    expect(await predictionsFacts({ scores: "probabilities" }, put("a.csv", text))).toEqual({
      status: "known",
      from: "data",
      facts: { digest, images: 3, form: "labels", classes: ["cat", "dog"] },
    });
    expect((await read(text.replace("dog", "cat"))).digest).not.toBe(digest);
    expect(await predictionsFacts({ scores: "logits" }, join(folder, "none.csv"))).toMatchObject({ status: "unknown" });
    expect(await predictionsFacts({ scores: "logits" }, put("b.csv", "id,label\nx,\n"))).toEqual({
      status: "problem",
      message: "row 1 has no label",
      hint: "name a class in every row",
    });
  });
});

describe("is refused where", () => {
  it.each([
    ["it has no ids", "image,cat\na,1\n", "it has no column `id` | it has the columns `id` and one a class"],
    ["it is empty", "", "it has no column `id`"],
    ["it has no rows", "id,cat\n", "it has no row"],
    ["it says nothing", "id\na\n", "it says nothing of its images"],
    ["a row has no id", "id,cat\na,1\n,0\n", "row 2 has no id"],
    [
      "an image has two rows",
      "id,cat\nsecret,1\nb,1\nsecret,0\n",
      "rows 1 and 3 have the same id | give every image one row",
    ],
    [
      "it has labels and scores",
      "id,label,cat,dog\na,cat,1,0\n",
      "beside `label` it has `cat`, `dog` | leave out `label`",
    ],
    ["a score is none", "id,cat\na,NaN\n", "row 1 of `cat` is `NaN`, which is no number"],
    ["a score is missing", "id,cat,dog\na,1,\n", "row 1 of `dog` is empty, which is no number"],
    ["a score is a word", "id,cat\na,high\n", "row 1 of `cat` is `high`, which is no number"],
    ["a score is infinite", "id,cat\na,1e999\n", "row 1 of `cat` is `1e999`, which is no number"],
    [
      "a probability is none",
      "id,cat,dog\na,2.5,-1.5\n",
      "row 1 of `cat` is 2.5, which is no probability | give probabilities from 0 to 1, or say what they are: `predictions(…, scores: logits)`",
    ],
    ["a row is short", "id,cat,dog\na,1\n", "row 1 has 2 columns where the header has 3"],
    ["two columns are one", "id,cat,cat\na,1,0\n", "it has two columns `cat`"],
    ["it is no text", "id,cat\n\u0000", "it is no UTF-8 text"],
  ])("%s", async (_, text, told) => {
    const message = await refusal(text);
    expect(message).toContain(told);
    expect(message).not.toContain("secret");
  });

  it("takes such numbers where they are logits", async () => {
    const { given } = await read("id,cat,dog\na,2.5,-1.5\n", "a.csv", "logits");
    expect(given).toMatchObject({ form: "scores", values: Float64Array.of(2.5, -1.5) });
  });

  it("a Parquet file is damaged or none, whatever is broken", { timeout: 120_000 }, async () => {
    const whole = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "id", type: "STRING", data: ["a", "b"] },
          { name: "cat", type: "DOUBLE", data: [0.5, 1] },
        ],
      }),
    );
    expect(await refusal("no parquet at all", "x.parquet")).toContain("it is no Parquet file, or a damaged one");
    // of the few hundred bytes one that sends its reader round for ever, and others that do not
    for (const [at, byte] of [
      [12, 128],
      [0, 1],
      [30, 255],
      [whole.length - 6, 200],
      [whole.length - 40, 7],
    ] as const) {
      const broken = Uint8Array.from(whole);
      broken[at] = byte;
      // it is read, or it is refused: nothing else is thrown, and nothing hangs
      await readGiven(put("x.parquet", broken), { scores: "probabilities" }).catch((error: unknown) => {
        if (!(error instanceof PredictionsError)) throw error;
      });
    }
  });
});
