/** Weights from a hub, against a server that speaks its protocol and at times breaks it. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HubFile } from "../../../src/compiler/hub.js";
import { findInCache, hubCacheFolder } from "../../../src/runtime/hub/cache.js";
import { type Downloading, type DownloadProgress, download } from "../../../src/runtime/hub/download.js";
import { HubError } from "../../../src/runtime/hub/errors.js";
import { HubServer, sha256 } from "../../support/hub-server.js";
import { python, referencePython, withoutReference } from "../../support/reference.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const LARGE = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251));
const SMALL = Buffer.from("a few bytes");
const INDEX = Buffer.from(JSON.stringify({ weight_map: { a: "part-1.safetensors", b: "part-2.safetensors" } }));

const server = new HubServer({
  "timm/resnet": {
    commit: COMMIT,
    refs: { "v1.0": COMMIT, "refs/pr/3": COMMIT },
    files: { "model.safetensors": LARGE, "config.json": SMALL },
  },
  "timm/older": { commit: COMMIT, files: { "pytorch_model.bin": LARGE } },
  "timm/parts": {
    commit: COMMIT,
    files: { "model.safetensors.index.json": INDEX, "part-1.safetensors": LARGE, "part-2.safetensors": SMALL },
  },
  "timm/torn": { commit: COMMIT, files: { "model.safetensors.index.json": INDEX, "part-1.safetensors": LARGE } },
  "timm/sly": {
    commit: COMMIT,
    files: { "model.safetensors.index.json": Buffer.from(JSON.stringify({ weight_map: { a: "../../../sly" } })) },
  },
  "timm/gated": { commit: COMMIT, files: { "model.safetensors": LARGE }, access: "gated" },
  "timm/private": { commit: COMMIT, files: { "model.safetensors": LARGE }, access: "private" },
  "timm/nothing": { commit: COMMIT, files: { "README.md": SMALL } },
  "timm/wrong": { commit: "../../..", files: { "model.safetensors": LARGE } },
});

let endpoint = "";
let cache = "";
let told: DownloadProgress[] = [];

beforeEach(async () => {
  endpoint = endpoint || (await server.start());
  cache = mkdtempSync(join(tmpdir(), "xferc-hub-"));
  told = [];
  server.requests.length = 0;
  server.faults.length = 0;
  server.hubFaults.length = 0;
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const hub = (name: string, more: Partial<HubFile> = {}): HubFile => ({
  owner: "timm",
  name,
  revision: "main",
  ...more,
});
const how = (more: Partial<Downloading> = {}): Downloading => ({
  cache,
  endpoint,
  token: undefined,
  timeoutMs: 1000,
  pauseMs: 1,
  onProgress: (progress) => told.push(progress),
  ...more,
});
const get = (name: string, more: Partial<HubFile> = {}, options: Partial<Downloading> = {}) =>
  download(hub(name, more), how(options));
const blobs = (name: string) => readdirSync(join(cache, `models--timm--${name}`, "blobs")).sort();

async function refusal(work: Promise<unknown>): Promise<HubError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof HubError) return error;
  throw new Error(`not refused as it should be: ${String(error)}`);
}

describe("a download", () => {
  it("lies in the cache as the hub's own client lays it out", async () => {
    const { path, commit } = await get("resnet");
    expect(commit).toBe(COMMIT);
    expect(path).toBe(join(cache, "models--timm--resnet", "snapshots", COMMIT, "model.safetensors"));
    expect(readFileSync(path).equals(LARGE)).toBe(true);
    expect(readlinkSync(path)).toBe(join("..", "..", "blobs", sha256(LARGE)));
    expect(readFileSync(join(cache, "models--timm--resnet", "refs", "main"), "utf8")).toBe(COMMIT);
    expect(blobs("resnet")).toEqual([sha256(LARGE)]);
    expect(findInCache(cache, hub("resnet"))).toEqual({ path, commit });
    expect(told.at(-1)).toEqual({
      file: "timm/resnet/model.safetensors",
      done: LARGE.length,
      total: LARGE.length,
      state: "whole",
    });
  });

  it("is made once", async () => {
    await get("resnet");
    const before = server.requests.filter(({ server: which }) => which === "store").length;
    await get("resnet");
    expect(server.requests.filter(({ server: which }) => which === "store")).toHaveLength(before);
  });

  it.each([
    ["v1.0", { revision: "v1.0" }, "model.safetensors"],
    ["a pull request", { revision: "refs/pr/3" }, "model.safetensors"],
    ["a commit", { revision: COMMIT }, "model.safetensors"],
    ["a file", { file: "config.json" }, "config.json"],
  ])("of %s", async (_, more, file) => {
    const { path } = await get("resnet", more);
    expect(path).toBe(join(cache, "models--timm--resnet", "snapshots", COMMIT, file));
    expect(findInCache(cache, hub("resnet", more))?.path).toBe(path);
  });

  it("takes the weights under their older name where there is no other", async () => {
    expect((await get("older")).path).toMatch(/pytorch_model\.bin$/);
  });

  it("takes all parts of a checkpoint in several, and finds it only when it is whole", async () => {
    const { path } = await get("parts");
    expect(path).toMatch(/model\.safetensors\.index\.json$/);
    expect(findInCache(cache, hub("parts"))?.path).toBe(path);
    rmSync(join(path, "..", "part-2.safetensors"));
    expect(findInCache(cache, hub("parts"))).toBeUndefined();
  });

  it("follows a repository that moved", async () => {
    const { path } = await download({ ...hub("resnet"), owner: "moved" }, how());
    expect(readFileSync(path).equals(LARGE)).toBe(true);
  });

  it("gives the token to the hub and to no one it leads to", async () => {
    await get("private", {}, { token: "hf_right" });
    const seen = (which: string) => server.requests.filter((request) => request.server === which);
    expect(new Set(seen("hub").map(({ authorization }) => authorization))).toEqual(new Set(["Bearer hf_right"]));
    expect(new Set(seen("store").map(({ authorization }) => authorization))).toEqual(new Set([undefined]));
  });

  it("that breaks off goes on where it stopped, however often, as long as it gains", async () => {
    server.faults.push(...[40_000, 50_000, 1, 60_000, 1, 1, 70_000].map((after) => ({ kind: "drop", after }) as const));
    const { path } = await get("resnet");
    expect(readFileSync(path).equals(LARGE)).toBe(true);
    const ranges = server.requests.flatMap(({ range }) =>
      range === undefined ? [] : [Number(/\d+/.exec(range)?.[0])],
    );
    expect(ranges.length).toBeGreaterThanOrEqual(3);
    expect(ranges).toEqual(ranges.toSorted((a, b) => a - b));
  });

  it("starts anew where the server cannot go on, and ends where it was said to", async () => {
    server.faults.push({ kind: "drop", after: 100_000 }, { kind: "no-ranges" });
    expect(readFileSync((await get("resnet")).path).equals(LARGE)).toBe(true);
    rmSync(cache, { recursive: true });
    server.faults.push({ kind: "too-much" });
    expect(readFileSync((await get("resnet")).path).equals(LARGE)).toBe(true);
  });

  it("goes on what a killed process left, and starts anew where that is something else", async () => {
    const folder = join(cache, "models--timm--resnet", "blobs");
    for (const [left, from] of [
      [LARGE.subarray(0, 120_000), 120_000],
      [Buffer.alloc(120_000), 120_000],
      [Buffer.alloc(LARGE.length + 5), undefined],
    ] as const) {
      rmSync(cache, { recursive: true });
      mkdirSync(folder, { recursive: true });
      const partial = join(folder, `${sha256(LARGE)}.other-1-ab.xferc.incomplete`);
      writeFileSync(partial, left);
      const smaller = `${partial.replace("ab", "cd")}`;
      writeFileSync(smaller, "");
      utimesSync(smaller, new Date(0), new Date(0));
      utimesSync(partial, new Date(0), new Date(0));
      server.requests.length = 0;
      expect(readFileSync((await get("resnet")).path).equals(LARGE)).toBe(true);
      expect(server.requests.find(({ server: which }) => which === "store")?.range).toBe(from && `bytes=${from}-`);
      expect(blobs("resnet")).toEqual([sha256(LARGE)]);
    }
  });

  it("is made by one process while others wait for it", async () => {
    // nothing comes before the two others have seen that it is on its way, however slow this machine is
    let release = () => {};
    server.faults.push({ kind: "hold", until: new Promise((resolve) => (release = resolve)) });
    let waiting = 0;
    const onProgress = ({ state }: DownloadProgress) => {
      if (state === "waiting" && ++waiting === 2) release();
    };
    const one = () => get("resnet", {}, { timeoutMs: 60_000, onProgress });
    const all = await Promise.all([one(), one(), one()]);
    expect(new Set(all.map(({ path }) => path)).size).toBe(1);
    expect(server.requests.filter(({ server: which }) => which === "store")).toHaveLength(1);
    expect(waiting).toBeGreaterThanOrEqual(2);
    expect(blobs("resnet")).toEqual([sha256(LARGE)]);
  });

  it("passes over what passes: a busy server, one that says how long, silence", async () => {
    server.hubFaults.push({ kind: "status", status: 503 }, { kind: "status", status: 429, retryAfter: 0 });
    server.faults.push({ kind: "status", status: 500 }, { kind: "silence" });
    expect(readFileSync((await get("resnet", {}, { timeoutMs: 200 })).path).equals(LARGE)).toBe(true);
  });
});

describe("a download is refused", () => {
  it("and nothing of it kept, where the digest is another", async () => {
    server.faults.push({ kind: "other-bytes" });
    const error = await refusal(get("resnet"));
    expect(error.message).toMatch(/has not the digest the hub gives; nothing of it was kept/);
    expect(blobs("resnet")).toEqual([]);
    expect(findInCache(cache, hub("resnet"))).toBeUndefined();
  });

  it("after five times in a row without a byte; what there is is kept", async () => {
    server.faults.push({ kind: "drop", after: 90_000 });
    for (let i = 0; i < 5; i++) server.faults.push({ kind: "status", status: 502 });
    const error = await refusal(get("resnet"));
    expect(error.message).toMatch(/status 502, 5 times in a row/);
    expect(error.hint).toMatch(/goes on where it stopped/);
    expect(blobs("resnet")).toHaveLength(1);
    expect((await get("resnet")).commit).toBe(COMMIT);
    expect(server.requests.at(-1)?.range).toMatch(/^bytes=\d+-$/);
  });

  it.each([
    ["gated", {}, /only to those who accept its conditions/, /timm\/gated, and give your token in HF_TOKEN/],
    ["private", {}, /there is no timm\/private at .+, or it is not for everyone \(status 401\)/, /HF_TOKEN/],
    ["missing", {}, /there is no timm\/missing at/, /check its name/],
    ["resnet", { revision: "v9" }, /timm\/resnet has no revision v9/, /branch, a tag or a commit/],
    [
      "resnet",
      { file: "other.safetensors" },
      /timm\/resnet has no other\.safetensors/,
      /name one: hf:timm\/resnet\/FILE/,
    ],
    ["nothing", {}, /has no weights under a usual name/, /hf:timm\/nothing\/FILE/],
    ["torn", {}, /lacks part-2\.safetensors, which its index lists/, /./],
    ["wrong", {}, /does not answer as a hub does/, /HF_ENDPOINT/],
  ])("where %s %j", async (name, more, problem, hint) => {
    const error = await refusal(get(name, more));
    expect(error.message).toMatch(problem);
    expect(error.hint).toMatch(hint);
  });

  it("where the token is wrong, without telling it", async () => {
    const error = await refusal(get("private", {}, { token: "hf_secret" }));
    expect(error.message + error.hint).not.toContain("hf_secret");
    expect(error.hint).toMatch(/what HF_TOKEN may read/);
  });

  it("where an index leads out of its folder", async () => {
    await expect(get("sly")).rejects.toThrow(/is no file beside it/);
    expect(existsSync(join(cache, "sly"))).toBe(false);
  });

  it("where nothing listens", async () => {
    const gone = new HubServer({});
    const address = await gone.start();
    await gone.stop();
    const error = await refusal(get("resnet", {}, { endpoint: address }));
    expect(error.message).toMatch(/cannot be reached \(ECONNREFUSED\), 5 times in a row/);
  });
});

describe("the cache's folder", () => {
  it.each([
    [{ HF_HUB_CACHE: "/c", HF_HOME: "/h" }, "/c"],
    [{ HUGGINGFACE_HUB_CACHE: "/old", HF_HOME: "/h" }, "/old"],
    [{ HF_HOME: "~/h", HOME: "/me" }, "/me/h/hub"],
    [{ XDG_CACHE_HOME: "/x", HOME: "/me" }, "/x/huggingface/hub"],
    [{ HOME: "/me" }, "/me/.cache/huggingface/hub"],
  ])("by %j is %s", (environment, folder) => expect(hubCacheFolder(environment)).toBe(folder));
});

describe.skipIf(referencePython === undefined)(
  `the hub's own Python client${withoutReference}`,
  { timeout: 120_000 },
  () => {
    const FETCH = `
import sys
from huggingface_hub import hf_hub_download
print(hf_hub_download(sys.argv[1], sys.argv[2], revision=sys.argv[3], local_files_only=sys.argv[4] == "local"))
`;
    const env = () => ({
      HF_HUB_CACHE: cache,
      HF_ENDPOINT: endpoint,
      HF_HUB_DISABLE_TELEMETRY: "1",
      HF_TOKEN: "hf_right",
    });

    it("finds what we downloaded", async () => {
      const { path } = await get("resnet");
      const found = await python(FETCH, ["timm/resnet", "model.safetensors", "main", "local"], env());
      expect(found.trim()).toBe(path);
    });

    it("has what we find", async () => {
      const found = (await python(FETCH, ["timm/resnet", "model.safetensors", "main", "fetch"], env())).trim();
      server.requests.length = 0;
      expect(findInCache(cache, hub("resnet"))).toEqual({ path: found, commit: COMMIT });
      await get("resnet");
      expect(server.requests.filter(({ server: which }) => which === "store")).toEqual([]);
    });

    it("takes over a revision that it did not know", async () => {
      await get("resnet", { revision: "v1.0" });
      const found = await python(FETCH, ["timm/resnet", "model.safetensors", "v1.0", "local"], env());
      expect(found.trim()).toBe(findInCache(cache, hub("resnet", { revision: COMMIT }))?.path);
    });
  },
);
