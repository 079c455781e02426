import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import glob from "fast-glob";
import { describe, expect, it } from "vitest";

/** Rooms in the order arrows may point: a room imports itself and the rooms named here, nothing else of ours. */
const ALLOWED: Record<string, readonly string[]> = {
  grammar: [],
  "src/catalog": [],
  "src/analysis": [],
  "src/program": ["src/catalog"],
  "src/models": ["src/program", "src/catalog"],
  "src/compiler": ["grammar", "src/catalog", "src/models", "src/program"],
  "src/runtime": ["grammar", "src/catalog", "src/analysis", "src/program", "src/models", "src/compiler"],
  "src/reference": ["src/catalog", "src/compiler"],
  "src/lsp": ["grammar", "src/catalog", "src/models", "src/compiler", "src/runtime"],
  "src/cli": ["src/lsp", "grammar", "src/catalog", "src/compiler", "src/models", "src/reference", "src/runtime", "src"],
  src: ["src/compiler", "src/runtime", "src/catalog"],
};
const root = resolve(import.meta.dirname, "../..");

function roomOf(path: string): string {
  const parts = path.split("/");
  if (parts[0] !== "src") return parts[0] ?? "";
  return parts.length > 2 ? `src/${parts[1]}` : "src";
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}

const files = glob.sync(["grammar/**/*.{ts,tsx}", "src/**/*.{ts,tsx}"], { cwd: root });

describe("the house", () => {
  it("has rooms to look at", () => expect(files.length).toBeGreaterThan(50));

  it("lets arrows point one way only", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const room = roomOf(file);
      const allowed = ALLOWED[room];
      if (allowed === undefined) {
        wrong.push(`${file}: no rule for the room ${room}`);
        continue;
      }
      for (const specifier of importsOf(file)) {
        if (!specifier.startsWith(".")) continue;
        const target = roomOf(relative(root, resolve(root, dirname(file), specifier)));
        if (target !== room && !allowed.includes(target))
          wrong.push(`${file} imports ${specifier} (${room} → ${target})`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("takes chevrotain from one place: two copies of it do not know each other's tokens", () => {
    const wrong = files.filter((file) => {
      const text = readFileSync(join(root, file), "utf8");
      return file !== "grammar/chevrotain.ts" && /^import (?!type )[^;]*"chevrotain"/m.test(text);
    });
    expect(wrong).toEqual([]);
  });

  it("keeps the compiler, models and programs free of I/O", () => {
    const pure = files.filter((file) =>
      /^(grammar|src\/(catalog|analysis|program|models|compiler|reference))\//.test(file),
    );
    const wrong = pure.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith("node:") && specifier !== "node:crypto")
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});
