/**
 * Offline runs of Weights & Biases, one for each cell: `wandb sync DIR/wandb/offline-run-*` uploads them. A run is a log in
 * LevelDB's format, blocks of 32 KiB with CRC-32 checksums and a header of its own, of `Record` messages.
 */

import { createHash } from "node:crypto";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import crc32 from "crc-32";
import { RecordSchema } from "./generated/wandb_pb.js";
import { lastStep, type TrackedCell, type TrackedStudy, type TrackerFile, timeOf } from "./types.js";

/** The oldest reader that knows every record written here. */
const MIN_CONSUMER = "0.40.0";

export function wandbFiles(study: TrackedStudy): readonly TrackerFile[] {
  const stamp = new Date(study.startedMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
  return study.cells.flatMap((cell) => {
    const id = createHash("sha256").update(`${study.run}\n${cell.id}`).digest("hex").slice(0, 8);
    const folder = `wandb/offline-run-${stamp}-${id}`;
    const log = logOf(recordsOf(study, cell, id).map((record) => toBinary(RecordSchema, record)));
    const numbers = Object.fromEntries(cell.numbers.map(({ name, value }) => [name, value]));
    return [
      { path: `${folder}/run-${id}.wandb`, content: log },
      // wandb writes it anew while it uploads, and wants its folder to be there.
      { path: `${folder}/files/wandb-summary.json`, content: JSON.stringify(numbers) },
    ];
  });
}

type RecordType = NonNullable<MessageInitShape<typeof RecordSchema>["recordType"]>;

function recordsOf(study: TrackedStudy, cell: TrackedCell, id: string) {
  const versionInfo = { producer: `xferc ${study.xferc}`, minConsumer: MIN_CONSUMER };
  const records: RecordType[] = [
    { case: "header", value: { versionInfo } },
    { case: "run", value: runOf(study, cell, id) },
    ...historyOf(study, cell),
    { case: "summary", value: { update: itemsOf(cell.numbers.map(({ name, value }) => [name, value])) } },
    { case: "exit", value: { exitCode: cell.status === "done" ? 0 : 1, runtime: runtime(cell) } },
    { case: "footer", value: {} },
  ];
  return records.map((recordType, index) => create(RecordSchema, { num: BigInt(index + 1), recordType }));
}

function runtime({ trainingSeconds }: TrackedCell): number {
  return Math.round(trainingSeconds ?? 0);
}

function runOf(study: TrackedStudy, cell: TrackedCell, runId: string) {
  const seconds = Math.floor(study.startedMs / 1000);
  return {
    runId,
    project: study.study,
    config: { update: itemsOf([["_wandb", {}], ...cell.parameters]) },
    runGroup: cell.experiment,
    jobType: "cell",
    displayName: cell.id,
    notes: cell.reason ?? `${study.command}, run ${study.run}`,
    startTime: { seconds: BigInt(seconds), nanos: (study.startedMs - seconds * 1000) * 1_000_000 },
  };
}

/** A record for each step, with all curves that have a point there. */
function historyOf(study: TrackedStudy, cell: TrackedCell): readonly RecordType[] {
  const steps = new Map<number, [string, number][]>();
  for (const { name, points } of cell.curves) {
    for (const [step, value] of points) {
      const there = steps.get(step) ?? [];
      steps.set(step, there);
      there.push([`history/${name}`, value]);
    }
  }
  // What a run ends with is shown from its last step.
  const last = lastStep(cell);
  if (steps.size > 0 && !steps.has(last)) steps.set(last, []);
  return [...steps]
    .sort(([a], [b]) => a - b)
    .map(([step, values]) => {
      const seconds = timeOf(study, cell, step) / 1000;
      const own = [
        ["_step", step],
        ["_timestamp", seconds],
        ["_runtime", seconds - study.startedMs / 1000],
      ] as const;
      return { case: "history", value: { step: { num: BigInt(step) }, item: itemsOf([...values, ...own]) } };
    });
}

function itemsOf(entries: readonly (readonly [string, unknown])[]) {
  return entries.map(([key, value]) => ({ key, valueJson: JSON.stringify(value) }));
}

// ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────────

const BLOCK = 32_768;
const HEADER = 7;
/** `:W&B`, a magic number, and version 0. */
const FILE_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0]);
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

function logOf(records: readonly Uint8Array[]): Uint8Array {
  const pieces: Uint8Array[] = [FILE_HEADER];
  let used = FILE_HEADER.length;
  for (const record of records) {
    let rest = record;
    for (let isFirst = true; isFirst || rest.length > 0; isFirst = false) {
      if (BLOCK - used < HEADER) {
        pieces.push(new Uint8Array(BLOCK - used));
        used = 0;
      }
      const fragment = rest.subarray(0, BLOCK - used - HEADER);
      rest = rest.subarray(fragment.length);
      const type = rest.length === 0 ? (isFirst ? FULL : LAST) : isFirst ? FIRST : MIDDLE;
      pieces.push(fragmentHeader(type, fragment), fragment);
      used += HEADER + fragment.length;
    }
  }
  return Buffer.concat(pieces);
}

function fragmentHeader(type: number, data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(crc32.buf(data, crc32.buf([type])) >>> 0, 0);
  header.writeUInt16LE(data.length, 4);
  header[6] = type;
  return header;
}
