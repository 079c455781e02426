/** What is built into few files: everything that a process starts from, and for the first commands nothing heavy. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt, root } from "../built.js";

beforeAll(ensureBuilt, 120_000);

const script = readFileSync(join(root, "scripts", "bundle.mjs"), "utf8");

function sources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), "utf8"));
}

/** Packages and files that one built file loads before it does anything, and what these load. */
function loadedFrom(entry: string): { readonly packages: ReadonlySet<string>; readonly files: ReadonlySet<string> } {
  const packages = new Set<string>();
  const files = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, from = ""] of readFileSync(file, "utf8").matchAll(
      /^(?:import|export|\}) ?(?:.*from )?"([^"]+)";$/gm,
    )) {
      if (from.startsWith(".")) visit(resolve(dirname(file), from));
      else if (!from.startsWith("node:")) packages.add(from);
    }
  };
  visit(entry);
  return { packages, files };
}

const chunkOf = (command: string): string => {
  const chunks = join(root, "dist", "chunks");
  const name = readdirSync(chunks).find((each) => {
    if (!each.startsWith(`${command}-`) || !each.endsWith(".js")) return false;
    return readFileSync(join(chunks, each), "utf8").includes(`// src/cli/actions/${command}.ts`);
  });
  return join(chunks, name ?? "missing");
};

describe("the bundle", () => {
  it("holds every module that is started by its path", () => {
    const started = sources("src").flatMap((text) =>
      [...text.matchAll(/childModule\("([^"]+)\.js"\)/g)].map(([, path]) => `src/runtime/${path}.ts`),
    );
    expect(started.length).toBeGreaterThan(5);
    for (const path of started) expect(script).toContain(`"${path}"`);
  });

  it("holds what the package gives to others", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly exports: { readonly [name: string]: { readonly default: string } };
    };
    for (const { default: path } of Object.values(exports)) {
      const source = path.replace("./dist/", "").replace(/\.js$/, ".ts");
      expect(script).toContain(`"${source}"`);
      expect(readFileSync(join(root, path), "utf8")).toContain("chunks/");
    }
  });

  it("starts a command from few files, and check from none that computes, draws or shows", () => {
    const main = loadedFrom(join(root, "dist", "src", "cli", "main.js"));
    expect([...main.packages]).toEqual([]);
    const check = loadedFrom(chunkOf("check"));
    expect([...check.packages]).toEqual([]);
    expect(check.files.size).toBeLessThan(80);
  });

  it("says whose work it took in", () => {
    const licences = readFileSync(join(root, "dist", "chunks", "LICENSES.txt"), "utf8");
    for (const name of ["chevrotain", "ajv", "commander"]) expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
    expect(licences).toContain("Permission is hereby granted, free of charge");
  });
});
