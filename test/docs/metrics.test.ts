/** The table of docs/metrics.md is the catalogue's; rewrite it with `XFERC_GOLDENS=write npx vitest run test/docs/metrics`. */

import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { entries } from "../../src/catalog/index.js";
import type { MetricEntry, Task } from "../../src/catalog/types.js";

const PATH = "docs/metrics.md";
const BEGIN = "by XFERC_GOLDENS=write npx vitest run test/docs/metrics -->\n";
const END = "<!-- end of metrics -->";
const TASKS: { readonly [task in Task]: string } = { binary: "two", multiclass: "classes", multilabel: "labels" };

function row({ id, aliases = [], doc, tasks, reads, direction, range, undefinedWhen, source }: MetricEntry): string {
  const names = [id, ...aliases].map((name) => `\`${name}\``).join(", ");
  const [least, most] = range;
  const better = `${least ?? "−∞"} to ${most ?? "∞"}, ${direction === "max" ? "more" : "less"} is better`;
  const kinds = (["binary", "multiclass", "multilabel"] as const).filter((task) => tasks.includes(task));
  const cells = [names, doc, kinds.map((task) => TASKS[task]).join(", "), reads, better, undefinedWhen, source];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

it("docs/metrics.md says what the catalogue says", () => {
  const head = ["metric", "what it is", "tasks", "reads", "range", "there is no number when", "equal to"];
  const lines = [head, head.map(() => "---")].map((cells) => `| ${cells.join(" | ")} |`);
  const table = `${[...lines, ...entries("metric").map(row)].join("\n")}\n`;
  const text = readFileSync(PATH, "utf8");
  const [before = "", rest = ""] = text.split(BEGIN);
  const written = `${before}${BEGIN}\n${table}\n${rest.slice(rest.indexOf(END))}`;
  if (process.env.XFERC_GOLDENS === "write") writeFileSync(PATH, written);
  expect(readFileSync(PATH, "utf8")).toBe(written);
});
