/** Studies the tests of providers share. */

export const LIBRARY = `dataset few from idx("digits") { metric top1 }
dataset many from idx("more") { metric balanced_accuracy }
model small = resnet18
model other = vit_tiny
recipe finetune {
  optimizer adam(lr: 1e-3)
  batch 32
  for 4 epochs
  select best(target.metric, on: val) every 1 epochs
}
recipe pretraining { optimizer adam(lr: 1e-3); batch 64; for 3 epochs }
source before = pretrain(on: many, using: pretraining)
`;

export const STUDY = `study s "A study" { seed 1; repeats 3 }
import "./lib.xfer"
init RI = random
init WT = transfer
init WT_ST(n: count) {
  units[1..n] <- transfer
  rest <- stats
}
experiment main {
  vary model in [small, other]
  vary init in [RI, WT]
  vary target in [few, many]
  source before
  train finetune
  measure test = score(target.metric)
  measure moved = l2(initial, selected)
}
experiment depth {
  vary model in [small, other]
  vary n in 0..2
  target few
  source before
  init WT_ST(n)
  train finetune
  measure test = score(target.metric)
}
derive gain = main.test[init: WT] - main.test[init: RI]
table results from main { rows model, init; columns target; cell test }
figure by_depth from depth { line { x n; y test }; facet model }
profile small_run { repeats = 1; finetune.for = 4 steps; depth.n = [0, 1] }
`;
