/** `xferc cache ls`, `du` and `verify`. */

import { join } from "node:path";
import { counted } from "../../compiler/counted.js";
import { printable } from "../../compiler/render/width.js";
import { type Result, resultsOf, type Share, usageOf } from "../../runtime/cache/contents.js";
import { findCache } from "../../runtime/cache/place.js";
import { scanCache } from "../../runtime/cache/scan.js";
import { type Verdict, verifyCache } from "../../runtime/cache/verify.js";
import { explainSystemError } from "../../runtime/store/errors.js";
import { clockOf, nodeFileSystem } from "../../runtime/store/filesystem.js";
import { Layer } from "../../runtime/store/layer.js";
import { bytes, duration } from "../../runtime/ui/format.js";
import { whileBusy } from "../busy.js";
import { openProgress } from "../engine-progress.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";
import { columns } from "../table.js";

export interface CacheFlags {
  readonly cache?: string;
  readonly format: "text" | "json";
}

export async function lsCommand(io: Io, flags: CacheFlags): Promise<ExitCode> {
  const { cache } = await findCache({ cwd: io.cwd, environment: io.env, cache: flags.cache });
  const scan = await whileBusy(io, `reading ${cache}`, () => explained(cache, () => scanCache(cache, nodeFileSystem)));
  const results = resultsOf(scan, await ageClock(cache));
  if (flags.format === "json") print(io, JSON.stringify({ cache, results }, null, 2));
  else if (results.length === 0) print(io, `there is nothing in ${cache}`);
  else print(io, listing(results));
  return EXIT.success;
}

function listing(results: readonly Result[]): string {
  const head = ["key", "operation", "size", "took", "age", "engine", "host", "study", "label"];
  const rows = results.map((one) => [
    one.key.slice(0, 12),
    one.op,
    bytes(one.bytes),
    duration(one.seconds),
    duration(one.ageSeconds),
    one.by.engine ?? "",
    one.by.host,
    one.study ?? "",
    one.label ?? "",
  ]);
  const aligns = ["left", "left", "right", "right", "right", "left", "left", "left", "left"] as const;
  return columns([head, ...rows.map((row) => row.map(printable))], aligns).join("\n");
}

export async function duCommand(io: Io, flags: CacheFlags): Promise<ExitCode> {
  const { cache } = await findCache({ cwd: io.cwd, environment: io.env, cache: flags.cache });
  const usage = usageOf(
    await whileBusy(io, `reading ${cache}`, () => explained(cache, () => scanCache(cache, nodeFileSystem))),
  );
  if (flags.format === "json") {
    print(io, JSON.stringify({ cache, ...usage }, null, 2));
    return EXIT.success;
  }
  const loose = [
    ["not in any result", usage.loose],
    ["unfinished work", usage.partial],
    ["quarantine", usage.quarantine],
    ["drafts", usage.drafts],
    ["notes", usage.notes],
    ["foreign files", usage.foreign],
  ] as const;
  const others = loose.filter(([, size]) => size > 0).map(([name, size]) => ["", bytes(size), name]);
  const lines = [
    `${cache}: ${bytes(usage.bytes)}`,
    "",
    "by operation",
    ...shareLines(usage.ops),
    "",
    "by study that made it first",
    ...shareLines(usage.studies),
  ];
  if (others.length > 0) lines.push("", "besides", ...columns(others, ["left", "right", "left"]));
  print(io, lines.join("\n"));
  return EXIT.success;
}

function shareLines(shares: readonly Share[]): readonly string[] {
  const rows = shares.map(({ name, results, bytes: size, seconds }) => [
    "",
    bytes(size),
    printable(name),
    counted(results, "result"),
    `${duration(seconds)} to compute`,
  ]);
  return columns(rows, ["left", "right", "left", "right", "right"]);
}

export async function verifyCommand(io: Io, flags: CacheFlags): Promise<ExitCode> {
  const { cache, layers } = await findCache({ cwd: io.cwd, environment: io.env, cache: flags.cache });
  const below = layers.map((layer) => new Layer(layer, nodeFileSystem));
  const progress = openProgress(io.err);
  progress.report.step("check", `reading ${cache}`);
  const verdict = await explained(cache, () =>
    verifyCache({
      cache,
      files: nodeFileSystem,
      isBelow: async (ref) => {
        for (const layer of below) if (await layer.holds(ref).catch(() => false)) return true;
        return false;
      },
      onProgress: (done, total) => progress.report.progress(done, total),
    }),
  ).finally(() => progress.close());
  if (flags.format === "json") print(io, JSON.stringify({ cache, ...verdict }, null, 2));
  else print(io, verdictText(verdict));
  return verdict.damaged.length === 0 ? EXIT.success : EXIT.study;
}

const LISTED = 20;

function verdictText({ results, unsealed, blobs, bytes: size, damaged, foreign }: Verdict): string {
  const lines = damaged.map(({ path, what, outcome }) => `✗ ${printable(path)}: ${what} (${outcome})`);
  if (unsealed > 0) {
    lines.push(
      `· ${counted(unsealed, "result")} of an older version: small numbers in them have no digest to hold them to`,
    );
  }
  lines.push(...foreign.slice(0, LISTED).map((path) => `· ${printable(path)} is not xferc's; it is left alone`));
  if (foreign.length > LISTED) lines.push(`· and ${foreign.length - LISTED} more such files`);
  const read = `${counted(results, "result")} and ${counted(blobs, "file")} (${bytes(size)}) read`;
  if (damaged.length === 0) lines.push(`✓ ${read}: all whole`);
  else lines.push(`✗ ${read}: ${damaged.length} damaged; what is set aside is computed again when it is needed`);
  return lines.join("\n");
}

/** By the clock that stamps files in the cache; by this machine's where nothing can be written there. */
async function ageClock(cache: string): Promise<number> {
  return clockOf(nodeFileSystem, join(cache, "tmp")).catch(() => Date.now());
}

export async function explained<T>(cache: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainSystemError(error, cache);
  }
}
