/** Names with letters that are one character or two: macOS takes both for one file, Linux and Windows do not. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const macOs = vi.hoisted(() => ({ finds: false }));
vi.mock("node:fs/promises", async () => {
  const plain = await vi.importActual<typeof import("node:fs/promises")>("node:fs/promises");
  const lstat = (path: string) => plain.lstat(macOs.finds ? path.normalize("NFD") : path);
  return { ...plain, default: plain, lstat };
});
const { DataFolder } = await import("../../../src/runtime/data/folder.js");

const [COMPOSED, APART] = ["Müller.png".normalize("NFC"), "Müller.png".normalize("NFD")];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xferc-composed-"));
  writeFileSync(join(folder, APART), "");
});
afterEach(() => {
  macOs.finds = false;
  rmSync(folder, { recursive: true, force: true });
});

it("are two files where the system says so, and it is said what to do", async () => {
  expect(await new DataFolder(folder).trouble(APART)).toBeUndefined();
  expect(await new DataFolder(folder).trouble(COMPOSED)).toMatchObject({
    kind: "missing-file",
    remedy: expect.stringContaining("written as two characters, as macOS does: rename it"),
  });
});

it("are one where the system finds it by either", async () => {
  macOs.finds = true;
  expect(await new DataFolder(folder).trouble(COMPOSED)).toBeUndefined();
  expect(await new DataFolder(folder).trouble("Maller.png")).toMatchObject({ kind: "missing-file" });
});
