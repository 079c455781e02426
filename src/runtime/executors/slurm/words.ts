/** Command lines and batch scripts. Pure; every word that comes from outside is quoted, or never meets a shell. */

import { dirname } from "node:path";
import { UsageError } from "../../host/errors.js";
import type { ContainerRuntime, SlurmConfig, SlurmResources } from "../../host/slurm-config.js";
import type { JobRequest } from "./resources.js";

/** One word of a POSIX shell, whatever it holds. */
function shellWord(word: string): string {
  if (word.includes("\0")) throw new UsageError("a path holds a NUL byte", "rename it");
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(" ");

/** Where a job writes what its process says; Slurm would take `%` for a pattern and `\` for an end of patterns. */
export function outputPattern(folder: string, pattern: string): string {
  if (folder.includes("\\"))
    throw new UsageError(`${folder}: Slurm cannot write to a path with \\`, "rename the folder");
  return `${folder.replaceAll("%", "%%")}/${pattern}`;
}

export interface ArrayJob {
  readonly jobName: string;
  readonly request: JobRequest;
  readonly config: SlurmConfig;
  /** Jobs of the array. */
  readonly count: number;
  readonly logs: string;
  readonly folder: string;
  readonly mounts: readonly string[];
  readonly script: string;
}

const SIGNAL_SECONDS = 120;
/** What a job is told before its time is over. Node keeps SIGUSR1 for its debugger. */
export const TIME_SIGNAL = "USR2";

/** For `sbatch`. */
export function arrayWords(job: ArrayJob): readonly string[] {
  const { request, config, count } = job;
  const { signalSeconds = SIGNAL_SECONDS, requeue = true, container } = config;
  const { cpus, memory, time, gres, resources } = request;
  return [
    "--parsable",
    `--job-name=${job.jobName}`,
    `--array=0-${count - 1}`,
    "--nodes=1",
    "--ntasks=1",
    `--cpus-per-task=${cpus}`,
    ...(memory === undefined ? [] : [`--mem=${memory}`]),
    `--time=${time}`,
    ...(gres === undefined ? [] : [`--gres=${gres}`]),
    `--signal=B:${TIME_SIGNAL}@${signalSeconds}`,
    requeue ? "--requeue" : "--no-requeue",
    "--open-mode=append",
    `--output=${outputPattern(job.logs, "%A_%a.log")}`,
    `--chdir=${job.folder}`,
    ...accountWords(resources),
    ...(container === undefined ? [] : pyxisWords(containerOf(container), job.mounts)),
    ...(resources.arguments ?? []),
    job.script,
  ];
}

/** Who pays, and where. */
export function accountWords(resources: SlurmResources): readonly string[] {
  const { account, partition, qos, nice, constraint, reservation } = resources;
  const named = { account, partition, qos, nice, constraint, reservation };
  return Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
}

interface Container {
  readonly image: string;
  readonly runtime: ContainerRuntime;
  readonly mounts: readonly string[];
  readonly arguments: readonly string[];
}

function containerOf(container: NonNullable<SlurmConfig["container"]>): Container {
  const {
    image,
    runtime = "apptainer",
    mounts = [],
    ...rest
  } = typeof container === "string" ? { image: container } : container;
  return { image, runtime, mounts, arguments: rest.arguments ?? [] };
}

function pyxisWords({ image, runtime, mounts }: Container, needed: readonly string[]): readonly string[] {
  if (runtime !== "pyxis") return [];
  const folders = distinct([...needed, ...mounts]);
  return [`--container-image=${image}`, `--container-mounts=${folders.map((path) => `${path}:${path}`).join()}`];
}

export interface Program {
  /** What is run, word by word. */
  readonly words: readonly string[];
  readonly folder: string;
  /** Folders it reads or writes. */
  readonly mounts: readonly string[];
  readonly device: "cpu" | "cuda";
  readonly environment: { readonly [name: string]: string };
}

/** The script of a pilot. It becomes the process itself, so that Slurm's signals reach it. */
export function pilotScript(config: SlurmConfig, program: Program): string {
  const { words, device, folder, mounts } = program;
  const container = config.container === undefined ? undefined : containerOf(config.container);
  const inside =
    container === undefined || container.runtime === "pyxis"
      ? words
      : [
          ...[container.runtime, "exec", ...(device === "cuda" ? ["--nv"] : [])],
          ...["--bind", distinct([...mounts, ...container.mounts]).join(), "--pwd", folder],
          ...[...container.arguments, container.image, ...words],
        ];
  return script(config, program.environment, [`exec ${shellWords(inside)}`]);
}

/** Says to the process in charge that it is in a job of its own. */
export const COORDINATOR_VARIABLE = "XFERC_SLURM_COORDINATOR";

/** The script of the job that `xferc submit` leaves in charge; it becomes the process itself, too. */
export function coordinatorScript(config: SlurmConfig, program: Program): string {
  const environment = { ...program.environment, [COORDINATOR_VARIABLE]: "1" };
  return script(config, environment, [`exec ${shellWords(program.words)}`]);
}

function script(config: SlurmConfig, environment: Program["environment"], body: readonly string[]): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  return ["#!/bin/bash", ...exports, ...(config.setup ?? []), ...body, ""].join("\n");
}

/** Folders none of which lies in another. @throws UsageError where a path cannot be said to a container */
export function distinct(paths: readonly string[]): readonly string[] {
  for (const path of paths) {
    if (/[:,]/.test(path))
      throw new UsageError(`${path} cannot be mounted in a container`, "use a path without : and ,");
  }
  return [...new Set(paths)].filter((path) => !paths.some((other) => other !== path && isAbove(other, path)));
}

function isAbove(folder: string, path: string): boolean {
  for (let above = dirname(path); ; above = dirname(above)) {
    if (above === folder) return true;
    if (dirname(above) === above) return false;
  }
}
