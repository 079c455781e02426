import { readFileSync } from "node:fs";
import { type CompileOptions, compile } from "../../../src/compiler/compile.js";
import type { Diagnostic } from "../../../src/compiler/diagnostics.js";
import type { Cell, CheckedStudy } from "../../../src/compiler/study.js";
import { memoryHost } from "./host.js";

const BASE = readFileSync("test/compiler/bad/lib/base.xfer", "utf8");

export interface Compiled {
  readonly study: CheckedStudy | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Their names, in order. */
  readonly names: readonly string[];
}

/** Compiles `text` beneath a header with the data sets, models and recipes of bad/lib/base.xfer. */
export async function compiled(
  text: string,
  options: CompileOptions & {
    readonly files?: { readonly [path: string]: string };
  } = {},
): Promise<Compiled> {
  const study = text.includes("study ") ? text : `study s { seed 1; repeats 2 }\nimport "./base.xfer"\n${text}`;
  const host = memoryHost({ "base.xfer": BASE, "study.xfer": study, ...options.files });
  const result = await compile("study.xfer", host, options);
  return { study: result.study, diagnostics: result.diagnostics, names: result.diagnostics.map((each) => each.name) };
}

/** The cells of an experiment of a study that must compile. */
export async function cellsOf(text: string, experiment = "e", options: CompileOptions = {}): Promise<readonly Cell[]> {
  const { study, diagnostics } = await compiled(text, options);
  const found = study?.experiments.find((each) => each.name === experiment);
  if (found === undefined) {
    throw new Error(diagnostics.map((each) => `${each.name}: ${each.message}`).join("\n") || "no such experiment");
  }
  return found.cells;
}
