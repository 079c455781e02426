/** A study whose weights lie on a hub: nothing is fetched unless it may be, and what was fetched is found again. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { traceModel } from "../../src/models/trace.js";
import type { TensorData } from "../../src/program/types.js";
import { writeSafetensors } from "../../src/runtime/state/safetensors.js";
import { ensureBuilt } from "../built.js";
import { HubServer, sha256 } from "../support/hub-server.js";
import { modelTensor } from "../support/numbers.js";
import { newProject, type Outcome, xfercWith } from "./harness.js";

const STUDY = `study moved { seed 1; repeats 1 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
init WT = transfer
recipe short { optimizer sgd(lr: 0.1); batch 32 images; for 2 steps; select last }
source published = weights("hf:timm/mini")
experiment main {
  model mini; target digits_few; source published; init WT; train short
  measure test = score(target.metric)
}
`;
const PARAMS = { blocks: [1], widths: [4], stem: "small", block: "basic" };
const { tensors } = traceModel({ family: "resnet", version: 1, params: PARAMS, classes: 1000, channels: 3, size: 28 });
const WEIGHTS = writeSafetensors(
  new Map<string, TensorData>(tensors.map(({ name, shape }) => [name, modelTensor(name, shape)])),
);
const FIRST = "1".repeat(40);
const repositories = { "timm/mini": { commit: FIRST, files: { "model.safetensors": WEIGHTS } } };

const server = new HubServer(repositories);
const project = newProject({ "study.xfer": STUDY });
const cache = join(project, "hub");
let endpoint = "";
beforeAll(async () => {
  await ensureBuilt();
  endpoint = await server.start();
}, 180_000);
afterAll(async () => {
  await server.stop();
  rmSync(project, { recursive: true, force: true });
});
afterEach(() => {
  server.requests.length = 0;
});

const xferc = (...words: readonly string[]): Promise<Outcome> =>
  xfercWith({ HF_ENDPOINT: endpoint, HF_HUB_CACHE: cache, HOME: project }, project, ...words);
const snapshot = join(cache, "models--timm--mini", "snapshots", FIRST, "model.safetensors");

describe("weights on a hub", { timeout: 120_000 }, () => {
  it("are left there unless they may be fetched; check and plan do without", async () => {
    const check = await xferc("check", "study.xfer");
    expect(check.err).toContain("nothing wrong");
    expect((await xferc("plan", "study.xfer")).out).toContain("weights.import");
    const run = await xferc("run", "study.xfer", "--ui", "plain");
    expect(run.code).toBe(1);
    expect(run.err).toContain("XF0454");
    expect(run.err).toContain("--allow-download");
    expect(run.err).toContain('"network": true');
    expect(server.requests).toEqual([]);
  });

  it("are fetched where a flag allows it, told on standard error, and locked with their commit", async () => {
    const run = await xferc("run", "study.xfer", "--ui", "plain", "--allow-download");
    expect(run.err).toContain("downloading timm/mini/model.safetensors");
    expect(run.err).toMatch(/timm\/mini\/model\.safetensors: .+ downloaded/);
    expect(run.code).toBe(0);
    expect(existsSync(snapshot)).toBe(true);
    const lock = JSON.parse(readFileSync(join(project, "study.lock.json"), "utf8"));
    expect(lock.weights).toEqual([
      expect.objectContaining({
        path: "hf:timm/mini",
        facts: expect.objectContaining({ digest: sha256(WEIGHTS), revision: FIRST }),
      }),
    ]);
  });

  it("are found again without a word to the hub; the key is the digest's, not the address's", async () => {
    const plan = async () => JSON.parse((await xferc("plan", "study.xfer", "--format", "json")).out).nodes;
    const imported = (nodes: readonly { readonly op: string }[]) => nodes.find(({ op }) => op === "weights.import");
    const ofHub = imported(await plan());
    expect(ofHub).toMatchObject({ status: "cached", params: { digest: sha256(WEIGHTS) } });
    writeFileSync(join(project, "own.safetensors"), WEIGHTS);
    writeFileSync(join(project, "study.xfer"), STUDY.replace("hf:timm/mini", "./own.safetensors"));
    expect(imported(await plan())).toMatchObject({ status: "cached", key: (ofHub as { key?: string }).key });
    writeFileSync(join(project, "study.xfer"), STUDY);
    expect(server.requests).toEqual([]);
  });

  it("are planned from the lock where they are gone, and fetched at its commit when a run needs them", async () => {
    rmSync(cache, { recursive: true });
    const { nodes } = JSON.parse((await xferc("plan", "study.xfer", "--allow-download", "--format", "json")).out);
    expect(nodes.some(({ provisional }: { provisional: boolean }) => provisional)).toBe(false);
    expect(server.requests).toEqual([]);
    Object.assign(repositories["timm/mini"], { commit: "2".repeat(40), refs: { [FIRST]: FIRST } });
    writeFileSync(join(project, "xfer.config.json"), '{ "network": true }');
    const run = await xferc("run", "study.xfer", "--ui", "plain", "--cache", "another");
    expect(run.err).toContain("downloading timm/mini/model.safetensors");
    expect(run.code).toBe(0);
    expect(server.requests[0]?.path).toContain(`/resolve/${FIRST}/`);
    rmSync(join(project, "xfer.config.json"));
  });

  it("that cannot be had are told at their source, with what to do", async () => {
    writeFileSync(join(project, "study.xfer"), STUDY.replace("timm/mini", "timm/mimi"));
    const { code, out } = await xferc("check", "study.xfer", "--allow-download");
    expect(code).toBe(1);
    expect(out).toContain("the weights `hf:timm/mimi` cannot be used: there is no timm/mimi at");
    expect(out).toMatch(/study\.xfer:6:\d+/);
    writeFileSync(join(project, "study.xfer"), STUDY);
  });

  it("in Python's hands are ours", async () => {
    rmSync(cache, { recursive: true });
    mkdirSync(join(snapshot, ".."), { recursive: true });
    mkdirSync(join(cache, "models--timm--mini", "refs"), { recursive: true });
    writeFileSync(snapshot, WEIGHTS);
    writeFileSync(join(cache, "models--timm--mini", "refs", "main"), FIRST);
    const { out } = await xferc("explain", "study.xfer", "main#1");
    expect(out).toContain("import hf:timm/mini");
    expect(server.requests).toEqual([]);
  });
});
