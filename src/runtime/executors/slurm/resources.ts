/** What jobs ask for: the configuration's word for an operation, else what the plan's estimates say. Pure. */

import type { NumericSignature, OpName, PlanNode } from "../../../compiler/plan/types.js";
import { OP_VERSIONS } from "../../../compiler/plan/versions.js";
import { UsageError } from "../../host/errors.js";
import { RESOURCE_NAMES, type SlurmConfig, type SlurmResources } from "../../host/slurm-config.js";

/** Operations whose nodes are computed by jobs of one kind. */
export interface JobClass {
  /** `main`, or the patterns that set it apart: `train`, `dataset.-`. Part of names of files and jobs. */
  readonly name: string;
  readonly ops: ReadonlySet<OpName>;
  readonly resources: SlurmResources;
}

export const MAIN_CLASS = "main";
const OPS = Object.keys(OP_VERSIONS) as readonly OpName[];

/** Together they have all operations. @throws UsageError for an operation there is not */
export function jobClasses(config: SlurmConfig): readonly JobClass[] {
  const patterns = Object.keys(config.ops ?? {});
  for (const pattern of patterns) {
    if (OPS.some((op) => matches(pattern, op))) continue;
    throw new UsageError(
      `xfer.config.json at slurm/ops: there is no operation "${pattern}"`,
      `there are ${OPS.join(", ")}; dataset.* stands for all that begin so`,
    );
  }
  const base = resourcesOf(config);
  const classes = new Map<string, { readonly ops: Set<OpName>; readonly resources: SlurmResources }>();
  for (const op of OPS) {
    const own = patterns.filter((pattern) => matches(pattern, op));
    const name = own.length === 0 ? MAIN_CLASS : own.join("+").replaceAll(/[^\w.+]/g, "-");
    const known = classes.get(name);
    if (known !== undefined) known.ops.add(op);
    else {
      const resources: SlurmResources = Object.assign({}, base, ...own.map((pattern) => config.ops?.[pattern]));
      classes.set(name, { ops: new Set([op]), resources });
    }
  }
  return [...classes].map(([name, { ops, resources }]) => ({ name, ops, resources }));
}

/** Without what is said of the whole run. */
function resourcesOf(config: SlurmConfig): SlurmResources {
  return Object.fromEntries(
    RESOURCE_NAMES.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])),
  );
}

function matches(pattern: string, op: string): boolean {
  const [before = "", after] = pattern.split("*");
  return after === undefined ? op === pattern : op.startsWith(before) && op.endsWith(after);
}

type Kind = Pick<JobClass, "name" | "ops">;

/** So short that any job may compute it, whatever else it is for. */
const LIGHT_SECONDS = 5;

/** Whether jobs of a class may compute a node: their own, and what is quick and for which nothing was said. */
export function serves({ name, ops }: Kind, node: PlanNode, main: Kind | undefined): boolean {
  if (ops.has(node.op)) return true;
  return name !== MAIN_CLASS && main?.ops.has(node.op) === true && node.estimate.seconds < LIGHT_SECONDS;
}

/** What one job asks for, in full. */
export interface JobRequest {
  readonly resources: SlurmResources;
  readonly cpus: number;
  /** MiB, or as configured; undefined where the cluster is to say. */
  readonly memory: string | undefined;
  /** Minutes, or as configured. */
  readonly time: string;
  readonly gres: string | undefined;
  readonly workers: number;
}

export const PILOTS = 8;
/** Of a worker that has opened its engine, and of the pilot. */
const PROCESS_BYTES = 700e6;
/** Estimates may be too low by so much. */
const MEMORY_MARGIN = 1.25;
const TIME_MARGIN = 2;
const MEMORY_STEP_MIB = 256;
const LEAST_MINUTES = 30;
const MOST_MINUTES = 24 * 60;
const START_MINUTES = 10;

/** @param nodes what is still to be computed by jobs of this class; at least one */
export function requestFor(
  { resources }: JobClass,
  nodes: readonly PlanNode[],
  { device, threads }: Pick<NumericSignature, "device" | "threads">,
): JobRequest {
  const { workers = 1, pilots = PILOTS } = resources;
  const memory = Math.max(
    ...nodes.map(({ estimate }) => estimate.memory - (device === "cuda" ? estimate.deviceMemory : 0)),
  );
  const seconds = nodes.reduce((sum, { estimate }) => sum + estimate.seconds, 0);
  const atOnce = Math.min(pilots * workers, nodes.length);
  const longest = Math.max(...nodes.map(({ estimate }) => estimate.seconds));
  const needsGpu = device === "cuda" && nodes.some(({ signature }) => signature?.device === "cuda");
  return {
    resources,
    cpus: resources.cpus ?? workers * threads,
    memory: resources.memory === "none" ? undefined : (resources.memory ?? memoryWord(memory, workers)),
    time: resources.time ?? String(minutesFor(Math.max(longest, seconds / atOnce))),
    gres: resources.gres === "none" ? undefined : (resources.gres ?? (needsGpu ? "gpu:1" : undefined)),
    workers,
  };
}

function memoryWord(bytes: number, workers: number): string {
  const mib = (workers * (Math.max(0, bytes) * MEMORY_MARGIN + PROCESS_BYTES) + PROCESS_BYTES) / 2 ** 20;
  return `${Math.ceil(mib / MEMORY_STEP_MIB) * MEMORY_STEP_MIB}M`;
}

/** Rounded up to five; a training that is not done by then is gone on with in another job. */
function minutesFor(seconds: number): number {
  const minutes = (seconds / 60) * TIME_MARGIN + START_MINUTES;
  return Math.min(MOST_MINUTES, Math.max(LEAST_MINUTES, Math.ceil(minutes / 5) * 5));
}
