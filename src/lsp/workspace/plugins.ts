/**
 * What the plug-ins of projects bring. Found out again where their code is another than it was. Nobody waits for them for
 * long: until they are known a project goes on without, and is looked at again when they are.
 */

import type { Catalog } from "../../catalog/index.js";
import { codeOf, describePlugins } from "../../runtime/plugins/describe.js";
import { Tracer } from "../../runtime/plugins/trace.js";

interface Known {
  readonly code: string;
  readonly catalog: Promise<Catalog | undefined>;
  /** Not known yet; or they failed, and bring nothing. */
  status: "open" | "known" | "failed";
  /** Somebody went on without: nobody waits any more. */
  late: boolean;
}

export interface PluginsClient {
  /** Told once what is wrong with them; until it is mended they bring nothing. */
  problem(message: string): void;
  /** More is known than was when somebody went on without. */
  changed(): void;
  /** Something that takes long has begun; call the answer when it is over. */
  began(title: string): () => void;
}

const SILENT: PluginsClient = { problem: () => undefined, changed: () => undefined, began: () => () => undefined };

/** How long an answer waits for what a project's plug-ins declare, the first time: most are known by then. */
const PATIENCE_MS = 1000;

export class ProjectPlugins {
  readonly #known = new Map<string, Known>();
  readonly #tracer: Tracer;

  constructor(
    readonly mode: "load" | "ignore",
    readonly client: PluginsClient = SILENT,
    readonly patienceMs = PATIENCE_MS,
  ) {
    this.#tracer = new Tracer({ onKnown: () => client.changed(), onLong: (title) => client.began(title) });
  }

  /** Undefined where a project has none, or they are not known in time: `isOpen` then. */
  async catalogOf(names: readonly string[], root: string): Promise<Catalog | undefined> {
    const known = this.#find(names, root);
    if (known?.status !== "open") return await known?.catalog;
    if (known.late) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.patienceMs);
    });
    const found = await Promise.race([known.catalog, patience]);
    clearTimeout(timer);
    if (this.#isOver(known)) return found;
    if (!known.late) this.#goOn(known, names, root);
    return undefined;
  }

  #isOver({ status }: Known): boolean {
    return status !== "open";
  }

  #goOn(known: Known, names: readonly string[], root: string): void {
    known.late = true;
    const done = this.client.began(`loading plug-ins: ${names.join(", ")}`);
    void known.catalog.then(() => {
      done();
      if (this.#known.get(root) === known) this.client.changed();
    });
  }

  /** Whether a project is being looked at without what its plug-ins bring. */
  isOpen(root: string): boolean {
    return this.#known.get(root)?.status === "open";
  }

  /** Whether they could not be loaded, and would not be again. */
  hasFailed(root: string): boolean {
    return this.#known.get(root)?.status === "failed";
  }

  /** Whether some model of theirs took too long, or ended the process that built it. */
  isStuck(root: string): boolean {
    return this.#tracer.isStuck(root);
  }

  /** Whether models of theirs are being built. */
  isBuilding(root: string): boolean {
    return this.#tracer.isBusy(root);
  }

  close(): void {
    this.#tracer.close();
  }

  #find(names: readonly string[], root: string): Known | undefined {
    if (names.length === 0 || this.mode === "ignore") return undefined;
    const task = { names, root };
    try {
      return this.#remember(root, codeOf(task), () => describePlugins(task, this.#tracer));
    } catch (error) {
      return this.#remember(root, messageOf(error), () => Promise.reject(error));
    }
  }

  #remember(root: string, code: string, find: () => Promise<Catalog>): Known {
    const before = this.#known.get(root);
    if (before?.code === code) return before;
    this.#tracer.forget(root);
    const known: Known = {
      code,
      status: "open",
      late: false,
      catalog: find().then(
        (catalog) => {
          known.status = "known";
          return catalog;
        },
        (error: unknown) => {
          known.status = "failed";
          this.client.problem(messageOf(error));
          return undefined;
        },
      ),
    };
    this.#known.set(root, known);
    return known;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
