/** JSON Schema (draft 2020-12) of study.lock.json, with bounds on everything: the file may be anyone's. */

const text = { type: "string", maxLength: 4096 } as const;
const count = { type: "integer", minimum: 0, maximum: 1e12 } as const;

const closed = (properties: { readonly [name: string]: object }, optional: readonly string[] = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const list = (items: object, maxItems: number) => ({ type: "array", items, maxItems });
const byName = (values: object, maxProperties: number) => ({
  type: "object",
  additionalProperties: values,
  propertyNames: { maxLength: 512, not: { const: "__proto__" } },
  maxProperties,
});

const digest = { type: "string", pattern: "^[0-9a-f]{64}$" } as const;
const plugin = closed({ name: text, version: text, digest });
const choice = closed({ id: text, version: count, params: { type: "object", maxProperties: 100 }, plugin }, ["plugin"]);
const fraction = { type: "number", minimum: 0, maximum: 1 };

const split = {
  oneOf: [
    closed({ kind: { const: "official" } }),
    closed({ kind: { const: "fractions" }, train: fraction, val: fraction, test: fraction, by: text }, ["by"]),
  ],
};

/** Compared with what a study says, and never run: their insides are the study's. */
const viewed = { views: list({ type: "object", maxProperties: 100 }, 100), seed: { type: "integer" } };

const splitFacts = closed({ images: count, perClass: list(count, 100_000), groups: count }, ["groups"]);

const columnFacts = closed(
  {
    name: text,
    type: { enum: ["number", "string"] },
    missing: count,
    values: list(text, 64),
    range: { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
  },
  ["values", "range"],
);

const datasetFacts = closed(
  {
    fingerprint: text,
    classes: list(text, 100_000),
    task: { enum: ["multiclass", "binary", "multilabel"] },
    channels: { type: "integer", minimum: 1, maximum: 1024 },
    splits: byName(splitFacts, 100),
    parts: byName(count, 100),
    columns: list(columnFacts, 1000),
    groupedBy: text,
    idle: list(count, 100),
  },
  ["parts", "columns", "groupedBy", "idle"],
);

const shape = list({ type: "integer", minimum: 0, maximum: 1e9 }, 8);
const weightsFacts = closed({ digest: text, tensors: byName(shape, 100_000), notes: list(text, 100), revision: text }, [
  "notes",
  "revision",
]);

const tensors = list(text, 1000);
const weightsNames = closed({ key: text, prefix: text, drop: tensors, rename: tensors }, [
  "key",
  "prefix",
  "drop",
  "rename",
]);

const predictionsFacts = closed(
  {
    digest: text,
    images: count,
    form: { enum: ["labels", "scores", "features"] },
    classes: list(text, 100_000),
    width: count,
  },
  ["width"],
);

const signature = closed({
  engine: text,
  engineVersion: text,
  device: { enum: ["cpu", "cuda", "webgpu"] },
  precision: { enum: ["f32"] },
  threads: { type: "integer", minimum: 1, maximum: 100_000 },
});

const names = list(text, 10_000);

/** What of the study was run: enough to give the same command again. */
const selection = closed({
  file: text,
  files: list(closed({ path: text, sha256: digest }), 10_000),
  profile: { oneOf: [text, { type: "null" }] },
  set: names,
  only: names,
});

const shared = {
  xferc: text,
  study: text,
  engine: { oneOf: [signature, { type: "null" }] },
  ops: byName(count, 1000),
  datasets: list(
    closed({ name: text, adapter: choice, path: text, declaredIn: text, split, ...viewed, facts: datasetFacts }, [
      "views",
      "seed",
    ]),
    10_000,
  ),
};

export const LOCK_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "xferc study lock",
  ...closed(
    {
      format: { const: 2 },
      ...shared,
      catalog: byName(count, 10_000),
      weights: list(
        closed({ name: text, path: text, declaredIn: text, names: weightsNames, facts: weightsFacts }, ["names"]),
        10_000,
      ),
      predictions: list(closed({ path: text, declaredIn: text, facts: predictionsFacts }), 10_000),
      selection,
      plugins: list(plugin, 1000),
    },
    ["predictions", "plugins"],
  ),
};

/** What xferc wrote at first. It is read still: what it does not say is not known. */
export const FIRST_LOCK_SCHEMA = closed({
  format: { const: 1 },
  ...shared,
  weights: list(closed({ path: text, declaredIn: text, facts: weightsFacts }), 10_000),
});
