/** Settings of other frameworks: `batch_size`, `early_stopping`. */

import type { Habit } from "./habit.js";

export const SETTINGS: readonly Habit[] = [
  { here: "batch", words: "batch_size batchsize bs", says: "write `batch 32 images`." },
  {
    here: "for",
    words: "num_epochs n_epochs max_epochs max_steps iterations duration length",
    says: "a training's length is `for 10 epochs`, or steps.",
  },
  {
    here: "optimizer",
    words: "lr learning_rate learningrate momentum betas",
    says: "it belongs to the optimizer: `optimizer adam(lr: 1e-4)`.",
  },
  {
    here: "optimizer",
    words: "weight_decay wd decay",
    says: "it belongs to the optimizer: `adamw(lr: 1e-4, weight_decay: 0.05)`, or `adam(lr: 1e-4, l2: 1e-5)`.",
  },
  {
    here: "clip_norm",
    words: "clip_grad_norm clip_grad grad_clip gradient_clip_val max_norm clip",
    says: "write `clip_norm 1.0`.",
  },
  {
    here: "schedule",
    words: "warmup warmup_steps warmup_epochs cosine plateau lr_scheduler lr_schedule scheduler",
    says: "write `schedule warmup(500 steps) then cosine()`.",
  },
  {
    here: "select",
    words: "monitor checkpoint_callback save_best restore_best_weights eval_every validate",
    says: "write `select best(target.metric, on: val) every 1 epochs`: checks are as often as `every` says, and the best is kept.",
  },
  {
    here: "stop",
    words: "early_stopping early_stop earlystopping patience stop_after stopping min_delta",
    says: "write `stop early(patience: 10 checks)`; it watches what `select` chooses by, and `for` is the most it trains.",
  },
  {
    here: "augment",
    words: "transform transforms augmentation augmentations aug",
    says: "write `augment crop(224 px), flip(h: 50%)`.",
  },
  {
    here: "augment",
    words: "normalize mean std",
    says: "normalization is the data set's: its training images' own, or `normalize mean: […], std: […]` in `dataset`.",
  },
  {
    here: "loss",
    words: "criterion loss_fn label_smoothing class_weights class_weight smoothing",
    says: "write `loss cross_entropy(label_smoothing: 10%, class_weights: balanced)`.",
  },
  { here: "mix", words: "mixup cutmix", says: "write `mix mixup(alpha: 0.8)`." },
  { here: "average", words: "ema model_ema swa", says: "write `average ema(decay: 0.999)`." },
  { here: "precision", words: "amp fp16 bf16 mixed_precision dtype", says: "write `precision bf16`." },
  {
    here: "freeze",
    words: "requires_grad frozen freeze_backbone freeze_layers",
    says: "write `freeze backbone`, or `trainable head`.",
  },
  {
    here: "optimizer",
    words: "dropout drop_rate drop_path drop_path_rate",
    says: "dropout is the model's: `model m = vit_small(drop_rate: 10%)`.",
  },
  {
    here: "optimizer",
    words: "num_workers workers device gpu gpus cuda accelerator devices pin_memory",
    says: "how much of the machine is used says the command: `xferc run … --jobs 2 --device cuda`.",
  },
  {
    here: "optimizer",
    words: "seed seeds random_state repeats",
    says: "the seed is the study's: `study name { seed 1; repeats 5 }`.",
  },
  {
    here: "repeats",
    words: "seeds runs n_seeds num_seeds random_seeds trials",
    says: "write `seed 1; repeats 3`: repeats draw seeds of their own from the study's.",
  },
  { here: "target", words: "dataset datasets data on", says: "write `target NAME`, the name of a `dataset`." },
  {
    here: "train",
    words: "recipe finetune fine_tune training using",
    says: "write `train NAME`, the name of a `recipe`.",
  },
  {
    here: "model",
    words: "models network backbone architecture arch",
    says: "write `model NAME`; several are varied: `vary model in [a, b]`.",
  },
  {
    here: "init",
    words: "inits weights pretrained initialization initialisation",
    says: "write `init transfer`, or vary it: `vary init in [RI: random, WT: transfer]`.",
  },
  {
    here: "measure",
    words: "metric metrics score evaluate eval",
    says: "write `measure test = score(target.metric)`.",
  },
  {
    here: "folds",
    words: "cv kfold k_fold n_splits cross_validation fold",
    says: "write `folds 5`, or `folds 5 by patient`.",
  },
  {
    here: "model",
    words: "repeats repeat seed seeds",
    says: "repeats are the study's: `study name { seed 1; repeats 5 }`.",
  },
  {
    here: "split",
    words: "splits val_size test_size train_size group groups",
    says: "write `split train: 70%, val: 15%, test: 15%`; `by patient` keeps patients on one side.",
  },
];
