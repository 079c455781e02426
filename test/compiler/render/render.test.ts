import { describe, expect, it } from "vitest";
import { diagnostic } from "../../../src/compiler/messages.js";
import { type Format, NO_COLORS, render } from "../../../src/compiler/render/index.js";

const text = 'study s\n\tvary init in [RI, ST]\n// 漢字 here\nimport "漢字.xfer" nothing\n';
const span = (part: string, from = 0) => {
  const start = text.indexOf(part, from);
  return { start, end: start + part.length };
};
const sources = [{ path: "dir/a.xfer", text }];
const at = (part: string) => ({ path: "dir/a.xfer", span: span(part) });
const show = (format: Format, ...all: Parameters<typeof render>[1]) =>
  render(format, all, sources, { version: "1.2.3" });

describe("pretty", () => {
  it("frames what, where, why and what to do", () => {
    const one = diagnostic("axis-too-early", { name: "ST" }, at("ST"));
    expect(show("pretty", one)).toBe(
      [
        "error[XF0413 axis-too-early]: `ST` is not known yet",
        "  a.xfer:2:20 │   vary init in [RI, ST]",
        "              │                     ^^ is varied below",
        "  The lines of an experiment are read downward: an axis may depend on those above it.",
        "  hint: move `vary ST` above this line.",
      ].join("\n"),
    );
  });

  it("puts carets under wide letters and tabs", () => {
    const lines = show("pretty", diagnostic("set-twice", { path: "x" }, at("nothing"))).split("\n");
    expect(lines[1]).toBe('  a.xfer:4:18 │ import "漢字.xfer" nothing');
    expect(lines[2]).toBe("              │                    ^^^^^^^");
  });

  it("cuts a very long line around the place", () => {
    const long = `${"a".repeat(5000)} here ${"b".repeat(5000)}`;
    const start = long.indexOf("here");
    const one = diagnostic("set-twice", { path: "x" }, { path: "l.xfer", span: { start, end: start + 4 } });
    const lines = render("pretty", [one], [{ path: "l.xfer", text: long }]).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(240);
    expect(lines[1]?.slice((lines[2] ?? "").indexOf("^"), (lines[2] ?? "").lastIndexOf("^") + 1)).toBe("here");
  });

  it("marks one place even where the span is empty, beyond the text or over several lines", () => {
    for (const place of [
      { start: 0, end: 0 },
      { start: text.length, end: text.length },
      { start: 99999, end: 100000 },
      { start: 0, end: text.length },
    ]) {
      const printed = show("pretty", diagnostic("set-twice", { path: "x" }, { path: "dir/a.xfer", span: place }));
      expect(printed).toMatch(/\n *│ *\^+/);
    }
  });

  it("lets no control character through to the terminal", () => {
    const evil = "vary \u001b[31mred\u202e in";
    const one = diagnostic("set-twice", { path: "x" }, { path: "e.xfer", span: { start: 0, end: 4 } });
    expect(render("pretty", [one], [{ path: "e.xfer", text: evil }])).toContain("vary �[31mred� in");
  });

  it("writes out control characters of paths and names", () => {
    const path = "a\u001b[31m\u009bred\n.xfer";
    const one = diagnostic("file-missing", { file: path }, { path, span: { start: 0, end: 0 } });
    const shown = render("pretty", [one], [{ path, text: "x" }]);
    expect(shown).toContain("a\\u001b[31m\\u009bred\\n.xfer:1:1");
    expect(shown).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it("names the folder where two files are called alike", () => {
    const one = { ...diagnostic("set-twice", { path: "x" }, { path: "a/s.xfer", span: { start: 0, end: 1 } }) };
    const sources = ["a/s.xfer", "b/s.xfer", "b/t.xfer"].map((path) => ({ path, text: "x" }));
    expect(render("pretty", [one], sources)).toContain("  a/s.xfer:1:1 │");
    expect(render("pretty", [one], sources.toSpliced(1, 1))).toContain("  s.xfer:1:1 │");
  });

  it("colours by the palette it is given", () => {
    const palette = { ...NO_COLORS, error: (part: string) => `<${part}>` };
    const one = diagnostic("set-twice", { path: "x" }, at("ST"));
    expect(render("pretty", [one], sources, { palette })).toMatch(/^<error\[XF0604 set-twice\]>: /);
  });
});

describe("for programs", () => {
  const one = diagnostic("unknown-name", { name: "ST", wanted: "an init" }, at("ST"), {
    fixes: [{ title: "write `WT`", edits: [{ location: at("ST"), text: "WT" }], safe: false }],
    hint: "did you mean `WT`?",
  });

  it("json counts lines and characters from 0 and lists files without diagnostics", () => {
    const report = JSON.parse(render("json", [one], [...sources, { path: "b.xfer", text: "" }])) as Record<
      string,
      unknown
    >;
    const range = { start: { line: 1, character: 19 }, end: { line: 1, character: 21 } };
    expect(report).toEqual({
      files: [
        {
          path: "dir/a.xfer",
          diagnostics: [
            {
              code: "XF0201",
              name: "unknown-name",
              severity: "error",
              message: "there is no `ST` here",
              label: "an init is wanted",
              hint: "did you mean `WT`?",
              range,
              fixes: [{ title: "write `WT`", safe: false, edits: [{ path: "dir/a.xfer", range, text: "WT" }] }],
            },
          ],
        },
        { path: "b.xfer", diagnostics: [] },
      ],
      summary: { errors: 1, warnings: 0 },
    });
  });

  it("github escapes what would end a command", () => {
    const line = show("github", { ...one, message: "50% of\nthis: that, those" });
    expect(line).toBe(
      "::error file=dir/a.xfer,line=2,endLine=2,col=20,endColumn=22,title=XF0201 unknown-name::50%25 of%0Athis: that, those%0Aan init is wanted%0Adid you mean `WT`?",
    );
  });

  it("sarif has a rule a code and places from 1", () => {
    const report = JSON.parse(show("sarif", one, one)) as {
      version: string;
      runs: { tool: { driver: { version: string; rules: unknown[] } }; results: { locations: unknown[] }[] }[];
    };
    expect(report.version).toBe("2.1.0");
    expect(report.runs[0]?.tool.driver).toMatchObject({
      version: "1.2.3",
      rules: [{ id: "XF0201", name: "unknown-name" }],
    });
    expect(report.runs[0]?.results[0]).toMatchObject({
      ruleId: "XF0201",
      level: "error",
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "dir/a.xfer" },
            region: { startLine: 2, startColumn: 20, endLine: 2, endColumn: 22 },
          },
        },
      ],
    });
  });

  it("each says where else it stands", () => {
    const related = [
      { location: at("init"), message: "declared here" },
      { location: at("RI"), message: "used here, too" },
      { location: at("漢字 here"), message: "used here, too" },
    ];
    const many = { ...one, fixes: [], related };
    expect(show("pretty", many).split("\n").slice(3, 7)).toEqual([
      "  a.xfer:2:7 │ vary init in [RI, ST]",
      "    declared here",
      "  a.xfer:2:16, 3:4",
      "    used here, too",
    ]);
    expect(show("github", many)).toContain(
      "%0Adir/a.xfer:2:7: declared here%0Adir/a.xfer:2:16: used here, too%0Adir/a.xfer:3:4: used here, too",
    );
    const json = JSON.parse(show("json", many)) as { files: { diagnostics: { related: unknown[] }[] }[] };
    expect(json.files[0]?.diagnostics[0]?.related).toHaveLength(3);
    const sarif = JSON.parse(show("sarif", many)) as { runs: { results: { relatedLocations: unknown[] }[] }[] };
    expect(sarif.runs[0]?.results[0]?.relatedLocations[2]).toEqual({
      id: 3,
      physicalLocation: {
        artifactLocation: { uri: "dir/a.xfer" },
        region: { startLine: 3, startColumn: 4, endLine: 3, endColumn: 11 },
      },
      message: { text: "used here, too" },
    });
  });

  it("many places are counted", () => {
    const related = Array.from({ length: 20 }, () => ({ location: at("RI"), message: "used here, too" }));
    expect(show("pretty", { ...one, related })).toContain(`${Array(12).fill("2:16").join(", ")} and 8 more`);
  });
});
