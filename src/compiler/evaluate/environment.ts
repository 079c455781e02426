/** Where an expression is read: the file's names beneath, and the local ones (axes, slots, parameters) on top. */

import type { Span } from "../../../grammar/syntax.js";
import type { Binding, Scope } from "../bind/scope.js";
import type { Location } from "../diagnostics.js";
import type { Value } from "./values.js";

export interface Local {
  readonly name: string;
  readonly value: Value;
  /** Set for an axis: the point it is at, and all it has here, by label. */
  readonly axis?: AxisPlace;
  readonly next: Local | undefined;
}
export interface AxisPlace {
  readonly label: string;
  readonly labels: readonly string[];
}
export interface Environment {
  readonly scope: Scope;
  readonly locals: Local | undefined;
}

export function withLocal(environment: Environment, name: string, value: Value, axis?: AxisPlace): Environment {
  const next = environment.locals;
  return { scope: environment.scope, locals: axis === undefined ? { name, value, next } : { name, value, axis, next } };
}

/** The axis of that name, at the point it is at. */
export function axisAt(environment: Environment, name: string): AxisPlace | undefined {
  for (let each = environment.locals; each !== undefined; each = each.next) {
    if (each.name === name) {
      return each.axis;
    }
  }
  return undefined;
}

export function local(environment: Environment, name: string): Value | undefined {
  for (let each = environment.locals; each !== undefined; each = each.next) {
    if (each.name === name) {
      return each.value;
    }
  }
  return undefined;
}

export function binding(environment: Environment, name: string): Binding | undefined {
  return environment.scope.names.get(name);
}

/** Every name that can be read here, nearest first. */
export function visibleNames(environment: Environment): readonly string[] {
  const names: string[] = [];
  for (let each = environment.locals; each !== undefined; each = each.next) {
    names.push(each.name);
  }
  return [...names, ...environment.scope.names.keys()];
}

export function locate(environment: Environment, span: Span): Location {
  return { path: environment.scope.file.path, span };
}

export function sourceText(environment: Environment, span: Span): string {
  return environment.scope.file.text.slice(span.start, span.end).replace(/\s+/g, " ");
}
