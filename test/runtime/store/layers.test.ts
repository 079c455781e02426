import { describe, expect, it } from "vitest";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import { type FileSystem, openStore, sha256 } from "../../../src/runtime/store/index.js";
import { seal } from "../../../src/runtime/store/seal.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { memoryFiles, systemError } from "../../support/memory-files.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const key = sha256("node") as NodeKey;

function manifestOf(outputs: Manifest["outputs"], value: number): Manifest {
  return {
    format: 1,
    key,
    op: "train",
    outputs,
    value,
    seconds: 1,
    peakBytes: 0,
    createdAt: "2026-01-01T00:00:00.000Z",
    by: { xferc: "0.1.0", host: "here", engine: null },
    recipe: null,
  };
}

/** A lab's cache below one's own; whoever writes to the lab's is found out. */
async function layered(options: { readonly lab?: string } = {}) {
  const disk = memoryFiles();
  const lab = openStore("/lab", disk);
  const ref = await lab.put(bytes(options.lab ?? "weights"));
  await lab.publish(manifestOf({ state: ref }, 1));
  const refuse = async (...paths: readonly string[]) => {
    for (const path of paths) if (path.startsWith("/lab")) throw systemError("EROFS", path);
  };
  const files: FileSystem = {
    ...disk,
    writeNew: (path, data) => refuse(path).then(() => disk.writeNew(path, data)),
    overwrite: (path, data) => refuse(path).then(() => disk.overwrite(path, data)),
    rename: (from, to) => refuse(from, to).then(() => disk.rename(from, to)),
    link: (from, to) => refuse(to).then(() => disk.link(from, to)),
    remove: (path) => refuse(path).then(() => disk.remove(path)),
    makeFolder: (path) => refuse(path).then(() => disk.makeFolder(path)),
  };
  const own = () => openStore("/own", files, ["/nowhere", "/lab"]);
  const blob = `/lab/blobs/${ref.digest.slice(0, 2)}/${ref.digest.slice(2)}`;
  const action = `/lab/actions/${key.slice(0, 2)}/${key.slice(2)}.json`;
  return { disk, own, ref, blob, action };
}

describe("a cache below", () => {
  it("is read where one's own has nothing; nothing is copied, nothing written there", async () => {
    const { own, disk, ref } = await layered();
    const before = disk.paths();
    const found = await own().lookup(key);
    expect(found?.value).toBe(1);
    expect(await own().get(ref)).toEqual(bytes("weights"));
    expect(disk.paths()).toEqual(before);
  });

  it("is not looked into where one's own has a result", async () => {
    const { own } = await layered();
    const store = own();
    await store.publish(manifestOf({ state: await store.put(bytes("mine")) }, 2));
    expect((await own().lookup(key))?.value).toBe(2);
  });

  it("that is damaged stays as it is: the result is made again on top, and is used from then on", async () => {
    const { own, disk, ref, blob } = await layered();
    disk.poke(blob, "WEIGHTS");
    const store = own();
    const found = await store.lookup(key);
    await expect(store.get(ref)).rejects.toMatchObject({ damage: "altered" });
    await store.retract(key);
    expect(await store.lookup(key)).toBeUndefined();
    const made = await store.publish(manifestOf({ state: await store.put(bytes("weights")) }, found?.value as number));
    expect(await store.lookup(key)).toEqual(made);
    expect(await own().get(ref)).toEqual(bytes("weights"));
    expect(disk.text(blob)).toBe("WEIGHTS");
  });

  it.each([
    ["an altered manifest", (text: string) => text.replace('"value":1', '"value":7')],
    ["a torn manifest", (text: string) => text.slice(0, 50)],
  ])("with %s has nothing to give", async (_, change) => {
    const { own, disk, action } = await layered();
    const changed = change(disk.text(action) ?? "");
    disk.poke(action, changed);
    expect(await own().lookup(key)).toBeUndefined();
    expect(disk.text(action)).toBe(changed);
  });

  it("whose blob is gone has nothing to give", async () => {
    const { own, disk, blob } = await layered();
    disk.drop(blob);
    expect(await own().lookup(key)).toBeUndefined();
  });

  it("of a newer format, or that cannot be read, is passed over", async () => {
    const { own, disk } = await layered();
    disk.poke("/lab/format.json", seal('{"store":"xferc","format":99}'));
    expect(await own().lookup(key)).toBeUndefined();
    const { disk: other } = await layered();
    const denied: FileSystem = {
      ...other,
      readFile: (path) =>
        path.startsWith("/lab") ? Promise.reject(systemError("EACCES", path)) : other.readFile(path),
    };
    expect(await openStore("/own", denied, ["/lab"]).lookup(key)).toBeUndefined();
  });

  it("helps where one's own blob is damaged", async () => {
    const { own, disk, ref } = await layered();
    const store = own();
    await store.publish(manifestOf({ state: await store.put(bytes("weights")) }, 2));
    disk.poke(`/own/blobs/${ref.digest.slice(0, 2)}/${ref.digest.slice(2)}`, "torn");
    expect(await own().get(ref)).toEqual(bytes("weights"));
    expect((await own().lookup(key))?.value).toBe(2);
  });
});

describe("the format of a store", () => {
  it("stands in it once something was written; the first format had no such file and is read", async () => {
    const disk = memoryFiles();
    const store = openStore("/cache", disk);
    await store.lookup(key);
    expect(disk.paths()).toEqual([]);
    disk.poke(`/cache/actions/${key.slice(0, 2)}/${key.slice(2)}.json`, JSON.stringify(manifestOf({}, 5)));
    expect((await store.lookup(key))?.value).toBe(5);
    await store.put(bytes("x"));
    expect(JSON.parse(disk.text("/cache/format.json") ?? "")).toMatchObject({ store: "xferc", format: 2 });
    expect((await openStore("/cache", disk).lookup(key))?.value).toBe(5);
  });

  it("that is newer is refused in a sentence, before anything is read or written", async () => {
    const disk = memoryFiles();
    disk.poke("/cache/format.json", seal('{"store":"xferc","format":3}'));
    const store = openStore("/cache", disk);
    for (const work of [store.lookup(key), store.put(bytes("x")), store.get({ digest: sha256("x"), bytes: 1 })]) {
      await expect(work).rejects.toThrow("was written by a newer xferc (its format is 3, this one knows up to 2)");
    }
    expect(disk.paths()).toEqual(["/cache/format.json"]);
  });

  it.each(["", "{", "[]", '{"format":"x"}', "\u0000", '{"store":"xferc","format":3}'])(
    "that is damaged (%j) is written again",
    async (text) => {
      const disk = memoryFiles();
      disk.poke("/cache/format.json", text);
      await openStore("/cache", disk).put(bytes("x"));
      expect(JSON.parse(disk.text("/cache/format.json") ?? "")).toMatchObject({ format: 2 });
    },
  );
});
