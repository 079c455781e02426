/** What becomes of the numbers when a GPU has no memory, or is lost: a driver that fails on purpose, at every call. */

import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { discoverWebGpu } from "../../../../src/runtime/devices/webgpu.js";
import { ensureBuilt } from "../../../built.js";

interface Told {
  /** Rounds whose numbers were right. */
  readonly right: number;
  readonly ended: "well" | "error" | "wrong";
  readonly message?: string;
  readonly kind?: "memory" | "device" | "other";
}

const folder = mkdtempSync(join(tmpdir(), "xferc-vulkan-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const here = (name: string) => new URL(name, import.meta.url).pathname;

/** The loader that the system finds, by its own search. */
function realLoader(): string | undefined {
  const inFolders = (process.env.LD_LIBRARY_PATH ?? "").split(":").filter((one) => one !== "");
  const listed = /libvulkan\.so\.1 .*=> (\S+)/.exec(
    output("ldconfig", ["-p"]) ?? output("/sbin/ldconfig", ["-p"]) ?? "",
  );
  const places = [...inFolders.map((one) => join(one, "libvulkan.so.1")), ...(listed?.[1] ? [listed[1]] : [])];
  return places.find((path) => output("test", ["-e", path]) !== undefined);
}

function output(program: string, words: readonly string[]): string | undefined {
  try {
    return execFileSync(program, [...words], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

function lackingFor(): string {
  if (process.platform !== "linux") return "only Linux takes its GPU through libvulkan.so.1";
  if (realLoader() === undefined) return "there is no libvulkan.so.1";
  const compiled = output("cc", [
    "-shared",
    "-fPIC",
    "-O1",
    "-Wl,-soname,libvulkan.so.1",
    "-o",
    join(folder, "libvulkan.so.1"),
    here("./faulty-vulkan.c"),
    "-ldl",
  ]);
  return compiled === undefined ? "there is no C compiler" : "";
}
await ensureBuilt();
const { device, problem } = await discoverWebGpu();
const lacks = device === undefined ? (problem?.problem ?? "no adapter") : lackingFor();
const lacking = lacks === "" ? "" : ` (skipped: ${lacks})`;
if (lacks !== "") console.log(`faults of WebGPU are not tested${lacking}`);

async function run(fault: NodeJS.ProcessEnv): Promise<Told> {
  const env = {
    ...process.env,
    FAULTY_REAL: realLoader(),
    LD_LIBRARY_PATH: `${folder}:${process.env.LD_LIBRARY_PATH ?? ""}`,
    ...fault,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [here("./faulty-child.mjs")], { env });
  return JSON.parse(stdout) as Told;
}

describe.skipIf(lacks !== "")(`on webgpu${lacking}`, () => {
  it("nothing fails where no call does", async () => {
    expect(await run({})).toEqual({ right: 3, ended: "well" });
  });

  it("an allocation that finds no memory, whichever, is an error and never a wrong number", {
    timeout: 120_000,
  }, async () => {
    const outcomes: Told[] = [];
    for (let call = 1; outcomes.at(-1)?.ended !== "well" && call < 200; call++) {
      outcomes.push(await run({ FAULTY_ALLOCATE: String(call) }));
    }
    expect(outcomes.filter(({ ended }) => ended === "wrong")).toEqual([]);
    // the last one is beyond the last allocation
    expect(outcomes.at(-1)).toEqual({ right: 3, ended: "well" });
    const failed = outcomes.slice(0, -1);
    expect(failed.length).toBeGreaterThan(10);
    for (const { ended, kind, message } of failed) {
      expect(ended).toBe("error");
      // staging memory that is not there loses the device
      expect(["memory", "device"], message).toContain(kind);
    }
    expect(failed.some(({ right }) => right > 0)).toBe(true);
  });

  it("a device that is lost, whenever, is an error and never a wrong number", { timeout: 120_000 }, async () => {
    const outcomes: Told[] = [];
    for (let call = 1; outcomes.at(-1)?.ended !== "well" && call < 200; call++) {
      outcomes.push(await run({ FAULTY_SUBMIT: String(call) }));
    }
    expect(outcomes.at(-1)).toEqual({ right: 3, ended: "well" });
    const failed = outcomes.slice(0, -1);
    expect(failed.length).toBeGreaterThan(3);
    for (const { ended, kind, message } of failed) {
      expect(ended).toBe("error");
      expect(kind, message).toBe("device");
    }
  });
});
