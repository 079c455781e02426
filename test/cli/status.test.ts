/** `xferc status` of runs on this machine: from the journal, whether the run's process still lives. */

import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { hasEnded, hostAlias } from "../../src/runtime/store/holder.js";
import { newProject, xferc } from "./harness.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A run folder whose journal ends while the run goes on. */
function begun(by: { readonly host: string; readonly pid: number }): string {
  const started = {
    at: "2026-11-26T10:00:00.000Z",
    type: "run.started",
    run: "2026-11-26T10-00-00-abcdef",
    study: "tiny",
    engine: "onnx",
    workers: 1,
    by,
    cells: 1,
    nodes: 7,
    cached: 3,
    estimateSeconds: 1,
    savedSeconds: 0,
  };
  const folder = newProject({ "runs/a/events.ndjson": `${JSON.stringify(started)}\n`, "runs/a/plan.json": "{}" });
  folders.push(folder);
  return folder;
}

const ended = () => spawnSync(process.execPath, ["-e", ""]).pid;

describe("status of a run of this machine", () => {
  it("says killed where its process is gone, and how it goes on", async () => {
    const folder = begun({ host: hostAlias(), pid: ended() });
    const { code, out } = await xferc(folder, "status", "runs/a");
    expect(code).toBe(0);
    expect(out).toMatch(/^tiny · killed · 3 of 7 nodes done\n/);
    expect(out).toContain("the same command goes on");
  });

  it("says under way where it lives, or where that cannot be seen from here", async () => {
    for (const by of [
      { host: hostAlias(), pid: process.pid },
      { host: "00000000", pid: ended() },
    ]) {
      const { out } = await xferc(begun(by), "status", "runs/a");
      expect(out).toMatch(/^tiny · under way · 3 of 7 nodes done\n/);
    }
  });

  it("asks no queue, and leaves nothing of a cluster in the folder", async () => {
    const folder = begun({ host: hostAlias(), pid: process.pid });
    const { out } = await xferc(folder, "status", "runs/a");
    expect(out).not.toContain("queue");
    expect(existsSync(join(folder, "runs/a/slurm"))).toBe(false);
    const json = JSON.parse((await xferc(folder, "status", "runs/a", "--format", "json")).out);
    expect(json).toMatchObject({ state: "under way", jobs: [], coordinator: null, queueProblem: null });
  });
});

describe("a process that a journal names", () => {
  it("has ended when it is gone from this host, and is not judged from another", () => {
    const pid = ended();
    expect(hasEnded({ host: hostAlias(), pid })).toBe(true);
    expect(hasEnded({ host: hostAlias(), pid: process.pid })).toBe(false);
    expect(hasEnded({ host: "ffffffff", pid })).toBe(false);
  });
});
