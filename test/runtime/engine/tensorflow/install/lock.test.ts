import { existsSync, mkdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withLock } from "../../../../../src/runtime/engine/tensorflow/install/lock.js";
import { newFolder } from "./fakes.js";

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const times = { touchMs: 20, staleMs: 2000, askMs: 5 };
const never = () => new AbortController().signal;

it("lets one at a time in, tells the others once that they wait, and is gone afterwards", async () => {
  let inside = 0;
  let most = 0;
  const waiting: string[] = [];
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(30);
    inside -= 1;
  };
  const onWait = (lock: string) => void waiting.push(lock);
  await Promise.all([1, 2, 3].map(() => withLock(folder, { signal: never(), onWait, times }, work)));
  expect(most).toBe(1);
  expect(waiting).toEqual([join(folder, ".lock"), join(folder, ".lock")]);
  expect(existsSync(join(folder, ".lock"))).toBe(false);
});

it("is touched while it is held, and taken from one who died", async () => {
  const lock = join(folder, ".lock");
  mkdirSync(lock);
  const old = new Date(Date.now() - 60_000);
  utimesSync(lock, old, old);
  await withLock(folder, { signal: never(), onWait: () => undefined, times }, async () => {
    utimesSync(lock, old, old);
    await sleep(100);
    expect(statSync(lock).mtimeMs).toBeGreaterThan(Date.now() - 5000);
  });
});

it("is given back when the work fails, and waiting for it can be interrupted", async () => {
  const options = { signal: never(), onWait: () => undefined, times };
  await expect(withLock(folder, options, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  const controller = new AbortController();
  await withLock(folder, options, async () => {
    const second = withLock(
      folder,
      { ...options, signal: controller.signal, onWait: () => controller.abort() },
      async () => 1,
    );
    await expect(second).rejects.toMatchObject({ name: "AbortError" });
    expect(existsSync(join(folder, ".lock"))).toBe(true);
  });
});
