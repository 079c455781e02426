/** On paper nothing may be cut: what scrolls on a screen wraps, what is only for a screen is away. */

import { describe, expect, it } from "vitest";
import { gatherReport } from "../../../src/runtime/report/gather.js";
import { imagesText } from "../../../src/runtime/report/page/data.js";
import { PRINT } from "../../../src/runtime/report/page/print.js";
import { STYLE } from "../../../src/runtime/report/page/style.js";
import { checked } from "../../compiler/outputs/fixture.js";
import { made } from "./fixture.js";

const rules = (selector: string): string =>
  [...PRINT.matchAll(/([^{}]+)\{([^{}]*)\}/g)]
    .filter(([, selectors]) => selectors?.split(",").some((each) => each.trim() === selector))
    .map(([, , body]) => body)
    .join(" ");

describe("the report on paper", () => {
  it("is part of the page's style", () => {
    expect(STYLE).toContain(PRINT);
  });

  it.each([".scroll", "figure .drawing", "pre", ".tall"])("lets %s show all of itself", (selector) => {
    expect(rules(selector)).toContain("overflow: visible");
  });

  it("wraps code and wide tables, and keeps drawings within the page", () => {
    expect(rules("pre")).toContain("white-space: pre-wrap");
    expect(rules("table.result td")).toContain("white-space: normal");
    expect(rules("figure svg")).toMatch(/width: min\(var\(--natural\), 100%\)/);
  });

  it.each(["tr", "figure", ".trial"])("keeps %s on one page", (selector) => {
    expect(rules(selector)).toContain("break-inside: avoid");
  });
});

describe("images of no split", () => {
  it("are counted as one pool", () => {
    const [note] = gatherReport(
      made(checked("table t from main[target: brain] { rows model, init; cell test }").study),
    ).datasets;
    if (note === undefined) throw new Error("no data set");
    expect(imagesText({ ...note, classes: 2, images: [], pool: 1120 })).toBe("1\u202f120 in one pool; 2 classes");
    expect(imagesText({ ...note, classes: 2, images: [] })).toBe("in one pool; 2 classes");
    expect(imagesText({ ...note, classes: 2, images: [["test", 3]] })).toBe("3 test; 2 classes");
  });
});
