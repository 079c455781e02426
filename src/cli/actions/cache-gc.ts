/** `xferc cache gc`. */

import { relative } from "node:path";
import { counted } from "../../compiler/counted.js";
import { printable } from "../../compiler/render/width.js";
import { type Collected, type CollectPlan, collect, planCollection } from "../../runtime/cache/collect.js";
import { findCache } from "../../runtime/cache/place.js";
import { computersIn, type Reach, reachOf } from "../../runtime/cache/reach.js";
import { type ActionFile, type CacheFile, scanCache } from "../../runtime/cache/scan.js";
import { UsageError } from "../../runtime/host/index.js";
import { nodeFileSystem } from "../../runtime/store/filesystem.js";
import { bytes, duration } from "../../runtime/ui/format.js";
import { type Busy, whileBusy } from "../busy.js";
import { studyFiles } from "../files.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";
import { studyOptions } from "../study-options.js";
import { columns } from "../table.js";
import type { CacheFlags } from "./cache.js";
import { explained } from "./cache.js";

export interface GcFlags extends CacheFlags {
  readonly plan?: true;
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly data?: readonly string[];
}

export async function gcCommand(io: Io, globs: readonly string[], flags: GcFlags): Promise<ExitCode> {
  const { cache, host } = await findCache({ cwd: io.cwd, environment: io.env, cache: flags.cache });
  const everywhere = relative(io.cwd, host.root);
  const patterns = globs.length > 0 ? globs : [everywhere === "" ? "**/*.xfer" : `${everywhere}/**/*.xfer`];
  const files = await studyFiles(io, patterns).catch((error: unknown) => {
    if (globs.length > 0 || !(error instanceof UsageError)) throw error;
    throw new UsageError(
      `there is no study below ${host.root}, so nothing in the cache would be kept`,
      "name the studies that count, or delete the cache's folder if none does",
    );
  });
  const { reach, plan, done } = await whileBusy(io, `reading ${cache}`, (busy) =>
    collected(io, cache, files, flags, busy),
  );
  print(
    io,
    flags.format === "json" ? JSON.stringify(asJson(cache, reach, plan, done), null, 2) : asText(reach, plan, done),
  );
  return EXIT.success;
}

async function collected(io: Io, cache: string, files: readonly string[], flags: GcFlags, busy: Busy) {
  const { actions } = await explained(cache, () => scanCache(cache, nodeFileSystem));
  busy.at(`planning ${counted(files.length, "study", "studies")}`);
  const studies = files.map((file) => studyOptions(io, file, { cache, data: flags.data ?? [] }));
  const reach = await reachOf(studies, computersIn(actions));
  const unclear = new Set(reach.unclear.flatMap(({ ops }) => [...ops]));
  const options = { cache, files: nodeFileSystem, reached: reach.keys, unclear, olderThanMs: flags.olderThan };
  busy.at(`looking through ${cache}`);
  const plan = await explained(cache, () => planCollection(options));
  if (flags.plan) return { reach, plan, done: undefined };
  busy.at(`removing from ${cache}`);
  return { reach, plan, done: await explained(cache, () => collect(plan, options)) };
}

const total = (files: readonly CacheFile[]) => files.reduce((sum, file) => sum + file.bytes, 0);
const cost = (actions: readonly ActionFile[]) =>
  actions.reduce((sum, { manifest }) => sum + (manifest?.seconds ?? 0), 0);

function asJson(
  cache: string,
  reach: Reach,
  { garbage, kept, live }: CollectPlan,
  done: Collected | undefined,
): object {
  const { actions, blobs, leftovers } = garbage;
  return {
    cache,
    studies: reach.studies,
    profiles: reach.profiles,
    reached: reach.keys.size,
    unclear: reach.unclear.map(({ study, unknown }) => ({ study, unknown })),
    liveRuns: live.runs,
    kept,
    garbage: {
      results: actions.map(({ key, bytes: size, manifest }) => ({
        key,
        op: manifest?.op ?? null,
        label: manifest?.label ?? null,
        study: manifest?.by.study ?? null,
        bytes: size + Object.values(manifest?.outputs ?? {}).reduce((sum, ref) => sum + ref.bytes, 0),
        seconds: manifest?.seconds ?? null,
      })),
      bytes: total(actions) + total(blobs) + total(leftovers),
      recomputeSeconds: cost(actions),
      leftovers: leftovers.length,
    },
    collected: done ?? null,
  };
}

function asText(reach: Reach, { garbage, kept, live }: CollectPlan, done: Collected | undefined): string {
  const { actions, blobs, leftovers } = garbage;
  const profiles = reach.profiles === 0 ? "" : ` and ${counted(reach.profiles, "profile")}`;
  const lines = [
    `${counted(reach.keys.size, "node")} reached by ${counted(reach.studies, "study", "studies")}${profiles}`,
    `kept: ${counted(kept.results, "result")}, ${bytes(kept.bytes)}`,
  ];
  lines.push(...unclearLines(reach, kept.unclear));
  if (kept.young > 0) lines.push(`  ${kept.young} of them no study reaches, but they are too young to go`);
  if (live.runs > 0) lines.push(`${counted(live.runs, "run")} at work: what their plans name is kept, too`);
  const size = total(actions) + total(blobs) + total(leftovers);
  if (size === 0 && actions.length === 0) return [...lines, "Nothing to remove."].join("\n");
  const again = actions.length === 0 ? "" : `, ${duration(cost(actions))} to compute again`;
  lines.push(`no longer needed: ${counted(actions.length, "result")}, ${bytes(total(actions) + total(blobs))}${again}`);
  lines.push(...byOperation(actions));
  if (leftovers.length > 0) lines.push(`left behind: ${counted(leftovers.length, "file")}, ${bytes(total(leftovers))}`);
  if (done === undefined) lines.push("Nothing was removed (--plan).");
  else lines.push(`Removed ${counted(done.results, "result")}, ${bytes(done.bytes)} in all.`);
  return lines.join("\n");
}

/** Studies that could not be planned whole, and what that costs. */
function unclearLines({ unclear }: Reach, kept: number): readonly string[] {
  if (unclear.length === 0) return [];
  const each = unclear.map(
    ({ study, unknown }) =>
      `  ${printable(study)}: neither ${unknown.map(printable).join(", ")} nor its study.lock.json is here`,
  );
  return [
    `  ${kept} of them may be needed by ${unclear.length === 1 ? "a study" : "studies"} that cannot be planned whole:`,
    ...each.map((line) => `  ${line}`),
    "    to tell: put the files where `xferc plan` looks (--data NAME=DIR), the lock of a run beside the study, or name the studies that count",
  ];
}

function byOperation(actions: readonly ActionFile[]): readonly string[] {
  const groups = new Map<string, ActionFile[]>();
  for (const action of actions) {
    const op = action.manifest?.op ?? "unreadable";
    groups.set(op, [...(groups.get(op) ?? []), action]);
  }
  const rows = [...groups]
    .sort(([, a], [, b]) => cost(b) - cost(a))
    .map(([op, group]) => ["", op, String(group.length), duration(cost(group))]);
  return columns(rows, ["left", "left", "right", "right"]);
}
