/** Words of the language itself: slots, states, splits, properties, parts, units. */

export const WORDS: { readonly [word: string]: string } = {
  model:
    "The cell's model. `model.units` counts its units, `model.layers` lists its probe layers, `model.size` is its input size.",
  target:
    "The cell's dataset. `target.metric` is its own metric, `target.train`, `.val` and `.test` its splits, `.size` its training images.",
  source: "Where the cell's transferred tensors come from.",
  init: "How the cell's model is initialized.",
  train: "The cell's recipe.",
  repeat: "The axis of repeats: the same cell with other random numbers. It is averaged for you.",
  initial: "The cell's state before training.",
  selected: "The cell's state its recipe selects: the best at a check, or the last.",
  last: "The cell's state at the end of training.",
  val: "The validation split.",
  test: "The test split: for reporting, not for selecting.",
  units:
    "The model's units in order, 1-based: `units[1..n]` are the first n, `units[1..0]` none. They partition the backbone.",
  layers: "The model's probe layers in order, 1-based, or by name: `layers[2]`, `layers[l]`.",
  head: "The classification head. Always fresh in an init unless a rule names it.",
  backbone: "Every tensor but the head's.",
  bias: "Every tensor called `bias`, those of norms included.",
  norm: "Scales and shifts of norms, without their running statistics.",
  embedding:
    "What makes features of pixels, the first unit: patch embedding, class token and position embedding of a transformer, the stem of a convolutional network.",
  adapter: "Tensors of adapters: what `adapter lora(…)` put beside a model's linear layers.",
  buffers: "Tensors that are not trained: running statistics.",
  rest: "Every tensor no rule before names.",
  yes: "True.",
  no: "False.",
};

export const MEMBERS: {
  readonly [of in "dataset" | "model" | "experiment" | "source"]: { readonly [name: string]: string };
} = {
  dataset: {
    metric: "The dataset's own metric, as its declaration says.",
    size: "How many training images it has.",
    train: "The training split.",
    val: "The validation split.",
    test: "The test split.",
  },
  model: {
    units: "How many units the model has.",
    layers: "The model's probe layers.",
    size: "Height and width of its input, px.",
  },
  experiment: {
    initial: "The state of the cell that goes with this one, before training.",
    selected: "The state its recipe selects.",
    last: "The state at the end of training.",
  },
  source: {
    last: "The state the pretraining ends with.",
    selected: "The state the pretraining's recipe selects.",
    at: "The state at a checkpoint that is kept: `.at(10 epochs)`.",
  },
};

export const UNIT_DOCS: { readonly [unit: string]: string } = {
  epochs: "Passes over the training split.",
  steps: "Training steps, a batch each.",
  images: "Images.",
  checks: "Checks of the selection, as often as `select … every` says.",
  px: "Pixels.",
  seconds: "Time on the clock.",
  minutes: "Time on the clock.",
  hours: "Time on the clock.",
};

/** What a declaration's parameter may be. */
export const TYPE_DOCS: { readonly [type: string]: string } = {
  count: "a whole number from 0",
  number: "a number",
  fraction: "a share like `50%`",
  duration: "an amount of training like `3 epochs`",
  dataset: "a dataset",
  model: "a model",
  source: "a source",
  init: "an init",
  recipe: "a recipe",
};
