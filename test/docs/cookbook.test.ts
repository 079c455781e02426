/** The cookbook's studies are right, and its page shows them; rewrite it with `npx vitest run test/docs/cookbook -u`. */

import { describe, expect, it } from "vitest";
import { format } from "../../src/compiler/format/index.js";
import { cookbookPage } from "../../src/reference/cookbook.js";
import { templates } from "../../src/runtime/host/cookbook.js";
import { newProject, xferc } from "../cli/harness.js";

const all = templates();

describe("the cookbook", () => {
  it("has at least ten studies, each with a title and a word on what it is for", () => {
    expect(all.length).toBeGreaterThanOrEqual(10);
    for (const { name, title, about } of all) {
      expect(title).not.toBe(name);
      expect(about.length).toBeGreaterThan(30);
    }
  });

  it("is shown as it is", async () => {
    await expect(cookbookPage(all)).toMatchFileSnapshot("../../docs/cookbook.md");
  });

  describe.each(all)("$name", ({ name, text }) => {
    it("is formatted", () => expect(format(text)).toEqual({ ok: true, text }));

    it("is without error, warning or remark", async () => {
      const folder = newProject({ [`${name}.xfer`]: text });
      const { code, out, err } = await xferc(folder, "check", `${name}.xfer`);
      expect(out + err).toMatch(/^1 file: nothing wrong\n(not on this machine, so not looked at: [^\n]+\n)?$/);
      expect(code).toBe(0);
    });

    it("plans", async () => {
      const folder = newProject({ [`${name}.xfer`]: text });
      const { code, out } = await xferc(folder, "plan", `${name}.xfer`, "--engine", "onnx");
      expect(code).toBe(0);
      expect(out).toMatch(/\d+ cells, \d+ nodes/);
    });
  });
});
