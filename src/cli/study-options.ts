/** Options that several commands share. */

import type { Command } from "commander";
import { UsageError } from "../runtime/host/errors.js";
import type { ComputeWish } from "../runtime/run/engine.js";
import type { StudyOptions } from "../runtime/run/open.js";
import { choice, collected, positiveInteger, positiveIntegerOrAuto } from "./command.js";
import type { Io } from "./io.js";

export interface StudyFlags {
  readonly data?: readonly string[];
  readonly cache?: string;
  readonly profile?: string;
  readonly set?: readonly string[];
  readonly only?: readonly string[];
}

export interface ComputeFlags {
  readonly engine: "auto" | "onnx" | "reference";
  readonly device: "auto" | "cpu";
  readonly jobs?: number;
  readonly threads?: number;
  readonly microBatch?: number | "auto";
}

export function withDataOptions(command: Command): Command {
  return command
    .option("--data <name=dir>", "where a dataset lies on this machine; may be given often", collected)
    .option("--cache <dir>", "where finished work is kept (default: .xfer/cache in the project)");
}

export function withStudyOptions(command: Command): Command {
  return withDataOptions(command)
    .option("--profile <name>", "run the study with the changes of one of its profiles")
    .option("--set <path=value>", "change one setting, as a profile does; may be given often", collected);
}

export function withComputeOptions(command: Command): Command {
  return command
    .addOption(choice("--engine <engine>", "what computes", ["auto", "onnx", "reference"], "auto"))
    .addOption(choice("--device <device>", "where it computes", ["auto", "cpu"], "auto"))
    .option("--jobs <n>", "workers at once (default: one a core)", positiveInteger)
    .option("--threads <n>", "threads of one worker; part of what results are keyed by (default: 1)", positiveInteger)
    .option(
      "--micro-batch <n|auto>",
      "images a training takes at once, adding gradients up to its batch; auto: fewer where memory runs out",
      positiveIntegerOrAuto,
    )
    .option("--only <experiment>", "leave the other experiments out; may be given often", collected);
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
  };
}

export function computeWish(flags: ComputeFlags): ComputeWish {
  const { engine, device, threads, jobs, microBatch } = flags;
  return { engine, device, threads, jobs, microBatch };
}
