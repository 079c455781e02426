/** The report room: results files, tables, figures and the page of a run. */

export { ReportDataError } from "./data.js";
export type { ReportInput, RunMetadata, RunStatus, WrittenReport } from "./types.js";
export { rebuildReport, writeReport } from "./write.js";
