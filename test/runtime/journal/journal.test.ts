import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

it("goes on after a torn last line without losing what comes next", async () => {
  const path = join(folder, "events.ndjson");
  for (const torn of ['{"at":"2026-01-01","type":"warn', "", '{"at"']) {
    appendFileSync(path, torn);
    const journal = openJournal(path);
    broadcast([journal.listener]).emit({ type: "warning", message: `after ${torn}` });
    await journal.close();
  }
  const messages = readJournal(path).map((event) => event.type === "warning" && event.message);
  expect(messages).toEqual(['after {"at":"2026-01-01","type":"warn', "after ", 'after {"at"']);
});

it("has what happened in a turn when the turn is over, whoever is killed after it", async () => {
  const path = join(folder, "events.ndjson");
  const journal = openJournal(path);
  const sink = broadcast([journal.listener]);
  sink.emit({ type: "warning", message: "one" });
  sink.emit({ type: "warning", message: "two" });
  await Promise.resolve();
  expect(readJournal(path)).toMatchObject([{ message: "one" }, { message: "two" }]);
  await journal.close();
});

it("is read whatever byte its writer was killed at", async () => {
  const path = join(folder, "events.ndjson");
  const journal = openJournal(path);
  const messages = ["one", "zwei ✓", "three"];
  for (const message of messages) broadcast([journal.listener], () => new Date(0)).emit({ type: "warning", message });
  await journal.close();
  const whole = readFileSync(path);
  const ends = [...whole.keys()].filter((at) => whole[at] === 10);
  for (let length = 0; length <= whole.length; length++) {
    const cut = join(folder, "cut.ndjson");
    writeFileSync(cut, whole.subarray(0, length));
    // A line without its end may be whole all the same.
    const least = ends.filter((end) => end < length).length;
    const read = readJournal(cut).map((event) => event.type === "warning" && event.message);
    expect(messages.slice(0, read.length)).toEqual(read);
    expect(read.length).toBeGreaterThanOrEqual(least);
    const again = openJournal(cut);
    broadcast([again.listener]).emit({ type: "warning", message: "again" });
    await again.close();
    expect(readJournal(cut).at(-1)).toMatchObject({ message: "again" });
    expect(readJournal(cut).length).toBe(read.length + 1);
  }
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
