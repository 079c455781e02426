/** Names: what a file declares, and what its imports bring. An import brings what the file itself declares, no more. */

import type { Declaration, DeclarationKind, Identifier } from "../../../grammar/syntax.js";
import type { DiagnosticSink } from "../diagnostics.js";
import { at, type LoadedFile, type Program } from "../load.js";
import { diagnostic, didYouMean } from "../messages.js";
import { withArticle } from "../suggest.js";

export interface DeclaredSymbol {
  readonly kind: DeclarationKind;
  readonly name: string;
  readonly declaration: Declaration;
  readonly file: LoadedFile;
}
export interface NamespaceSymbol {
  readonly kind: "namespace";
  readonly name: string;
  readonly file: LoadedFile;
  readonly members: ReadonlyMap<string, DeclaredSymbol>;
}
export type Binding = DeclaredSymbol | NamespaceSymbol;

export interface Scope {
  readonly file: LoadedFile;
  readonly own: ReadonlyMap<string, DeclaredSymbol>;
  /** Own and imported names. */
  readonly names: ReadonlyMap<string, Binding>;
}

/** Outputs and profiles have names people read, but nothing can refer to them from another file. */
const PRIVATE: ReadonlySet<DeclarationKind> = new Set<DeclarationKind>(["table", "figure", "profile"]);

export function bind(program: Program, sink: DiagnosticSink): ReadonlyMap<LoadedFile, Scope> {
  const own = new Map(program.files.map((file) => [file, ownNames(file, sink)]));
  return new Map(
    program.files.map((file) => {
      const names = own.get(file) ?? new Map<string, DeclaredSymbol>();
      return [file, { file, own: names, names: new Importer(file, names, own, sink).names() }];
    }),
  );
}

export function privateName(kind: DeclarationKind, name: string): string {
  return `${kind} ${name}`;
}

function ownNames(file: LoadedFile, sink: DiagnosticSink): ReadonlyMap<string, DeclaredSymbol> {
  const names = new Map<string, DeclaredSymbol>();
  for (const item of file.syntax.items) {
    if (item.kind !== "declaration" || item.name.text === "") {
      continue;
    }
    const name = item.name.text;
    // outputs and profiles have names of their own: `table gain from gain`
    const key = PRIVATE.has(item.keyword) ? privateName(item.keyword, name) : name;
    const first = names.get(key);
    if (first !== undefined) {
      sink.report(
        diagnostic("declared-twice", { name, kind: first.kind }, at(file, item.name.span), {
          related: [{ location: at(file, first.declaration.name.span), message: "first declared here" }],
        }),
      );
      continue;
    }
    names.set(key, { kind: item.keyword, name, declaration: item, file });
  }
  return names;
}

class Importer {
  readonly #names: Map<string, Binding>;

  constructor(
    readonly file: LoadedFile,
    own: ReadonlyMap<string, DeclaredSymbol>,
    readonly all: ReadonlyMap<LoadedFile, ReadonlyMap<string, DeclaredSymbol>>,
    readonly sink: DiagnosticSink,
  ) {
    this.#names = new Map<string, Binding>([...own].filter(([, symbol]) => !PRIVATE.has(symbol.kind)));
  }

  names(): ReadonlyMap<string, Binding> {
    for (const { item, file } of this.file.imports) {
      if (file === undefined || file === this.file) {
        continue;
      }
      const members = new Map([...(this.all.get(file) ?? [])].filter(([, symbol]) => !PRIVATE.has(symbol.kind)));
      if (item.alias !== undefined) {
        const namespace: NamespaceSymbol = { kind: "namespace", name: item.alias.text, file, members };
        this.#add(item.alias.text, namespace, item.alias.span);
      } else if (item.names !== undefined) {
        this.#pick(item.names, members, item.from.value);
      } else {
        for (const [name, symbol] of members) {
          this.#add(name, symbol, item.from.span);
        }
      }
    }
    return this.#names;
  }

  #pick(names: readonly Identifier[], members: ReadonlyMap<string, DeclaredSymbol>, file: string): void {
    for (const name of names) {
      const symbol = members.get(name.text);
      if (symbol === undefined) {
        this.sink.report(
          diagnostic("not-in-file", { name: name.text, file }, at(this.file, name.span), {
            hint: didYouMean(name.text, members.keys()),
          }),
        );
      } else {
        this.#add(name.text, symbol, name.span);
      }
    }
  }

  #add(name: string, symbol: Binding, span: Identifier["span"]): void {
    const other = this.#names.get(name);
    if (other === undefined) {
      this.#names.set(name, symbol);
      return;
    }
    if (
      other === symbol ||
      (other.kind !== "namespace" && symbol.kind !== "namespace" && other.declaration === symbol.declaration)
    ) {
      return;
    }
    const related = [other, symbol].flatMap((each) =>
      each.kind === "namespace"
        ? []
        : [{ location: at(each.file, each.declaration.name.span), message: `${withArticle(each.kind)} of this name` }],
    );
    this.sink.report(diagnostic("import-clash", { name, file: symbol.file.path }, at(this.file, span), { related }));
  }
}

/** Whether an import of this file could not be read, so that an unknown name may well be its. */
export function hasBrokenImport(file: LoadedFile): boolean {
  return (
    file.imports.some((each) => each.file === undefined) ||
    file.problems.some(({ id, details }) => id === "foreign-statement" && details.kind === "import")
  );
}
