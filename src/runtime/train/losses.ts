/** A recipe's loss in numbers: class weights as the training images have them. */

import type { Choice } from "../../catalog/types.js";
import type { LossOptions } from "../../program/training/loss.js";
import type { ImageSet } from "../data/images.js";

/** Undefined of plain cross-entropy. */
export function lossOptions(
  loss: Choice | undefined,
  images: Pick<ImageSet, "labels">,
  classes: number,
): LossOptions | undefined {
  if (loss === undefined) return undefined;
  const { label_smoothing: smoothing, class_weights: given, positive_weights: some, gamma } = loss.params;
  const weights = given === "balanced" ? balanced(images.labels, classes) : Array.isArray(given) ? given : undefined;
  const positives = some === "balanced" ? rarity(images.labels, classes) : Array.isArray(some) ? some : undefined;
  return {
    ...(typeof smoothing === "number" && smoothing > 0 ? { smoothing } : {}),
    ...(weights === undefined ? {} : { weights: weights.map(Number) }),
    ...(positives === undefined ? {} : { positives: positives.map(Number) }),
    ...(loss.id === "focal" && typeof gamma === "number" ? { gamma } : {}),
  };
}

/** n / (classes · n of the class), scikit-learn's; 0 of a class without images. */
export function balanced(labels: ArrayLike<number>, classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts.map((count) => (count === 0 ? 0 : labels.length / (classes * count)));
}

/** Negatives by positives of each label, of the images it is known of; 1 of a label that lacks either. Rows of labels. */
function rarity(labels: ArrayLike<number>, count: number): readonly number[] {
  const positives = new Array<number>(count).fill(0);
  const negatives = new Array<number>(count).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const side = labels[i] === 1 ? positives : labels[i] === 0 ? negatives : undefined;
    if (side !== undefined) side[i % count] = (side[i % count] ?? 0) + 1;
  }
  return positives.map((there, label) => {
    const absent = negatives[label] ?? 0;
    return there === 0 || absent === 0 ? 1 : absent / there;
  });
}
