/** Mean and covariance of features that are seen a part at a time. */

import { eachRowProducts } from "./products.js";
import { asRows, type Tensor } from "./tensor.js";

export interface Moments {
  readonly images: number;
  readonly width: number;
  readonly mean: Float64Array;
  /** [width, width], with n − 1. */
  readonly covariance: Float64Array;
}

/**
 * Sums are taken of differences to the first image, so that little cancels, and in double precision; width² numbers are
 * kept, whatever the number of images.
 */
export class MomentSums {
  #images = 0;
  #origin: Float64Array | undefined;
  #sums = new Float64Array(0);
  #squares = new Float64Array(0);

  /** Whether all images so far have the same features. */
  constant = true;

  see(part: Tensor): void {
    const { data, rows, columns } = asRows(part, "the features");
    if (rows === 0) return;
    if (this.#origin === undefined) {
      this.#origin = Float64Array.from(data.subarray(0, columns));
      this.#sums = new Float64Array(columns);
      this.#squares = new Float64Array(columns * columns);
    }
    if (columns !== this.#origin.length) {
      throw new RangeError(`features of ${columns} and of ${this.#origin.length} numbers`);
    }
    this.#images += rows;
    this.#add(data, rows, columns, this.#origin);
  }

  #add(data: Tensor["data"], rows: number, columns: number, origin: Float64Array): void {
    const turned = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const value = (data[i * columns + j] as number) - (origin[j] as number);
        turned[j * rows + i] = value;
        this.#sums[j] = (this.#sums[j] as number) + value;
        if (value !== 0) this.constant = false;
      }
    }
    const features = { data: turned, rows: columns, columns: rows };
    eachRowProducts(features, features, "upper", (row, from, products) => {
      const at = row * columns + from;
      for (let j = 0; j < products.length; j++) {
        this.#squares[at + j] = (this.#squares[at + j] as number) + (products[j] as number);
      }
    });
  }

  moments(): Moments {
    const origin = this.#origin;
    const images = this.#images;
    if (origin === undefined || images < 2) throw new RangeError("a covariance needs at least 2 images");
    const width = origin.length;
    const sums = this.#sums;
    const covariance = new Float64Array(width * width);
    for (let i = 0; i < width; i++) {
      for (let j = i; j < width; j++) {
        const product = (sums[i] as number) * ((sums[j] as number) / images);
        const value = ((this.#squares[i * width + j] as number) - product) / (images - 1);
        covariance[i * width + j] = value;
        covariance[j * width + i] = value;
      }
    }
    return { images, width, mean: origin.map((value, j) => value + (sums[j] as number) / images), covariance };
  }
}
