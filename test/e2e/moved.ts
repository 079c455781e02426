/** A study of weights from a file, and the small model whose weights they are. */

import { traceModel } from "../../src/models/trace.js";

export const MOVED = `study moved { seed 1; repeats 1 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
init WT = transfer
recipe short { optimizer sgd(lr: 0.1); batch 16 images; for 2 steps; select last }
source published = weights("./published.safetensors")
experiment main {
  model mini; target digits_few; source published; init WT; train short
  measure test = score(target.metric)
}
table t from main { cell test }
`;

export const MINI = traceModel({
  family: "resnet",
  version: 1,
  params: { blocks: [1], widths: [4], stem: "small", block: "basic" },
  classes: 10,
  channels: 1,
  size: 28,
});
