/** A part of a rule: text, a name, or parts of its own. */
export interface Rule {
  readonly kind: "text" | "name" | "choice" | "optional" | "repeat" | "sequence";
  readonly text?: string;
  readonly name?: string;
  readonly of?: Rule;
  readonly options?: readonly Rule[];
  readonly parts?: readonly Rule[];
}
export function readRules(
  text: string,
): readonly { readonly name: string; readonly rule: Rule; readonly text: string }[];
