/** Wheels, Pythons and compilers that only look like the real ones. */

import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InstallRequest } from "../../../../../src/runtime/engine/tensorflow/install/index.js";
import type { Machine } from "../../../../../src/runtime/engine/tensorflow/install/platform.js";
import type { Report } from "../../../../../src/runtime/engine/tensorflow/install/report.js";
import type { Trial } from "../../../../../src/runtime/engine/tensorflow/install/trial.js";
import { type ZipEntry, zip } from "./zip.js";

export const linux: Machine = { platform: "linux", arch: "x64", glibc: "2.36" };
export const TAG = "cp311-cp311-manylinux_2_27_x86_64";

export function newFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "xferc-install-")));
}

export interface WheelOptions {
  readonly name?: string;
  readonly version?: string;
  readonly tags?: readonly string[];
  readonly requires?: readonly string[];
  readonly files?: { readonly [path: string]: string };
  /** Changes RECORD's lines. */
  readonly record?: (lines: readonly string[]) => readonly string[];
}

const TENSORFLOW_FILES = {
  "tensorflow/libtensorflow_cc.so.2": "the library ".repeat(5000),
  "tensorflow/libtensorflow_framework.so.2": "its framework",
  "tensorflow/include/tensorflow/c/c_api.h": '#include "tensorflow/c/tf_status.h"\n',
  "tensorflow/include/tensorflow/c/tf_status.h": "// status\n",
  "tensorflow/include/tensorflow/core/unrelated.h": "// nobody includes this\n",
  "tensorflow/python/pywrap.so": "not needed",
};

export const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

export function wheel(options: WheelOptions = {}): Buffer {
  const {
    name = "tensorflow_cpu",
    version = "2.21.0",
    tags = [TAG],
    requires = [],
    record = (lines) => lines,
  } = options;
  const info = `${name}-${version}.dist-info`;
  const files: Record<string, string> = {
    ...(options.files ?? TENSORFLOW_FILES),
    [`${info}/METADATA`]: [
      "Metadata-Version: 2.4",
      `Name: ${name}`,
      `Version: ${version}`,
      ...requires.map((line) => `Requires-Dist: ${line}`),
      "",
      "Name: of something in the description",
    ].join("\n"),
    [`${info}/WHEEL`]: ["Wheel-Version: 1.0", ...tags.map((tag) => `Tag: ${tag}`), ""].join("\n"),
  };
  const lines = Object.entries(files).map(([path, content]) => {
    const digest = Buffer.from(sha256(content), "hex").toString("base64url");
    const quoted = /[",]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path;
    return `${quoted},sha256=${digest},${Buffer.byteLength(content)}`;
  });
  files[`${info}/RECORD`] = [...record(lines), `${info}/RECORD,,`, ""].join("\n");
  const entries = Object.entries(files).map(
    ([path, content], i): ZipEntry => ({ path, content: Buffer.from(content), packed: i % 2 === 0 }),
  );
  return zip(entries);
}

export function writeWheel(folder: string, options: WheelOptions = {}): string {
  const { name = "tensorflow_cpu", version = "2.21.0", tags = [TAG] } = options;
  const file = join(folder, `${name}-${version}-${tags[0]}.whl`);
  writeFileSync(file, wheel(options));
  return file;
}

/** An executable of the given name in a folder for PATH. */
export function writeProgram(bin: string, name: string, script: string): void {
  mkdirSync(bin, { recursive: true });
  const file = join(bin, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** A Python whose pip runs `download` with $dest set, and notes how it was called. */
export function writePython(bin: string, download: string): void {
  writeProgram(
    bin,
    "python3",
    `if [ "$3" = "--version" ]; then echo "pip 24.0"; exit 0; fi
echo "$@" >> "${bin}/pip-calls"
while [ $# -gt 0 ]; do if [ "$1" = "--dest" ]; then dest=$2; fi; shift; done
${download}`,
  );
}

export function serveWheel(file: string): string {
  return `/bin/cp "${file}" "$dest/" && echo "Saved $dest/$(/usr/bin/basename "${file}")"`;
}

/** A compiler that writes something where its output should be, and notes how it was called. */
export function writeCompiler(bin: string, before = ""): void {
  writeProgram(
    bin,
    "c++",
    `if [ "$1" = "--version" ]; then echo "c++ (made up) 1.0"; exit 0; fi
for word in "$@"; do echo "$word"; done >> "${bin}/compiler-calls"
${before}
while [ $# -gt 0 ]; do if [ "$1" = "-o" ]; then echo compiled > "$2"; fi; shift; done`,
  );
}

export interface Recorded {
  readonly report: Report;
  readonly steps: string[];
  readonly notes: string[];
}

export function recorder(): Recorded {
  const steps: string[] = [];
  const notes: string[] = [];
  return {
    steps,
    notes,
    report: {
      step: (step) => void steps.push(step),
      progress: () => undefined,
      note: (text) => void notes.push(text),
    },
  };
}

export const goodTrial: Trial = {
  version: "2.21.0",
  gpu: false,
  complaint: null,
  losses: [4.25, 31.328125],
  weights: [-1.5, -3.28125],
};

/** A request in a world of its own: engines, PATH and machine; everything else is told by `changes`. */
export function request(world: string, changes: Partial<InstallRequest> = {}): InstallRequest {
  return {
    cwd: world,
    variant: "cpu",
    given: [],
    sha256: undefined,
    existing: "keep",
    environment: {
      PATH: join(world, "bin"),
      XFERC_ENGINES: join(world, "engines"),
      // Nobody listens here: the official C library cannot be had.
      XFERC_LIBTENSORFLOW: "http://127.0.0.1:9",
    },
    signal: new AbortController().signal,
    report: recorder().report,
    machine: linux,
    tryOut: async () => goodTrial,
    ...changes,
  };
}
