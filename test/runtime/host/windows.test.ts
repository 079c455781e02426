/** Paths as Windows has them: what is shown, locked and kept in run folders is written with `/` and means the same. */

import { win32 } from "node:path";
import { describe, expect, it, vi } from "vitest";

vi.mock("node:path", async () => {
  const { win32: windows } = await vi.importActual<typeof import("node:path")>("node:path");
  return { ...windows, default: windows };
});
vi.mock("../../../src/runtime/host/package.js", () => ({
  packageRoot: "C:\\xferc",
  bundledStudy: "C:\\xferc\\studies\\bundled.xfer",
}));

const { isBelow, locate, parseDataFlags } = await import("../../../src/runtime/host/data-roots.js");
const { absolutePath, displayPath, resolveStudyImport } = await import("../../../src/runtime/host/files.js");
const { portable, portableFile, studyPath } = await import("../../../src/runtime/run/portable.js");

const root = "C:\\work\\project";
const cwd = `${root}\\studies`;
const place = { cwd, study: "main.xfer", root };

describe("paths of Windows", () => {
  it("are shown with forward slashes, and found again", () => {
    expect(displayPath(`${cwd}\\deep\\one.xfer`, cwd)).toBe("deep/one.xfer");
    expect(displayPath(`${root}\\parts.xfer`, cwd)).toBe("../parts.xfer");
    expect(displayPath("D:\\other\\x.xfer", cwd)).toBe("D:/other/x.xfer");
    for (const shown of ["deep/one.xfer", "../parts.xfer", "D:/other/x.xfer"]) {
      expect(displayPath(absolutePath(shown, cwd), cwd)).toBe(shown);
    }
  });

  it("lie below a folder whatever the case of its drive, and not below its namesake", () => {
    expect(isBelow("c:\\work\\project\\a", root)).toBe(true);
    expect(isBelow("C:\\Work\\Project", root)).toBe(true);
    expect(isBelow("C:\\work\\project-2\\a", root)).toBe(false);
    expect(isBelow("D:\\work\\project\\a", root)).toBe(false);
    expect(isBelow("C:\\anything", "C:\\")).toBe(true);
  });

  it("import what lies in the project, by `/` as by `\\`", () => {
    const rules = { cwd, roots: [root] };
    expect(resolveStudyImport("main.xfer", "./deep/one.xfer", rules)).toEqual({ path: "deep/one.xfer" });
    expect(resolveStudyImport("deep/one.xfer", "../../parts.xfer", rules)).toEqual({ path: "../parts.xfer" });
    expect(resolveStudyImport("main.xfer", ".\\deep\\one.xfer", rules)).toEqual({ path: "deep/one.xfer" });
    expect(resolveStudyImport("main.xfer", "D:\\x.xfer", rules)).toHaveProperty("problem");
    expect(resolveStudyImport("main.xfer", "../../../x.xfer", rules)).toHaveProperty("problem");
  });

  it("are named after the first `=` of --data, drive and all", () => {
    expect([...parseDataFlags(["clinic=D:\\data\\clinic", "b=..\\b"], cwd)]).toEqual([
      ["clinic", "D:\\data\\clinic"],
      ["b", `${root}\\b`],
    ]);
  });

  it("of data are found as declared, with either slash", () => {
    const roots = { named: new Map(), environment: [], config: { data: {}, dataRoots: [] } };
    for (const path of ["data/clinic", "data\\clinic"]) {
      expect(locate({ name: "clinic", path, folder: cwd }, roots)).toBe(`${cwd}\\data\\clinic`);
    }
  });

  it("leave this machine with `/`, relative to the project, and without a word of what is outside", () => {
    expect(studyPath("deep/one.xfer", place)).toBe("studies/deep/one.xfer");
    expect(studyPath("D:/other/x.xfer", place)).toMatch(/^outside\/[0-9a-f]{8}_x\.xfer$/);
    expect(portableFile("../parts.xfer", place)).toBe("../parts.xfer");
    const inside = portable({ path: `${root}\\data\\clinic`, declaredIn: "main.xfer" }, place);
    expect(inside).toEqual({ path: "../data/clinic", declaredIn: "main.xfer" });
    const outside = portable({ path: "D:\\clinic", declaredIn: "main.xfer" }, place);
    expect(outside.path).toMatch(/^outside:[0-9a-f]{8}$/);
    expect(JSON.stringify([inside, outside])).not.toMatch(/\\|[CD]:/);
  });

  it("are tested by the logic of Windows", () => {
    expect(win32.sep).toBe("\\");
  });
});
