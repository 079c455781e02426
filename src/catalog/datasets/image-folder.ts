import type { CatalogEntry } from "../types.js";
import { CHANNELS, CLASS_NAMES, PATH, TRUST } from "./shared.js";

export const imageFolder: CatalogEntry = {
  kind: "dataset",
  id: "image_folder",
  version: 2,
  doc: "A folder with one folder of images (JPEG, PNG, WebP, TIFF, GIF, DICOM) a class, beneath `train`, `val` and `test` folders where the splits are given; classes in the alphabet's order, where `classes` says no other.",
  parameters: {
    path: PATH,
    classes: {
      ...CLASS_NAMES,
      description:
        "The classes in their order, names of folders, where it is not to be the alphabet's: of two the second is the positive one. Images of any other folder are a problem.",
    },
    channels: CHANNELS,
    ...TRUST,
  },
  required: ["path"],
  positional: ["path"],
};
