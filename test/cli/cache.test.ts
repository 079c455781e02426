import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "../built.js";
import { newProject, TINY, xferc } from "./harness.js";

const project = newProject({ "study.xfer": TINY });
const cache = join(project, ".xfer", "cache");
const run = (...flags: string[]) => xferc(project, "run", "study.xfer", "--ui", "json", "--engine", "onnx", ...flags);
beforeAll(async () => {
  await ensureBuilt();
  expect((await run()).code).toBe(0);
  expect((await run("--set", "short.batch=16 images")).code).toBe(0);
}, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

function filesBelow(folder: string): string[] {
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true }) as {
      isFile(): boolean;
      parentPath: string;
      name: string;
    }[]
  )
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
/** As after some hours. */
const age = () => {
  for (const path of filesBelow(cache)) utimesSync(path, 1e9, 1e9);
};

describe("cache", { timeout: 120_000 }, () => {
  it("ls lists what is there, as text and as JSON", async () => {
    const text = await xferc(project, "cache", "ls");
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/^key +operation +size +took +age +engine +host +study +label$/m);
    expect(text.out).toMatch(/^[0-9a-f]{12} +train +\S+ k?B .* onnx [\d.]+ cpu +[0-9a-f]{8} +tiny +train main#1$/m);
    const { results } = JSON.parse((await xferc(project, "cache", "ls", "--format", "json")).out);
    expect(results).toHaveLength(11);
    expect(results[0]).toMatchObject({ study: "tiny", by: { xferc: expect.any(String) }, seconds: expect.any(Number) });
  });

  it("du adds up", async () => {
    const { out } = await xferc(project, "cache", "du");
    expect(out).toMatch(/dataset\.prepare +3 results/);
    expect(out).toMatch(/ tiny +11 results/);
    const usage = JSON.parse((await xferc(project, "cache", "du", "--format", "json")).out);
    const sizes = filesBelow(cache).map((path) => readFileSync(path).length);
    expect(usage.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  it("gc keeps what the project's studies reach, every profile of them, and what is young", async () => {
    const plain = JSON.parse((await run()).out.trim().split("\n").at(-1) ?? "");
    expect(plain).toMatchObject({ computed: 0 });
    await run("--profile", "shorter");
    await run();
    const young = await xferc(project, "cache", "gc", "--plan");
    expect(young.out).toContain("Nothing to remove.");
    expect(young.out).toContain("too young to go");
    age();
    const planned = await xferc(project, "cache", "gc", "--plan");
    expect(planned.out).toMatch(/11 nodes reached by 1 study and 1 profile/);
    expect(planned.out).toMatch(/no longer needed: 3 results, [\d.]+ kB, [\d.]+ s to compute again/);
    expect(planned.out).toContain("Nothing was removed (--plan).");
    const done = JSON.parse((await xferc(project, "cache", "gc", "--format", "json")).out);
    expect(done.garbage.results.map(({ op }: { op: string }) => op).sort()).toEqual(["predict", "score", "train"]);
    expect(done.collected.results).toBe(3);
    for (const flags of [[], ["--profile", "shorter"]]) {
      const again = JSON.parse((await run(...flags)).out.trim().split("\n").at(-1) ?? "");
      expect(again).toMatchObject({ type: "run.finished", computed: 0 });
    }
    expect((await run("--set", "short.batch=16 images")).code).toBe(0);
    age();
    // What the last run had, with --set, is reached as well.
    expect((await xferc(project, "cache", "gc", "--plan")).out).toContain("Nothing to remove.");
  });

  it("gc refuses where it cannot know what a study needs", async () => {
    writeFileSync(join(project, "broken.xfer"), "study broken {");
    const broken = await xferc(project, "cache", "gc", "--plan");
    expect(broken).toMatchObject({ code: 2, err: expect.stringContaining("broken.xfer has errors") });
    rmSync(join(project, "broken.xfer"));
    const none = newProject({});
    const nothing = await xferc(none, "cache", "gc", "--cache", cache);
    expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining("nothing in the cache would be kept") });
    rmSync(none, { recursive: true });
  });

  it("gc keeps what may be of a study whose files are not here, and says which", async () => {
    expect((await run()).code).toBe(0);
    age();
    const unreached = ["predict", "score", "train"];
    const gc = async (...flags: string[]) => {
      const { code, out } = await xferc(project, "cache", "gc", "--plan", "--format", "json", ...flags);
      expect(code).toBe(0);
      return JSON.parse(out);
    };
    const results = ({ garbage }: { garbage: { results: { op: string }[] } }) =>
      garbage.results.map(({ op }) => op).sort();
    expect(results(await gc())).toEqual(unreached);
    // nothing here comes of weights, so that none of it is in doubt
    const weighed = TINY.replace("init RI = random", 'source W = weights("./far.safetensors")\ninit RI = transfer');
    writeFileSync(
      join(project, "weights.xfer"),
      weighed.replace("study tiny", "study far").replace("init RI;", "source W; init RI;"),
    );
    const weights = await gc();
    expect(weights.unclear).toEqual([{ study: "weights.xfer", unknown: ["W"] }]);
    expect([results(weights), weights.kept.unclear]).toEqual([unreached, 0]);
    rmSync(join(project, "weights.xfer"));
    // all comes of some data
    const dataset = 'dataset far from image_folder("./far") { metric top1 }\nstudy far';
    writeFileSync(join(project, "far.xfer"), TINY.replace("study tiny", dataset).replace("digits_few", "far"));
    const data = await gc();
    expect([data.unclear, results(data)]).toEqual([[{ study: "far.xfer", unknown: ["far"] }], []]);
    expect(data.kept.unclear).toBe(3);
    const told = await xferc(project, "cache", "gc", "--plan");
    expect(told.out).toContain("3 of them may be needed by a study that cannot be planned whole:");
    expect(told.out).toContain("far.xfer: neither far nor its study.lock.json is here");
    // whoever names the studies that count is not held up by others
    expect(results(await gc("study.xfer"))).toEqual(unreached);
    rmSync(join(project, "far.xfer"));
  });

  it.each(["30", "2y", "d"])("gc refuses --older-than %s", async (text) => {
    const { code, err } = await xferc(project, "cache", "gc", "--older-than", text);
    expect({ code, told: err.includes("Write it like 90m, 12h, 30d or 8w.") }).toEqual({ code: 2, told: true });
  });

  it("says where there is none", async () => {
    const { code, err } = await xferc(project, "cache", "ls", "--cache", "none");
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("there is no cache at") });
    expect(existsSync(join(project, "none"))).toBe(false);
  });

  it("holds a run to its limit before it begins", async () => {
    const config = (maxBytes: number) =>
      writeFileSync(join(project, "xfer.config.json"), JSON.stringify({ cache: { maxBytes } }));
    config(1000);
    const refused = await run("--set", "short.batch=8 images", "--out", "refused");
    expect(refused.code).toBe(3);
    expect(refused.err).toMatch(/There is no room for this run: the cache holds .* of the 1\.0 kB it may grow to/);
    expect(refused.err).toContain("xferc cache gc --plan");
    expect(existsSync(join(project, "refused"))).toBe(false);
    expect((await run()).code).toBe(0);
    const used = JSON.parse((await xferc(project, "cache", "du", "--format", "json")).out).bytes;
    config(Math.round(used * 1.05));
    const warned = await run("--set", "short.batch=8 images");
    expect(warned.out).toMatch(/"type":"warning","message":"the cache holds/);
    expect(warned.code).toBe(0);
    rmSync(join(project, "xfer.config.json"));
  });

  it("verify ends with 0 where all is whole, with 1 where something was set aside", async () => {
    expect(await xferc(project, "cache", "verify")).toMatchObject({
      code: 0,
      out: expect.stringContaining("all whole"),
    });
    const blob = filesBelow(join(cache, "blobs"))[0] ?? "";
    const before = readFileSync(blob);
    writeFileSync(
      blob,
      before.map((byte, index) => (index === 3 ? byte ^ 1 : byte)),
    );
    const damaged = await xferc(project, "cache", "verify", "--format", "json");
    expect(damaged.code).toBe(1);
    expect(JSON.parse(damaged.out).damaged.length).toBeGreaterThanOrEqual(2);
    expect((await xferc(project, "cache", "verify")).code).toBe(0);
    expect((await run("--set", "short.batch=4 images")).code).toBe(0);
    expect(readFileSync(blob)).toEqual(before);
  });
});
