/** Every model family, by catalogue id. A new family is one file and one line here. */

import { withAdapters } from "./adapter.js";
import { alexnet } from "./alexnet.js";
import { cbr } from "./cbr.js";
import { densenet } from "./densenet.js";
import { inception } from "./inception.js";
import { ModelError } from "./parameters.js";
import { resnet } from "./resnet.js";
import { swin } from "./swin.js";
import type { ModelFamily, ModelSpec } from "./types.js";
import { vit } from "./vit.js";

export const families: ReadonlyMap<string, ModelFamily> = new Map(
  [resnet, densenet, inception, vit, swin, alexnet, cbr].map((family) => [family.id, family]),
);

export function familyOf(spec: ModelSpec): ModelFamily {
  const family = families.get(spec.family);
  if (family === undefined) {
    throw new ModelError(`no model family \`${spec.family}\`; there is ${[...families.keys()].join(", ")}`);
  }
  return withAdapters(family, spec);
}
