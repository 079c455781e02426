/** The compiler's host for a folder, on the texts an editor holds. Nothing of data or weights is known to it. */

import { dirname, resolve } from "node:path";
import type { Catalog } from "../../catalog/index.js";
import type { CompilerHost } from "../../compiler/host.js";
import { findProjectRoot } from "../../runtime/host/config.js";
import { isBelow } from "../../runtime/host/data-roots.js";
import { resolveStudyImport } from "../../runtime/host/files.js";
import { absolutePath, createNodeHost, displayPath, UsageError } from "../../runtime/host/index.js";
import type { ProjectPlugins } from "./plugins.js";
import type { Texts } from "./texts.js";

const UNASKED = { status: "unknown", reason: "not asked while typing" } as const;

export interface Project {
  /** Folder that paths are shown relative to; absolute. */
  readonly root: string;
  readonly host: CompilerHost;
  /** When what its plug-ins bring is known to the host, or nobody waits for it any longer. */
  readonly ready: Promise<void>;
  /** What its plug-ins bring is not known yet: names of theirs are no mistakes. */
  readonly open: boolean;
  /** What is wrong with its configuration. */
  readonly problem?: string;
  /** Where a dataset (by its name, too) or a checkpoint lies on this machine, or would; absolute. */
  locate(declared: { readonly name: string | undefined; readonly path: string; readonly declaredIn: string }): string;
  shown(path: string): string;
  absolute(shown: string): string;
}

/** Configurations are read once; `forget` when one may have changed. */
export class Projects {
  readonly #byFolder = new Map<string, Project>();

  #folders: readonly string[] = [];

  constructor(
    readonly texts: Texts,
    readonly plugins: ProjectPlugins,
  ) {}

  /** Folders the client has open; absolute. A study in one may import from all of it. */
  get folders(): readonly string[] {
    return this.#folders;
  }

  set folders(folders: readonly string[]) {
    this.#folders = folders;
    this.forget();
  }

  forget(): void {
    this.#byFolder.clear();
  }

  of(path: string): Project {
    const folder = dirname(path);
    let project = this.#byFolder.get(folder);
    if (project === undefined) {
      project = this.#open(path);
      this.#byFolder.set(folder, project);
    }
    return project;
  }

  #open(path: string): Project {
    const around = this.folders.filter((folder) => isBelow(path, folder)).sort((a, b) => b.length - a.length);
    const root = findProjectRoot(dirname(path), around[0] ?? dirname(path));
    const { resolveImport, lint, locate, problem, plugins } = rulesOf(root, path);
    let catalog: Catalog | undefined;
    const ready = this.plugins.catalogOf(plugins, root).then((found) => {
      catalog = found;
    });
    const absolute = (shown: string): string => absolutePath(shown, root);
    const { texts, plugins: known } = this;
    return {
      root,
      ready,
      get open() {
        return catalog === undefined && known.isOpen(root);
      },
      host: {
        get catalog() {
          return catalog;
        },
        read: (shown) => texts.read(absolute(shown)),
        parse: (shown, text) => texts.parse(absolute(shown), text),
        resolveImport,
        ...(lint === undefined ? {} : { lint }),
        dataset: async () => UNASKED,
        weights: async () => UNASKED,
      },
      locate,
      ...(problem === undefined ? {} : { problem }),
      shown: (absolutePath) => displayPath(absolutePath, root),
      absolute,
    };
  }
}

/** A configuration that cannot be read is told; until it is mended the project is its folder. */
function rulesOf(
  root: string,
  study: string,
): Pick<Project, "locate" | "problem"> &
  Pick<CompilerHost, "resolveImport" | "lint"> & {
    readonly plugins: readonly string[];
  } {
  const facts = { dataset: async () => UNASKED, weights: async () => UNASKED };
  try {
    const host = createNodeHost({ cwd: root, study, data: [], environment: process.env, facts });
    return {
      resolveImport: host.resolveImport,
      plugins: host.config.plugins,
      lint: host.config.lint,
      locate: ({ name, path, declaredIn }) =>
        name === undefined ? host.locateWeights({ path, declaredIn }) : host.locate({ name, path, declaredIn }),
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return {
      resolveImport: (from, specifier) => resolveStudyImport(from, specifier, { cwd: root, roots: [root] }),
      locate: ({ path, declaredIn }) => resolve(dirname(absolutePath(declaredIn, root)), path),
      problem: error.hint === undefined ? error.message : `${error.message}: ${error.hint}`,
      plugins: [],
    };
  }
}
