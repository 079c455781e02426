/** Lines of a profile that change nothing: what they set has the value already, or nothing of the study reads it. */

import type { Assignment, Declaration, Spanned } from "../../../grammar/syntax.js";
import type { DeclaredSymbol, Scope } from "../bind/scope.js";
import type { DiagnosticSink } from "../diagnostics.js";
import { namesIn } from "../evaluate/mentions.js";
import { at, type LoadedFile } from "../load.js";
import { diagnostic } from "../messages.js";
import { type SettablePath, settablePaths } from "./paths.js";
import { plainText, writtenAt } from "./written.js";

type Scopes = ReadonlyMap<LoadedFile, Scope>;

export function reportIdleProfiles(root: Scope, scopes: Scopes, sink: DiagnosticSink): void {
  const profiles = [...root.own.values()].filter(({ kind }) => kind === "profile");
  if (profiles.length === 0) {
    return;
  }
  const paths = settablePaths(root);
  const read = readBy(root, scopes);
  for (const { name, declaration } of profiles) {
    const lines = (declaration.body?.statements ?? []).filter((each) => each.kind === "assignment");
    if (lines.length === 0) {
      sink.report(diagnostic("profile-empty", { name }, at(root.file, declaration.name.span)));
    }
    for (const line of lines) {
      const path = line.path.segments.map(({ text }) => text).join(".");
      const target = paths.get(path);
      const why = target && reason(target, line, root, read);
      if (why !== undefined) {
        sink.report(diagnostic("profile-changes-nothing", { path, why }, at(root.file, line.path.span)));
      }
    }
  }
}

interface Read {
  readonly experiments: readonly DeclaredSymbol[];
  readonly symbols: ReadonlySet<DeclaredSymbol>;
}

function reason(target: SettablePath, line: Assignment, root: Scope, read: Read): string | undefined {
  const { symbol, name } = target;
  if (plainText(line.value.span, root.file) === writtenAt(target, root.file)) {
    return "the study says so already";
  }
  if (symbol === undefined || read.experiments.length === 0) {
    return undefined;
  }
  if (!read.symbols.has(symbol)) {
    return `no experiment or output reads \`${symbol.name}\``;
  }
  const users = read.experiments.filter(({ declaration }) => namesIn(declaration).has(symbol.name));
  const tuned = users.length > 0 && users.every(({ declaration }) => tunes(declaration, `${symbol.name}.${name}`));
  const [user] = users;
  return tuned && user !== undefined
    ? `it is tuned: \`${user.name}.${symbol.name}.${name} = [\u2026]\` is the grid`
    : undefined;
}

function tunes({ body }: Declaration, path: string): boolean {
  return (body?.statements ?? []).some(
    (statement) =>
      statement.kind === "tune" &&
      statement.axes.some(
        (axis) => axis.kind === "axis" && axis.path.segments.map(({ text }) => text).join(".") === path,
      ),
  );
}

/** What experiments, outputs and the values of profiles name, and what that is made of. */
function readBy(root: Scope, scopes: Scopes): Read {
  const own = [...root.own.values()];
  const symbols = new Set<DeclaredSymbol>();
  const open: (readonly [Spanned, Scope])[] = [];
  const reach = (symbol: DeclaredSymbol, scope: Scope): void => {
    if (!symbols.has(symbol)) {
      symbols.add(symbol);
      open.push([symbol.declaration, scopes.get(symbol.file) ?? scope]);
    }
  };
  for (const symbol of own) {
    if (symbol.kind === "profile") {
      const values = symbol.declaration.body?.statements ?? [];
      open.push(...values.flatMap((each) => (each.kind === "assignment" ? [[each.value, root] as const] : [])));
    } else if (ROOTS.has(symbol.kind)) {
      reach(symbol, root);
    }
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, scope] = next;
    for (const name of namesIn(node)) {
      const bound = scope.names.get(name);
      for (const symbol of bound?.kind === "namespace" ? bound.members.values() : bound ? [bound] : []) {
        reach(symbol, scope);
      }
    }
  }
  return { experiments: [...symbols].filter(({ kind }) => kind === "experiment"), symbols };
}

const ROOTS: ReadonlySet<DeclaredSymbol["kind"]> = new Set(["experiment", "derive", "table", "figure"]);
