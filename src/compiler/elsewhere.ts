/**
 * What people who come from other tools write, and what it is called here. A row is read only where the name on its
 * right could stand, so one word may mean several things: `epochs` is `for` in a recipe. What is more than another name
 * (`early_stopping`, `RandomResizedCrop`) is in `habits/`.
 */

export const NAMES: { readonly [ours: string]: readonly string[] } = {
  // recipes and optimizers
  lr: ["learning_rate", "base_lr", "init_lr", "eta"],
  l2: ["weight_decay", "wd"],
  weight_decay: ["l2", "wd", "decay"],
  beta1: ["beta_1"],
  beta2: ["beta_2"],
  eps: ["epsilon"],
  batch: ["batch_size", "bs", "per_device_train_batch_size"],
  for: ["num_epochs", "max_epochs", "n_epochs", "max_steps", "num_steps", "iterations", "length"],
  schedule: ["scheduler", "lr_scheduler", "lr_schedule", "sched"],
  clip_norm: ["clip_grad", "clip_grad_norm", "grad_clip", "gradient_clip", "gradient_clip_val", "max_grad_norm"],
  augment: ["transform", "transforms", "augmentation", "augmentations", "aug"],
  loss: ["criterion", "loss_fn", "objective"],
  select: ["checkpointing", "save_best", "monitor"],
  optimizer: ["opt", "optim", "solver_name"],
  freeze: ["frozen", "freeze_backbone"],
  // studies and experiments
  seed: ["random_state", "random_seed", "rng"],
  repeats: ["runs", "n_runs", "n_repeats", "seeds", "n_seeds", "replicates"],
  target: ["dataset", "data", "task"],
  model: ["network", "backbone", "arch", "architecture"],
  source: ["pretrained", "checkpoint", "teacher"],
  init: ["initialization", "initialisation", "weights_init"],
  train: ["recipe", "training", "finetune_with"],
  measure: ["metric", "metrics", "evaluate", "probe"],
  vary: ["sweep", "grid", "over", "each"],
  where: ["filter", "exclude"],
  // metrics
  roc_auc: ["auc", "auroc", "rocauc", "roc_auc_score"],
  average_precision: ["auprc", "pr_auc", "ap", "map", "average_precision_score"],
  accuracy: ["acc", "accuracy_score"],
  balanced_accuracy: ["bacc", "balanced_acc", "balanced_accuracy_score"],
  macro_f1: ["f1", "f1_score", "f1_macro"],
  macro_recall: ["recall", "recall_macro", "uar"],
  macro_precision: ["precision_score", "precision_macro"],
  quadratic_kappa: ["qwk", "quadratic_weighted_kappa", "cohen_kappa", "cohen_kappa_score"],
  log_loss: ["nll", "cross_entropy", "ce"],
  brier: ["brier_score", "brier_score_loss"],
  ece: ["calibration_error", "expected_calibration_error"],
  sensitivity: ["tpr"],
  specificity: ["tnr"],
  // probes and statistics
  k: ["n_neighbors", "neighbors"],
  temperature: ["tau", "t"],
  mean: ["avg", "average"],
  sd: ["std", "stdev"],
  correlation: ["pearsonr", "spearmanr", "corr"],
  regress: ["ols", "lm", "regression"],
  // initialization
  random: ["scratch", "from_scratch", "reinit"],
  stats: ["stats_transfer", "statistics"],
  transfer: ["pretrained", "weight_transfer", "from_pretrained"],
  // data
  image_folder: ["imagefolder", "image_folder_dataset"],
};

const OURS: ReadonlyMap<string, readonly string[]> = (() => {
  const found = new Map<string, string[]>();
  for (const [ours, words] of Object.entries(NAMES)) {
    for (const word of words) found.set(word, [...(found.get(word) ?? []), ours]);
  }
  return found;
})();

/** The candidate that another tool calls so. */
export function knownElsewhere(word: string, candidates: readonly string[]): string | undefined {
  return OURS.get(word.toLowerCase().replaceAll("-", "_"))?.find((ours) => candidates.includes(ours));
}

/** Settings that are said in another place, and where. */
export const PLACES: { readonly [setting: string]: string } = {
  lr: "it is the optimizer's: `optimizer adam(lr: 1e-4)`",
  learning_rate: "it is the optimizer's: `optimizer adam(lr: 1e-4)`",
  momentum: "it is the optimizer's: `optimizer sgd(lr: 0.1, momentum: 0.9)`",
  weight_decay: "it is the optimizer's: `optimizer adam(lr: 1e-4, l2: 1e-5)`, or `adamw(weight_decay: 0.05)`",
  warmup: "it is a schedule: `schedule warmup(1_000 steps) then cosine()`",
  warmup_steps: "it is a schedule: `schedule warmup(1_000 steps) then cosine()`",
  warmup_epochs: "it is a schedule: `schedule warmup(5 epochs) then cosine()`",
  patience: "it is a schedule's: `schedule plateau(patience: 3 checks)`; a state is chosen by `select best(…)`",
  label_smoothing: "it is a loss's: `loss cross_entropy(label_smoothing: 10%)`",
  class_weights: "they are a loss's: `loss cross_entropy(class_weights: balanced)`",
  seed: "the whole study has one: `study name { seed 1 }`",
  repeats: "the whole study has them: `study name { repeats 5 }`",
  num_workers: "it is no part of a study: `xferc run --jobs N` says how many work at once",
  device: "it is no part of a study: `xferc run --device cuda:0`",
  num_classes: "the head has as many outputs as the target has classes",
};

/** Where a setting belongs that another block has no use for. */
export function placeOf(setting: string): string | undefined {
  return Object.hasOwn(PLACES, setting) ? PLACES[setting] : undefined;
}
