/** Which engines and devices a run may compute with, in order of preference. `auto` is resolved once and recorded. */

import type { NumericSignature } from "../../compiler/plan/types.js";
import { discoverDevices } from "../devices/discover.js";
import type { CpuDevice, Device, DeviceKind, Discovery } from "../devices/types.js";
import { deviceName } from "../devices/types.js";
import { type DeviceWish, parseDeviceWish } from "../devices/wish.js";
import { EngineError, type EngineReport, reportEngine } from "../engine/index.js";
import { numericVersion } from "../engine/version.js";
import { UsageError } from "../host/errors.js";
import { type Inventory, planSlots } from "../schedule/index.js";
import type { EngineChoice as WorkerEngine } from "../workers/types.js";
import type { MicroBatchWish } from "./micro-batches.js";

export interface ComputeWish {
  readonly engine: "auto" | EngineReport["id"];
  /** `auto`, `cpu`, `cuda`, `cuda:0,2` or `webgpu`. */
  readonly device: string;
  /** Threads of one worker; part of what results are keyed by, so the default is the same on every machine. */
  readonly threads?: number | undefined;
  readonly jobs?: number | undefined;
  /** The process' own unless given. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Images a training takes at once, where its batch is larger. */
  readonly microBatch?: MicroBatchWish;
  /** What there is where it will run, where that is not here; its processor among it. */
  readonly elsewhere?: readonly Device[] | undefined;
}

export interface Compute {
  readonly engine: WorkerEngine;
  readonly signature: NumericSignature;
  readonly inventory: Inventory;
  /** What the inventory's places are, one for one. */
  readonly devices: readonly Device[];
  /** `onnx 1.30.0 cpu`, `tensorflow 2.21.0 cuda (2 × NVIDIA A100)`. */
  readonly title: string;
}

/** Small models gain little from a second thread; many cells at once gain from every core. */
const DEFAULT_THREADS = 1;

/** What `auto` tries, first to last. WebGPU is any vendor's GPU, but slower than a processor as often as not. */
const PREFERENCE: readonly (readonly [engine: EngineReport["id"], device: DeviceKind])[] = [
  ["tensorflow", "cuda"],
  ["onnx", "cuda"],
  ["tensorflow", "cpu"],
  ["onnx", "cpu"],
];
/** What there is besides, for who asks for it. */
const ON_REQUEST: typeof PREFERENCE = [
  ["onnx", "webgpu"],
  ["reference", "cpu"],
];

/**
 * All that fits the wish and works here; at least one.
 * @throws UsageError, EngineError where nothing does, with the reason and the remedy
 */
export async function computeCandidates(wish: ComputeWish): Promise<readonly [Compute, ...Compute[]]> {
  const device = parseDeviceWish(wish.device);
  const environment = wish.environment ?? process.env;
  const pairs = pairsFor(wish.engine, device);
  const reports = new Map<string, EngineReport>();
  for (const [engine, kind] of pairs) reports.set(`${engine} ${kind}`, await reportEngine(engine, kind));
  const able = pairs.filter(([engine, kind]) => isAble(reports.get(`${engine} ${kind}`), kind));
  const kinds = [...new Set(able.map(([, kind]) => kind))];
  const found =
    wish.elsewhere === undefined
      ? await discoverDevices(device.kind === "auto" ? kinds : [...kinds, device.kind], environment)
      : { devices: wish.elsewhere, problems: [] };
  const candidates = able.flatMap(([engine, kind]): Compute[] => {
    const report = reports.get(`${engine} ${kind}`);
    const devices = chosen(found.devices, kind, device);
    return report === undefined || devices.length === 0 ? [] : [computeOn(report, devices, found, wish)];
  });
  const [first, ...others] = candidates;
  if (first !== undefined) return [first, ...others];
  throw nothingFits(wish, device, found, [...reports.values()]);
}

function pairsFor(engine: ComputeWish["engine"], device: DeviceWish): typeof PREFERENCE {
  const all = engine === "auto" && device.kind !== "webgpu" ? PREFERENCE : [...PREFERENCE, ...ON_REQUEST];
  const fitting = all.filter(
    ([id, kind]) => (engine === "auto" || id === engine) && (device.kind === "auto" || kind === device.kind),
  );
  // `--engine onnx` alone is no request for WebGPU
  return device.kind === "auto" ? fitting.filter(([, kind]) => kind !== "webgpu") : fitting;
}

const isAble = (report: EngineReport | undefined, kind: DeviceKind): boolean =>
  report?.found === true && report.devices.includes(kind);

/** Of this kind, and by number where numbers were given. */
function chosen(devices: readonly Device[], kind: DeviceKind, wish: DeviceWish): readonly Device[] {
  const ofKind = devices.filter((device) => device.kind === kind);
  if (wish.kind !== "cuda" || wish.indices === undefined) return ofKind;
  return wish.indices.map((index) => {
    const device = ofKind.find((one) => one.kind === "cuda" && one.index === index);
    if (device !== undefined) return device;
    const there = ofKind.length === 0 ? "there is none" : `there is ${ofKind.map(deviceName).join(", ")}`;
    throw new UsageError(`no CUDA device ${index}: ${there}`, "`xferc doctor` lists devices by their numbers");
  });
}

function computeOn(report: EngineReport, devices: readonly Device[], found: Discovery, wish: ComputeWish): Compute {
  const { id, version } = report;
  const [{ kind }] = devices as readonly [Device, ...Device[]];
  // the interpreter has no threads
  const threads = id === "reference" ? 1 : (wish.threads ?? DEFAULT_THREADS);
  const limits = devices.flatMap((device) => (device.kind === "webgpu" ? [device.limits] : []))[0] ?? undefined;
  const engineVersion = numericVersion(id, version ?? "", kind);
  const slots = { threads: wish.threads ?? DEFAULT_THREADS, jobs: wish.jobs };
  return {
    engine: { id, device: kind, threads, limits },
    signature: { engine: id, engineVersion, device: kind, precision: "f32", threads },
    inventory: planSlots(hostOf(found), devices, slots),
    devices,
    title: `${id} ${engineVersion} ${kind}${namesOf(devices)}`,
  };
}

function hostOf({ devices }: Discovery): CpuDevice {
  const cpu = devices.find((device) => device.kind === "cpu");
  if (cpu === undefined) throw new Error("internal error: a machine without a processor");
  return cpu;
}

/** ` (2 × NVIDIA A100, NVIDIA T4)`; nothing for the processor, whose name no one asks for. */
function namesOf(devices: readonly Device[]): string {
  if (devices.every(({ kind }) => kind === "cpu")) return "";
  const counts = new Map<string, number>();
  for (const { name } of devices) counts.set(name, (counts.get(name) ?? 0) + 1);
  return ` (${[...counts].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`)).join(", ")})`;
}

function nothingFits(wish: ComputeWish, device: DeviceWish, found: Discovery, reports: readonly EngineReport[]): Error {
  const { kind } = device;
  if (kind === "cuda" || kind === "webgpu") {
    const problem = found.problems.find((one) => one.kind === kind);
    const name = kind === "cuda" ? "CUDA" : "WebGPU";
    if (problem !== undefined) return new UsageError(`no ${name} device: ${problem.problem}`, problem.remedy);
    if (!found.devices.some((one) => one.kind === kind)) {
      const hint = `without one, leave out --device ${wish.device} or say --device cpu`;
      return new UsageError(`no ${name} device: ${kind === "cuda" ? "nvidia-smi lists none" : "none was found"}`, hint);
    }
    const engines = wish.engine === "auto" ? "no engine here computes" : `engine ${wish.engine} does not compute`;
    return new UsageError(`${engines} on ${kind}${missingOf(reports)}`, remedyOf(wish.engine, kind));
  }
  const report = reports.find(({ id }) => id === wish.engine);
  if (report !== undefined && !report.found) {
    const remedy = report.remedy === null ? "" : `; run \`${report.remedy}\``;
    return new EngineError(`engine ${report.id} does not work here: ${report.missing}${remedy}`);
  }
  return new EngineError(`no engine works here${missingOf(reports)}`);
}

function missingOf(reports: readonly EngineReport[]): string {
  const missing = reports.flatMap(({ id, missing }) => (missing === null ? [] : [`${id}: ${missing}`]));
  return missing.length === 0 ? "" : ` (${missing.join("; ")})`;
}

function remedyOf(engine: ComputeWish["engine"], kind: DeviceKind): string {
  if (engine === "reference") return "the reference engine computes on the cpu alone; use another one";
  if (kind !== "cuda") return "use `--engine onnx`";
  return `run \`xferc engine install ${engine === "onnx" ? "onnx" : "tensorflow"} --cuda\``;
}
