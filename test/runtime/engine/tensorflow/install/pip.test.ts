import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { downloadWithPip, pipCommand } from "../../../../../src/runtime/engine/tensorflow/install/pip.js";
import { choosePlatform } from "../../../../../src/runtime/engine/tensorflow/install/platform.js";
import { linux, newFolder, recorder, serveWheel, writeProgram, writePython, writeWheel } from "./fakes.js";

let world: string;
let bin: string;
beforeEach(() => {
  world = newFolder();
  bin = join(world, "bin");
});
afterEach(() => rmSync(world, { recursive: true, force: true }));

const platform = choosePlatform(linux, "cpu");
const download = (...requirements: string[]) =>
  downloadWithPip(requirements, {
    folder: join(world, "downloads"),
    platform,
    environment: { PATH: bin },
    signal: new AbortController().signal,
    report: recorder().report,
  });
const calls = () => readFileSync(join(bin, "pip-calls"), "utf8").trim().split("\n");

describe("pip", () => {
  it("is asked for this machine's Python first, for wheels only, without what they depend on", async () => {
    const file = writeWheel(world);
    writePython(bin, serveWheel(file));
    expect(await download("tensorflow-cpu>=2.18")).toEqual({
      ok: true,
      files: [join(world, "downloads", basename(file))],
    });
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(/^-m pip download --no-deps --only-binary=:all: .* tensorflow-cpu>=2\.18$/);
    expect(calls()[0]).not.toContain("--python-version");
    expect(readdirSync(join(world, "downloads"))).toEqual([basename(file)]);
  });

  it("is asked for other Pythons where TensorFlow has no build for this one", async () => {
    const file = writeWheel(world);
    writePython(
      bin,
      `for word in $(/usr/bin/tail -1 "${bin}/pip-calls"); do if [ "$word" = "3.11" ]; then ${serveWheel(file)}; exit 0; fi; done
echo "ERROR: No matching distribution found for tensorflow-cpu" >&2; exit 1`,
    );
    expect(await download("tensorflow-cpu")).toMatchObject({ ok: true });
    expect(calls().map((call) => /--python-version (\S+) --abi (\S+)/.exec(call)?.slice(1))).toEqual([
      undefined,
      ["3.12", "cp312"],
      ["3.11", "cp311"],
    ]);
  });

  it("is not asked again where the network is the problem, and the problem is named", async () => {
    writePython(
      bin,
      `echo "WARNING: Retrying after connection broken by NewConnectionError: Failed to establish a new connection" >&2
echo "ERROR: Cannot reach it" >&2; exit 1`,
    );
    const result = await download("tensorflow-cpu");
    expect(calls()).toHaveLength(1);
    expect(result).toMatchObject({
      ok: false,
      tried: [{ problem: "the package index cannot be reached; Cannot reach it" }],
    });
  });

  it("that found the wheel downloaded already says where, in other words", async () => {
    const file = writeWheel(world);
    writePython(bin, `/bin/cp "${file}" "$dest/"; echo "  File was already downloaded $dest/${basename(file)}"`);
    expect(await download("tensorflow-cpu")).toEqual({ ok: true, files: [join(world, "downloads", basename(file))] });
  });

  it("that says nothing is believed where the wheel lies there", async () => {
    const file = writeWheel(world);
    writePython(bin, `/bin/cp "${file}" "$dest/"`);
    expect(await download("tensorflow-cpu>=2.18,<3")).toEqual({
      ok: true,
      files: [join(world, "downloads", basename(file))],
    });
  });

  it("of `python` serves where there is no `python3`; without either, that is said", async () => {
    expect(await download("x")).toMatchObject({
      ok: false,
      tried: [{ problem: expect.stringContaining("there is no Python here") }],
    });
    const file = writeWheel(world);
    writePython(bin, serveWheel(file));
    writeProgram(bin, "python", `exec "${bin}/python3" "$@"`);
    writeProgram(bin, "python3-gone", "");
    expect(await download("x")).toMatchObject({ ok: true });
  });

  it("keeps its temporary files in the downloads' folder, and none remain", async () => {
    writePython(bin, `echo "$TMPDIR" > "${world}/tmpdir"; exit 1`);
    await download("x");
    const temporary = readFileSync(join(world, "tmpdir"), "utf8").trim();
    expect(temporary).toBe(join(world, "downloads", "pip-tmp"));
    expect(existsSync(temporary)).toBe(false);
  });
});

it("the command for elsewhere can be pasted into a shell", () => {
  expect(pipCommand(["tensorflow-cpu>=2.18,<2.22"], platform)).toBe(
    "python3 -m pip download --no-deps --only-binary=:all: --progress-bar off --implementation cp " +
      "--python-version 3.12 --abi cp312 --abi none --platform manylinux_2_27_x86_64 --platform manylinux_2_17_x86_64 " +
      "--platform manylinux2014_x86_64 --dest . 'tensorflow-cpu>=2.18,<2.22'",
  );
});
