/** What a plug-in's default export is, as JSON Schema. */

import { DROP_RATES } from "../../models/blocks/dropout.js";

const text = { type: "string", minLength: 1, maxLength: 10_000 };
const id = { type: "string", pattern: "^[a-z][a-z0-9_]*$", maxLength: 64 };
const version = { type: "integer", minimum: 1, maximum: 1_000_000 };
const bound = { type: ["number", "null"] };
const list = (items: object) => ({ type: "array", items, maxItems: 1000 });

const parameters = (taken: readonly string[]) => ({
  type: "object",
  propertyNames: { pattern: "^[a-z][a-z0-9_]*$", not: { enum: taken } },
  additionalProperties: {
    type: "object",
    required: ["type", "description"],
    properties: {
      type: { enum: ["number", "integer", "string", "boolean", "array"] },
      description: text,
      unit: { enum: ["px", "fraction", "images", "count", "none"] },
    },
  },
});

/** Rates that models may have, which act in training alone: what is told by its name. */
export const DROP_NAMES = DROP_RATES;

/** Functions are no JSON: they are looked for apart. */
export const SCHEMA = {
  type: "object",
  required: ["name", "version"],
  additionalProperties: false,
  properties: {
    name: { type: "string", pattern: "^(?:@[A-Za-z0-9][A-Za-z0-9._-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*$", maxLength: 100 },
    version: { type: "string", minLength: 1, maxLength: 100 },
    metrics: list({
      type: "object",
      required: ["id", "doc", "tasks", "reads", "direction", "measure"],
      additionalProperties: false,
      properties: {
        id,
        version,
        doc: text,
        tasks: {
          type: "array",
          minItems: 1,
          uniqueItems: true,
          items: { enum: ["multiclass", "binary", "multilabel"] },
        },
        reads: { enum: ["classes", "probabilities"] },
        direction: { enum: ["max", "min"] },
        range: { type: "array", items: bound, minItems: 2, maxItems: 2 },
        threshold: { const: true },
        undefinedWhen: text,
        source: text,
        measure: {},
      },
    }),
    datasets: list({
      type: "object",
      required: ["id", "doc", "cases"],
      additionalProperties: false,
      properties: {
        id,
        version,
        doc: text,
        parameters: parameters(["path", "channels", "reject", "leakage"]),
        required: list({ type: "string" }),
        cases: {},
      },
    }),
    models: list({
      type: "object",
      required: ["id", "doc", "size", "units", "layers", "build"],
      additionalProperties: false,
      properties: {
        id,
        version,
        doc: text,
        parameters: parameters(["size", "lora_rank", "lora_alpha", "lora_on", "bottleneck_width", "bottleneck_on"]),
        required: list({ type: "string" }),
        size: { type: "integer", minimum: 1, maximum: 2048 },
        widths: {
          type: "object",
          required: ["parameter", "parts"],
          additionalProperties: false,
          properties: {
            parameter: text,
            parts: {
              type: ["string", "array"],
              minLength: 1,
              minItems: 1,
              maxItems: 1000,
              items: text,
              uniqueItems: true,
            },
          },
        },
        units: {},
        layers: {},
        build: {},
      },
    }),
    probes: list({
      type: "object",
      required: ["id", "doc", "reads", "measure"],
      additionalProperties: false,
      properties: {
        id,
        version,
        doc: text,
        estimator: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9 ._-]*$", maxLength: 64 },
        parameters: parameters(["state", "first", "second", "on", "images"]),
        required: list({ type: "string" }),
        states: { enum: [1, 2] },
        // one word, or some: the plain list of them says more than a choice of schemas that fail
        reads: {
          type: ["string", "array"],
          pattern: "^tensors$",
          minItems: 1,
          uniqueItems: true,
          items: { enum: ["flat", "pooled", "embedding", "logits"] },
        },
        layers: { ...list(text), minItems: 1 },
        byLayer: { const: true },
        numbers: {
          type: "object",
          minProperties: 1,
          maxProperties: 100,
          propertyNames: { pattern: "^[a-z][a-z0-9_]*$", maxLength: 64 },
          additionalProperties: text,
        },
        sample: { type: "integer", minimum: 1, maximum: 1_000_000 },
        gather: {},
        measure: {},
      },
    }),
  },
} as const;
