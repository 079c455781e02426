import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  cacheFolder,
  cacheLayers,
  createNodeHost,
  type NodeHostOptions,
  UsageError,
} from "../../../src/runtime/host/index.js";

let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "xferc-host-")));
  write("package.json", "{}");
  write("studies/main.xfer", 'import "./data.xfer"');
  write("studies/data.xfer", "");
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(path: string, content: string | Uint8Array): void {
  const whole = join(project, path);
  mkdirSync(join(whole, ".."), { recursive: true });
  writeFileSync(whole, content);
}

const unknown = async () => ({ status: "unknown", reason: "not looked" }) as const;
const host = (options: Partial<NodeHostOptions> = {}) =>
  createNodeHost({
    cwd: project,
    study: "studies/main.xfer",
    data: [],
    environment: {},
    facts: { dataset: unknown, weights: unknown },
    ...options,
  });
const digits = { name: "digits", path: "./data/digits", declaredIn: "studies/data.xfer" };

describe("weights", () => {
  const place = (path: string, environment = {}) =>
    host({ environment }).locateWeights({ path, declaredIn: "studies/data.xfer" });

  it("lie beside the study that names them, or under a data root, and never are the root itself", () => {
    mkdirSync(join(project, "roots"));
    const environment = { XFERC_DATA: "roots" };
    expect(place("./w.pth", environment)).toBe(join(project, "studies", "w.pth"));
    write("roots/w.pth", "");
    expect(place("./w.pth", environment)).toBe(join(project, "roots", "w.pth"));
  });

  it("of a hub lie in its cache", () => {
    const environment = { HF_HUB_CACHE: join(project, "hub") };
    const repository = join(project, "hub", "models--timm--r");
    expect(place("hf:timm/r", environment)).toBe(join(repository, "snapshots", "main", "model.safetensors"));
    const commit = "0".repeat(40);
    write("hub/models--timm--r/refs/main", commit);
    write(`hub/models--timm--r/snapshots/${commit}/pytorch_model.bin`, "");
    expect(place("hf:timm/r", environment)).toBe(join(repository, "snapshots", commit, "pytorch_model.bin"));
    expect(place("hf:timm/r@v2", environment)).toBe(join(repository, "snapshots", "v2", "model.safetensors"));
    const locked = host({ environment, locked: () => commit });
    expect(locked.locateWeights({ path: "hf:timm/r@v2", declaredIn: "studies/data.xfer" })).toMatch(
      /pytorch_model\.bin$/,
    );
  });
});

const encoded = (encoding: string) => ({ ok: false, problem: "encoding", encoding });

/** Little end first, or big. */
function utf16(text: string, end: "little" | "big", mark: "marked" | "bare"): Uint8Array {
  const bytes = Buffer.from(mark === "marked" ? `\ufeff${text}` : text, "utf16le");
  return end === "little" ? bytes : bytes.swap16();
}

describe("reading", () => {
  it.each([
    ["a study", "study a {}", { ok: true, text: "study a {}" }],
    ["an empty file", "", { ok: true, text: "" }],
    ["bytes that are no text", new Uint8Array([0x89, 0x50, 0, 0]), { ok: false, problem: "binary" }],
    ["bytes that are no UTF-8", new Uint8Array([0x61, 0x02, 0xff, 0xfe]), { ok: false, problem: "binary" }],
    ["UTF-16 as Windows saves it", utf16("study é", "little", "marked"), encoded("UTF-16 LE")],
    ["UTF-16 the other way round", utf16("study é", "big", "marked"), encoded("UTF-16 BE")],
    ["UTF-16 without its mark", utf16("study größe { seed 1 }", "little", "bare"), encoded("UTF-16 LE")],
    ["UTF-16 of Unix without its mark", utf16("study größe { seed 1 }", "big", "bare"), encoded("UTF-16 BE")],
    ["Latin-1", Buffer.from("// größe\nstudy s { seed 1 }\n", "latin1"), encoded("Latin-1")],
    ["UTF-8 with a mark, as Windows saves it", Buffer.from("\ufeffstudy é"), { ok: true, text: "study é" }],
    ["ten megabytes", "x".repeat(10_000_000), { ok: false, problem: "too-large" }],
  ])("%s", async (_, content, expected) => {
    write("studies/odd.xfer", content);
    expect(await host().read("studies/odd.xfer")).toEqual(expected);
  });

  it("what is not there, a folder, and a device", async () => {
    expect(await host().read("studies/none.xfer")).toEqual({ ok: false, problem: "missing" });
    expect(await host().read("studies")).toEqual({ ok: false, problem: "directory" });
    expect(await host().read("/dev/zero")).toEqual({ ok: false, problem: "unreadable" });
  });
});

describe("imports", () => {
  const from = "studies/main.xfer";

  it("are relative to the file they are in, and shown as the user would type them", () => {
    expect(host().resolveImport(from, "./data.xfer")).toEqual({ path: "studies/data.xfer" });
    expect(host().resolveImport(from, "../studies/../studies/data.xfer")).toEqual({ path: "studies/data.xfer" });
  });

  it("reach the bundled study", async () => {
    expect(host().resolveImport(from, "xfer:bundled")).toEqual({ path: "xfer:bundled" });
    expect(await host().read("xfer:bundled")).toMatchObject({
      ok: true,
      text: expect.stringContaining("dataset fashion"),
    });
    expect(host().resolveImport(from, "xfer:other")).toMatchObject({
      problem: expect.stringContaining("xfer:bundled"),
    });
  });

  it.each([
    ["out of the project", "../../secret.xfer", "outside the project"],
    ["an absolute path", "/etc/passwd", "relative to the file"],
    ["an address", "https://example.org/a.xfer", "not fetched"],
    ["another kind of file", "./data.csv", "end in .xfer"],
  ])("refuse %s", (_, specifier, problem) => {
    expect(host().resolveImport(from, specifier)).toEqual({ problem: expect.stringContaining(problem) });
  });

  it("refuse a link that leads out of the project, unless the configuration allows the place", () => {
    const outside = realpathSync(mkdtempSync(join(tmpdir(), "xferc-out-")));
    writeFileSync(join(outside, "shared.xfer"), "");
    symlinkSync(join(outside, "shared.xfer"), join(project, "studies/link.xfer"));
    expect(host().resolveImport(from, "./link.xfer")).toHaveProperty("problem");
    write("xfer.config.json", JSON.stringify({ importRoots: [outside] }));
    const relative = `../../${outside.split("/").at(-1)}/shared.xfer`;
    expect(host().resolveImport(from, relative)).toEqual({ path: expect.stringMatching(/shared\.xfer$/) });
    rmSync(outside, { recursive: true });
  });
});

describe("data", () => {
  it("lies where its declaration says", () => {
    expect(host().locate(digits)).toBe(join(project, "studies/data/digits"));
  });

  it("is found in the configuration, the environment and a flag, the last first", () => {
    write("xfer.config.json", JSON.stringify({ data: { digits: "./elsewhere" } }));
    expect(host().locate(digits)).toBe(join(project, "elsewhere"));
    const environment = { XFERC_DATA: "roots" };
    expect(host({ environment }).locate(digits)).toBe(join(project, "elsewhere"));
    mkdirSync(join(project, "roots/data/digits"), { recursive: true });
    expect(host({ environment }).locate(digits)).toBe(join(project, "roots/data/digits"));
    mkdirSync(join(project, "roots/digits"));
    expect(host({ environment }).locate(digits)).toBe(join(project, "roots/digits"));
    expect(host({ environment, data: ["digits=/mnt/d"] }).locate(digits)).toBe("/mnt/d");
  });

  it("does not leave a data root by dots", () => {
    mkdirSync(join(project, "roots"));
    const sly = { ...digits, path: "../../studies" };
    expect(host({ environment: { XFERC_DATA: "roots" } }).locate(sly)).toBe(join(project, "studies", "../../studies"));
  });

  it("wants NAME=DIR", () => {
    expect(() => host({ data: ["digits"] })).toThrow(UsageError);
  });
});

describe("the configuration", () => {
  it.each([
    ["{", "is not valid JSON"],
    ['{"dat": {}}', 'must NOT have additional properties: "dat"'],
    ['{"data": {"digits": 3}}', "at data/digits must be string"],
  ])("%s is refused with its place", (text, message) => {
    write("xfer.config.json", text);
    expect(() => host()).toThrow(message);
  });
});

describe("the cache", () => {
  it("lies in the project unless the flag, the environment or the configuration say otherwise", () => {
    expect(cacheFolder(host(), undefined, {})).toBe(join(project, ".xfer/cache"));
    write("xfer.config.json", JSON.stringify({ cache: "c" }));
    expect(cacheFolder(host(), undefined, {})).toBe(join(project, "c"));
    expect(cacheFolder(host(), undefined, { XFERC_CACHE: "/e" })).toBe("/e");
    expect(cacheFolder(host(), "f", { XFERC_CACHE: "/e" })).toBe(join(project, "f"));
  });

  it("may have layers below it, a limit, and a patience of its own", () => {
    const cache = { folder: "own", layers: ["../lab", "/far"], maxBytes: 1e9, leaseSeconds: 120 };
    write("xfer.config.json", JSON.stringify({ cache }));
    const { config } = host();
    expect(config.cache).toMatchObject({ folder: join(project, "own"), maxBytes: 1e9, leaseSeconds: 120 });
    const layers = (environment: { XFERC_CACHE_LAYERS?: string }, folder = join(project, "own")) =>
      cacheLayers(host(), folder, environment);
    expect(layers({})).toEqual([join(project, "../lab"), "/far"]);
    expect(layers({ XFERC_CACHE_LAYERS: "near:/far" })).toEqual([
      join(project, "near"),
      "/far",
      join(project, "../lab"),
    ]);
    expect(layers({}, "/far")).toEqual([join(project, "../lab")]);
  });

  it.each([
    [{ maxSize: 1 }, /at cache must NOT have additional properties: "maxSize"/],
    [{ maxBytes: -1 }, /at cache\/maxBytes must be > 0/],
    [{ layers: "lab" }, /at cache\/layers must be array/],
    [{ leaseSeconds: 0 }, /at cache\/leaseSeconds must be >= 1/],
    [7, /at cache must be string,object/],
    ["", /at cache must NOT have fewer than 1 characters/],
  ])("that is misconfigured as %j is refused with the place", (cache, message) => {
    write("xfer.config.json", JSON.stringify({ cache }));
    expect(() => host()).toThrow(message);
  });
});
