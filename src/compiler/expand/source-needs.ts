/** Inits that draw from a source where there is none, and sources without a model's state: told once an experiment. */

import type { Expression, Identifier, Span } from "../../../grammar/syntax.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import type { Fix, Location } from "../diagnostics.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import type { InitValue, SourceValue } from "../evaluate/values.js";
import { lineOf } from "../lines.js";
import { diagnostic } from "../messages.js";
import { listed, nearest } from "../suggest.js";

interface Origin {
  readonly expression: Expression;
  readonly environment: Environment;
}
interface Need {
  readonly init: InitValue;
  readonly what: "transfer" | "stats";
  readonly origin: Origin;
}

export class SourceNeeds {
  readonly #needs = new Map<string, Need>();
  readonly #lacking = new Map<
    string,
    { readonly source: SourceValue; readonly models: Set<string>; readonly location: Location }
  >();

  constructor(
    readonly context: Context,
    readonly symbol: DeclaredSymbol,
    readonly environment: Environment,
  ) {}

  add(init: InitValue, what: "transfer" | "stats", origin: Origin | undefined): void {
    if (origin !== undefined) {
      const name = sourceText(origin.environment, origin.expression.span);
      if (!this.#needs.has(name)) {
        this.#needs.set(name, { init, what, origin });
      }
    }
  }

  lacking(source: SourceValue, model: string, origin: Origin | undefined): void {
    if (source.models === undefined || source.models.includes(model) || origin === undefined) {
      return;
    }
    const known = this.#lacking.get(source.name);
    if (known !== undefined) {
      known.models.add(model);
      return;
    }
    const location = locate(origin.environment, origin.expression.span);
    this.#lacking.set(source.name, { source, models: new Set([model]), location });
  }

  report(): void {
    this.#reportNeeds();
    for (const { source, models, location } of this.#lacking.values()) {
      const parameters = { source: source.name, models: listed([...models]), known: listed(source.models ?? []) };
      this.context.sink.report(diagnostic("source-lacks-model", parameters, location));
    }
  }

  #reportNeeds(): void {
    // what transfers is the plainer example of the two
    const needs = [...this.#needs].sort(([, a], [, b]) => Number(a.what === "stats") - Number(b.what === "stats"));
    const [first] = needs;
    if (first === undefined) {
      return;
    }
    const [name, { what, init, origin }] = first;
    const declaredFile = this.#fileAt(init.location);
    const line = declaredFile === undefined ? 0 : lineOf(declaredFile.text, init.location.span.start);
    const rules = rulesText(init);
    // `transfer` itself is a name too, and declared nowhere
    const named = origin.expression.kind === "name" && declaredFile !== undefined && name !== rules;
    const also = needs
      .slice(1)
      .map(([other, need]) =>
        need.what === "stats"
          ? `${other} needs one too: it samples from the source's statistics.`
          : `${other} needs one too.`,
      );
    const note = ["This experiment names no source.", ...also].join(" ");
    const label = named ? `${name} = ${rules}, declared at line ${line}` : `draws from a source`;
    const fixes = this.#fixes();
    const verb = what === "transfer" ? "transfer" : "sample";
    this.context.sink.report(
      diagnostic("no-source", { need: what, verb, label, note }, locate(origin.environment, origin.expression.span), {
        ...(fixes.length === 0
          ? {
              hint: 'declare one: `source s = weights("file.safetensors")` or `source s = pretrain(on: …, using: …)`, and add `source s`.',
            }
          : {}),
        fixes,
      }),
    );
  }

  #fileAt(location: Location): { readonly text: string } | undefined {
    for (const file of this.context.scopes.keys()) {
      if (file.path === location.path) {
        return file;
      }
    }
    return undefined;
  }

  /** `vary sorce in […]` */
  #axisNearSource(): Identifier | undefined {
    const statements = this.symbol.declaration.body?.statements ?? [];
    const axes = statements.flatMap((each) => (each.kind === "vary" ? each.axes : []));
    const names = axes.flatMap((each) => (each.kind === "axis" ? each.path.segments.slice(0, 1) : [each.name]));
    return names.find(({ text }) => nearest("source", [text]) !== undefined);
  }

  #lineAt(span: Span): number {
    return lineOf(this.environment.scope.file.text, span.start);
  }

  /** `source s` below the last axis, for every source in sight; the only one has only one reading. */
  #fixes(): readonly Fix[] {
    const { statements, span } = this.symbol.declaration.body ?? { statements: [], span: this.symbol.declaration.span };
    const sources = [...this.environment.scope.names.values()].flatMap((each) =>
      each.kind === "source" ? [each] : [],
    );
    const before = statements.filter((each) => each.kind === "vary").at(-1);
    const position = before?.span.end ?? span.start + 1;
    const axis = this.#axisNearSource();
    if (axis !== undefined) {
      const edits = [{ location: locate(this.environment, axis.span), text: "source" }];
      return [{ title: `write \`source\` for \`${axis.text}\`, line ${this.#lineAt(axis.span)}`, edits, safe: false }];
    }
    return sources.slice(0, 4).map((source): Fix => {
      const line = lineOf(source.file.text, source.declaration.span.start);
      return {
        title: `add \`source ${source.name}\` (declared in ${source.file.path.split("/").pop() ?? ""}:${line})`,
        edits: [
          {
            location: locate(this.environment, { start: position, end: position }),
            text: before === undefined ? `\n  source ${source.name}` : `\n  source ${source.name}`,
          },
        ],
        safe: sources.length === 1,
      };
    });
  }
}

function rulesText(init: InitValue): string {
  const [only, ...others] = init.rules;
  const kind = only?.source.kind === "fixed" ? only.source.source.kind : "state";
  return others.length === 0 ? kind : "rules with a transfer";
}
