/** `xferc engine install tensorflow`: obtain, unpack, build, try, publish. Can be interrupted and repeated. */

import { rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { UsageError } from "../../../host/errors.js";
import { packageVersion } from "../../../host/package.js";
import { type Environment, type Installation, listInstallations, tensorflowFolder } from "../location.js";
import { type EngineManifest, MANIFEST_FORMAT } from "../manifest.js";
import {
  ADDON,
  type BindingSources,
  type Compiler,
  compile,
  findBindingSources,
  findCompiler,
  MUTE_ADDON,
  NAPI_VERSION,
} from "./compile.js";
import { digestOf, explained, makeRoom } from "./disk.js";
import { checkSystem, checkTensorflowWheel, cudaRequirements, isTried } from "./fitting.js";
import { withLock } from "./lock.js";
import { type Archive, checkDigest, type ObtainOptions, obtainCuda, obtainTensorflow, readGiven } from "./obtain.js";
import {
  choosePlatform,
  type Machine,
  type Platform,
  TARBALL_VERSION,
  thisMachine,
  VERSION_RANGE,
} from "./platform.js";
import { clearStaging, makeStaging, publish } from "./publish.js";
import type { Report } from "./report.js";
import { type Trial, tryOut } from "./trial.js";
import { type Unpacked, unpackCuda, unpackLibrary, unpackWheel } from "./unpack.js";
import { openWheel, type Wheel } from "./wheel.js";

export interface InstallRequest {
  readonly cwd: string;
  readonly variant: "cpu" | "cuda";
  /** A wheel of TensorFlow or its C library's archive, and for CUDA NVIDIA's wheels; obtained unless given. */
  readonly given: readonly string[];
  /** What the archive with TensorFlow must have; hexadecimal. */
  readonly sha256: string | undefined;
  /** Whether what is there already is taken, when it is whole. */
  readonly existing: "keep" | "replace";
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Stand in for the real ones in tests. */
  readonly machine?: Machine;
  readonly tryOut?: typeof tryOut;
}

export interface Installed {
  readonly outcome: "installed" | "already";
  readonly installation: Installation;
  /** On disk, in bytes. */
  readonly size: number;
  /** Of the trial; undefined where nothing was installed. */
  readonly trial: Trial | undefined;
}

/** Enough for download, unpacked libraries and a margin. */
const ROOM = { cpu: 1_600_000_000, cuda: 10_000_000_000 };

/** @throws UsageError with a remedy; or what the signal was aborted with, after which the same call goes on. */
export async function installTensorflow(request: InstallRequest): Promise<Installed> {
  const machine = request.machine ?? thisMachine();
  const platform = choosePlatform(machine, request.variant);
  const sources = await findBindingSources();
  const compiler = await findCompiler({ ...request, platform });
  const root = tensorflowFolder(request.environment);
  await makeRoom(root, 0);
  const onWait = (lock: string) =>
    request.report.step("wait", `another installation is going on; waiting for it (if none is, delete ${lock})`);
  return explained(root, () =>
    withLock(root, { signal: request.signal, onWait }, async () => {
      const archives = await readGiven(request.given, request.cwd, request.signal);
      if (request.existing === "keep") {
        const found = await findExisting(request, platform, archives);
        if (found !== undefined)
          return { outcome: "already", installation: found, size: sizeOf(found.manifest), trial: undefined };
      }
      return install({ request, machine, platform, sources, compiler, root, archives });
    }),
  );
}

interface Work {
  readonly request: InstallRequest;
  readonly machine: Machine;
  readonly platform: Platform;
  readonly sources: BindingSources;
  readonly compiler: Compiler;
  /** Where installations of TensorFlow lie. */
  readonly root: string;
  readonly archives: readonly Archive[];
}

async function install(work: Work): Promise<Installed> {
  const { request, root } = work;
  if (work.archives.length === 0) await makeRoom(root, ROOM[request.variant]);
  const staging = await makeStaging(root);
  try {
    const gathered = await gather(work, staging);
    const trial = await build(work, staging, gathered);
    request.report.step("publish", "writing its manifest");
    for (const path of ["build", ...gathered.unpacked.scaffold])
      await rm(join(staging, path), { recursive: true, force: true });
    const manifest = await describe(work, staging, gathered, trial);
    const installation = await publish(root, staging, idOf(manifest), manifest);
    await rm(downloadsOf(root), { recursive: true, force: true });
    return { outcome: "installed", installation, size: sizeOf(manifest), trial };
  } finally {
    await clearStaging(root);
    // Only where it is empty.
    await rmdir(downloadsOf(root)).catch(() => undefined);
  }
}

/** Downloads outlive an interruption or a failed build; a whole wheel is then not fetched again. */
const downloadsOf = (root: string) => join(root, ".downloads");

interface Gathered {
  readonly unpacked: Unpacked;
  readonly cudaFiles: Unpacked["files"];
  readonly archives: readonly Archive[];
}

async function gather(work: Work, staging: string): Promise<Gathered> {
  const { request, platform, root } = work;
  const { report, signal, environment } = request;
  const options: ObtainOptions = { ...request, platform, downloads: downloadsOf(root) };
  const context = { folder: staging, platform, environment, signal, report };
  const wheels: Wheel[] = [];
  try {
    const given = await Promise.all(work.archives.map((archive) => opened(archive, wheels)));
    const main = mainOf(given) ?? (await opened(await obtainTensorflow(options), wheels));
    if (request.sha256 !== undefined) await checkDigest(main.archive, request.sha256);
    if (main.wheel === undefined) {
      report.step("unpack", `unpacking ${basename(main.archive.file)}`);
      const unpacked = await unpackLibrary(main.archive.file, context);
      if (request.variant === "cuda") {
        report.note(`TensorFlow ${TARBALL_VERSION} needs CUDA 12.5 and cuDNN 9.3 from the system`);
      }
      return { unpacked, cudaFiles: new Map(), archives: [main.archive] };
    }
    checkTensorflowWheel(main.wheel, platform, work.machine, request.variant);
    if (!isTried(main.wheel.version))
      report.note(`xferc was tried with TensorFlow ${VERSION_RANGE}, not with ${main.wheel.version}`);
    const cuda = request.variant === "cuda" ? await cudaWheels(work, main.wheel, given, options, wheels) : [];
    report.step("unpack", `unpacking ${basename(main.archive.file)} and holding it against its digests`);
    const sources = work.sources.files;
    const unpacked = await unpackWheel(main.wheel, sources, context);
    const cudaFiles = await unpackCuda(
      cuda.map(({ wheel }) => wheel),
      context,
    );
    return { unpacked, cudaFiles, archives: [main.archive, ...cuda.map(({ archive }) => archive)] };
  } finally {
    for (const wheel of wheels) wheel.close();
  }
}

interface Opened {
  readonly archive: Archive;
  /** Undefined for the C library's archive. */
  readonly wheel: Wheel | undefined;
}

async function opened(archive: Archive, wheels: Wheel[]): Promise<Opened> {
  if (archive.kind === "tarball") return { archive, wheel: undefined };
  const wheel = await openWheel(archive.file);
  wheels.push(wheel);
  return { archive, wheel };
}

const isNvidia = ({ wheel }: Opened) => wheel?.name.startsWith("nvidia-") === true;

/** The one that holds TensorFlow. @throws UsageError where there are several, or only others. */
function mainOf(given: readonly Opened[]): Opened | undefined {
  const main = given.filter((one) => !isNvidia(one));
  if (main.length > 1) {
    throw new UsageError(
      `${main.map(({ archive }) => basename(archive.file)).join(" and ")}: TensorFlow is given more than once`,
      "give one of them; further --wheel are for NVIDIA's libraries",
    );
  }
  return main[0];
}

async function cudaWheels(
  work: Work,
  main: Wheel,
  given: readonly Opened[],
  options: ObtainOptions,
  wheels: Wheel[],
): Promise<readonly { readonly archive: Archive; readonly wheel: Wheel }[]> {
  const have = given.filter(isNvidia);
  const names = new Set(have.map(({ wheel }) => wheel?.name));
  const missing = cudaRequirements(main).filter((requirement) => !names.has(/^[\w-]+/.exec(requirement)?.[0]));
  const fetched = await Promise.all((await obtainCuda(missing, options)).map((archive) => opened(archive, wheels)));
  return [...have, ...fetched].flatMap(({ archive, wheel }) => {
    if (wheel === undefined) return [];
    checkSystem(wheel, work.platform, work.machine);
    return [{ archive, wheel }];
  });
}

async function build(work: Work, staging: string, { unpacked }: Gathered): Promise<Trial> {
  const { request, platform, sources, compiler, root } = work;
  const { environment, signal, report } = request;
  report.step("build", `building the binding with ${compiler.version}`);
  const { libraries, includes } = unpacked;
  const log = join(root, "build.log");
  await compile({ folder: staging, sources, compiler, libraries, includes, platform, environment, signal, log });
  await rm(log, { force: true });
  report.step("try", "trying it with a training step");
  return (request.tryOut ?? tryOut)({ folder: staging, addon: ADDON, mute: MUTE_ADDON, environment, signal });
}

async function describe(work: Work, staging: string, gathered: Gathered, trial: Trial): Promise<EngineManifest> {
  const files = new Map([...gathered.unpacked.files, ...gathered.cudaFiles]);
  for (const addon of [ADDON, MUTE_ADDON]) files.set(addon, await digestOf(join(staging, addon)));
  return {
    format: MANIFEST_FORMAT,
    engine: "tensorflow",
    tensorflow: trial.version,
    cuda: work.request.variant === "cuda",
    platform: work.platform.name,
    napi: NAPI_VERSION,
    addon: ADDON,
    mute: MUTE_ADDON,
    files: Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
    origins: gathered.archives.map(({ origin }) => origin),
    builtWith: {
      xferc: packageVersion(),
      node: process.versions.node,
      binding: work.sources.version,
      compiler: work.compiler.version,
    },
    installedAt: new Date().toISOString(),
  };
}

function idOf({ tensorflow, cuda, platform }: EngineManifest): string {
  return `${tensorflow}-${cuda ? "cuda" : "cpu"}-${platform}`;
}

const sizeOf = (manifest: EngineManifest) => Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);

/** An installation of the same kind (and of the given archive) whose every digest is still right. */
async function findExisting(
  { environment, variant, report, signal }: InstallRequest,
  platform: Platform,
  archives: readonly Archive[],
): Promise<Installation | undefined> {
  for (const { id, folder, manifest, problem } of await listInstallations(environment)) {
    if (manifest === undefined || problem !== null) {
      if (problem !== null && manifest?.platform === platform.name) report.note(`${folder}: ${problem}`);
      continue;
    }
    const origins = new Set(manifest.origins.map(({ sha256 }) => sha256));
    if (manifest.cuda !== (variant === "cuda")) continue;
    if (!archives.every(({ origin }) => origins.has(origin.sha256))) continue;
    report.step("check", `holding ${id} against its digests`);
    const broken = await firstBroken(folder, manifest, signal);
    if (broken === undefined) return { id, folder, manifest };
    report.note(`${join(folder, broken)} was changed since it was installed; installing again`);
  }
  return undefined;
}

async function firstBroken(folder: string, manifest: EngineManifest, signal: AbortSignal): Promise<string | undefined> {
  for (const [path, { sha256 }] of Object.entries(manifest.files)) {
    if ((await digestOf(join(folder, path), signal)).sha256 !== sha256) return path;
  }
  return undefined;
}
