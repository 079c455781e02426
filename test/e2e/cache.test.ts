/** A cache among people: read-only ones, layers of them, groups that share one, older and newer versions. */

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seal } from "../../src/runtime/store/seal.js";
import { ensureBuilt, root } from "../built.js";
import { TINY } from "../cli/harness.js";
import { type Ended, project, read, remove, start, xferc } from "./command.js";

const folder = project({ "study.xfer": TINY });
const words = (cache: string, out: string) => [
  "run",
  "study.xfer",
  "--engine",
  "onnx",
  "--ui",
  "json",
  "--jobs",
  "1",
  "--cache",
  cache,
  "--out",
  out,
];

beforeAll(async () => {
  await ensureBuilt();
  expect((await xferc(folder, ...words("lab", "first"))).code).toBe(0);
}, 180_000);
afterAll(() => remove(folder));

const last = ({ out }: Ended) => JSON.parse(out.trim().split("\n").at(-1) ?? "{}");

/** Every change below the cache is refused, as on a read-only file system; root, too, is refused then. */
function onReadOnly(cache: string, out: string, ...more: readonly string[]): Promise<Ended> {
  return start(folder, [...words(cache, out), ...more], {
    NODE_OPTIONS: `--import=${pathToFileURL(join(root, "test/faults/disk.mjs")).href}`,
    FAULT_BELOW: join(folder, cache),
    FAULT_ROLE: "command",
    FAULT_AT: "1",
    FAULT_KIND: "EROFS+",
  }).ended;
}

function filesBelow(path: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    const whole = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(whole, readFileSync(whole).toString("base64"));
  }
  return files;
}

describe("a read-only cache", { timeout: 60_000 }, () => {
  it("serves a run that finds everything in it", async () => {
    const ended = await onReadOnly("lab", "served");
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(last(ended)).toMatchObject({ type: "run.finished", computed: 0, cached: 8 });
    expect(read(folder, "served", "results.csv")).toBe(read(folder, "first", "results.csv"));
  });

  it("is named in one sentence by a run that has to write to it", async () => {
    const { code, out } = await onReadOnly("lab", "refused", "--set", "short.batch=16 images");
    expect(code).toBe(3);
    expect(out).toMatch(
      /lab lies on a read-only file system\. .* Choose a writable place with --cache DIR or XFERC_CACHE\./,
    );
    expect(out.match(/read-only file system/g)).toHaveLength(1);
  });
});

describe("a lab's cache below one's own", { timeout: 60_000 }, () => {
  const withLayers = (out: string, ...more: readonly string[]) =>
    start(folder, [...words(`own-${out}`, out), ...more], { XFERC_CACHE_LAYERS: join(folder, "lab") }).ended;

  it("gives what it has, and stays as it is; what is new goes on top", async () => {
    const before = filesBelow(join(folder, "lab"));
    expect(last(await withLayers("layered"))).toMatchObject({ computed: 0, cached: 8 });
    const changed = await withLayers("changed", "--set", "short.batch=16 images");
    expect(last(changed)).toMatchObject({ computed: 3, cached: 5 });
    expect(filesBelow(join(folder, "lab"))).toEqual(before);
    expect(existsSync(join(folder, "own-layered", "blobs"))).toBe(false);
  });

  it("that is damaged is computed again on top, and stays as it is", async () => {
    cpSync(join(folder, "lab"), join(folder, "damaged-lab"), { recursive: true });
    for (const [path, content] of filesBelow(join(folder, "damaged-lab", "blobs"))) {
      const data = Buffer.from(content, "base64");
      data[data.length >> 1] = (data[data.length >> 1] ?? 0) ^ 1;
      writeFileSync(path, data);
    }
    const before = filesBelow(join(folder, "damaged-lab"));
    const env = { XFERC_CACHE_LAYERS: join(folder, "damaged-lab") };
    const ended = await start(folder, [...words("mending", "mended"), "--set", "short.batch=16 images"], env).ended;
    expect(ended.code).toBe(0);
    const whole = await xferc(folder, ...words("alone", "alone"), "--set", "short.batch=16 images");
    expect(whole.code).toBe(0);
    expect(read(folder, "mended", "results.csv")).toBe(read(folder, "alone", "results.csv"));
    expect(filesBelow(join(folder, "damaged-lab"))).toEqual(before);
  });

  it("that is not there is said, and costs time only", async () => {
    const ended = await start(folder, words("lab", "absent"), { XFERC_CACHE_LAYERS: join(folder, "nowhere") }).ended;
    expect(ended.code).toBe(0);
    expect(ended.out).toMatch(/the cache layer .*nowhere is not used: it is not there, or may not be read/);
  });
});

describe("a cache that a group shares", { timeout: 60_000 }, () => {
  it.each([
    ["002", 0o664, 0o2775],
    ["077", 0o600, 0o2700],
  ])("has the modes that umask %s leaves, and its folders hand their group on", (umask, fileMode, folderMode) => {
    const cache = join(folder, `group-${umask}`);
    mkdirSync(cache);
    chmodSync(cache, 0o2777);
    const main = join(root, "dist", "src", "cli", "main.js");
    const command = [process.execPath, main, ...words(`group-${umask}`, `group-run-${umask}`)].map(
      (word) => `'${word}'`,
    );
    const { status } = spawnSync("sh", ["-c", `umask ${umask}; exec ${command.join(" ")}`], { cwd: folder });
    expect(status).toBe(0);
    const modes = new Set<string>();
    for (const entry of readdirSync(cache, { recursive: true, withFileTypes: true })) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o7777;
      modes.add(`${entry.isFile() ? "file" : "folder"} ${mode.toString(8)}`);
    }
    expect([...modes].sort()).toEqual([`file ${fileMode.toString(8)}`, `folder ${folderMode.toString(8)}`]);
  });
});

describe("a cache of another version", { timeout: 60_000 }, () => {
  it("that is newer is left alone, in one sentence, by every command", async () => {
    cpSync(join(folder, "lab"), join(folder, "newer"), { recursive: true });
    writeFileSync(join(folder, "newer", "format.json"), seal('{"store":"xferc","format":99}'));
    const before = filesBelow(join(folder, "newer"));
    for (const command of [
      words("newer", "none"),
      ["plan", "study.xfer", "--cache", "newer"],
      ["cache", "verify", "--cache", "newer"],
    ]) {
      const { code, err } = await xferc(folder, ...command);
      expect(err).toMatch(/was written by a newer xferc \(its format is 99/);
      expect(code).toBe(3);
    }
    expect(filesBelow(join(folder, "newer"))).toEqual(before);
  });

  it("that is older is read", async () => {
    cpSync(join(folder, "lab"), join(folder, "older"), { recursive: true });
    remove(join(folder, "older", "format.json"));
    for (const [path, content] of filesBelow(join(folder, "older", "actions"))) {
      const { manifest } = JSON.parse(Buffer.from(content, "base64").toString());
      writeFileSync(path, `${JSON.stringify(manifest)}\n`);
    }
    expect(last(await xferc(folder, ...words("older", "from-older")))).toMatchObject({ computed: 0, cached: 8 });
    expect(read(folder, "from-older", "results.csv")).toBe(read(folder, "first", "results.csv"));
    expect((await xferc(folder, "cache", "verify", "--cache", "older")).out).toContain("8 results of an older version");
  });
});
