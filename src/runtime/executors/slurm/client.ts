/** Slurm's commands: no library speaks to it, and every cluster has these. Any of them may fail for a while. */

import { type Ask, ask } from "../../devices/command.js";
import { parseQueue, type QueuedJob, queueWords } from "./queue.js";
import { COORDINATOR_VARIABLE } from "./words.js";

export type Submitted =
  | { readonly status: "submitted"; readonly array: string }
  /** The same may work later: the controller is restarting, a limit is reached. */
  | { readonly status: "later"; readonly message: string }
  /** It may have been heard all the same: whether there is a job, the queue tells. */
  | { readonly status: "unanswered"; readonly message: string }
  | { readonly status: "refused"; readonly message: string };

export type Queue =
  | { readonly status: "known"; readonly jobs: readonly QueuedJob[] }
  | { readonly status: "unknown"; readonly message: string }
  /** There is no such command: asking again is of no use. */
  | { readonly status: "absent"; readonly message: string };

export interface Slurm {
  submit(words: readonly string[]): Promise<Submitted>;
  queue(names: readonly string[]): Promise<Queue>;
  /** What went wrong, if anything did. */
  cancel(ids: readonly string[]): Promise<string | undefined>;
  /** Ends a job and puts it back into the queue. */
  requeue(id: string): Promise<void>;
}

const TIMEOUT_MS = 60_000;
/** Longer command lines are cut into several. */
const IDS_AT_ONCE = 500;

/** Slurm says no, but not for good. */
const PASSING =
  /unable to contact|timed out|temporarily|try again|connection (refused|reset)|limit|QOSMax|AssocMax|AssocGrp|zero bytes|communication|in maintenance|not responding|slurm_receive_msg/i;
const UNANSWERED = /timed out|zero bytes|connection reset|slurm_receive_msg/i;

export function slurmCommands(environment: NodeJS.ProcessEnv, timeoutMs: number = TIMEOUT_MS): Slurm {
  const own = outsideOfJobs(environment);
  return slurmWith((program, words) => ask(program, words, { timeoutMs, environment: own }));
}

/** What a user sets for Slurm's commands; the rest of `SLURM_…` tells of a job, and a job begun from it has its own. */
const SETTINGS = new Set(["SLURM_CONF", "SLURM_CLUSTERS", "SLURM_JWT", "SLURM_CONF_SERVER", "SLURM_DEBUG_FLAGS"]);

export function outsideOfJobs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => (!name.startsWith("SLURM_") || SETTINGS.has(name)) && name !== COORDINATOR_VARIABLE,
  );
  return Object.fromEntries(kept);
}

export function slurmWith(tool: Ask): Slurm {
  return {
    async submit(words) {
      const answer = await tool("sbatch", words);
      if (answer.status === "absent") return { status: "refused", message: absent("sbatch") };
      if (answer.status === "hung") return { status: "unanswered", message: "sbatch does not answer" };
      const id = /^(\d+)(;|\s|$)/m.exec(answer.out)?.[1];
      if (answer.code === 0 && id !== undefined) return { status: "submitted", array: id };
      const message = said(answer.err) || said(answer.out) || `sbatch ended with ${answer.code}`;
      if (UNANSWERED.test(message)) return { status: "unanswered", message };
      return { status: PASSING.test(message) ? "later" : "refused", message };
    },
    async queue(names) {
      const answer = await tool("squeue", queueWords(names));
      if (answer.status === "absent") return { status: "absent", message: absent("squeue") };
      if (answer.status === "hung") return { status: "unknown", message: "squeue does not answer" };
      if (answer.code === 0) return { status: "known", jobs: parseQueue(answer.out) };
      return { status: "unknown", message: said(answer.err) || `squeue ended with ${answer.code}` };
    },
    async cancel(ids) {
      let problem: string | undefined;
      for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
        const answer = await tool("scancel", ids.slice(from, from + IDS_AT_ONCE));
        if (answer.status === "absent") return absent("scancel");
        if (answer.status === "hung") problem = "scancel does not answer";
        // Of jobs that have ended already it says so, and does the rest.
        else if (answer.code !== 0 && !/invalid job id|already completing/i.test(answer.err))
          problem = said(answer.err);
      }
      return problem;
    },
    async requeue(id) {
      await tool("scontrol", ["requeue", id]);
    },
  };
}

const absent = (program: string): string => `there is no ${program} here; start xferc where Slurm's commands are`;

/** The last line that says something, without the program's name. */
function said(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const last = lines.findLast((line) => line !== "") ?? "";
  const told = lines.findLast((line) => /error:/.test(line) && !/Batch job submission failed/.test(line));
  const whole = /Batch job submission failed: (.+)$/.exec(last)?.[1] ?? last.replace(/^(sbatch|squeue|scancel): /, "");
  const more = told === undefined || told.includes(whole) ? "" : ` (${told.replace(/^.*?error: /, "")})`;
  return `${whole.replace(/^error: /, "")}${more}`;
}
