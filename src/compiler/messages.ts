/** The compiler's messages; see messages/index.ts for how to add one. */

export type { DiagnosticExtras, MessageName, ParametersOf } from "./messages/index.js";
export { diagnostic, diagnosticByName, MESSAGES } from "./messages/index.js";
export { didYouMean, nearest } from "./suggest.js";
