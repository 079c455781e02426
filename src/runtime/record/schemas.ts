/** JSON Schemas (draft 2020-12) of what `xferc reproduce` and `xferc diff` print for other programs. */

const text = { type: "string" } as const;
const count = { type: "integer", minimum: 0 } as const;
const number = { type: ["number", "null"] } as const;
const maybeText = { type: ["string", "null"] } as const;

const closed = (properties: { readonly [name: string]: object }) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const list = (items: object) => ({ type: "array", items });

const signature = closed({
  engine: text,
  engineVersion: text,
  device: text,
  precision: text,
  threads: { type: "integer", minimum: 1 },
});
const difference = closed({ what: text, before: text, after: text });
const differences = closed({ numeric: list(difference), other: list(difference) });

const cell = {
  experiment: text,
  axes: { type: "object", additionalProperties: text },
  measure: text,
  metric: text,
  estimator: text,
};
const row = closed({ ...cell, repeat: { type: ["integer", "null"] } });

export const REPRODUCTION_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "xferc reproduce",
  ...closed({
    version: { const: 1 },
    study: text,
    verdict: { enum: ["same", "close", "differs"] },
    recorded: closed({ run: maybeText, xferc: text, signature }),
    here: closed({ run: text, xferc: text, signature, computed: count, cached: count, failed: count }),
    inputs: list(
      closed({
        kind: { enum: ["data", "weights", "predictions"] },
        name: text,
        status: { enum: ["same", "differs", "missing", "unknown"] },
        detail: text,
      }),
    ),
    differences,
    keys: closed({ same: count, recorded: count }),
    tolerance: { type: "number", minimum: 0 },
    numbers: closed({ same: count, close: count, differing: count, onlyRecorded: count, onlyHere: count }),
    differing: list(closed({ ...row.properties, recorded: number, here: number, relative: number, why: text })),
    onlyRecorded: list(row),
    onlyHere: list(row),
  }),
};

const side = closed({
  run: maybeText,
  study: text,
  xferc: text,
  signature,
  startedAt: maybeText,
  status: maybeText,
});
const sample = closed({ mean: number, sd: number, n: count, failed: count, not_reached: count });
const lonely = closed({ cells: list(text), rows: list(row) });

export const RUN_DIFF_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "xferc diff",
  ...closed({
    version: { const: 1 },
    a: side,
    b: side,
    study: list(difference),
    differences,
    keys: closed({ same: count, a: count, b: count }),
    causes: list(closed({ why: text, numbers: count })),
    rows: closed({ same: count, differing: count }),
    numbers: list(
      closed({
        ...cell,
        a: sample,
        b: sample,
        difference: number,
        relative: number,
        deviations: number,
        weight: { enum: ["failed", "beyond", "unknown", "within"] },
        why: text,
      }),
    ),
    onlyA: lonely,
    onlyB: lonely,
  }),
};
