/** A file of tensors that cannot be used: which, what is wrong with it, and what to do. */

export class CheckpointError extends Error {
  override readonly name: string = "CheckpointError";
  /** What to do about it. */
  readonly hint: string;
  constructor(
    readonly file: string,
    problem: string,
    hint = "give a complete checkpoint, or download it again",
  ) {
    super(printable(`${file}: ${problem}`));
    this.hint = printable(hint);
  }
}

/** Names in a file may be anyone's; what moves the cursor or turns text around is written out. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

const SHOWN = 5;

/** The first few names, and how many more there are. */
export function named(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(", ");
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}
