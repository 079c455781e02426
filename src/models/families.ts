/** Every model family, by catalogue id. A new family is one file and one line here; plug-ins bring theirs. */

import type { PluginRef } from "../catalog/types.js";
import { withAdapters } from "./adapter.js";
import { alexnet } from "./families/alexnet.js";
import { cbr } from "./families/cbr.js";
import { densenet } from "./families/densenet.js";
import { inception, inceptionFid } from "./families/inception.js";
import { resnet } from "./families/resnet.js";
import { swin } from "./families/swin.js";
import { vit } from "./families/vit.js";
import { ModelError } from "./parameters.js";
import type { ModelFamily, ModelInfo, ModelSpec } from "./types.js";

export const families: ReadonlyMap<string, ModelFamily> = new Map(
  [resnet, densenet, inception, inceptionFid, vit, swin, alexnet, cbr].map((family) => [family.id, family]),
);

/** A plug-in's family as this process has it: its code, or, where that must not run here, what it says of a model. */
export type Brought =
  | { readonly kind: "family"; readonly family: ModelFamily }
  | { readonly kind: "elsewhere"; trace(spec: ModelSpec): ModelInfo };

/** By the digest of the code: one digest, one meaning, so that one list serves the whole process. */
const brought = new Map<string, Brought>();

const nameOf = ({ digest }: PluginRef, id: string): string => `${digest} ${id}`;

/** Code that is here is never replaced by word of it. */
export function bringFamily(plugin: PluginRef, id: string, one: Brought): void {
  const name = nameOf(plugin, id);
  if (one.kind === "elsewhere" && brought.get(name)?.kind === "family") return;
  brought.set(name, one);
}

/** Undefined for a built-in family. @throws ModelError where the plug-in is not loaded */
export function broughtFamily({ plugin, family }: ModelSpec): Brought | undefined {
  if (plugin === undefined) return undefined;
  const found = brought.get(nameOf(plugin, family));
  if (found !== undefined) return found;
  const { name, version } = plugin;
  if ([...brought.keys()].some((each) => each.endsWith(` ${family}`))) {
    throw new ModelError(
      `plug-in ${name} ${version}, which brings the model ${family}, is loaded with other code than this was made with`,
    );
  }
  throw new ModelError(
    `plug-in ${name} ${version}, which brings the model ${family}, is not loaded; name it in xfer.config.json`,
  );
}

export function familyOf(spec: ModelSpec): ModelFamily {
  const own = broughtFamily(spec);
  if (own?.kind === "elsewhere") {
    throw new ModelError(`the model ${spec.family} of plug-in ${spec.plugin?.name ?? ""} is not built in this process`);
  }
  const family = own?.family ?? families.get(spec.family);
  if (family === undefined) {
    throw new ModelError(`no model family \`${spec.family}\`; there is ${[...families.keys()].join(", ")}`);
  }
  return withAdapters(family, spec);
}
