/** The data behind `xferc explain`, and its text. */

export { type Found, findInPlan } from "./find.js";
export { explainModel } from "./model.js";
export { type ExplainContext, explainCell, explainNode, type NamedInput, originText } from "./node.js";
export { compactNames, renderCell, renderModel, renderNode } from "./text.js";
export type * from "./types.js";
