/** A misuse of the builder that is not about shapes: a name given twice, an update of a state that is not there. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

/** Names that may be given once each, in the order they were given. */
export class Names<T extends { readonly name: string }> {
  readonly entries = new Map<string, T>();
  constructor(readonly what: string) {}

  add(entry: T): void {
    if (this.entries.has(entry.name)) throw new ProgramError(`${this.what} \`${entry.name}\` is declared twice`);
    this.entries.set(entry.name, entry);
  }
}
