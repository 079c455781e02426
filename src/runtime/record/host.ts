/**
 * A host that reads a run's own copy of its study, as if it lay where the project it is reproduced in would have it: so
 * that data are found as they are for any study there, and keys are those of the run.
 */

import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { findProjectRoot } from "../host/config.js";
import { isBelow } from "../host/data-roots.js";
import { BUNDLED, readStudyFile } from "../host/files.js";
import { absolutePath, displayPath, type FactsReader, type NodeHost } from "../host/index.js";
import { bundledStudy } from "../host/package.js";
import { studyPath } from "../run/portable.js";
import type { RunRecord } from "./read.js";

export interface Recording {
  /** The project's folder; absolute. */
  readonly root: string;
  /** The study, as the user would name it from here. */
  readonly study: string;
  readonly host: (base: NodeHost, facts: FactsReader) => NodeHost;
}

export function recordingOf(record: RunRecord, cwd: string): Recording {
  const root = findProjectRoot(cwd, cwd);
  const copy = new Copy(record, root, cwd);
  return {
    root,
    study: displayPath(join(root, record.file), cwd),
    host(base, facts) {
      const locate: NodeHost["locate"] = (declared) => copy.locate(declared, base.locate(declared));
      const locateWeights: NodeHost["locateWeights"] = (declared) =>
        copy.locate(declared, base.locateWeights(declared));
      return {
        ...base,
        root,
        // what was run is run again, however strict the project has become
        lint: {},
        locate,
        read: (path) => copy.read(path),
        resolveImport: (from, specifier) => copy.resolveImport(from, specifier),
        dataset: (spec) => facts.dataset(spec, locate(spec)),
        locateWeights,
        weights: (spec) => facts.weights(spec, locateWeights(spec)),
        predictions: async (spec) =>
          (await facts.predictions?.(spec, locateWeights(spec))) ?? {
            status: "unknown",
            reason: "nobody looked at it",
          },
      };
    },
  };
}

class Copy {
  readonly #folder: string;
  readonly #paths: ReadonlySet<string>;

  constructor(
    private readonly record: RunRecord,
    private readonly root: string,
    private readonly cwd: string,
  ) {
    this.#folder = join(record.folder, "study");
    this.#paths = new Set(record.files.map(({ path }) => path));
  }

  read(path: string): ReturnType<typeof readStudyFile> {
    const name = studyPath(path, { cwd: this.cwd, root: this.root });
    if (!this.#paths.has(name)) return Promise.resolve({ ok: false, problem: "missing" });
    return readStudyFile(join(this.#folder, name));
  }

  resolveImport(from: string, specifier: string): ReturnType<NodeHost["resolveImport"]> {
    if (specifier === BUNDLED) return { path: displayPath(bundledStudy, this.cwd) };
    const target = resolve(dirname(absolutePath(from, this.cwd)), specifier);
    const name = studyPath(target, { cwd: this.cwd, root: this.root });
    const kept = this.#paths.has(name) ? name : this.#outside(basename(target));
    if (kept === undefined) return { problem: `${this.record.shown}/study has no copy of it` };
    return { path: displayPath(join(this.root, kept), this.cwd) };
  }

  /** A file that lay outside of the project then: known by its own name, if that is enough. */
  #outside(name: string): string | undefined {
    const kept = [...this.#paths].filter((path) => path.startsWith("outside/") && path.endsWith(`_${name}`));
    return kept.length === 1 ? kept[0] : undefined;
  }

  /** Where the project here has it; else beside the run, whose project may be another, or in the crate itself. */
  locate({ declaredIn, path }: { readonly declaredIn: string; readonly path: string }, here: string): string {
    if (existsSync(here)) return here;
    const folder = dirname(absolutePath(declaredIn, this.cwd));
    if (!isBelow(folder, this.root)) return here;
    const within = relative(this.root, folder);
    const project = findProjectRoot(this.record.folder, this.record.folder);
    const elsewhere = [project, this.#folder].map((root) => resolve(root, within, path));
    return elsewhere.find((place) => existsSync(place)) ?? here;
  }
}
