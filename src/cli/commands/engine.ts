import { InvalidArgumentError } from "commander";
import type { EngineInstallFlags, EngineListFlags } from "../actions/engine.js";
import { choice, collected, declare, type Shell } from "../command.js";

export function addEngine(shell: Shell): void {
  const group = declare(shell, {
    name: "engine",
    summary: "install, list and remove native engines; onnx comes with xferc and needs none of this",
    examples: [
      ["xferc engine install tensorflow", "TensorFlow's library and its binding, for this user"],
      ["xferc engine list", "what is installed, and where"],
    ],
  });
  const below: Shell = { ...shell, program: group };
  addInstall(below);
  addList(below);
  addRemove(below);
}

function addInstall(shell: Shell): void {
  declare(shell, {
    name: "install",
    summary:
      "get TensorFlow's native library, build its binding and try it with a training step; " +
      "can be interrupted and repeated",
    examples: [
      ["xferc engine install tensorflow", "for the CPU; needs a C++ compiler, and pip or a network"],
      ["xferc engine install tensorflow --cuda", "for NVIDIA GPUs, with NVIDIA's libraries"],
      ["xferc engine install tensorflow --wheel tensorflow_cpu-2.21.0-….whl", "without a network"],
      ["xferc engine install onnx --cuda", "onnxruntime's libraries for NVIDIA GPUs"],
    ],
  })
    .argument("<engine>", "tensorflow, or onnx for its CUDA libraries")
    .option("--cuda", "the build for NVIDIA GPUs")
    .option(
      "--wheel <file>",
      "a wheel of TensorFlow, or its official C library (.tar.gz); often: NVIDIA's wheels too",
      collected,
    )
    .option("--sha256 <hex>", "the digest TensorFlow's wheel or archive must have", sha256)
    .option("--force", "install again, whatever is there")
    .action(async (engine: string, flags: EngineInstallFlags) => {
      const { installEngineCommand } = await import("../actions/engine.js");
      shell.exit(await installEngineCommand(shell.io, engine, flags));
    });
}

function addList(shell: Shell): void {
  declare(shell, {
    name: "list",
    summary: "say which native engines are installed, where, and whether they serve this Node",
    examples: [["xferc engine list", "what is installed"]],
  })
    .addOption(choice("--format <format>", "how to print it", ["text", "json"], "text"))
    .action(async (flags: EngineListFlags) => {
      const { listEnginesCommand } = await import("../actions/engine.js");
      shell.exit(await listEnginesCommand(shell.io, flags));
    });
}

function addRemove(shell: Shell): void {
  declare(shell, {
    name: "remove",
    summary: "remove a native engine",
    examples: [
      ["xferc engine remove tensorflow", "all installations of it"],
      ["xferc engine remove tensorflow 2.21.0-cpu-linux-x64", "one of them, as `xferc engine list` names it"],
    ],
  })
    .argument("<engine>", "tensorflow")
    .argument("[id...]", "installations; all of them unless given")
    .action(async (engine: string, ids: string[]) => {
      const { removeEngineCommand } = await import("../actions/engine.js");
      shell.exit(await removeEngineCommand(shell.io, engine, ids));
    });
}

function sha256(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError("It must have 64 hexadecimal digits.");
  return text.toLowerCase();
}
