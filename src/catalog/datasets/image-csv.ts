import type { CatalogEntry } from "../types.js";
import { CHANNELS, CLASS_NAMES, PATH, TRUST } from "./shared.js";

export const imageCsv: CatalogEntry = {
  kind: "dataset",
  id: "image_csv",
  version: 1,
  doc: "A CSV or TSV file with a row an image (JPEG, PNG, WebP, TIFF, GIF, DICOM): a column with its path, one with its class or several with 0 and 1, and where the data have them one with its split and one with its patient. Every other column is an attribute of the image. Classes are in the order of numbers, else of the alphabet.",
  parameters: {
    path: PATH,
    image: { type: "string", description: "The column with the image's path, relative to the folder." },
    label: { type: "string", description: "The column with the class, where an image has one." },
    labels: {
      type: "array",
      items: { type: "string" },
      minItems: 1,
      maxItems: 1000,
      description: "The columns of 0 and 1, where an image can have several labels; blank and −1 are not known.",
    },
    split: { type: "string", description: "The column with `train`, `val` or `test`." },
    group: { type: "string", description: "The column of whoever must not be on two sides of a split: the patient." },
    id: { type: "string", description: "The column that names the image; its path unless given." },
    csv: { type: "string", description: "The table in the folder; needed where there are several." },
    folder: { type: "string", default: "", description: "The folder in the folder that paths are relative to." },
    extension: { type: "string", default: "", description: "What is added to paths without an extension: `.png`." },
    classes: {
      ...CLASS_NAMES,
      description:
        "The classes in their order: of two the second is the positive one. A label that is none of them is a problem.",
    },
    channels: CHANNELS,
    ...TRUST,
  },
  required: ["path", "image"],
  positional: ["path"],
};
