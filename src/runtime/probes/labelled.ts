/** Labels of images as the library takes them, and the score of class shares against them. */

import type { Matrix } from "../../analysis/index.js";
import type { ImageSet } from "../data/images.js";
import { score } from "./metric.js";

export function hasSeveral({ labelWidth }: Pick<ImageSet, "labelWidth">): boolean {
  return labelWidth > 1;
}

export function labelsOf(images: ImageSet, classes: number): Int32Array | Matrix {
  return hasSeveral(images) ? { data: images.labels, shape: [images.info.images, classes] } : images.labels;
}

/** @param shares [images, classes]: probabilities or votes */
export function scoreOf(metric: string, images: ImageSet, shares: Float64Array, classes: number): number {
  const { labels, info } = images;
  return score(metric, { images: info.images, classes, probabilities: shares, labels, several: hasSeveral(images) });
}
