/** RUN-or-CRATE → the run's folder: named itself, or by an RO-Crate's metadata, its own or of a crate around it. */

import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LOCK_FILE } from "../../compiler/plan/index.js";
import { isBelow } from "../host/data-roots.js";
import { UsageError } from "../host/errors.js";
import { RecordError } from "./errors.js";

const CRATE_FILE = "ro-crate-metadata.json";

/** Files a run folder has at least one of, however old it is and wherever its run was stopped. */
const SIGNS = [LOCK_FILE, "plan.json", "results.csv", "events.ndjson"];

/** @returns the run's folder, absolute. @throws UsageError, RecordError */
export function findRun(shown: string, cwd: string): string {
  const path = resolve(cwd, shown);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined)
    throw new UsageError(`there is no ${shown}`, "name a folder below runs/, or a crate's metadata file");
  if (kind.isDirectory()) return inFolder(path, shown);
  if (basename(path) === CRATE_FILE) return inCrate(path, shown);
  throw new RecordError(
    `${shown} is no run folder`,
    `name the folder, or the ${CRATE_FILE} in it; unpack a crate that is packed`,
  );
}

function inFolder(folder: string, shown: string): string {
  if (SIGNS.some((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile())) return folder;
  const crate = join(folder, CRATE_FILE);
  if (statSync(crate, { throwIfNoEntry: false })?.isFile()) return inCrate(crate, shown);
  throw new RecordError(
    `${shown} is no run folder: it has no ${SIGNS[0]} and no ${CRATE_FILE}`,
    "name a folder below runs/",
  );
}

/** The lock among what a run of the crate was made from says where the run's folder is. */
function inCrate(metadata: string, shown: string): string {
  const folder = dirname(metadata);
  const ids = lockIds(readCrate(metadata, shown));
  const found = ids.flatMap((id) => {
    const lock = resolve(folder, decodedId(id));
    return isBelow(lock, folder) && statSync(lock, { throwIfNoEntry: false })?.isFile() ? [dirname(lock)] : [];
  });
  const [run, ...others] = new Set(found);
  if (run === undefined) {
    throw new RecordError(
      `${shown} describes no run of xferc: it names no ${LOCK_FILE} that is here`,
      "a crate that xferc wrote does; are all its files with it?",
    );
  }
  if (others.length > 0) {
    const names = [run, ...others].map((each) => join(dirname(shown), each.slice(folder.length + 1)));
    throw new RecordError(`${shown} describes several runs`, `name the one you mean: ${names.join(", ")}`);
  }
  return run;
}

function readCrate(path: string, shown: string): readonly unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new RecordError(`${shown}: the crate's metadata is not JSON`);
  }
  const graph = typeof parsed === "object" && parsed !== null && "@graph" in parsed ? parsed["@graph"] : undefined;
  if (!Array.isArray(graph)) throw new RecordError(`${shown}: this is no RO-Crate: it has no @graph`);
  return graph;
}

function lockIds(graph: readonly unknown[]): readonly string[] {
  return graph.flatMap((entity) => {
    const id = typeof entity === "object" && entity !== null && "@id" in entity ? entity["@id"] : undefined;
    return typeof id === "string" && basename(id) === LOCK_FILE && !/^[a-z][a-z0-9+.-]*:/i.test(id) ? [id] : [];
  });
}

/** Ids are URIs. */
function decodedId(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
