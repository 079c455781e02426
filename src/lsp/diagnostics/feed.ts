/**
 * When what is said: at a keystroke what it can matter to, a moment later the whole document, on save what takes files and
 * data. A study also speaks for what it imports; what several say of one place is told once.
 */

import { basename } from "node:path";
import type { Diagnostic as LspDiagnostic } from "vscode-languageserver/node";
import { withoutCascades } from "../../compiler/cascades/index.js";
import type { Diagnostic } from "../../compiler/diagnostics.js";
import type { SlowChecker, SlowReport, SlowRequest } from "../slow/types.js";
import type { View, Workspace } from "../workspace/workspace.js";
import { lspDiagnostic } from "./convert.js";
import { keystroke, type Said } from "./keystroke.js";
import { changeBetween, shifted } from "./shift.js";

export interface FeedClient {
  publish(uri: string, version: number | undefined, diagnostics: LspDiagnostic[]): void;
  /** What is shown beside the text may have changed: lenses, hints. */
  refresh(): void;
  /** Something that takes a while; call the answer when it is over. */
  began?(title: string): () => void;
  /** About no place in a document. */
  warn(message: string): void;
  /** A mistake of ours; what was said before stands. */
  failed(error: unknown): void;
}

/** Milliseconds of stillness. */
export interface Pauses {
  readonly full: number;
  readonly slow: number;
}

interface Owner {
  said: Said | undefined;
  slow: readonly Diagnostic[];
  /** What of it was published, by the absolute path it is about. */
  shown: ReadonlyMap<string, readonly LspDiagnostic[]>;
  timer: NodeJS.Timeout | undefined;
  /** Who waits for the keys to be still. */
  waiting: (() => void)[];
  slowTimer: NodeJS.Timeout | undefined;
  slowRun: AbortController | undefined;
  /** It waits for plug-ins. */
  slowDue: boolean;
  /** One thing at a time, in order. */
  busy: Promise<void>;
}

export class Feed {
  readonly #owners = new Map<string, Owner>();
  readonly #published = new Map<string, string>();
  #warned: string | undefined;

  constructor(
    readonly workspace: Workspace,
    readonly client: FeedClient,
    readonly slow: SlowChecker | undefined,
    readonly pauses: Pauses,
  ) {}

  opened(path: string): Promise<void> {
    const done = this.#later(path, () => this.#full(path));
    // whoever imports it may have missed it until now
    this.refresh();
    this.#scheduleSlow(path);
    return done;
  }

  /** Resolves when the keystroke is answered. */
  changed(path: string): Promise<void> {
    const owner = this.#owner(path);
    clearTimeout(owner.timer);
    const done = this.#later(path, () => this.#keystroke(path));
    this.#schedule(path);
    this.#dependents(path);
    return done;
  }

  saved(path: string): void {
    this.#schedule(path);
    this.#dependents(path);
    for (const each of this.#reading(path)) this.#scheduleSlow(each);
    this.#scheduleSlow(path);
  }

  closed(path: string): void {
    const owner = this.#owners.get(path);
    if (owner === undefined) return;
    clearTimeout(owner.timer);
    owner.timer = undefined;
    clearTimeout(owner.slowTimer);
    owner.slowRun?.abort();
    this.#owners.delete(path);
    this.#wake(owner);
    for (const target of owner.shown.keys()) this.#publish(target);
    this.#publish(path);
    this.refresh();
  }

  /** Something outside of open documents may have changed. */
  refresh(): void {
    for (const path of this.#owners.keys()) this.#schedule(path);
  }

  /** What plug-ins bring, or one of their models, is known now: what was said without it is said anew. */
  pluginsChanged(): void {
    this.refresh();
    for (const [path, { slowDue, slowRun }] of this.#owners) {
      if (slowDue || slowRun !== undefined) this.#scheduleSlow(path);
    }
  }

  /** A run has ended, here or elsewhere: more is cached than was. */
  ran(): void {
    for (const path of this.#owners.keys()) this.#scheduleSlow(path);
  }

  close(): void {
    for (const path of [...this.#owners.keys()]) this.closed(path);
    this.slow?.close();
  }

  /** As last said, where the text has not changed since. */
  async saidOf(path: string): Promise<readonly Diagnostic[]> {
    const owner = this.#owner(path);
    await owner.busy;
    return [...toldOf(owner.said), ...owner.slow];
  }

  /** When the keys are still and the whole was checked: what needs all of it would keep the next keystroke waiting. */
  async settled(path: string): Promise<void> {
    const owner = this.#owners.get(path);
    while (owner?.timer !== undefined) await new Promise<void>((resolve) => owner.waiting.push(resolve));
    await owner?.busy;
  }

  #owner(path: string): Owner {
    let owner = this.#owners.get(path);
    if (owner === undefined) {
      const none = { said: undefined, slow: [], shown: new Map(), timer: undefined, waiting: [] };
      owner = { ...none, slowTimer: undefined, slowRun: undefined, slowDue: false, busy: Promise.resolve() };
      this.#owners.set(path, owner);
    }
    return owner;
  }

  #later(path: string, work: () => Promise<void>): Promise<void> {
    const owner = this.#owner(path);
    owner.busy = owner.busy.then(work).catch((error: unknown) => this.client.failed(error));
    return owner.busy;
  }

  #schedule(path: string): void {
    const owner = this.#owner(path);
    clearTimeout(owner.timer);
    owner.timer = setTimeout(() => {
      owner.timer = undefined;
      void this.#later(path, () => this.#full(path));
      this.#wake(owner);
    }, this.pauses.full);
  }

  #wake(owner: Owner): void {
    for (const resolve of owner.waiting.splice(0)) resolve();
  }

  /** Open documents that read this one. */
  #reading(path: string): readonly string[] {
    return [...this.#owners].flatMap(([other, { said }]) => {
      const project = this.workspace.projects.of(other);
      const reads = said?.files.some((each) => project.absolute(each.path) === path) ?? false;
      return reads && other !== path ? [other] : [];
    });
  }

  #dependents(path: string): void {
    for (const other of this.#reading(path)) this.#schedule(other);
  }

  async #keystroke(path: string): Promise<void> {
    const owner = this.#owners.get(path);
    const view = owner && (await this.workspace.view(path));
    if (owner === undefined || view === undefined) return;
    const before = owner.said;
    const known = before?.file.syntax === view.file.syntax;
    if (view.project.open) {
      // what stood was said without the plug-ins' names, and most of it is about names
      await this.#full(path);
      return;
    }
    const found = before === undefined || known ? undefined : await keystroke(before, view);
    if (found === undefined) {
      if (!known) await this.#full(path);
      return;
    }
    this.#moveSlow(owner, before, view);
    this.#say(path, owner, view, { file: view.file, found, files: view.program.files });
  }

  async #full(path: string): Promise<void> {
    const owner = this.#owners.get(path);
    const analysis = owner && (await this.workspace.analysis(path));
    if (owner === undefined || analysis === undefined || this.#owners.get(path) !== owner) return;
    const { view, result } = analysis;
    const { problem } = view.project;
    if (problem !== undefined && problem !== this.#warned) this.client.warn(problem);
    this.#warned = problem;
    this.#moveSlow(owner, owner.said, view);
    const found = view.project.open ? result.found.filter(isOfText) : result.found;
    this.#say(path, owner, view, { file: view.file, found, files: view.program.files });
    this.client.refresh();
  }

  #moveSlow(owner: Owner, before: Said | undefined, { file }: View): void {
    if (before === undefined || before.file.text === file.text) return;
    const change = changeBetween(before.file.text, file.text);
    owner.slow = owner.slow.flatMap((each) => shifted(each, file.path, change) ?? []);
  }

  #say(path: string, owner: Owner, view: View, said: Said): void {
    owner.said = said;
    const documentOf = (shown: string) => this.workspace.documentOf(view, shown);
    const shown = new Map<string, LspDiagnostic[]>();
    for (const each of [...toldOf(said), ...owner.slow]) {
      const target = view.project.absolute(each.location.path);
      shown.set(target, [...(shown.get(target) ?? []), lspDiagnostic(each, documentOf)]);
    }
    const before = owner.shown;
    owner.shown = shown;
    for (const target of new Set([path, ...before.keys(), ...shown.keys()])) this.#publish(target);
  }

  #publish(target: string): void {
    const { texts } = this.workspace;
    const all = new Map<string, LspDiagnostic>();
    for (const { shown } of this.#owners.values()) {
      for (const each of shown.get(target) ?? []) {
        const { start, end } = each.range;
        all.set(`${start.line}:${start.character}-${end.line}:${end.character} ${each.code} ${each.message}`, each);
      }
    }
    const uri = texts.uri(target);
    const diagnostics = [...all.values()];
    const version = texts.version(target);
    const text = JSON.stringify([version, diagnostics]);
    if (
      this.#published.get(target) === text ||
      (diagnostics.length === 0 && !this.#published.has(target) && version === undefined)
    )
      return;
    if (diagnostics.length === 0 && version === undefined) this.#published.delete(target);
    else this.#published.set(target, text);
    this.client.publish(uri, version, diagnostics);
  }

  #scheduleSlow(path: string): void {
    if (this.slow === undefined) return;
    const owner = this.#owner(path);
    clearTimeout(owner.slowTimer);
    owner.slowTimer = setTimeout(() => void this.#slowly(path, owner), this.pauses.slow);
  }

  async #checked(request: SlowRequest, signal: AbortSignal): Promise<SlowReport | undefined> {
    const done = this.client.began?.(`checking data and plan of ${basename(request.path)}`);
    try {
      return await this.slow?.check(request, signal);
    } catch (error) {
      this.client.failed(error);
      return undefined;
    } finally {
      done?.();
    }
  }

  /** A later check of the same study ends this one; what is typed meanwhile moves what it finds. */
  async #slowly(path: string, owner: Owner): Promise<void> {
    owner.slowRun?.abort();
    const run = new AbortController();
    owner.slowRun = run;
    const { texts, plugins } = this.workspace;
    const start = texts.opened(path);
    const { root } = this.workspace.projects.of(path);
    await this.settled(path);
    // a process of its own would hang with them as well, and the checks of other studies wait for it
    owner.slowDue = plugins.isOpen(root) || plugins.isBuilding(root);
    if (owner.slowDue || plugins.hasFailed(root) || (plugins.isStuck(root) && lacksModel(owner.said))) {
      owner.slowRun = undefined;
      return;
    }
    const open = texts.paths.flatMap((each) => {
      const text = texts.opened(each);
      return text === undefined ? [] : [[each, text] as const];
    });
    const report = await this.#checked({ path, root, texts: open, wish: "check" }, run.signal);
    if (owner.slowRun === run) owner.slowRun = undefined;
    if (report === undefined || run.signal.aborted || this.#owners.get(path) !== owner || start === undefined) return;
    await this.#later(path, async () => {
      const view = await this.workspace.view(path);
      if (view === undefined || owner.said === undefined) return;
      this.workspace.reports.set(path, report);
      const change = changeBetween(start, owner.said.file.text);
      owner.slow = report.diagnostics.flatMap((each) => shifted(each, view.file.path, change) ?? []);
      if (owner.said.file.syntax === view.file.syntax) this.#say(path, owner, view, owner.said);
      this.client.refresh();
    });
  }
}

function lacksModel(said: Said | undefined): boolean {
  return said?.found.some(({ name }) => name === "model-cannot-be-built") ?? false;
}

/** Of syntax and of files: sure without what plug-ins declare. */
function isOfText({ code }: Diagnostic): boolean {
  return code.startsWith("XF00") || code.startsWith("XF01");
}

/** One error a slip, as the command line tells it. */
function toldOf(said: Said | undefined): readonly Diagnostic[] {
  return said === undefined ? [] : withoutCascades(said.found, said.files);
}
