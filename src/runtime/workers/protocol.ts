/** Messages between coordinator and worker: control only, tensors and images go through the store. */

import { documentCheck } from "../../catalog/json-check.js";
import type { NumericSignature } from "../../compiler/plan/types.js";
import type { PluginSpec } from "../plugins/load.js";
import type { EngineChoice, Job, NodeOutcome, Note, Progress } from "./types.js";

export type ToWorker =
  | {
      readonly type: "start";
      readonly cache: string;
      readonly layers: readonly string[];
      readonly engine: EngineChoice;
      /** What the plan was made with; a worker with other code refuses. */
      readonly plugins: readonly PluginSpec[];
    }
  | { readonly type: "run"; readonly job: Job }
  | { readonly type: "cancel" }
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "ready"; readonly signature: NumericSignature }
  /** The engine does not start here. */
  | { readonly type: "unable"; readonly message: string }
  | { readonly type: "progress"; readonly job: number; readonly progress: Progress }
  | { readonly type: "note"; readonly job: number; readonly note: Note }
  | { readonly type: "done"; readonly job: number; readonly outcomes: readonly NodeOutcome[] };

const text = { type: "string" };
const count = { type: "integer", minimum: 0 };
const blob = { type: "object", required: ["digest", "bytes"], properties: { digest: text, bytes: count } };

function message(type: string, properties: { readonly [name: string]: object }): object {
  return {
    type: "object",
    required: ["type", ...Object.keys(properties)],
    properties: { type: { const: type }, ...properties },
  };
}

const amount = { type: "number", minimum: 0 };
const memoryState = {
  type: "object",
  required: ["heldBytes", "limitBytes", "freeBytes"],
  properties: { heldBytes: amount, limitBytes: amount, freeBytes: amount },
};

const outcome = {
  anyOf: [
    {
      type: "object",
      required: ["node", "ok", "outputs", "value", "summary", "seconds", "peakBytes"],
      properties: {
        node: text,
        ok: { const: true },
        outputs: { type: "object", additionalProperties: blob },
        summary: text,
        seconds: { type: "number" },
        peakBytes: { type: "number" },
      },
    },
    {
      type: "object",
      required: ["node", "ok", "problem"],
      properties: {
        node: text,
        ok: { const: false },
        problem: {
          anyOf: [
            kind("failed", { message: text, trace: text }),
            kind("memory", { message: text, state: memoryState }),
            kind("device", { message: text }),
            kind("damaged", { ref: blob, damage: { enum: ["missing", "torn", "altered"] } }),
            kind("store", { problem: { enum: ["full", "denied", "read-only", "broken"] }, message: text }),
            kind("cancelled", {}),
          ],
        },
      },
    },
  ],
};

function kind(name: string, properties: { readonly [name: string]: object }): object {
  return {
    type: "object",
    required: ["kind", ...Object.keys(properties)],
    properties: { kind: { const: name }, ...properties },
  };
}

const reached = { node: text, step: count, of: count };
const note = {
  anyOf: [
    kind("resumed", reached),
    kind("checkpoint", { ...reached, seconds: { type: "number", minimum: 0 } }),
    kind("stopped", reached),
    kind("warning", { node: text, message: text }),
  ],
};

export const FROM_WORKER_SCHEMA = {
  anyOf: [
    message("ready", { signature: { type: "object" } }),
    message("unable", { message: text }),
    message("progress", {
      job: count,
      progress: {
        type: "object",
        required: ["node", "done", "total", "values"],
        properties: { node: text, done: { type: "number" }, total: { type: "number" }, values: { type: "object" } },
      },
    }),
    message("note", { job: count, note }),
    message("done", { job: count, outcomes: { type: "array", items: outcome } }),
  ],
};

export const TO_WORKER_SCHEMA = {
  anyOf: [
    message("start", {
      cache: text,
      layers: { type: "array", items: text },
      plugins: {
        type: "array",
        items: {
          type: "object",
          required: ["from", "file", "base", "ref"],
          properties: { from: text, file: text, base: text, ref: { type: "object" } },
        },
      },
      engine: {
        type: "object",
        required: ["id", "device", "threads"],
        properties: { id: text, device: text, threads: { type: "integer", minimum: 1 } },
      },
    }),
    message("run", {
      job: {
        type: "object",
        required: ["id", "nodes"],
        properties: {
          id: count,
          nodes: {
            type: "array",
            items: {
              type: "object",
              required: ["node", "inputs"],
              properties: { node: { type: "object" }, inputs: { type: "object" } },
            },
          },
        },
      },
    }),
    message("cancel", {}),
    message("stop", {}),
  ],
};

const fromWorkerCheck = documentCheck<FromWorker>("from-worker", FROM_WORKER_SCHEMA);
const toWorkerCheck = documentCheck<ToWorker>("to-worker", TO_WORKER_SCHEMA);

/** What is no message of ours is not heard. */
export const isFromWorker = (value: unknown): value is FromWorker => fromWorkerCheck()(value);
export const isToWorker = (value: unknown): value is ToWorker => toWorkerCheck()(value);
