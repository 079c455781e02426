/**
 * TensorBoard event files: a folder for each cell, with its curves and numbers as scalars and its parameters for the
 * HPARAMS page. A file is a sequence of TFRecords: length, masked CRC-32C of the length, an `Event`, masked CRC-32C of it.
 */

import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import crc32 from "crc-32/crc32c.js";
import { folderName } from "../names.js";
import {
  type Event,
  EventSchema,
  type HParamsPluginData,
  HParamsPluginDataSchema,
  SessionEndInfoSchema,
  SessionStartInfoSchema,
  Status,
  type Summary_ValueSchema,
  SummarySchema,
  ValueSchema,
} from "./generated/tensorboard_pb.js";
import { lastStep, type TrackedCell, type TrackedStudy, type TrackerFile, timeOf } from "./types.js";

export function tensorboardFiles(study: TrackedStudy): readonly TrackerFile[] {
  const taken = new Set<string>();
  const seconds = Math.floor(study.startedMs / 1000);
  return study.cells.map((cell) => ({
    path: `${folderName(cell.id, taken)}/events.out.tfevents.${seconds}.xferc`,
    content: Buffer.concat(eventsOf(study, cell).map((event) => tfRecord(toBinary(EventSchema, event)))),
  }));
}

function eventsOf(study: TrackedStudy, cell: TrackedCell): readonly Event[] {
  const at = (step: number, what: Event["what"]) =>
    create(EventSchema, { wallTime: timeOf(study, cell, step) / 1000, step: BigInt(step), what });
  const scalar = (step: number, tag: string, number: number) =>
    at(step, summary({ tag, value: { case: "simpleValue", value: number } }));
  const last = lastStep(cell);
  return [
    at(0, { case: "fileVersion", value: "brain.Event:2" }),
    at(0, hparams("session_start_info", { case: "sessionStartInfo", value: sessionStart(study, cell) })),
    ...cell.curves.flatMap(({ name, points }) => points.map(([step, value]) => scalar(step, `history/${name}`, value))),
    ...cell.numbers.flatMap(({ name, value }) => (value === null ? [] : [scalar(last, name, value)])),
    at(last, hparams("session_end_info", { case: "sessionEndInfo", value: sessionEnd(study, cell) })),
  ];
}

type Value = MessageInitShape<typeof Summary_ValueSchema>;

function summary(value: Value): Event["what"] {
  return { case: "summary", value: create(SummarySchema, { value: [value] }) };
}

function hparams(name: string, data: HParamsPluginData["data"]): Event["what"] {
  const content = toBinary(HParamsPluginDataSchema, create(HParamsPluginDataSchema, { version: 0, data }));
  return summary({ tag: `_hparams_/${name}`, metadata: { pluginData: { pluginName: "hparams", content } } });
}

function sessionStart(study: TrackedStudy, { id, parameters }: TrackedCell) {
  const values = parameters.map(([name, value]) => {
    const kind =
      typeof value === "number" ? ({ case: "numberValue", value } as const) : ({ case: "stringValue", value } as const);
    return [name, create(ValueSchema, { kind })] as const;
  });
  return create(SessionStartInfoSchema, {
    hparams: Object.fromEntries(values),
    groupName: id,
    startTimeSecs: study.startedMs / 1000,
  });
}

function sessionEnd(study: TrackedStudy, { status }: TrackedCell) {
  const ended = { done: Status.SUCCESS, failed: Status.FAILURE, pending: Status.UNKNOWN }[status];
  return create(SessionEndInfoSchema, { status: ended, endTimeSecs: study.finishedMs / 1000 });
}

function tfRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(data.length + 16);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(masked(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(masked(data), 12 + data.length);
  return record;
}

/** As TFRecord masks checksums: rotated right by 15 bits, plus a constant. */
function masked(data: Uint8Array): number {
  const crc = crc32.buf(data) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
