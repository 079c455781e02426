/**
 * Swin transformers (Liu et al. 2021), as timm's: attention within square windows, shifted by half a window in every
 * second block, with a learned bias a relative position; maps merged two by two between stages. Parameters: `dim` of the
 * first stage (each further one is twice as wide), `depths` and `heads` per stage, `window` (tokens), `patch` (px),
 * `mlp_ratio`.
 * Inside, tokens are rows of one matrix [N·T, D], in the order of the windows they are attended in: every linear layer is
 * a single product, and a block moves each row once.
 */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { type AttentionTap, gridDistances } from "../attended.js";
import { dropout, dropPathRates, dropRate } from "../blocks/dropout.js";
import { layerNorm, linear } from "../blocks/layers.js";
import { embedPatches } from "../blocks/patches.js";
import { checkDepth, checkImage, checkThat, positiveNumber, wholeNumber, wholeNumbers } from "../parameters.js";
import type { ModelFamily, ModelSpec } from "../types.js";
import { blockPass, EPSILON, linearInit, merged } from "./swin-blocks.js";
import { TokenMover, type Tokens } from "./swin-tokens.js";
import { rasterOrder, type Windows, windowsOf } from "./swin-windows.js";

interface Stage {
  readonly name: string;
  readonly blocks: number;
  readonly dim: number;
  readonly heads: number;
  readonly hidden: number;
  /** Tokens along one side of the map. */
  readonly side: number;
  /** Of even blocks and of odd ones. */
  readonly windows: readonly [Windows, Windows];
}
interface Swin {
  readonly patch: number;
  /** Patches along one side of the image. */
  readonly grid: number;
  readonly stages: readonly Stage[];
  /** Rates of what is dropped in training; `path` a block, over all stages. */
  readonly drop: {
    readonly head: number;
    readonly projection: number;
    readonly attention: number;
    readonly path: readonly number[];
  };
}

function read(spec: ModelSpec): Swin {
  checkImage(spec);
  const [dim, window, patch] = [wholeNumber(spec, "dim"), wholeNumber(spec, "window", 32), wholeNumber(spec, "patch")];
  const [depths, heads] = [wholeNumbers(spec, "depths"), wholeNumbers(spec, "heads")];
  const ratio = positiveNumber(spec, "mlp_ratio", 4);
  const last = depths.length - 1;
  checkThat(
    spec,
    depths.length === heads.length,
    `\`depths\` has ${depths.length} stages and \`heads\` ${heads.length}; give one number of heads a stage`,
  );
  checkDepth(
    spec,
    "depths",
    depths.reduce((sum, n) => sum + n, 0),
  );
  checkThat(spec, dim * 2 ** last <= 65_536, `\`dim\` ${dim} doubles to more than 65536 by the last of its stages`);
  checkThat(spec, spec.size % patch === 0, `\`size\` ${spec.size} px is not divisible by \`patch\` ${patch} px`);
  const grid = spec.size / patch;
  checkThat(spec, grid <= 1024, `\`size\` ${spec.size} px makes ${grid} patches a side; at most 1024`);
  const least = patch * 2 ** last;
  checkThat(spec, spec.size >= least, `\`size\` ${spec.size} px leaves no token to its last stage; give ${least} px`);
  let side = grid;
  const stages = depths.map((blocks, index): Stage => {
    if (index > 0) side = Math.ceil(side / 2);
    const [width, count] = [dim * 2 ** index, heads[index] ?? 0];
    checkThat(
      spec,
      width % count === 0,
      `stage ${index + 1} is ${width} wide, not divisible by its ${count} \`heads\``,
    );
    const hidden = Math.floor(width * ratio);
    checkThat(spec, hidden >= 1, "`mlp_ratio` leaves no hidden unit");
    const name = `layers.${index}`;
    return { name, blocks, dim: width, heads: count, hidden, side, windows: windowsFor(grid, index, side, window) };
  });
  const drop = {
    head: dropRate(spec, "drop_rate"),
    projection: dropRate(spec, "proj_drop_rate"),
    attention: dropRate(spec, "attn_drop_rate"),
    path: dropPathRates(
      dropRate(spec, "drop_path_rate"),
      depths.reduce((sum, n) => sum + n, 0),
    ),
  };
  return { patch, grid, stages, drop };
}

/** As in timm, a map no larger than the window is one window; and of odd maps it counts the half rounded down. */
function windowsFor(grid: number, stage: number, side: number, wanted: number): readonly [Windows, Windows] {
  const counted = Math.floor(grid / 2 ** stage);
  const window = Math.min(counted, wanted);
  const straight = windowsOf(side, window, 0);
  return [straight, counted > window ? windowsOf(side, window, Math.floor(window / 2)) : straight];
}

const blockNames = (stage: Stage): readonly string[] =>
  Array.from({ length: stage.blocks }, (_, index) => `${stage.name}.blocks.${index}`);

/** [N, C, H, W] → [N·grid², D], embedded and normalized. */
function embed(b: Builder, images: Value, { patch, grid, stages }: Swin): Value {
  const dim = stages[0]?.dim ?? 0;
  const projected = b.scope("proj", () => embedPatches(b, images, { dim, grid, patch }));
  return b.scope("norm", () => layerNorm(b, projected, EPSILON));
}

/** Tokens of a window that only fill the map up are no patches. */
function attentionTap(
  shares: Value,
  { window, count, order, padding }: Windows,
  { heads, side, stride }: Pick<Stage, "heads" | "side"> & { readonly stride: number },
): AttentionTap {
  const patches = Float32Array.from(order, (token) => (token < side * side ? 1 : 0));
  const tokens = window ** 2;
  // without padding only tokens that are neighbours in the image see each other, so all windows are like the first
  const distances =
    padding === 0
      ? gridDistances(rasterOrder(tokens), tokens, window, stride)
      : gridDistances(order, tokens, side, stride);
  return { shares, groups: count, heads, tokens, distances, patches };
}

/** The merging of the maps before a stage is filed with it by name, and with the block before it by meaning. */
const merging = (stage: Stage): string => `${stage.name}.downsample`;

export const swin: ModelFamily = {
  id: "swin",

  build(b, images, spec, mode) {
    const net = read(spec);
    const mover = new TokenMover(b, extentOf(images.shape, 0));
    const taps = new Map<string, Value>();
    const asTimm = new Map<string, Value>();
    const looks = new Map<string, AttentionTap>();
    const rows = b.scope("patch_embed", () => embed(b, images, net));
    let tokens: Tokens = { rows, order: mover.raster(net.grid * net.grid) };
    taps.set("patch_embed", mover.map(tokens));
    let depth = 0;
    for (const [index, stage] of net.stages.entries()) {
      if (index > 0) {
        const [first] = stage.windows;
        const order = first.padding === 0 ? first.order : mover.raster(stage.side * stage.side);
        tokens = b.scope(merging(stage), () => merged(b, mover, tokens, order));
      }
      for (const [position, name] of blockNames(stage).entries()) {
        const windows = stage.windows[position % 2 === 0 ? 0 : 1];
        const drop = { ...net.drop, path: net.drop.path[depth++] ?? 0 };
        const pass = b.scope(name, () => blockPass(b, mover, tokens, { ...stage, windows, drop, mode }));
        tokens = pass.tokens;
        const stride = net.patch * 2 ** index;
        looks.set(`${name}.attn`, attentionTap(pass.shares, windows, { ...stage, stride }));
        const mixed = mover.map(pass.mixed);
        taps.set(`${name}.attn`, mover.map(pass.attended));
        asTimm.set(`${name}.attn`, pass.windowRows);
        taps.set(`${name}.mlp`, mixed);
        asTimm.set(`${name}.mlp`, b.reshape(mixed, [mover.batch, stage.side ** 2, stage.dim]));
        taps.set(name, mover.map(tokens));
      }
      taps.set(stage.name, mover.map(tokens));
    }
    const normal = b.scope("norm", () => layerNorm(b, tokens.rows, EPSILON));
    const pooled = b.mean(b.reshape(normal, [mover.batch, tokens.order.length, extentOf(normal.shape, 1)]), {
      axes: [1],
    });
    const kept = dropout(b, pooled, net.drop.head, { name: "head.drop", images: mover.batch, mode });
    const logits = b.scope("head.fc", () => linear(b, kept, spec.classes, linearInit));
    taps.set("head", logits);
    return { logits, pooled, taps, asTimm, maps: "NHWC", withClassToken: new Set(), attention: looks };
  },

  units(spec) {
    const { stages } = read(spec);
    const blocks = stages.flatMap((stage, index) => {
      const next = stages[index + 1];
      const names = blockNames(stage);
      const after = next === undefined ? "norm" : merging(next);
      return names.map((name) => ({ name, prefixes: name === names.at(-1) ? [name, after] : [name] }));
    });
    return [{ name: "patch_embed", prefixes: ["patch_embed"] }, ...blocks];
  },

  layers(spec) {
    const inner = read(spec)
      .stages.flatMap(blockNames)
      .flatMap((name) => [`${name}.attn`, `${name}.mlp`]);
    return ["patch_embed", ...inner, "head"].map((name) => ({ name, prefixes: [name] }));
  },
};
