/** The pure parts: which wheel fits, which headers are needed, how tools are installed. */

import { describe, expect, it } from "vitest";
import {
  checkSystem,
  cudaRequirements,
  isTried,
} from "../../../../../src/runtime/engine/tensorflow/install/fitting.js";
import { neededHeaders } from "../../../../../src/runtime/engine/tensorflow/install/headers.js";
import {
  choosePlatform,
  howToInstall,
  type Machine,
} from "../../../../../src/runtime/engine/tensorflow/install/platform.js";
import type { Wheel } from "../../../../../src/runtime/engine/tensorflow/install/wheel.js";
import fc from "../../../../support/properties.js";
import { linux } from "./fakes.js";

const mac: Machine = { platform: "darwin", arch: "arm64", glibc: null };
const arm: Machine = { platform: "linux", arch: "arm64", glibc: "2.39" };
const tagged = (...tags: string[]) => ({ file: "w.whl", tags }) as unknown as Wheel;

describe("a wheel's tags", () => {
  it.each<[string, Machine, string | undefined]>([
    ["cp311-cp311-manylinux_2_27_x86_64", linux, undefined],
    ["cp39-cp39-manylinux2014_x86_64", linux, undefined],
    ["py3-none-any", linux, undefined],
    ["cp313-cp313-linux_x86_64", linux, undefined],
    ["cp311-cp311-manylinux_2_27_aarch64", arm, undefined],
    ["cp312-cp312-macosx_12_0_arm64", mac, undefined],
    ["cp311-cp311-manylinux_2_27_x86_64", { ...linux, glibc: "2.17" }, "it needs glibc 2.27, this system has 2.17"],
    ["cp311-cp311-manylinux_2_9_x86_64", { ...linux, glibc: "2.17" }, undefined],
    ["cp311-cp311-manylinux2014_x86_64", { ...linux, glibc: "2.12" }, "it needs glibc 2.17, this system has 2.12"],
    ["cp311-cp311-musllinux_1_2_x86_64", linux, "it is built for Linux with musl"],
    ["cp311-cp311-win_amd64", linux, "it is built for Windows"],
    ["cp312-cp312-macosx_12_0_arm64", linux, "it is built for macOS"],
    ["cp311-cp311-manylinux_2_27_x86_64", mac, "it is built for Linux"],
    ["cp311-cp311-manylinux_2_27_x86_64", arm, "it is built for x86_64, this is aarch64"],
    ["cp312-cp312-macosx_10_15_x86_64", mac, "it is built for x86_64, this is arm64"],
  ])("%s on %j: %s", (tag, machine, problem) => {
    const check = () => checkSystem(tagged(tag), choosePlatform(machine, "cpu"), machine);
    if (problem === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(problem);
  });

  it("fit where one of them does", () => {
    const wheel = tagged("cp311-cp311-win_amd64", "cp311-cp311-manylinux_2_17_x86_64");
    expect(() => checkSystem(wheel, choosePlatform(linux, "cpu"), linux)).not.toThrow();
    expect(() => checkSystem(tagged(), choosePlatform(linux, "cpu"), linux)).toThrow("it names no system");
  });
});

describe("machines", () => {
  it.each<[string, Machine, "cpu" | "cuda", string]>([
    [
      "Windows",
      { platform: "win32", arch: "x64", glibc: null },
      "cpu",
      "no C library with current versions for Windows",
    ],
    ["Alpine", { platform: "linux", arch: "x64", glibc: null }, "cpu", "need glibc"],
    [
      "an unusual processor",
      { platform: "linux", arch: "riscv64", glibc: "2.36" },
      "cpu",
      "no build for linux-riscv64",
    ],
    ["CUDA on a Mac", mac, "cuda", "no CUDA build for darwin-arm64"],
  ])("%s: no build, and why", (_, machine, variant, sentence) => {
    expect(() => choosePlatform(machine, variant)).toThrow(sentence);
  });

  it.each([
    ["ID=debian\n", "sudo apt-get install --no-install-recommends g++"],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', "sudo apt-get install --no-install-recommends g++"],
    ['NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', "sudo dnf install gcc-c++"],
    ['ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "sudo zypper install gcc-c++"],
    ["", "sudo apt-get install --no-install-recommends g++ (Debian, Ubuntu) or sudo dnf install gcc-c++"],
  ])("whose os-release is %j install a compiler so", (osRelease, command) => {
    expect(howToInstall("compiler", "linux", osRelease)).toBe(command);
  });
});

it.each([
  ["2.18.0", true],
  ["2.21.3", true],
  ["2.22.0", false],
  ["2.9.1", false],
  ["2.17.1", false],
])("TensorFlow %s was tried: %s", (version, tried) => expect(isTried(version)).toBe(tried));

it("CUDA's requirements are those of the extra, as pip takes them", () => {
  const requires = [
    "numpy<3,>=1.26",
    'nvidia-nccl-cu12 (<3.0,>=2.27.7) ; extra == "and-cuda"',
    "nvidia-cufft-cu12<12.0,>=11.2 ; extra == 'and-cuda'",
    'nvidia-something; extra == "other"',
  ];
  const wheel = { requires } as unknown as Wheel;
  expect(cudaRequirements(wheel)).toEqual(["nvidia-nccl-cu12<3.0,>=2.27.7", "nvidia-cufft-cu12<12.0,>=11.2"]);
});

describe("the headers needed", () => {
  const from = (files: { readonly [path: string]: string }) => ({
    has: (path: string) => path in files,
    read: async (path: string) => files[path] ?? "",
  });

  it("are found from the root, beside the includer, and in what some versions keep aside", async () => {
    const source = from({
      "a/a.h": '  #  include "b.h"\n#include <a/sub/c.h>',
      "a/b.h": "#include <stdio.h>\n// #include nothing",
      "a/sub/c.h": '#include "tsl/d.h"',
      "external/local_tsl/tsl/d.h": '#include "a/a.h"',
      "a/unused.h": "",
    });
    const needed = await neededHeaders(['#include "a/a.h"\n#include "own.h"'], source);
    expect(needed).toEqual(["a/a.h", "a/b.h", "a/sub/c.h", "external/local_tsl/tsl/d.h"]);
  });

  it("are closed: whatever they include is among them, or nowhere", async () => {
    const names = ["a.h", "b.h", "c.h", "d.h", "e.h"];
    const graph = fc.dictionary(fc.constantFrom(...names), fc.subarray([...names, "elsewhere.h"]));
    await fc.assert(
      fc.asyncProperty(graph, fc.subarray(names), async (includes, first) => {
        const text = (list: readonly string[]) => list.map((name) => `#include "${name}"`).join("\n");
        const files = Object.fromEntries(Object.entries(includes).map(([name, list]) => [name, text(list)]));
        const needed = await neededHeaders([text(first)], from(files));
        const wanted = [...first, ...needed.flatMap((name) => includes[name] ?? [])].filter((name) => name in files);
        expect(new Set(needed)).toEqual(new Set(wanted));
      }),
    );
  });
});
