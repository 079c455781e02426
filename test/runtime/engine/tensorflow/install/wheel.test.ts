import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWheel } from "../../../../../src/runtime/engine/tensorflow/install/wheel.js";
import { newFolder, sha256, wheel, writeWheel } from "./fakes.js";
import { zip } from "./zip.js";

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const signal = new AbortController().signal;

describe("a wheel", () => {
  it("tells its name, version, tags and requirements, and gives files whose digests are right", async () => {
    const tags = ["cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64"];
    const files = { "a, b.txt": "quoted in RECORD", "c.txt": "c" };
    const opened = await openWheel(writeWheel(folder, { name: "Some.Thing", tags, requires: ["x>1"], files }));
    expect(opened).toMatchObject({ name: "some-thing", version: "2.21.0", tags, requires: ["x>1"] });
    const to = join(folder, "deep", "a.txt");
    expect(await opened.extract("a, b.txt", to, { signal })).toEqual({ bytes: 16, sha256: sha256("quoted in RECORD") });
    expect(readFileSync(to, "utf8")).toBe("quoted in RECORD");
    await expect(opened.extract("d.txt", to, { signal })).rejects.toThrow("has no d.txt");
    opened.close();
  });

  it("cannot write outside: a path that leads there is refused when it is opened", async () => {
    for (const path of ["../evil", "/evil", "a/../../evil"]) {
      const file = join(folder, "evil.whl");
      writeFileSync(file, zip([{ path, content: Buffer.from("x") }]));
      await expect(openWheel(file)).rejects.toThrow(/is no whole wheel \(.*(relative|absolute) path/);
    }
  });

  it("of which a byte was flipped is damaged, wherever the byte lies", async () => {
    const good = wheel({ files: { "lib.so": "0123456789".repeat(200) } });
    const file = join(folder, "flipped.whl");
    let [opened, wrong] = [0, 0];
    for (let at = 0; at < good.length; at += 7) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x10;
      writeFileSync(file, bad);
      try {
        const one = await openWheel(file);
        opened += 1;
        try {
          const digest = await one.extract("lib.so", join(folder, "out"), { signal });
          if (digest.sha256 !== sha256("0123456789".repeat(200))) wrong += 1;
        } finally {
          one.close();
        }
      } catch (error) {
        expect(error).toMatchObject({ name: "UsageError" });
      }
    }
    expect(opened).toBeGreaterThan(0);
    expect(wrong).toBe(0);
  });

  it.each([
    [
      "a zip of something else",
      zip([{ path: "a.txt", content: Buffer.from("a") }]),
      "no Python wheel (it has no RECORD)",
    ],
    ["nothing", Buffer.alloc(0), "is no whole wheel"],
  ])("is not %s", async (_, content, sentence) => {
    const file = join(folder, "x.whl");
    writeFileSync(file, content);
    await expect(openWheel(file)).rejects.toThrow(sentence);
  });

  it("that is not there is the system's to say", async () => {
    await expect(openWheel(join(folder, "gone.whl"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
