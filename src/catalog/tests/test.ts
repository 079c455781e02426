import type { TestEntry } from "../types.js";

type Given = Pick<TestEntry, "id" | "doc" | "undefinedWhen" | "source">;
type More = Partial<Pick<TestEntry, "version" | "aliases" | "folds" | "over" | "metric" | "tasks">>;

export function test({ id, doc, undefinedWhen, source, ...more }: Given & More): TestEntry {
  return {
    kind: "test",
    id,
    version: 1,
    doc,
    parameters: {},
    undefinedWhen,
    source,
    over: "replicates",
    folds: "warn",
    ...more,
  };
}
