/** `weights("moco.pth", key: …, prefix: …, drop: […], rename: […])`: where a checkpoint's tensors are, and their names. */

import type { ParameterSchema } from "../../catalog/types.js";
import type { Matched } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import type { Environment } from "../evaluate/environment.js";
import { report } from "../evaluate/report.js";
import { parsePart, parseRenaming, renamingText, type WeightsNames } from "../weights-names.js";

const parts = { type: "array", items: { type: "string" }, minItems: 1, maxItems: 1000 } as const;

export const WEIGHTS_NAMES = {
  key: {
    type: "string",
    description:
      'of a checkpoint with several dicts of tensors, which one: `"teacher"`; dots lead deeper, `"model.state_dict"`.',
  },
  prefix: {
    type: "string",
    description:
      'what stands before the names that are meant, `"module.encoder_q."`: it is taken off, and tensors without it are left out.',
  },
  drop: {
    ...parts,
    description: 'parts left out, of the names behind the prefix: `["fc", "mask_token"]`; `*` is any one segment.',
  },
  rename: {
    ...parts,
    description:
      'other names for parts, of those behind the prefix: `["0 -> conv1", "*.mixer -> *.attn"]`; whole segments, `*` one that is kept, for each tensor the first that fits.',
  },
} as const satisfies { readonly [name: string]: ParameterSchema };

/** `undefined` where nothing of it was written. */
export function weightsNames(
  context: Context,
  matched: Matched | undefined,
  environment: Environment,
): WeightsNames | undefined | "wrong" {
  const found: { -readonly [K in keyof WeightsNames]: WeightsNames[K] } = {};
  let sound = true;
  for (const name of ["key", "prefix", "drop", "rename"] as const) {
    const written = matched?.get(name)?.value;
    if (written === undefined) continue;
    const converted = convert(context, environment, name, WEIGHTS_NAMES[name], written);
    const read = isConversion(converted) ? readNames(name, converted.json) : undefined;
    if (read === undefined) sound = false;
    else if ("problem" in read) {
      const { problem } = read;
      const text = read.text === "[]" ? read.text : JSON.stringify(read.text);
      report(context, environment, written.span, "weights-tensors", { name, text, problem }, { hint: HINTS[name] });
      sound = false;
    } else Object.assign(found, { [name]: read.value });
  }
  if (!sound) return "wrong";
  return Object.keys(found).length === 0 ? undefined : found;
}

const HINTS = {
  key: 'write the key as the file has it: `key: "state_dict"`.',
  prefix: 'write it as it stands before the names: `prefix: "module.encoder_q."`.',
  drop: 'write whole segments of names: `drop: ["fc", "head.mlp"]`.',
  rename: 'write whole segments of names: `rename: ["old.part -> new.part"]`.',
} as const;

type Read = { readonly value: string | readonly string[] } | { readonly text: string; readonly problem: string };

function readNames(name: keyof typeof HINTS, json: unknown): Read {
  if (name === "key" || name === "prefix") {
    const text = String(json);
    return /^\S+$/.test(text)
      ? { value: text }
      : { text, problem: "names of tensors are not empty and have no spaces" };
  }
  const values: string[] = [];
  for (const each of Array.isArray(json) ? json : []) {
    const text = String(each);
    const parsed = name === "drop" ? parsePart(text) : parseRenaming(text);
    if ("problem" in parsed) return { text, problem: parsed.problem };
    values.push("from" in parsed ? renamingText(parsed) : text);
  }
  return values.length === 0 ? { text: "[]", problem: "the list is empty" } : { value: values };
}
