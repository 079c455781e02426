import type { ForwardFlags } from "../actions/forward.js";
import { collected, declare, positiveInteger, type Shell } from "../command.js";
import { deviceWord, engineOption, NO_PLUGINS } from "../study-options.js";

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
      [
        'xferc forward resnet50 --weights moco.pth.tar --prefix module.encoder_q. --rename "fc.2 -> fc" …',
        "a part of a checkpoint, with names of its own",
      ],
      ['xferc forward vit --params \'{"dim": 64, "depth": 4}\' --weights …', "a family with its parameters"],
    ],
  })
    .argument("<model>", "a family of the catalogue, a timm name, or a model of a plug-in")
    .requiredOption("--weights <file>", "the model's tensors: .safetensors, .pth, .pt, or hf:OWNER/NAME")
    .option("--key <key>", 'of a checkpoint with several dicts of tensors, which one: "teacher"')
    .option("--prefix <prefix>", "what stands before the names that are meant; tensors without it are left out")
    .option("--drop <part>", "a part that is left out, of the names behind the prefix; may be given often", collected)
    .option("--rename <old -> new>", "another name for a part, as in `weights(…)`; may be given often", collected)
    .requiredOption("--input <file>", "images `x`: N×C×H×W, float32, as the model takes them (safetensors)")
    .requiredOption("--out <file>", "where `logits`, `pooled` and `block.NAME` go (safetensors)")
    .option("--params <json>", "parameters of a family")
    .option("--allow-download", "fetch weights named on a hub (`hf:…`) that this machine lacks")
    .option(...NO_PLUGINS)
    .addOption(engineOption())
    .option("--device <device>", "where it computes: cpu, cuda, cuda:N or webgpu", deviceWord, "cpu")
    .option("--threads <n>", "threads of the engine", positiveInteger)
    .action(async (model: string, flags: ForwardFlags) => {
      const { forwardCommand } = await import("../actions/forward.js");
      shell.exit(await forwardCommand(shell.io, model, flags));
    });
}
