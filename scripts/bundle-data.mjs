#!/usr/bin/env node
// Makes the data sets under studies/data/ from three Debian packages. Run once by whoever maintains them; the results
// are committed, so a study needs neither the packages nor this script.
//
//   sudo apt-get install --no-install-recommends dataset-fashion-mnist opencv-doc mricron-data
//   node scripts/bundle-data.mjs [OUT]
//
// Every choice below is a rule over positions in the sources, no random draw: the same packages give the same bytes.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import sharp from "sharp";

const OUT = resolve(process.argv[2] ?? join(import.meta.dirname, "../studies/data"));
const FASHION = "/usr/share/datasets/fashion-mnist";
const DIGITS = "/usr/share/doc/opencv-doc/examples/data/digits.png";
const TEMPLATES = "/usr/share/mricron/templates";

/** @typedef {{ pixels: Uint8Array, label: number }} Image */

// ── IDX ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function gzip(bytes) {
  const out = gzipSync(bytes, { level: 9 });
  out.fill(0, 4, 8); // no time
  out[9] = 255; // no operating system
  return out;
}

/** @param {Image[]} images */
function writeSplit(folder, split, images, size) {
  const pixels = Buffer.alloc(16 + images.length * size * size);
  pixels.writeUInt32BE(0x00000803, 0);
  for (const [i, extent] of [images.length, size, size].entries()) pixels.writeUInt32BE(extent, 4 + 4 * i);
  const labels = Buffer.alloc(8 + images.length);
  labels.writeUInt32BE(0x00000801, 0);
  labels.writeUInt32BE(images.length, 4);
  images.forEach((image, i) => {
    pixels.set(image.pixels, 16 + i * size * size);
    labels[8 + i] = image.label;
  });
  writeFileSync(join(folder, `${split}-images-idx3-ubyte.gz`), gzip(pixels));
  writeFileSync(join(folder, `${split}-labels-idx1-ubyte.gz`), gzip(labels));
}

function writeDataset(name, classes, size, splits) {
  const folder = join(OUT, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "classes.txt"), `${classes.join("\n")}\n`);
  for (const [split, images] of Object.entries(splits)) {
    // Classes take turns, so that the first n images are balanced too.
    writeSplit(folder, split, roundRobin(images, classes.length), size);
  }
  const counts = Object.entries(splits).map(([split, images]) => `${split} ${images.length}`);
  console.log(`${name}: ${classes.length} classes, ${size}×${size}, ${counts.join(", ")}`);
}

function byClass(images, classes) {
  return Array.from({ length: classes }, (_, label) => images.filter((image) => image.label === label));
}

function roundRobin(images, classes) {
  const groups = byClass(images, classes);
  const longest = Math.max(...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, i) => groups.flatMap((group) => group.slice(i, i + 1))).flat();
}

/** Images `from` up to `to` (exclusive) of every class, in the source's order. */
function perClass(images, classes, from, to) {
  return byClass(images, classes).flatMap((group, label) => {
    if (group.length < to) throw new Error(`class ${label} has ${group.length} images, ${to} wanted`);
    return group.slice(from, to);
  });
}

// ── Fashion-MNIST ────────────────────────────────────────────────────────────────────────────────────────────────

function readFashion(prefix) {
  const images = gunzipSync(readFileSync(join(FASHION, `${prefix}-images-idx3-ubyte.gz`)));
  const labels = gunzipSync(readFileSync(join(FASHION, `${prefix}-labels-idx1-ubyte.gz`)));
  return Array.from({ length: labels.readUInt32BE(4) }, (_, i) => ({
    pixels: images.subarray(16 + i * 784, 16 + (i + 1) * 784),
    label: labels[8 + i],
  }));
}

function fashion() {
  const classes = [
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle-boot",
  ];
  const train = readFashion("train");
  writeDataset("fashion-mnist", classes, 28, {
    train: perClass(train, 10, 0, 600),
    val: perClass(train, 10, 600, 700),
    test: perClass(readFashion("t10k"), 10, 0, 100),
  });
}

// ── Digits ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** 50 rows of 100 cells, 20×20 each; five rows a digit. */
async function readDigits() {
  const { data, info } = await sharp(DIGITS).greyscale().raw().toBuffer({ resolveWithObject: true });
  if (info.width !== 2000 || info.height !== 1000 || info.channels !== 1)
    throw new Error("digits.png is another picture");
  const images = [];
  for (let row = 0; row < 50; row++) {
    for (let column = 0; column < 100; column++) {
      const pixels = new Uint8Array(400);
      for (let y = 0; y < 20; y++) {
        const start = (row * 20 + y) * 2000 + column * 20;
        pixels.set(data.subarray(start, start + 20), y * 20);
      }
      images.push({ pixels, label: Math.floor(row / 5) });
    }
  }
  return images;
}

async function digits() {
  const all = await readDigits();
  const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
  const test = perClass(all, 10, 450, 500);
  writeDataset("digits", classes, 20, { train: perClass(all, 10, 0, 400), val: perClass(all, 10, 400, 450), test });
  // No more labels to choose by than to train on: a large validation set would hide how few they are.
  writeDataset("digits-few", classes, 20, { train: perClass(all, 10, 0, 10), val: perClass(all, 10, 400, 410), test });
}

// ── Brain ────────────────────────────────────────────────────────────────────────────────────────────────────────

const WIDTH = 181;
const DEPTH = 217;
const PATCH = 28;
const HALF = PATCH / 2;
/** Left of x = 90 is the left hemisphere (the affine's first row is 1 0 0 −90). */
const LEFT_LAST_VOXEL = 75;
const RIGHT_FIRST_VOXEL = 104; // 28 voxels, 76 … 103, belong to neither
/** A training patch over or under a validation patch is more than this many slices (mm) away. */
const SLICE_GAP = 4;

/** Large lateral regions of the AAL atlas; a left label is odd, its right twin follows. */
const REGIONS = [
  ["middle-frontal", 7],
  ["precentral", 1],
  ["postcentral", 57],
  ["insula", 29],
  ["superior-temporal", 81],
  ["inferior-temporal", 89],
  ["middle-occipital", 51],
  ["cerebellum-crus1", 91],
];

function readVolume(name) {
  const file = gunzipSync(readFileSync(join(TEMPLATES, `${name}.nii.gz`)));
  const extents = [1, 2, 3].map((axis) => file.readInt16LE(40 + 2 * axis));
  if (extents.join() !== "181,217,181" || file.readInt16LE(70) !== 2)
    throw new Error(`${name}: not the expected volume`);
  return file.subarray(file.readFloatLE(108));
}

const voxel = (x, y, z) => x + WIDTH * (y + DEPTH * z);

/** Voxels of a region whose patch stays on its side, every second one along each axis, in z, y, x order. */
function centres(labels, label, side) {
  const found = [];
  for (let z = 0; z < 181; z += 2) {
    for (let y = HALF; y <= DEPTH - HALF; y += 2) {
      for (let x = HALF; x <= WIDTH - HALF; x += 2) {
        const inside = side === "left" ? x + HALF - 1 <= LEFT_LAST_VOXEL : x - HALF >= RIGHT_FIRST_VOXEL;
        if (inside && labels[voxel(x, y, z)] === label) found.push({ x, y, z });
      }
    }
  }
  return found;
}

/** Row 0 is anterior. Right patches are mirrored, so that the midline lies on the same side in every patch. */
function patch(volume, { x, y, z }, side, label) {
  const pixels = new Uint8Array(PATCH * PATCH);
  for (let row = 0; row < PATCH; row++) {
    for (let column = 0; column < PATCH; column++) {
      const across = side === "left" ? x - HALF + column : x + HALF - 1 - column;
      pixels[row * PATCH + column] = volume[voxel(across, y + HALF - 1 - row, z)];
    }
  }
  return { pixels, label };
}

/** `count` of them, evenly spaced through the list. */
function spread(list, count, what) {
  if (list.length < count) throw new Error(`${what}: ${list.length} patches, ${count} wanted`);
  return Array.from({ length: count }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / count)]);
}

/** Those in the middle fifth of the region's slices. */
function middle(all) {
  const slices = [...new Set(all.map(({ z }) => z))].sort((a, b) => a - b);
  const from = slices[Math.floor(slices.length * 0.4)];
  const to = slices[Math.floor(slices.length * 0.6)];
  return all.filter(({ z }) => z >= from && z <= to);
}

/** Whether two patches overlap seen from above and lie within `SLICE_GAP` slices of each other. */
function near(a, b) {
  return Math.abs(a.z - b.z) <= SLICE_GAP && Math.abs(a.y - b.y) < PATCH && Math.abs(a.x - b.x) < PATCH;
}

function brain() {
  const volume = readVolume("ch2");
  const labels = readVolume("aal");
  const left = REGIONS.map(([, region]) => centres(labels, region, "left"));
  const val = left.map((all, i) => spread(middle(all), 20, REGIONS[i][0]));
  const train = left.map((all, i) => {
    const apart = all.filter((centre) => !val.flat().some((other) => near(centre, other)));
    return spread(apart, 60, REGIONS[i][0]);
  });
  const test = REGIONS.map(([name, region]) => spread(centres(labels, region + 1, "right"), 60, name));
  const cut = (groups, side) => groups.flatMap((group, label) => group.map((at) => patch(volume, at, side, label)));
  writeDataset(
    "brain",
    REGIONS.map(([name]) => name),
    PATCH,
    {
      train: cut(train, "left"),
      val: cut(val, "left"),
      test: cut(test, "right"),
    },
  );
}

fashion();
await digits();
brain();
