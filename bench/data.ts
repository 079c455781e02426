/**
 * Data: decoding and resizing a folder of JPEGs beside a PyTorch DataLoader with Pillow in the same minutes; indexing a
 * table of a million rows; reading an HDF5 file of more than 4 GiB; augmenting a prepared epoch's batches.
 *
 *   npx tsc -p bench && XFER_REFERENCE_PYTHON=… node dist/bench/data.js [decode] [csv] [hdf5] [augment] [--images N] [--rows N]
 *     [--rounds N] [--threads N]
 *
 * Aims: ≥ 2× the images a second of PyTorch with 2 workers; < 15 s and < 1 GB; no more memory than a few slices.
 */

import { spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import h5wasm from "h5wasm/node";
import sharp from "sharp";
import { entry, fillDefaults } from "../src/catalog/index.js";
import type { Choice, Json } from "../src/catalog/types.js";
import type { ModelSpec } from "../src/models/types.js";
import { adapterOf } from "../src/runtime/data/adapters/index.js";
import { prepareAll } from "../src/runtime/data/decode/pool.js";
import { MemoDigests } from "../src/runtime/data/digests.js";
import type { ImageSet } from "../src/runtime/data/images.js";
import type { DataSource } from "../src/runtime/data/types.js";
import { hashItem, Stream } from "../src/runtime/random/stream.js";
import { augmentationsOf } from "../src/runtime/train/augment.js";
import { imageBatch } from "../src/runtime/train/batches.js";
import { type Mixing, mixBatch } from "../src/runtime/train/mix.js";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: "string", default: "2000" },
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
  },
});
const SIZE = 256;
const folder = mkdtempSync(join(tmpdir(), "xferc-bench-data-"));

function sourceOf(id: string, root: string, params: { readonly [name: string]: Json } = {}): DataSource {
  const found = entry("dataset", id);
  if (found === undefined) throw new Error(id);
  const { path: _, ...rest } = fillDefaults(found, { path: "x", ...params }).params;
  return { root, adapter: { id, version: found.version, params: rest }, digests: new MemoDigests() };
}

interface Timing {
  readonly images: number;
  readonly seconds: number;
  readonly cpu_seconds: number;
}

/** Pictures of 600×450 with noise as cameras have it: some 70 kB each. */
async function writeJpegs(root: string, count: number): Promise<void> {
  const [width, height] = [600, 450];
  const distinct: Buffer[] = [];
  for (let k = 0; k < Math.min(40, count); k++) {
    const data = Buffer.alloc(width * height * 3);
    let state = k + 1;
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      const pixel = Math.floor(i / 3);
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      data[i] = 110 + 70 * Math.sin(x / (30 + k)) * Math.cos(y / 40 + (i % 3)) + ((state >>> 24) % 24);
    }
    distinct.push(
      await sharp(data, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 85 })
        .toBuffer(),
    );
  }
  for (const name of ["a", "b"]) mkdirSync(join(root, name), { recursive: true });
  for (let i = 0; i < count; i++) {
    writeFileSync(join(root, i % 2 ? "a" : "b", `${i}.jpg`), distinct[i % distinct.length] ?? "");
  }
}

async function ours(source: DataSource, threads: number): Promise<Timing> {
  const { items } = await adapterOf(source.adapter).index(source);
  const before = process.cpuUsage();
  const started = performance.now();
  const preparation = { size: SIZE, channels: 3, transforms: [], digests: false };
  let bytes = 0;
  for await (const chunk of prepareAll({ source, items, preparation, threads })) bytes += chunk.bytes.length;
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { images: bytes / (3 * SIZE * SIZE), seconds, cpu_seconds: (user + system) / 1e6 };
}

function theirs(root: string): Timing | undefined {
  const python = process.env.XFER_REFERENCE_PYTHON;
  if (python === undefined) return undefined;
  // compiled, this file is in dist/bench
  const script = fileURLToPath(new URL("../../bench/data/pytorch.py", import.meta.url));
  const { status, stdout, stderr } = spawnSync(python, [script, root, String(SIZE), "2"], { encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Timing;
  console.error(stderr.trim().split("\n").at(-1));
  return undefined;
}

function told(name: string, timings: readonly Timing[]): number {
  const rates = timings.map(({ images, seconds }) => images / seconds).sort((a, b) => a - b);
  const cpu = timings.map(({ images, cpu_seconds }) => (1000 * cpu_seconds) / images).sort((a, b) => a - b);
  const middle = rates[rates.length >> 1] ?? Number.NaN;
  const best = rates.at(-1) ?? Number.NaN;
  console.log(
    `  ${name}: ${middle.toFixed(0)} images/s (best ${best.toFixed(0)}), ${cpu[cpu.length >> 1]?.toFixed(2)} ms of processor an image`,
  );
  return middle;
}

async function decode(): Promise<void> {
  const root = join(folder, "jpegs");
  await writeJpegs(root, Number(flags.images));
  console.log(`decode + resize to ${SIZE}², ${flags.images} JPEGs of 600×450`);
  const [mine, other]: [Timing[], Timing[]] = [[], []];
  for (let round = 0; round < Number(flags.rounds); round++) {
    mine.push(await ours(sourceOf("image_folder", root), Number(flags.threads)));
    const timing = theirs(root);
    if (timing !== undefined) other.push(timing);
  }
  const rate = told(`xferc, ${flags.threads} threads`, mine);
  if (other.length > 0)
    console.log(`  ratio ${(rate / told("PyTorch DataLoader, Pillow, 2 workers", other)).toFixed(2)} (aim ≥ 2)`);
}

async function csv(): Promise<void> {
  const root = join(folder, "csv");
  mkdirSync(root, { recursive: true });
  const count = Number(flags.rows);
  for (let i = 0; i < 1000; i++) writeFileSync(join(root, `${i}.png`), `image ${i}`);
  const out = createWriteStream(join(root, "t.csv"));
  out.write("id,file,label,split,patient,sex,age,scanner\n");
  for (let i = 0; i < count; i++) {
    const row = `case${i},${i % 1000}.png,${i % 5},${i % 10 ? "train" : "test"},p${i % 250_000},${i % 2 ? "F" : "M"},${20 + (i % 70)},scanner ${i % 7}\n`;
    if (!out.write(row)) await new Promise((resolve) => out.once("drain", () => resolve(undefined)));
  }
  await new Promise<void>((resolve) => {
    out.end(() => resolve());
  });
  const params = { image: "file", label: "label", split: "split", group: "patient", id: "id" };
  const source = sourceOf("image_csv", root, params);
  const [started, before] = [performance.now(), process.cpuUsage()];
  const { items } = await adapterOf(source.adapter).index(source);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(
    `CSV of ${items.length} rows: ${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of processor (aim < 15), ${(peak / 1e9).toFixed(2)} GB at most (aim < 1)`,
  );
}

/** PatchCamelyon's shape, more than 4 GiB of it: written without compression, so that the file itself is as large. */
async function hdf5(): Promise<void> {
  const root = join(folder, "hdf5");
  mkdirSync(root, { recursive: true });
  await h5wasm.ready;
  const [count, step, bytes] = [160_000, 2000, 96 * 96 * 3];
  const file = new h5wasm.File(join(root, "camelyonpatch_level_2_split_train_x.h5"), "w");
  const data = new Uint8Array(step * bytes);
  const x = file.create_dataset({
    name: "x",
    data: data.subarray(0, bytes),
    shape: [1, 96, 96, 3],
    maxshape: [null, 96, 96, 3],
    chunks: [100, 96, 96, 3],
  });
  x.resize([count, 96, 96, 3]);
  for (let from = 0; from < count; from += step) {
    data.fill(from / step);
    x.write_slice([[from, from + step], [], [], []], data);
  }
  file.close();
  const labels = new h5wasm.File(join(root, "camelyonpatch_level_2_split_train_y.h5"), "w");
  labels.create_dataset({
    name: "y",
    data: Uint8Array.from({ length: count }, (_, i) => i % 2),
    shape: [count, 1, 1, 1],
  });
  labels.close();
  const source = sourceOf("patchcamelyon", root);
  const indexed = performance.now();
  const { items } = await adapterOf(source.adapter).index(source);
  const seconds = (performance.now() - indexed) / 1000;
  const started = performance.now();
  const some = items.filter((_, i) => i % 1000 < 8);
  let seen = 0;
  for await (const image of adapterOf(source.adapter).decode(source, some)) {
    if ("kind" in image || image.data[0] !== Math.floor(items.indexOf(some[seen] as (typeof items)[number]) / step))
      throw new Error("read wrongly");
    seen += 1;
  }
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(
    `HDF5 of ${((count * bytes) / 2 ** 30).toFixed(2)} GiB: indexed in ${seconds.toFixed(1)} s (its SHA-256 and labels), ${seen} patches of it in ${((performance.now() - started) / 1000).toFixed(2)} s, ${(peak / 1e6).toFixed(0)} MB at most`,
  );
}

const PAPER: readonly Choice[] = [
  chosen("crop", { size: 224, scale: [0.8, 1.2] }),
  chosen("flip", { h: 0.5, v: 0.5 }),
  chosen("jitter", { brightness: 0.2, contrast: 0.2, saturation: 0.1, hue: 0.1, p: 0.2 }),
  chosen("grayscale", { p: 0.2 }),
];
const SETS: { readonly [name: string]: { readonly choices: readonly Choice[]; readonly mixing?: Mixing } } = {
  "crop alone": { choices: PAPER.slice(0, 1) },
  "the paper's set": { choices: PAPER },
  "and rotation": { choices: [...PAPER, chosen("rotate", { degrees: 15, interpolation: "bilinear" })] },
  "and blur": { choices: [...PAPER, chosen("blur", { kernel_size: 9 })] },
  "the paper's set and mixup": { choices: PAPER, mixing: { kind: "mixup", share: 0.3 } },
  "and cutmix": { choices: PAPER, mixing: { kind: "cutmix", rows: [0, 112], columns: [56, 168], share: 0.75 } },
};

function chosen(id: string, given: { readonly [name: string]: Json }): Choice {
  const found = entry("augment", id);
  if (found === undefined) throw new Error(id);
  return { id, version: found.version, params: fillDefaults(found, given).params };
}

/** Milliseconds an image, of this machine in these minutes. */
function deitStep(): number {
  const words = ["bench", "step", "deit_small", "--batch", "8", "--format", "json"];
  const main = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [main, ...words], { encoding: "utf8" });
  const told: unknown = JSON.parse(stdout === "" ? "null" : stdout);
  if (typeof told !== "object" || told === null || !("ms_median" in told)) throw new Error(stderr);
  return Number(told.ms_median) / 8;
}

/** Batches of a prepared epoch, from shards to what a step is fed. */
async function augment(): Promise<void> {
  const step = deitStep();
  console.log("read, augment and normalize, 256² to 224², in batches of 64");
  console.log(`  a training step of DeiT-S takes ${step.toFixed(0)} ms an image (batch 8)`);
  const [images, batch] = [256, 64];
  const data = new Uint8Array(images * 3 * SIZE * SIZE).map((_, i) => (i * 2_654_435_761) >>> 24);
  const info = { images, channels: 3, size: SIZE, classes: ["a", "b"], shards: [images], statistics: null };
  const set: ImageSet = {
    info,
    ids: [],
    labels: new Int32Array(images),
    labelWidth: 1,
    hashes: Array.from({ length: images }, (_, i) => hashItem(`${i}`)),
    at: (index) => ({ data, offset: index * 3 * SIZE * SIZE }),
  };
  const model: ModelSpec = { family: "vit", version: 1, params: {}, classes: 2, channels: 3, size: 224 };
  const normalization = { scale: Float64Array.of(4, 4, 4), shift: Float64Array.of(-2, -2, -2) };
  const source = { images: set, model, task: "multiclass", normalization } as const;
  for (const [name, { choices, mixing }] of Object.entries(SETS)) {
    const augmentations = augmentationsOf(choices, model);
    const at = { augmentations, stream: new Stream({ seed: 1, purpose: "augment", repeat: 0, about: [] }), epoch: 0 };
    const take = (from: number) => {
      const indices = Uint32Array.from({ length: batch }, (_, i) => from + i);
      const made = imageBatch(source, indices, batch, at);
      const mix = mixing && { partners: indices.toReversed(), mixing };
      if (mix) mixBatch(made, indices, mix, (of) => imageBatch(source, of, of.length, at));
    };
    take(0);
    const before = process.cpuUsage();
    for (let from = 0; from < images; from += batch) take(from);
    const { user, system } = process.cpuUsage(before);
    const each = (user + system) / 1000 / images;
    const share = ((100 * each) / step).toFixed(1);
    console.log(`  ${name}: ${each.toFixed(2)} ms of processor an image, ${share} % of the step (aim < 5)`);
  }
}

const ALL = { decode, csv, hdf5, augment };
try {
  const wanted = positionals.length > 0 ? positionals : Object.keys(ALL);
  if (wanted.length === 1) await ALL[wanted[0] as keyof typeof ALL]();
  else {
    // each in a process of its own, so that its memory is its own
    for (const name of wanted) {
      const given = ["images", "rows", "rounds", "threads"].flatMap((flag) => [
        `--${flag}`,
        String(flags[flag as keyof typeof flags]),
      ]);
      spawnSync(process.execPath, [fileURLToPath(import.meta.url), name, ...given], { stdio: "inherit" });
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
