/** `by: class`: each class, or each label where an image has several, against all others. */

import { UNKNOWN } from "../../analysis/metrics/columns.js";
import { CLASS_COLUMN } from "../../compiler/study.js";
import type { CaseGroup, Grouped } from "./groups.js";
import { type Predictions, rowsOf } from "./predictions.js";

export interface ClassGroup extends CaseGroup {
  readonly class: number;
}

/** Every class with at least `minCases` cases; its members are all images that say whether they are of it. */
export function classGroups(
  { images, classes, labels, several }: Predictions,
  names: readonly string[],
  minCases: number,
): Omit<Grouped, "groups"> & { readonly groups: readonly ClassGroup[] } {
  const found = Array.from({ length: classes }, (_, index) => {
    const truth = (image: number) => (several ? labels[image * classes + index] : labels[image]) as number;
    const all = Array.from({ length: images }, (_, image) => image);
    const members = all.filter((image) => truth(image) !== UNKNOWN);
    const cases = members.filter((image) => (several ? truth(image) === 1 : truth(image) === index)).length;
    return { class: index, attribute: CLASS_COLUMN, group: names[index] ?? String(index), members, cases };
  });
  const small = found.filter(({ cases }) => cases < Math.max(1, minCases));
  return {
    groups: found.filter((each) => !small.includes(each)).map(({ cases: _, ...group }) => group),
    warnings: small.map(
      ({ group, cases }) => `class ${group}: ${cases} ${cases === 1 ? "case" : "cases"}, fewer than ${minCases}`,
    ),
  };
}

/** Those images as a question of two classes: another (0), or this one (1), with its own probability. */
export function oneAgainstRest(predictions: Predictions, group: ClassGroup): Predictions {
  const { probabilities, labels, classes, several } = rowsOf(predictions, group.members);
  const images = group.members.length;
  const own = Float64Array.from(
    { length: images },
    (_, image) => probabilities[image * classes + group.class] as number,
  );
  return {
    images,
    classes: 2,
    several: false,
    probabilities: Float64Array.from({ length: 2 * images }, (_, at) => {
      const p = own[at >> 1] as number;
      return at % 2 === 0 ? 1 - p : p;
    }),
    labels: Int32Array.from({ length: images }, (_, image) => {
      const truth = several ? labels[image * classes + group.class] : labels[image];
      return truth === (several ? 1 : group.class) ? 1 : 0;
    }),
  };
}
