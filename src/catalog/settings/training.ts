import type { ParameterSchema } from "../types.js";
import type { BlockEntry, SettingEntry } from "./types.js";

const whole = (description: string, unit: ParameterSchema["unit"], minimum: number): ParameterSchema => ({
  type: "integer",
  minimum,
  description,
  ...(unit === undefined ? {} : { unit }),
});

export const STUDY: BlockEntry = {
  block: "study",
  settings: [
    {
      name: "seed",
      doc: "Where every random number comes from. The same seed gives the same results, on every machine.",
      value: { kind: "schema", schema: whole("A whole number from 0 to 4294967295.", "none", 0) },
      snippet: "seed ${1:1}",
    },
    {
      name: "repeats",
      doc: "How often every cell is trained, each time with other random numbers. Repeats are the axis `repeat`, the only one that is averaged for you; they redraw training, not the split.",
      value: { kind: "schema", schema: whole("A whole number from 1.", "none", 1) },
      snippet: "repeats ${1:5}",
    },
  ],
};

export const RECIPE: BlockEntry = {
  block: "recipe",
  settings: [
    {
      name: "optimizer",
      doc: "What turns gradients into steps, with its learning rate. Required.",
      value: { kind: "entry", of: "optimizer" },
      snippet: "optimizer ${1:adam(lr: ${2:1e-3})}",
    },
    {
      name: "schedule",
      doc: "How the learning rate changes while training; phases in sequence with `then`. A constant rate where absent.",
      value: { kind: "entry", of: "schedule" },
      snippet: "schedule ${1:warmup(${2:100 steps}) then cosine()}",
    },
    {
      name: "batch",
      doc: "Images a training step. Required.",
      value: { kind: "schema", schema: whole("Images a step.", "images", 1) },
      snippet: "batch ${1:64} images",
    },
    {
      name: "for",
      doc: "How long to train: a whole schedule of that length, in epochs, steps or images. Required. A checkpoint of a longer training is `.at(…)`.",
      value: { kind: "schema", schema: { unit: "duration", description: "Epochs, steps or images." } },
      snippet: "for ${1:10} epochs",
    },
    {
      name: "clip_norm",
      doc: "The largest norm of a step's gradient; longer ones are scaled down to it.",
      value: { kind: "schema", schema: { type: "number", description: "A number above 0." } },
      snippet: "clip_norm ${1:1.0}",
    },
    {
      name: "augment",
      doc: "Random changes of training images, in order. Evaluation sees the images as they are.",
      value: { kind: "entry", of: "augment" },
      snippet: "augment ${1:flip(h: ${2:50%})}",
    },
    {
      name: "select",
      doc: "Which state is `selected`, and how often candidates are checked. The last one where absent.",
      value: { kind: "entry", of: "selection" },
      snippet: "select best(target.metric, on: val) every ${1:1} epochs",
    },
    {
      name: "stop",
      doc: "Whether training ends before `for` is over: once the checks have stopped getting better. `never` where absent.",
      value: { kind: "entry", of: "stop" },
      snippet: "stop early(patience: ${1:10} checks)",
    },
    {
      name: "drop_last",
      doc: "Whether a last batch that is not full is left out of an epoch. `yes` where absent.",
      value: { kind: "words", words: ["yes", "no"] },
      snippet: "drop_last ${1|yes,no|}",
    },
    {
      name: "resize",
      doc: "Size of the prepared images before crops. The model's input size where absent.",
      value: { kind: "schema", schema: whole("Height and width, px.", "px", 1) },
      snippet: "resize ${1:256} px",
    },
    {
      name: "precision",
      doc: "Numbers a training step computes with. `f32` where absent.",
      value: { kind: "entry", of: "precision" },
      snippet: "precision ${1:f32}",
    },
    {
      name: "checkpoint",
      doc: "How much a kill may cost: how often a running training is written down. It changes no number and no key.",
      value: { kind: "free" },
      snippet: "checkpoint every ${1:5 minutes}",
    },
    {
      name: "loss",
      doc: "What training lowers: class weights, label smoothing, focal loss. Plain cross-entropy where absent.",
      value: { kind: "entry", of: "loss" },
      snippet: "loss ${1:cross_entropy(label_smoothing: ${2:10%})}",
    },
    {
      name: "mix",
      doc: "Images of a batch are mixed with each other, and so are their labels. Of two, each batch has one or the other.",
      value: { kind: "entry", of: "mix" },
      snippet: "mix ${1:mixup(alpha: ${2:0.8})}",
    },
    {
      name: "average",
      doc: "Checks and the states a training leaves are of an average of its weights over steps.",
      value: { kind: "entry", of: "average" },
      snippet: "average ${1:ema(decay: ${2:0.999})}",
    },
    {
      name: "solver",
      doc: "Fits the head at once on the features of a frozen backbone, instead of training in steps; beside `freeze backbone` and `l2`.",
      value: { kind: "entry", of: "solver" },
      snippet: "solver ${1:lbfgs}",
    },
    {
      name: "l2",
      doc: "Of a solver: half of it times the squared length of the weights is added to the mean loss. 0 where absent; an optimizer's is its own parameter.",
      value: {
        kind: "schema",
        schema: { type: "number", minimum: 0, description: "A number from 0." },
      },
      snippet: "l2 ${1:1e-3}",
    },
    {
      name: "freeze",
      doc: "Parts that stay as they are: no gradient, no state of the optimizer, no decay. Running statistics are among them unless excepted, and a batch norm whose statistics are frozen runs in evaluation mode.",
      value: { kind: "parts" },
      snippet: "freeze ${1:units[1..2]}",
    },
    {
      name: "trainable",
      doc: "The only parts that are trained; all others are frozen, running statistics included.",
      value: { kind: "parts" },
      snippet: "trainable ${1:head}",
    },
    {
      name: "layer_decay",
      doc: "Layer-wise learning rates: the head has the optimizer's, every unit below it this factor of the one above.",
      value: {
        kind: "schema",
        schema: { type: "number", exclusiveMinimum: 0, maximum: 1, description: "A factor, at most 1." },
      },
      snippet: "layer_decay ${1:0.75} per unit",
    },
    {
      name: "unfreeze",
      doc: "Gradual unfreezing (Howard and Ruder 2018): the head is trained first, and after each interval one unit more, from the last to the first.",
      value: { kind: "parts" },
      snippet: "unfreeze units from head every ${1:2} epochs",
    },
  ],
};

const slot = (
  name: string,
  doc: string,
  of: Extract<SettingEntry["value"], { kind: "declared" }>["of"],
): SettingEntry => ({ name, doc, value: { kind: "declared", of }, snippet: `${name} \${1:${name}}` });

export const EXPERIMENT: BlockEntry = {
  block: "experiment",
  settings: [
    {
      name: "vary",
      doc: "An axis: the experiment has a cell for every point of every axis. A slot's name (`model`, `target`, `source`, `init`, `train`) fills the slot; any other name can be read on later lines.",
      value: { kind: "free" },
      snippet: "vary ${1|model,target,init,train,source|} in [$2]",
      many: true,
    },
    slot("model", "The model every cell trains. A slot: fixed here, or varied.", ["model"]),
    slot("target", "The dataset every cell trains and measures on. A slot: fixed here, or varied.", ["dataset"]),
    slot("source", "Where transferred tensors and statistics come from. A slot: fixed here, or varied.", ["source"]),
    slot("init", "How the model is initialized. A slot: fixed here, or varied.", ["init"]),
    slot("train", "The recipe, or several in sequence with `then`. A slot: fixed here, or varied.", ["recipe"]),
    {
      name: "labels",
      doc: "How many of the target's training images a cell has: a share, a count, or so many of each class. Smaller ones lie within larger ones. A slot: fixed here, or varied; all of them where absent.",
      value: { kind: "free" },
      snippet: "labels ${1:10%}",
    },
    {
      name: "folds",
      doc: "Deals all cases of the target into so many parts, each tested on once by a cell of its own; `by` a column that names patients keeps theirs together. The target's split where absent.",
      value: { kind: "free" },
      snippet: "folds ${1:5}",
    },
    {
      name: "tune",
      doc: "A grid of settings of the recipe; the best on validation is chosen, for each point of the axes behind `per` apart, and trained again where `refit` says so.",
      value: { kind: "free" },
      snippet:
        "tune ${1:finetune.lr} in log(${2:1e-4..1e-1}, ${3:7 points}) { best target.metric on val; refit train + val }",
      many: true,
    },
    {
      name: "measure",
      doc: "A column of the experiment: what a probe says of each cell. `for l in model.layers` measures at every layer.",
      value: { kind: "entry", of: "probe" },
      snippet: "measure ${1:test} = ${2:score(target.metric)}",
      many: true,
    },
    {
      name: "where",
      doc: "Leaves out the cells for which it does not hold.",
      value: { kind: "free" },
      snippet: "where ${1:condition}",
      many: true,
    },
  ],
};

export const TUNE: BlockEntry = {
  block: "tune",
  settings: [
    {
      name: "best",
      doc: "By which metric a trial is chosen, on validation alone; `per model, target` chooses for each of their points apart, and for all axes apart where absent. Required.",
      value: { kind: "entry", of: "metric" },
      snippet: "best ${1:target.metric} on val",
    },
    {
      name: "refit",
      doc: "`train + val` trains by the chosen values anew on both; `none` takes the state of the trial. `none` where absent.",
      value: { kind: "words", words: ["train + val", "none"] },
      snippet: "refit ${1|train + val,none|}",
    },
  ],
};

/** `resnet50 with { … }`. */
export const MODEL: BlockEntry = {
  block: "model",
  settings: [
    {
      name: "width",
      doc: "Another width, of all parts or of those named behind `on`. Other tensors: a parent's equal-shaped ones are taken where an init says so, with `from:`.",
      value: { kind: "schema", schema: { unit: "fraction", description: "A share of the family's own width." } },
      snippet: "width ${1:50%}",
    },
    {
      name: "adapter",
      doc: "Small matrices beside layers' own, to be trained in their place: `trainable adapter, head` in the recipe.",
      value: { kind: "entry", of: "adapter" },
      snippet: 'adapter ${1:lora(rank: ${2:8})} on "${3:blocks.*.attn.qkv}"',
    },
  ],
};

export const DATASET: BlockEntry = {
  block: "dataset",
  settings: [
    {
      name: "metric",
      doc: "The dataset's own metric: what `target.metric` stands for. `top1` where absent.",
      value: { kind: "entry", of: "metric" },
      snippet: "metric ${1:top1}",
    },
    {
      name: "split",
      doc: "Shares of images drawn for training, validation and test. The adapter's own split where absent.",
      value: { kind: "free" },
      snippet: "split train: ${1:70%}, val: ${2:15%}, test: ${3:15%}",
    },
    {
      name: "normalize",
      doc: "Mean and standard deviation of each channel, subtracted and divided by. Of the training images where absent.",
      value: { kind: "free" },
      snippet: "normalize mean: [${1:0.5}], std: [${2:0.5}]",
    },
  ],
};
