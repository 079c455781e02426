import type { ExportFlags } from "../actions/export.js";
import { choice, collected, declare, type Shell } from "../command.js";
import { NO_PLUGINS } from "../study-options.js";

const FORMATS: readonly ExportFlags["format"][] = ["safetensors", "csv", "parquet", "tensorboard", "mlflow", "wandb"];
const ADAPTERS: readonly NonNullable<ExportFlags["adapters"]>[] = ["merged", "alone"];

export function addExport(shell: Shell): void {
  declare(shell, {
    name: "export",
    summary:
      "write a run's fine-tuned states as files timm loads, what they say of each image, its results as tables, or its cells for experiment trackers",
    examples: [
      ["xferc export runs/first/2026-11-23T09-30-00-1a2b3c --out models", "the selected state of every cell"],
      ["xferc export runs/… --out models --states 'main[init: WT].last'", "the last states of some"],
      ["xferc export runs/… --out numbers --format csv", "results.csv and summary.csv"],
      [
        "xferc export runs/… --out said --predictions csv --include-samples",
        "what every cell says of each image, for predictions(…) and for others",
      ],
      ["xferc export runs/… --out board --format tensorboard", "curves, numbers and parameters of every cell"],
    ],
  })
    .argument("<run>", "the run's folder")
    .requiredOption("--out <dir>", "where the files go")
    .option(
      "--states <selector>",
      "selected, last or initial, of all cells or of some (`main[init: WT]#1.last`); may be given often (default: selected)",
      collected,
    )
    .addOption(choice("--format <format>", "what to write", FORMATS, "safetensors"))
    .addOption(
      choice(
        "--adapters <form>",
        "of models with LoRA: merged into their weights, or alone, with the head (default: merged)",
        ADAPTERS,
      ),
    )
    .addOption(
      choice("--predictions <form>", "what the states say of the images they were scored on, not the states", [
        "csv",
        "parquet",
      ]),
    )
    .option("--include-samples", "with --predictions: yes, by image id, which may be a patient's")
    .option("--cache <dir>", "where finished work is kept (default: .xfer/cache in the project)")
    .option(...NO_PLUGINS)
    .action(async (run: string, flags: ExportFlags) => {
      const { exportCommand } = await import("../actions/export.js");
      shell.exit(await exportCommand(shell.io, run, flags));
    });
}
