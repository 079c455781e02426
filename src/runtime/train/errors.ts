/** A training that cannot go on; the message says at which step, and what to change in the study. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
  constructor(
    message: string,
    /** A sentence on where its last good state lies. Apart from the message, for when it was kept is chance. */
    readonly kept?: string,
  ) {
    super(message);
  }
}
