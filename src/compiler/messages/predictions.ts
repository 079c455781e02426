/** XF0580–XF0589: predictions of models from elsewhere. */

import { defineMessages } from "./define.js";

export const PREDICTIONS = defineMessages({
  "predictions-are-no-state": {
    code: "XF0580",
    severity: "error",
    message: "{reader} needs a state's tensors, and `{text}` has none",
    label: "what a model from elsewhere said",
    hint: "measure it by `score(METRIC, of: {text})`; a checkpoint of its tensors is a `source`.",
  },
  "predictions-name": {
    code: "XF0581",
    severity: "error",
    message: "predictions are read from a .csv, .tsv or .parquet file, which `{path}` is not",
    hint: "name a table of the columns `id` and a column a class, or `id` and `label`.",
  },
  "predictions-problem": {
    code: "XF0582",
    severity: "error",
    message: "the predictions `{path}` cannot be used: {problem}",
    hint: "{hint}",
  },
  "predictions-missing": {
    code: "XF0583",
    severity: "error",
    message: "the predictions `{path}` are not on this machine",
    label: "nothing at {place}",
    hint: "put the file there, or name a folder that has it in XFERC_DATA.",
  },
  "predictions-of-other-classes": {
    code: "XF0584",
    severity: "error",
    message: "`{path}` is of other classes than `{dataset}`",
    label: "{problem}",
    note: "The classes of `{dataset}` are {classes}.",
    hint: "{hint}",
  },
  "predictions-without-scores": {
    code: "XF0585",
    severity: "error",
    message: "{reader} reads probabilities, and `{path}` says no more than which class",
    label: "it has a column `label`",
    hint: "give a column a class instead; `top1` and others that read classes can do with labels.",
  },
  "predictions-of-several-labels": {
    code: "XF0586",
    severity: "error",
    message: "an image of `{dataset}` has several labels, and `{path}` gives one",
    label: "it has a column `label`",
    hint: "give a column a class, each a probability of its own.",
  },
});
