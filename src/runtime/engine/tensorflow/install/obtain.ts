/** Gets the archives the native library comes in: those given, else through pip, else the official C library. */

import { mkdir, open } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { UsageError } from "../../../host/errors.js";
import type { Environment } from "../location.js";
import type { Origin } from "../manifest.js";
import { digestOf } from "./disk.js";
import { type Attempt, downloadWithPip, pipCommand } from "./pip.js";
import { type Platform, type Variant, VERSION_RANGE } from "./platform.js";
import type { Report } from "./report.js";
import { fetchResumed, tarballAddress } from "./tarball.js";

export interface Archive {
  readonly kind: "wheel" | "tarball";
  /** Absolute. */
  readonly file: string;
  readonly origin: Origin;
}

export interface ObtainOptions {
  readonly platform: Platform;
  readonly variant: Variant;
  /** Where downloads are kept until the installation is done. */
  readonly downloads: string;
  /** What the archive with TensorFlow must have; hexadecimal. */
  readonly sha256: string | undefined;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** @throws UsageError where a file is neither a wheel nor a compressed tar archive. */
async function readArchive(file: string, way: Origin["way"], source: string, signal: AbortSignal): Promise<Archive> {
  const kind = await kindOf(file);
  const { sha256 } = await digestOf(file, signal);
  return { kind, file, origin: { way, source, sha256 } };
}

async function kindOf(file: string): Promise<Archive["kind"]> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 4 && buffer.subarray(0, 2).toString("latin1") === "PK") return "wheel";
    if (bytesRead === 4 && buffer[0] === 0x1f && buffer[1] === 0x8b) return "tarball";
  } finally {
    await handle.close();
  }
  throw new UsageError(
    `${file} is neither a wheel nor a .tar.gz archive`,
    "give a wheel of TensorFlow (pip download), or the official libtensorflow-….tar.gz",
  );
}

/** The archive that holds TensorFlow. @throws UsageError that lists every way tried, and what to do by hand. */
export async function obtainTensorflow(options: ObtainOptions): Promise<Archive> {
  const { platform, variant, report } = options;
  const requirement = `${packageOf(platform, variant)}${VERSION_RANGE}`;
  report.step("obtain", `getting ${requirement} through pip`);
  const downloaded = await downloadWithPip([requirement], { ...options, folder: options.downloads });
  if (downloaded.ok) {
    const [file] = downloaded.files;
    if (file !== undefined) return readArchive(file, "pip", basename(file), options.signal);
  }
  const tried: Attempt[] = downloaded.ok ? [] : [...downloaded.tried];
  const tarball = await obtainTarball(options, tried);
  if (tarball !== undefined) return tarball;
  throw new UsageError(
    [
      "TensorFlow could not be had; this was tried:",
      ...tried.map(({ command, problem }) => `  ${command}\n    ${problem}`),
    ].join("\n"),
    byHand([requirement], platform, variant),
  );
}

/** Undefined where there is none, or it cannot be had; why is added to `tried`. */
async function obtainTarball(options: ObtainOptions, tried: Attempt[]): Promise<Archive | undefined> {
  const { environment, platform, variant, report, signal } = options;
  const tarball = platform.tarballs[variant];
  if (tarball === undefined) return undefined;
  const address = tarballAddress(tarball, environment.XFERC_LIBTENSORFLOW || undefined);
  report.note(`pip gave nothing (${tried.at(-1)?.problem ?? "no file"})`);
  report.step("obtain", `getting ${address}`);
  const file = join(options.downloads, tarball.file);
  await mkdir(options.downloads, { recursive: true });
  try {
    await fetchResumed(address, file, { signal, report });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error) || "code" in error) throw error;
    tried.push({ command: `curl -LO ${address}`, problem: error.message });
    return undefined;
  }
  const archive = await readArchive(file, "download", address, signal);
  // An own digest is checked with all archives; this one is for the address we know.
  if (options.sha256 === undefined) await checkDigest(archive, tarball.sha256);
  return archive;
}

/** NVIDIA's libraries of these requirements. @throws UsageError */
export async function obtainCuda(requirements: readonly string[], options: ObtainOptions): Promise<readonly Archive[]> {
  if (requirements.length === 0) return [];
  options.report.step("obtain", `getting ${requirements.length} CUDA libraries through pip`);
  const downloaded = await downloadWithPip(requirements, { ...options, folder: options.downloads });
  if (downloaded.ok) {
    return Promise.all(downloaded.files.map((file) => readArchive(file, "pip", basename(file), options.signal)));
  }
  throw new UsageError(
    [
      "NVIDIA's libraries could not be had; this was tried:",
      ...downloaded.tried.map(({ problem }) => `  ${problem}`),
    ].join("\n"),
    byHand(requirements, options.platform, "cuda"),
  );
}

/** @throws UsageError, and the file stays where it is for a look at it. */
export async function checkDigest({ file, origin }: Archive, sha256: string): Promise<void> {
  if (origin.sha256 === sha256.toLowerCase()) return;
  throw new UsageError(
    `${file} has SHA-256 ${origin.sha256}, not ${sha256.toLowerCase()}`,
    origin.way === "file"
      ? "download it again, or ask where it comes from"
      : `delete it and run the same command again`,
  );
}

function packageOf(platform: Platform, variant: Variant): string {
  return (variant === "cuda" ? platform.packages.cuda : undefined) ?? platform.packages.cpu;
}

function byHand(requirements: readonly string[], platform: Platform, variant: Variant): string {
  const flag = variant === "cuda" ? " --cuda" : "";
  return [
    "on a machine with a network run",
    `  ${pipCommand(requirements, platform)}`,
    "and here, with every file it gave",
    `  xferc engine install tensorflow${flag} --wheel FILE.whl`,
  ].join("\n");
}

/** The files a user gave, as absolute paths. */
export function readGiven(files: readonly string[], cwd: string, signal: AbortSignal): Promise<readonly Archive[]> {
  return Promise.all(files.map((file) => readArchive(resolve(cwd, file), "file", basename(file), signal)));
}
