import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { hasCudaLibraries, installOnnxCuda } from "../../../../src/runtime/engine/onnx/cuda.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A package whose script does what the test says. */
function packageWith(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "xferc-onnx-"));
  folders.push(folder);
  mkdirSync(join(folder, "script"));
  mkdirSync(join(folder, "bin", "napi-v6", process.platform, process.arch), { recursive: true });
  writeFileSync(join(folder, "script", "install.js"), script);
  return folder;
}
const published = process.platform === "linux" && process.arch === "x64";
const lacking = published ? "" : " (skipped: there are no CUDA libraries for this system)";

describe.skipIf(!published)(`onnxruntime's CUDA libraries${lacking}`, () => {
  const fetches = `
    const { writeFileSync } = require("node:fs");
    const { join } = require("node:path");
    const to = join(__dirname, "..", "bin/napi-v6", process.platform, process.arch);
    console.log("Downloading", process.argv[2]);
    for (const name of ["shared", "cuda"]) writeFileSync(join(to, "libonnxruntime_providers_" + name + ".so"), "");
  `;

  it("are fetched by its own script, and seen", async () => {
    const folder = packageWith(fetches);
    expect(hasCudaLibraries(folder)).toBe(false);
    const lines: string[] = [];
    await installOnnxCuda({ folder, onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["Downloading --onnxruntime-node-install=cuda12"]);
    expect(hasCudaLibraries(folder)).toBe(true);
  });

  it("that cannot be fetched are an error with the command and the reason", async () => {
    const folder = packageWith(`throw new Error("getaddrinfo ENOTFOUND api.nuget.org")`);
    const failing = installOnnxCuda({ folder, onLine: () => undefined });
    await expect(failing).rejects.toThrow(
      /could not fetch the CUDA libraries \(Error: getaddrinfo ENOTFOUND api.nuget.org\)/,
    );
    await expect(failing).rejects.toThrow(/run `node .*install\.js --onnxruntime-node-install=cuda12`/);
  });

  it("that are not there although the script ended well are noticed", async () => {
    const folder = packageWith("");
    await expect(installOnnxCuda({ folder, onLine: () => undefined })).rejects.toThrow(/ended well, but/);
    rmSync(join(folder, "script"), { recursive: true });
    await expect(installOnnxCuda({ folder, onLine: () => undefined })).rejects.toThrow(/install\.js is missing/);
  });

  it("stop being fetched when asked", async () => {
    const folder = packageWith("setTimeout(() => {}, 60_000)");
    const controller = new AbortController();
    const running = installOnnxCuda({ folder, onLine: () => undefined, signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    await expect(running).rejects.toThrow(/abort/i);
    expect(existsSync(folder)).toBe(true);
  });
});
