/** Reads Python wheels: zip archives that list the digest of every file in a RECORD of their own. */

import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, posix } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import Papa from "papaparse";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { UsageError } from "../../../host/errors.js";
import type { FileDigest } from "../manifest.js";

/** Larger files of text are none that a wheel's own description needs. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024;

export interface Wheel {
  readonly file: string;
  /** As PyPI normalizes it: lower case, hyphens. */
  readonly name: string;
  readonly version: string;
  /** For example `cp311-cp311-manylinux_2_27_x86_64`. */
  readonly tags: readonly string[];
  /** Of its METADATA: what it requires, markers included. */
  readonly requires: readonly string[];
  readonly paths: ReadonlySet<string>;
  /** Unpacked size in bytes. */
  sizeOf(path: string): number;
  text(path: string): Promise<string>;
  /** Writes one file and holds it against RECORD. */
  extract(path: string, to: string, options: ExtractOptions): Promise<FileDigest>;
  close(): void;
}

export interface ExtractOptions {
  readonly signal: AbortSignal;
  readonly onBytes?: (count: number) => void;
}

/** @throws UsageError where the file is no wheel or was cut short. */
export async function openWheel(file: string): Promise<Wheel> {
  const zip = await openPromise(file, { autoClose: false, validateEntrySizes: true }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error) throw error;
    throw damaged(file, error);
  });
  try {
    return await read(file, zip);
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function read(file: string, zip: ZipFile): Promise<Wheel> {
  const entries = new Map<string, Entry>();
  try {
    // yauzl refuses absolute paths, drive letters and `..` here.
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  } catch (error) {
    throw damaged(file, error);
  }
  const info = [...entries.keys()].find((path) => /^[^/]+\.dist-info\/RECORD$/.test(path));
  if (info === undefined) throw new UsageError(`${file} is a zip archive but no Python wheel (it has no RECORD)`);
  const text = (path: string) => readText(file, zip, entries.get(path), path);
  const metadata = headersOf(await text(posix.join(posix.dirname(info), "METADATA")));
  const wheel = headersOf(await text(posix.join(posix.dirname(info), "WHEEL")));
  const record = recordOf(await text(info));
  return {
    file,
    name: (metadata.get("name")?.[0] ?? "").toLowerCase().replaceAll(/[-_.]+/g, "-"),
    version: metadata.get("version")?.[0] ?? "",
    tags: wheel.get("tag") ?? [],
    requires: metadata.get("requires-dist") ?? [],
    paths: new Set(entries.keys()),
    sizeOf: (path) => entries.get(path)?.uncompressedSize ?? 0,
    text,
    extract: async (path, to, options) => {
      const entry = entries.get(path);
      if (entry === undefined) throw new UsageError(`${file} has no ${path}`);
      const expected = record.get(path);
      if (expected === undefined) throw new UsageError(`${file}: its RECORD has no digest of ${path}`, FETCH_AGAIN);
      const found = await write(file, zip, entry, to, options);
      if (found.sha256 !== expected) {
        throw new UsageError(`${file} is damaged: ${path} has another digest than RECORD says`, FETCH_AGAIN);
      }
      return found;
    },
    close: () => zip.close(),
  };
}

const FETCH_AGAIN = "download it again";

function damaged(file: string, error: unknown): UsageError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UsageError(
    `${basename(file)} is no whole wheel (${reason}); it was cut short or is something else`,
    FETCH_AGAIN,
  );
}

/** `Name: value` lines up to the first empty one; names in lower case. Good enough for wheels, which fold no lines of interest. */
function headersOf(text: string): ReadonlyMap<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    if (line === "") break;
    const match = /^([\w-]+):\s*(.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const name = match[1].toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), match[2]]);
  }
  return headers;
}

/** Hexadecimal SHA-256 of every file that has one; RECORD writes it in base64 for addresses, without padding. */
function recordOf(text: string): ReadonlyMap<string, string> {
  const { data } = Papa.parse<string[]>(text, { skipEmptyLines: true });
  return new Map(
    data.flatMap(([path = "", digest = ""]) =>
      digest.startsWith("sha256=")
        ? [[path, Buffer.from(digest.slice("sha256=".length), "base64url").toString("hex")] as const]
        : [],
    ),
  );
}

async function readText(file: string, zip: ZipFile, entry: Entry | undefined, path: string): Promise<string> {
  if (entry === undefined) throw new UsageError(`${file} is no Python wheel: it has no ${path}`);
  if (entry.uncompressedSize > MAX_TEXT_BYTES) throw new UsageError(`${file}: ${path} is too large for a text`);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    throw damaged(file, error);
  }
}

async function write(
  file: string,
  zip: ZipFile,
  entry: Entry,
  to: string,
  { signal, onBytes }: ExtractOptions,
): Promise<FileDigest> {
  await mkdir(dirname(to), { recursive: true });
  const hash = createHash("sha256");
  let bytes = 0;
  const digest = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes?.(chunk.length);
      done(null, chunk);
    },
  });
  let source: Awaited<ReturnType<ZipFile["openReadStreamPromise"]>>;
  try {
    source = await zip.openReadStreamPromise(entry);
  } catch (error) {
    throw damaged(file, error);
  }
  try {
    await pipeline(source, digest, createWriteStream(to), { signal });
  } catch (error) {
    signal.throwIfAborted();
    // What the disk complains of has a path; the rest is the archive's.
    if (error instanceof Error && "syscall" in error) throw error;
    throw damaged(file, error);
  }
  return { bytes, sha256: hash.digest("hex") };
}
