import type { CatalogEntry, ParameterSchema } from "../types.js";
import { CLASS_NAMES, PATH, TRUST } from "./shared.js";

const CLASSES: ParameterSchema = {
  ...CLASS_NAMES,
  description: "Names of the classes, or of the labels, in the order of their numbers; `0`, `1`, … unless given.",
};
const ROWS =
  "Images are uint8, [N, height, width], [N, height, width, channels] or [N, channels, height, width] with 1 or 3 channels; labels are numbers [N] or [N, 1], or zeros and ones [N, labels] where an image can have several (NaN and −1 are not known).";
const SPLIT = "`{split}` stands for `train`, `val` (also `valid`, `validation`) and `test`.";

export const hdf5: CatalogEntry = {
  kind: "dataset",
  id: "hdf5",
  version: 1,
  doc: `Arrays in HDF5 files, read by slices: a file may be larger than memory. ${ROWS}`,
  parameters: {
    path: PATH,
    file: { type: "string", default: "", description: `The file in the folder, unless it is the only one. ${SPLIT}` },
    images: { type: "string", default: "x", description: `The array of images, as \`x\` or \`{split}/x\`. ${SPLIT}` },
    labels: { type: "string", default: "y", description: `The array of labels. ${SPLIT}` },
    classes: CLASSES,
    ...TRUST,
  },
  required: ["path"],
  positional: ["path"],
};

export const npz: CatalogEntry = {
  kind: "dataset",
  id: "npz",
  version: 1,
  aliases: ["medmnist"],
  doc: `Arrays in NumPy's .npz, as MedMNIST has them. ${ROWS} An array saved without compression may be larger than memory.`,
  parameters: {
    path: PATH,
    file: { type: "string", default: "", description: `The file in the folder, unless it is the only one. ${SPLIT}` },
    images: { type: "string", default: "{split}_images", description: `The array of images. ${SPLIT}` },
    labels: { type: "string", default: "{split}_labels", description: `The array of labels. ${SPLIT}` },
    classes: CLASSES,
    ...TRUST,
  },
  required: ["path"],
  positional: ["path"],
};

export const patchcamelyon: CatalogEntry = {
  kind: "dataset",
  id: "patchcamelyon",
  version: 1,
  aliases: ["pcam"],
  doc: "PatchCamelyon as published: `camelyonpatch_level_2_split_{train,valid,test}_{x,y}.h5`, unpacked, with the official splits; slides (`by slide`) from `…_meta.csv` where they are there. Two classes: normal, tumor.",
  parameters: { path: PATH, ...TRUST },
  required: ["path"],
  positional: ["path"],
};
