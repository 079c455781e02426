/** Augmentations must fit what they are given: the model's size and channels, and images wide enough for their kernels. */

import type { Choice } from "../../../catalog/types.js";
import { counted } from "../../counted.js";
import type { Diagnostic } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { RecipeSpec } from "../../study.js";

interface Unfit {
  readonly augment: string;
  readonly label: string;
  readonly hint: string;
}

/** @param channels of the images; absent while they are not known */
export function checkAugment(
  recipe: RecipeSpec,
  model: { readonly size: number },
  channels: number | undefined,
): Diagnostic | undefined {
  let size = recipe.resize ?? model.size;
  for (const choice of recipe.augment) {
    const unfit = cropUnfit(choice, model.size) ?? listUnfit(choice, channels) ?? blurUnfit(choice, size);
    if (unfit !== undefined) {
      return diagnostic("augment-unfit", { recipe: recipe.name, ...unfit }, recipe.augmentAt ?? recipe.location);
    }
    if (choice.id === "crop") size = Number(choice.params.size);
  }
  return undefined;
}

function cropUnfit({ id, params }: Choice, size: number): Unfit | undefined {
  if (id !== "crop" || params.size === size) return undefined;
  const label = `gives ${String(params.size)} px, and the model takes ${size} px`;
  return { augment: id, label, hint: `write \`crop(${size} px)\`, or give the model another \`size\`` };
}

function listUnfit({ id, params }: Choice, channels: number | undefined): Unfit | undefined {
  if (channels === undefined) return undefined;
  for (const name of ["fill", "value"]) {
    const values = params[name];
    if (!Array.isArray(values) || values.length === 1 || values.length === channels) continue;
    const label = `\`${name}\` has ${values.length} numbers, and the images have ${counted(channels, "channel")}`;
    return { augment: id, label, hint: "give one number, or one for each channel" };
  }
  return undefined;
}

/** Edges are mirrored once: half a kernel must lie within the image. */
function blurUnfit({ id, params }: Choice, size: number): Unfit | undefined {
  const kernel = Number(params.kernel_size);
  if (id !== "blur" || (kernel - 1) / 2 < size) return undefined;
  const label = `its kernel of ${kernel} px is too wide for images of ${size} px`;
  return { augment: id, label, hint: `write a \`kernel_size\` of at most ${2 * size - 1} px` };
}
