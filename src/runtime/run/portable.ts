/**
 * Paths as they may leave this machine: relative to the project, and without a word of what lies outside of it. Whatever
 * a run folder, a lock or a crate says of files, it says so.
 */

import { createHash } from "node:crypto";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isBelow } from "../host/data-roots.js";
import { absolutePath, BUNDLED } from "../host/files.js";
import { bundledStudy } from "../host/package.js";
import { hubFileOf } from "../hub/index.js";

export interface PortablePlace {
  readonly cwd: string;
  /** The study, as the user named it. */
  readonly study: string;
  /** The project's folder; absolute. */
  readonly root: string;
}

const OUTSIDE = "outside";
const BUNDLED_COPY = "xfer-bundled/bundled.xfer";

/** Where a study's file lies in a run folder's `study/`: its path in the project. @param file as the compiler names it */
export function studyPath(file: string, place: Pick<PortablePlace, "cwd" | "root">): string {
  const whole = absolutePath(file, place.cwd);
  if (whole === bundledStudy) return BUNDLED_COPY;
  return slashed(relative(place.root, homePath(whole, place.root)));
}

/** In the project, or where a file of elsewhere is kept beside it: under its own name and a mark that tells it apart. */
function homePath(whole: string, root: string): string {
  if (isBelow(whole, root)) return whole;
  return join(root, OUTSIDE, `${mark(whole)}_${basename(whole)}`);
}

/** Where a declaration stands, relative to the study's folder. */
export function portableFile(declaredIn: string, place: PortablePlace): string {
  const whole = absolutePath(declaredIn, place.cwd);
  if (whole === bundledStudy) return BUNDLED;
  return slashed(relative(dirname(resolve(place.cwd, place.study)), homePath(whole, place.root)));
}

interface Declared {
  readonly path: string;
  readonly declaredIn: string;
}

/** A data set or checkpoint, its declaration and its place said so that the words mean the same on any machine. */
export function portable<T extends Declared>(declared: T, place: PortablePlace): T {
  const path = portablePath(declared, place);
  const moved = { ...declared, path, declaredIn: portableFile(declared.declaredIn, place) };
  return "adapter" in moved ? { ...moved, adapter: withPath(moved.adapter, path) } : moved;
}

/** An adapter that is told its path has it among its parameters. */
function withPath(adapter: unknown, path: string): unknown {
  if (typeof adapter !== "object" || adapter === null || !("params" in adapter)) return adapter;
  const { params } = adapter;
  if (typeof params !== "object" || params === null || !("path" in params)) return adapter;
  return { ...adapter, params: { ...params, path } };
}

function portablePath({ path, declaredIn }: Declared, { cwd, root }: PortablePlace): string {
  const declared = absolutePath(declaredIn, cwd);
  // said before, beside the bundled study, or on a hub: the same everywhere
  if (path.startsWith(`${OUTSIDE}:`) || declared === bundledStudy || hubFileOf(path) !== undefined) return path;
  const whole = resolve(dirname(declared), path);
  if (!isBelow(whole, root)) return `${OUTSIDE}:${mark(whole)}`;
  return isAbsolute(path) ? slashed(relative(dirname(declared), whole)) : path;
}

/** Tells paths apart and says nothing of them. */
function mark(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 8);
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}
