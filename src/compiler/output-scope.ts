/** Which experiments run and which outputs are made: the study's own, and what they need of imported files. */

import type { Declaration } from "../../grammar/syntax.js";
import type { DeclaredSymbol, Scope } from "./bind/scope.js";
import { namesIn } from "./evaluate/mentions.js";
import type { LoadedFile } from "./load.js";
import type { OutputDeclaration } from "./outputs/signature.js";

export interface OutputScope {
  readonly experiments: readonly DeclaredSymbol[];
  readonly declarations: readonly OutputDeclaration[];
}

const OUTPUT_KINDS: readonly Declaration["keyword"][] = ["derive", "table", "figure"];

export interface Wanted {
  /** Experiments to keep; all when empty. */
  readonly only: readonly string[];
  /** Declarations of the study's own file to keep. */
  readonly focus: (declaration: Declaration) => boolean;
}

export function outputDeclarations(
  root: Scope,
  scopes: ReadonlyMap<LoadedFile, Scope>,
  { only, focus }: Wanted,
): OutputScope {
  const walk = new Walk(scopes);
  const outputs = root.file.syntax.items.filter(
    (item): item is Declaration => item.kind === "declaration" && OUTPUT_KINDS.includes(item.keyword) && focus(item),
  );
  const own = [...root.own.values()].filter((symbol) => symbol.kind === "experiment" && focus(symbol.declaration));
  const kept = only.length === 0 ? own : own.filter((symbol) => only.includes(symbol.name));
  const dropped = new Set(own.filter((symbol) => !kept.includes(symbol)));
  const made = outputs.filter((each) => {
    const reached = walk.from(each, root);
    return ![...reached].some((symbol) => dropped.has(symbol));
  });
  const reached = new Set(made.flatMap((each) => [...walk.from(each, root)]));
  const imported = [...reached].filter((symbol) => symbol.file !== root.file);
  return {
    experiments: [...kept, ...imported.filter((symbol) => symbol.kind === "experiment")],
    declarations: [
      ...imported
        .filter((symbol) => symbol.kind === "derive")
        .map((symbol) => ({ declaration: symbol.declaration, path: symbol.file.path })),
      ...made.map((declaration) => ({ declaration, path: root.file.path })),
    ],
  };
}

/** Experiments and derives a declaration reads, by way of others too. */
class Walk {
  readonly #known = new Map<Declaration, ReadonlySet<DeclaredSymbol>>();

  constructor(readonly scopes: ReadonlyMap<LoadedFile, Scope>) {}

  from(declaration: Declaration, scope: Scope): ReadonlySet<DeclaredSymbol> {
    const known = this.#known.get(declaration);
    if (known !== undefined) {
      return known;
    }
    const reached = new Set<DeclaredSymbol>();
    this.#known.set(declaration, reached);
    for (const name of namesIn(declaration)) {
      const symbol = scope.names.get(name);
      if (symbol === undefined || symbol.kind === "namespace" || symbol.declaration === declaration) {
        continue;
      }
      if (symbol.kind === "experiment" || symbol.kind === "derive") {
        reached.add(symbol);
      }
      if (symbol.kind === "derive") {
        for (const each of this.from(symbol.declaration, this.scopes.get(symbol.file) ?? scope)) {
          reached.add(each);
        }
      }
    }
    return reached;
  }
}
