import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import { broadcast, type NewEvent, openJournal, readJournal } from "../../../src/runtime/journal/journal.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xferc-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const node = "a".repeat(64) as NodeKey;
const progress = (done: number): NewEvent => ({
  type: "node.progress",
  node,
  worker: 0,
  done,
  total: 9,
  values: { loss: 0.5 },
});

it("reads back what was written, in order, over two sessions", async () => {
  const path = join(folder, "events.ndjson");
  for (const message of ["one", "two"]) {
    const journal = openJournal(path);
    broadcast([journal.listener], () => new Date(0)).emit({ type: "warning", message });
    await journal.close();
  }
  expect(readJournal(path)).toEqual([
    { at: "1970-01-01T00:00:00.000Z", type: "warning", message: "one" },
    { at: "1970-01-01T00:00:00.000Z", type: "warning", message: "two" },
  ]);
});

it("leaves out a torn last line and what is no event", async () => {
  const path = join(folder, "events.ndjson");
  const journal = openJournal(path);
  broadcast([journal.listener]).emit({ type: "warning", message: "whole" });
  await journal.close();
  appendFileSync(
    path,
    '{"at":"x","type":"no.such"}\n{"at":"x","type":"run.interrupted"}\n17\n{"at":"2026-01-01","type":"warn',
  );
  expect(readJournal(path)).toMatchObject([{ message: "whole" }]);
});

it("keeps progress once a second a node", async () => {
  const path = join(folder, "events.ndjson");
  const journal = openJournal(path);
  let now = 1_000_000;
  const sink = broadcast([journal.listener], () => new Date(now));
  for (let done = 0; done < 9; done++, now += 300) sink.emit(progress(done));
  await journal.close();
  expect(readJournal(path).map((event) => event.type === "node.progress" && event.done)).toEqual([0, 4, 8]);
});

it("keeps progress after the clock was set back", async () => {
  const path = join(folder, "events.ndjson");
  const journal = openJournal(path);
  const times = [9_000_000, 9_000_500, 5_000_000, 5_000_500];
  const sink = broadcast([journal.listener], () => new Date(times.shift() ?? 0));
  for (let done = 0; done < 4; done++) sink.emit(progress(done));
  await journal.close();
  expect(readJournal(path).map((event) => event.type === "node.progress" && event.done)).toEqual([0, 2]);
});

it("remembers that the disk would not take it, and does not throw", async () => {
  const journal = openJournal(join(folder, "no", "such", "folder.ndjson"));
  broadcast([journal.listener]).emit({ type: "warning", message: "lost" });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await journal.close();
  expect(journal.problem()?.message).toContain("ENOENT");
});

it("writes one line an event", async () => {
  const path = join(folder, "events.ndjson");
  const journal = openJournal(path);
  broadcast([journal.listener]).emit({ type: "warning", message: "with a\nline break" });
  await journal.close();
  expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(1);
});
