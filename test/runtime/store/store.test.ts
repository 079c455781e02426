import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../../../src/catalog/types.js";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import {
  DamagedBlobError,
  type FileSystem,
  nodeFileSystem,
  openStore,
  sha256,
} from "../../../src/runtime/store/index.js";
import { parseManifest, printManifest } from "../../../src/runtime/store/manifest.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import fc from "../../support/properties.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xferc-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const pathOf = (digest: string) => join(folder, "blobs", digest.slice(0, 2), digest.slice(2));
const actionOf = (key: string) => join(folder, "actions", key.slice(0, 2), `${key.slice(2)}.json`);
const quarantined = () => (existsSync(join(folder, "quarantine")) ? readdirSync(join(folder, "quarantine")) : []);
const drafts = () => (existsSync(join(folder, "tmp")) ? readdirSync(join(folder, "tmp")) : []);

function manifest(name: string, outputs: Manifest["outputs"] = {}, value: Manifest["value"] = 1): Manifest {
  return {
    format: 1,
    key: sha256(name) as NodeKey,
    op: "score",
    outputs,
    value,
    seconds: 0.5,
    peakBytes: 0,
    createdAt: "2026-01-01T00:00:00.000Z",
    by: { xferc: "0.1.0", host: "here", engine: null },
    recipe: { params: { metric: "top1" } },
  };
}

function failing(code: string, on: keyof FileSystem): FileSystem {
  return { ...nodeFileSystem, [on]: () => Promise.reject(Object.assign(new Error(code), { code })) };
}

describe("blobs", () => {
  it("gives back what was put, under its digest", async () => {
    const store = openStore(folder);
    const ref = await store.put(bytes("hello"));
    expect(ref).toEqual({ digest: sha256("hello"), bytes: 5 });
    expect(text(await store.get(ref))).toBe("hello");
    expect(readFileSync(pathOf(ref.digest), "utf8")).toBe("hello");
    expect(drafts()).toEqual([]);
  });

  it.each([
    ["altered", "jello"],
    ["torn", "hel"],
  ])("notices a blob that was %s, moves it aside and takes it again", async (damage, content) => {
    const store = openStore(folder);
    const ref = await store.put(bytes("hello"));
    writeFileSync(pathOf(ref.digest), content);
    await expect(store.get(ref)).rejects.toMatchObject({ name: "DamagedBlobError", damage });
    expect(quarantined()).toHaveLength(1);
    await expect(store.get(ref)).rejects.toMatchObject({ damage: "missing" });
    await store.put(bytes("hello"));
    expect(text(await store.get(ref))).toBe("hello");
  });

  it("replaces a damaged copy that is in the way of a put", async () => {
    const store = openStore(folder);
    const ref = await store.put(bytes("hello"));
    truncateSync(pathOf(ref.digest), 0);
    await store.put(bytes("hello"));
    expect(text(await store.get(ref))).toBe("hello");
  });

  it("is not held up by a folder or a pipe that has a blob's or a result's name", async () => {
    const store = openStore(folder);
    const ref = await store.put(bytes("hello"));
    const one = await store.publish(manifest("one", { ref }));
    for (const put of [
      (path: string) => mkdirSync(join(path, "deep"), { recursive: true }),
      (path: string) => execFileSync("mkfifo", [path]),
    ]) {
      for (const path of [pathOf(ref.digest), actionOf(one.key)]) {
        rmSync(path, { recursive: true });
        put(path);
      }
      await expect(store.get(ref)).rejects.toMatchObject({ damage: "altered" });
      expect(await store.lookup(one.key)).toBeUndefined();
      await store.put(bytes("hello"));
      await store.publish(one);
      expect(text(await store.get(ref))).toBe("hello");
      expect(await store.lookup(one.key)).toEqual(one);
    }
  });

  it("refuses a digest that would lead out of the store", async () => {
    await expect(openStore(folder).get({ digest: "../../etc/passwd", bytes: 1 })).rejects.toThrow(
      "not a SHA-256 digest",
    );
  });

  // FAT and exFAT are `EISDIR` to Windows, `ENOTSUP` to macOS
  it.each(["EPERM", "ENOTSUP", "EISDIR", "UNKNOWN"])("renames where the file system has no links: %s", async (code) => {
    const store = openStore(folder, failing(code, "link"));
    const ref = await store.put(bytes("hello"));
    await store.put(bytes("hello"));
    expect(text(await store.get(ref))).toBe("hello");
    expect(drafts()).toEqual([]);
  });

  it.each([
    ["ENOSPC", "full", "The disk is full"],
    ["EROFS", "read-only", "read-only file system"],
    ["EACCES", "denied", "No permission"],
  ])("says what to do on %s, and keeps what it has", async (code, problem, sentence) => {
    const kept = await openStore(folder).put(bytes("finished work"));
    const store = openStore(folder, failing(code, "writeNew"));
    const attempt = store.put(bytes("more"));
    await expect(attempt).rejects.toMatchObject({ name: "StoreError", problem });
    await expect(attempt).rejects.toThrow(sentence);
    await expect(attempt).rejects.toThrow("--cache DIR");
    expect(text(await store.get(kept))).toBe("finished work");
    expect(drafts()).toEqual([]);
  });
});

describe("actions", () => {
  it("are found once published, and only then", async () => {
    const store = openStore(folder);
    const one = manifest("one", { state: await store.put(bytes("weights")) });
    expect(await store.lookup(one.key)).toBeUndefined();
    await store.publish(one);
    expect(await openStore(folder).lookup(one.key)).toEqual(one);
  });

  it("go to the first of many writers; the others get the first one's back", async () => {
    const stores = Array.from({ length: 8 }, () => openStore(folder));
    const published = await Promise.all(stores.map((store, index) => store.publish(manifest("raced", {}, index))));
    const values = new Set(published.map(({ value }) => value));
    expect(values.size).toBe(1);
    expect((await openStore(folder).lookup(manifest("raced").key))?.value).toBe([...values][0]);
  });

  it.each([
    ["torn", '{"format":1,"key":"'],
    ["of another format", JSON.stringify({ ...manifest("x"), format: 2 })],
    ["of another key", JSON.stringify(manifest("another"))],
    [
      "with an output that is no digest",
      JSON.stringify({ ...manifest("x"), outputs: { a: { digest: "zz", bytes: 1 } } }),
    ],
  ])("are not used when %s", async (_, content) => {
    const store = openStore(folder);
    const { key } = manifest("x");
    mkdirSync(join(folder, "actions", key.slice(0, 2)), { recursive: true });
    writeFileSync(actionOf(key), content);
    expect(await store.lookup(key)).toBeUndefined();
    expect(quarantined()).toHaveLength(1);
    expect(await store.publish(manifest("x"))).toEqual(manifest("x"));
    expect(await store.lookup(key)).toEqual(manifest("x"));
  });

  it("are not used when a blob of theirs is gone", async () => {
    const store = openStore(folder);
    const state = await store.put(bytes("weights"));
    const one = manifest("one", { state });
    await store.publish(one);
    rmSync(pathOf(state.digest));
    expect(await store.lookup(one.key)).toBeUndefined();
  });

  it.each([
    ["of a disk that is near", nodeFileSystem],
    ["of one that has to be waited for", { ...nodeFileSystem, atOnce: undefined }],
  ])("are found many at a time, with all that a single look-up notices: %s", async (_, files) => {
    const store = openStore(folder);
    const made = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const one = manifest(`many ${index}`, { state: await store.put(bytes(`weights ${index}`)) }, index);
        await store.publish(one);
        return one;
      }),
    );
    const keys = made.map(({ key }) => key);
    const [, torn, gone, altered, old, pipe] = made;
    if (!torn?.outputs.state || !gone?.outputs.state || !altered || !old || !pipe) throw new Error("too few");
    truncateSync(pathOf(torn.outputs.state.digest), 3);
    rmSync(pathOf(gone.outputs.state.digest));
    writeFileSync(actionOf(altered.key), readFileSync(actionOf(altered.key), "utf8").replace('"value":3', '"value":4'));
    writeFileSync(actionOf(old.key), JSON.stringify(old));
    rmSync(actionOf(pipe.key));
    execFileSync("mkfifo", [actionOf(pipe.key)]);
    const never = manifest("never made").key;

    const found = await openStore(folder, { ...files } as typeof nodeFileSystem).lookupAll([never, ...keys]);
    const lost = new Set<string>([torn.key, gone.key, altered.key, pipe.key, never]);
    for (const one of made) expect(found.get(one.key)).toEqual(lost.has(one.key) ? undefined : one);
    expect(found.has(never)).toBe(false);
    expect(found.size).toBe(196);
    expect(quarantined().length).toBeGreaterThanOrEqual(4);
  });

  it("can be retracted", async () => {
    const store = openStore(folder);
    await store.publish(manifest("one"));
    await store.retract(manifest("one").key);
    expect(await store.lookup(manifest("one").key)).toBeUndefined();
  });
});

describe("two processes on one cache", () => {
  it("leave the same blob whole, whoever comes first", async () => {
    const data = new Uint8Array(200_000).map((_, index) => index % 251);
    const refs = await Promise.all(Array.from({ length: 6 }, () => openStore(folder).put(data)));
    expect(new Set(refs.map(({ digest }) => digest)).size).toBe(1);
    expect(await openStore(folder).get(refs[0] ?? { digest: "", bytes: 0 })).toHaveLength(200_000);
  });

  it("do not mind what a killed writer left, and sweep it after a day", async () => {
    const store = openStore(folder);
    mkdirSync(join(folder, "tmp"));
    writeFileSync(join(folder, "tmp", "1-fresh"), "half a bl");
    writeFileSync(join(folder, "tmp", "1-old"), "half a bl");
    utimesSync(join(folder, "tmp", "1-old"), 0, 0);
    await store.put(bytes("hello"));
    await store.sweep();
    expect(drafts()).toEqual(["1-fresh"]);
  });
});

it("tells a damaged blob from other errors by its class", () => {
  expect(new DamagedBlobError({ digest: "a".repeat(64), bytes: 3 }, "torn").message).toContain("computed again");
});

describe("a manifest", () => {
  const manifest = (value: Json, recipe: Json): Manifest => ({
    format: 1,
    key: "ab".repeat(32) as NodeKey,
    op: "score",
    outputs: {},
    value,
    seconds: 1,
    peakBytes: 0,
    createdAt: "2026-11-23T09:30:00.000Z",
    by: { xferc: "0.1.0", host: "h", engine: null },
    label: 'test, "recipe": none',
    recipe,
  });

  it("is read as it was printed, whatever its value and recipe are", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, recipe) => {
        const whole = JSON.parse(JSON.stringify(manifest(value as Json, recipe as Json)));
        expect(JSON.parse(JSON.stringify(parseManifest(printManifest(whole))))).toEqual(whole);
      }),
      { examples: [[{ a: 1, recipe: { recipe: 2 } }, { recipe: [',"recipe":'] }]] },
    );
  });

  it("with any character of it altered is none, or the same", () => {
    const text = printManifest(manifest({ rows: [0.5] }, { batch: 32 }));
    for (let place = 0; place < text.length; place++) {
      const altered = `${text.slice(0, place)}${text[place] === "0" ? "1" : "0"}${text.slice(place + 1)}`;
      const read = parseManifest(altered);
      if (read !== undefined) expect(JSON.stringify(read)).toBe(JSON.stringify(parseManifest(text)));
    }
  });
});
