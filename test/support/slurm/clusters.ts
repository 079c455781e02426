/** Clusters to run tests on: the stand-in, anywhere; a real Slurm, where it is installed and the tests run as root. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface Cluster {
  /** For processes that are to use it. */
  readonly environment: NodeJS.ProcessEnv;
  /** A job's node dies under it. */
  failNode(job: string): void;
  /** A job is preempted and put back into the queue, and begins again. */
  preempt(job: string): void;
  /** Of Slurm's own commands; what it printed. */
  call(program: string, ...words: readonly string[]): string;
  stop(): void;
}

const here = import.meta.dirname;

export interface FakeCluster extends Cluster {
  /** `refuse`, `hold`, `silent`, `array-size`: it misbehaves so, until it is told otherwise. */
  misbehave(how: "refuse" | "hold" | "silent" | "array-size", message: string | undefined): void;
  /** A job is warned that its time is nearly over. */
  warn(job: string): void;
}

export function fakeCluster(): FakeCluster {
  const folder = mkdtempSync(join(tmpdir(), "xferc-fake-slurm-"));
  const environment = { FAKE_SLURM: folder, PATH: `${join(here, "bin")}${delimiter}${process.env.PATH}` };
  const fake = (...words: readonly string[]) =>
    execFileSync(process.execPath, [join(here, "fake.mjs"), ...words], {
      env: { ...process.env, ...environment },
      encoding: "utf8",
    });
  return {
    environment,
    call: (program, ...words) => fake(program, ...words),
    failNode: (job) => void fake("fail", job),
    preempt: (job) => void fake("requeue", job),
    warn: (job) => void fake("time", job),
    misbehave(how, message) {
      if (message === undefined) rmSync(join(folder, how), { force: true });
      else writeFileSync(join(folder, how), message);
    },
    stop() {
      // Jobs that a failed test left.
      fake("stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Why there is no real Slurm to be had here; undefined where there is. */
export const noRealSlurm: string | undefined = reason();

function reason(): string | undefined {
  if (process.platform !== "linux") return "a Slurm of one's own needs Linux";
  const path = `${process.env.PATH ?? ""}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  const missing = ["slurmctld", "slurmd", "sbatch", "squeue", "munged"].filter(
    (program) => !path.some((folder) => existsSync(join(folder, program))),
  );
  if (missing.length > 0) {
    return `there is no ${missing.join(", ")}; \`test/support/slurm/cluster.sh install\` gets them through apt`;
  }
  return process.getuid?.() === 0 ? undefined : "a Slurm of one's own is started by root";
}

export function realCluster(): Cluster {
  const folder = mkdtempSync(join(tmpdir(), "xferc-slurm-"));
  const script = (...words: readonly string[]) =>
    execFileSync("bash", [join(here, "cluster.sh"), ...words], { stdio: ["ignore", "ignore", "pipe"] });
  mkdirSync(folder, { recursive: true });
  script("start", folder);
  const environment = { SLURM_CONF: join(folder, "slurm.conf") };
  const call = (program: string, ...words: readonly string[]) =>
    execFileSync(program, [...words], { env: { ...process.env, ...environment }, encoding: "utf8" });
  /** Slurm makes what it requeues wait for two minutes. */
  const hurry = (job: string) => {
    for (let tries = 0; tries < 100; tries++) {
      try {
        if (call("squeue", "-h", "-j", job, "-o", "%T").startsWith("PENDING")) {
          call("scontrol", "update", `jobid=${job}`, "StartTime=now");
          return;
        }
      } catch {
        // It changes state just now.
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
    throw new Error(`job ${job} was not requeued`);
  };
  return {
    environment,
    call,
    failNode(job) {
      script("node", folder, "stop");
      script("node", folder, "start");
      hurry(job);
    },
    preempt(job) {
      call("scontrol", "requeue", job);
      hurry(job);
    },
    stop() {
      script("stop", folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
