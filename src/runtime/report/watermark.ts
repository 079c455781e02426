import type { ReportData } from "./data.js";

/** What every output of a changed study says, short; null where the study ran as written. */
export function watermarkOf({ study }: Pick<ReportData, "study">): string | null {
  if (study.profile !== null) {
    return `Profile ${study.profile}: not the study as written`;
  }
  const { overrides } = study;
  if (overrides.length === 0) {
    return null;
  }
  const said = overrides.length > 2 ? `${overrides.length} settings changed` : `set ${overrides.join(", ")}`;
  return `Not the study as written: ${said}`;
}
