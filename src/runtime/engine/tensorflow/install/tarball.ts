/** TensorFlow's official C library: an archive at a known address with a known digest. */

import { createWriteStream } from "node:fs";
import { mkdir, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isBelow } from "../../../host/data-roots.js";
import { UsageError } from "../../../host/errors.js";
import { howToInstall, type Platform, TARBALL_VERSION, type Tarball } from "./platform.js";
import { runProgram, tail } from "./process.js";
import type { Report } from "./report.js";

const HOST = "https://storage.googleapis.com/tensorflow";

export function tarballAddress(tarball: Tarball, host = HOST): string {
  return `${host.replace(/\/$/, "")}/versions/${TARBALL_VERSION}/${tarball.file}`;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly report: Report;
}

/**
 * Downloads to `file`, going on where an earlier attempt was interrupted. A server that cannot go on sends the whole
 * file again. @throws Error with a sentence about what went wrong.
 */
export async function fetchResumed(address: string, file: string, { signal, report }: FetchOptions): Promise<void> {
  const partial = `${file}.part`;
  const have = await stat(partial).then(
    ({ size }) => size,
    () => 0,
  );
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  const response = await fetch(address, { headers, signal, redirect: "follow" }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new Error(reasonOf(error));
  });
  // 416: nothing is left to send. Whether what is here is right, its digest tells.
  if (response.status === 416 && have > 0) {
    await response.body?.cancel();
    await rename(partial, file);
    return;
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
  }
  const goesOn = response.status === 206;
  let done = goesOn ? have : 0;
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const total = Number.isFinite(length) ? done + length : undefined;
  const body = Readable.fromWeb(response.body);
  body.on("data", (chunk: Uint8Array) => {
    done += chunk.length;
    report.progress(done, total);
  });
  try {
    await pipeline(body, createWriteStream(partial, { flags: goesOn ? "a" : "w" }), { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && "syscall" in error && "path" in error) throw error;
    throw new Error(`${reasonOf(error)}; the same command goes on from here`);
  }
  if (total !== undefined && done !== total) throw new Error(`the download ended after ${done} of ${total} bytes`);
  await rename(partial, file);
}

/** `fetch` hides why it failed in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}

export interface UnpackOptions {
  readonly platform: Platform;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly signal: AbortSignal;
}

export interface UnpackedTarball {
  /** Absolute. */
  readonly include: string;
  /** Absolute paths of the libraries, under the names they are loaded by. */
  readonly libraries: readonly string[];
}

/** Unpacks into a folder of its own, and gives each library the one name that programs load it by. */
export async function unpackTarball(file: string, folder: string, options: UnpackOptions): Promise<UnpackedTarball> {
  await mkdir(folder, { recursive: true });
  const ran = await runProgram("tar", ["-xzf", file, "-C", folder, "--no-same-owner"], options);
  if (ran.kind === "missing") {
    throw new UsageError("there is no tar here to unpack the archive", howToInstall("tar", options.platform.family));
  }
  if (ran.kind === "failed") {
    if (/No space left/i.test(ran.output)) throw Object.assign(new Error(ran.output), { code: "ENOSPC" });
    throw new UsageError(`${basename(file)} cannot be unpacked (${tail(ran.output, 1)})`, "download it again");
  }
  const include = join(folder, "include");
  const lib = join(folder, "lib");
  const names: readonly string[] = await readdir(lib).catch(() => []);
  const libraries: string[] = [];
  for (const stem of ["libtensorflow", "libtensorflow_framework"]) {
    const wanted = options.platform.family === "darwin" ? `${stem}.2.dylib` : `${stem}.so.2`;
    const source = [wanted, ...names].find((name) =>
      name === wanted ? names.includes(name) : name.startsWith(`${stem}.`),
    );
    if (source === undefined) {
      throw new UsageError(`${basename(file)} has no lib/${wanted}`, "give TensorFlow's C library, or a wheel");
    }
    const real = await realpath(join(lib, source));
    if (!isBelow(real, await realpath(folder)))
      throw new UsageError(`${basename(file)}: lib/${source} leads out of it`);
    const place = join(lib, wanted);
    if (real !== place) {
      await rm(place, { force: true });
      await rename(real, place);
    }
    libraries.push(place);
  }
  return { include, libraries };
}
