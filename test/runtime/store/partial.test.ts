import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import { DamagedBlobError, StoreError, sha256 } from "../../../src/runtime/store/index.js";
import { openPartial, sweepPartial } from "../../../src/runtime/store/partial.js";
import { quickFiles } from "../train/resuming.js";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "xferc-partial-"));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const [a, b] = [sha256("a") as NodeKey, sha256("b") as NodeKey];
const bytes = (text: string) => new TextEncoder().encode(text);
const names = () => (existsSync(join(cache, "partial")) ? readdirSync(join(cache, "partial")) : []);

async function write(key: NodeKey, at: number, text = `state ${at}`) {
  const work = openPartial(cache, key, quickFiles);
  const ref = await work.put(bytes(text));
  await work.commit(at, { at, ref: ref.digest }, [ref]);
  return { work, ref };
}

describe("unfinished work", () => {
  it("is there for another process, newest first, with what was put", async () => {
    const { work, ref } = await write(a, 10);
    const later = await work.put(bytes("state 20"));
    await work.commit(20, { at: 20 }, [later]);
    const other = openPartial(cache, a, quickFiles);
    const [newest, before, ...more] = await other.snapshots();
    expect([newest?.at, before?.at, more.length]).toEqual([20, 10, 0]);
    if (newest === undefined) throw new Error("nothing there");
    expect(await other.read(newest)).toEqual({ at: 20 });
    expect(await other.get(ref)).toEqual(Buffer.from("state 10"));
  });

  it("keeps two snapshots and their files, and takes away what killed writers left", async () => {
    const { work } = await write(a, 10);
    await openPartial(cache, a, quickFiles).put(bytes("written, but never part of a snapshot"));
    for (const at of [20, 30]) await work.commit(at, { at }, [await work.put(bytes(`state ${at}`))]);
    expect((await work.snapshots()).map(({ at }) => at)).toEqual([30, 20]);
    expect(names()).toHaveLength(4);
  });

  it("of a node says nothing of another's, and goes with it alone", async () => {
    const { work } = await write(a, 10);
    await write(b, 10);
    await work.clear();
    expect(await work.snapshots()).toEqual([]);
    expect(await openPartial(cache, b, quickFiles).snapshots()).toHaveLength(1);
  });

  it("is swept where its node is finished: what a kill after the publication left", async () => {
    await write(a, 10);
    await write(b, 10);
    await sweepPartial(cache, (key) => key === a, quickFiles);
    expect(names().every((name) => name.startsWith(b))).toBe(true);
    expect(names()).toHaveLength(2);
  });

  it("is not disturbed by files that are none of it", async () => {
    const { work } = await write(a, 10);
    for (const name of ["README", `${a}.json`, `${a}.x.${b}.json`, `${a}.10.json`]) {
      writeFileSync(join(cache, "partial", name), "?");
    }
    expect(await work.snapshots()).toHaveLength(1);
  });

  it("that is damaged is put again whole, and not read", async () => {
    const { work, ref } = await write(a, 10);
    writeFileSync(join(cache, work.place(ref)), "state 1O");
    await expect(work.get(ref)).rejects.toThrow(DamagedBlobError);
    await work.put(bytes("state 10"));
    expect(await work.get(ref)).toEqual(Buffer.from("state 10"));
  });

  it.each(["ENOSPC", "EROFS", "EACCES", "EIO"])("that meets %s says so in a sentence", async (code) => {
    const files = { ...quickFiles, writeNew: () => Promise.reject(Object.assign(new Error(code), { code })) };
    await expect(openPartial(cache, a, files).put(bytes("x"))).rejects.toThrow(StoreError);
    const unreadable = { ...quickFiles, list: () => Promise.reject(Object.assign(new Error(code), { code })) };
    if (code !== "ENOSPC") await expect(openPartial(cache, a, unreadable).snapshots()).rejects.toThrow(StoreError);
  });

  it("may be nowhere", async () => {
    expect(await openPartial(join(cache, "no", "cache"), a, quickFiles).snapshots()).toEqual([]);
    await sweepPartial(join(cache, "no", "cache"), () => true, quickFiles);
  });
});
