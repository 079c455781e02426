/** What may stand in each block, and at the top of a file. A test holds it to what the checker takes. */

import { FIGURE, MARK, TABLE } from "./outputs.js";
import { DATASET, EXPERIMENT, MODEL, RECIPE, STUDY, TUNE } from "./training.js";
import type { BlockEntry, BlockKind, SettingEntry } from "./types.js";

export { ITEMS, type ItemEntry } from "./items.js";
export type { BlockKind, SettingEntry, SettingValue } from "./types.js";

const BLOCKS: readonly BlockEntry[] = [STUDY, DATASET, RECIPE, EXPERIMENT, TUNE, MODEL, TABLE, FIGURE, MARK];

export function settingsIn(block: BlockKind): readonly SettingEntry[] {
  return BLOCKS.find((each) => each.block === block)?.settings ?? [];
}

export function settingIn(block: BlockKind, name: string): SettingEntry | undefined {
  return settingsIn(block).find((each) => each.name === name);
}
