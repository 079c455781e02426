import type { BenchStepFlags } from "../actions/bench.js";
import { choice, declare, positiveInteger, type Shell } from "../command.js";
import { deviceWord, engineOption, NO_PLUGINS } from "../study-options.js";

const DEFAULT_BATCH = 8;

export function addBench(shell: Shell): void {
  const bench = declare(shell, {
    name: "bench",
    summary: "measure what this machine does",
    examples: [["xferc bench step resnet50", "a training step of a model"]],
  });
  addStep({ ...shell, program: bench });
}

function addStep(shell: Shell): void {
  declare(shell, {
    name: "step",
    summary: "time a model's training step, and say what memory it needs and which batch is the largest that fits",
    examples: [
      ["xferc bench step deit_small_patch16_224", "a model by its timm name, batch 8"],
      ["xferc bench step resnet50 --batch 64 --device cuda:0", "on a GPU"],
      ["xferc bench step resnet --params '{\"blocks\": [2, 2, 2]}' --size 32", "a family with its parameters"],
      ["xferc bench step vit_tiny --format json", "for another program"],
    ],
  })
    .argument("<model>", "a family of the catalogue, a timm name, or a model of a plug-in")
    .option("--batch <n>", "images a step", positiveInteger, DEFAULT_BATCH)
    .option("--size <px>", "height and width of the images (default: the model's own)", positiveInteger)
    .option("--params <json>", "parameters of a family")
    .option(...NO_PLUGINS)
    .addOption(engineOption())
    .option("--device <device>", "where it computes: auto, cpu, cuda, cuda:N or webgpu", deviceWord, "auto")
    .option("--threads <n>", "threads of the engine (default: 1)", positiveInteger)
    .option("--cache <dir>", "where the rate is kept for estimates (default: .xfer/cache in the project)")
    .addOption(choice("--format <format>", "how to print it", ["text", "json"], "text"))
    .action(async (model: string, flags: BenchStepFlags) => {
      const { benchStepCommand } = await import("../actions/bench.js");
      shell.exit(await benchStepCommand(shell.io, model, flags));
    });
}
