/**
 * What is said of a thing only because another could not be read: the hole a slip leaves in a statement, what a
 * declaration lacks then, and what others look for in it in vain. It is left out until the text can be read.
 */

import { SYNTAX_PROBLEM_IDS } from "../../../grammar/problems.js";
import type { Declaration } from "../../../grammar/syntax.js";
import { isSlot } from "../check/experiment.js";
import type { Diagnostic, Location } from "../diagnostics.js";
import type { LoadedFile } from "../load.js";
import { LACKS, type Loss, lacksFor, lossOf } from "./lacks.js";
import { losesNames, maybeDeclared } from "./nameless.js";
import { declarationAt, holesOf, sameLine, within } from "./places.js";
import { readBy } from "./readers.js";
import { GUESSED, READ_WHOLE } from "./syntax.js";

const SYNTAX: ReadonlySet<string> = new Set(SYNTAX_PROBLEM_IDS);

export function withoutConsequences(said: readonly Diagnostic[], files: readonly LoadedFile[]): readonly Diagnostic[] {
  if (!said.some(({ severity }) => severity === "error")) {
    return said;
  }
  const broken = files.filter(({ problems }) => problems.length > 0);
  const holes = new Map(broken.map((file) => [file.path, holesOf(file)] as const));
  const blocks = said.filter(({ name }) => name === "block-not-here");
  const inBlock = ({ path, span }: Location): boolean =>
    blocks.some((each) => each.location.path === path && within(span, each.location.span));
  const readable = said.filter(({ name, location }) => {
    if (SYNTAX.has(name)) {
      return !inBlock(location);
    }
    return name === "block-not-here" || !holes.get(location.path)?.some((hole) => within(location.span, hole));
  });
  return new Consequences(readable, files).left();
}

class Consequences {
  readonly #files: ReadonlyMap<string, LoadedFile>;
  /** Files where names may be declared that nobody knows. */
  readonly #nameless: ReadonlySet<string>;
  /** Declarations the parser lost its way in. */
  readonly #torn: ReadonlySet<Declaration>;
  /** What was not understood, by the declaration it stands in. */
  readonly #losses = new Map<Declaration, Loss[]>();
  readonly #lackSlots: boolean;
  readonly #readBy: (declaration: Declaration) => readonly Declaration[];

  constructor(
    private readonly said: readonly Diagnostic[],
    files: readonly LoadedFile[],
  ) {
    this.#files = new Map(files.map((file) => [file.path, file]));
    this.#nameless = new Set(files.flatMap((file) => (losesNames(file) ? [file.path] : [])));
    this.#torn = new Set(
      files.flatMap((file) =>
        file.problems.flatMap(({ id, span }) => (GUESSED.has(id) ? declarationAt(file, span) : [])),
      ),
    );
    for (const file of files) {
      for (const { id, span } of file.problems) {
        if (!READ_WHOLE.has(id)) {
          this.#lose(declarationAt(file, span), "text");
        }
      }
    }
    for (const { name, location } of said) {
      const [file, loss] = [this.#files.get(location.path), lossOf(name)];
      if (file !== undefined && loss !== undefined) {
        this.#lose(declarationAt(file, location.span), loss);
      }
    }
    this.#lackSlots = said.some(({ name }) => name === "slots-missing" || name === "no-source");
    this.#readBy = readBy(files);
  }

  left(): readonly Diagnostic[] {
    return this.said.filter((each) => SYNTAX.has(each.name) || each.severity !== "error" || this.#stands(each));
  }

  #lose(declarations: readonly Declaration[], loss: Loss): void {
    for (const each of declarations) {
      this.#losses.set(each, [...(this.#losses.get(each) ?? []), loss]);
    }
  }

  #stands(diagnostic: Diagnostic): boolean {
    const { name, location } = diagnostic;
    const file = this.#files.get(location.path);
    if (file === undefined || name === "block-not-here") {
      return true;
    }
    if (this.#nameless.has(file.path) && maybeDeclared(diagnostic)) {
      return false;
    }
    const [around] = declarationAt(file, location.span);
    if (around === undefined) {
      return true;
    }
    if (this.#torn.has(around)) {
      return false;
    }
    if (name === "one-value" && this.#saysBlock(diagnostic)) {
      return false;
    }
    if (name === "mark-without-channel" && file.problems.some(({ span }) => sameLine(file.text, span, location.span))) {
      return false;
    }
    if (!LACKS.has(name)) {
      return true;
    }
    if (this.#ofLostSlot(diagnostic, file)) {
      return false;
    }
    const own = this.#losses.get(around) ?? [];
    const read = this.#readBy(around).flatMap((each) => this.#losses.get(each) ?? []);
    return !lacksFor(name, own, read);
  }

  /** Where an experiment lacks a slot, no output finds its axis: nothing is wrong with the output. */
  #ofLostSlot({ name, location: { span } }: Diagnostic, { text }: LoadedFile): boolean {
    const seeks = name === "unknown-axis" || name === "unknown-column" || name === "tune-per";
    return seeks && this.#lackSlots && isSlot(text.slice(span.start, span.end));
  }

  /** What it has instead of one value is told: a block. */
  #saysBlock({ location: { path, span } }: Diagnostic): boolean {
    return this.said.some(
      ({ name, location }) => name === "block-not-here" && location.path === path && within(location.span, span),
    );
  }
}
