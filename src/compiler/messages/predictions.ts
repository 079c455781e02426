/** XF0040–XF0049, XF0368: predictions and features of models from elsewhere. */

import { defineMessages } from "./define.js";

export const PREDICTIONS = defineMessages({
  "predictions-are-no-state": {
    code: "XF0040",
    severity: "error",
    message: "{reader} needs a state's tensors, and `{text}` has none",
    label: "what a model from elsewhere said",
    hint: "measure it by `score(METRIC, of: {text})`; a checkpoint of its tensors is a `source`.",
  },
  "predictions-name": {
    code: "XF0041",
    severity: "error",
    message: "predictions are read from a .csv, .tsv or .parquet file, which `{path}` is not",
    hint: "name a table of the columns `id` and a column a class, or `id` and `label`.",
  },
  "predictions-problem": {
    code: "XF0042",
    severity: "error",
    message: "the {what} `{path}` cannot be used: {problem}",
    hint: "{hint}",
  },
  "predictions-missing": {
    code: "XF0043",
    severity: "error",
    message: "the {what} `{path}` are not on this machine",
    label: "nothing at {place}",
    hint: "put the file there, or name a folder that has it in XFERC_DATA.",
  },
  "predictions-of-other-classes": {
    code: "XF0044",
    severity: "error",
    message: "`{path}` is of other classes than `{dataset}`",
    label: "{problem}",
    note: "The classes of `{dataset}` are {classes}.",
    hint: "{hint}",
  },
  "predictions-without-scores": {
    code: "XF0045",
    severity: "error",
    message: "{reader} reads probabilities, and `{path}` says no more than which class",
    label: "it has a column `label`",
    hint: "give a column a class instead; `top1` and others that read classes can do with labels.",
  },
  "predictions-of-several-labels": {
    code: "XF0046",
    severity: "error",
    message: "an image of `{dataset}` has several labels, and `{path}` gives one",
    label: "it has a column `label`",
    hint: "give a column a class, each a probability of its own.",
  },
  "features-are-no-state": {
    code: "XF0047",
    severity: "error",
    message: "{reader} reads more than a table of features, which `{text}` is",
    label: "no tensors, no images, no classes",
    hint: "{probes} read it; a checkpoint of the network's tensors is a `source`.",
  },
  "features-name": {
    code: "XF0048",
    severity: "error",
    message: "features are read from a .csv, .tsv, .parquet, .npz or .safetensors file, which `{path}` is not",
    hint: "name a table of the column `id` and a column a feature, or arrays `ids` and `features`.",
  },
  "features-without-arrays": {
    code: "XF0049",
    severity: "error",
    message: "`{path}` is one table, in which no array has a name",
    label: "of .npz and .safetensors only",
    hint: "leave `array:` out: all its columns but `id` are features.",
  },
  "features-of-two-sets": {
    code: "XF0368",
    severity: "error",
    message: "the rows of `{path}` would be of `{first}` and of `{second}`, where one id may mean two images",
    label: "a table is of one data set",
    hint: "measure within one data set: leave `on: {second}` out, or name both splits of it.",
  },
});
