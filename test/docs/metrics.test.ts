/** The tables of docs/metrics.md are the catalogue's; rewrite them with `XFERC_GOLDENS=write npx vitest run test/docs/metrics`. */

import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { entries } from "../../src/catalog/index.js";
import type { MetricEntry, Task, TestEntry } from "../../src/catalog/types.js";

const PATH = "docs/metrics.md";
const BEGIN = "written from the catalogue by XFERC_GOLDENS=write npx vitest run test/docs/metrics -->\n";
const TASKS: { readonly [task in Task]: string } = { binary: "two", multiclass: "classes", multilabel: "labels" };

function metricCells({ id, aliases = [], doc, tasks, reads, direction, range, undefinedWhen, source }: MetricEntry) {
  const names = [id, ...aliases].map((name) => `\`${name}\``).join(", ");
  const [least, most] = range;
  const better = `${least ?? "−∞"} to ${most ?? "∞"}, ${direction === "max" ? "more" : "less"} is better`;
  const kinds = (["binary", "multiclass", "multilabel"] as const).filter((task) => tasks.includes(task));
  return [names, doc, kinds.map((task) => TASKS[task]).join(", "), reads, better, undefinedWhen, source];
}

function testCells({ id, doc, over, metric, undefinedWhen, source }: TestEntry) {
  const pairs = over === "cases" ? `cases; of ${metric}` : "repeats, folds";
  return [`\`${id}\``, doc, pairs, undefinedWhen, source];
}

const METRIC_HEAD = ["metric", "what it is", "tasks", "reads", "range", "there is no number when", "equal to"];
const TEST_HEAD = ["test", "what it is", "over", "there is no p when", "source"];

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("");
}

it.each([
  ["metrics", table(METRIC_HEAD, entries("metric").map(metricCells))],
  ["tests", table(TEST_HEAD, entries("test").map(testCells))],
])("docs/metrics.md says what the catalogue says of %s", (name, expected) => {
  const begin = `<!-- ${name}: ${BEGIN}`;
  const end = `<!-- end of ${name} -->`;
  const [before = "", rest = ""] = readFileSync(PATH, "utf8").split(begin);
  const written = `${before}${begin}\n${expected}\n${rest.slice(rest.indexOf(end))}`;
  if (process.env.XFERC_GOLDENS === "write") writeFileSync(PATH, written);
  expect(readFileSync(PATH, "utf8")).toBe(written);
});
