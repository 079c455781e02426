/** A folder of small pictures by split and class, as `image_folder` reads it. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";

/** Three of each of two classes in three splits, no two alike. @param name of a picture, without its extension */
export async function writeImages(folder: string, name = (image: number) => `${image}`): Promise<void> {
  const places = ["train", "val", "test"].flatMap((split) => ["a", "b"].map((label) => `${split}/${label}`));
  for (const [index, place] of places.entries()) {
    mkdirSync(join(folder, place), { recursive: true });
    for (let image = 0; image < 3; image++) {
      await writeImage(join(folder, place, `${name(image)}.png`), index * 40 + image * 10);
    }
  }
}

export async function writeImage(path: string, shade: number): Promise<void> {
  const background = { r: shade, g: shade, b: shade };
  await sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toFile(path);
}
