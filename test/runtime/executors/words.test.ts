/** Command lines and scripts: whatever paths hold, they arrive as they are. */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { jobClasses, requestFor } from "../../../src/runtime/executors/slurm/resources.js";
import {
  type ArrayJob,
  arrayWords,
  coordinatorScript,
  distinct,
  outputPattern,
  pilotScript,
  shellWords,
} from "../../../src/runtime/executors/slurm/words.js";
import type { SlurmConfig } from "../../../src/runtime/host/slurm-config.js";
import fc from "../../support/properties.js";
import { planOf } from "../coordinator/plans.js";

const folder = mkdtempSync(join(tmpdir(), "xferc words $HOME ' "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nodes = planOf({ a: {}, b: {} }).nodes;
const CPU = { device: "cpu", threads: 1 } as const;

function arrayFor(config: SlurmConfig, more: Partial<ArrayJob> = {}): readonly string[] {
  const [main] = jobClasses(config);
  if (main === undefined) throw new Error("there is no class of jobs");
  return arrayWords({
    ...{ jobName: "xferc-0a1b2c3d-main", request: requestFor(main, nodes, CPU), config, count: 3 },
    ...{ logs: "/run/slurm/logs", folder: "/run", mounts: ["/cache", "/run"], script: "/run/slurm/1/main.sh" },
    ...more,
  });
}

describe("words of a shell", () => {
  it("arrive as they are, whatever they hold", () => {
    const word = fc.string({ unit: "binary-ascii", maxLength: 40 }).map((text) => text.replaceAll("\0", ""));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(word, fc.constantFrom("", "a b", "$(id)", "`id`", "'", "\n", "é", "*", "~", "!"))),
        (words) => {
          const heard = execFileSync("bash", ["-c", `printf '%s\\0' ${shellWords(["-", ...words])}`], {
            encoding: "utf8",
          });
          expect(heard.split("\0").slice(1, -1)).toEqual(words);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("refuse what no file name can hold", () => {
    expect(() => shellWords(["a\0b"])).toThrow("NUL");
  });
});

/** Runs a script where `node` and `apptainer` print their words instead. */
function heard(script: string): readonly string[] {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  for (const name of ["apptainer", "singularity", "my node"]) {
    writeFileSync(join(bin, name), '#!/bin/bash\nprintf \'%s\\n\' "$0" "$@" "E=$XFERC_ENGINES"\n', { mode: 0o755 });
  }
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const lines = execFileSync("bash", ["-s"], { input: script, env, encoding: "utf8" }).trimEnd().split("\n");
  return lines.map((line) => line.replace(`${bin}/`, ""));
}

const program = {
  words: [join(folder, "bin", "my node"), "/opt/it's/pilot-main.js", `${folder}/run`, "1", "main"],
  folder: `${folder}/run`,
  mounts: ["/cache", "/cache/inside", `${folder}/run`],
  device: "cuda",
  environment: { XFERC_ENGINES: "/engines of $USER" },
} as const;

describe("the script of a pilot", () => {
  it("becomes the pilot, after what the configuration sets up", () => {
    expect(heard(pilotScript({ setup: ["echo loaded"] }, program))).toEqual([
      ...["loaded", "my node", "/opt/it's/pilot-main.js", `${folder}/run`, "1", "main", "E=/engines of $USER"],
    ]);
  });

  it.each(["apptainer", "singularity"] as const)(
    "runs in an image by %s, which sees the folders of the run",
    (runtime) => {
      const container = { image: "/images/my image.sif", runtime, mounts: ["/data"], arguments: ["--cleanenv"] };
      expect(heard(pilotScript({ container }, program))).toEqual([
        ...[runtime, "exec", "--nv", "--bind", `/cache,${folder}/run,/data`, "--pwd", `${folder}/run`, "--cleanenv"],
        ...["/images/my image.sif", ...program.words, "E=/engines of $USER"].map((word) =>
          word.replace(`${folder}/bin/`, ""),
        ),
      ]);
    },
  );

  it("says whose job it is where it is in charge", () => {
    const script = coordinatorScript({}, { ...program, words: ["printenv", "XFERC_SLURM_COORDINATOR"] });
    expect(heard(script)).toEqual(["1"]);
  });
});

describe("the words of an array", () => {
  it("say what a job needs, and no more", () => {
    expect(arrayFor({})).toEqual([
      ...[
        "--parsable",
        "--job-name=xferc-0a1b2c3d-main",
        "--array=0-2",
        "--nodes=1",
        "--ntasks=1",
        "--cpus-per-task=1",
      ],
      ...["--mem=1536M", "--time=30", "--signal=B:USR2@120", "--requeue", "--open-mode=append"],
      ...["--output=/run/slurm/logs/%A_%a.log", "--chdir=/run", "/run/slurm/1/main.sh"],
    ]);
  });

  it("say what the configuration says", () => {
    const config: SlurmConfig = {
      ...{ account: "vision", partition: "gpu,gpu-long", qos: "low", nice: 100, constraint: "a100|h100" },
      ...{ reservation: "course", gres: "gpu:a100:1", cpus: 6, memory: "24G", time: "1-12:00:00", requeue: false },
      ...{ signalSeconds: 300, arguments: ["--mail-type=FAIL"] },
    };
    expect(arrayFor(config)).toEqual(
      expect.arrayContaining([
        ...["--account=vision", "--partition=gpu,gpu-long", "--qos=low", "--nice=100", "--constraint=a100|h100"],
        ...["--reservation=course", "--gres=gpu:a100:1", "--cpus-per-task=6", "--mem=24G", "--time=1-12:00:00"],
        ...["--no-requeue", "--signal=B:USR2@300", "--mail-type=FAIL"],
      ]),
    );
  });

  it("leave to the cluster what it is to say", () => {
    const words = arrayFor({ memory: "none", gres: "none" }).join(" ");
    expect(words).not.toMatch(/--mem|--gres/);
  });

  it("name an image where the cluster opens it", () => {
    const container = { image: "nvcr.io#nvidia/cuda:12.4", runtime: "pyxis", mounts: ["/data"] } as const;
    expect(arrayFor({ container })).toEqual(
      expect.arrayContaining([
        "--container-image=nvcr.io#nvidia/cuda:12.4",
        "--container-mounts=/cache:/cache,/run:/run,/data:/data",
      ]),
    );
  });

  it("keep patterns of Slurm's out of paths", () => {
    expect(outputPattern("/100%/a%j", "%A.log")).toBe("/100%%/a%%j/%A.log");
    expect(() => outputPattern("/a\\b", "%A.log")).toThrow("cannot write to a path");
  });

  it("mount a folder once, and refuse what a container cannot be told", () => {
    expect(distinct(["/a", "/a/b/c", "/ab", "/a"])).toEqual(["/a", "/ab"]);
    expect(() => distinct(["/a:b"])).toThrow("cannot be mounted");
  });
});
