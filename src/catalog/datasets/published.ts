/** Data sets of the literature, on the layouts they are downloaded in. */

import type { CatalogEntry } from "../types.js";
import { CHANNELS, PATH, TRUST } from "./shared.js";

export const aptos2019: CatalogEntry = {
  kind: "dataset",
  id: "aptos2019",
  version: 1,
  aliases: ["aptos"],
  doc: "APTOS 2019 blindness detection: `train.csv` (`id_code,diagnosis`) and `train_images/ID.png`. Five grades in their order: none, mild, moderate, severe, proliferative. It has no splits of its own (`test_images` has no labels).",
  parameters: { path: PATH, ...TRUST },
  required: ["path"],
  positional: ["path"],
};

export const isic2019: CatalogEntry = {
  kind: "dataset",
  id: "isic2019",
  version: 1,
  aliases: ["isic"],
  doc: "ISIC 2019 dermoscopy: `ISIC_2019_Training_GroundTruth.csv` (one-hot), `ISIC_2019_Training_Input/ID.jpg`, and where it is there `ISIC_2019_Training_Metadata.csv`, whose `lesion_id` is the group (`by lesion`; an image without one stands for itself) and whose other columns are attributes. Eight classes. It has no splits of its own.",
  parameters: { path: PATH, ...TRUST },
  required: ["path"],
  positional: ["path"],
};

export const chexpert: CatalogEntry = {
  kind: "dataset",
  id: "chexpert",
  version: 1,
  doc: "CheXpert v1.0 or v1.0-small: the folder with `train.csv`, `valid.csv`, `train/` and `valid/`. Fourteen labels, an image can have several; grey; grouped by patient; official splits train and val (and test, where `test.csv` is there). Blank is 0; a row in which nothing was found and nothing is uncertain has `No Finding`. Attributes: sex, age, frontal_lateral, ap_pa.",
  parameters: {
    path: PATH,
    uncertain: {
      type: "string",
      enum: ["zeros", "ones", "ignore"],
      default: "zeros",
      description: "What −1 means: U-Zeros, U-Ones, or U-Ignore, where such a label counts in no loss and no metric.",
    },
    views: {
      type: "string",
      enum: ["all", "frontal", "lateral"],
      default: "all",
      description: "Which views are read.",
    },
    ...TRUST,
  },
  required: ["path"],
  positional: ["path"],
};

export const imagenet: CatalogEntry = {
  kind: "dataset",
  id: "imagenet",
  version: 1,
  doc: "ImageNet-1k (ILSVRC 2012): `train/n01440764/*.JPEG`, and `val/` as such folders, or as it comes with its labels in `LOC_val_solution.csv` or in the development kit (`ILSVRC2012_devkit_t12/data`). Kaggle's `ILSVRC/Data/CLS-LOC` is found in it. Classes are the synsets in alphabetical order.",
  parameters: { path: PATH, ...TRUST },
  required: ["path"],
  positional: ["path"],
};

export const cbisDdsm: CatalogEntry = {
  kind: "dataset",
  id: "cbis_ddsm",
  version: 1,
  aliases: ["ddsm"],
  doc: "CBIS-DDSM: the four `{mass,calc}_case_description_{train,test}_set.csv` and the images as TCIA's DICOM folders, or PNG or JPEG conversions that keep their folders' or series' names. Two classes: benign, malignant (an image is malignant where any of its findings is). Grouped by patient; official splits train and test. Attributes: laterality, view, breast density, type, assessment and the like.",
  parameters: {
    path: PATH,
    images: {
      type: "string",
      enum: ["whole", "patches"],
      default: "whole",
      description: "Whole mammograms, an image a view; or the cropped images of findings, one a finding.",
    },
    findings: {
      type: "string",
      enum: ["all", "mass", "calc"],
      default: "all",
      description: "Which tables are read.",
    },
    channels: { ...CHANNELS, default: 1 },
    ...TRUST,
  },
  required: ["path"],
  positional: ["path"],
};
