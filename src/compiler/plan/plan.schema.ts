/** JSON Schema (draft 2020-12) of the plan file. `xferc plan --format json` and `plan.json` keep to it. */

import { OP_VERSIONS } from "./versions.js";

const key = { type: "string", pattern: "^[0-9a-f]{64}$" } as const;
const count = { type: "integer", minimum: 0 } as const;
const amount = { type: "number", minimum: 0 } as const;
const text = { type: "string" } as const;
const object = { type: "object" } as const;

const closed = (properties: { readonly [name: string]: object }, optional: readonly string[] = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

const estimate = closed(
  {
    seconds: amount,
    bytes: amount,
    memory: amount,
    deviceMemory: amount,
    flops: amount,
    basis: { enum: ["measured", "extrapolated", "default"] },
    from: { type: "array", items: text },
    atMost: { const: true },
  },
  ["from", "atMost"],
);

const source = closed({ path: text, line: { type: "integer", minimum: 1 } });

const signature = closed(
  {
    engine: text,
    engineVersion: text,
    device: { enum: ["cpu", "cuda", "webgpu"] },
    precision: { enum: ["f32"] },
    threads: { type: "integer", minimum: 1 },
    microBatch: { type: "integer", minimum: 1 },
  },
  ["microBatch"],
);

const kind = (name: string) => ({ const: name });

const change = {
  path: text,
  before: text,
  after: text,
  line: { type: "integer", minimum: 1 },
  file: text,
  override: text,
};
const NOT_ALWAYS = ["line", "file", "override"];

const reason = {
  oneOf: [
    closed({ kind: kind("new") }),
    closed({ kind: kind("parameter"), ...change, also: { type: "array", items: closed(change, NOT_ALWAYS) } }, [
      ...NOT_ALWAYS,
      "also",
    ]),
    closed(
      {
        kind: kind("data"),
        dataset: text,
        files: closed({ added: count, removed: count, changed: count, names: { type: "array", items: text } }, [
          "names",
        ]),
      },
      ["files"],
    ),
    closed({ kind: kind("version"), op: text, before: count, after: count }),
    closed({ kind: kind("code"), entry: text, before: count, after: count }),
    closed({ kind: kind("plugin"), plugin: text, before: text, after: text }),
    closed({
      kind: kind("engine"),
      before: text,
      after: text,
      parts: {
        type: "array",
        items: closed({
          part: { enum: ["engine", "version", "device", "precision", "threads", "pieces"] },
          before: text,
          after: text,
        }),
      },
    }),
    closed({ kind: kind("upstream"), node: key }),
    closed({ kind: kind("lost"), how: { enum: ["damaged", "removed"] } }),
    closed({ kind: kind("failed"), message: text }),
  ],
};

const node = closed(
  {
    key,
    op: { enum: Object.keys(OP_VERSIONS) },
    version: { type: "integer", minimum: 1 },
    label: text,
    params: object,
    inputs: { type: "array", items: key },
    roles: { type: "array", items: closed({ role: text, output: text }) },
    signature: { oneOf: [signature, { type: "null" }] },
    status: { enum: ["cached", "new", "invalidated"] },
    reason,
    runs: { type: "boolean" },
    provisional: { type: "boolean" },
    cells: { type: "array", items: text },
    estimate,
    source,
  },
  ["reason"],
);

const cell = closed({
  id: text,
  experiment: text,
  point: { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } },
  repeat: { type: "integer", minimum: 1 },
  seed: { type: "integer" },
  train: { oneOf: [key, { type: "null" }] },
  source,
});

export const PLAN_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "xferc plan",
  ...closed({
    version: { const: 1 },
    study: text,
    signature,
    nodes: { type: "array", items: node },
    cells: { type: "array", items: cell },
    summary: closed({
      cells: count,
      nodes: count,
      cached: count,
      new: count,
      invalidated: count,
      runs: count,
      provisional: count,
      requested: count,
      sharedSavings: amount,
      cacheSavings: amount,
      estimate,
      causes: {
        type: "array",
        items: closed({ reason, nodes: count, first: { oneOf: [key, { type: "null" }] } }),
      },
    }),
  }),
};
