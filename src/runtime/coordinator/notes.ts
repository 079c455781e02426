/** What a node says beside its progress, as the journal's events. */

import type { PlanNode } from "../../compiler/plan/types.js";
import type { NewEvent } from "../journal/journal.js";
import type { Note } from "../workers/types.js";

export function eventOf(note: Note, { key, op, label }: PlanNode, worker: number): NewEvent {
  const about = { node: key, op, label, worker };
  switch (note.kind) {
    case "resumed":
      return { type: "node.resumed", ...about, step: note.step, of: note.of };
    case "checkpoint":
      return { type: "node.checkpoint", ...about, step: note.step, of: note.of, seconds: note.seconds };
    case "stopped":
      return { type: "node.stopped", ...about, step: note.step, of: note.of };
    case "warning":
      return { type: "warning", message: `${label}: ${note.message}` };
    default:
      return note satisfies never;
  }
}
