/** A machine written down, in place of the one at hand: for tests, and to plan for a machine one sits not at. */

import { readFileSync } from "node:fs";
import { documentCheck } from "../../catalog/json-check.js";
import { UsageError } from "../host/errors.js";
import type { Device } from "./types.js";

const bytes = { type: "number", minimum: 0 };
const text = { type: "string", minLength: 1 };
const count = { type: "integer", minimum: 0 };
const orNull = (schema: object) => ({ anyOf: [schema, { type: "null" }] });

function device(kind: Device["kind"], properties: { readonly [name: string]: object }): object {
  return {
    type: "object",
    additionalProperties: false,
    required: ["kind", ...Object.keys(properties)],
    properties: { kind: { const: kind }, ...properties },
  };
}

const limits = {
  type: "object",
  additionalProperties: false,
  required: ["bindingBytes", "bindings"],
  properties: { bindingBytes: bytes, bindings: count },
};

export const INVENTORY_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "XFERC_INVENTORY",
  type: "object",
  additionalProperties: false,
  required: ["devices"],
  properties: {
    devices: {
      type: "array",
      minItems: 1,
      items: {
        anyOf: [
          device("cpu", { name: text, cores: { type: "integer", minimum: 1 }, memoryBytes: bytes, freeBytes: bytes }),
          device("cuda", {
            index: count,
            uuid: text,
            name: text,
            memoryBytes: orNull(bytes),
            freeBytes: orNull(bytes),
            computeCapability: orNull(text),
            driver: text,
          }),
          device("webgpu", { name: text, hardware: { enum: ["gpu", "software"] }, limits: orNull(limits) }),
        ],
      },
    },
  },
} as const;

const inventoryCheck = documentCheck<{ readonly devices: readonly Device[] }>("inventory", INVENTORY_SCHEMA);

/** @throws UsageError that names the file and the place in it */
export function readInventory(path: string): readonly Device[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`XFERC_INVENTORY: ${path} cannot be read: ${why}`, "name a JSON file, or unset it");
  }
  const isInventory = inventoryCheck();
  if (isInventory(parsed)) return parsed.devices;
  const deepest = (isInventory.errors ?? []).reduce<{ instancePath: string; message?: string } | undefined>(
    (best, error) => (best === undefined || error.instancePath.length > best.instancePath.length ? error : best),
    undefined,
  );
  const place = deepest?.instancePath ? ` at ${deepest.instancePath.slice(1)}` : "";
  throw new UsageError(
    `XFERC_INVENTORY: ${path}${place} ${deepest?.message ?? "is not what it should be"}`,
    "`xferc doctor --format json` prints this machine's devices in that form",
  );
}
