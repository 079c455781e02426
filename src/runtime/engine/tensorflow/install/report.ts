/** What an installation tells while it goes on. */

export type Step = "wait" | "obtain" | "check" | "unpack" | "build" | "try" | "publish";

export interface Report {
  /** A new step, in words. */
  step(step: Step, text: string): void;
  /** How far the present one is, in bytes; `total` where it is known. */
  progress(done: number, total: number | undefined): void;
  /** Something worth knowing that changes nothing. */
  note(text: string): void;
}
