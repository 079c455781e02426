import type { ForwardFlags } from "../actions/forward.js";
import { declare, positiveInteger, type Shell } from "../command.js";
import { deviceWord, engineOption } from "../study-options.js";

export function addForward(shell: Shell): void {
  declare(shell, {
    name: "forward",
    summary: "run a model on tensors and write logits, pooled features and every layer's output",
    examples: [
      [
        "xferc forward resnet18 --weights w.safetensors --input x.safetensors --out y.safetensors",
        "a model by its timm name",
      ],
      ["xferc forward deit_small --weights hf:timm/deit_small_patch16_224.fb_in1k …", "weights of a hub"],
      ['xferc forward vit --params \'{"dim": 64, "depth": 4}\' --weights …', "a family with its parameters"],
    ],
  })
    .argument("<model>", "a family of the catalogue, or a timm name")
    .requiredOption("--weights <file>", "the model's tensors: .safetensors, .pth, .pt, or hf:OWNER/NAME")
    .requiredOption("--input <file>", "images `x`: N×C×H×W, float32, as the model takes them (safetensors)")
    .requiredOption("--out <file>", "where `logits`, `pooled` and `block.NAME` go (safetensors)")
    .option("--params <json>", "parameters of a family")
    .option("--allow-download", "fetch weights named on a hub (`hf:…`) that this machine lacks")
    .addOption(engineOption())
    .option("--device <device>", "where it computes: cpu, cuda, cuda:N or webgpu", deviceWord, "cpu")
    .option("--threads <n>", "threads of the engine", positiveInteger)
    .action(async (model: string, flags: ForwardFlags) => {
      const { forwardCommand } = await import("../actions/forward.js");
      shell.exit(await forwardCommand(shell.io, model, flags));
    });
}
