/**
 * Takes what is needed out of the archives, in the places it has in a Python installation: TensorFlow's libraries look
 * for NVIDIA's relative to themselves.
 */

import { mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { UsageError } from "../../../host/errors.js";
import type { FileDigest } from "../manifest.js";
import { digestOf, makeRoom } from "./disk.js";
import { HEADER_ROOTS, neededHeaders } from "./headers.js";
import type { Platform } from "./platform.js";
import type { Report } from "./report.js";
import { unpackTarball } from "./tarball.js";
import type { Wheel } from "./wheel.js";

/** Where TensorFlow's libraries lie in an installation. */
export const LIBRARY_FOLDER = "tensorflow";

export interface Unpacked {
  /** Native files by their path relative to the folder. */
  readonly files: ReadonlyMap<string, FileDigest>;
  /** Libraries to link with, relative to the folder. */
  readonly libraries: readonly string[];
  /** Folders of headers; absolute. */
  readonly includes: readonly string[];
  /** Everything only the compiler needs, relative to the folder. */
  readonly scaffold: readonly string[];
}

export interface UnpackContext {
  /** Absolute; private to this installation. */
  readonly folder: string;
  readonly platform: Platform;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** Room for what is compiled and for file systems that count in large blocks. */
const MARGIN = 50_000_000;

/** @throws UsageError where a library is missing from the wheel, or a file is not what RECORD says. */
export async function unpackWheel(wheel: Wheel, sources: readonly string[], context: UnpackContext): Promise<Unpacked> {
  const { folder, platform, report, signal } = context;
  const libraries = platform.libraries.map((name) => `${LIBRARY_FOLDER}/${name}`);
  const missing = libraries.find((path) => !wheel.paths.has(path));
  if (missing !== undefined) {
    throw new UsageError(`${wheel.file} has no ${missing}`, "give a wheel of TensorFlow 2.18 or newer");
  }
  const include = `${LIBRARY_FOLDER}/include`;
  const headers = await neededHeaders(await readAll(sources), {
    has: (path) => wheel.paths.has(`${include}/${path}`),
    read: (path) => wheel.text(`${include}/${path}`),
  });
  const total = libraries.reduce((sum, path) => sum + wheel.sizeOf(path), 0);
  await makeRoom(folder, total + MARGIN);
  const progress = counter(report, total);
  for (const path of headers) await wheel.extract(`${include}/${path}`, join(folder, include, path), { signal });
  const files = new Map<string, FileDigest>();
  for (const path of libraries) {
    files.set(path, await wheel.extract(path, join(folder, path), { signal, onBytes: progress }));
  }
  const includes = HEADER_ROOTS.map((root) => join(folder, include, root));
  return { files, libraries, includes, scaffold: [include] };
}

export async function unpackLibrary(archive: string, context: UnpackContext): Promise<Unpacked> {
  const { folder, signal } = context;
  const unpacked = join(folder, "unpacked");
  const { include, libraries } = await unpackTarball(archive, unpacked, context);
  await mkdir(join(folder, LIBRARY_FOLDER), { recursive: true });
  const files = new Map<string, FileDigest>();
  for (const library of libraries) {
    const path = `${LIBRARY_FOLDER}/${basename(library)}`;
    await rename(library, join(folder, path));
    files.set(path, await digestOf(join(folder, path), signal));
  }
  const includes = HEADER_ROOTS.map((root) => join(include, root));
  return { files, libraries: [...files.keys()], includes, scaffold: ["unpacked"] };
}

/** Shared libraries of NVIDIA's wheels, and beside TensorFlow's a link to each: some of its versions look there only. */
export async function unpackCuda(
  wheels: readonly Wheel[],
  context: UnpackContext,
): Promise<ReadonlyMap<string, FileDigest>> {
  const { folder, report, signal } = context;
  const wanted = wheels.flatMap((wheel) =>
    [...wheel.paths]
      .filter((path) => /^nvidia\/(?:[\w.-]+\/)+lib[\w.+-]*\.so(?:\.[\d.]+)?$/.test(path))
      .map((path) => ({ wheel, path, size: wheel.sizeOf(path) })),
  );
  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  await makeRoom(folder, total + MARGIN);
  const progress = counter(report, total);
  const files = new Map<string, FileDigest>();
  for (const { wheel, path } of wanted) {
    files.set(path, await wheel.extract(path, join(folder, path), { signal, onBytes: progress }));
    const link = join(folder, LIBRARY_FOLDER, basename(path));
    await mkdir(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await symlink(relative(dirname(link), join(folder, path)), link);
  }
  return files;
}

function readAll(files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(files.map((file) => readFile(file, "utf8")));
}

function counter(report: Report, total: number): (count: number) => void {
  let done = 0;
  return (count) => {
    done += count;
    report.progress(done, total);
  };
}
