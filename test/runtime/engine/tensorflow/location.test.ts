import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  enginesFolder,
  findTensorflow,
  listInstallations,
} from "../../../../src/runtime/engine/tensorflow/location.js";
import type { EngineManifest } from "../../../../src/runtime/engine/tensorflow/manifest.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "xferc-engines-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const environment = () => ({ XFERC_ENGINES: root });

describe("the folder of engines", () => {
  const home = "/home/ada";
  it.each([
    ["XFERC_ENGINES wins", { XFERC_ENGINES: "/data/engines", XDG_DATA_HOME: "/x" }, "linux", "/data/engines"],
    ["XDG_DATA_HOME is minded", { XDG_DATA_HOME: "/x" }, "linux", "/x/xferc/engines"],
    ["else the user's own", {}, "linux", "/home/ada/.local/share/xferc/engines"],
    [
      "an empty variable is none",
      { XFERC_ENGINES: "", XDG_DATA_HOME: "" },
      "linux",
      "/home/ada/.local/share/xferc/engines",
    ],
    ["macOS", {}, "darwin", "/home/ada/Library/Application Support/xferc/engines"],
    ["Windows", { LOCALAPPDATA: "/local" }, "win32", "/local/xferc/engines"],
  ] as const)("%s", (_, given, platform, expected) => {
    expect(enginesFolder(given, { platform, home })).toBe(expected);
  });
});

const here = `${process.platform}-${process.arch}`;

function install(id: string, changes: Partial<EngineManifest> = {}, content = "library"): void {
  const folder = join(root, "tensorflow", id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "lib.so"), content);
  const manifest: EngineManifest = {
    format: 1,
    engine: "tensorflow",
    tensorflow: "2.21.0",
    cuda: false,
    platform: here,
    napi: 8,
    addon: "addon.node",
    mute: "mute.node",
    files: { "lib.so": { bytes: 7, sha256: "0".repeat(64) } },
    origins: [],
    builtWith: { xferc: "1", node: "20", binding: "4", compiler: "c++" },
    installedAt: "2026-01-01T00:00:00.000Z",
    ...changes,
  };
  writeFileSync(join(folder, "engine.json"), JSON.stringify(manifest));
}

describe("an installation", () => {
  it("is not there without its manifest, in a hidden folder, or where there is no folder at all", async () => {
    expect(await listInstallations(environment())).toEqual([]);
    install(".staging");
    mkdirSync(join(root, "tensorflow", "half"), { recursive: true });
    writeFileSync(join(root, "tensorflow", "build.log"), "");
    expect(await listInstallations(environment())).toEqual([]);
    expect(await findTensorflow(environment())).toBeUndefined();
  });

  it("serves every Node that has its Node-API", async () => {
    install("a");
    expect(await findTensorflow(environment())).toMatchObject({ id: "a", folder: join(root, "tensorflow", "a") });
  });

  it.each<[string, Partial<EngineManifest>, string]>([
    ["another system", { platform: "plan9-mips" }, "it was built for plan9-mips"],
    ["a later Node-API", { napi: 999 }, "it needs Node-API 999"],
    ["a missing file", { files: { "gone.so": { bytes: 1, sha256: "0".repeat(64) } } }, "gone.so is missing"],
    [
      "a file cut short",
      { files: { "lib.so": { bytes: 9, sha256: "0".repeat(64) } } },
      "lib.so has 7 bytes instead of 9",
    ],
  ])("of %s is passed over, with the reason", async (_, changes, problem) => {
    install("a", changes);
    expect(await listInstallations(environment())).toMatchObject([{ problem: expect.stringContaining(problem) }]);
    expect(await findTensorflow(environment())).toBeUndefined();
  });

  it.each([
    ["is not JSON", "{"],
    ["misses what must be there", JSON.stringify({ format: 1 })],
    ["is of a later format", JSON.stringify({ format: 2 })],
    ["names a file outside", JSON.stringify({ addon: "../../evil.node" })],
  ])("whose manifest %s is passed over", async (_, content) => {
    install("a");
    const path = join(root, "tensorflow", "a", "engine.json");
    if (content.includes("evil")) install("a", { addon: "x/../../evil.node" });
    else writeFileSync(path, content);
    const [found] = await listInstallations(environment());
    expect(found?.problem).toContain("engine.json");
    expect(await findTensorflow(environment())).toBeUndefined();
  });
});

describe("among several", () => {
  it("the kind asked for comes first, then the newest TensorFlow, then the latest installation", async () => {
    install("a", { tensorflow: "2.9.1" });
    install("b", { tensorflow: "2.21.0" });
    install("c", { tensorflow: "2.21.0", installedAt: "2026-02-01T00:00:00.000Z" });
    install("d", { tensorflow: "2.18.0", cuda: true });
    install("e", { tensorflow: "2.30.0", platform: "plan9-mips" });
    expect((await findTensorflow(environment(), "cpu"))?.id).toBe("c");
    expect((await findTensorflow(environment(), "cuda"))?.id).toBe("d");
    rmSync(join(root, "tensorflow", "d"), { recursive: true });
    expect((await findTensorflow(environment(), "cuda"))?.id).toBe("c");
  });
});
