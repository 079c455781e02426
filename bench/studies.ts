/** Large studies for benchmarks: a header, and any number of blocks. */

/** The inits that studies of the field compare. */
export const INITS = `init RI = random
init ST = stats
init WT = transfer
init WT_ST(n: count) {
  units[1..n] <- transfer
  rest        <- stats
}
`;

export const HEADER = `// Transfer, two hundred times over.
study large "Depths, recipes and targets" {
  seed    2022
  repeats 3
}
import "xfer:bundled"

${INITS}recipe pretraining {
  optimizer adam(lr: 1e-3)
  batch     64 images
  for       3 epochs
  select    last
}
source clothes = pretrain(on: fashion, using: pretraining)
`;

export const block = (index: number): string => `
// Block ${index}: how deep the transfer has to be, at another rate.
recipe finetune_${index} {
  optimizer adam(lr: ${(1 + (index % 9)) / 1000}, l2: 1e-5)
  schedule  warmup(${10 + (index % 7)} steps) then cosine()
  batch     32 images
  for       ${100 + index} steps
  clip_norm 1.0
  select    best(target.metric, on: val) every 30 steps
}
experiment main_${index} {
  vary model  in [resnet_s, vit_s]
  vary target in [digits_few, brain]
  vary init   in [RI, ST, WT, WT_ST(1), WT_ST(2)]
  source clothes
  train  finetune_${index} with { batch 16 images }
  measure test = score(target.metric)                  // of the selected state
  measure moved = l2(initial, selected)
  measure near = knn(selected, k: 20, bank: train)
}
derive gain_${index} = main_${index}.test[init: WT] - main_${index}.test[init: RI]
derive share_${index} = mean(main_${index}.test[init: WT] - main_${index}.test[init: ST]) / mean(main_${index}.test[init: WT])
table results_${index} from main_${index} { rows model, init; columns target; cell test; best per model, target }
figure gains_${index} from gain_${index} { bar { x model; y gain_${index}; color target } }
figure sizes_${index} from gain_${index} { line { x target.size; y gain_${index}; color target }; facet model }
figure by_layer_${index} from main_${index}[target: brain] { line { x layer; y near; color init }; facet model }
`;
