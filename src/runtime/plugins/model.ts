/** A plug-in's model family as any other: what it builds is held to what families promise, and told as the plug-in's. */

import type { ParameterSchema } from "../../catalog/types.js";
import { DRAWS, dropsAnything } from "../../models/blocks/dropout.js";
import { checkImage, ModelError } from "../../models/parameters.js";
import { canonicalSpec, isUnder } from "../../models/trace.js";
import type { Mode, ModelFamily, ModelOutputs, ModelSpec } from "../../models/types.js";
import { Builder } from "../../program/builder.js";
import type { TensorDeclaration } from "../../program/declarations.js";
import type { Shape, Value } from "../../program/types.js";
import type { ModelPart, ModelParts, PluginModel } from "./api.js";
import { type Hook, hookError } from "./errors.js";
import { MODEL_LAYERS } from "./model-layers.js";

interface Part {
  readonly name: string;
  readonly prefixes: readonly string[];
}

export function pluginFamily(model: PluginModel, hook: (name: string) => Hook): ModelFamily {
  const own: ModelFamily = {
    id: model.id,
    build(b, images, spec, mode) {
      const built = asked(hook("build"), () =>
        model.build({
          b,
          layers: MODEL_LAYERS,
          images,
          params: paramsOf(model, spec),
          classes: spec.classes,
          channels: spec.channels,
          size: spec.size,
          mode,
        }),
      );
      return outputsOf(built, own.layers(spec), { spec, batch: images.shape[0] ?? 1 }, hook("build"));
    },
    units: (spec) => partsOf(() => model.units(paramsOf(model, spec)), hook("units")),
    layers: (spec) => partsOf(() => model.layers(paramsOf(model, spec)), hook("layers")),
  };
  const checked = new Set<string>();
  return {
    ...own,
    build(b, images, spec, mode) {
      const key = canonicalSpec(spec);
      if (!checked.has(key)) {
        checkImage(spec);
        checkFamily(own, spec, hook("build"));
        checked.add(key);
      }
      return own.build(b, images, spec, mode);
    },
  };
}

/** A rate of dropping is left out of what only evaluates: it is 0 there. */
function paramsOf({ parameters = {} }: PluginModel, { params }: ModelSpec): ModelSpec["params"] {
  const standard = Object.entries(parameters).flatMap(([name, { default: value }]: [string, ParameterSchema]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...(Object.fromEntries(standard) as ModelSpec["params"]), ...params };
}

function wrong(hook: Hook, what: string): never {
  throw new ModelError(hookError(hook, what).message);
}

/** Whatever goes wrong in a plug-in's function, as something that is wrong with the model. */
function asked<T>(hook: Hook, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    const told = new ModelError(hookError(hook, error).message);
    if (error instanceof Error && error.stack !== undefined) told.stack = error.stack;
    throw told;
  }
}

function partsOf(ask: () => readonly ModelPart[], hook: Hook): readonly Part[] {
  const given: unknown = asked(hook, ask);
  if (!Array.isArray(given) || given.length === 0) return wrong(hook, "it gave no list of names");
  const parts = given.map((part: unknown): Part => {
    if (typeof part === "string") return { name: part, prefixes: [part] };
    const { name, prefixes } = (part ?? {}) as Partial<Part>;
    if (typeof name === "string" && Array.isArray(prefixes) && prefixes.every((each) => typeof each === "string")) {
      return { name, prefixes };
    }
    return wrong(hook, "a part is a name, or { name, prefixes: [names] }");
  });
  const twice = parts.find(({ name }, at) => parts.findIndex((each) => each.name === name) < at);
  return twice === undefined ? parts : wrong(hook, `it names ${twice.name} twice`);
}

interface Asked {
  readonly spec: ModelSpec;
  readonly batch: number;
}

function outputsOf(built: unknown, layers: readonly Part[], { spec, batch }: Asked, hook: Hook): ModelOutputs {
  if (typeof built !== "object" || built === null) return wrong(hook, "it gave no { logits, pooled, taps }");
  const { logits, pooled, taps, maps, classTokens = [], attention } = built as ModelParts;
  if (!isValue(logits) || !isShape(logits.shape, [batch, spec.classes])) {
    return wrong(hook, `its logits are ${shown(logits)}; they are [${batch}, ${spec.classes}]: images, classes`);
  }
  if (!isValue(pooled) || pooled.shape.length !== 2 || pooled.shape[0] !== batch) {
    return wrong(hook, `its pooled is ${shown(pooled)}; it is [${batch}, D]: what the head reads of each image`);
  }
  const all = taps instanceof Map ? taps : new Map(Object.entries(taps ?? {}));
  for (const [name, tap] of all) {
    if (isValue(tap) && tap.shape[0] === batch && tap.shape.length >= 2 && tap.shape.length <= 4) continue;
    wrong(hook, `its tap ${name} is ${shown(tap)}; a tap is an image a row, of 2 to 4 axes`);
  }
  const missing = layers.find(({ name }) => !all.has(name));
  if (missing !== undefined) {
    wrong(
      hook,
      `it gives no tap ${missing.name}, which layers() names; it gives ${[...all.keys()].join(", ") || "none"}`,
    );
  }
  if (maps !== undefined && maps !== "NCHW" && maps !== "NHWC") wrong(hook, `maps is "NCHW" or "NHWC", not ${maps}`);
  const stranger = classTokens.find((name) => all.get(name)?.shape.length !== 3);
  if (stranger !== undefined) wrong(hook, `classTokens names ${stranger}, which is no tap of tokens [N, T, D]`);
  return {
    logits,
    pooled,
    taps: all,
    ...(maps === undefined ? {} : { maps }),
    ...(attention === undefined ? {} : { attention: new Map(Object.entries(attention)) }),
    withClassToken: new Set(classTokens),
  };
}

function isValue(value: unknown): value is Value {
  return typeof value === "object" && value !== null && "shape" in value && Array.isArray(value.shape);
}

function isShape(shape: Shape, wanted: readonly number[]): boolean {
  return shape.length === wanted.length && shape.every((extent, axis) => extent === wanted[axis]);
}

function shown(value: unknown): string {
  return isValue(value) ? `[${value.shape.join(", ")}]` : "not there";
}

/** What transfers, freezing and probes count on. Each is looked at once a spec. */
function checkFamily(family: ModelFamily, spec: ModelSpec, hook: Hook): void {
  const tensors = declared(family, spec, "evaluate");
  const training = declared(family, spec, "train");
  const different = firstDifference(tensors, training);
  if (different !== undefined) wrong(hook, `in training it declares ${different}; it declares the same in every mode`);
  const again = firstDifference(tensors, declared(family, spec, "evaluate"));
  if (again !== undefined) wrong(hook, `called again it declares ${again}; it builds the same network every time`);
  const units = family.units(spec);
  for (const unit of units) {
    if (!tensors.some((tensor) => lies(tensor, unit))) wrong(hook, `the unit ${unit.name} has no tensor`);
  }
  for (const tensor of tensors) {
    const [first, second] = units.filter((unit) => lies(tensor, unit));
    if (second !== undefined)
      wrong(hook, `the tensor ${tensor.name} is in two units, ${first?.name} and ${second.name}`);
  }
  const inUnits = (each: readonly TensorDeclaration[]) => each.filter((one) => units.some((unit) => lies(one, unit)));
  if (inUnits(tensors).length === tensors.length) {
    wrong(hook, "every tensor is in a unit, so that there is no head; leave the classifier's tensors out of units()");
  }
  const other = inUnits(declared(family, { ...spec, classes: spec.classes + 1 }, "evaluate"));
  const moved = firstDifference(inUnits(tensors), other);
  if (moved !== undefined)
    wrong(hook, `for ${spec.classes + 1} classes a unit has ${moved}; only the head may know them`);
}

function lies({ name }: TensorDeclaration, { prefixes }: Part): boolean {
  return prefixes.some((prefix) => isUnder(name, prefix));
}

/** Of a batch of 2, so that nothing counts on one image. */
function declared(family: ModelFamily, spec: ModelSpec, mode: Mode): readonly TensorDeclaration[] {
  const b = new Builder("check");
  const images = b.feed("x", [2, spec.channels, spec.size, spec.size]);
  if (mode === "train" && dropsAnything(spec)) b.feed(DRAWS, [2, 2], "i32");
  family.build(b, images, spec, mode);
  return b.tensors;
}

function firstDifference(
  wanted: readonly TensorDeclaration[],
  found: readonly TensorDeclaration[],
): string | undefined {
  for (let at = 0; at < Math.max(wanted.length, found.length); at++) {
    const [one, other] = [wanted[at], found[at]];
    if (one === undefined) return `${other?.name} besides`;
    if (other === undefined) return `no ${one.name}`;
    if (JSON.stringify(one) !== JSON.stringify(other)) {
      return `${other.name} [${other.shape.join(", ")}] where ${one.name} [${one.shape.join(", ")}] was`;
    }
  }
  return undefined;
}
