import type { ReportData } from "./data.js";

/** What every output of a changed study says; null where the study ran as written. */
export function watermarkOf({ study }: Pick<ReportData, "study">): string | null {
  const profile = study.profile === null ? [] : [`profile ${study.profile}`];
  const overrides = study.overrides.length === 0 ? [] : [`set ${study.overrides.join(", ")}`];
  const parts = [...profile, ...overrides];
  return parts.length === 0 ? null : `Not the study as written: ${parts.join("; ")}`;
}
