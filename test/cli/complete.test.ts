/** Completion as shells ask for it: by the real command line, and through a real bash. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { newProject } from "./harness.js";

const MAIN = resolve("dist/src/cli/main.js");

function completions(cwd: string, ...words: readonly string[]): readonly string[] {
  const out = execFileSync(process.execPath, [MAIN, "complete", "--", ...words], { cwd, encoding: "utf8" });
  return out
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(":"))
    .map((line) => line.split("\t")[0] ?? "");
}

const STUDY = `study one { seed 1 }
dataset skin from image_folder("./skin") { metric top1 }
experiment depth { target skin }
profile quick { repeats = 1 }
`;

describe("completion", () => {
  const folder = newProject({ "studies/one.xfer": STUDY, "node_modules/x/no.xfer": "" });
  mkdirSync(join(folder, "runs/one/2026-01-01-ab"), { recursive: true });
  writeFileSync(join(folder, "runs/one/2026-01-01-ab/plan.json"), "{}");

  it("of commands, and of commands below them", () => {
    expect(completions(folder, "ch")).toEqual(["check"]);
    expect(completions(folder, "cache", "")).toEqual(expect.arrayContaining(["ls", "du", "verify", "gc"]));
  });

  it("of options and their values", () => {
    expect(completions(folder, "run", "--eng")).toEqual(["--engine"]);
    expect(completions(folder, "run", "--engine", "")).toEqual(["auto", "tensorflow", "onnx", "reference"]);
    expect(completions(folder, "run", "--engine", "o")).toEqual(["onnx"]);
  });

  it("of studies, runs and models", () => {
    expect(completions(folder, "run", "")).toEqual(["studies/one.xfer"]);
    expect(completions(folder, "report", "")).toEqual(["runs/one/2026-01-01-ab"]);
    expect(completions(folder, "bench", "step", "deit_")).toContain("deit_small");
  });

  it("of what the study declares", () => {
    expect(completions(folder, "run", "studies/one.xfer", "--profile", "")).toEqual(["quick"]);
    expect(completions(folder, "run", "studies/one.xfer", "--only", "")).toEqual(["depth"]);
    expect(completions(folder, "data", "studies/one.xfer", "")).toEqual(["skin"]);
  });

  it("is what bash offers when it reads the script", () => {
    const script = `
      xferc() { "${process.execPath}" "${MAIN}" "$@"; }
      source <(xferc complete bash)
      _get_comp_words_by_ref() { cur=o; prev=--engine; words=(xferc run --engine o); cword=3; }  # of bash-completion
      compopt() { :; }  # only where a key was pressed
      COMP_WORDS=(xferc run --engine o); COMP_CWORD=3; COMP_LINE="xferc run --engine o"; COMP_POINT=\${#COMP_LINE}
      $(complete -p xferc | sed -E 's/.*-F ([^ ]+).*/\\1/') xferc o --engine
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout.trim()).toMatch(/^onnx/);
  });

  it("has a script for each shell, and says which there are", () => {
    for (const shell of ["bash", "zsh", "fish", "powershell"])
      expect(execFileSync(process.execPath, [MAIN, "complete", shell], { encoding: "utf8" })).toContain("xferc");
    const wrong = spawnSync(process.execPath, [MAIN, "complete", "ksh"], { encoding: "utf8" });
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("bash, zsh, fish, powershell");
  });
});
