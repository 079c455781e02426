/** `reproduce` in processes of its own: stopped and gone on with, and with a checkpoint that is not what it was. */

import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/runtime/state/safetensors.js";
import { ensureBuilt } from "../built.js";
import { project, put, read, remove, SMALL, start, xferc } from "./command.js";
import { MINI, MOVED } from "./moved.js";

/** A checkpoint of the small model, every weight the same. */
function checkpoint(weight: number): Uint8Array {
  return writeSafetensors(
    new Map(
      MINI.tensors.map(({ name, shape, dtype }) => {
        const size = shape.reduce((product, extent) => product * extent, 1);
        const data =
          dtype === "i32" ? new Int32Array(size) : new Float32Array(size).fill(name.endsWith("var") ? 1 : weight);
        return [name, { shape, data }] as const;
      }),
    ),
  );
}

const folder = project({ "small.xfer": SMALL, "moved.xfer": MOVED, "published.safetensors": checkpoint(0.01) });

beforeAll(async () => {
  await ensureBuilt();
  for (const name of ["small", "moved"]) {
    const { code, err } = await xferc(folder, "run", `${name}.xfer`, "--ui", "json", "--out", name);
    expect(err).toBe("");
    expect(code).toBe(0);
  }
}, 240_000);
afterAll(() => remove(folder));

describe("reproduce", { timeout: 180_000 }, () => {
  it("stopped while it computes anew, keeps what it has and says how to go on", async () => {
    const run = start(folder, ["reproduce", "small", "--fresh", "--ui", "plain", "--out", "again"]);
    await run.seen(/prepare digits_few\.train/);
    run.child.kill("SIGINT");
    const { code, out, err } = await run.ended;
    expect(code).toBe(130);
    const [, cache = ""] = /Resume with: xferc reproduce small --fresh .*--cache (\S+)/.exec(out) ?? [];
    expect(cache).toMatch(/^\.xfer\/fresh-/);
    expect(err).toContain(`finished work is kept in ${cache}`);
    const resumed = await xferc(
      folder,
      "reproduce",
      "small",
      "--fresh",
      "--ui",
      "plain",
      "--out",
      "again",
      "--cache",
      cache,
    );
    expect(resumed.out).toMatch(/[1-9]\d* from the cache/);
    expect(resumed.out).toContain("Reproduced.");
    expect(resumed.code).toBe(0);
    expect(read(folder, "again", "results.csv")).toBe(read(folder, "small", "results.csv"));
    expect(existsSync(join(folder, cache))).toBe(true);
    rmSync(join(folder, cache), { recursive: true });
    expect(readdirSync(join(folder, ".xfer"))).toEqual(["cache"]);
  });

  it("holds a checkpoint to its digest", async () => {
    const elsewhere = project({});
    cpSync(join(folder, "moved"), join(elsewhere, "theirs"), { recursive: true });
    const words = ["reproduce", "theirs", "--ui", "plain"];
    const missing = await xferc(elsewhere, ...words);
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /weights {2}published: it is not on this machine: looked at published\.safetensors; put the file there/,
      ),
    });
    put(elsewhere, { "published.safetensors": checkpoint(0.02) });
    const other = await xferc(elsewhere, ...words);
    expect(other).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /weights {2}published: the run had the file with digest [0-9a-f]{8}…; here is [0-9a-f]{8}…/,
      ),
    });
    put(elsewhere, { "published.safetensors": checkpoint(0.01) });
    const same = await xferc(elsewhere, ...words);
    expect(same.out).toContain("published: as locked");
    expect(same.out).toContain("1 of 1 number is the same, bit for bit");
    expect(same.code).toBe(0);
    remove(elsewhere);
  });

  it("after an edit of the checkpoint, plan says so", async () => {
    put(folder, { "published.safetensors": checkpoint(0.03) });
    expect((await xferc(folder, "plan", "moved.xfer")).out).toContain("data of published changed (1 file)");
  });
});
