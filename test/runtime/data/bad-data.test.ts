/** Each ugly case is named with its place, what is wrong and what to do; nothing is dropped in silence. */

import { readFileSync } from "node:fs";
import { chmod, mkdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dataReport, datasetFacts, MemoDigests } from "../../../src/runtime/data/index.js";
import { indexDataset, prepareSplit } from "../../../src/runtime/data/prepare.js";
import { attributeOf } from "../../../src/runtime/data/types.js";
import { declared, newTree, npy, png, stack, type Tree, writeHdf5, zip } from "./trees.js";

let tree: Tree;
beforeEach(async () => {
  tree = await newTree();
});
afterEach(() => tree.remove());

const csv = (...rows: string[]) => tree.put("t.csv", `${rows.join("\n")}\n`);
const table = (more: Parameters<typeof declared>[1] = {}) =>
  declared("image_csv", { image: "file", label: "y", ...more });
const facts = (spec: ReturnType<typeof declared>) => datasetFacts(spec, tree.root, new MemoDigests());
const kinds = async (spec: ReturnType<typeof declared>) => {
  const { rejected, damaged } = await dataReport(spec, tree.root, { size: 4 });
  return [...rejected, ...damaged].map(({ kind, path }) => `${kind} ${path}`);
};
async function tenImages(): Promise<void> {
  for (let i = 0; i < 10; i++) await tree.put(`${i}.png`, await png(i));
}
const rows = (count = 10) => Array.from({ length: count }, (_, i) => `${i}.png,${i % 2},${i < 6 ? "train" : "test"}`);

describe("reject", () => {
  it("error stops before a run, and names the first cases", async () => {
    await tenImages();
    await csv("file,y,split", ...rows(), "gone.png,1,train", "x.png,1,never");
    expect(await facts(table({ split: "split" }))).toEqual({
      status: "problem",
      message: expect.stringMatching(
        /^2 of its 12 cases cannot be used: t\.csv:13 has the split never \(write train, val or test\); t\.csv:12 its file gone\.png is not there/,
      ),
      hint: expect.stringContaining("reject: skip(max: 1%)"),
    });
  });

  it("skip goes on without as many as it says, decoding what might be damaged before anything is counted", async () => {
    await tenImages();
    await tree.put("3.png", (await png(3)).subarray(0, 60));
    await csv("file,y,split", ...rows());
    const spec = (max: number) => table({ split: "split", reject: { kind: "skip", max } });
    const found = await facts(spec(0.1));
    expect(found).toMatchObject({ status: "known", facts: { splits: { train: { images: 5 }, test: { images: 4 } } } });
    expect(await facts(spec(0.05))).toMatchObject({
      status: "problem",
      message: expect.stringMatching(
        /^1 of its 10 cases cannot be used, more than the 5% that `reject` lets go: 3\.png is damaged/,
      ),
    });
    // under `error` it is found where it is decoded
    expect(await facts(table({ split: "split" }))).toMatchObject({ facts: { splits: { train: { images: 6 } } } });
    const report = await dataReport(table({ split: "split" }), tree.root, { size: 4 });
    expect(report.refused).toEqual([expect.stringContaining("3.png is damaged or is no image")]);

    if (found.status !== "known") throw new Error("not known");
    const { adapter, split } = spec(0.1);
    const digests = new MemoDigests();
    const params = { adapter, split, fingerprint: found.facts.fingerprint, stream: null };
    const index = await indexDataset(params, tree.root, digests);
    expect(index.problems).toMatchObject([{ kind: "damaged", id: "3.png" }]);
    const source = { root: tree.root, adapter, digests };
    expect((await prepareSplit({ index, source, split: "train", size: 4, channels: 3 })).ids).not.toContain("3.png");
  });

  it("decodes once for all commands that share a memo", async () => {
    await tenImages();
    await csv("file,y,split", ...rows());
    const spec = table({ split: "split", reject: { kind: "skip", max: 0.5 } });
    const memo = join(tree.root, "memo.json");
    const first = new MemoDigests(memo);
    await datasetFacts(spec, tree.root, first);
    await first.save();
    const later = new MemoDigests(memo);
    let asked = 0;
    await later.remember("another", async () => ++asked);
    const fact = await datasetFacts(spec, tree.root, {
      of: (path) => later.of(path),
      remember: (key, find) => later.remember(key, () => Promise.reject(new Error(`${key} again: ${find}`))),
    });
    expect(fact).toMatchObject({ status: "known" });
  });
});

describe("leakage", () => {
  it("of an image's bytes, and of a patient, is an error unless it is allowed", async () => {
    await tenImages();
    await tree.put("9.png", await png(0));
    await csv("file,y,split,who", ...rows().map((row, i) => `${row},p${i === 7 ? 1 : i}`));
    const spec = (more = {}) => table({ split: "split", group: "who", ...more });
    const fact = await facts(spec());
    expect(fact).toMatchObject({
      status: "problem",
      message: "1 image is the same bytes and 1 who has images in more than one split",
      hint: "split `by who`, take the copies out (`xferc data STUDY` lists them), or say `leakage: allow`",
    });
    expect(JSON.stringify(fact)).not.toContain("p1");
    expect(await facts(spec({ leakage: "allow" }))).toMatchObject({ status: "known" });
    const report = await dataReport(spec(), tree.root, { size: 4 });
    expect(report.duplicates).toEqual([{ ids: ["0.png", "9.png"], across: true }]);
    expect(report.refused).toHaveLength(1);
  });

  it("is seen in rows of arrays too", async () => {
    const part = (first: number) => npy(stack(3, 6, 1, first), "|u1", [3, 6, 6]);
    const labels = npy(Uint8Array.of(0, 1, 0), "|u1", [3]);
    const arrays = { "train_images.npy": part(0), "train_labels.npy": labels, "test_labels.npy": labels };
    await tree.put("a.npz", zip({ ...arrays, "test_images.npy": part(2) }, true));
    expect(await facts(declared("npz"))).toMatchObject({
      status: "problem",
      message: "1 image is the same bytes in more than one split",
    });
    await tree.put("a.npz", zip({ ...arrays, "test_images.npy": part(3) }, true));
    expect(await facts(declared("npz"))).toMatchObject({ status: "known" });
  });

  it("is not made by drawing splits: twins stay together", async () => {
    await tenImages();
    for (const i of [6, 7, 8, 9]) await tree.put(`${i}.png`, await png(i - 6));
    await csv("file,y", ...Array.from({ length: 10 }, (_, i) => `${i}.png,${i % 2}`));
    const split = { kind: "fractions", train: 0.5, val: 0.25, test: 0.25 } as const;
    const { name, adapter } = table();
    for (let seed = 0; seed < 5; seed++) {
      expect(await datasetFacts({ name, adapter, split, seed }, tree.root)).toMatchObject({ status: "known" });
    }
  });
});

describe("what may not be read", () => {
  it("an image of a hundred megapixels is refused before it is decoded", async () => {
    await tenImages();
    const bomb = sharp({
      create: { width: 10_001, height: 10_000, channels: 3, background: "#000" },
      limitInputPixels: false,
    });
    await tree.put("bomb.png", await bomb.png({ compressionLevel: 9 }).toBuffer());
    await csv("file,y,split", ...rows(), "bomb.png,1,train");
    expect(await kinds(table({ split: "split" }))).toEqual(["too-large bomb.png"]);
  });

  it("paths and links that lead out of the folder", async () => {
    await tenImages();
    await mkdir(join(tree.root, "inner"));
    await rename(join(tree.root, "0.png"), join(tree.root, "inner/0.png"));
    await symlink("/etc", join(tree.root, "etc"));
    await symlink(join(tree.root, "inner"), join(tree.root, "alias"));
    await csv(
      "file,y",
      "../x.png,0",
      "a/../../x.png,0",
      "/etc/x.png,1",
      "etc/hostname,1",
      "C:\\x.png,1",
      "alias/0.png,0",
      "1.png,1",
      "inner/../2.png,0",
    );
    const found = (await kinds(table())).filter((line) => !line.startsWith("no-row"));
    expect(found.sort()).toEqual([2, 3, 4, 5, 6].map((line) => `outside t.csv:${line}`));
  });

  it.skipIf(process.getuid?.() === 0)("files without permission", async () => {
    await tenImages();
    await chmod(join(tree.root, "1.png"), 0);
    await csv("file,y,split", ...rows());
    expect(await kinds(table({ split: "split" }))).toEqual(["unreadable t.csv:3"]);
  });
});

describe("tables", () => {
  it.each([
    ["is empty", "", /t\.csv is empty/],
    ["has no such column", "path,y\na,1\n", /t\.csv has no column file; it has path, y/],
    ["has a column twice", "file,y,y\na,1,1\n", /t\.csv has two columns y/],
    ["is no text", Buffer.from([0xff, 0xfe, 0x66, 0, 0x69, 0]), /t\.csv is no UTF-8 text/],
    ["has no row", "file,y\n", /there is no case in its tables/],
  ])("that %s", async (_, text, wanted) => {
    await tree.put("t.csv", text);
    await expect(dataReport(table(), tree.root)).rejects.toThrow(wanted);
  });

  it("need either a label or labels, and one file to be chosen", async () => {
    await csv("file,y", "a,1");
    await expect(dataReport(declared("image_csv", { image: "file" }), tree.root)).rejects.toThrow(
      /either `label` or `labels`/,
    );
    await tree.put("other.csv", "x");
    await expect(dataReport(table(), tree.root)).rejects.toThrow(/it has the tables other\.csv, t\.csv; say which/);
  });

  it("give attributes their types, names a study can write, and null for what is blank", async () => {
    await tenImages();
    await csv(
      "file,y,Patient Age,Sex,1st,Site,empty",
      "0.png,0,61,M,1,A,",
      '1.png,1,NaN,"F",x,,',
      "2.png,1, 7.5e1 ,,2,B,",
    );
    const spec = table();
    const fact = await facts(spec);
    expect(fact).toMatchObject({
      facts: {
        columns: [
          { name: "patient_age", type: "number", missing: 1, range: [61, 75] },
          { name: "sex", type: "string", missing: 1, values: ["F", "M"] },
          { name: "column_1st", type: "string", missing: 0, values: ["1", "2", "x"] },
          { name: "site", type: "string", missing: 1, values: ["A", "B"] },
        ],
      },
    });
    if (fact.status !== "known") throw new Error("not known");
    const params = { adapter: spec.adapter, split: spec.split, fingerprint: fact.facts.fingerprint, stream: null };
    const index = await indexDataset(params, tree.root, new MemoDigests());
    const of = (name: string) => index.items.map((item) => attributeOf(index, item, name));
    expect([of("patient_age"), of("sex"), of("site"), of("none")]).toEqual([
      [61, null, 75],
      ["M", "F", null],
      ["A", null, "B"],
      [null, null, null],
    ]);
  });
});

describe("arrays", () => {
  const y = (count: number) => ({ data: Float64Array.from({ length: count }, (_, i) => i % 2), shape: [count] });
  const message = async (id: string, params = {}) => {
    const fact = await facts(declared(id, params));
    return fact.status === "problem" ? fact.message : fact.status;
  };

  it("whose images and labels do not fit, or are no images", async () => {
    const file = join(tree.root, "a.h5");
    await writeHdf5(file, { x: { data: stack(3, 4, 1), shape: [3, 4, 4] }, y: y(2) });
    expect(await message("hdf5")).toBe("x of a.h5 has 3 images but y of a.h5 2 labels");
    await writeHdf5(file, { x: { data: Float64Array.from({ length: 16 }), shape: [1, 4, 4] }, y: y(1) });
    expect(await message("hdf5")).toBe("x of a.h5 holds float64 numbers");
    await writeHdf5(file, { x: { data: stack(1, 4, 1), shape: [4, 4] }, y: y(4) });
    expect(await message("hdf5")).toBe("x of a.h5 has the shape [4, 4]");
    expect(await message("hdf5", { images: "z" })).toBe("a.h5 has no array z");
    await tree.put("a.h5", "this is no HDF5");
    expect(await message("hdf5")).toBe("a.h5 is no HDF5 file");
  });

  it("that lie in another file, by a link, a virtual array or raw storage, are not read", async () => {
    const stored = join(import.meta.dirname, "golden/hdf5-elsewhere");
    const [first = new Uint8Array(), ...others] = ["link.h5", "virtual.h5", "raw.h5"].map((name) =>
      readFileSync(join(stored, name)),
    );
    await mkdir(join(tree.root, "within"));
    const within = join(tree.root, "within");
    // what they name is there, beside the data set's folder
    await writeHdf5(join(tree.root, "other.h5"), { "g/x": { data: stack(4, 4, 1), shape: [4, 4, 4] } });
    await tree.put("other.bin", stack(4, 4, 1));
    const asked = async (bytes: Uint8Array, images: string) => {
      // another file: of one that is open the library goes on with what it knows
      await rm(join(within, "a.h5"), { force: true });
      await tree.put("within/a.h5", bytes);
      const fact = await datasetFacts(declared("hdf5", { images }), within, new MemoDigests());
      return fact.status === "problem" ? fact.message : fact.status;
    };
    const refused = (array: string) => `${array} of a.h5 lies in another file, which is not read`;
    expect(await asked(first, "x")).toBe(refused("x"));
    expect(await asked(first, "folder/x")).toBe(refused("folder/x"));
    expect(await asked(first, "soft")).toBe(refused("soft"));
    for (const bytes of others) expect(await asked(bytes, "x")).toBe(refused("x"));
    expect(await asked(readFileSync(join(stored, "own.h5")), "x")).toBe("known");
  });

  it("that are cut short", async () => {
    const { readFile } = await import("node:fs/promises");
    const file = join(tree.root, "a.h5");
    await writeHdf5(file, { x: { data: stack(40, 16, 3), shape: [40, 16, 16, 3] }, y: y(40) });
    const whole = await readFile(file);
    await tree.put("a.h5", whole.subarray(0, whole.length >> 1));
    expect(await message("hdf5")).toMatch(/^(x|a\.h5|y).*(damaged|no array)/);
    const arrays = {
      "train_images.npy": npy(stack(4, 8, 1), "|u1", [4, 8, 8]),
      "train_labels.npy": npy(Uint8Array.of(0, 1, 1, 0), "|u1", [4]),
    };
    const packed = zip(arrays, true);
    await tree.put("a.npz", packed.subarray(0, packed.length - 80));
    expect(await message("npz")).toMatch(/^a\.npz is damaged or cut short/);
    const lying = { ...arrays, "train_images.npy": npy(stack(4, 8, 1), "|u1", [5, 8, 8]) };
    await tree.put("a.npz", zip(lying, true));
    expect(await message("npz")).toBe("train_images of a.npz has not the bytes that its shape promises");
  });

  it("of objects are not unpickled", async () => {
    const arrays = {
      "train_images.npy": npy(Buffer.from("cos\nsystem\n."), "|O", [1]),
      "train_labels.npy": npy(Uint8Array.of(0), "|u1", [1]),
    };
    await tree.put("a.npz", zip(arrays, false));
    expect(await message("npz")).toBe("train_images of a.npz holds no plain numbers");
  });

  it("of PatchCamelyon as downloaded, still packed", async () => {
    await tree.put("camelyonpatch_level_2_split_train_x.h5.gz", "x");
    const fact = await facts(declared("patchcamelyon"));
    expect(fact).toMatchObject({
      status: "problem",
      hint: "unpack it: gunzip camelyonpatch_level_2_split_train_x.h5.gz",
    });
  });
});
