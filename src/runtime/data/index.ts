export { ADAPTERS, adapterOf } from "./adapters/index.js";
export { caseList } from "./case-list.js";
export { MemoDigests } from "./digests.js";
export { datasetFacts, IndexMemo } from "./facts.js";
export { type DataReport, dataReport } from "./report.js";
export { DataError, DataMissingError, type FileDigests } from "./types.js";
