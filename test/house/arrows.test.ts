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
/** Values hold expressions and expressions give values; a cell's training may start from another cell's. */
const RECURSIVE = [
  /^src\/compiler\/(check|evaluate)\//,
  /^src\/compiler\/plan\/(lower|check)\//,
  /^src\/compiler\/(study|outputs\/types)\.ts$/,
  /^src\/compiler\/outputs\/(scope|slices)\.ts$/,
  /^src\/runtime\/plugins\/api(-probe)?\.ts$/,
];
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

/** Files that reach each other by imports, types among them (Tarjan's strongly connected components). */
function ringsOf(files: readonly string[]): readonly (readonly string[])[] {
  const known = new Set(files);
  const order = new Map<string, number>();
  const stack: string[] = [];
  const rings: string[][] = [];
  const targets = (file: string) =>
    importsOf(file).flatMap((specifier) => {
      const path = relative(root, resolve(root, dirname(file), specifier)).replace(/\.js$/, "");
      return specifier.startsWith(".") ? [`${path}.ts`, `${path}.tsx`].filter((each) => known.has(each)) : [];
    });
  const visit = (file: string): number => {
    order.set(file, order.size);
    let least = order.size - 1;
    stack.push(file);
    for (const target of targets(file)) {
      if (!order.has(target)) least = Math.min(least, visit(target));
      else if (stack.includes(target)) least = Math.min(least, order.get(target) ?? least);
    }
    if (least === order.get(file)) {
      const ring = stack.splice(stack.indexOf(file));
      if (ring.length > 1) rings.push(ring);
    }
    return least;
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return rings;
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

  it("has no rings of files, but where what they speak of is recursive", () => {
    expect(
      ringsOf(files).filter((ring) => !RECURSIVE.some((pattern) => ring.every((file) => pattern.test(file)))),
    ).toEqual([]);
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
