/** Cells as runs of experiment trackers, read back: by readers of our own, and by TensorBoard itself where it is. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { buf as crc32c } from "crc-32/crc32c.js";
import { afterAll, describe, expect, it } from "vitest";
import { EventSchema } from "../../../src/runtime/export/trackers/generated/tensorboard_pb.js";
import { type Record as Entry, RecordSchema } from "../../../src/runtime/export/trackers/generated/wandb_pb.js";
import { type Tracker, writeTracked } from "../../../src/runtime/export/trackers/index.js";
import { mlflowFiles } from "../../../src/runtime/export/trackers/mlflow.js";
import { tensorboardFiles } from "../../../src/runtime/export/trackers/tensorboard.js";
import type { TrackedCell, TrackedStudy } from "../../../src/runtime/export/trackers/types.js";
import { wandbFiles } from "../../../src/runtime/export/trackers/wandb.js";
import fc from "../../support/properties.js";
import { python, referencePython, withoutReference } from "../../support/reference.js";

const cell = (init: string, more: Partial<TrackedCell> = {}): TrackedCell => ({
  id: `main[model: vit_s, init: ${init}]#1`,
  experiment: "main",
  status: "done",
  reason: null,
  parameters: [
    ["model", "vit_s"],
    ["init", init],
    ["lr", 0.001],
  ],
  numbers: [
    { name: "test", value: 0.75 },
    { name: "absent", value: null },
  ],
  curves: [
    {
      name: "loss",
      points: [
        [10, 2.5],
        [20, 1.25],
        [40, 0.5],
      ],
    },
    { name: "top1", points: [[40, 0.8]] },
  ],
  trainingSeconds: 8,
  ...more,
});
const study: TrackedStudy = {
  study: "first",
  title: "First",
  run: "2026-11-23T09-30-00-1a2b3c",
  xferc: "0.1.0",
  command: "xferc run first.xfer",
  startedMs: Date.UTC(2026, 10, 23, 9, 30),
  finishedMs: Date.UTC(2026, 10, 23, 9, 31),
  cells: [
    cell("WT"),
    cell("RI", {
      status: "failed",
      reason: "its loss is NaN at step 30",
      numbers: [],
      curves: [],
      trainingSeconds: null,
    }),
  ],
};

const folder = mkdtempSync(join(tmpdir(), "xferc-trackers-"));
afterAll(() => rmSync(folder, { recursive: true }));
function written(tracker: Tracker, of = study): string {
  const out = join(folder, tracker);
  writeTracked(of, tracker, out);
  return out;
}

/** The TFRecord format, by its description: https://www.tensorflow.org/tutorials/load_data/tfrecord */
function tfRecords(file: Uint8Array): readonly Uint8Array[] {
  const view = Buffer.from(file);
  const records: Uint8Array[] = [];
  const unmasked = (at: number) => {
    const rotated = (view.readUInt32LE(at) - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  for (let at = 0; at < view.length; ) {
    const length = Number(view.readBigUInt64LE(at));
    const data = view.subarray(at + 12, at + 12 + length);
    expect(unmasked(at + 8)).toBe(crc32c(view.subarray(at, at + 8)) >>> 0);
    expect(unmasked(at + 12 + length)).toBe(crc32c(data) >>> 0);
    records.push(data);
    at += length + 16;
  }
  return records;
}

describe("TensorBoard's event files", () => {
  it("have the checksum of the format: CRC-32C of its check sequence", () => {
    expect(crc32c(Buffer.from("123456789")) >>> 0).toBe(0xe3069283);
  });

  it("hold every point, every number that is defined, and the parameters, at times within the run", () => {
    const [whole, failed] = tensorboardFiles(study);
    expect(whole?.path).toBe("main-model-vit_s-init-WT-1/events.out.tfevents.1795426200.xferc");
    const events = tfRecords(whole?.content as Uint8Array).map((record) => fromBinary(EventSchema, record));
    expect(events[0]?.what).toEqual({ case: "fileVersion", value: "brain.Event:2" });
    const scalars = events.flatMap(({ what, step, wallTime }) =>
      what.case !== "summary"
        ? []
        : what.value.value.flatMap(({ tag, value }) =>
            value.case === undefined ? [] : [[tag, Number(step), value.value, wallTime - study.startedMs / 1000]],
          ),
    );
    expect(scalars).toEqual([
      ["history/loss", 10, 2.5, 2],
      ["history/loss", 20, 1.25, 4],
      ["history/loss", 40, 0.5, 8],
      ["history/top1", 40, expect.closeTo(0.8, 6), 8],
      ["test", 40, 0.75, 8],
    ]);
    expect(tfRecords(failed?.content as Uint8Array)).toHaveLength(3);
  });

  it.skipIf(referencePython === undefined)(
    `are read by TensorBoard, with the parameters of each cell${withoutReference}`,
    async () => {
      const read = await python(
        `
import json, sys
from tensorboard.backend.event_processing import event_multiplexer
from tensorboard.plugins.hparams import plugin_data_pb2
found = event_multiplexer.EventMultiplexer().AddRunsFromDirectory(sys.argv[1]).Reload()
out = {}
for run in found.Runs():
    of = found.GetAccumulator(run)
    tags = of.Tags()
    scalars = {tag: [[e.step, e.value] for e in of.Scalars(tag)] if tag in tags["scalars"] else
               [[e.step, float(e.tensor_proto.float_val[0])] for e in of.Tensors(tag)]
               for tag in tags["scalars"] + [t for t in tags["tensors"] if not t.startswith("_hparams_")]}
    plugin = of.PluginTagToContent("hparams")
    start = plugin_data_pb2.HParamsPluginData.FromString(plugin["_hparams_/session_start_info"]).session_start_info
    end = plugin_data_pb2.HParamsPluginData.FromString(plugin["_hparams_/session_end_info"]).session_end_info
    hparams = {k: getattr(v, v.WhichOneof("kind")) for k, v in start.hparams.items()}
    out[run] = {"scalars": scalars, "hparams": hparams, "status": end.status}
print(json.dumps(out))
`,
        [written("tensorboard")],
      );
      expect(JSON.parse(read)).toEqual({
        "main-model-vit_s-init-WT-1": {
          scalars: {
            "history/loss": [
              [10, 2.5],
              [20, 1.25],
              [40, 0.5],
            ],
            "history/top1": [[40, expect.closeTo(0.8, 6)]],
            test: [[40, 0.75]],
          },
          hparams: { model: "vit_s", init: "WT", lr: 0.001 },
          status: 1,
        },
        "main-model-vit_s-init-RI-1": {
          scalars: {},
          hparams: { model: "vit_s", init: "RI", lr: 0.001 },
          status: 2,
        },
      });
    },
    120_000,
  );
});

/** LevelDB's log format, with the checksum and the header of wandb's. */
function wandbRecords(file: Uint8Array): readonly Entry[] {
  const view = Buffer.from(file);
  expect(view.subarray(0, 7)).toEqual(Buffer.from("3a572642e1be00", "hex"));
  const records: Entry[] = [];
  let open: Buffer[] = [];
  for (let at = 7; at < view.length; ) {
    const left = 32_768 - (at % 32_768);
    if (left < 7) {
      at += left;
      continue;
    }
    const length = view.readUInt16LE(at + 4);
    const type = view[at + 6] ?? 0;
    const data = view.subarray(at + 7, at + 7 + length);
    expect(view.readUInt32LE(at)).toBe(slowCrc32(view.subarray(at + 6, at + 7 + length)));
    at += 7 + length;
    if (type === 1 || type === 2) open = [];
    open.push(data);
    if (type === 1 || type === 4) records.push(fromBinary(RecordSchema, Buffer.concat(open)));
  }
  return records;
}

/** Bit by bit, from the polynomial. */
function slowCrc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe("offline runs of Weights & Biases", () => {
  it("begin with header and run, end with exit and footer, and merge the curves of a step", () => {
    const [whole, numbers, failed] = wandbFiles(study);
    expect(whole?.path).toMatch(/^wandb\/offline-run-20261123_093000-([0-9a-f]{8})\/run-\1\.wandb$/);
    expect(JSON.parse(String(numbers?.content))).toEqual({ test: 0.75, absent: null });
    const records = wandbRecords(whole?.content as Uint8Array).map(({ recordType }) => recordType);
    const cases = ["header", "run", "history", "history", "history", "summary", "exit", "footer"];
    expect(records.map((record) => record.case)).toEqual(cases);
    const [, run, , , last, summary, exit] = records.map(({ value }) => value);
    expect(run).toMatchObject({ project: "first", displayName: study.cells[0]?.id, runGroup: "main" });
    const items = (record: unknown, of: string) =>
      Object.fromEntries(
        (record as { [of: string]: { key: string; valueJson: string }[] })[of]?.map(({ key, valueJson }) => [
          key,
          JSON.parse(valueJson),
        ]) ?? [],
      );
    expect(items(last, "item")).toMatchObject({ "history/loss": 0.5, "history/top1": 0.8, _step: 40, _runtime: 8 });
    expect(items(summary, "update")).toEqual({ test: 0.75, absent: null });
    expect(exit).toMatchObject({ exitCode: 0 });
    const failure = wandbRecords(failed?.content as Uint8Array).find(({ recordType }) => recordType.case === "exit");
    expect(failure?.recordType.value).toMatchObject({ exitCode: 1 });
  });

  it("are whole at any length: records end where blocks do, or just before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000 }), (length) => {
        const long = { ...study, cells: [cell("WT", { reason: "x".repeat(length) })] };
        const records = wandbRecords(wandbFiles(long)[0]?.content as Uint8Array);
        const run = records[1]?.recordType;
        expect(run?.case === "run" && (run.value.notes.length === length || length === 0)).toBe(true);
        expect(records).toHaveLength(8);
      }),
      {
        numRuns: 20,
        // Around the end of the first block and of the second.
        examples: [...Array.from({ length: 24 }, (_, n) => 32_768 - 320 + 8 * n), 65_000].map((n) => [n] as [number]),
      },
    );
  });
});

describe("an MLflow file store", () => {
  it("gives every number a file of its own, whatever its name has of what MLflow does not take", () => {
    const names = [
      "byc[age: < 60]",
      "byc[age: > 60]",
      "byc[finding: 肺炎]",
      "byc[finding: 水肿]",
      "history",
      "Test",
      "test",
    ];
    const numbers = names.map((name, value) => ({ name, value }));
    const files = mlflowFiles({ ...study, cells: [cell("WT", { numbers })] });
    const paths = files.map(({ path }) => path.toLowerCase());
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.every((path) => !paths.some((other) => other.startsWith(`${path}/`)))).toBe(true);
    const values = files.flatMap(({ path, content }) =>
      /\/metrics\/[^/]*$/.test(path) ? [Number(String(content).split(" ")[1])] : [],
    );
    expect(values).toEqual(names.map((_, value) => value));
  });

  it("has a folder for each cell, a line for each point, and names that lead nowhere else", () => {
    const odd = cell("WT", {
      parameters: [
        ["../up", "x"],
        ["..", "y"],
      ],
      numbers: [{ name: "a/b:c", value: 1 }],
    });
    const files = new Map(mlflowFiles({ ...study, cells: [odd] }).map(({ path, content }) => [path, content]));
    const [root = ""] = /^mlruns\/\d{18}\/[0-9a-f]{32}/.exec([...files.keys()].at(-1) ?? "") ?? [];
    expect(
      [...files.keys()].filter((path) => path.startsWith(root)).map((path) => path.slice(root.length + 1)),
    ).toEqual([
      "meta.yaml",
      "artifacts/cell.txt",
      "tags/mlflow.runName",
      "tags/mlflow.note.content",
      "tags/experiment",
      "params/.._up",
      "params/_..",
      "metrics/history/loss",
      "metrics/history/top1",
      "metrics/a_b_c",
    ]);
    expect(files.get(`${root}/metrics/history/loss`)).toBe(
      "1795426202000 2.5 10\n1795426204000 1.25 20\n1795426208000 0.5 40\n",
    );
    expect(files.get(`${root}/meta.yaml`)).toContain('run_name: "main[model: vit_s, init: WT]#1"\n');
    expect(files.get(`${root}/meta.yaml`)).toContain("status: 3\n");
  });

  it("is written below the folder asked for", () => {
    const out = written("mlflow");
    const [experiment = ""] = readdirSync(join(out, "mlruns"));
    expect(readdirSync(join(out, "mlruns", experiment))).toHaveLength(study.cells.length + 1);
    expect(readFileSync(join(out, "mlruns", experiment, "meta.yaml"), "utf8")).toContain(
      `name: "first ${study.run}"\n`,
    );
  });
});

it("writes the same bytes every time", () => {
  for (const files of [tensorboardFiles, wandbFiles, mlflowFiles]) expect(files(study)).toEqual(files(study));
});
