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
  other:
    "`S[repeat: other]`: the same state of another repeat. Every unordered pair of repeats is compared; intervals redraw repeats.",
  fold: "The axis of `folds`: each fold is tested on once.",
  layer: "The axis of a measure at layers.",
  term: "The axis of a regression's terms.",
  class: "A case's class: `D where class in [a, b]`.",
  yes: "True.",
  no: "False.",
};

/** Words of the grammar that begin no statement. */
export const KEYWORDS: { readonly [word: string]: string } = {
  with: "The same but for this: `finetune with { for 3 epochs }`, `deit with { width 50% }`, `selected with { head <- initial }`, `D with grayscale()`.",
  // biome-ignore lint/suspicious/noThenProperty: a word of the language
  then: "In sequence: `probe then full` trains in two stages, of which cells share the first where it is the same.",
  except: "But for these parts: `freeze backbone except norm`.",
  as: "A name for what stands before: `import … as m`, `vary (init, train) as setting in …`.",
  not: "Where it does not hold.",
  and: "Where both hold.",
  or: "Where at least one holds.",
  in: "Its points: `vary n in 0..4`; or whether it is among some: `where class in [a, b]`.",
  where: "Only the cells, or the cases of a data set, for which it holds.",
  for: "A loop of a measure: `measure m for l in model.layers = …`; in a recipe, how long to train.",
  every: "How often: `select … every 1 epochs`, `checkpoint every 5 minutes`.",
  by: "In steps of (`0..10 by 2`), or along groups that stay together (`folds 5 by patient`).",
  per: "For each point of these axes apart: `best per model`.",
  on: 'On which split, or beside which layers: `best … on val`, `adapter lora(rank: 8) on "blocks.*.attn.qkv"`.',
  from: 'What it is read from: `table t from main`, `import a from "./file.xfer"`.',
  over: "Kept for clauses to come; the argument `over:` names the axes a function reduces.",
  to: "Kept for clauses to come.",
  of: "Kept for clauses to come; the argument `of:` names a probe's state.",
  using: "Kept for clauses to come; the argument `using:` names a pretraining's recipe.",
  at: "Kept for clauses to come; `.at(10 epochs)` is a state at a checkpoint.",
};

/** What a statement can go on with behind its value. */
export const CLAUSES: { readonly [statement: string]: { readonly [word: string]: string } } = pick({
  select: ["every"],
  schedule: ["then"],
  train: ["with", "then"],
  target: ["with", "where"],
  model: ["with"],
  checkpoint: ["every"],
  folds: ["by"],
  labels: ["by", "per"],
  freeze: ["except"],
  trainable: ["except"],
  layer_decay: ["per"],
  unfreeze: ["from", "every"],
  adapter: ["on"],
  width: ["on"],
  best: ["on", "per"],
  init: ["except"],
  recipe: ["with", "then"],
  dataset: ["from", "with", "where"],
  import: ["as", "from"],
  vary: ["in", "as", "with", "where", "then", "by"],
  measure: ["for", "with"],
  where: ["and", "or", "not", "in"],
  table: ["from"],
  figure: ["from"],
  line: ["from"],
  point: ["from"],
  bar: ["from"],
  star: ["from"],
  rule: ["from"],
  heatmap: ["from"],
});

function pick(words: { readonly [statement: string]: readonly string[] }) {
  return Object.fromEntries(
    Object.entries(words).map(([statement, all]) => [
      statement,
      Object.fromEntries(all.map((word) => [word, KEYWORDS[word] ?? ""])),
    ]),
  );
}

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
