/** The replication's page says what its results say. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { format } from "../../src/compiler/format/index.js";
import { newProject, xferc } from "../cli/harness.js";

const study = readFileSync("studies/replication-small.xfer", "utf8");
const page = readFileSync("docs/replication.md", "utf8").replaceAll(/\s+/g, " ");

/** Every mean and its interval, as the page writes them. */
function intervals(file: string): readonly string[] {
  const [header = "", ...rows] = readFileSync(`docs/replication/${file}`, "utf8").trim().split("\n");
  const names = header.split(",");
  const column = (name: string) => names.indexOf(name);
  const [mean, low, high] = [column("mean"), column("ci_low"), column("ci_high")];
  return rows.flatMap((row) => {
    const cells = row.split(",");
    const written = (digits: number) =>
      [mean, low, high].map((at) => {
        const value = Number(cells[at]);
        return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
      });
    return [3, 0].map((digits) => {
      const [middle, from, to] = written(digits);
      return `${middle} [${from}, ${to}]`;
    });
  });
}

describe("the small replication", () => {
  it("is a study without error, warning or remark", async () => {
    const folder = newProject({ "study.xfer": study });
    expect((await xferc(folder, "check", "study.xfer")).out).toBe("");
    expect(format(study)).toEqual({ ok: true, text: study });
  });

  it("reports intervals that stand in its results", () => {
    const [before = "", after = ""] = page.split("## Drawn twice");
    const [twice = "", rest = ""] = after.split("## What this cannot tell");
    const told = (text: string) => text.match(/[+−][\d.]+ \[[+−][\d.]+, [+−][\d.]+\]/g) ?? [];
    const known = new Set(intervals("summary.csv"));
    expect(told(before).length).toBeGreaterThan(20);
    expect(told(before + rest).filter((each) => !known.has(each))).toEqual([]);
    const other = new Set(intervals("other-draw.csv"));
    expect(told(twice).length).toBeGreaterThan(5);
    expect(told(twice).filter((each) => !other.has(each))).toEqual([]);
  });
});
