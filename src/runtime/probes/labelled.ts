/** Labels of images as the library takes them, and the score of class shares against them. */

import type { Matrix, Tensor } from "../../analysis/index.js";
import { numberOf } from "../../analysis/metrics/measured.js";
import type { ImageSet } from "../data/images.js";
import type { ProbeRow } from "../results/types.js";
import { measure, type Predictions } from "./metric.js";

export function hasSeveral({ labelWidth }: Pick<ImageSet, "labelWidth">): boolean {
  return labelWidth > 1;
}

export function labelsOf(images: ImageSet, classes: number): Int32Array | Matrix {
  return hasSeveral(images) ? { data: images.labels, shape: [images.info.images, classes] } : images.labels;
}

/** @param shares [images, classes]: probabilities or votes */
export function scored(metric: string, images: ImageSet, shares: Float64Array, classes: number): Scored {
  const { labels, info } = images;
  const several = hasSeveral(images);
  return rowValue(metric, { images: info.images, classes, probabilities: shares, labels, several });
}

export type Scored = Pick<ProbeRow, "value" | "reason">;

/** The metric of these predictions, or why there is none. */
export function rowValue(metric: string, predictions: Predictions): Scored {
  const measured = measure(metric, predictions);
  return { value: numberOf(measured), ...(measured.kind === "undefined" ? { reason: measured.reason } : {}) };
}

/** One label an image, of these images in order. */
export function labelsAt({ labels }: ImageSet, images: readonly number[]): Int32Array {
  return Int32Array.from(images, (image) => labels[image] as number);
}

/** [images, classes] of 0 and 1; a label that is not known is none. */
export function oneHot(set: ImageSet, images: readonly number[], classes: number): Tensor {
  const data = new Float64Array(images.length * classes);
  images.forEach((image, row) => {
    for (let c = 0; c < classes; c++) {
      const is = hasSeveral(set) ? set.labels[image * classes + c] === 1 : set.labels[image] === c;
      data[row * classes + c] = is ? 1 : 0;
    }
  });
  return { data, shape: [images.length, classes] };
}
