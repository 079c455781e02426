/** Whether a wheel is one for this machine and this wish; what is wrong with it otherwise. */

import { UsageError } from "../../../host/errors.js";
import type { Machine, Platform, Variant } from "./platform.js";
import { VERSION_RANGE } from "./platform.js";
import type { Wheel } from "./wheel.js";

/** @throws UsageError where it is another package, or built for another system. */
export function checkTensorflowWheel(wheel: Wheel, platform: Platform, machine: Machine, variant: Variant): void {
  const { cpu, cuda } = platform.packages;
  const wanted = variant === "cuda" ? cuda : cpu;
  if (wheel.name !== wanted) {
    const hint =
      wheel.name === cuda
        ? `this is the CUDA build: add --cuda, or give a wheel of ${cpu}`
        : wheel.name === cpu && cuda !== undefined
          ? `this is the CPU build: leave --cuda out, or give a wheel of ${cuda}`
          : `give a wheel of ${wanted}`;
    throw new UsageError(`${wheel.file} is a wheel of ${wheel.name || "an unnamed package"}, not of ${wanted}`, hint);
  }
  checkSystem(wheel, platform, machine);
}

/** @throws UsageError where none of the wheel's tags is for this machine. What Python it is for does not matter. */
export function checkSystem(wheel: Wheel, platform: Platform, machine: Machine): void {
  const systems = wheel.tags.map((tag) => tag.split("-").at(-1) ?? "");
  const problems = systems.map((system) => problemOf(system, platform, machine));
  if (problems.includes(undefined)) return;
  throw new UsageError(
    `${wheel.file} does not fit this machine: ${problems[0] ?? "it names no system"}`,
    `give one for ${platform.tags[0]}`,
  );
}

/** glibc of the tags that have names instead of numbers. */
const LEGACY: { readonly [tag: string]: string } = { manylinux2014: "2.17", manylinux2010: "2.12", manylinux1: "2.5" };
const SYSTEMS: readonly (readonly [start: string, name: string])[] = [
  ["win", "Windows"],
  ["macosx", "macOS"],
  ["musllinux", "Linux with musl"],
  ["manylinux", "Linux"],
  ["linux", "Linux"],
];

function problemOf(system: string, platform: Platform, machine: Machine): string | undefined {
  if (system === "any") return undefined;
  const start = platform.family === "darwin" ? /^macosx_\d+_\d+_/ : /^(manylinux(?:_\d+_\d+|\d+)|linux)_/;
  const match = start.exec(system);
  if (match === null) {
    const other = SYSTEMS.find(([prefix]) => system.startsWith(prefix))?.[1] ?? system;
    return `it is built for ${other}`;
  }
  const architecture = system.slice(match[0].length);
  if (!platform.architectures.includes(architecture)) {
    return `it is built for ${architecture}, this is ${platform.architectures[0]}`;
  }
  const many = match[1] ?? "";
  const needed = LEGACY[many] ?? /^manylinux_(\d+)_(\d+)$/.exec(many)?.slice(1).join(".");
  if (needed !== undefined && machine.glibc !== null && isOlder(machine.glibc, needed)) {
    return `it needs glibc ${needed}, this system has ${machine.glibc}`;
  }
  return undefined;
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}

/** Whether xferc was tried with this version of TensorFlow. */
export function isTried(version: string): boolean {
  const [least = "0", below = "0"] = VERSION_RANGE.split(",").map((bound) => bound.replace(/^[<>=]+/, ""));
  return !isOlder(version, least) && isOlder(version, below);
}

/** What `pip install tensorflow[and-cuda]` would bring besides: NVIDIA's libraries, as pip takes them. */
export function cudaRequirements(wheel: Wheel): readonly string[] {
  return wheel.requires.flatMap((line) => {
    const [requirement = "", marker = ""] = line.split(";");
    const isCuda = requirement.startsWith("nvidia-") && /extra\s*==\s*['"]and-cuda['"]/.test(marker);
    return isCuda ? [requirement.replaceAll(/[\s()]/g, "")] : [];
  });
}
