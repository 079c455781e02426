/** `xferc export`. */

import { join, resolve } from "node:path";
import type { AdapterForm } from "../../runtime/export/adapters.js";
import { exportStates } from "../../runtime/export/states.js";
import { exportTables } from "../../runtime/export/tables.js";
import { howToOpen, readTrackedStudy, writeTracked } from "../../runtime/export/trackers/index.js";
import { findProjectRoot, readConfig } from "../../runtime/host/config.js";
import { cacheFolder, cacheLayers, displayPath, UsageError } from "../../runtime/host/index.js";
import { openStore } from "../../runtime/store/index.js";
import { counted } from "../../runtime/ui/format.js";
import { complain, EXIT, type ExitCode, type Io, print } from "../io.js";

export interface ExportFlags {
  readonly out: string;
  readonly format: "safetensors" | "csv" | "parquet" | "tensorboard" | "mlflow" | "wandb";
  readonly states?: readonly string[];
  readonly adapters?: AdapterForm;
  readonly cache?: string;
}

const MOST_NAMED = 5;

export async function exportCommand(io: Io, run: string, flags: ExportFlags): Promise<ExitCode> {
  const folder = resolve(io.cwd, run);
  const out = resolve(io.cwd, flags.out);
  const { format } = flags;
  if (format !== "safetensors" && flags.states !== undefined)
    throw new UsageError("--states is for safetensors", "leave it out, or the --format");
  if (format !== "safetensors" && flags.adapters !== undefined)
    throw new UsageError("--adapters is for safetensors", "leave it out, or the --format");
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
    const study = await readTrackedStudy(folder, run, store);
    writeTracked(study, format, out);
    print(io, `${counted(study.cells.length, "cell")} written; to look at them: ${howToOpen(format, flags.out)}`);
    return EXIT.success;
  }
  const selectors = flags.states ?? [];
  const { adapters = "merged" } = flags;
  const { files, missing } = await exportStates({ run: folder, shown: run, store, selectors, adapters, out });
  if (files.length === 0) {
    throw new UsageError(
      `none of these states is in the cache ${displayPath(cache, io.cwd)}`,
      "say with --cache where the run kept its work, or run the study again",
    );
  }
  for (const { file } of files) print(io, displayPath(join(out, file), io.cwd));
  if (missing.length === 0) return EXIT.success;
  const names = missing.slice(0, MOST_NAMED).join(", ");
  const more = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : "";
  complain(io, `xferc: ${counted(missing.length, "state")} not in the cache: ${names}${more}`);
  return EXIT.cells;
}
