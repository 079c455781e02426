/** Every convention, in the order they are tried; a file may follow several. */

import { densenetOfTorchvision } from "./densenet.js";
import { inceptionOfTorchvision } from "./inception.js";
import { swinAsPublished, swinTables } from "./swin.js";
import type { Convention } from "./types.js";
import { deitDistilled, vitPooledByAverage, vitRepresentation } from "./vit.js";

export { type Convention, matches } from "./types.js";

export const CONVENTIONS: readonly Convention[] = [
  swinTables,
  swinAsPublished,
  densenetOfTorchvision,
  inceptionOfTorchvision,
  deitDistilled,
  vitPooledByAverage,
  vitRepresentation,
];
