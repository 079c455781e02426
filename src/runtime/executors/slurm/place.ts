/**
 * `slurm/` in a run's folder, which jobs and those who follow them share. It names paths of this machine, is no part of
 * what a run says of itself, and goes, all but the logs and the numbers of jobs, once the run is complete.
 *
 * `id` · `cancelled` · `logs/` · and for each plan that is carried out, `1/`, `2/`, …: `plan` (what jobs are to do),
 * `about.json` (which plan that is, for those who only look) · `jobs.ndjson` (what was submitted) · `CLASS.sh` · `pilots/` (journals) · `failed/`
 */

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeKey } from "../../../compiler/plan/types.js";
import { replaceFile } from "../../store/replace.js";
import { appendLine, linesOf } from "./lines.js";

export interface SubmittedArray {
  readonly at: string;
  readonly class: string;
  /** Slurm's number of the array. */
  readonly array: string;
  readonly count: number;
}

export interface RoundAbout {
  /** Equal for plans that are carried out alike. */
  readonly digest: string;
  /** The run that its pilots work for. */
  readonly run: string;
  readonly classes: readonly string[];
  /** Absolute. */
  readonly cache: string;
  readonly layers: readonly string[];
  readonly nodes: readonly NodeKey[];
}

export class SlurmPlace {
  readonly folder: string;
  readonly logs: string;
  private known: string | undefined;

  /** @param run the run's folder; absolute */
  constructor(readonly run: string) {
    this.folder = join(run, "slurm");
    this.logs = join(this.folder, "logs");
  }

  /** Whether the run was ever a cluster's. */
  get isThere(): boolean {
    return existsSync(this.folder);
  }

  /** Names the run's jobs; drawn once a run folder. */
  id(): string {
    this.known ??= this.readId();
    return this.known;
  }

  private readId(): string {
    mkdirSync(this.logs, { recursive: true });
    const path = join(this.folder, "id");
    try {
      writeFileSync(path, randomBytes(4).toString("hex"), { flag: "wx" });
    } catch (error) {
      if (!existsSync(path)) throw error;
    }
    const id = readFileSync(path, "utf8").trim();
    if (/^[0-9a-f]{8}$/.test(id)) return id;
    throw new Error(`${path} does not hold a run's id; choose another folder with --out`);
  }

  jobName(jobClass: string): string {
    return `xferc-${this.id()}-${jobClass}`;
  }

  /** Of the job that `xferc submit` leaves in charge. */
  get coordinatorName(): string {
    return this.jobName("coordinator");
  }

  get cancelledPath(): string {
    return join(this.folder, "cancelled");
  }

  cancel(): void {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.cancelledPath, "");
  }

  get isCancelled(): boolean {
    return isThere(this.folder, "cancelled");
  }

  /** A run that was cancelled is to go on. */
  uncancel(): void {
    rmSync(this.cancelledPath, { force: true });
  }

  /** From the first to the latest. */
  rounds(): readonly RoundPlace[] {
    const numbers = listed(this.folder).flatMap((name) => (/^[1-9]\d*$/.test(name) ? [Number(name)] : []));
    return numbers.sort((a, b) => a - b).map((number) => new RoundPlace(this, number));
  }

  newRound(): RoundPlace {
    return new RoundPlace(this, (this.rounds().at(-1)?.number ?? 0) + 1);
  }

  /** Whatever names paths: of a run that is complete no one needs it any more. */
  tidy(): void {
    for (const round of this.rounds()) round.tidy();
    rmSync(join(this.folder, "coordinator.sh"), { force: true });
  }
}

/** The folder of one plan. */
export class RoundPlace {
  readonly folder: string;

  constructor(
    readonly slurm: SlurmPlace,
    readonly number: number,
  ) {
    this.folder = join(slurm.folder, String(number));
  }

  get planPath(): string {
    return join(this.folder, "plan");
  }

  /** Undefined where it is not there yet, or no longer. */
  about(): RoundAbout | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(join(this.folder, "about.json"), "utf8"));
      return isAbout(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  /** The plan first: where there is something about it, it is there whole. */
  write(plan: Uint8Array, about: RoundAbout): void {
    for (const name of ["pilots", "failed"]) mkdirSync(join(this.folder, name), { recursive: true });
    writeFileSync(this.planPath, plan, { flush: true });
    replaceFile(join(this.folder, "about.json"), JSON.stringify(about));
  }

  writeScript(name: string, text: string): string {
    const path = join(this.folder, `${name}.sh`);
    replaceFile(path, text);
    return path;
  }

  record(array: SubmittedArray): void {
    appendLine(join(this.folder, "jobs.ndjson"), array);
  }

  submitted(): readonly SubmittedArray[] {
    return linesOf(join(this.folder, "jobs.ndjson")).filter(isSubmitted);
  }

  journalPath(pilot: string): string {
    return join(this.folder, "pilots", `${pilot}.ndjson`);
  }

  /** Names of the journals there are. */
  pilots(): readonly string[] {
    return listed(join(this.folder, "pilots")).flatMap((name) =>
      name.endsWith(".ndjson") ? [name.slice(0, -".ndjson".length)] : [],
    );
  }

  /** Tells all processes of the run that a node is given up. The first to say so has the word. */
  giveUp(key: NodeKey, message: string): void {
    const path = join(this.folder, "failed", key);
    if (!existsSync(path)) replaceFile(path, JSON.stringify({ message }));
  }

  hasFailures(): boolean {
    return listed(join(this.folder, "failed")).length > 0;
  }

  failureOf(key: NodeKey): string | undefined {
    // Asked by listing: what was not there a moment ago, a network file system may remember as absent.
    if (!isThere(join(this.folder, "failed"), key)) return undefined;
    try {
      const { message }: { message?: unknown } = JSON.parse(readFileSync(join(this.folder, "failed", key), "utf8"));
      return typeof message === "string" ? message : "another job failed at it";
    } catch {
      return "another job failed at it";
    }
  }

  tidy(): void {
    for (const name of listed(this.folder)) {
      if (name !== "jobs.ndjson") rmSync(join(this.folder, name), { recursive: true, force: true });
    }
  }
}

function isSubmitted(value: unknown): value is SubmittedArray {
  if (typeof value !== "object" || value === null) return false;
  const { class: name, array, count } = value as Partial<SubmittedArray>;
  return typeof name === "string" && typeof array === "string" && /^\d+$/.test(array) && typeof count === "number";
}

function isAbout(value: unknown): value is RoundAbout {
  if (typeof value !== "object" || value === null) return false;
  const { digest, run, classes, cache, layers, nodes } = value as Partial<RoundAbout>;
  const areWords = (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === "string");
  const words = [digest, run, cache].every((one) => typeof one === "string");
  return words && [classes, layers, nodes].every(areWords) && (nodes ?? []).every((key) => /^[0-9a-f]{64}$/.test(key));
}

function isThere(folder: string, name: string): boolean {
  return listed(folder).includes(name);
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
