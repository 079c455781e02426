import { join } from "node:path";
import { expect, it } from "vitest";
import { compiledCodeFolder } from "../../src/cli/compiled.js";

const home = () => "/home/ada";

it("is kept in the user's own folder", () => {
  expect(compiledCodeFolder({}, home)).toBe(join("/home/ada", ".cache", "xferc", "compiled"));
  expect(compiledCodeFolder({ XDG_CACHE_HOME: "" }, home)).toBe(join("/home/ada", ".cache", "xferc", "compiled"));
  if (process.platform === "win32") return;
  expect(compiledCodeFolder({ XDG_CACHE_HOME: "/caches" }, home)).toBe(join("/caches", "xferc", "compiled"));
});

it("is Node's to decide where Node was told, and no one's where there is no home", () => {
  expect(compiledCodeFolder({ NODE_COMPILE_CACHE: "/elsewhere" }, home)).toBeUndefined();
  expect(compiledCodeFolder({ NODE_DISABLE_COMPILE_CACHE: "1" }, home)).toBeUndefined();
  const homeless = () => {
    throw new Error("no such user");
  };
  expect(compiledCodeFolder({}, homeless)).toBeUndefined();
});
