/** A faithful tree of every layout, ugly cases included: what `xferc data` says of it is a golden. */

import { readFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import type { Json } from "../../../src/catalog/types.js";
import type { DatasetSpec } from "../../../src/compiler/study.js";
import { jpeg, npy, picture, png, stack, type Tree, writeHdf5, zip } from "./trees.js";

export interface Layout {
  readonly adapter: string;
  readonly params?: { readonly [name: string]: Json };
  readonly split?: DatasetSpec["split"];
  build(tree: Tree): Promise<void>;
}

const skip = { kind: "skip", max: 0.9 };
const halves = { kind: "fractions", train: 0.5, val: 0.25, test: 0.25 } as const;

async function many(tree: Tree, names: readonly string[], image: (seed: number) => Promise<Uint8Array>, first = 0) {
  for (const [i, name] of names.entries()) await tree.put(name, await image(first + i));
}
const lines = (...rows: readonly string[]) => `${rows.join("\n")}\n`;
const dicom = (name: string) => readFileSync(join(import.meta.dirname, "golden/dicom/pydicom", name));

async function chexpertTree(tree: Tree, archive: string): Promise<void> {
  const labels =
    "No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices";
  const row = (path: string, about: string, values: string) => `${archive}/${path},${about},${values}`;
  await tree.put(
    "train.csv",
    lines(
      `Path,Sex,Age,Frontal/Lateral,AP/PA,${labels}`,
      row("train/patient00001/study1/view1_frontal.jpg", "Female,68,Frontal,AP", "1.0,,,,,,,,,0.0,,,,1.0"),
      row(
        "train/patient00002/study1/view1_frontal.jpg",
        "Male,87,Frontal,PA",
        ",,-1.0,1.0,,-1.0,-1.0,,-1.0,,-1.0,,1.0,",
      ),
      row("train/patient00002/study1/view2_lateral.jpg", "Male,87,Lateral,", ",,,,,,,,,,,,,"),
      row("train/patient00003/study1/view1_frontal.jpg", "Unknown,41,Frontal,AP", ",,2.0,,,,,,,,,,,"),
      row("train/patient00004/study1/view1_frontal.jpg", "Female,20,Frontal,AP", ",,,,,1.0,,,,,,,,"),
    ),
  );
  await tree.put(
    "valid.csv",
    lines(
      `Path,Sex,Age,Frontal/Lateral,AP/PA,${labels}`,
      row("valid/patient64541/study1/view1_frontal.jpg", "Male,73,Frontal,AP", "0,1,1,1,0,0,0,0,0,0,0,0,0,0"),
    ),
  );
  const there = [
    "patient00001/study1/view1_frontal",
    "patient00002/study1/view1_frontal",
    "patient00002/study1/view2_lateral",
  ];
  await many(
    tree,
    there.map((name) => `train/${name}.jpg`),
    (seed) => jpeg(seed, 1),
  );
  await tree.put("valid/patient64541/study1/view1_frontal.jpg", await jpeg(9, 1));
}

/** A MATLAB 5 file with the names of synsets in the order of their ids, as the development kit has them. */
function metaMat(synsets: readonly string[]): Uint8Array {
  const body = deflateSync(Buffer.from(synsets.map((name) => `\0${name}\0words`).join("")));
  const element = Buffer.alloc(8);
  element.writeUInt32LE(15, 0);
  element.writeUInt32LE(body.length, 4);
  return Buffer.concat([Buffer.alloc(128), element, body]);
}

export const LAYOUTS: { readonly [name: string]: Layout } = {
  image_folder: {
    adapter: "image_folder",
    params: { reject: skip },
    async build(tree) {
      await many(tree, ["train/cat/1.png", "train/cat/2.png", "train/dog/a b.png", "test/dog/ü.png"], png);
      await tree.put("test/cat/grey.jpg", await jpeg(7, 1));
      await tree.put("train/dog/empty.jpg", "");
      await tree.put(
        "train/dog/short.png",
        (await picture(8, { width: 80, height: 80 }).png().toBuffer()).subarray(0, 300),
      );
      await tree.put("train/dog/scan.dcm", dicom("CT_small.dcm"));
      await tree.put("train/dog/readme.txt", "hello");
      await tree.put("train/dog/misnamed.png", await jpeg(33));
      await symlink("/etc/hostname", join(tree.root, "train/dog/out.png"));
      await symlink(join(tree.root, "nowhere.png"), join(tree.root, "train/dog/broken.png"));
    },
  },
  image_csv: {
    adapter: "image_csv",
    params: { image: "file", label: "dx", split: "set", group: "who", folder: "img", reject: skip },
    async build(tree) {
      await tree.put(
        "table.tsv",
        lines(
          "file\tdx\tset\twho\tAge\tScanner Model",
          "a.png\tbenign\ttrain\tp1\t61\tA",
          '"b.png"\tmalignant\ttraining\tp2\t\t"B, mark ""2"""',
          "c.png\tbenign\tvalid\tp3\t70.5\tA",
          "d.png\tmalignant\ttest\tp4\t44\t",
          "gone.png\tbenign\ttrain\tp5\t1\tA",
          "A.PNG\tbenign\ttrain\tp5\t1\tA",
          "../../etc/passwd\tbenign\ttrain\tp6\t1\tA",
          "/etc/passwd\tbenign\ttrain\tp6\t1\tA",
          "e.png\tNaN\ttrain\tp7\t1\tA",
          "a.png\tbenign\ttrain\tp1\t61\tA",
          "f.png\tbenign\tlater\tp8\t1\tA",
          "g.png\tbenign\ttrain\t\t1\tA",
          "h.png\tbenign",
          "",
        ),
      );
      await many(
        tree,
        ["a", "b", "c", "d", "e", "f", "g", "h", "stray"].map((name) => `img/${name}.png`),
        png,
      );
    },
  },
  "image_csv of several labels": {
    adapter: "image_csv",
    params: { image: "id", labels: ["edema", "fracture"], extension: ".jpg", id: "id", channels: 1, reject: skip },
    split: halves,
    async build(tree) {
      const rows = ["x1,1,0", "x2,0,1", "x3,,1", "x4,0,-1", "x5,2,0", "x6,1,1", "x7,0,0", "x8,1,0"];
      await tree.put("labels.csv", `\uFEFF${lines("id,edema,fracture", ...rows).replaceAll("\n", "\r\n")}`);
      await many(
        tree,
        [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `x${i}.jpg`),
        (seed) => jpeg(seed, 1),
      );
    },
  },
  aptos2019: {
    adapter: "aptos2019",
    params: { reject: skip },
    split: halves,
    async build(tree) {
      const grades = [0, 1, 2, 3, 4, 0, 0, 2];
      const rows = grades.map((grade, i) => `id${i},${grade}`);
      await tree.put("train.csv", lines("id_code,diagnosis", ...rows, "idx,5", "idy,", "idz,1"));
      await many(
        tree,
        [...grades.keys()].map((i) => `train_images/id${i}.png`),
        png,
      );
      await many(
        tree,
        ["idx", "idy"].map((id) => `train_images/${id}.png`),
        png,
        50,
      );
      await tree.put("train_images/extra.png", await png(60));
      await tree.put("test.csv", lines("id_code", "t1"));
      await tree.put("test_images/t1.png", await png(70));
      await tree.put("sample_submission.csv", lines("id_code,diagnosis", "t1,0"));
    },
  },
  isic2019: {
    adapter: "isic2019",
    params: { reject: skip },
    split: { ...halves, by: "lesion" },
    async build(tree) {
      const header = "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK";
      const oneHot = (at: number) => Array.from({ length: 9 }, (_, i) => (i === at ? "1.0" : "0.0")).join(",");
      const rows = Array.from({ length: 10 }, (_, i) => `ISIC_000000${i},${oneHot(i % 8)}`);
      const ugly = [
        `ISIC_0000010,${oneHot(8)}`,
        "ISIC_0000011,1.0,1.0,0,0,0,0,0,0,0",
        "ISIC_0000012,0,0,0,0,0,0,0,0,0",
        "ISIC_0000013_downsampled,0,0,0,0,0,0,0,1.0,0",
      ];
      await tree.put("ISIC_2019_Training_GroundTruth.csv", lines(header, ...rows, ...ugly));
      const about = (i: number, lesion: string) =>
        `ISIC_000000${i},${40 + i}.0,${i % 2 ? "posterior torso" : ""},${lesion},${i % 2 ? "male" : "female"}`;
      await tree.put(
        "ISIC_2019_Training_Metadata.csv",
        lines(
          "image,age_approx,anatom_site_general,lesion_id,sex",
          ...Array.from({ length: 10 }, (_, i) => about(i, i < 4 ? "BCN_1" : i < 6 ? "" : `BCN_${i}`)),
        ),
      );
      const files = [...Array.from({ length: 10 }, (_, i) => `ISIC_000000${i}`), "ISIC_0000013_downsampled"];
      await many(
        tree,
        files.map((id) => `ISIC_2019_Training_Input/${id}.jpg`),
        jpeg,
      );
      await tree.put("ISIC_2019_Training_Input/ATTRIBUTION.txt", "CC-BY-NC");
    },
  },
  chexpert: {
    adapter: "chexpert",
    params: { reject: skip },
    build: (tree) => chexpertTree(tree, "CheXpert-v1.0"),
  },
  "chexpert small, frontal, U-Ignore": {
    adapter: "chexpert",
    params: { uncertain: "ignore", views: "frontal", reject: skip },
    build: (tree) => chexpertTree(tree, "CheXpert-v1.0-small"),
  },
  patchcamelyon: {
    adapter: "patchcamelyon",
    async build(tree) {
      const counts = { train: 12, valid: 4, test: 4 };
      let first = 0;
      for (const [word, count] of Object.entries(counts)) {
        const name = join(tree.root, `camelyonpatch_level_2_split_${word}`);
        await writeHdf5(`${name}_x.h5`, { x: { data: stack(count, 96, 3, first), shape: [count, 96, 96, 3] } });
        const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
        await writeHdf5(`${name}_y.h5`, { y: { data: labels, shape: [count, 1, 1, 1] } });
        const rows = Array.from(
          { length: count },
          (_, i) => `${i},100,200,${i % 2 === 1 ? "True" : "False"},True,${word}_slide_${i % 2}`,
        );
        await tree.put(
          `camelyonpatch_level_2_split_${word}_meta.csv`,
          lines(",coord_y,coord_x,tumor_patch,center_tumor_patch,wsi", ...rows),
        );
        first += 1000;
      }
    },
  },
  "cbis_ddsm whole": {
    adapter: "cbis_ddsm",
    params: { reject: skip },
    build: (tree) => cbisTree(tree),
  },
  "cbis_ddsm patches": {
    adapter: "cbis_ddsm",
    params: { images: "patches", findings: "mass", reject: skip },
    build: (tree) => cbisTree(tree),
  },
  "cbis_ddsm as JPEG": {
    adapter: "cbis_ddsm",
    params: { images: "patches", findings: "mass" },
    async build(tree) {
      await tree.put("csv/mass_case_description_train_set.csv", lines(CBIS_HEADER, ...CBIS_ROWS.slice(0, 2)));
      await tree.put("jpeg/1.2.9.1/1-072.jpg", await jpeg(1, 1));
      await tree.put(
        "jpeg/1.2.9.1/2-071.jpg",
        await picture(2, { width: 40, height: 50, channels: 1 }).jpeg().toBuffer(),
      );
      await tree.put(
        "jpeg/1.2.9.2/1-072.jpg",
        await picture(3, { width: 40, height: 50, channels: 1 }).jpeg().toBuffer(),
      );
      await tree.put("jpeg/1.2.9.2/2-071.jpg", await jpeg(4, 1));
    },
  },
  imagenet: {
    adapter: "imagenet",
    async build(tree) {
      const synsets = ["n01440764", "n01443537", "n01484850"];
      for (const [i, synset] of synsets.entries()) {
        await many(
          tree,
          [1, 2].map((n) => `train/${synset}/${synset}_${n}.JPEG`),
          jpeg,
          10 * i,
        );
        await tree.put(`val/${synset}/ILSVRC2012_val_0000000${i + 1}.JPEG`, await jpeg(100 + i));
      }
    },
  },
  "imagenet of Kaggle, val in one folder": {
    adapter: "imagenet",
    params: { reject: skip },
    async build(tree) {
      const at = "ILSVRC/Data/CLS-LOC";
      await many(tree, [`${at}/train/n01440764/a.JPEG`, `${at}/train/n01443537/b.JPEG`], jpeg);
      await many(
        tree,
        [1, 2, 3].map((i) => `${at}/val/ILSVRC2012_val_0000000${i}.JPEG`),
        jpeg,
        20,
      );
      await tree.put(
        "LOC_val_solution.csv",
        lines(
          "ImageId,PredictionString",
          "ILSVRC2012_val_00000001,n01443537 1 2 3 4",
          "ILSVRC2012_val_00000002,n01440764 1 2 3 4 n01440764 5 6 7 8",
        ),
      );
    },
  },
  "imagenet with the development kit": {
    adapter: "imagenet",
    async build(tree) {
      await many(tree, ["train/n01440764/a.JPEG", "train/n01443537/b.JPEG"], jpeg);
      await many(
        tree,
        [1, 2].map((i) => `val/ILSVRC2012_val_0000000${i}.JPEG`),
        jpeg,
        20,
      );
      const kit = "ILSVRC2012_devkit_t12/data";
      await tree.put(`${kit}/ILSVRC2012_validation_ground_truth.txt`, "1\n2\n");
      await tree.put(`${kit}/meta.mat`, metaMat(["n01443537", "n01440764", "n99999999"]));
    },
  },
  medmnist: {
    adapter: "medmnist",
    params: { classes: ["normal", "pneumonia"] },
    async build(tree) {
      const arrays: { [name: string]: Uint8Array } = {};
      for (const [i, split] of ["train", "val", "test"].entries()) {
        arrays[`${split}_images.npy`] = npy(stack(4, 28, 1, 100 * i), "|u1", [4, 28, 28]);
        arrays[`${split}_labels.npy`] = npy(Uint8Array.of(0, 1, 1, 1), "|u1", [4, 1]);
      }
      await tree.put("pneumoniamnist.npz", zip(arrays, true));
    },
  },
  "npz of several labels, not compressed": {
    adapter: "npz",
    params: { images: "x", labels: "y", reject: skip },
    split: halves,
    async build(tree) {
      const labels = new Uint8Array(Float64Array.of(1, 0, 0, 1, 1, 1, Number.NaN, 0, 3, 0, 0, 0).buffer);
      const arrays = { "x.npy": npy(stack(6, 8, 3), "|u1", [6, 8, 8, 3]), "y.npy": npy(labels, "<f8", [6, 2]) };
      await tree.put("data.npz", zip(arrays, false));
    },
  },
  hdf5: {
    adapter: "hdf5",
    params: { images: "{split}/x", labels: "{split}/y", reject: skip },
    async build(tree) {
      await writeHdf5(join(tree.root, "all.h5"), {
        "train/x": { data: stack(5, 8, 1), shape: [5, 8, 8] },
        "train/y": { data: Float64Array.of(0, 1, 2, Number.NaN, 0.5), shape: [5] },
        "valid/x": { data: stack(2, 8, 1, 50), shape: [2, 8, 8] },
        "valid/y": { data: Float64Array.of(0, 1), shape: [2] },
      });
    },
  },
  idx: {
    adapter: "idx",
    async build(tree) {
      for (const [i, split] of ["train", "t10k"].entries()) {
        const head = Buffer.alloc(16);
        for (const [at, value] of [0x803, 6, 8, 8].entries()) head.writeUInt32BE(value, 4 * at);
        await tree.put(`${split}-images-idx3-ubyte`, Buffer.concat([head, stack(6, 8, 1, 100 * i)]));
        await tree.put(`${split}-labels-idx1-ubyte`, Buffer.from([0, 0, 8, 1, 0, 0, 0, 6, 0, 1, 2, 0, 1, 2]));
      }
    },
  },
};

const CBIS_HEADER =
  "patient_id,breast_density,left or right breast,image view,abnormality id,abnormality type,mass shape,mass margins,assessment,pathology,subtlety,image file path,cropped image file path,ROI mask file path";
const cbisRow = (patient: string, side: string, n: number, pathology: string, series: string) =>
  `${patient},3,${side},CC,${n},mass,OVAL,SPICULATED,4,${pathology},4,Mass-Training_${patient}_${side}_CC/1.2.3/1.2.8.${series}/000000.dcm,"Mass-Training_${patient}_${side}_CC_${n}/1.2.3/1.2.9.${series}/000000.dcm\n","Mass-Training_${patient}_${side}_CC_${n}/1.2.3/1.2.9.${series}/000001.dcm\n"`;
const CBIS_ROWS = [
  cbisRow("P_00001", "LEFT", 1, "MALIGNANT", "1"),
  cbisRow("P_00004", "RIGHT", 1, "BENIGN", "2"),
  cbisRow("P_00004", "RIGHT", 2, "BENIGN_WITHOUT_CALLBACK", "2"),
  cbisRow("P_00009", "LEFT", 1, "BENIGN", "4"),
  cbisRow("P_00010", "LEFT", 1, "UNPROVEN", "5"),
];

/** As NBIA's data retriever leaves it, with DICOM files of other content: whole images, crops, and masks as large as those. */
async function cbisTree(tree: Tree): Promise<void> {
  await tree.put("mass_case_description_train_set.csv", lines(CBIS_HEADER, ...CBIS_ROWS));
  await tree.put(
    "calc_case_description_test_set.csv",
    lines(
      CBIS_HEADER.replace("breast_density", "breast density").replace(
        "mass shape,mass margins",
        "calc type,calc distribution",
      ),
      "P_00077,2,LEFT,MLO,1,calcification,PLEOMORPHIC,CLUSTERED,5,MALIGNANT,3,Calc-Test_P_00077_LEFT_MLO/1.2.3/1.2.8.7/000000.dcm,Calc-Test_P_00077_LEFT_MLO_1/1.2.3/1.2.9.7/000000.dcm,Calc-Test_P_00077_LEFT_MLO_1/1.2.3/1.2.9.7/000001.dcm",
    ),
  );
  const whole = "07-20-2016-DDSM-30288/1.000000-full mammogram images-24515/1-1.dcm";
  await tree.put(`CBIS-DDSM/Mass-Training_P_00001_LEFT_CC/${whole}`, dicom("CT_small.dcm"));
  await tree.put(`CBIS-DDSM/Mass-Training_P_00004_RIGHT_CC/${whole}`, dicom("liver_1frame.dcm"));
  await tree.put("CBIS-DDSM/Calc-Test_P_00077_LEFT_MLO/1.2.3/1.2.8.7/000000.dcm", dicom("JPEG2000.dcm"));
  for (const [at, crop, mask] of [
    ["P_00001_LEFT_CC_1", "MR_small.dcm", "CT_small.dcm"],
    ["P_00004_RIGHT_CC_1", "MR_small_RLE.dcm", "liver_1frame.dcm"],
    ["P_00004_RIGHT_CC_2", "SC_rgb_small_odd.dcm", "liver_1frame.dcm"],
  ] as const) {
    // the crop is the second of the two here, whatever the table says
    const series = "07-21-2016-DDSM-98573/1.000000-ROI mask images-18984";
    await tree.put(`CBIS-DDSM/Mass-Training_${at}/${series}/1-1.dcm`, dicom(mask));
    await tree.put(`CBIS-DDSM/Mass-Training_${at}/${series}/1-2.dcm`, dicom(crop));
  }
  await mkdir(join(tree.root, "CBIS-DDSM/Mass-Training_P_00009_LEFT_CC"), { recursive: true });
}
