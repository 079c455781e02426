/** What the plug-ins of projects bring. Found out again where their code is another than it was. */

import type { Catalog } from "../../catalog/index.js";
import { codeOf, describePlugins } from "../../runtime/plugins/describe.js";

interface Known {
  readonly code: string;
  readonly catalog: Promise<Catalog | undefined>;
}

export class ProjectPlugins {
  readonly #known = new Map<string, Known>();

  constructor(
    readonly mode: "load" | "ignore",
    /** Told once what is wrong with them; until it is mended they bring nothing. */
    readonly onProblem: (message: string) => void,
  ) {}

  /** Undefined where a project has none. */
  async catalogOf(names: readonly string[], root: string): Promise<Catalog | undefined> {
    if (names.length === 0 || this.mode === "ignore") return undefined;
    const task = { names, root };
    let code: string;
    try {
      code = codeOf(task);
    } catch (error) {
      code = error instanceof Error ? error.message : String(error);
      return this.#remember(root, code, () => Promise.reject(error));
    }
    return this.#remember(root, code, () => describePlugins(task));
  }

  #remember(root: string, code: string, find: () => Promise<Catalog>): Promise<Catalog | undefined> {
    const known = this.#known.get(root);
    if (known?.code === code) return known.catalog;
    const catalog = find().catch((error: unknown) => {
      this.onProblem(error instanceof Error ? error.message : String(error));
      return undefined;
    });
    this.#known.set(root, { code, catalog });
    return catalog;
  }
}
