/** What can stand at the top of a file, and how one writes it. */

export interface ItemEntry {
  readonly keyword: string;
  readonly doc: string;
  readonly snippet: string;
}

export const ITEMS: readonly ItemEntry[] = [
  {
    keyword: "study",
    doc: "The study's name, title, seed and repeats. A file without one is for others to import.",
    snippet: 'study ${1:name} "${2:Title}" {\n  seed    ${3:1}\n  repeats ${4:5}\n}',
  },
  {
    keyword: "import",
    doc: "What another file declares. `as m` keeps its names apart as `m.name`; `import a, b from` picks some.",
    snippet: 'import "${1:./file.xfer}"',
  },
  {
    keyword: "param",
    doc: "A named value, to be read anywhere and set on the command line.",
    snippet: "param ${1:name} = ${2:value}",
  },
  {
    keyword: "dataset",
    doc: "Images and their labels: an adapter with its folder, a metric, a split.",
    snippet: 'dataset ${1:name} from ${2:image_folder("${3:data}")} {\n  metric ${4:top1}\n}',
  },
  {
    keyword: "model",
    doc: "A model of the catalogue under a name of its own, with its parameters.",
    snippet: "model ${1:name} = ${2:resnet18}",
  },
  {
    keyword: "source",
    doc: "Where transferred tensors come from: a checkpoint, a pretraining, an experiment's state, or a table of one for each model.",
    snippet: "source ${1:name} = ${2:pretrain(on: ${3:dataset}, using: ${4:recipe})}",
  },
  {
    keyword: "part",
    doc: "A name for tensors of a model, to be used wherever a part is.",
    snippet: 'part ${1:name} = ${2:"blocks.*.attn.**"}',
  },
  {
    keyword: "init",
    doc: "How a model is initialized: for each part where its tensors come from. The first rule that names a tensor wins; the head is always fresh.",
    snippet: "init ${1:name} {\n  ${2:units[1..2]} <- transfer\n  rest        <- stats\n}",
  },
  {
    keyword: "recipe",
    doc: "How a model is trained: optimizer, schedule, batch, duration, augmentation, selection.",
    snippet:
      "recipe ${1:finetune} {\n  optimizer ${2:adam(lr: 1e-3)}\n  batch     ${3:64} images\n  for       ${4:10} epochs\n}",
  },
  { keyword: "group", doc: "Names for several data sets at once.", snippet: "group ${1:name} = [$2]" },
  {
    keyword: "experiment",
    doc: "A table of cells, one a point of every axis and repeat: each a training, with what is measured of it.",
    snippet:
      "experiment ${1:main} {\n  vary model in [$2]\n  target ${3:dataset}\n  init   ${4:random}\n  train  ${5:finetune}\n  measure test = score(target.metric)\n}",
  },
  {
    keyword: "derive",
    doc: "A column computed from measures, per repeat and then summarized with a paired interval.",
    snippet: "derive ${1:gain} = ${2:main.test[init: WT] - main.test[init: RI]}",
  },
  {
    keyword: "table",
    doc: "A table of the report, and of the run folder as CSV, Markdown and LaTeX.",
    snippet: "table ${1:results} from ${2:main} { rows ${3:model}; columns ${4:target}; cell ${5:test} }",
  },
  {
    keyword: "figure",
    doc: "A figure of the report, and of the run folder as SVG and Vega-Lite.",
    snippet: "figure ${1:name} from ${2:main} { ${3:line} { x ${4:n}; y ${5:test} } }",
  },
  {
    keyword: "profile",
    doc: "Changes to try a study with: `path = value` lines, taken with `--profile`. Outputs are marked with it.",
    snippet: "profile ${1:smoke} { repeats = 1; ${2:finetune.for} = ${3:4 steps} }",
  },
];
