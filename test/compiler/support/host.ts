import { readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import type { CompilerHost, ReadResult } from "../../../src/compiler/host.js";

const UNKNOWN = { status: "unknown", reason: "no data here" } as const;

/** Reads real files beneath `root`; paths in diagnostics are relative to it. No data is known. */
export function folderHost(root: string): CompilerHost {
  return {
    async read(path): Promise<ReadResult> {
      const file = path === "xfer:bundled" ? "studies/bundled.xfer" : posix.join(root, path);
      try {
        return statSync(file).isDirectory()
          ? { ok: false, problem: "directory" }
          : { ok: true, text: readFileSync(file, "utf8") };
      } catch {
        return { ok: false, problem: "missing" };
      }
    },
    resolveImport,
    dataset: async () => UNKNOWN,
    weights: async () => UNKNOWN,
  };
}

/** Files by path. */
export function memoryHost(files: { readonly [path: string]: string }) {
  return {
    async read(path: string): Promise<ReadResult> {
      const text = files[path];
      return text === undefined ? { ok: false, problem: "missing" } : { ok: true, text };
    },
    resolveImport,
    dataset: async () => UNKNOWN,
    weights: async () => UNKNOWN,
  } satisfies CompilerHost;
}

function resolveImport(from: string, specifier: string) {
  if (specifier === "xfer:bundled") {
    return { path: specifier };
  }
  return specifier.startsWith("/")
    ? { problem: "imports stay inside the project." }
    : { path: posix.join(posix.dirname(from), specifier) };
}
