/** What `squeue` says of jobs. Pure. */

export interface QueuedJob {
  /** `4711_0`; of a job that is no array, `4711`. */
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Why it waits; empty where it does not. */
  readonly reason: string;
  /** Where it runs; empty where it does not. */
  readonly node: string;
}

/** For `squeue`, of jobs by name; those that ended are listed for some minutes more. */
export function queueWords(names: readonly string[]): readonly string[] {
  // Of one user, which is the less to ask of the controller.
  const user = process.getuid === undefined ? [] : [`--user=${process.getuid()}`];
  return ["--noheader", "--array", "--states=all", ...user, `--name=${names.join()}`, "--format=%i|%T|%r|%N|%j"];
}

export function parseQueue(text: string): readonly QueuedJob[] {
  return text.split("\n").flatMap((line): QueuedJob[] => {
    const [id = "", state = "", reason = "", node = "", name = ""] = line.split("|").map((cell) => cell.trim());
    if (!/^\d+(_\d+)?$/.test(id) || state === "" || name === "") return [];
    return [{ id, state, name, reason: reason === "None" ? "" : reason, node }];
  });
}

const OVER = new Set([
  ...["BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"],
  ...["REVOKED", "TIMEOUT"],
]);
const WAITING = new Set(["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"]);

export type Standing = "waits" | "runs" | "ends" | "over";

export function standingOf({ state }: QueuedJob): Standing {
  if (OVER.has(state)) return "over";
  if (WAITING.has(state)) return "waits";
  return state === "COMPLETING" ? "ends" : "runs";
}

/** Reasons that no waiting ends, and what to do about them. */
const HOPELESS: { readonly [reason: string]: string } = {
  BadConstraints: "no node has what it asks for: look at slurm.constraint, gres, memory and cpus",
  PartitionTimeLimit: "it asks for more time than the partition allows: lower slurm.time",
  PartitionNodeLimit: "the partition does not have such nodes: look at slurm.partition and gres",
  AssociationTimeLimit: "it asks for more time than the account allows: lower slurm.time",
  QOSMaxWallDurationPerJobLimit: "it asks for more time than the QOS allows: lower slurm.time",
  DependencyNeverSatisfied: "what it depends on has failed",
  JobHeldUser: "it is held: `scontrol release` lets it go",
  JobHeldAdmin: "it is held by an administrator",
  InvalidAccount: "its account is not valid: look at slurm.account",
  InvalidQOS: "its QOS is not valid: look at slurm.qos",
  AccountNotAllowed: "its account may not use the partition: look at slurm.account and partition",
  QOSNotAllowed: "its QOS may not use the partition: look at slurm.qos and partition",
};

/** What a user should know of a reason to wait; undefined for those that pass. */
export function adviceOn(reason: string): string | undefined {
  return HOPELESS[reason];
}
