/** What went wrong between us and the hub, and what to do about it. */

export class HubError extends Error {
  override readonly name = "HubError";
  constructor(
    problem: string,
    readonly hint: string,
  ) {
    super(problem);
  }
}

/** The same request may go through later. */
export class PassingError extends Error {
  override readonly name = "PassingError";
  constructor(
    problem: string,
    /** What the server asked us to wait. */
    readonly waitMs?: number,
  ) {
    super(problem);
  }
}
