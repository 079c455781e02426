/** `xferc export`. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { counted } from "../../compiler/counted.js";
import { LOCK_FILE, readLock } from "../../compiler/plan/index.js";
import type { AdapterForm } from "../../runtime/export/adapters.js";
import { exportPredictions, type PredictionsFormat } from "../../runtime/export/predictions.js";
import { exportStates } from "../../runtime/export/states.js";
import { exportTables } from "../../runtime/export/tables.js";
import { howToOpen, readTrackedStudy, writeTracked } from "../../runtime/export/trackers/index.js";
import { type Config, findProjectRoot, readConfig } from "../../runtime/host/config.js";
import { cacheFolder, cacheLayers, displayPath, UsageError } from "../../runtime/host/index.js";
import { projectPlugins } from "../../runtime/plugins/project.js";
import { openStore } from "../../runtime/store/index.js";
import { whileBusy } from "../busy.js";
import { complain, EXIT, type ExitCode, type Io, print } from "../io.js";
import { pluginOptions } from "../study-options.js";

export interface ExportFlags {
  readonly out: string;
  readonly format: "safetensors" | "csv" | "parquet" | "tensorboard" | "mlflow" | "wandb";
  readonly states?: readonly string[];
  readonly adapters?: AdapterForm;
  /** What the states say of images, instead of the states. */
  readonly predictions?: PredictionsFormat;
  readonly includeSamples?: true;
  readonly cache?: string;
  readonly plugins?: boolean;
}

const MOST_NAMED = 5;

/** A state is held to its model, which a plug-in of the project may have brought to the run. */
async function loadModels(
  io: Io,
  { folder, root }: { readonly folder: string; readonly root: string },
  { plugins: named }: Config,
  flags: ExportFlags,
): Promise<void> {
  const file = join(folder, LOCK_FILE);
  const lock = existsSync(file) ? readLock(readFileSync(file, "utf8")) : undefined;
  if (named.length === 0 || lock?.ok !== true || lock.lock.plugins === undefined) return;
  await projectPlugins({ named, root }, pluginOptions(io, flags));
}

export async function exportCommand(io: Io, run: string, flags: ExportFlags): Promise<ExitCode> {
  const folder = resolve(io.cwd, run);
  const out = resolve(io.cwd, flags.out);
  const { format } = flags;
  if (format !== "safetensors" && flags.states !== undefined)
    throw new UsageError("--states is for safetensors", "leave it out, or the --format");
  if (format !== "safetensors" && flags.adapters !== undefined)
    throw new UsageError("--adapters is for safetensors", "leave it out, or the --format");
  checkPredictions(flags);
  if (format === "csv" || format === "parquet") {
    const names = exportTables(folder, run, format, out);
    print(io, names.map((name) => displayPath(join(out, name), io.cwd)).join("\n"));
    return EXIT.success;
  }
  const root = findProjectRoot(folder, findProjectRoot(io.cwd, io.cwd));
  const place = { cwd: io.cwd, root, config: readConfig(root) };
  const cache = cacheFolder(place, flags.cache, io.env);
  const store = openStore(cache, undefined, cacheLayers(place, cache, io.env));
  if (format !== "safetensors") {
    const study = await whileBusy(io, `reading ${run}`, () => readTrackedStudy(folder, run, store));
    writeTracked(study, format, out);
    print(io, `${counted(study.cells.length, "cell")} written; to look at them: ${howToOpen(format, flags.out)}`);
    return EXIT.success;
  }
  if (flags.predictions !== undefined) {
    const { states: selectors = [], predictions } = flags;
    const found = await whileBusy(io, `writing predictions to ${flags.out}`, () =>
      exportPredictions({ run: folder, shown: run, store, selectors, format: predictions, out }),
    );
    if (found.files.length === 0 && found.missing.length === 0) {
      throw new UsageError(
        "nothing was predicted with these states",
        "predictions are made where a measure scores a state, `score(top1)`: name such a state with --states",
      );
    }
    return written(io, found, { out, cache, what: "prediction" });
  }
  await loadModels(io, { folder, root }, place.config, flags);
  const selectors = flags.states ?? [];
  const { adapters = "merged" } = flags;
  const found = await whileBusy(io, `writing states to ${flags.out}`, () =>
    exportStates({ run: folder, shown: run, store, selectors, adapters, out }),
  );
  return written(io, found, { out, cache, what: "state" });
}

/** Image ids may be patients': they leave the cache where they are asked for. */
function checkPredictions({ format, adapters, predictions, includeSamples }: ExportFlags): void {
  if (predictions === undefined) {
    if (includeSamples) throw new UsageError("--include-samples is for --predictions", "leave it out, or add that");
    return;
  }
  if (format !== "safetensors") throw new UsageError("--predictions has a format of its own", "leave --format out");
  if (adapters !== undefined) throw new UsageError("--adapters is for states", "leave it out, or --predictions");
  if (includeSamples) return;
  throw new UsageError(
    "predictions are written by image id, which may be a patient's",
    "say that it is meant: --include-samples",
  );
}

interface Written {
  readonly files: readonly { readonly file: string }[];
  readonly missing: readonly string[];
}

function written(
  io: Io,
  { files, missing }: Written,
  { out, cache, what }: { readonly out: string; readonly cache: string; readonly what: "state" | "prediction" },
): ExitCode {
  if (files.length === 0) {
    throw new UsageError(
      `none of these ${what}s is in the cache ${displayPath(cache, io.cwd)}`,
      "say with --cache where the run kept its work, or run the study again",
    );
  }
  for (const { file } of files) print(io, displayPath(join(out, file), io.cwd));
  if (missing.length === 0) return EXIT.success;
  const names = missing.slice(0, MOST_NAMED).join(", ");
  const more = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : "";
  complain(io, `xferc: ${counted(missing.length, what)} not in the cache: ${names}${more}`);
  return EXIT.cells;
}
