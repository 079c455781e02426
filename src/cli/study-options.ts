/** Options that several commands share. */

import { type Command, InvalidArgumentError, type Option } from "commander";
import { parseDeviceWish } from "../runtime/devices/wish.js";
import { clusterWish } from "../runtime/executors/slurm/machine.js";
import { UsageError } from "../runtime/host/errors.js";
import type { PluginsTold, PluginsWish } from "../runtime/plugins/project.js";
import type { ComputeWish } from "../runtime/run/engine.js";
import type { OpenStudy, StudyOptions } from "../runtime/run/open.js";
import { choice, collected, positiveInteger, positiveIntegerOrAuto } from "./command.js";
import { downloadLines } from "./downloads.js";
import { complain, type Io } from "./io.js";

export interface StudyFlags {
  readonly data?: readonly string[];
  readonly cache?: string;
  readonly allowDownload?: true;
  /** False where `--no-plugins` was given. */
  readonly plugins?: boolean;
  readonly profile?: string;
  readonly set?: readonly string[];
  readonly only?: readonly string[];
}

export interface ComputeFlags {
  readonly engine: EngineName;
  readonly device: string;
  readonly jobs?: number;
  readonly threads?: number;
  readonly microBatch?: number | "auto";
}

export interface ExecutorFlags {
  readonly executor: "local" | "slurm";
}

export const NO_PLUGINS = ["--no-plugins", "run no code of the plug-ins that xfer.config.json names"] as const;

export function withDataOptions(command: Command): Command {
  return command
    .option("--data <name=dir>", "where a dataset lies on this machine; may be given often", collected)
    .option("--cache <dir>", "where finished work is kept (default: .xfer/cache in the project)")
    .option("--allow-download", "fetch weights that the study names on a hub (`hf:…`) and this machine lacks")
    .option(...NO_PLUGINS);
}

export function withStudyOptions(command: Command): Command {
  return withDataOptions(command)
    .option("--profile <name>", "run the study with the changes of one of its profiles")
    .option("--set <path=value>", "change one setting, as a profile does; may be given often", collected);
}

export type EngineName = "auto" | "tensorflow" | "onnx" | "reference";

export function engineOption(): Option {
  return choice("--engine <engine>", "what computes", ["auto", "tensorflow", "onnx", "reference"], "auto");
}

/** Checked where it is typed, kept as it was typed. */
export function deviceWord(text: string): string {
  try {
    parseDeviceWish(text);
    return text;
  } catch (error) {
    if (error instanceof UsageError) throw new InvalidArgumentError(`It ${error.hint ?? "is no device"}.`);
    throw error;
  }
}

export function withComputeOptions(command: Command): Command {
  return command
    .addOption(engineOption())
    .option("--device <device>", "where it computes: auto, cpu, cuda, cuda:N, cuda:N,M or webgpu", deviceWord, "auto")
    .option("--jobs <n>", "workers at once (default: one a core, up to four a GPU)", positiveInteger)
    .option("--threads <n>", "threads of one worker; part of what results are keyed by (default: 1)", positiveInteger)
    .option(
      "--micro-batch <n|auto>",
      "images a training takes at once, adding gradients up to its batch; auto: fewer where memory runs out",
      positiveIntegerOrAuto,
    )
    .option("--only <experiment>", "leave the other experiments out; may be given often", collected);
}

export function executorOption(): Option {
  return choice(
    "--executor <executor>",
    "where it is computed: on this machine, or in jobs of a Slurm cluster (docs/slurm.md)",
    ["local", "slurm"],
    "local",
  );
}

/** @throws UsageError where the file cannot be a study by its name. */
export function studyOptions(io: Io, study: string, flags: StudyFlags): StudyOptions {
  if (!study.endsWith(".xfer")) throw new UsageError(`${study} is no study`, "name a file that ends in .xfer");
  return {
    cwd: io.cwd,
    environment: io.env,
    study,
    data: flags.data ?? [],
    cache: flags.cache,
    profile: flags.profile,
    set: flags.set ?? [],
    only: flags.only ?? [],
    network: flags.allowDownload ? "allowed" : undefined,
    onDownload: downloadLines(io),
    ...pluginOptions(io, flags),
  };
}

/** What was said of plug-ins, by command: many files of one project need it said once. */
const told = new WeakMap<Io, string>();

/** Whose code runs is always said, on standard error, once a command. */
export function pluginOptions(io: Io, { plugins }: Pick<StudyFlags, "plugins">): PluginsWish {
  return {
    plugins: plugins === false ? "ignore" : "load",
    onPlugins({ loaded, ignored }: PluginsTold): void {
      const names = loaded.map(({ ref, from }) => `${ref.name} ${ref.version} (${from})`);
      const line =
        ignored.length > 0 ? `plug-ins left out: ${ignored.join(", ")}` : `plug-ins loaded: ${names.join(", ")}`;
      if (told.get(io) !== line) complain(io, line);
      told.set(io, line);
    },
  };
}

/** @throws UsageError where a cluster is asked for a device that it cannot be asked for. */
export function computeWish(io: Io, flags: ComputeFlags & Partial<ExecutorFlags>, { host }: OpenStudy): ComputeWish {
  const { engine, device, threads, jobs, microBatch } = flags;
  const wish = { engine, device, threads, jobs, microBatch, environment: io.env };
  return flags.executor === "slurm" ? clusterWish(host.config.slurm, wish) : wish;
}
