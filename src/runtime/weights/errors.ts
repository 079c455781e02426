/** A file of tensors that cannot be used: which, what is wrong with it, and what to do. */

export class CheckpointError extends Error {
  override readonly name: string = "CheckpointError";
  constructor(
    readonly file: string,
    problem: string,
    /** What to do about it. */
    readonly hint = "give a complete checkpoint, or download it again",
  ) {
    super(`${file}: ${problem}`);
  }
}

const SHOWN = 5;

/** The first few names, and how many more there are. */
export function named(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(", ");
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}
