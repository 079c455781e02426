/**
 * Stand-ins for the data of the studies: small tables of images with patients, sex, age and scanner, in which the class
 * is to be seen (positive cases are brighter on the left), and shades differ by scanner.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";

const SIZE = 16;

export interface Hospital {
  readonly patients: number;
  /** Absent: the data name no splits. */
  readonly split?: "official";
  /** What its pictures and patients differ by from another hospital's. */
  readonly seed: number;
}

/** One to three images a patient; `cases.csv` names them. */
export async function writeHospital(folder: string, { patients, split, seed }: Hospital): Promise<void> {
  mkdirSync(join(folder, "images"), { recursive: true });
  const rows = [["file", "finding", "patient", "sex", "age", "scanner", ...(split ? ["split"] : [])].join(",")];
  const random = generator(seed);
  for (let patient = 0; patient < patients; patient++) {
    const finding = random() < 0.4 ? "yes" : "no";
    const sex = random() < 0.5 ? "F" : "M";
    const age = random() < 0.05 ? "" : String(20 + Math.floor(random() * 65));
    const scanner = ["alpha", "beta"][Math.floor(random() * 2)] ?? "alpha";
    const part = patient % 5 === 3 ? "val" : patient % 5 === 4 ? "test" : "train";
    for (let image = 0; image <= Math.floor(random() * 3); image++) {
      const file = `images/${patient}-${image}.png`;
      await writeImage(join(folder, file), finding === "yes", scanner === "beta" ? 40 : 0, random);
      rows.push([file, finding, `p${patient}`, sex, age, scanner, ...(split ? [part] : [])].join(","));
    }
  }
  writeFileSync(join(folder, "cases.csv"), `${rows.join("\n")}\n`);
}

async function writeImage(path: string, positive: boolean, shade: number, random: () => number): Promise<void> {
  const pixels = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => {
    const signal = positive && i % SIZE < SIZE / 2 ? 30 : 0;
    return 60 + shade + signal + Math.floor(random() * 80);
  });
  await sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 1 } })
    .png()
    .toFile(path);
}

/** Park and Miller's: any will do, the same everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
