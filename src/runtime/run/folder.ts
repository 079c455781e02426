/** The run folder: `runs/<study>/<time>-<id>/`, the place every run leaves what it was and what came out. */

import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { UsageError } from "../host/errors.js";
import { portableName } from "../host/file-names.js";
import { readJournal } from "../journal/journal.js";
import { explainSystemError, StoreError } from "../store/errors.js";
import { codeOf } from "../store/filesystem.js";
import { isGone } from "./host.js";

export interface RunFolder {
  /** `2026-11-23T09-30-00-1a2b3c`. */
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  write(name: string, content: string | Uint8Array): void;
  /** Writes pieces one after the other, for what is too long for one string. */
  writePieces(name: string, pieces: Iterable<string>): void;
}

export interface RunFolderOptions {
  readonly cwd: string;
  readonly study: string;
  /** `--out`, as given. */
  readonly out: string | undefined;
  readonly now: Date;
}

/** What a run leaves besides single files. */
const WRITTEN_FOLDERS = ["study", "plugins", "report", "figures", "tables"];

/** A run that goes on says something about every second. */
const STILL_WRITING_MS = 5000;

/** Time stamps are coarser than clocks on some systems. */
const CLOCK_SLACK_MS = 2000;

/** Characters gathered before they are written. */
const PIECE_LENGTH = 1 << 20;

/** Makes the folder, so that a run that could not be written fails before it has computed anything. */
export function createRunFolder(options: RunFolderOptions): RunFolder {
  const id = `${options.now.toISOString().slice(0, 19).replaceAll(":", "-")}-${randomBytes(3).toString("hex")}`;
  const path =
    options.out === undefined
      ? join(options.cwd, "runs", portableName(options.study), id)
      : resolve(options.cwd, options.out);
  if (options.out !== undefined) takeFolder(path, options.out, options.study);
  guarded(path, () => makeFolder(path));
  const place = (name: string): string => {
    const target = resolve(path, name);
    if (relative(path, target).startsWith("..")) throw new Error(`internal error: ${name} leads out of the run folder`);
    mkdirSync(dirname(target), { recursive: true });
    return target;
  };
  return {
    id,
    path,
    write: (name, content) => guarded(path, () => writeFileSync(place(name), content)),
    writePieces: (name, pieces) =>
      guarded(path, () => {
        const target = place(name);
        writeFileSync(target, "");
        let pending = "";
        for (const piece of pieces) {
          pending += piece;
          if (pending.length < PIECE_LENGTH) continue;
          appendFileSync(target, pending);
          pending = "";
        }
        appendFileSync(target, pending);
      }),
  };
}

/**
 * A folder the user named: new, or one where this study came to no good end, so that the same command goes on there.
 * @throws UsageError
 */
function takeFolder(path: string, shown: string, study: string): void {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) return;
  if (!kind.isDirectory()) throw new UsageError(`${shown} is no folder`, "choose another one with --out");
  const journal = join(path, "events.ndjson");
  const written = statSync(journal, { throwIfNoEntry: false });
  // Empty: the disk was full before anything else could be written.
  if (written === undefined || written.size === 0) return;
  const events = readJournal(journal);
  const started = events.findLast((event) => event.type === "run.started");
  const last = events.at(-1);
  const complete = last?.type === "run.finished" && last.failed === 0;
  if (complete || started?.study !== study) {
    throw new UsageError(
      `${shown} holds another run`,
      "choose a new folder with --out, or leave it out; results are taken from the cache in any case",
    );
  }
  const killed = started.by !== undefined && isGone(started.by);
  const ended = last?.type === "run.finished" || last?.type === "run.interrupted" || killed;
  const age = clockIn(path) - written.mtimeMs;
  // In the future: the clock was set back since, and says nothing.
  if (!ended && age >= -CLOCK_SLACK_MS && age < STILL_WRITING_MS) {
    throw new UsageError(
      `another run is writing into ${shown}`,
      "let it end, or choose another folder with --out; if it was killed, try again in a few seconds",
    );
  }
  // The journal stays and is continued; what it wrote is written again, and nothing of it may be left over.
  for (const name of WRITTEN_FOLDERS) rmSync(join(path, name), { recursive: true, force: true });
}

/** By the clock that stamps files there: a file server's may be hours off. */
function clockIn(folder: string): number {
  const probe = join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    writeFileSync(probe, "");
    return statSync(probe).mtimeMs;
  } catch {
    // It cannot be written to; whoever writes the first file says so.
    return Date.now();
  } finally {
    rmSync(probe, { force: true });
  }
}

/** On a read-only file system Node says ENOENT for a folder with parents; the plain call tells the truth. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    mkdirSync(path);
  }
}

function guarded(folder: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw inRunFolder(error, folder);
  }
}

/** A full or read-only disk under the run folder; what is computed is in the cache and stays there. */
export function inRunFolder(error: unknown, folder: string): unknown {
  const explained = explainSystemError(error, folder);
  if (!(explained instanceof StoreError)) return explained;
  const message = explained.message
    .replace("The cache ", "")
    .replace("the cache ", "")
    .replace(/--cache DIR( or XFERC_CACHE)?/, "--out DIR");
  return new StoreError(explained.problem, message);
}
