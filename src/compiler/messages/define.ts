/** How messages are declared: texts with named holes, whose names the type checker holds against the parameters given. */

import type { Severity } from "../diagnostics.js";

/** `{name}` is a hole; a brace followed by a space is a brace. */
export interface MessageDefinition {
  /** `XF0304`: stable, never reused. */
  readonly code: string;
  readonly severity: Severity;
  /** One line, what is wrong. */
  readonly message: string;
  /** Beside the caret. */
  readonly label?: string;
  /** Why; a sentence or two. */
  readonly note?: string;
  /** What to do. */
  readonly hint?: string;
}

export function defineMessages<const T extends { readonly [name: string]: MessageDefinition }>(messages: T): T {
  return messages;
}

type Hole<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name extends `${string} ${string}`
    ? Hole<Rest>
    : Name | Hole<Rest>
  : never;
type Text<M, K extends string> = M extends { readonly [P in K]: infer T extends string } ? T : never;
type Holes<M> = Hole<Text<M, "message"> | Text<M, "label"> | Text<M, "note"> | Text<M, "hint">>;

export type MessageParameters<M> = { readonly [K in Holes<M>]: string | number };

const HOLE = /\{([A-Za-z]+)\}/g;

export function fill(template: string, parameters: { readonly [name: string]: string | number }): string {
  return template.replace(HOLE, (hole, name: string) => {
    const value = parameters[name];
    return value === undefined ? hole : String(value);
  });
}
