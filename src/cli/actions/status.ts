/** `xferc status`. */

import { counted } from "../../compiler/counted.js";
import { printable } from "../../compiler/render/width.js";
import { type JobStatus, type RunStatus, slurmCommands, statusOf } from "../../runtime/executors/slurm/index.js";
import { displayPath } from "../../runtime/host/index.js";
import { EXIT, type ExitCode, type Io, print } from "../io.js";
import { findRunFolder } from "../run-folder.js";
import { columns } from "../table.js";

export interface StatusFlags {
  readonly format: "text" | "json";
}

export async function statusCommand(io: Io, run: string, flags: StatusFlags): Promise<ExitCode> {
  const folder = findRunFolder(io.cwd, run);
  const status = await statusOf(folder, slurmCommands(io.env));
  print(io, flags.format === "json" ? JSON.stringify(status, null, 2) : text(status, displayPath(folder, io.cwd)));
  return EXIT.success;
}

const FAILURES_SHOWN = 10;

function text(status: RunStatus, folder: string): string {
  const { nodes, failures, jobs, coordinator, queueProblem, state, study } = status;
  const failed = nodes.failed === 0 ? "" : `, ${nodes.failed} failed or skipped`;
  const lines = [`${study} · ${state} · ${nodes.done} of ${counted(nodes.all, "node")} done${failed}`, folder];
  const living = jobs.filter(({ standing }) => standing !== "over");
  const rows = [["job", "state", "node", "does"], ...living.map(row)];
  if (living.length > 0) lines.push("", ...columns(rows, ["left", "left", "left", "left"]));
  if (coordinator !== null) lines.push("", `in charge: job ${coordinator.id} (${coordinator.state})`);
  if (queueProblem !== null && state === "under way") lines.push("", `the queue cannot be asked: ${queueProblem}`);
  if (state === "killed") lines.push("", "its process is gone; the same command goes on, from what it kept");
  if (failures.length > 0) lines.push("");
  for (const { label, message } of failures.slice(0, FAILURES_SHOWN)) lines.push(`✗ ${label}: ${message}`);
  if (failures.length > FAILURES_SHOWN) lines.push(`and ${failures.length - FAILURES_SHOWN} more, in results.csv`);
  return lines.map(printable).join("\n");
}

function row({ id, state, reason, node, doing, class: name }: JobStatus): readonly string[] {
  const does = doing.map(({ label, done, total }) => (total > 0 ? `${label} ${done}/${total}` : label)).join(", ");
  const kind = name === "main" ? "" : ` (${name})`;
  return [`${id}${kind}`, reason === "" ? state : `${state}: ${reason}`, node, does];
}
