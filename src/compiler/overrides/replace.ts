/** Profiles and `--set` to replacements. Both have one path grammar; a path that names nothing is an error. */

import { parse } from "../../../grammar/parse.js";
import type { Assignment, Path, Span } from "../../../grammar/syntax.js";
import { type DeclaredSymbol, privateName, type Scope } from "../bind/scope.js";
import type { DiagnosticSink } from "../diagnostics.js";
import type { Replacement, Replacements } from "../evaluate/context.js";
import { at, type LoadedFile } from "../load.js";
import { diagnostic, didYouMean, nearest } from "../messages.js";
import { type SettablePath, settablePaths } from "./paths.js";

export interface Overrides extends Replacements {
  readonly seed: Replacement | undefined;
  readonly repeats: Replacement | undefined;
  /** `finetune.for = 4 steps`, as people wrote them. */
  readonly written: readonly string[];
  readonly profile: string | undefined;
  /** What `--set` stands in, for messages about it. */
  readonly files: readonly LoadedFile[];
}

export interface OverrideOptions {
  readonly profile?: string;
  readonly set: readonly string[];
}

export function readOverrides(scope: Scope, options: OverrideOptions, sink: DiagnosticSink): Overrides {
  const reader = new OverrideReader(scope, sink);
  for (const symbol of scope.own.values()) {
    if (symbol.kind === "profile") {
      reader.profile(symbol, symbol.name === options.profile ? "chosen" : "checked");
    }
  }
  if (options.profile !== undefined && !scope.own.has(privateName("profile", options.profile))) {
    reader.noProfile(options.profile);
  }
  for (const text of options.set) {
    reader.set(text);
  }
  return reader.overrides(options.profile);
}

class OverrideReader {
  readonly #paths: ReadonlyMap<string, SettablePath>;
  readonly #study = new Map<string, Replacement>();
  readonly #bySymbol = new Map<DeclaredSymbol, Map<string, Replacement>>();
  readonly #written = new Map<string, string>();
  readonly #files: LoadedFile[] = [];

  constructor(
    readonly scope: Scope,
    readonly sink: DiagnosticSink,
  ) {
    this.#paths = settablePaths(scope);
  }

  /** Every profile is checked; the chosen one counts. */
  profile(symbol: DeclaredSymbol, use: "chosen" | "checked"): void {
    const { body, value } = symbol.declaration;
    if (value !== undefined) {
      this.sink.report(diagnostic("profile-statement", {}, at(symbol.file, value.span)));
    }
    const seen = new Set<string>();
    for (const statement of body?.statements ?? []) {
      if (statement.kind !== "assignment") {
        this.sink.report(diagnostic("profile-statement", {}, at(symbol.file, statement.span)));
        continue;
      }
      const path = pathText(statement.path);
      if (seen.has(path)) {
        this.sink.report(diagnostic("set-twice", { path }, at(symbol.file, statement.path.span)));
      }
      seen.add(path);
      const target = this.#target(statement, symbol.file);
      if (target !== undefined && use === "chosen") this.#replace(target, statement, symbol.file, this.scope);
    }
  }

  noProfile(name: string): void {
    const profiles = [...this.scope.own.values()].filter((each) => each.kind === "profile").map((each) => each.name);
    const hint = profiles.length === 0 ? "this study has none." : didYouMean(name, profiles);
    const location = { path: `--profile ${name}`, span: { start: 0, end: 0 } };
    this.sink.report(diagnostic("no-such-profile", { name }, location, { hint }));
  }

  /** `path=value`, read as a line of a profile. */
  set(text: string): void {
    const opening = "profile p {\n";
    const source = `${opening}${text}\n}`;
    const result = parse(source);
    const file: LoadedFile = {
      path: `--set ${text}`,
      text: `${" ".repeat(opening.length - 1)}\n${text}`,
      syntax: result.file,
      comments: [],
      problems: result.problems,
      imports: [],
    };
    this.#files.push(file);
    const [item] = result.file.items;
    const statements = item?.kind === "declaration" ? (item.body?.statements ?? []) : [];
    const [statement, ...others] = statements;
    if (result.problems.length > 0 || statement?.kind !== "assignment" || others.length > 0) {
      const span: Span = { start: opening.length, end: opening.length + text.length };
      this.sink.report(diagnostic("set-unreadable", { text }, at(file, span)));
      return;
    }
    const scope: Scope = { file, own: this.scope.own, names: this.scope.names };
    const target = this.#target(statement, file);
    if (target !== undefined) this.#replace(target, statement, file, scope);
  }

  #target(statement: Assignment, file: LoadedFile): SettablePath | undefined {
    const path = pathText(statement.path);
    const target = this.#paths.get(path);
    if (target === undefined) {
      this.sink.report(diagnostic("unknown-path", { path }, at(file, statement.path.span), { hint: this.#hint(path) }));
    }
    return target;
  }

  #replace(target: SettablePath, statement: Assignment, file: LoadedFile, scope: Scope): void {
    const replacement: Replacement = { expression: statement.value, environment: { scope, locals: undefined } };
    if (target.symbol === undefined) {
      this.#study.set(target.name, replacement);
    } else {
      const names = this.#bySymbol.get(target.symbol) ?? new Map<string, Replacement>();
      names.set(target.name, replacement);
      this.#bySymbol.set(target.symbol, names);
    }
    const path = pathText(statement.path);
    this.#written.set(path, `${path} = ${file.text.slice(statement.value.span.start, statement.value.span.end)}`);
  }

  #hint(path: string): string {
    const near = nearest(path, this.#paths.keys());
    if (near !== undefined) {
      return `did you mean \`${near}\`?`;
    }
    const [first] = path.split(".");
    const under = [...this.#paths.keys()].filter((each) => each.startsWith(`${first ?? ""}.`));
    return under.length > 0
      ? didYouMean(path, under)
      : "a path is `repeats`, `seed`, `recipe.setting`, `experiment.axis`, `experiment.recipe.setting` of a `tune`, `dataset.metric`, or the name of a `param`, data set, model, source or recipe.";
  }

  overrides(profile: string | undefined): Overrides {
    const none: ReadonlyMap<string, Replacement> = new Map();
    return {
      any: this.#written.size > 0,
      of: (symbol, name) => this.#bySymbol.get(symbol)?.get(name),
      all: (symbol) => this.#bySymbol.get(symbol) ?? none,
      seed: this.#study.get("seed"),
      repeats: this.#study.get("repeats"),
      written: [...this.#written.values()],
      profile,
      files: this.#files,
    };
  }
}

function pathText(path: Path): string {
  return path.segments.map((each) => each.text).join(".");
}
