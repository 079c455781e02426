/** What `xferc doctor` found, for people. */

import { type Device, deviceName } from "../devices/types.js";
import type { EngineReport } from "../engine/index.js";
import { bytes } from "../ui/format.js";
import type { Findings } from "./doctor.js";

export function printFindings(findings: Findings): string {
  const { node, cache, devices, engines } = findings;
  const lines = [
    `xferc ${findings.xferc} on Node ${node.version}`,
    `cache ${cache.path}${cache.freeBytes === null ? "" : ` (${bytes(cache.freeBytes)} free)`}`,
    "",
    "devices:",
    ...devices.map((device) => deviceLine(device, engines)),
    ...findings.absent.map(({ kind, problem, remedy }) => `  · no ${kind}: ${problem} (for one: ${remedy})`),
    "",
    "engines:",
    ...engines.map(engineLine),
    "",
  ];
  if (findings.problems.length === 0) lines.push("Nothing that studies need is missing.");
  for (const { problem, remedy } of findings.problems) lines.push(`missing: ${problem}`, `  fix: ${remedy}`);
  for (const { problem, remedy } of findings.hints) lines.push(`note: ${problem}`, `  fix: ${remedy}`);
  return lines.join("\n");
}

function deviceLine(device: Device, engines: readonly EngineReport[]): string {
  const able = engines.filter(({ id, found, devices }) => found && id !== "reference" && devices.includes(device.kind));
  const used = able.length === 0 ? "no engine here computes on it" : `for ${able.map(({ id }) => id).join(", ")}`;
  return `  ${able.length === 0 ? "·" : "✓"} ${deviceName(device)}: ${describe(device)} · ${used}`;
}

function describe(device: Device): string {
  switch (device.kind) {
    case "cpu": {
      const { name, cores, memoryBytes, freeBytes } = device;
      return `${name}, ${cores} ${cores === 1 ? "core" : "cores"}, ${bytes(memoryBytes)} (${bytes(freeBytes)} free)`;
    }
    case "cuda": {
      const { name, memoryBytes, freeBytes, computeCapability, driver } = device;
      const free = freeBytes === null ? "" : ` (${bytes(freeBytes)} free)`;
      const memory = memoryBytes === null ? "memory not told" : `${bytes(memoryBytes)}${free}`;
      const capability = computeCapability === null ? "" : `, compute capability ${computeCapability}`;
      return `${name}, ${memory}${capability}, driver ${driver}`;
    }
    case "webgpu": {
      const { name, hardware, limits } = device;
      const slow = hardware === "software" ? ", computes on the processor: for tests" : "";
      const pieces = limits === null ? "" : `, tensors in pieces of ${bytes(limits.bindingBytes)}`;
      return `${name}${slow}${pieces}`;
    }
    default:
      return device satisfies never;
  }
}

function engineLine({ id, found, version, devices, missing, remedy }: EngineReport): string {
  if (!found) return `  ✗ ${id}: ${missing ?? "not found"}${remedy === null ? "" : ` (fix: ${remedy})`}`;
  const lacking = missing === null ? "" : ` (${missing}${remedy === null ? "" : `; fix: ${remedy}`})`;
  return `  ✓ ${id}${version === null ? "" : ` ${version}`}: made for ${devices.join(", ")}${lacking}`;
}
